/*
grain   = ["claim_line_id"]
comment = "Each line that bills a session, with what is known of the session's start, end and minutes: as the line tells it, else as the roster does."
*/
-- Times are wall-clock times of the practice; a minute counts when it is full.
with billed as (
    select
        current_claim_line.claim_line_id,
        current_claim_line.claim_id,
        current_claim_line.payer_id,
        current_claim_line.member_id,
        current_claim_line.rendering_provider_npi,
        current_claim_line.place_of_service_code,
        current_claim_line.date_of_service,
        current_claim_line.procedure_code,
        current_claim_line.procedure_class,
        current_claim_line.setting,
        current_claim_line.service_year,
        current_claim_line.service_quarter,
        current_claim_line.is_telehealth,
        current_claim_line.is_denied,
        current_claim_line.at_risk_amount,
        current_claim_line.plan_share,
        current_claim_line.session_start_at as line_start_at,
        current_claim_line.session_end_at as line_end_at,
        procedure_code.least_minutes,
        procedure_code.most_minutes,
        current_claim_line.procedure_class in ('group', 'multi_family_group', 'partial_hospital_group')
            as is_group_code,
        -- A supervisor in whose name another clinician's session is billed was not in the room.
        coalesce(current_claim_line.supervising_provider_npi = current_claim_line.rendering_provider_npi, false)
            as is_supervised,
        -- Some bill minutes in place of units: a total without a clock.
        case when claim_line.unit_basis_code = 'MJ' then cast(claim_line.service_units * 1000 as bigint) // 1000 end
            as total_minutes,
        concat(current_claim_line.place_of_service_code, coalesce(current_claim_line.service_facility_npi, ''))
            as site,
        case
            when session_line.session_key is not null then session_line.session_key
            when current_claim_line.session_id is not null
                then concat(
                    'session:', current_claim_line.session_id, '@', cast(current_claim_line.date_of_service as varchar)
                )
            when current_claim_line.session_start_at is not null
                then concat(
                    'clock:', current_claim_line.rendering_provider_npi, '@',
                    cast(current_claim_line.session_start_at as varchar)
                )
            else concat(
                'day:', current_claim_line.rendering_provider_npi, '@',
                cast(current_claim_line.date_of_service as varchar), ':', current_claim_line.procedure_code, ':',
                current_claim_line.member_id
            )
        end as session_key
    from current_claim_line
    inner join claim_line on current_claim_line.claim_line_id = claim_line.claim_line_id
    inner join procedure_code on current_claim_line.procedure_code = procedure_code.procedure_code
    left join session_line on current_claim_line.claim_line_id = session_line.claim_line_id
    where
        procedure_code.counts_sessions
        and current_claim_line.procedure_class in (
            'group', 'multi_family_group', 'partial_hospital_group', 'family', 'individual', 'individual_add_on',
            'crisis', 'evaluation', 'other_therapy'
        )
),

-- From the first to the last of those whose lines tell both.
session_clock as (
    select
        session_key,
        min(line_start_at) as first_start_at,
        max(line_end_at) as last_end_at
    from billed
    where is_group_code and line_start_at is not null and line_end_at is not null
    group by session_key
),

session_site as (
    select
        session_key,
        is_group_code or procedure_class = 'family' as is_together,
        min(site) as site
    from billed
    where session_key like 'clock:%' and not is_telehealth
    group by session_key, is_group_code or procedure_class = 'family'
),

