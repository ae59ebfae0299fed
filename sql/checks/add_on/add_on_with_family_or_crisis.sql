/*
title     = "Interactive complexity beside family or crisis therapy only"
rule      = "R26"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "add_on_line"
examines  = ["interactive_complexity"]
checkable = "is_primary_list_known"
lacking   = "the payer decides to what the code may be added, and no list of the payer is loaded"
grain     = ["payer_id", "member_id", "rendering_provider_npi", "date_of_service"]
marks     = ["procedure_code"]
finding   = "{procedure_code} was added to {family_or_crisis_code}, the only therapy of the person with the clinician that day, and may not be."
action    = "Void the add-on, unless a session to which it may be added was forgotten."
rationale = """
Family, multiple-family and crisis codes already stand for the harder conversation: interactive complexity is not added to
them. Another therapy of that day with the same clinician may carry it, and then there is nothing to find here.
"""
traps     = [
    "another therapy that day may carry the add-on",
    "a payer's own list may allow a family code",
]
reference = "Rule R26. CMS add-on code edits of 2024; CMS NCCI PTP edits in force 2024-07-01; BCBSIL psychotherapy digest"
*/
select
    payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    'C1' as certainty,
    max(primary_verdict) as verdict,
    min(primary_policy_id) as policy_id,
    sum(at_risk_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(at_risk_amount as varchar)), ';') as claim_lines,
    min(procedure_code) as procedure_code,
    min(family_or_crisis_code) as family_or_crisis_code,
    sum(service_units) as service_units,
    count(*) as line_count
from add_on_line
where
    procedure_class = 'interactive_complexity'
    and is_only_with_family_or_crisis
    and is_primary_needed
    and not has_payable_primary
    and not has_denied_primary
group by payer_id, member_id, rendering_provider_npi, date_of_service
