/*
title     = "The distinct-service modifier stands on the wrong line"
rule      = "R14"
pack      = "core"
severity  = "medium"
direction = "underpayment"
subject   = "session_line"
examines  = ["group", "multi_family_group", "individual", "individual_add_on"]
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id"]
marks     = ["modifier_1"]
finding   = "{group_code} and {other_code} for one person, day and clinician carry the modifier, but not on {wanted_place}."
action    = "Leave paid claims alone. Replace when the payer denied the line, and mend the billing template."
rationale = """
Payers differ on which of the two lines has to carry the modifier: the second session (the default, where the start times are
known), the column-two code of the national table, the group or the family code, or either (Medicare since 2019-07-01). What
passes the payer's rule and fails only the default is an advisory without dollars.
"""
traps     = [
    "Medicare takes the modifier on either line from 2019-07-01",
    "where the order of the sessions is not known, either line will do",
]
reference = "Rule R14. The seed article: 59 on the second session; CMS NCCI PTP edits; CMS CR 11168 from 2019-07-01"
*/
select
    payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    'C1' as certainty,
    verdict,
    policy_id,
    case when verdict = 'violates_seed_only' then 'info' else 'medium' end as severity,
    exposure_amount,
    claim_lines,
    one_code as group_code,
    other_code,
    wanted_line,
    wanted_place,
    later_side,
    line_count
from same_day_problem
where problem = 'on_wrong_line'