rostered as (
    select
        billed.claim_line_id,
        billed.claim_id,
        billed.payer_id,
        billed.member_id,
        billed.rendering_provider_npi,
        billed.place_of_service_code,
        billed.date_of_service,
        billed.procedure_code,
        billed.procedure_class,
        billed.setting,
        billed.service_year,
        billed.service_quarter,
        billed.is_telehealth,
        billed.is_denied,
        billed.at_risk_amount,
        billed.plan_share,
        billed.line_start_at,
        billed.line_end_at,
        billed.least_minutes,
        billed.most_minutes,
        billed.is_group_code,
        billed.total_minutes,
        billed.session_key,
        billed.is_supervised
        or (
            roster_session.session_key is not null
            and concat(';', roster_session.facilitator_npis, ';')
            not like concat('%;', billed.rendering_provider_npi, ';%')
        ) as is_led_by_other,
        coalesce(roster_session.facilitator_count > 1, false) as is_co_led,
        roster_session.session_key is not null as is_on_roster,
        -- Of a group the session counts, from first to last: who comes late or leaves early shortens nobody's session.
        case
            when billed.is_group_code or seat.session_key is null then roster_session.session_start_at
            else seat.session_start_at
        end as roster_start_at,
        case
            when billed.is_group_code or seat.session_key is null then roster_session.session_end_at
            else seat.session_end_at
        end as roster_end_at,
        case when seat.session_key is null then roster_session.session_end_at else seat.session_end_at end
            as record_end_at,
        session_clock.first_start_at,
        session_clock.last_end_at,
        -- What begins at one time at two sites, or as a group and one to one, is two sessions, unless the practice says
        -- that it was one. Who joined a group from afar was in it.
        case
            when billed.session_key like 'clock:%'
                then concat(
                    billed.session_key,
                    case
                        when billed.is_group_code or billed.procedure_class = 'family' then ':together:'
                        else ':single:'
                    end,
                    coalesce(
                        case when not billed.is_telehealth then billed.site end, session_site.site, 'telehealth'
                    )
                )
            else billed.session_key
        end as session_unit_key,
        case when not billed.is_telehealth then billed.site end as in_person_site
    from billed
    left join roster_session on billed.session_key = roster_session.session_key
    left join current_attendance as seat
        on billed.session_key = seat.session_key and billed.member_id = seat.member_id
    left join session_clock on billed.session_key = session_clock.session_key
    left join session_site
        on
            billed.session_key = session_site.session_key
            and (billed.is_group_code or billed.procedure_class = 'family') = session_site.is_together
),

timed as (
    select
        claim_line_id,
        claim_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        place_of_service_code,
        date_of_service,
        procedure_code,
        procedure_class,
        setting,
        service_year,
        service_quarter,
        is_telehealth,
        is_denied,
        at_risk_amount,
        plan_share,
        least_minutes,
        most_minutes,
        is_group_code,
        session_key,
        session_unit_key,
        in_person_site,
        is_led_by_other,
        is_co_led,
        is_on_roster,
        line_start_at,
        line_end_at,
        total_minutes,
        record_end_at,
        case
            when line_start_at is null or line_end_at is null then roster_start_at
            when is_group_code then first_start_at
            else line_start_at
        end as known_start_at,
        case
            when line_start_at is null or line_end_at is null then roster_end_at
            when is_group_code then last_end_at
            else line_end_at
        end as known_end_at,
        line_start_at is not null and line_end_at is not null as is_line_timed
    from rostered
)

select
    claim_line_id,
    claim_id,
    payer_id,
    member_id,
    rendering_provider_npi,
    place_of_service_code,
    date_of_service,
    procedure_code,
    procedure_class,
    setting,
    service_year,
    service_quarter,
    is_telehealth,
    is_denied,
    at_risk_amount,
    plan_share,
    least_minutes,
    most_minutes,
    is_group_code,
    session_key,
    session_unit_key,
    in_person_site,
    is_led_by_other,
    is_co_led,
    known_start_at as session_start_at,
    known_end_at as session_end_at,
    known_end_at is not null as is_interval_known,
    case
        when known_end_at is not null
            then date_diff('second', known_start_at, known_end_at) // 60
        else total_minutes
    end as session_minutes,
    known_end_at is not null or total_minutes is not null as is_duration_known,
    case
        when is_line_timed then 'claim'
        when known_end_at is not null then 'roster'
        when total_minutes is not null then 'total'
        else 'none'
    end as time_basis,
    -- Whether anything was delivered that could tell the time, and whether it does.
    is_on_roster or line_start_at is not null or line_end_at is not null
    or total_minutes is not null as is_time_told,
    is_line_timed or record_end_at is not null or total_minutes is not null
        as is_time_complete
from timed
