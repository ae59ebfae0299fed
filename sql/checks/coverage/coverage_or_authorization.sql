/*
title     = "No coverage or authorization for the day"
rule      = "R45"
pack      = "revenue"
severity  = "high"
direction = "overpayment"
subject   = "line_eligibility"
checkable = "is_eligibility_known"
lacking   = "no eligibility is loaded for the person and payer"
grain     = ["payer_id", "billing_provider_npi", "patient_control_number", "member_id", "date_of_service", "claim_line_number", "claim_occurrence"]
marks     = ["member_id", "date_of_service"]
finding   = "{procedure_code}: {problem_text}"
action    = "Ask the payer for the person's coverage of that day. Bill the payer that owes it, or ask for an authorization after the fact; refund what was paid."
rationale = """
A service outside of the coverage of the person, or billed to a payer that does not come first, or without the
authorization that the payer gave for it, is refused, or taken back later. Persons of whom no eligibility list tells are
not judged. A day that any list called covered counts as covered.
"""
traps     = [
    "coverage that was ended afterwards was covered when the service was given",
    "a payer that comes second may be billed once the first one was",
    "an authorization that names no code is for all of them",
]
reference = "Rule R45. Denial codes 22, 26, 27, 31, 109, 197, 198, 284"
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
        is_authorization_required,
        authorized_units,
        used_units,
        case
            when not is_covered then 'not_covered_that_day'
            when earlier_payer_id is not null and coalesce(last_status_code, '1') not in ('2', '3')
                then 'another_payer_first'
            when prior_authorization_number is null and (is_authorization_required or authorization_count > 0)
                then 'authorization_missing'
            when authorization_count = 0 then null
            when named_authorization_count = 0 then 'authorization_unknown'
            when valid_authorization_count = 0 then 'authorization_expired'
            when used_units > authorized_units then 'authorization_used_up'
        end as problem
    from line_eligibility
    where is_eligibility_known
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
    case
        when problem = 'authorization_missing' and is_authorization_required then 'violates_payer'
        else 'no_policy'
    end as verdict,
    case when problem = 'authorization_missing' and is_authorization_required then coverage_policy_id end as policy_id,
    at_risk_amount as exposure_amount,
    concat(cast(claim_line_id as varchar), ':', cast(at_risk_amount as varchar)) as claim_lines,
    procedure_code,
    problem,
    case problem
        when 'not_covered_that_day' then 'the person was not covered by the payer on the day of the service.'
        when 'another_payer_first' then 'another payer comes first for the person, and was not billed.'
        when 'authorization_missing' then 'the payer wants an authorization for it, and the claim has no number of one.'
        when 'authorization_unknown' then 'the claim names an authorization that the payer did not give for it.'
        when
            'authorization_expired'
            then 'the authorization that the claim names was not valid on the day of the service.'
        else 'the units of the authorization that the claim names were used up.'
    end as problem_text,
    case when problem = 'authorization_used_up' then authorized_units end as authorized_units,
    case when problem = 'authorization_used_up' then used_units end as used_units
from judged
where problem is not null
