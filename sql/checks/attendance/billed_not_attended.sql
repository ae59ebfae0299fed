/*
title     = "Billed, though the person did not attend"
rule      = "R37"
pack      = "core"
severity  = "critical"
direction = "overpayment"
subject   = "line_attendance"
examines  = ["group", "multi_family_group", "family", "individual", "individual_add_on"]
checkable = "is_attendance_known"
lacking   = "no roster of the session or of the clinician's day"
grain     = ["session_key", "member_id", "payer_id", "procedure_code"]
marks     = ["member_id", "date_of_service"]
finding   = "{procedure_code} was billed for a person whom the roster shows as {roster_status}."
action    = "Open the attendance record and the note. If the person was not there, void the claim and refund it now."
rationale = """
A session is paid for whom it treated. Somebody who stayed away, cancelled, only watched or stands on no list of the
session was not treated in it. The last word of the roster counts. A family session is held with whoever came: it is a
finding here only when nobody did; whether its code fits who came is asked elsewhere.
"""
traps     = [
    "a roster that was corrected later: its last word counts",
    "a walk-in who stands on no list: where the note states more people than the roster, it is a lead",
    "a family session without the client is meant to be held in the client's absence",
    "a line without a time may be of a session that stands on no roster: a lead for one person, nothing for several",
]
reference = "Rule R37. The seed article: document each participant of each session"
*/
with missed_line as (
    select
        session_key,
        member_id,
        payer_id,
        procedure_code,
        claim_line_id,
        date_of_service,
        rendering_provider_npi,
        at_risk_amount,
        case
            when roster_basis = 'other_session' then 'on no roster of the clinician that day'
            when attendance_status is null then 'not listed'
            when attendance_status = 'attended' then 'leading the session'
            when attendance_status = 'no_show' then 'absent'
            when attendance_status = 'observer' then 'an observer'
            else 'cancelled'
        end as roster_status,
        case
            when roster_basis = 'other_session' then 'C4'
            when attendance_status is null and is_walk_in_possible then 'C4'
            else 'C2'
        end as certainty
    from line_attendance
    where
        is_attendance_known
        and not is_present
        and (
            procedure_class <> 'family'
            or (
                present_count + observer_count = 0
                and (
                    procedure_code <> '90846'
                    or called_off_count = listed_count
                    -- Others than the client were expected.
                    or listed_count > case when attendance_status is null then 0 else 1 end
                )
            )
        )
)

select
    session_key,
    member_id,
    payer_id,
    procedure_code,
    min(date_of_service) as date_of_service,
    min(rendering_provider_npi) as rendering_provider_npi,
    min(certainty) as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    case when min(certainty) = 'C4' then 'lead' else 'overpayment' end as direction,
    sum(at_risk_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(at_risk_amount as varchar)), ';') as claim_lines,
    min(roster_status) as roster_status,
    count(*) as line_count
from missed_line
group by session_key, member_id, payer_id, procedure_code
