/*
title     = "Treated by somebody whom the payer does not admit"
rule      = "R40"
pack      = "integrity"
severity  = "high"
direction = "overpayment"
subject   = "line_enrolment"
checkable = "is_enrolment_known"
lacking   = "no list of clinicians tells of the clinician or of the payer"
grain     = ["payer_id", "billing_provider_npi", "patient_control_number", "member_id", "date_of_service", "claim_line_number", "claim_occurrence"]
marks     = ["rendering_provider_npi"]
finding   = "{procedure_code}: {problem_text}"
action    = "Compare with the payer's enrolment letter or the exclusion list. If it is so, refund, and enrol or bill as the payer wants."
rationale = """
A payer owes nothing for a service by a clinician who was not enrolled with it on the day, or who was excluded. Where the
payer bars billing for supervisees, a service that one gave is not payable under any number; where it allows it, the
claim names who supervised (NM1*DQ). Clinicians and payers of whom no list tells are not judged.
"""
traps     = [
    "an enrolment of another payer or of other days proves nothing for this one",
    "a clinician in no list is not known, and not judged",
    "billing for supervisees is allowed by many payers",
    "an export without a column for the supervisor does not say that the claim had none",
]
reference = "Rule R40. Texas OIG on PsyClinic; TMHP provider procedures manual; denial codes B7, 185, 8, 170"
*/
with judged as (
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
        at_risk_amount,
        supervision_policy_id,
        supervisee_npi,
        is_supervisee_billed,
        case
            when is_excluded then 'excluded'
            when is_enrolment_told and not is_enrolled then 'not_enrolled'
            when (is_supervisee_billed or supervisee_npi is not null) and supervision_value = 'barred'
                then 'supervisee_barred'
            when
                (is_supervisee_billed or supervisee_npi is not null)
                and supervising_provider_npi is null
                and is_supervisor_told
                then 'supervisor_not_named'
        end as problem
    from line_enrolment
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
    case
        when problem in ('excluded', 'not_enrolled') or is_supervisee_billed then 'C1'
        else 'C2'
    end as certainty,
    case when problem = 'supervisee_barred' then 'violates_payer' else 'no_policy' end as verdict,
    case when problem = 'supervisee_barred' then supervision_policy_id end as policy_id,
    at_risk_amount as exposure_amount,
    concat(cast(claim_line_id as varchar), ':', cast(at_risk_amount as varchar)) as claim_lines,
    procedure_code,
    problem,
    case problem
        when 'excluded' then 'the clinician was excluded on the day of the service.'
        when 'not_enrolled' then 'the clinician was not enrolled with the payer on the day of the service.'
        when
            'supervisee_barred'
            then 'a clinician under supervision gave the service, and the payer bars billing for one.'
        else 'a clinician under supervision gave the service, and the claim names no supervisor.'
    end as problem_text,
    supervisee_npi
from judged
where problem is not null
