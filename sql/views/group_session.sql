/*
grain   = ["session_key"]
comment = "One session in which a group or family code was billed: how many people, of how many families, and how that is known."
*/
with billed as (
    select
        session_key,
        min(session_basis) as size_basis,
        min(date_of_service) as date_of_service,
        min(rendering_provider_npi) as rendering_provider_npi,
        count(distinct rendering_provider_npi) as clinician_count,
        min(session_start_at) as session_start_at,
        count(distinct member_id) as billed_member_count,
        count(distinct procedure_code) as session_code_count,
        count(*) as billed_line_count,
        count(*) filter (where procedure_class = 'group') as group_line_count,
        count(*) filter (where procedure_class = 'multi_family_group') as multi_family_line_count,
        count(*) filter (where procedure_class = 'family') as family_line_count
    from session_line
    where procedure_class in ('group', 'multi_family_group', 'family')
    group by session_key
),

household as (
    select
        session_key,
        family_id,
        count(*) as household_size
    from session_member
    group by session_key, family_id
),

people as (
    select
        session_key,
        count(*) as member_count,
        count(distinct family_id) as family_count,
        count(*) filter (where family_id is null) as family_unknown_count,
        count(distinct guessed_family_id) as guessed_family_count,
        count(*) filter (where guessed_family_id is null) as guess_unknown_count
    from session_member
    group by session_key
),

largest_household as (
    select
        session_key,
        max(household_size) filter (where family_id is not null) as largest_family_size
    from household
    group by session_key
),

-- Everybody who was expected: a second family that stayed away makes the session no single-family one by design.
expected_household as (
    select
        current_attendance.session_key,
        count(distinct coalesce(member_family.guessed_family_id, current_attendance.member_id)) as expected_family_count
    from current_attendance
    inner join member_family on current_attendance.member_id = member_family.member_id
    where current_attendance.attendance_status in ('attended', 'no_show', 'late_cancel')
    group by current_attendance.session_key
),

unrostered as (
    select distinct
        session_key,
        session_basis,
        rendering_provider_npi,
        date_of_service,
        procedure_code
    from session_line
    where session_basis <> 'roster' and procedure_class in ('group', 'multi_family_group')
),

-- Without a roster, a line that names no session may belong to any of the clinician's sessions of its code that day; and
-- a session that only its date tells of may have held all of the day's members, wherever they met (a hybrid group).
same_day as (
    select
        unrostered.session_key,
        session_line.member_id
    from unrostered
    inner join session_line
        on
            unrostered.rendering_provider_npi = session_line.rendering_provider_npi
            and unrostered.date_of_service = session_line.date_of_service
            and unrostered.procedure_code = session_line.procedure_code
    where
        unrostered.session_basis = 'date'
        or session_line.session_basis = 'date'
        or unrostered.session_key = session_line.session_key
),

-- Two clinicians of one practice who begin a group of one code at one time and place may lead it together, each billing
-- a part of the members. A session id would tell the two apart.
together as (
    select distinct
        ours.session_key,
        theirs.member_id
    from (
        select distinct
            session_key,
            billing_provider_npi,
            session_start_at,
            procedure_code,
            place_of_service_code
        from session_line
        where session_basis = 'clock' and procedure_class in ('group', 'multi_family_group')
    ) as ours
    inner join session_line as theirs
        on
            ours.billing_provider_npi = theirs.billing_provider_npi
            and ours.session_start_at = theirs.session_start_at
            and ours.procedure_code = theirs.procedure_code
            and ours.place_of_service_code = theirs.place_of_service_code
    where theirs.session_basis = 'clock'
),

possible as (
    select
        session_key,
        count(*) as possible_member_count
    from (
        select
            session_key,
            member_id
        from same_day
        union
        select
            session_key,
            member_id
        from together
    ) as possible_member
    group by session_key
),

co_led as (
    select
        session_key,
        count(*) as co_led_member_count
    from together
    group by session_key
)

select
    billed.session_key,
    billed.size_basis,
    billed.date_of_service,
    billed.rendering_provider_npi,
    billed.clinician_count,
    billed.session_start_at,
    billed.billed_member_count,
    billed.billed_line_count,
    billed.session_code_count,
    coalesce(people.member_count, 0) as member_count,
    coalesce(possible.possible_member_count, people.member_count, 0) as possible_member_count,
    coalesce(co_led.co_led_member_count, people.member_count, 0) as co_led_member_count,
    coalesce(people.family_count, 0) as family_count,
    coalesce(people.family_unknown_count, 0) as family_unknown_count,
    coalesce(people.guessed_family_count, 0) as guessed_family_count,
    coalesce(people.guess_unknown_count, 0) as guess_unknown_count,
    coalesce(expected_household.expected_family_count, people.guessed_family_count, 0) as expected_family_count,
    coalesce(largest_household.largest_family_size, 0) as largest_family_size,
    coalesce(roster_session.facilitator_count, billed.clinician_count) as facilitator_count,
    coalesce(roster_session.guest_count, 0) as guest_count,
    roster_session.least_documented_size,
    roster_session.most_documented_size,
    roster_session.most_documented_size is not null as is_size_documented,
    billed.size_basis <> 'date' as is_one_session,
    case
        when
            billed.group_line_count >= billed.multi_family_line_count
            and billed.group_line_count >= billed.family_line_count
            then 'group'
        when billed.multi_family_line_count >= billed.family_line_count then 'multi_family_group'
        else 'family'
    end as session_class
from billed
left join people on billed.session_key = people.session_key
left join expected_household on billed.session_key = expected_household.session_key
left join largest_household on billed.session_key = largest_household.session_key
left join roster_session on billed.session_key = roster_session.session_key
left join possible on billed.session_key = possible.session_key
left join co_led on billed.session_key = co_led.session_key
