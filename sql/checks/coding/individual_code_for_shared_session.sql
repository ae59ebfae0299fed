/*
title     = "A shared session billed as individual sessions"
rule      = "R04"
pack      = "integrity"
severity  = "critical"
direction = "overpayment"
subject   = "session_line"
examines  = ["individual"]
checkable = "is_session_known"
lacking   = "without a roster, session id or start time no session can be seen to be shared"
grain     = ["session_key", "payer_id"]
marks     = ["procedure_code"]
finding   = "{individual_member_count} billed under {codes}, of {member_count} people in one session; the session fits {right_code}."
action    = "Open the notes of the session and of others like it. Replace the claims with the code that fits, or refund."
rationale = """
An individual code pays for the clinician's undivided time. Several people who were billed for it at one session, or one
who was billed for it in a room with others, had a group or family session. A roster or the practice's session id shows
it; a common start time does too, unless the sessions are so short that the schedule may round two of them to one start.
The dollars are the difference to the code that fits, each line by itself, and never netted.
"""
traps     = [
    "a schedule that rounds start times: two short sessions on one start are a lead",
    "a relative may sit in on an individual session: one line beside people of the same family is a lead",
    "an individual session that begins, by its times, with the person's own group is judged as a pair of codes",
]
reference = "Rule R04. HHS-OIG A-05-01-00068: family counselling billed as individual therapy"
*/
with group_seat as (
    select distinct
        session_key,
        member_id
    from session_line
    where procedure_class in ('group', 'multi_family_group', 'family')
),

individual_line as (
    select
        session_line.claim_line_id,
        session_line.session_key,
        session_line.session_basis,
        session_line.is_session_named,
        session_line.payer_id,
        session_line.member_id,
        session_line.procedure_code,
        session_line.date_of_service,
        session_line.rendering_provider_npi,
        case when procedure_code.least_minutes >= 38 then session_line.member_id end as long_member_id
    from session_line
    inner join procedure_code on session_line.procedure_code = procedure_code.procedure_code
    left join current_attendance
        on
            session_line.session_key = current_attendance.session_key
            and session_line.member_id = current_attendance.member_id
    left join group_seat
        on session_line.session_key = group_seat.session_key and session_line.member_id = group_seat.member_id
    where
        session_line.procedure_class = 'individual'
        -- Who did not come shared nothing.
        and (session_line.session_basis <> 'roster' or current_attendance.is_present)
        and (session_line.session_basis <> 'clock' or group_seat.member_id is null)
),

individual_session as (
    select
        session_key,
        min(session_basis) as session_basis,
        count(distinct member_id) as individual_member_count,
        count(distinct long_member_id) as long_member_count,
        count(*) filter (where not is_session_named) as unnamed_line_count
    from individual_line
    group by session_key
),

person as (
    select
        session_key,
        member_id
    from session_member
    union
    select
        session_key,
        member_id
    from individual_line
),

household as (
    select
        person.session_key,
        coalesce(member_family.guessed_family_id, person.member_id) as household_id,
        count(*) as household_size
    from person
    left join member_family on person.member_id = member_family.member_id
    group by person.session_key, coalesce(member_family.guessed_family_id, person.member_id)
),

room as (
    select
        session_key,
        sum(household_size) as member_count,
        count(*) as household_count,
        max(household_size) as largest_family_size
    from household
    group by session_key
),

shared as (
    select
        individual_session.session_key,
        individual_session.session_basis,
        individual_session.individual_member_count,
        room.member_count,
        case
            when room.household_count = 1 then '90847'
            when room.largest_family_size >= 2 then '90849'
            else '90853'
        end as right_code,
        case
            when
                individual_session.individual_member_count = 1
                and (room.household_count = 1 or individual_session.unnamed_line_count > 0)
                then 'C4'
            when individual_session.session_basis = 'clock' and individual_session.long_member_count < 2 then 'C4'
            when individual_session.session_basis = 'roster' and individual_session.unnamed_line_count = 0 then 'C2'
            else 'C3'
        end as certainty
    from individual_session
    inner join room on individual_session.session_key = room.session_key
    where
        individual_session.individual_member_count >= 2
        or (individual_session.session_basis = 'roster' and room.member_count >= 2)
),

recoded as (
    select
        shared.session_key,
        shared.session_basis,
        shared.individual_member_count,
        shared.member_count,
        shared.right_code,
        shared.certainty,
        individual_line.payer_id,
        individual_line.claim_line_id,
        individual_line.procedure_code,
        individual_line.date_of_service,
        individual_line.rendering_provider_npi,
        coalesce(recoded_line.difference_amount, cast(0 as decimal(12, 2))) as difference_amount
    from shared
    inner join individual_line on shared.session_key = individual_line.session_key
    left join recoded_line
        on individual_line.claim_line_id = recoded_line.claim_line_id and shared.right_code = recoded_line.right_code
),

priced as (
    select
        session_key,
        session_basis,
        individual_member_count,
        member_count,
        right_code,
        certainty,
        payer_id,
        min(date_of_service) as date_of_service,
        min(rendering_provider_npi) as rendering_provider_npi,
        min(procedure_code) as first_code,
        max(procedure_code) as last_code,
        count(*) as line_count,
        sum(greatest(difference_amount, 0)) as overpaid_amount,
        sum(greatest(-difference_amount, 0)) as underpaid_amount,
        string_agg(
            concat(cast(claim_line_id as varchar), ':', cast(greatest(difference_amount, 0) as varchar)), ';'
        ) as overpaid_lines,
        string_agg(
            concat(cast(claim_line_id as varchar), ':', cast(greatest(-difference_amount, 0) as varchar)), ';'
        ) as underpaid_lines
    from recoded
    group by
        session_key, session_basis, individual_member_count, member_count, right_code, certainty, payer_id
)

select
    session_key,
    payer_id,
    date_of_service,
    rendering_provider_npi,
    certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    case
        when certainty = 'C4' then 'lead'
        when overpaid_amount = 0 and underpaid_amount > 0 then 'underpayment'
        else 'overpayment'
    end as direction,
    case when overpaid_amount > 0 then overpaid_amount else underpaid_amount end as exposure_amount,
    case when overpaid_amount > 0 then overpaid_lines else underpaid_lines end as claim_lines,
    case when first_code = last_code then first_code else concat(first_code, ' to ', last_code) end as codes,
    right_code,
    individual_member_count,
    member_count,
    session_basis,
    line_count,
    overpaid_amount,
    underpaid_amount
from priced
