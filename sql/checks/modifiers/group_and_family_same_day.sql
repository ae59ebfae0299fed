/*
title     = "Group and family therapy on one day without the modifier where it is wanted"
rule      = "R15"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "session_line"
examines  = ["group", "multi_family_group", "family"]
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id"]
marks     = ["procedure_code", "modifier_1"]
finding   = "{group_code} and {other_code} for one person, day and clinician without the modifier on {wanted_place}."
action    = "Look for separate times in the record. If the sessions were distinct, replace with the modifier; if not, refund the second code."
rationale = """
The national pair table pays the group code and not the family code of the same day, unless a modifier says that they were
distinct. The default policy wants it on the second session, Medicare since 2019-07-01 on either.
"""
traps     = [
    "Texas Medicaid wants the modifier on the family line",
    "two clinicians on one day are no finding",
]
reference = "Rule R15. CMS NCCI PTP edits in force 2024-07-01; CMS CR 11168 from 2019-07-01"
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
where problem = 'group_and_family'
