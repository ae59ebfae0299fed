/*
title     = "Individual and group on one day without a distinct-service modifier"
rule      = "R13"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "session_line"
examines  = ["group", "multi_family_group", "individual", "individual_add_on"]
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id"]
marks     = ["procedure_code", "modifier_1"]
finding   = "{group_code} and {other_code} for one person, day and clinician, and neither line says that they were distinct; it belongs on {wanted_place}."
action    = "Look for separate times in the record. If the sessions were distinct, replace with the modifier; if not, refund the second code."
rationale = """
Two therapies on one day are paid together only when a modifier (59, XE, XS, XP, XU) says that they were distinct services.
Another clinician's session on that day is no finding. The code that the national pair table would not pay is at risk.
"""
traps     = [
    "two clinicians on one day are no finding",
    "a visit with a therapy add-on is one encounter",
    "a payer may want the modifier on the family line",
]
reference = "Rule R13. The seed article: 59 on the second session; CMS NCCI PTP edits in force 2024-07-01; CMS CR 11168"
*/
select
    payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    'C1' as certainty,
    verdict,
    policy_id,
    exposure_amount,
    claim_lines,
    one_code as group_code,
    other_code,
    wanted_line,
    wanted_place,
    later_side,
    line_count
from same_day_problem
where problem = 'missing'
