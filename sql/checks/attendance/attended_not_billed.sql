/*
title     = "Attended, and never billed"
rule      = "R38"
pack      = "revenue"
severity  = "medium"
direction = "underpayment"
subject   = "attended_seat"
checkable = "is_billable_known"
lacking   = "nobody of the session was billed, or no payer of the person is known, or it pays for no single service"
params    = { days = 14, active_days = 90 }
grain     = ["session_key", "member_id"]
finding   = "Attended a session that was billed for others under {procedure_code}, and was not billed in {open_days} days; expected {expected_amount} dollars."
action    = "Check coverage and note, and bill the session inside the payer's limit for timely filing."
rationale = """
The roster shows the person as present, others of the same session were billed, and no line of the person stands for it.
The payer is the one whom the person was billed to nearest in time; when that was long ago, whether it still covers them
is not known, and it is a lead. The dollars are what the code is worth at that payer. A claim that was denied is a claim.
"""
traps     = [
    "self-pay clients, and those whom a grant or a capitated plan pays for, are not billed by the session",
    "a claim may still be on its way: the first days after a session are left alone",
    "a family session is billed for one client, a multiple-family group once for a family",
]
reference = "Rule R38. The seed article: document each participant, and bill what was documented"
*/
select
    session_key,
    member_id,
    payer_id,
    date_of_service,
    rendering_provider_npi,
    case when payer_gap_days > $active_days then 'C4' else 'C2' end as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    case when payer_gap_days > $active_days then 'lead' else 'underpayment' end as direction,
    cast(expected_amount as decimal(12, 2)) as exposure_amount,
    '' as claim_lines,
    procedure_code,
    open_days,
    payer_gap_days,
    cast(expected_amount as decimal(12, 2)) as expected_amount
from attended_seat
where not is_billed and is_billable_known and open_days > $days
