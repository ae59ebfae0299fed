/*
grain   = ["claim_line_id"]
comment = "Lines of the versions that count, with what the codes mean and what a line is worth. Voided and replaced versions are gone."
date    = "date_of_service"
*/
-- Lines that count and share the number of a claim and of a line with another: few, so that only they are put in order.
with shared_number as (
    select
        claim_line.patient_control_number,
        claim_line.claim_line_number
    from claim_line
    left join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
    where superseded_line.claim_line_id is null
    group by claim_line.patient_control_number, claim_line.claim_line_number
    having count(*) > 1
),

-- A claim that is sent again under the number of one that stands is told apart from it.
numbered as (
    select
        claim_line.claim_line_id,
        cast(row_number() over (
            partition by
                claim_line.payer_id, claim_line.billing_provider_npi, claim_line.patient_control_number,
                claim_line.member_id, claim_line.date_of_service, claim_line.claim_line_number
            order by claim_line.received_date, claim_line.claim_line_id
        ) as integer) as claim_occurrence
    from claim_line
    inner join shared_number
        on
            claim_line.patient_control_number = shared_number.patient_control_number
            and claim_line.claim_line_number = shared_number.claim_line_number
    left join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
    where superseded_line.claim_line_id is null
)

select
    claim_line.claim_line_id,
    claim_line.claim_id,
    claim_line.file_id,
    claim_line.patient_control_number,
    claim_line.claim_line_number,
    claim_line.claim_frequency_code,
    claim_line.payer_claim_control_number,
    claim_line.payer_id,
    claim_line.member_id,
    claim_line.subscriber_id,
    claim_line.relationship_code,
    claim_line.family_id,
    claim_line.billing_provider_npi,
    claim_line.rendering_provider_npi,
    claim_line.rendering_taxonomy_code,
    claim_line.supervising_provider_npi,
    claim_line.service_facility_npi,
    claim_line.place_of_service_code,
    claim_line.date_of_service,
    claim_line.date_of_service_through,
    claim_line.procedure_code,
    claim_line.modifier_1,
    claim_line.modifier_2,
    claim_line.modifier_3,
    claim_line.modifier_4,
    claim_line.service_units,
    claim_line.charge_amount,
    claim_line.allowed_amount,
    claim_line.paid_amount,
    claim_line.diagnosis_code_1,
    claim_line.diagnosis_code_2,
    claim_line.diagnosis_code_3,
    claim_line.diagnosis_code_4,
    claim_line.diagnosis_code_5,
    claim_line.diagnosis_code_6,
    claim_line.diagnosis_code_7,
    claim_line.diagnosis_code_8,
    claim_line.diagnosis_code_9,
    claim_line.diagnosis_code_10,
    claim_line.diagnosis_code_11,
    claim_line.diagnosis_code_12,
    claim_line.diagnosis_pointers,
    claim_line.prior_authorization_number,
    claim_line.received_date,
    claim_line.session_id,
    claim_line.session_start_at,
    claim_line.session_end_at,
    year(claim_line.date_of_service) as service_year,
    quarter(claim_line.date_of_service) as service_quarter,
    coalesce(procedure_code.procedure_class, 'other') as procedure_class,
    coalesce(place_of_service.setting, 'office') as setting,
    trim(concat(
        least(claim_line.first_low, claim_line.second_low), ' ',
        least(
            greatest(claim_line.first_low, claim_line.second_low),
            least(claim_line.first_high, claim_line.second_high)
        ), ' ',
        greatest(
            greatest(claim_line.first_low, claim_line.second_low),
            least(claim_line.first_high, claim_line.second_high)
        ), ' ',
        greatest(claim_line.first_high, claim_line.second_high)
    )) as modifiers,
    coalesce(m1.modifier_class = 'distinct', false) or coalesce(m2.modifier_class = 'distinct', false)
    or coalesce(m3.modifier_class = 'distinct', false) or coalesce(m4.modifier_class = 'distinct', false)
        as has_distinct_modifier,
    coalesce(m1.modifier_class = 'repeat', false) or coalesce(m2.modifier_class = 'repeat', false)
    or coalesce(m3.modifier_class = 'repeat', false) or coalesce(m4.modifier_class = 'repeat', false)
        as has_repeat_modifier,
    coalesce(place_of_service.is_telehealth, false)
    or coalesce(m1.modifier_class = 'telehealth', false) or coalesce(m2.modifier_class = 'telehealth', false)
    or coalesce(m3.modifier_class = 'telehealth', false) or coalesce(m4.modifier_class = 'telehealth', false)
        as is_telehealth,
    coalesce(m1.modifier_class = 'telehealth', false) or coalesce(m2.modifier_class = 'telehealth', false)
    or coalesce(m3.modifier_class = 'telehealth', false) or coalesce(m4.modifier_class = 'telehealth', false)
        as has_telehealth_modifier,
    coalesce(m1.modifier_class = 'separate_visit', false) or coalesce(m2.modifier_class = 'separate_visit', false)
    or coalesce(m3.modifier_class = 'separate_visit', false) or coalesce(m4.modifier_class = 'separate_visit', false)
        as has_separate_visit_modifier,
    coalesce(numbered.claim_occurrence, 1) as claim_occurrence,
    -- A payment below zero took money back: nothing of it is left to ask for.
    coalesce(claim_line.paid_amount <= 0, false) as is_denied,
    cast(greatest(coalesce(
        claim_line.paid_amount,
        claim_line.allowed_amount,
        least(line_fee.unit_amount * claim_line.service_units, claim_line.charge_amount),
        claim_line.charge_amount
    ), 0) as decimal(12, 2)) as at_risk_amount,
    case
        when claim_line.paid_amount is not null then 'paid'
        when claim_line.allowed_amount is not null then 'allowed'
        when line_fee.unit_amount is not null then line_fee.fee_basis
        else 'charge'
    end as amount_basis,
    -- What the payer is expected to allow, whatever came of it.
    cast(
        coalesce(
            least(line_fee.unit_amount * claim_line.service_units, claim_line.charge_amount), claim_line.charge_amount
        )
        as decimal(12, 2)
    ) as expected_amount,
    -- The share of the allowed amount that the plan pays; a recoded line keeps it. A decimal, so that cents come out
    -- alike on every engine.
    cast(case
        when claim_line.paid_amount <= 0 then 0
        when claim_line.allowed_amount > 0 and claim_line.paid_amount is not null
            then cast(claim_line.paid_amount as double) / cast(claim_line.allowed_amount as double)
        else 1
    end as decimal(18, 6)) as plan_share
