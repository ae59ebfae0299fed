/*
grain   = ["rendering_provider_npi", "service_year", "service_quarter"]
comment = "What a clinician did, counted: days, people, lines, groups and minutes with each session once; behind the comparison of clinicians."
*/
with worked_line as (
    select
        current_claim_line.claim_line_id,
        current_claim_line.rendering_provider_npi,
        current_claim_line.rendering_taxonomy_code,
        current_claim_line.service_year,
        current_claim_line.service_quarter,
        current_claim_line.date_of_service,
        current_claim_line.member_id,
        current_claim_line.procedure_class,
        current_claim_line.has_distinct_modifier,
        current_claim_line.is_denied,
        current_claim_line.amount_basis = 'paid' as is_answered,
        current_claim_line.session_start_at,
        current_claim_line.session_end_at,
        procedure_code.least_minutes,
        session_line.session_key,
        -- Interactive complexity comes on top of a session.
        procedure_code.counts_sessions and current_claim_line.procedure_class <> 'interactive_complexity'
            as is_session_line
    from current_claim_line
    inner join procedure_code on current_claim_line.procedure_code = procedure_code.procedure_code
    left join session_line on current_claim_line.claim_line_id = session_line.claim_line_id
),

-- A session is as long as its roster says, else its claims, else the least that its code asks for; a group has no least
-- time of its own.
session_time as (
    select
        worked_line.rendering_provider_npi,
        worked_line.service_year,
        worked_line.service_quarter,
        worked_line.session_key,
        max(case when worked_line.procedure_class in ('group', 'multi_family_group') then 1 else 0 end) as is_group,
        max(group_session.member_count) as member_count,
        max(coalesce(
            date_diff('second', roster_session.session_start_at, roster_session.session_end_at) // 60,
            date_diff('second', worked_line.session_start_at, worked_line.session_end_at) // 60,
            worked_line.least_minutes,
            audit_setting.min_group_minutes
        )) as session_minutes
    from worked_line
    cross join audit_setting
    left join group_session on worked_line.session_key = group_session.session_key
    left join roster_session on worked_line.session_key = roster_session.session_key
    where worked_line.session_key is not null
    group by
        worked_line.rendering_provider_npi, worked_line.service_year, worked_line.service_quarter,
        worked_line.session_key
),

session_total as (
    select
        rendering_provider_npi,
        service_year,
        service_quarter,
        sum(session_minutes) as session_minutes,
        count(*) filter (where is_group = 1 and member_count > 0) as group_count,
        sum(case when is_group = 1 then member_count else 0 end) as group_member_count
    from session_time
    group by rendering_provider_npi, service_year, service_quarter
),

day_total as (
    select
        rendering_provider_npi,
        service_year,
        service_quarter,
        date_of_service,
        count(distinct member_id) as member_count
    from worked_line
    group by rendering_provider_npi, service_year, service_quarter, date_of_service
),

period_total as (
    select
        rendering_provider_npi,
        service_year,
        service_quarter,
        count(*) as worked_day_count,
        sum(member_count) as member_day_count,
        min(date_of_service) as first_date,
        max(date_of_service) as last_date
    from day_total
    group by rendering_provider_npi, service_year, service_quarter
),

line_total as (
    select
        rendering_provider_npi,
        service_year,
        service_quarter,
        max(rendering_taxonomy_code) as rendering_taxonomy_code,
        count(*) as line_count,
        count(*) filter (where is_session_line) as session_line_count,
        count(*) filter (where procedure_class in ('group', 'multi_family_group')) as group_line_count,
        count(*) filter (where has_distinct_modifier) as distinct_line_count,
        count(*) filter (where procedure_class = 'interactive_complexity') as add_on_line_count,
        count(*) filter (where is_answered) as answered_line_count,
        count(*) filter (where is_answered and is_denied) as denied_line_count
    from worked_line
    group by rendering_provider_npi, service_year, service_quarter
)

select
    line_total.rendering_provider_npi,
    line_total.service_year,
    line_total.service_quarter,
    line_total.rendering_taxonomy_code,
    period_total.first_date,
    period_total.last_date,
    period_total.worked_day_count,
    period_total.member_day_count,
    line_total.line_count,
    line_total.session_line_count,
    line_total.group_line_count,
    line_total.distinct_line_count,
    line_total.add_on_line_count,
    line_total.answered_line_count,
    line_total.denied_line_count,
    coalesce(session_total.session_minutes, 0) as session_minutes,
    coalesce(session_total.group_count, 0) as group_count,
    coalesce(session_total.group_member_count, 0) as group_member_count
from line_total
inner join period_total
    on
        line_total.rendering_provider_npi = period_total.rendering_provider_npi
        and line_total.service_year = period_total.service_year
        and line_total.service_quarter = period_total.service_quarter
left join session_total
    on
        line_total.rendering_provider_npi = session_total.rendering_provider_npi
        and line_total.service_year = session_total.service_year
        and line_total.service_quarter = session_total.service_quarter
