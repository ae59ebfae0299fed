/*
grain   = ["claim_line_id"]
comment = "Each line with the national edits in force for it: the edition of the pair table, the limit of units, and whether its payer applies them."
*/
select
    current_claim_line.claim_line_id,
    current_claim_line.patient_control_number,
    current_claim_line.claim_line_number,
    current_claim_line.payer_id,
    current_claim_line.member_id,
    current_claim_line.rendering_provider_npi,
    current_claim_line.date_of_service,
    current_claim_line.procedure_code,
    current_claim_line.procedure_class,
    current_claim_line.setting,
    current_claim_line.modifiers,
    current_claim_line.has_distinct_modifier,
    current_claim_line.has_separate_visit_modifier,
    current_claim_line.service_units,
    current_claim_line.is_denied,
    current_claim_line.at_risk_amount,
    coalesce(billed_line.unit_basis_code = 'MJ', false) as is_unit_basis_minutes,
    coalesce(concat(';', billed_line.quality_warnings, ';') like '%;units_look_like_minutes;%', false)
        as has_units_like_minutes,
    -- A facility and a practitioner are held to tables of their own, even for one person on one day.
    case
        when current_claim_line.setting in ('outpatient_hospital', 'partial_hospital') then 'outpatient_hospital'
        else 'practitioner'
    end as edit_setting,
    pair_edition.edition_id as pair_edition_id,
    pair_edition.edition_id is not null as has_pair_edition,
    coalesce(pair_edition.is_edition_of_the_day, false) as is_pair_edition_of_the_day,
    coalesce(loaded.is_shipped, false) as is_pair_edition_shipped,
    unit_edition.edition_id as unit_edition_id,
    coalesce(unit_edition.is_edition_of_the_day, false) as is_unit_edition_of_the_day,
    ncci_mue.mue_units,
    ncci_mue.mue_adjudication_code,
    ncci_mue.mue_units is not null and not coalesce(billed_line.unit_basis_code = 'MJ', false) as has_unit_limit,
    ncci_policy.payer_value as payer_ncci_edits,
    ncci_policy.payer_policy_id as payer_ncci_policy_id
from current_claim_line
left join claim_line as billed_line on current_claim_line.claim_line_id = billed_line.claim_line_id
left join edition_in_force as pair_edition
    on
        current_claim_line.payer_id = pair_edition.payer_id
        and current_claim_line.setting = pair_edition.setting
        and current_claim_line.date_of_service = pair_edition.date_of_service
        and pair_edition.kind_code = 'ncci-ptp'
left join reference_edition as loaded on pair_edition.edition_id = loaded.edition_id
left join edition_in_force as unit_edition
    on
        current_claim_line.payer_id = unit_edition.payer_id
        and current_claim_line.setting = unit_edition.setting
        and current_claim_line.date_of_service = unit_edition.date_of_service
        and unit_edition.kind_code = 'ncci-mue'
left join ncci_mue
    on unit_edition.edition_id = ncci_mue.edition_id and current_claim_line.procedure_code = ncci_mue.procedure_code
left join resolved_policy as ncci_policy
    on
        current_claim_line.payer_id = ncci_policy.payer_id
        and current_claim_line.procedure_code = ncci_policy.procedure_code
        and current_claim_line.setting = ncci_policy.setting
        and current_claim_line.date_of_service = ncci_policy.date_of_service
        and ncci_policy.rule_key = 'ncci_edits'
