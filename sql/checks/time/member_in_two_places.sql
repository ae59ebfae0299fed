/*
title     = "A person in two places at once"
rule      = "R35"
pack      = "integrity"
severity  = "high"
direction = "overpayment"
subject   = "session_time"
checkable = "is_interval_known"
lacking   = "without start and end a session is only held against hospital stays"
params    = { grace_minutes = 5 }
grain     = ["member_id", "payer_id", "first_session", "second_session", "other_payer_id"]
marks     = ["member_id", "session_start_at"]
finding   = "{told}"
action    = "Open both records. Refund the session in which the person was not."
rationale = """
Nobody sits in two sessions at once, and who lies in a hospital does not come to a session elsewhere. The session that
was paid less is at risk; beside a stay, the session. A stay is known from another claim with a hospital's place of
service. On the day of admission a session may have come first: where a range of days tells that it was that day,
nothing is found; where one day alone is told, it may have been, and is a lead.
"""
traps     = [
    "a session on the day of admission, before it",
    "one session that two clinicians led and billed is one place",
    "sessions that touch, or overlap by rounding",
]
reference = "Rule R35. TRICARE Policy Manual ch. 7 3.11"
*/
with member_session as (
    select
        member_id,
        payer_id,
        session_unit_key,
        min(rendering_provider_npi) as rendering_provider_npi,
        min(date_of_service) as date_of_service,
        min(session_start_at) as session_start_at,
        max(session_end_at) as session_end_at,
        min(procedure_code) as procedure_code,
        sum(at_risk_amount) as at_risk_amount,
        string_agg(concat(cast(claim_line_id as varchar), ':', cast(at_risk_amount as varchar)), ';') as full_lines,
        string_agg(concat(cast(claim_line_id as varchar), ':0.00'), ';') as free_lines
    from session_time
    where is_interval_known
    group by member_id, payer_id, session_unit_key
),

-- Each pair once: what was paid less stands first, of equals what began later.
overlap as (
    select
        lower_session.member_id,
        lower_session.payer_id,
        lower_session.session_unit_key as first_session,
        higher_session.session_unit_key as second_session,
        higher_session.payer_id as other_payer_id,
        lower_session.rendering_provider_npi,
        greatest(lower_session.date_of_service, higher_session.date_of_service) as date_of_service,
        lower_session.at_risk_amount as exposure_amount,
        concat(lower_session.full_lines, ';', higher_session.free_lines) as claim_lines,
        lower_session.procedure_code as first_code,
        higher_session.procedure_code as second_code,
        date_diff(
            'second',
            greatest(lower_session.session_start_at, higher_session.session_start_at),
            least(lower_session.session_end_at, higher_session.session_end_at)
        ) as overlap_seconds
    from member_session as lower_session
    inner join member_session as higher_session
        on
            lower_session.member_id = higher_session.member_id
            and lower_session.session_unit_key <> higher_session.session_unit_key
    where
        lower_session.at_risk_amount < higher_session.at_risk_amount
        or (
            lower_session.at_risk_amount = higher_session.at_risk_amount
            and (
                lower_session.session_start_at > higher_session.session_start_at
                or (
                    lower_session.session_start_at = higher_session.session_start_at
                    and lower_session.session_unit_key > higher_session.session_unit_key
                )
            )
        )
),

beside_stay as (
    select
        session_time.member_id,
        session_time.payer_id,
        session_time.session_unit_key,
        min(session_time.rendering_provider_npi) as rendering_provider_npi,
        min(session_time.date_of_service) as date_of_service,
        min(session_time.procedure_code) as procedure_code,
        max(case when session_beside_stay.is_after_start then 1 else 0 end) as certain_rank,
        sum(session_time.at_risk_amount) as exposure_amount,
        string_agg(
            concat(cast(session_time.claim_line_id as varchar), ':', cast(session_time.at_risk_amount as varchar)), ';'
        ) as claim_lines
    from session_beside_stay
    inner join session_time on session_beside_stay.claim_line_id = session_time.claim_line_id
    where
        session_beside_stay.stay_kind = 'inpatient'
        and (session_beside_stay.is_after_start or not session_beside_stay.is_first_of_range)
    group by session_time.member_id, session_time.payer_id, session_time.session_unit_key
)

select
    member_id,
    payer_id,
    first_session,
    second_session,
    other_payer_id,
    rendering_provider_npi,
    date_of_service,
    'C2' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    'overpayment' as direction,
    exposure_amount,
    claim_lines,
    first_code,
    second_code,
    overlap_seconds // 60 as overlap_minutes,
    concat(
        'One person was billed for two sessions that overlap by ', cast(overlap_seconds // 60 as varchar), ' minutes: ',
        first_code, ' and ', second_code, '.'
    ) as told
from overlap
where overlap_seconds > $grace_minutes * 60
union all
select
    member_id,
    payer_id,
    session_unit_key as first_session,
    'inpatient' as second_session,
    '' as other_payer_id,
    rendering_provider_npi,
    date_of_service,
    case when certain_rank = 1 then 'C2' else 'C4' end as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    case when certain_rank = 1 then 'overpayment' else 'lead' end as direction,
    exposure_amount,
    claim_lines,
    procedure_code as first_code,
    cast(null as varchar) as second_code,
    cast(null as bigint) as overlap_minutes,
    concat('A session of ', procedure_code, ' elsewhere on a day on which the person was in a hospital.') as told
from beside_stay
