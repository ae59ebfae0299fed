/*
grain     = ["session_key", "member_id"]
comment   = "Each person who came to a session of the roster: whether the session was billed for them, and to whom it would be."
any_month = ["billed_day", "expected_fee"]
*/
with session_code as (
    select
        session_key,
        procedure_code,
        min(procedure_class) as procedure_class,
        min(rendering_provider_npi) as rendering_provider_npi
    from session_line
    where session_basis = 'roster' and procedure_class in ('group', 'multi_family_group', 'family')
    group by session_key, procedure_code
    qualify row_number() over (partition by session_key order by count(*) desc, procedure_code asc) = 1
),

own_line as (
    select distinct
        session_key,
        member_id
    from session_line
    where session_basis = 'roster'
),

-- A multiple-family code is billed once for a family.
household_line as (
    select distinct
        session_line.session_key,
        member_family.guessed_family_id
    from session_line
    inner join member_family on session_line.member_id = member_family.member_id
    where session_line.session_basis = 'roster' and session_line.procedure_class = 'multi_family_group'
),

-- A line of the day that names no session of the roster may be this one's, whoever billed it.
loose_line as (
    select distinct
        member_id,
        date_of_service,
        procedure_class
    from session_line
    where session_basis <> 'roster'
),

seat as (
    select
        current_attendance.session_key,
        current_attendance.member_id,
        current_attendance.session_date as date_of_service,
        session_code.procedure_code,
        session_code.rendering_provider_npi,
        own_line.session_key is not null
        or household_line.session_key is not null
        or loose_line.member_id is not null
        -- A family session is billed for the client it is about, and for nobody else who came.
        or coalesce(session_code.procedure_class = 'family', false) as is_billed,
        audit_setting.audit_date
    from current_attendance
    cross join audit_setting
    left join session_code on current_attendance.session_key = session_code.session_key
    left join member_family on current_attendance.member_id = member_family.member_id
    left join own_line
        on
            current_attendance.session_key = own_line.session_key
            and current_attendance.member_id = own_line.member_id
    left join household_line
        on
            current_attendance.session_key = household_line.session_key
            and member_family.guessed_family_id = household_line.guessed_family_id
    left join loose_line
        on
            current_attendance.member_id = loose_line.member_id
            and current_attendance.session_date = loose_line.date_of_service
            and session_code.procedure_class = loose_line.procedure_class
    where current_attendance.is_present
),

-- Whom the person was billed to nearest in time, in any month.
nearest_payer as (
    select
        seat.session_key,
        seat.member_id,
        seat.date_of_service,
        billed_day.payer_id,
        payer.program,
        year(billed_day.date_of_service) as service_year,
        quarter(billed_day.date_of_service) as service_quarter,
        abs(date_diff('day', billed_day.date_of_service, seat.date_of_service)) as payer_gap_days
    from seat
    inner join billed_day on seat.member_id = billed_day.member_id
    left join payer on billed_day.payer_id = payer.payer_id
    where not seat.is_billed
    qualify
        row_number() over (
            partition by seat.session_key, seat.member_id
            order by
                abs(date_diff('day', billed_day.date_of_service, seat.date_of_service)),
                billed_day.date_of_service,
                billed_day.payer_id
        ) = 1
),

-- Where eligibility is loaded for the person, it has to cover the day.
coverage as (
    select
        nearest_payer.session_key,
        nearest_payer.member_id,
        max(case
            when
                coverage_span.payer_id = nearest_payer.payer_id
                and coverage_span.coverage_from <= nearest_payer.date_of_service
                and coalesce(coverage_span.coverage_to, cast('9999-12-31' as date)) >= nearest_payer.date_of_service
                then 1
            else 0
        end) as covering_count
    from nearest_payer
    inner join coverage_span on nearest_payer.member_id = coverage_span.member_id
    group by nearest_payer.session_key, nearest_payer.member_id
)

select
    seat.session_key,
    seat.member_id,
    seat.date_of_service,
    seat.procedure_code,
    seat.rendering_provider_npi,
    seat.is_billed,
    nearest_payer.payer_id,
    nearest_payer.payer_gap_days,
    date_diff('day', seat.date_of_service, seat.audit_date) as open_days,
    coalesce(expected_fee.unit_amount, 0) as expected_amount,
    seat.is_billed
    or (
        seat.procedure_code is not null
        and nearest_payer.payer_id is not null
        and coalesce(nearest_payer.program, '') not in ('self_pay', 'grant', 'capitated')
        and coalesce(coverage.covering_count, 1) = 1
    ) as is_billable_known
from seat
left join nearest_payer on seat.session_key = nearest_payer.session_key and seat.member_id = nearest_payer.member_id
left join coverage on seat.session_key = coverage.session_key and seat.member_id = coverage.member_id
left join expected_fee
    on
        nearest_payer.payer_id = expected_fee.payer_id
        and nearest_payer.service_year = expected_fee.service_year
        and nearest_payer.service_quarter = expected_fee.service_quarter
        and seat.procedure_code = expected_fee.procedure_code
