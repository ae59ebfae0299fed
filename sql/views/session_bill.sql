/*
grain   = ["session_key", "payer_id", "procedure_code"]
comment = "What one payer was billed under one group or family code for one session, with the limits in force: the payer's and the default."
*/
with bill as (
    select
        session_key,
        payer_id,
        procedure_code,
        min(procedure_class) as procedure_class,
        min(date_of_service) as date_of_service,
        min(setting) as setting,
        min(rendering_provider_npi) as rendering_provider_npi,
        count(*) as line_count,
        count(distinct member_id) as payer_member_count,
        sum(at_risk_amount) as at_risk_amount
    from session_line
    where procedure_class in ('group', 'multi_family_group', 'family')
    group by session_key, payer_id, procedure_code
)

select
    bill.session_key,
    bill.payer_id,
    bill.procedure_code,
    bill.procedure_class,
    bill.date_of_service,
    bill.setting,
    bill.rendering_provider_npi,
    bill.line_count,
    bill.payer_member_count,
    bill.at_risk_amount,
    group_session.size_basis,
    group_session.is_one_session,
    group_session.member_count,
    group_session.possible_member_count,
    group_session.co_led_member_count,
    group_session.billed_member_count,
    group_session.guest_count,
    group_session.least_documented_size,
    group_session.most_documented_size,
    group_session.is_size_documented,
    group_session.family_count,
    group_session.family_unknown_count,
    group_session.guessed_family_count,
    group_session.guess_unknown_count,
    group_session.expected_family_count,
    group_session.largest_family_size,
    group_session.facilitator_count,
    group_session.session_code_count,
    audit_setting.data_view,
    audit_setting.feasible_minutes // audit_setting.min_group_minutes as feasible_sessions,
    -- Who was in the room is known from a roster, or from the claims of all payers together.
    group_session.size_basis = 'roster' or audit_setting.data_view <> 'payer' as is_room_known,
    group_session.family_unknown_count = 0 or group_session.guess_unknown_count = 0 as is_family_known,
    (group_session.size_basis = 'roster' or audit_setting.data_view <> 'payer')
    and (group_session.family_unknown_count = 0 or group_session.guess_unknown_count = 0) as is_composition_known,
    cast(least_size.payer_value as integer) as payer_min_size,
    least_size.payer_policy_id as payer_min_policy_id,
    cast(least_size.seed_value as integer) as seed_min_size,
    least_size.seed_policy_id as seed_min_policy_id,
    cast(case
        when group_session.facilitator_count >= 2 and most_size_two.payer_value is not null
            then most_size_two.payer_value
        else most_size.payer_value
    end as integer) as payer_max_size,
    case
        when group_session.facilitator_count >= 2 and most_size_two.payer_value is not null
            then most_size_two.payer_policy_id
        else most_size.payer_policy_id
    end as payer_max_policy_id,
    cast(most_size.payer_value as integer) as payer_one_max_size,
    cast(most_size_two.payer_value as integer) as payer_two_max_size,
    most_size_two.payer_policy_id as payer_two_max_policy_id,
    coalesce(refund.payer_value, refund.seed_value, 'excess') as oversize_refund,
    cast(most_size.seed_value as integer) as seed_max_size,
    most_size.seed_policy_id as seed_max_policy_id,
    semantics.payer_value as payer_family_semantics,
    semantics.payer_policy_id as payer_family_policy_id,
    semantics.seed_value as seed_family_semantics,
    semantics.seed_policy_id as seed_family_policy_id
from bill
inner join group_session on bill.session_key = group_session.session_key
cross join audit_setting
left join resolved_policy as least_size
    on
        bill.payer_id = least_size.payer_id
        and case when bill.procedure_class = 'family' then '90853' else bill.procedure_code end
        = least_size.procedure_code
        and bill.setting = least_size.setting
        and bill.date_of_service = least_size.date_of_service
        and least_size.rule_key = 'min_size'
left join resolved_policy as most_size
    on
        bill.payer_id = most_size.payer_id
        and bill.procedure_code = most_size.procedure_code
        and bill.setting = most_size.setting
        and bill.date_of_service = most_size.date_of_service
        and most_size.rule_key = 'max_size'
left join resolved_policy as most_size_two
    on
        bill.payer_id = most_size_two.payer_id
        and bill.procedure_code = most_size_two.procedure_code
        and bill.setting = most_size_two.setting
        and bill.date_of_service = most_size_two.date_of_service
        and most_size_two.rule_key = 'max_size_two_facilitators'
left join resolved_policy as semantics
    on
        bill.payer_id = semantics.payer_id
        and bill.procedure_code = semantics.procedure_code
        and bill.setting = semantics.setting
        and bill.date_of_service = semantics.date_of_service
        and semantics.rule_key = 'family_code_semantics'
left join resolved_policy as refund
    on
        bill.payer_id = refund.payer_id
        and bill.procedure_code = refund.procedure_code
        and bill.setting = refund.setting
        and bill.date_of_service = refund.date_of_service
        and refund.rule_key = 'oversize_refund'
