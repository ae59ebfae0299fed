/*
title     = "More sessions than a clinician's day holds"
rule      = "R36"
pack      = "integrity"
severity  = "critical"
direction = "overpayment"
subject   = "session_time"
params    = { lead_minutes = 720, high_minutes = 960, critical_minutes = 1440, max_patients = 50 }
grain     = ["rendering_provider_npi", "date_of_service", "payer_id"]
marks     = ["session_start_at"]
finding   = "{session_count} sessions of one clinician on one day, together {day_minutes} minutes, with {patient_count} people."
action    = "Lay the day's calendar beside the notes. Ask who treated; hand it to compliance before anything is refunded."
rationale = """
Each session counts once, however many members it had. Its minutes are those of the roster or the claim; without times,
an individual or family session counts with the least minutes of its code and a group with the shortest that the
operator holds possible, so the sum is a lower bound. Twelve hours are a lead, sixteen a finding, and a day has
twenty-four. The share of the minutes over the limit that was passed is at risk, for each payer alike.
"""
traps     = [
    "the minutes of a group count once, not for each member",
    "sessions of others that are billed in a supervisor's name",
    "many people in few groups are a full day, and no impossible one: a lead",
]
reference = "Rule R36. HHS-OIG A-05-01-00068 (days of 12 hours); NY OSC 2006-S-53 (days over 24 hours); HHS-OIG A-09-18-03004"
*/
with clinician_day as (
    select
        rendering_provider_npi,
        date_of_service,
        cast(sum(session_minutes) as bigint) as day_minutes,
        count(*) as session_count,
        max(case when minutes_basis = 'assumed' then 1 else 0 end) as assumed_rank,
        max(case when minutes_basis = 'roster' then 1 else 0 end) as roster_rank
    from clinician_session
    group by rendering_provider_npi, date_of_service
),

people as (
    select
        rendering_provider_npi,
        date_of_service,
        count(distinct member_id) as patient_count
    from session_time
    where not is_led_by_other
    group by rendering_provider_npi, date_of_service
),

judged as (
    select
        clinician_day.rendering_provider_npi,
        clinician_day.date_of_service,
        clinician_day.day_minutes,
        clinician_day.session_count,
        people.patient_count,
        case
            when clinician_day.assumed_rank = 1 then 'C3'
            when clinician_day.roster_rank = 1 then 'C2'
            else 'C1'
        end as certainty,
        case
            when clinician_day.day_minutes > $critical_minutes then $critical_minutes
            when clinician_day.day_minutes > $high_minutes then $high_minutes
            else least(clinician_day.day_minutes, $lead_minutes)
        end as limit_minutes,
        case
            when clinician_day.day_minutes > $critical_minutes then 'critical'
            when clinician_day.day_minutes > $high_minutes then 'high'
            else 'medium'
        end as severity,
        case when clinician_day.day_minutes > $high_minutes then 'overpayment' else 'lead' end as direction
    from clinician_day
    inner join people
        on
            clinician_day.rendering_provider_npi = people.rendering_provider_npi
            and clinician_day.date_of_service = people.date_of_service
    where clinician_day.day_minutes > $lead_minutes or people.patient_count > $max_patients
),

running as (
    select
        judged.rendering_provider_npi,
        judged.date_of_service,
        session_time.payer_id,
        session_time.claim_line_id,
        greatest(judged.day_minutes, 1) as day_minutes,
        judged.day_minutes - judged.limit_minutes as excess_minutes,
        cast(session_time.at_risk_amount * 100 as bigint) as line_cents,
        cast(sum(cast(session_time.at_risk_amount * 100 as bigint)) over (
            partition by judged.rendering_provider_npi, judged.date_of_service, session_time.payer_id
            -- Not by the key alone: that hangs on the order in which files came.
            order by session_time.member_id, session_time.procedure_code, session_time.claim_line_id
        ) as bigint) as cents_so_far
    from judged
    inner join session_time
        on
            judged.rendering_provider_npi = session_time.rendering_provider_npi
            and judged.date_of_service = session_time.date_of_service
    where not session_time.is_led_by_other
),

-- The share of the minutes over the limit, half a cent up. Shared out over the running sum, so that the lines add up to
-- the finding to the cent.
share as (
    select
        rendering_provider_npi,
        date_of_service,
        payer_id,
        claim_line_id,
        cast((
            (cents_so_far * 2 * excess_minutes + day_minutes) // (day_minutes * 2)
            - ((cents_so_far - line_cents) * 2 * excess_minutes + day_minutes) // (day_minutes * 2)
        ) * 0.01 as decimal(12, 2)) as excess_amount
    from running
),

priced as (
    select
        rendering_provider_npi,
        date_of_service,
        payer_id,
        count(*) as line_count,
        sum(excess_amount) as exposure_amount,
        string_agg(concat(cast(claim_line_id as varchar), ':', cast(excess_amount as varchar)), ';') as claim_lines
    from share
    group by rendering_provider_npi, date_of_service, payer_id
)

select
    priced.rendering_provider_npi,
    priced.date_of_service,
    priced.payer_id,
    judged.certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    judged.direction,
    judged.severity,
    priced.exposure_amount,
    priced.claim_lines,
    judged.day_minutes,
    judged.limit_minutes,
    judged.session_count,
    judged.patient_count,
    priced.line_count
from priced
inner join judged
    on
        priced.rendering_provider_npi = judged.rendering_provider_npi
        and priced.date_of_service = judged.date_of_service
