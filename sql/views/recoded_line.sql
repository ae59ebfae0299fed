/*
grain   = ["claim_line_id", "right_code"]
comment = "What each therapy line was paid above the worth of every other code at its payer in that quarter; below 0, it was paid too little."
*/
-- A recoded line keeps the plan's share. Of a denied line nothing is at risk and the share is nothing: no difference.
select
    current_claim_line.claim_line_id,
    expected_fee.procedure_code as right_code,
    cast(
        current_claim_line.at_risk_amount - round(expected_fee.unit_amount * current_claim_line.plan_share, 2)
        as decimal(12, 2)
    ) as difference_amount
from current_claim_line
inner join expected_fee
    on
        current_claim_line.payer_id = expected_fee.payer_id
        and current_claim_line.service_year = expected_fee.service_year
        and current_claim_line.service_quarter = expected_fee.service_quarter
inner join procedure_code
    on
        expected_fee.procedure_code = procedure_code.procedure_code
        and procedure_code.procedure_class in (
            'group', 'multi_family_group', 'family', 'individual', 'individual_add_on'
        )
where
    current_claim_line.procedure_class in (
        'group', 'multi_family_group', 'family', 'individual', 'individual_add_on', 'crisis'
    )
