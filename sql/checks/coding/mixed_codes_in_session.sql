/*
title     = "Several group or family codes in one session"
rule      = "R05"
pack      = "core"
severity  = "medium"
direction = "overpayment"
subject   = "session_bill"
examines  = ["group", "multi_family_group", "family"]
checkable = "is_one_session"
lacking   = "without a roster, session id or start time no single session is proven"
grain     = ["session_key"]
marks     = ["procedure_code"]
finding   = "{code_count} codes in one session ({codes}); the dollars take {right_code} for the right one."
action    = "Open the note, decide which code the session was, replace the others, and mend the billing template."
rationale = """
A session is billed under a single code. Which one is a matter of the record; for the dollars the code of most lines is
taken, and the cheaper one on a tie. Parents in one room and young people in another are two sessions: they have
different session ids or start times and are no finding.
"""
traps     = [
    "parents under 90849 and their children under 90853 in another room are two sessions",
]
reference = "Rule R05. The seed article: each session is billed with a single code; AAPC on parents' groups"
*/
with coded_line as (
    select
        session_line.session_key,
        session_line.claim_line_id,
        session_line.payer_id,
        session_line.procedure_code,
        session_line.rendering_provider_npi,
        session_line.date_of_service,
        session_line.service_year,
        session_line.service_quarter,
        group_session.size_basis
    from session_line
    inner join group_session on session_line.session_key = group_session.session_key
    where
        -- A day without times keeps the codes apart: what holds several is one session.
        group_session.session_code_count > 1
        and session_line.procedure_class in ('group', 'multi_family_group', 'family')
),

code_weight as (
    select
        coded_line.session_key,
        coded_line.procedure_code,
        count(*) as line_count,
        coalesce(min(expected_fee.unit_amount), 0) as unit_amount
    from coded_line
    left join expected_fee
        on
            coded_line.payer_id = expected_fee.payer_id
            and coded_line.service_year = expected_fee.service_year
            and coded_line.service_quarter = expected_fee.service_quarter
            and coded_line.procedure_code = expected_fee.procedure_code
    group by coded_line.session_key, coded_line.procedure_code
),

leading_code as (
    select
        session_key,
        procedure_code as right_code
    from code_weight
    qualify row_number() over (
        partition by session_key
        order by line_count desc, unit_amount asc, procedure_code asc
    ) = 1
),

recoded as (
    select
        coded_line.session_key,
        coded_line.claim_line_id,
        coded_line.payer_id,
        coded_line.procedure_code,
        coded_line.rendering_provider_npi,
        coded_line.date_of_service,
        coded_line.size_basis,
        leading_code.right_code,
        coded_line.procedure_code <> leading_code.right_code as is_odd,
        case
            when coded_line.procedure_code = leading_code.right_code then cast(0 as decimal(12, 2))
            else coalesce(recoded_line.difference_amount, cast(0 as decimal(12, 2)))
        end as difference_amount
    from coded_line
    inner join leading_code on coded_line.session_key = leading_code.session_key
    left join recoded_line
        on coded_line.claim_line_id = recoded_line.claim_line_id and leading_code.right_code = recoded_line.right_code
)

select
    session_key,
    coalesce(min(payer_id) filter (where is_odd), min(payer_id)) as payer_id,
    min(date_of_service) as date_of_service,
    min(rendering_provider_npi) as rendering_provider_npi,
    case when min(size_basis) = 'roster' then 'C2' else 'C3' end as certainty,
    'no_policy' as verdict,
    (
        select min(payer_policy.policy_id)
        from payer_policy
        where payer_policy.payer_id = 'SEED' and payer_policy.rule_key = 'codes_per_session'
    ) as policy_id,
    case
        when sum(greatest(difference_amount, 0)) = 0 and min(difference_amount) < 0 then 'underpayment'
        else 'overpayment'
    end as direction,
    case
        when sum(greatest(difference_amount, 0)) > 0 then sum(greatest(difference_amount, 0))
        else sum(greatest(-difference_amount, 0))
    end as exposure_amount,
    case
        when sum(greatest(difference_amount, 0)) > 0
            then string_agg(
                concat(cast(claim_line_id as varchar), ':', cast(greatest(difference_amount, 0) as varchar)), ';'
            )
        else string_agg(
            concat(cast(claim_line_id as varchar), ':', cast(greatest(-difference_amount, 0) as varchar)), ';'
        )
    end as claim_lines,
    min(right_code) as right_code,
    count(distinct procedure_code) as code_count,
    concat(min(procedure_code), ' and ', max(procedure_code)) as codes,
    min(size_basis) as size_basis,
    count(*) filter (where is_odd) as odd_line_count,
    count(*) as line_count,
    sum(greatest(difference_amount, 0)) as overpaid_amount,
    sum(greatest(-difference_amount, 0)) as underpaid_amount
from recoded
group by session_key
