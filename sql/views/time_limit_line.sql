/*
grain   = ["claim_line_id"]
comment = "Each line whose code, payer or default policy asks for a time: with the limits in force and what is known of its minutes."
*/
with time_rule as (
    select
        payer_id,
        procedure_code,
        setting,
        date_of_service,
        max(case when rule_key = 'min_minutes' then payer_value end) as min_minutes,
        max(case when rule_key = 'min_minutes' then payer_policy_id end) as min_minutes_policy_id,
        max(case when rule_key = 'min_minutes' then seed_value end) as seed_min_minutes,
        max(case when rule_key = 'min_minutes' then seed_policy_id end) as seed_min_minutes_policy_id,
        max(case when rule_key = 'max_minutes' then payer_value end) as max_minutes,
        max(case when rule_key = 'max_minutes' then payer_policy_id end) as max_minutes_policy_id,
        max(case when rule_key = 'time_documented' then payer_value end) as time_documented,
        max(case when rule_key = 'time_documented' then payer_policy_id end) as time_documented_policy_id,
        max(case when rule_key = 'time_documented' then seed_value end) as seed_time_documented,
        max(case when rule_key = 'time_documented' then seed_policy_id end) as seed_time_documented_policy_id
    from resolved_policy
    where rule_key in ('min_minutes', 'max_minutes', 'time_documented')
    group by payer_id, procedure_code, setting, date_of_service
)

select
    session_time.claim_line_id,
    session_time.payer_id,
    session_time.member_id,
    session_time.rendering_provider_npi,
    session_time.date_of_service,
    session_time.procedure_code,
    session_time.procedure_class,
    session_time.at_risk_amount,
    session_time.least_minutes,
    session_time.most_minutes,
    session_time.session_minutes,
    session_time.time_basis,
    session_time.is_duration_known,
    session_time.is_time_told,
    session_time.is_time_complete,
    cast(time_rule.min_minutes as integer) as payer_min_minutes,
    time_rule.min_minutes_policy_id as payer_min_minutes_policy_id,
    coalesce(cast(time_rule.seed_min_minutes as integer), session_time.least_minutes) as default_min_minutes,
    time_rule.seed_min_minutes_policy_id,
    cast(time_rule.max_minutes as integer) as payer_max_minutes,
    time_rule.max_minutes_policy_id as payer_max_minutes_policy_id,
    time_rule.time_documented as payer_time_documented,
    time_rule.time_documented_policy_id as payer_time_policy_id,
    time_rule.seed_time_documented,
    time_rule.seed_time_documented_policy_id as seed_time_policy_id
from session_time
left join time_rule
    on
        session_time.payer_id = time_rule.payer_id
        and session_time.procedure_code = time_rule.procedure_code
        and session_time.setting = time_rule.setting
        and session_time.date_of_service = time_rule.date_of_service
where
    session_time.least_minutes is not null
    or time_rule.seed_min_minutes is not null
    or time_rule.min_minutes is not null
    or time_rule.max_minutes is not null
    or time_rule.time_documented = 'true'
