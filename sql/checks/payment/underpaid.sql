/*
title     = "Allowed less than the contract says"
rule      = "R47"
pack      = "core"
severity  = "medium"
direction = "underpayment"
subject   = "priced_line"
checkable = "is_contract_known"
lacking   = "no contract fee is loaded for it, or the payer has not said what it allows"
params    = { tolerance_cents = 50, tolerance_permille = 10 }
grain     = ["payer_id", "billing_provider_npi", "patient_control_number", "member_id", "date_of_service", "claim_line_number", "claim_occurrence"]
marks     = ["allowed_amount"]
finding   = "{procedure_code} was allowed {allowed_amount} dollars; the contract says {contract_amount}."
action    = "Hold the remittance against the contract in force that day, and dispute the difference within the payer's window."
rationale = """
The payer agreed to a fee for the code, the modifier, the place, the licence and the day; the most specific row of the
contract counts. A small difference is rounding. What sequestration took and what the patient owes is not owed by the
payer. Where no contract fee is loaded, nothing is said about the line.
"""
traps     = [
    "sequestration lowers the payment and not what is allowed",
    "a program may pay a licence a part of the fee",
    "a new fee counts from its own day on",
    "a payer that comes second owes what the first one left",
    "no payer allows more than was charged",
]
reference = "Rule R47. The practice's own contract, as loaded with reference load fee-schedule; adjustment codes 45, 59, 131"
*/
with short as (
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
        modifiers,
        service_units,
        allowed_amount,
        paid_amount,
        patient_amount,
        reduction_amount,
        contract_amount,
        cast(greatest(
            contract_amount
            - patient_amount
            - reduction_amount
            - coalesce(paid_amount, allowed_amount - patient_amount),
            0
        ) as decimal(12, 2)) as recoverable_amount
    from priced_line
    where
        is_contract_known
        -- A line that was refused is a denial, not a low payment.
        and allowed_amount > 0
        and coalesce(answer_class, 'none') <> 'denied'
        -- The larger of the two tolerances, in tenths of a cent.
        and (contract_amount - allowed_amount) * 1000 > $tolerance_cents * 10
        and (contract_amount - allowed_amount) * 1000 > contract_amount * $tolerance_permille
)

select
    payer_id,
    billing_provider_npi,
    patient_control_number,
    claim_line_number,
    claim_occurrence,
    member_id,
    rendering_provider_npi,
    date_of_service,
    'C1' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    recoverable_amount as exposure_amount,
    concat(cast(claim_line_id as varchar), ':', cast(recoverable_amount as varchar)) as claim_lines,
    procedure_code,
    modifiers,
    service_units,
    allowed_amount,
    contract_amount,
    patient_amount,
    reduction_amount,
    true as is_recoverable
from short
