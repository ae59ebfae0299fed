/*
title     = "A code that the payer does not cover, or only with an authorization"
rule      = "R41"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "line_policy"
checkable = "is_coverage_known"
lacking   = "no policy of the payer tells whether it covers the code"
grain     = ["payer_id", "billing_provider_npi", "patient_control_number", "member_id", "date_of_service", "claim_line_number", "claim_occurrence"]
marks     = ["procedure_code"]
finding   = "{procedure_code}: {problem_text}"
action    = "Refund what was paid, unless the payer agreed in writing. From now on ask for the authorization, or have the client sign a notice before the service."
rationale = """
Whether a plan covers a code is the payer's own rule; the status of the code in the national fee schedule proves nothing.
Only a policy row of the payer decides. Without one, or with one that says unknown, the line is not judged and never
called clear. A line that was billed with GY to be refused is as it should be.
"""
traps     = [
    "a secondary payer may cover what the first one does not",
    "status A in the national fee schedule is no coverage",
    "GY asks for the denial",
]
reference = "Rule R41. The seed article: confirm that the plan covers the code; psychiatry guidelines with a contractor's text on 90849"
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
        coverage_policy_id,
        case
            when
                coverage_value = 'not_covered'
                and not (is_denied and concat(' ', modifiers, ' ') like '% GY %')
                then 'not_covered'
            when coverage_value = 'auth_required' and prior_authorization_number is null
                then 'authorization_missing'
        end as problem
    from line_policy
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
    'violates_payer' as verdict,
    coverage_policy_id as policy_id,
    at_risk_amount as exposure_amount,
    concat(cast(claim_line_id as varchar), ':', cast(at_risk_amount as varchar)) as claim_lines,
    procedure_code,
    problem,
    case problem
        when 'not_covered' then 'the payer does not cover this code.'
        else 'the payer covers this code with an authorization, and the claim has no number of one.'
    end as problem_text
from judged
where problem is not null
