/*
grain   = ["claim_line_id"]
comment = "Each line whose place or modifier says telehealth, with the places and modifiers that the payer wants, and what a facility is paid less."
*/
with marked as (
    select
        current_claim_line.claim_line_id,
        current_claim_line.payer_id,
        current_claim_line.member_id,
        current_claim_line.rendering_provider_npi,
        current_claim_line.place_of_service_code,
        current_claim_line.setting,
        current_claim_line.date_of_service,
        current_claim_line.procedure_code,
        current_claim_line.procedure_class,
        current_claim_line.modifiers,
        current_claim_line.has_telehealth_modifier,
        current_claim_line.at_risk_amount,
        -- Blanks on both sides: a modifier is looked for between them.
        concat(' ', current_claim_line.modifiers, ' ') as modifier_list
    from current_claim_line
    where current_claim_line.is_telehealth and current_claim_line.procedure_class <> 'other'
)

select
    marked.claim_line_id,
    marked.payer_id,
    marked.member_id,
    marked.rendering_provider_npi,
    marked.place_of_service_code,
    marked.date_of_service,
    marked.procedure_code,
    marked.procedure_class,
    marked.modifiers,
    marked.has_telehealth_modifier,
    marked.at_risk_amount,
    coalesce(payer.program = 'medicare', false) as is_medicare,
    coalesce(place_of_service.is_facility, false) as is_facility_place,
    marked.modifier_list like '% 93 %' or marked.modifier_list like '% FQ %' as has_audio_modifier,
    marked.modifier_list like '% 95 %' or marked.modifier_list like '% GT %' as has_video_modifier,
    marked.modifier_list like '% FQ %' as has_clinic_modifier,
    marked.modifier_list like '% GT %' as has_older_modifier,
    place_rule.payer_value as payer_telehealth_place,
    place_rule.payer_policy_id as payer_place_policy_id,
    modifier_rule.payer_value as payer_telehealth_modifier,
    modifier_rule.payer_policy_id as payer_modifier_policy_id,
    coalesce(
        modifier_rule.payer_value = 'none'
        or concat('|', modifier_rule.payer_value, '|') like '%|93|%' and marked.modifier_list like '% 93 %'
        or concat('|', modifier_rule.payer_value, '|') like '%|95|%' and marked.modifier_list like '% 95 %'
        or concat('|', modifier_rule.payer_value, '|') like '%|FQ|%' and marked.modifier_list like '% FQ %'
        or concat('|', modifier_rule.payer_value, '|') like '%|GQ|%' and marked.modifier_list like '% GQ %'
        or concat('|', modifier_rule.payer_value, '|') like '%|GT|%' and marked.modifier_list like '% GT %',
        true
    ) as has_wanted_modifier,
    -- From 2020 to 2023 the places changed several times: without a payer's rule of the day nothing is certain.
    marked.date_of_service < cast('2020-01-01' as date)
    or marked.date_of_service > cast('2023-12-31' as date)
    or modifier_rule.payer_value is not null as is_rule_settled,
    cast(coalesce(fee.fee_amount, 0) * 100 as bigint) as fee_cents,
    cast(greatest(coalesce(fee.fee_amount - fee.facility_fee_amount, 0), 0) * 100 as bigint) as facility_discount_cents
from marked
left join payer on marked.payer_id = payer.payer_id
left join place_of_service on marked.place_of_service_code = place_of_service.place_of_service_code
left join resolved_policy as place_rule
    on
        marked.payer_id = place_rule.payer_id
        and marked.procedure_code = place_rule.procedure_code
        and marked.setting = place_rule.setting
        and marked.date_of_service = place_rule.date_of_service
        and place_rule.rule_key = 'telehealth_place'
left join resolved_policy as modifier_rule
    on
        marked.payer_id = modifier_rule.payer_id
        and marked.procedure_code = modifier_rule.procedure_code
        and marked.setting = modifier_rule.setting
        and marked.date_of_service = modifier_rule.date_of_service
        and modifier_rule.rule_key = 'telehealth_modifier'
left join edition_in_force
    on
        marked.payer_id = edition_in_force.payer_id
        and marked.setting = edition_in_force.setting
        and marked.date_of_service = edition_in_force.date_of_service
        and edition_in_force.kind_code = 'pfs'
left join fee
    on
        edition_in_force.edition_id = fee.edition_id
        and marked.procedure_code = fee.procedure_code
