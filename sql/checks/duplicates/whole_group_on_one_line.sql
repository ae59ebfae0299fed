/*
title     = "A whole group on the line of one person"
rule      = "R23"
pack      = "ncci"
severity  = "high"
direction = "overpayment"
subject   = "unit_line"
examines  = ["group"]
checkable = "has_size_limit"
lacking   = "no policy says how many make a group, or the units are minutes"
grain     = ["payer_id", "member_id", "date_of_service", "rendering_provider_npi", "procedure_code", "patient_control_number", "claim_line_number"]
marks     = ["service_units"]
finding   = "{procedure_code} with {billed_units} units on one line of one person: as many as a group has members. One unit is one person's session."
action    = "Look up who was in the group. Void what was billed for the others, and bill each member under the own name while it is in time."
rationale = """
Group therapy is one unit a member and session, on the claim of each member. A line with as many units as make a group is
most likely the group itself, billed to one person: what the others' units brought goes back, and the others' own lines are
missed. A day for which the payer or the national limit allows so many sessions is no finding.
"""
traps     = [
    "a hospital's day may hold several group sessions of one person",
    "a corrected claim counts with its corrected units",
    "units that are minutes are no members",
]
reference = "Rule R23. AAPC forum on 90853: ten units do not stand for ten patients; CMS medically unlikely edits"
*/
with judged as (
    select
        claim_line_id,
        patient_control_number,
        claim_line_number,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        procedure_code,
        service_units,
        allowed_units,
        member_minimum,
        size_policy_id,
        has_payer_size,
        -- In cents and thousandths of units, half a cent up.
        (
            cast(at_risk_amount * 100 as bigint) * 2 * (cast(service_units * 1000 as bigint) - allowed_units * 1000)
            + cast(service_units * 1000 as bigint)
        ) // (cast(service_units * 1000 as bigint) * 2) as excess_cents
    from unit_line
    where
        has_size_limit
        and not has_units_like_minutes
        and service_units >= member_minimum
        and service_units > allowed_units
)

select
    payer_id,
    member_id,
    date_of_service,
    rendering_provider_npi,
    procedure_code,
    patient_control_number,
    claim_line_number,
    'C1' as certainty,
    case when has_payer_size then 'violates_payer' else 'no_policy' end as verdict,
    size_policy_id as policy_id,
    cast(excess_cents * 0.01 as decimal(12, 2)) as exposure_amount,
    concat(cast(claim_line_id as varchar), ':', cast(cast(excess_cents * 0.01 as decimal(12, 2)) as varchar))
        as claim_lines,
    service_units as billed_units,
    member_minimum,
    allowed_units,
    service_units - 1 as missed_line_count
from judged
