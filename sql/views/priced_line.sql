/*
grain   = ["claim_line_id"]
comment = "Each line that counts with what was allowed and what its contract, or the national fee, would allow for its units."
*/
with measured as (
    select
        current_claim_line.claim_line_id,
        current_claim_line.payer_id,
        current_claim_line.billing_provider_npi,
        current_claim_line.patient_control_number,
        current_claim_line.claim_line_number,
        current_claim_line.claim_occurrence,
        current_claim_line.member_id,
        current_claim_line.rendering_provider_npi,
        current_claim_line.date_of_service,
        current_claim_line.procedure_code,
        current_claim_line.procedure_class,
        current_claim_line.modifiers,
        current_claim_line.service_units,
        current_claim_line.charge_amount,
        current_claim_line.allowed_amount,
        current_claim_line.paid_amount,
        current_claim_line.is_denied,
        current_claim_line.at_risk_amount,
        current_claim_line.plan_share,
        line_answer.answer_class,
        line_answer.last_status_code,
        coalesce(line_answer.reduction_amount, 0) as reduction_amount,
        case when line_answer.is_answer_known then line_answer.patient_amount end as patient_amount,
        cast(round(line_fee.contract_unit_amount * current_claim_line.service_units, 2) as decimal(12, 2))
            as agreed_amount,
        cast(round(
            coalesce(line_fee.contract_unit_amount, line_fee.national_unit_amount) * current_claim_line.service_units, 2
        ) as decimal(12, 2)) as schedule_amount,
        case
            when line_fee.contract_unit_amount is not null then 'contract'
            when line_fee.national_unit_amount is not null then 'national_fee'
        end as schedule_basis,
        coalesce(payer.program in ('medicare', 'medicaid'), false) as is_payer_of_schedule
    from current_claim_line
    left join line_fee on current_claim_line.claim_line_id = line_fee.claim_line_id
    left join line_answer on current_claim_line.claim_line_id = line_answer.claim_line_id
    left join payer on current_claim_line.payer_id = payer.payer_id
)

select
    claim_line_id,
    payer_id,
    billing_provider_npi,
    patient_control_number,
    claim_line_number,
    claim_occurrence,
    member_id,
    rendering_provider_npi,
    date_of_service,
    procedure_code,
    procedure_class,
    modifiers,
    service_units,
    charge_amount,
    allowed_amount,
    paid_amount,
    is_denied,
    at_risk_amount,
    plan_share,
    answer_class,
    last_status_code,
    reduction_amount,
    -- Without a remittance the patient owes what the plan allows and does not pay.
    coalesce(patient_amount, greatest(allowed_amount - coalesce(paid_amount, allowed_amount), 0)) as patient_amount,
    -- No payer allows more than was charged.
    case when agreed_amount is not null then least(agreed_amount, charge_amount) end as contract_amount,
    schedule_amount,
    schedule_basis,
    is_payer_of_schedule,
    agreed_amount is not null
    and (is_denied or allowed_amount is not null)
    -- A payer that comes second owes what the first one left.
    and coalesce(last_status_code, '1') not in ('2', '3', '20', '21') as is_contract_known,
    schedule_amount is not null and (is_denied or allowed_amount is not null or paid_amount is not null)
        as is_schedule_known
from measured
