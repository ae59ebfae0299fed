/*
grain   = ["claim_line_id"]
comment = "Each therapy line with what the roster says of its person, and how sure it is that this roster is the line's."
*/
with unmatched_clinician as (
    select distinct
        rendering_provider_npi,
        date_of_service
    from session_line
    where session_basis in ('clock', 'date') and procedure_class in ('group', 'multi_family_group')
),

led_roster as (
    select
        unmatched_clinician.rendering_provider_npi,
        roster_session.session_date,
        roster_session.session_start_at,
        roster_session.session_key
    from unmatched_clinician
    inner join roster_session
        on
            unmatched_clinician.date_of_service = roster_session.session_date
            and concat(';', roster_session.facilitator_npis, ';')
            like concat('%;', unmatched_clinician.rendering_provider_npi, ';%')
),

-- A clinician leads one session at a time: the roster of the start is the line's, though it does not list the person.
roster_of_start as (
    select
        rendering_provider_npi,
        session_start_at,
        min(session_key) as session_key
    from led_roster
    group by rendering_provider_npi, session_start_at
),

roster_day as (
    select distinct
        rendering_provider_npi,
        session_date
    from led_roster
),

-- Several whom no roster lists may have had a session of their own, of which no roster came.
alone as (
    select session_key
    from session_line
    where session_basis = 'date'
    group by session_key
    having count(distinct member_id) = 1
),

located as (
    select
        session_line.claim_line_id,
        session_line.payer_id,
        session_line.member_id,
        session_line.rendering_provider_npi,
        session_line.date_of_service,
        session_line.procedure_code,
        session_line.procedure_class,
        session_line.session_key,
        session_line.session_basis,
        session_line.is_session_named,
        session_line.is_denied,
        session_line.at_risk_amount,
        case
            when session_line.session_basis = 'roster' then session_line.session_key
            else roster_of_start.session_key
        end as roster_key,
        roster_day.session_date is not null and alone.session_key is not null as is_roster_of_day
    from session_line
    left join roster_of_start
        on
            session_line.session_basis = 'clock'
            and session_line.procedure_class in ('group', 'multi_family_group')
            and session_line.rendering_provider_npi = roster_of_start.rendering_provider_npi
            and session_line.session_start_at = roster_of_start.session_start_at
    left join roster_day
        on
            session_line.procedure_class in ('group', 'multi_family_group')
            and session_line.rendering_provider_npi = roster_day.rendering_provider_npi
            and session_line.date_of_service = roster_day.session_date
    left join alone on session_line.session_key = alone.session_key
),

placed as (
    select
        located.claim_line_id,
        located.payer_id,
        located.member_id,
        located.rendering_provider_npi,
        located.date_of_service,
        located.procedure_code,
        located.procedure_class,
        located.session_key,
        located.is_session_named,
        located.is_denied,
        located.at_risk_amount,
        current_attendance.attendance_status,
        coalesce(current_attendance.is_present, false) as is_present,
        coalesce(roster_session.listed_count, 0) as listed_count,
        coalesce(roster_session.present_count, 0) as present_count,
        coalesce(roster_session.observer_count, 0) as observer_count,
        coalesce(roster_session.called_off_count, 0) as called_off_count,
        coalesce(roster_session.most_documented_size > roster_session.present_count, false) as is_walk_in_possible,
        -- A line that names no session was matched by person and day. An individual or family line may be of a session
        -- that stands on no roster, when the roster that lists the person is that of a group.
        case
            when located.roster_key is not null and located.is_session_named then 'session'
            when
                located.roster_key is not null
                and (
                    located.procedure_class in ('group', 'multi_family_group')
                    or roster_session.listed_count = 1
                )
                then 'day'
            when located.procedure_class = 'family' and group_session.session_class = 'family' then 'day'
            when located.is_roster_of_day then 'other_session'
        end as roster_basis
    from located
    left join roster_session on located.roster_key = roster_session.session_key
    left join current_attendance
        on located.roster_key = current_attendance.session_key and located.member_id = current_attendance.member_id
    left join group_session on located.roster_key = group_session.session_key
)

select
    claim_line_id,
    payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    procedure_code,
    procedure_class,
    session_key,
    is_session_named,
    is_denied,
    at_risk_amount,
    attendance_status,
    is_present,
    listed_count,
    present_count,
    observer_count,
    called_off_count,
    is_walk_in_possible,
    roster_basis,
    roster_basis is not null as is_attendance_known,
    coalesce(roster_basis in ('session', 'day'), false) as is_roster_known
from placed
