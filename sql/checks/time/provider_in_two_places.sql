/*
title     = "A clinician in two sessions at once"
rule      = "R34"
pack      = "integrity"
severity  = "critical"
direction = "overpayment"
subject   = "session_time"
checkable = "is_interval_known"
lacking   = "the start or the end of the session is not known"
params    = { grace_minutes = 5 }
grain     = ["rendering_provider_npi", "first_session", "second_session", "payer_id"]
marks     = ["rendering_provider_npi", "session_start_at"]
finding   = "One clinician billed two sessions that overlap by {overlap_minutes} minutes: {first_code} and {second_code}{at_two_sites}."
action    = "Open the calendar and both notes. Find out who led which session; refund the one that did not take place."
rationale = """
Nobody leads two sessions at once. Some minutes of overlap are how schedules round, but not when the two were held in
person at two places. The session that was paid less is at risk, the other is the ceiling. Where the roster names a
second clinician for one of the two, that one may have led it: a lead.
"""
traps     = [
    "a second clinician who led the session",
    "a supervisor in whose name another's session is billed",
    "members who joined one group from afar and in the room",
    "sessions that touch, or overlap by rounding",
]
reference = "Rule R34. HHS-OIG A-05-01-00068; HHS-OIG A-09-18-03004 on services that could not have taken place"
*/
with timed_session as (
    select
        rendering_provider_npi,
        session_unit_key,
        session_start_at,
        session_end_at
    from clinician_session
    where is_interval_known
),

covered_day as (
    select
        rendering_provider_npi,
        session_unit_key,
        cast(session_start_at as date) as covered_date
    from timed_session
    union
    select
        rendering_provider_npi,
        session_unit_key,
        cast(session_end_at as date) as covered_date
    from timed_session
),

-- Each pair once: on the day on which the overlap begins.
pair as (
    select
        one.rendering_provider_npi,
        one.session_unit_key as first_session,
        other.session_unit_key as second_session,
        one.procedure_code as first_code,
        other.procedure_code as second_code,
        one.at_risk_amount as first_amount,
        other.at_risk_amount as second_amount,
        least(one.date_of_service, other.date_of_service) as date_of_service,
        one.is_co_led or other.is_co_led as is_co_led,
        coalesce(one.in_person_site <> other.in_person_site, false) as is_two_sites,
        case
            when one.at_risk_amount < other.at_risk_amount then 'first'
            when one.at_risk_amount = other.at_risk_amount and one.session_start_at > other.session_start_at
                then 'first'
            else 'second'
        end as lower_side,
        greatest(one.session_start_at, other.session_start_at) as overlap_start_at,
        least(one.session_end_at, other.session_end_at) as overlap_end_at,
        one_day.covered_date
    from covered_day as one_day
    inner join covered_day as other_day
        on
            one_day.rendering_provider_npi = other_day.rendering_provider_npi
            and one_day.covered_date = other_day.covered_date
            and one_day.session_unit_key < other_day.session_unit_key
    inner join clinician_session as one
        on
            one_day.rendering_provider_npi = one.rendering_provider_npi
            and one_day.session_unit_key = one.session_unit_key
    inner join clinician_session as other
        on
            other_day.rendering_provider_npi = other.rendering_provider_npi
            and other_day.session_unit_key = other.session_unit_key
),

overlap as (
    select
        rendering_provider_npi,
        first_session,
        second_session,
        first_code,
        second_code,
        date_of_service,
        is_co_led,
        is_two_sites,
        greatest(first_amount, second_amount) as higher_amount,
        least(first_amount, second_amount) as lower_amount,
        case when lower_side = 'first' then first_session else second_session end as lower_session,
        case when lower_side = 'first' then second_session else first_session end as higher_session,
        date_diff('second', overlap_start_at, overlap_end_at) // 60 as overlap_minutes
    from pair
    where
        overlap_start_at < overlap_end_at
        and covered_date = cast(overlap_start_at as date)
        and (is_two_sites or date_diff('second', overlap_start_at, overlap_end_at) > $grace_minutes * 60)
),

lower_line as (
    select
        overlap.rendering_provider_npi,
        overlap.first_session,
        overlap.second_session,
        session_time.payer_id,
        session_time.claim_line_id,
        session_time.at_risk_amount as line_amount
    from overlap
    inner join session_time
        on
            overlap.rendering_provider_npi = session_time.rendering_provider_npi
            and overlap.lower_session = session_time.session_unit_key
    where not session_time.is_led_by_other
),

-- Each payer of the lower session has a finding of its own; the lines of the other session stand in it as well.
billed_payer as (
    select distinct
        rendering_provider_npi,
        first_session,
        second_session,
        payer_id
    from lower_line
),

listed as (
    select
        rendering_provider_npi,
        first_session,
        second_session,
        payer_id,
        claim_line_id,
        line_amount
    from lower_line
    union all
    select
        overlap.rendering_provider_npi,
        overlap.first_session,
        overlap.second_session,
        billed_payer.payer_id,
        session_time.claim_line_id,
        cast(0 as decimal(12, 2)) as line_amount
    from overlap
    inner join billed_payer
        on
            overlap.rendering_provider_npi = billed_payer.rendering_provider_npi
            and overlap.first_session = billed_payer.first_session
            and overlap.second_session = billed_payer.second_session
    inner join session_time
        on
            overlap.rendering_provider_npi = session_time.rendering_provider_npi
            and overlap.higher_session = session_time.session_unit_key
    where not session_time.is_led_by_other
),

priced as (
    select
        rendering_provider_npi,
        first_session,
        second_session,
        payer_id,
        count(*) as line_count,
        sum(line_amount) as exposure_amount,
        string_agg(concat(cast(claim_line_id as varchar), ':', cast(line_amount as varchar)), ';') as claim_lines
    from listed
    group by rendering_provider_npi, first_session, second_session, payer_id
)

select
    priced.rendering_provider_npi,
    priced.first_session,
    priced.second_session,
    priced.payer_id,
    overlap.date_of_service,
    case when overlap.is_co_led then 'C4' else 'C2' end as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    case when overlap.is_co_led then 'lead' else 'overpayment' end as direction,
    priced.exposure_amount,
    priced.exposure_amount + overlap.higher_amount - overlap.lower_amount as exposure_ceiling_amount,
    priced.claim_lines,
    overlap.first_code,
    overlap.second_code,
    overlap.overlap_minutes,
    overlap.is_two_sites,
    case when overlap.is_two_sites then ', in person at two places' else '' end as at_two_sites,
    priced.line_count
from priced
inner join overlap
    on
        priced.rendering_provider_npi = overlap.rendering_provider_npi
        and priced.first_session = overlap.first_session
        and priced.second_session = overlap.second_session
