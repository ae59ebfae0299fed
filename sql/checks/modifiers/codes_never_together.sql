/*
title     = "Two codes that are never paid together on one day"
rule      = "R17"
pack      = "ncci"
severity  = "high"
direction = "overpayment"
subject   = "ncci_line"
examines  = [
    "group", "multi_family_group", "family", "individual", "individual_add_on", "crisis", "crisis_add_on", "evaluation",
    "interactive_complexity", "visit", "health_behavior", "partial_hospital_group", "other_therapy",
]
checkable = "has_pair_edition"
lacking   = "no national pair table for their setting is loaded"
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id"]
marks     = ["procedure_code"]
finding   = "{column_one_code} and {column_two_code} for one person, day and clinician: the national table never pays the second beside the first, whatever the modifier."
action    = "Refund the column-two code if both were paid. If another code or day is what the record shows, replace the claim; no modifier mends it."
rationale = """
The national pair table marks pairs with indicator 0: one service contains the other, or both cannot be given to one person
on one day, such as an evaluation and any therapy, a crisis session and a group, or two individual codes. The edition in
force on the day of service decides; where none is loaded for that day, the shipped one stands in.
"""
traps     = [
    "another clinician may bill the other code",
    "a claim whose day or code was corrected counts as it stands now",
    "what was denied was not paid together",
    "some payers do not apply the national edits",
]
reference = "Rule R17. CMS NCCI PTP edits with modifier indicator 0, by the edition of the day of service"
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
    column_one_code,
    column_two_code,
    edition_id,
    is_pair_edition_of_the_day,
    line_count
from edited_pair_problem
where problem = 'never_together'
