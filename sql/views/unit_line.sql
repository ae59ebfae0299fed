/*
grain   = ["claim_line_id"]
comment = "Each group line with the number of members that makes a group, and the units that one person may have on a day."
*/
select
    ncci_line.claim_line_id,
    ncci_line.patient_control_number,
    ncci_line.claim_line_number,
    ncci_line.payer_id,
    ncci_line.member_id,
    ncci_line.rendering_provider_npi,
    ncci_line.date_of_service,
    ncci_line.procedure_code,
    ncci_line.procedure_class,
    ncci_line.service_units,
    ncci_line.at_risk_amount,
    ncci_line.has_units_like_minutes,
    cast(coalesce(least_size.payer_value, least_size.seed_value) as integer) as member_minimum,
    coalesce(least_size.payer_policy_id, least_size.seed_policy_id) as size_policy_id,
    least_size.payer_value is not null as has_payer_size,
    -- Units that are minutes are no members.
    least_size.rule_key is not null and not ncci_line.is_unit_basis_minutes as has_size_limit,
    -- The payer's word on a day's units, else the national limit where the payer does not ignore it, else the default.
    cast(coalesce(
        day_limit.payer_value,
        case
            when coalesce(ncci_line.payer_ncci_edits, 'apply') <> 'ignore' then cast(ncci_line.mue_units as varchar)
        end,
        day_limit.seed_value,
        '1'
    ) as integer) as allowed_units
from ncci_line
left join resolved_policy as least_size
    on
        ncci_line.payer_id = least_size.payer_id
        and ncci_line.procedure_code = least_size.procedure_code
        and ncci_line.setting = least_size.setting
        and ncci_line.date_of_service = least_size.date_of_service
        and least_size.rule_key = 'min_size'
left join resolved_policy as day_limit
    on
        ncci_line.payer_id = day_limit.payer_id
        and ncci_line.procedure_code = day_limit.procedure_code
        and ncci_line.setting = day_limit.setting
        and ncci_line.date_of_service = day_limit.date_of_service
        and day_limit.rule_key = 'max_units_day'
where ncci_line.procedure_class = 'group'
