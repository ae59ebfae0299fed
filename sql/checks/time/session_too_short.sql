/*
title     = "Minutes of a session that do not fit its code"
rule      = "R32"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "time_limit_line"
checkable = "is_duration_known"
lacking   = "the start or the end of the session is not known, nor its minutes"
params    = { grace_minutes = 0 }
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id", "procedure_code", "problem"]
marks     = ["procedure_code", "session_start_at"]
finding   = "{told}"
action    = "Compare start and stop in the record. Bill the code that fits the minutes, or refund what no code fits."
rationale = """
A timed code pays for a band of minutes, and some payers set a shortest or a longest group. A session below its code's
band belongs to the shorter code, and below the shortest to none. One that ran past its band was billed too low, which
is told apart and never set off. The minutes are those of the line, else of the roster. Of a group the whole session
counts. A visit with a therapy add-on lasts longer than the therapy, so such a line is never too low.
"""
traps     = [
    "who came late to a group or left early shortens nobody's session",
    "clocks that round: grace_minutes says by how much",
    "a session past midnight is as long as the clock says",
]
reference = "Rule R32. Novitas on psychotherapy times; Conn. 17b-262-822; 14 NYCRR 588.6; TRICARE Policy Manual ch. 7 3.11"
*/
with measured as (
    select
        claim_line_id,
        payer_min_minutes,
        payer_min_minutes_policy_id,
        payer_max_minutes,
        payer_max_minutes_policy_id,
        default_min_minutes,
        seed_min_minutes_policy_id,
        most_minutes,
        coalesce(session_minutes + $grace_minutes < payer_min_minutes, false) as is_short_for_payer,
        coalesce(session_minutes > payer_max_minutes + $grace_minutes, false) as is_long_for_payer,
        coalesce(session_minutes + $grace_minutes < default_min_minutes, false) as is_short_for_code,
        procedure_class = 'individual' and coalesce(session_minutes > most_minutes + $grace_minutes, false)
            as is_long_for_code
    from time_limit_line
),

judged as (
    select
        claim_line_id,
        case
            when is_short_for_payer then 'too_short'
            when is_long_for_payer then 'too_long'
            when is_short_for_code then 'too_short'
            else 'level_too_low'
        end as problem,
        case
            when is_short_for_payer or is_long_for_payer then 'violates_payer'
            when is_short_for_code and payer_min_minutes is not null then 'violates_seed_only'
            else 'no_policy'
        end as verdict,
        case
            when is_short_for_payer then payer_min_minutes_policy_id
            when is_long_for_payer then payer_max_minutes_policy_id
            when is_short_for_code then seed_min_minutes_policy_id
        end as policy_id,
        case
            when is_short_for_payer then payer_min_minutes
            when is_long_for_payer then payer_max_minutes
            when is_short_for_code then default_min_minutes
            else most_minutes
        end as limit_minutes
    from measured
    where is_short_for_payer or is_long_for_payer or is_short_for_code or is_long_for_code
),

-- The code of the same kind whose band holds the minutes; bands do not overlap.
fitting as (
    select
        judged.claim_line_id,
        min(procedure_code.procedure_code) as right_code
    from judged
    inner join time_limit_line on judged.claim_line_id = time_limit_line.claim_line_id
    inner join procedure_code
        on
            time_limit_line.procedure_class = procedure_code.procedure_class
            and time_limit_line.procedure_code <> procedure_code.procedure_code
    where
        time_limit_line.procedure_class in ('individual', 'individual_add_on')
        and time_limit_line.session_minutes >= procedure_code.least_minutes
        and time_limit_line.session_minutes <= coalesce(procedure_code.most_minutes, time_limit_line.session_minutes)
    group by judged.claim_line_id
),

priced as (
    select
        judged.claim_line_id,
        judged.problem,
        judged.verdict,
        judged.policy_id,
        judged.limit_minutes,
        fitting.right_code,
        cast(case
            when judged.verdict = 'violates_seed_only' then 0
            when fitting.right_code is null then time_limit_line.at_risk_amount
            when recoded_line.right_code is null then 0
            when judged.problem = 'level_too_low' then greatest(-recoded_line.difference_amount, 0)
            else greatest(recoded_line.difference_amount, 0)
        end as decimal(12, 2)) as difference_amount
    from judged
    inner join time_limit_line on judged.claim_line_id = time_limit_line.claim_line_id
    left join fitting on judged.claim_line_id = fitting.claim_line_id
    left join recoded_line
        on judged.claim_line_id = recoded_line.claim_line_id and fitting.right_code = recoded_line.right_code
),

summed as (
    select
        time_limit_line.member_id,
        time_limit_line.date_of_service,
        time_limit_line.rendering_provider_npi,
        time_limit_line.payer_id,
        time_limit_line.procedure_code,
        priced.problem,
        -- One violation of the payer's rule weighs more than any number of advisories.
        case
            when count(*) filter (where priced.verdict = 'violates_payer') > 0 then 'violates_payer'
            else min(priced.verdict)
        end as verdict,
        max(priced.policy_id) as policy_id,
        sum(priced.difference_amount) as exposure_amount,
        string_agg(
            concat(cast(time_limit_line.claim_line_id as varchar), ':', cast(priced.difference_amount as varchar)), ';'
        ) as claim_lines,
        min(time_limit_line.session_minutes) as session_minutes,
        min(priced.limit_minutes) as limit_minutes,
        min(priced.right_code) as right_code,
        min(time_limit_line.time_basis) as time_basis,
        count(*) as line_count
    from priced
    inner join time_limit_line on priced.claim_line_id = time_limit_line.claim_line_id
    group by
        time_limit_line.member_id, time_limit_line.date_of_service, time_limit_line.rendering_provider_npi,
        time_limit_line.payer_id, time_limit_line.procedure_code, priced.problem
)

select
    member_id,
    date_of_service,
    rendering_provider_npi,
    payer_id,
    procedure_code,
    problem,
    'C2' as certainty,
    verdict,
    policy_id,
    case when problem = 'level_too_low' then 'underpayment' else 'overpayment' end as direction,
    case when problem = 'level_too_low' then 'low' else 'high' end as severity,
    exposure_amount,
    claim_lines,
    session_minutes,
    limit_minutes,
    right_code,
    time_basis,
    line_count,
    concat(
        procedure_code, ' was billed for ', cast(session_minutes as varchar), ' minutes; ',
        case when problem = 'too_short' then 'at least ' else 'at most ' end, cast(limit_minutes as varchar),
        ' belong to it',
        case
            when right_code is not null then concat(', and ', right_code, ' fits.')
            when problem = 'too_short' then ', and no shorter code of its kind fits.'
            else '.'
        end
    ) as told
from summed
