/*
title     = "A group paid like an individual session or a whole visit"
rule      = "R48"
pack      = "integrity"
severity  = "critical"
direction = "overpayment"
subject   = "priced_line"
examines  = ["group", "multi_family_group"]
checkable = "is_schedule_known"
lacking   = "no fee to hold it against, or the payer has not said what it allows"
params    = { rate_percent = 150 }
grain     = ["payer_id", "billing_provider_npi", "patient_control_number", "member_id", "date_of_service", "claim_line_number", "claim_occurrence"]
marks     = ["paid_amount"]
finding   = "{procedure_code} was allowed {allowed_amount} dollars; {schedule_text} is {schedule_amount}."
action    = "Look at the code and rate on the remittance. If the group was paid at the rate of a visit or of another code, refund the difference."
rationale = """
Clinics that are paid a rate for a visit have been paid that rate for each member of a group, several times the fee of the
group code. What is allowed is held against the contract fee, where one is loaded, else against the national fee. A payer
that is no federal or state program may have agreed to more than the national fee: without its contract that is a lead.
"""
traps     = [
    "a rate for a visit may be agreed for groups too: load the contract",
    "several units are several fees",
    "a commercial payer may pay well above the national fee",
]
reference = "Rule R48. NY OSC 2013-S-51: about 200 dollars against a group rate of 35.16"
*/
with high as (
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
        service_units,
        coalesce(allowed_amount, paid_amount) as allowed_amount,
        schedule_amount,
        schedule_basis,
        schedule_basis = 'national_fee' and not is_payer_of_schedule as is_lead,
        cast(
            case
                when is_denied then 0
                else greatest(at_risk_amount - round(schedule_amount * plan_share, 2), 0)
            end as decimal(12, 2)
        ) as difference_amount
    from priced_line
    where
        procedure_class in ('group', 'multi_family_group')
        and coalesce(allowed_amount, paid_amount) * 100 > schedule_amount * $rate_percent
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
    case when is_lead then 'C4' else 'C1' end as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    case when is_lead then 'lead' else 'overpayment' end as direction,
    difference_amount as exposure_amount,
    concat(cast(claim_line_id as varchar), ':', cast(difference_amount as varchar)) as claim_lines,
    procedure_code,
    service_units,
    allowed_amount,
    schedule_amount,
    schedule_basis,
    case schedule_basis when 'contract' then 'the fee of the contract' else 'the national fee' end as schedule_text
from high
