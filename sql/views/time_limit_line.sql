/*
grain   = ["claim_line_id"]
comment = "Each line whose code, payer or default policy asks for a time: with the limits in force and what is known of its minutes."
*/
with limited as (
    select
        session_time.claim_line_id,
        cast(least_time.payer_value as integer) as payer_min_minutes,
        least_time.payer_policy_id as payer_min_minutes_policy_id,
        coalesce(cast(least_time.seed_value as integer), session_time.least_minutes) as default_min_minutes,
        least_time.seed_policy_id as seed_min_minutes_policy_id,
        cast(most_time.payer_value as integer) as payer_max_minutes,
        most_time.payer_policy_id as payer_max_minutes_policy_id,
        documented.payer_value as payer_time_documented,
        documented.payer_policy_id as payer_time_policy_id,
        documented.seed_value as seed_time_documented,
        documented.seed_policy_id as seed_time_policy_id
    from session_time
    left join resolved_policy as least_time
        on
            session_time.payer_id = least_time.payer_id
            and session_time.procedure_code = least_time.procedure_code
            and session_time.setting = least_time.setting
            and session_time.date_of_service = least_time.date_of_service
            and least_time.rule_key = 'min_minutes'
    left join resolved_policy as most_time
        on
            session_time.payer_id = most_time.payer_id
            and session_time.procedure_code = most_time.procedure_code
            and session_time.setting = most_time.setting
            and session_time.date_of_service = most_time.date_of_service
            and most_time.rule_key = 'max_minutes'
    left join resolved_policy as documented
        on
            session_time.payer_id = documented.payer_id
            and session_time.procedure_code = documented.procedure_code
            and session_time.setting = documented.setting
            and session_time.date_of_service = documented.date_of_service
            and documented.rule_key = 'time_documented'
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
    limited.payer_min_minutes,
    limited.payer_min_minutes_policy_id,
    limited.default_min_minutes,
    limited.seed_min_minutes_policy_id,
    limited.payer_max_minutes,
    limited.payer_max_minutes_policy_id,
    limited.payer_time_documented,
    limited.payer_time_policy_id,
    limited.seed_time_documented,
    limited.seed_time_policy_id
from session_time
inner join limited on session_time.claim_line_id = limited.claim_line_id
where
    limited.default_min_minutes is not null
    or limited.payer_min_minutes is not null
    or limited.payer_max_minutes is not null
    or limited.payer_time_documented = 'true'
