/*
title     = "The same service billed again on another claim"
rule      = "R20"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "current_claim_line"
grain     = ["payer_id", "member_id", "date_of_service", "rendering_provider_npi", "procedure_code", "modifiers", "service_units", "charge_amount", "session_tag"]
marks     = ["date_of_service", "procedure_code"]
finding   = "{procedure_code} for one person and day stands on {claim_count} claims, alike in clinician, modifiers, units and charge."
action    = "Void the later claim and refund what was paid twice."
rationale = """
Two claims that count, of one payer, for the same person, day, clinician, code, modifiers, units and charge are one service
billed twice. A replacement or a void is no duplicate, nor is a second session with its own id or start time. What was paid
after the first payment is at risk; a duplicate that was denied cost nothing.
"""
traps     = [
    "a replacement or void repeats its original",
    "a claim to a second payer is no duplicate",
    "two sessions with their own id or start are two services",
]
reference = "Rule R20. X12 RFI 1538; the payers' denial code 18"
*/
with duplicate_line as (
    select
        payer_id,
        member_id,
        date_of_service,
        rendering_provider_npi,
        procedure_code,
        modifiers,
        service_units,
        charge_amount,
        session_tag,
        claim_line_id,
        claim_id,
        -- A second line of the first claim is judged by the limit of a day, not here.
        case when claim_id = first_claim_id then cast(0 as decimal(12, 2)) else at_risk_amount end as repeated_amount
    from repeated_line
)

select
    payer_id,
    member_id,
    date_of_service,
    rendering_provider_npi,
    procedure_code,
    modifiers,
    service_units,
    charge_amount,
    session_tag,
    'C1' as certainty,
    'no_policy' as verdict,
    (
        select min(payer_policy.policy_id)
        from payer_policy
        where payer_policy.payer_id = 'SEED' and payer_policy.rule_key = 'codes_per_session'
    ) as policy_id,
    sum(repeated_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(repeated_amount as varchar)), ';') as claim_lines,
    count(distinct claim_id) as claim_count,
    count(*) as line_count
from duplicate_line
group by
    payer_id, member_id, date_of_service, rendering_provider_npi, procedure_code, modifiers, service_units,
    charge_amount, session_tag
having count(distinct claim_id) > 1
