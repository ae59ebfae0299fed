/*
grain   = ["claim_line_id"]
comment = "Each therapy line with the session that it belongs to, and how that is known: roster, session_id, clock or date."
*/
with therapy_line as (
    select
        claim_line_id,
        payer_id,
        member_id,
        subscriber_id,
        billing_provider_npi,
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
        has_distinct_modifier,
        at_risk_amount,
        plan_share,
        session_id,
        session_start_at,
        concat('session:', session_id, '@', cast(date_of_service as varchar)) as named_session_key
    from current_claim_line
    where procedure_class in ('group', 'multi_family_group', 'family', 'individual', 'individual_add_on')
),

-- A seat that a line of the same person claims by the session's id is not to be had by a line of another code without
-- it; one of the same code is the same service sent again.
named_seat as (
    select
        named_session_key as session_key,
        member_id,
        min(procedure_code) as first_code,
        max(procedure_code) as last_code
    from therapy_line
    where session_id is not null
    group by named_session_key, member_id
),

-- Without a session id, a line is matched to the roster by person, day, clinician and, where it has one, the start.
-- A person may have had two sessions that day: one that they came to goes before one that they missed; then a group code
-- looks for the larger, another code for the smaller.
candidate as (
    select
        therapy_line.claim_line_id,
        therapy_line.member_id,
        roster_session.session_key,
        case
            when roster_session.present_count > 1
                then
                    case therapy_line.procedure_class
                        when 'group' then 1 when 'multi_family_group' then 1 when 'family' then 2 else 3
                    end
            when therapy_line.procedure_class in ('individual', 'individual_add_on') then 1
            when therapy_line.procedure_class = 'family' then 2
            else 3
        end as affinity,
        row_number() over (
            partition by therapy_line.claim_line_id
            order by
                case when current_attendance.is_present then 0 else 1 end,
                case
                    when therapy_line.procedure_class in ('group', 'multi_family_group')
                        then -roster_session.present_count
                    else roster_session.present_count
                end,
                roster_session.session_start_at,
                roster_session.session_key
        ) as choice
    from therapy_line
    inner join current_attendance
        on
            therapy_line.member_id = current_attendance.member_id
            and therapy_line.date_of_service = current_attendance.session_date
    inner join roster_session on current_attendance.session_key = roster_session.session_key
    left join named_seat
        on
            current_attendance.session_key = named_seat.session_key
            and current_attendance.member_id = named_seat.member_id
    where
        therapy_line.session_id is null
        and (
            named_seat.session_key is null
            or therapy_line.procedure_code in (named_seat.first_code, named_seat.last_code)
        )
        and concat(';', roster_session.facilitator_npis, ';')
        like concat('%;', therapy_line.rendering_provider_npi, ';%')
        and (
            therapy_line.session_start_at is null
            or therapy_line.session_start_at = roster_session.session_start_at
        )
),

-- One attendance explains one kind of line: an individual line does not claim the seat that a group line takes.
matched as (
    select
        claim_line_id,
        session_key
    from candidate
    where choice = 1
    qualify affinity = min(affinity) over (partition by session_key, member_id)
)

select
    therapy_line.claim_line_id,
    therapy_line.payer_id,
    therapy_line.member_id,
    therapy_line.rendering_provider_npi,
    therapy_line.billing_provider_npi,
    therapy_line.date_of_service,
    therapy_line.procedure_code,
    therapy_line.procedure_class,
    therapy_line.setting,
    therapy_line.place_of_service_code,
    therapy_line.service_year,
    therapy_line.service_quarter,
    therapy_line.is_denied,
    therapy_line.has_distinct_modifier,
    therapy_line.at_risk_amount,
    therapy_line.plan_share,
    named.session_key is not null
    or matched.session_key is not null
    or therapy_line.session_id is not null
    or therapy_line.session_start_at is not null as is_session_known,
    case
        when named.session_key is not null or matched.session_key is not null then 'roster'
        when therapy_line.session_id is not null then 'session_id'
        when therapy_line.session_start_at is not null then 'clock'
        else 'date'
    end as session_basis,
    case
        when named.session_key is not null then named.session_key
        when matched.session_key is not null then matched.session_key
        when therapy_line.session_id is not null then therapy_line.named_session_key
        when therapy_line.session_start_at is not null
            then concat(
                'clock:', therapy_line.rendering_provider_npi, '@', cast(therapy_line.session_start_at as varchar)
            )
        -- A day of one clinician may hold many family and individual sessions: each client is one of them.
        when therapy_line.procedure_class in ('group', 'multi_family_group')
            then concat(
                'day:', therapy_line.rendering_provider_npi, '@', cast(therapy_line.date_of_service as varchar),
                ':', therapy_line.procedure_code, ':', therapy_line.place_of_service_code,
                case when therapy_line.is_telehealth then ':telehealth' else '' end
            )
        else concat(
            'day:', therapy_line.rendering_provider_npi, '@', cast(therapy_line.date_of_service as varchar),
            ':', therapy_line.procedure_code, ':', therapy_line.member_id
        )
    end as session_key,
    coalesce(therapy_line.session_start_at, named.session_start_at, by_roster.session_start_at) as session_start_at,
    therapy_line.session_id is not null or therapy_line.session_start_at is not null as is_session_named
from therapy_line
left join roster_session as named on therapy_line.named_session_key = named.session_key
left join matched on therapy_line.claim_line_id = matched.claim_line_id
left join roster_session as by_roster on matched.session_key = by_roster.session_key