from (
    -- The order in which modifiers are written does not change the service: sorted, in two steps of comparisons.
    select
        billed_line.claim_line_id,
        billed_line.claim_id,
        billed_line.file_id,
        billed_line.patient_control_number,
        billed_line.claim_line_number,
        billed_line.claim_frequency_code,
        billed_line.payer_claim_control_number,
        billed_line.payer_id,
        billed_line.member_id,
        billed_line.subscriber_id,
        billed_line.relationship_code,
        billed_line.family_id,
        billed_line.billing_provider_npi,
        billed_line.rendering_provider_npi,
        billed_line.rendering_taxonomy_code,
        billed_line.supervising_provider_npi,
        billed_line.service_facility_npi,
        billed_line.place_of_service_code,
        billed_line.date_of_service,
        billed_line.date_of_service_through,
        billed_line.procedure_code,
        billed_line.modifier_1,
        billed_line.modifier_2,
        billed_line.modifier_3,
        billed_line.modifier_4,
        billed_line.service_units,
        billed_line.charge_amount,
        billed_line.diagnosis_code_1,
        billed_line.diagnosis_code_2,
        billed_line.diagnosis_code_3,
        billed_line.diagnosis_code_4,
        billed_line.diagnosis_code_5,
        billed_line.diagnosis_code_6,
        billed_line.diagnosis_code_7,
        billed_line.diagnosis_code_8,
        billed_line.diagnosis_code_9,
        billed_line.diagnosis_code_10,
        billed_line.diagnosis_code_11,
        billed_line.diagnosis_code_12,
        billed_line.diagnosis_pointers,
        billed_line.prior_authorization_number,
        billed_line.received_date,
        billed_line.session_id,
        billed_line.session_start_at,
        billed_line.session_end_at,
        -- What the payer says goes before what the export says.
        coalesce(line_payment.allowed_amount, billed_line.allowed_amount) as allowed_amount,
        coalesce(line_payment.paid_amount, billed_line.paid_amount) as paid_amount,
        least(coalesce(billed_line.modifier_1, ''), coalesce(billed_line.modifier_2, '')) as first_low,
        greatest(coalesce(billed_line.modifier_1, ''), coalesce(billed_line.modifier_2, '')) as first_high,
        least(coalesce(billed_line.modifier_3, ''), coalesce(billed_line.modifier_4, '')) as second_low,
        greatest(coalesce(billed_line.modifier_3, ''), coalesce(billed_line.modifier_4, '')) as second_high
    from claim_line as billed_line
    left join line_payment on billed_line.claim_line_id = line_payment.claim_line_id
) as claim_line
left join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
left join procedure_code on claim_line.procedure_code = procedure_code.procedure_code
left join place_of_service on claim_line.place_of_service_code = place_of_service.place_of_service_code
left join modifier as m1 on claim_line.modifier_1 = m1.modifier_code
left join modifier as m2 on claim_line.modifier_2 = m2.modifier_code
left join modifier as m3 on claim_line.modifier_3 = m3.modifier_code
left join modifier as m4 on claim_line.modifier_4 = m4.modifier_code
left join line_fee on claim_line.claim_line_id = line_fee.claim_line_id
left join numbered on claim_line.claim_line_id = numbered.claim_line_id
where superseded_line.claim_line_id is null
