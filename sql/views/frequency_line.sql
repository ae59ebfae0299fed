/*
grain   = ["claim_line_id"]
comment = "Each therapy line outside of hospital beds and day programs with its payer's limits of visits and minutes, and how many the person had up to it."
*/
with held as (
    select
        current_claim_line.claim_line_id,
        current_claim_line.payer_id,
        current_claim_line.member_id,
        current_claim_line.rendering_provider_npi,
        current_claim_line.date_of_service,
        current_claim_line.procedure_code,
        current_claim_line.procedure_class,
        current_claim_line.is_denied,
        current_claim_line.at_risk_amount,
        cast(coalesce(day_limit.payer_value, day_limit.seed_value) as integer) as day_visit_limit,
        coalesce(day_limit.payer_policy_id, day_limit.seed_policy_id) as day_visit_policy_id,
        day_limit.payer_value is not null as is_day_limit_own,
        cast(coalesce(week_limit.payer_value, week_limit.seed_value) as integer) as week_visit_limit,
        coalesce(week_limit.payer_policy_id, week_limit.seed_policy_id) as week_visit_policy_id,
        week_limit.payer_value is not null as is_week_limit_own,
        cast(coalesce(minute_limit.payer_value, minute_limit.seed_value) as integer) as day_minute_limit,
        coalesce(minute_limit.payer_policy_id, minute_limit.seed_policy_id) as day_minute_policy_id,
        minute_limit.payer_value is not null as is_minute_limit_own,
        clocked_line.session_key,
        clocked_line.clock_start_at,
        date_diff('second', clocked_line.clock_start_at, clocked_line.clock_end_at) // 60 as session_minutes
    from current_claim_line
    inner join clocked_line on current_claim_line.claim_line_id = clocked_line.claim_line_id
    left join resolved_policy as day_limit
        on
            current_claim_line.payer_id = day_limit.payer_id
            and current_claim_line.procedure_code = day_limit.procedure_code
            and current_claim_line.setting = day_limit.setting
            and current_claim_line.date_of_service = day_limit.date_of_service
            and day_limit.rule_key = 'max_visits_day'
    left join resolved_policy as week_limit
        on
            current_claim_line.payer_id = week_limit.payer_id
            and current_claim_line.procedure_code = week_limit.procedure_code
            and current_claim_line.setting = week_limit.setting
            and current_claim_line.date_of_service = week_limit.date_of_service
            and week_limit.rule_key = 'max_visits_7_days'
    left join resolved_policy as minute_limit
        on
            current_claim_line.payer_id = minute_limit.payer_id
            and current_claim_line.procedure_code = minute_limit.procedure_code
            and current_claim_line.setting = minute_limit.setting
            and current_claim_line.date_of_service = minute_limit.date_of_service
            and minute_limit.rule_key = 'max_minutes_day'
    where clocked_line.session_key is not null and current_claim_line.setting not in ('inpatient', 'partial_hospital')
),

earlier as (
    select
        held.claim_line_id,
        count(*) as visit_count
    from held
    inner join visit_history
        on
            held.payer_id = visit_history.payer_id
            and held.member_id = visit_history.member_id
            and held.procedure_class = visit_history.procedure_class
            and date_diff('day', visit_history.date_of_service, held.date_of_service) between 1 and 6
    group by held.claim_line_id
),

-- A session is in the day's minutes once, however many lines it has.
timed_session as (
    select
        payer_id,
        member_id,
        date_of_service,
        session_key,
        max(session_minutes) as session_minutes,
        min(clock_start_at) as clock_start_at
    from held
    where session_minutes is not null and day_minute_limit is not null and not is_denied
    group by payer_id, member_id, date_of_service, session_key
),

minutes_so_far as (
    select
        payer_id,
        member_id,
        date_of_service,
        session_key,
        cast(sum(session_minutes) over (
            partition by payer_id, member_id, date_of_service
            order by clock_start_at, session_key
        ) as bigint) as day_minutes
    from timed_session
)

select
    held.claim_line_id,
    held.payer_id,
    held.member_id,
    held.rendering_provider_npi,
    held.date_of_service,
    held.procedure_code,
    held.procedure_class,
    held.at_risk_amount,
    held.day_visit_limit,
    held.day_visit_policy_id,
    held.is_day_limit_own,
    held.week_visit_limit,
    held.week_visit_policy_id,
    held.is_week_limit_own,
    held.day_minute_limit,
    held.day_minute_policy_id,
    held.is_minute_limit_own,
    visit_history.visit_of_day,
    visit_history.visit_of_day + coalesce(earlier.visit_count, 0) as visit_of_7_days,
    held.session_minutes,
    minutes_so_far.day_minutes,
    -- A limit of minutes can be held only against times.
    (
        held.day_visit_limit is not null or held.week_visit_limit is not null or held.day_minute_limit is not null
    )
    and (held.day_minute_limit is null or held.session_minutes is not null) as is_frequency_known
from held
left join visit_history on held.claim_line_id = visit_history.claim_line_id
left join earlier on held.claim_line_id = earlier.claim_line_id
left join minutes_so_far
    on
        held.payer_id = minutes_so_far.payer_id
        and held.member_id = minutes_so_far.member_id
        and held.date_of_service = minutes_so_far.date_of_service
        and held.session_key = minutes_so_far.session_key
        and not held.is_denied
