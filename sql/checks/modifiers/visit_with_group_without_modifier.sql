/*
title     = "A visit and a group on one day without a modifier"
rule      = "R19"
pack      = "ncci"
severity  = "medium"
direction = "overpayment"
subject   = "ncci_line"
examines  = ["group", "visit"]
checkable = "has_pair_edition"
lacking   = "no national pair table for their setting is loaded"
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id"]
marks     = ["procedure_code", "modifier_1"]
finding   = "{group_code} and the visit {visit_code} for one person, day and clinician: no 25 on the visit, and no distinct-service modifier on either line."
action    = "Look for a separate visit in the record. If there was one, replace the claim with 25 on the visit; if not, refund the visit."
rationale = """
The national pair table pays the group and not a visit of the same clinician on that day, unless a modifier says that the
visit was a separate service: 25 on the visit, or a distinct-service modifier on either line. A visit whose therapy add-on
carries such a modifier is one encounter with it, and set apart by it.
"""
traps     = [
    "a visit by another specialty, and so by another clinician, is no finding",
    "a visit with a therapy add-on is one encounter: the modifier of the add-on speaks for both",
]
reference = "Rule R19. CMS NCCI PTP edits with modifier indicator 1, by the edition of the day of service"
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
    column_one_code as group_code,
    column_two_code as visit_code,
    edition_id,
    is_pair_edition_of_the_day,
    line_count
from edited_pair_problem
where problem = 'unmarked_visit'
