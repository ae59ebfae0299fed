/*
grain   = ["rendering_provider_npi", "session_unit_key"]
comment = "Each session that a clinician led and billed, once, however many members: when, where, and its minutes, known or least."
*/
with session as (
    select
        session_time.rendering_provider_npi,
        session_time.session_unit_key,
        min(session_time.date_of_service) as date_of_service,
        min(session_time.session_start_at) as session_start_at,
        max(session_time.session_end_at) as session_end_at,
        max(session_time.session_minutes) as told_minutes,
        max(session_time.least_minutes) as least_minutes,
        max(case when session_time.time_basis = 'roster' then 1 else 0 end) as roster_rank,
        max(case when session_time.is_group_code then 1 else 0 end) as group_rank,
        max(case when session_time.is_co_led then 1 else 0 end) as co_led_rank,
        min(session_time.in_person_site) as in_person_site,
        min(session_time.procedure_code) as procedure_code,
        count(*) as line_count,
        count(distinct session_time.member_id) as member_count,
        sum(session_time.at_risk_amount) as at_risk_amount
    from session_time
    where not session_time.is_led_by_other
    group by session_time.rendering_provider_npi, session_time.session_unit_key
)

select
    session.rendering_provider_npi,
    session.session_unit_key,
    session.date_of_service,
    session.session_start_at,
    session.session_end_at,
    session.session_end_at is not null as is_interval_known,
    session.co_led_rank = 1 as is_co_led,
    session.in_person_site,
    session.procedure_code,
    session.line_count,
    session.member_count,
    session.at_risk_amount,
    -- A group has no least time of its own: the shortest that the operator holds possible.
    case
        when session.session_end_at is not null
            then date_diff('second', session.session_start_at, session.session_end_at) // 60
        when session.told_minutes is not null then session.told_minutes
        when session.group_rank = 1 then audit_setting.min_group_minutes
        else coalesce(session.least_minutes, 0)
    end as session_minutes,
    case
        when session.roster_rank = 1 then 'roster'
        when session.session_end_at is not null or session.told_minutes is not null then 'claim'
        when session.group_rank = 1 then 'assumed'
        else 'code'
    end as minutes_basis
from session
cross join audit_setting
