/*
title     = "An add-on without the code to which it may be added"
rule      = "R25"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "add_on_line"
checkable = "is_primary_list_known"
lacking   = "the payer decides to what the code may be added, and no list of the payer is loaded"
grain     = ["payer_id", "member_id", "rendering_provider_npi", "date_of_service", "procedure_code"]
marks     = ["procedure_code"]
finding   = "{procedure_code} is paid only beside certain codes, and {told}."
action    = "Look for the service that it was added to. Bill it if it is missing; void the add-on if there was none, or if it was denied."
rationale = """
Add-on codes are work beside another service, and are never paid alone. The codes beside which each may stand are the
payer's own list, and else the national table of the day. The other code may stand on another claim of the same person,
day, clinician and payer. Where the payer denied it, the add-on falls with it.
"""
traps     = [
    "the code to which it was added stands on a separate claim",
    "the code to which it was added was denied: the add-on goes back, too",
]
reference = "Rule R25. The seed article: 90785 as an add-on; CMS add-on code edits of 2024; Medi-Cal news 22046; BCBSIL psychotherapy digest"
*/
select
    payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    procedure_code,
    'C1' as certainty,
    min(primary_policy_id) as policy_id,
    max(primary_verdict) as verdict,
    sum(at_risk_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(at_risk_amount as varchar)), ';') as claim_lines,
    min(denied_primary_code) as denied_primary_code,
    sum(service_units) as service_units,
    count(*) as line_count,
    case
        when min(denied_primary_code) is not null
            then concat(min(denied_primary_code), ', to which it was added that day, was denied')
        else 'none of them was billed for the person, day and clinician'
    end as told
from add_on_line
where is_primary_needed and not has_payable_primary
group by payer_id, member_id, rendering_provider_npi, date_of_service, procedure_code
