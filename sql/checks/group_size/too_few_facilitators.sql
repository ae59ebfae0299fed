/*
title     = "Too few qualified clinicians for the size of the group"
rule      = "R11"
pack      = "integrity"
severity  = "high"
direction = "overpayment"
subject   = "session_staff"
checkable = "is_staff_known"
lacking   = "no roster, no limit of the payer for two clinicians, or no enrolment of who led is loaded"
grain     = ["session_key", "payer_id", "procedure_code"]
marks     = ["rendering_provider_npi"]
finding   = "{member_count} in the group and {qualified_count} qualified to lead it; above {size_limit} the payer wants two."
action    = "Open the roster and the licences of who led. Refund what the payer's rule asks for, or show the second clinician."
rationale = """
A payer may allow a larger group when a second qualified clinician leads it. Who led is what the roster says; somebody who
works under supervision does not count. Of a facilitator of whom no enrolment speaks while one speaks of the others, it is
not known whether they are qualified: a lead. Above the limit for two, the group is too large whoever leads it.
"""
traps     = [
    "a trainee or supervisee beside the clinician is no second clinician",
    "a second clinician who stands only in the note, and not on the roster, is not counted",
    "a facilitator of whom nothing is loaded may well be qualified: a lead",
]
reference = "Rule R11. Minnesota Health Care Programs: nine to twelve with two (not verified)"
*/
with understaffed as (
    select
        session_key,
        payer_id,
        procedure_code,
        date_of_service,
        rendering_provider_npi,
        member_count,
        facilitator_count,
        supervisee_count,
        payer_one_max_size as size_limit,
        payer_two_max_policy_id as policy_id,
        oversize_refund,
        member_count - payer_one_max_size as excess_count,
        case when facilitator_count - supervisee_count < 2 then 'C2' else 'C4' end as certainty,
        case
            when facilitator_count - supervisee_count < 2 then facilitator_count - supervisee_count
            else listed_facilitator_count - supervisee_count
        end as qualified_count
    from session_staff
    where
        is_staff_known
        and member_count > payer_one_max_size
        and member_count <= payer_two_max_size
        and listed_facilitator_count - supervisee_count < 2
),

billed as (
    select
        understaffed.session_key,
        understaffed.payer_id,
        understaffed.procedure_code,
        understaffed.member_count,
        understaffed.excess_count,
        understaffed.oversize_refund,
        session_line.claim_line_id,
        session_line.at_risk_amount,
        cast(session_line.at_risk_amount * 100 as bigint) as line_cents,
        sum(cast(session_line.at_risk_amount * 100 as bigint)) over (
            partition by understaffed.session_key, understaffed.payer_id, understaffed.procedure_code
            order by session_line.member_id, session_line.claim_line_id
        ) as cents_so_far
    from understaffed
    inner join session_line
        on
            understaffed.session_key = session_line.session_key
            and understaffed.payer_id = session_line.payer_id
            and understaffed.procedure_code = session_line.procedure_code
),

-- As for any group that is too large: the share of the members over the limit, half a cent up, shared out over the
-- running sum so that the lines add up; or the whole session where the payer takes that back.
share as (
    select
        session_key,
        payer_id,
        procedure_code,
        claim_line_id,
        at_risk_amount,
        case
            when oversize_refund = 'session' then at_risk_amount
            else cast((
                (cast(cents_so_far as bigint) * 2 * excess_count + member_count) // (member_count * 2)
                - ((cast(cents_so_far as bigint) - line_cents) * 2 * excess_count + member_count) // (member_count * 2)
            ) * 0.01 as decimal(12, 2))
        end as floor_amount
    from billed
),

priced as (
    select
        session_key,
        payer_id,
        procedure_code,
        count(*) as line_count,
        sum(at_risk_amount) as ceiling_amount,
        sum(floor_amount) as floor_amount,
        string_agg(concat(cast(claim_line_id as varchar), ':', cast(floor_amount as varchar)), ';') as claim_lines
    from share
    group by session_key, payer_id, procedure_code
)

select
    understaffed.session_key,
    understaffed.payer_id,
    understaffed.procedure_code,
    understaffed.date_of_service,
    understaffed.rendering_provider_npi,
    understaffed.certainty,
    'violates_payer' as verdict,
    understaffed.policy_id,
    case when understaffed.certainty = 'C4' then 'lead' else 'overpayment' end as direction,
    priced.floor_amount as exposure_amount,
    priced.ceiling_amount as exposure_ceiling_amount,
    priced.claim_lines,
    understaffed.member_count,
    understaffed.size_limit,
    understaffed.facilitator_count,
    understaffed.supervisee_count,
    understaffed.qualified_count,
    priced.line_count
from understaffed
inner join priced
    on
        understaffed.session_key = priced.session_key
        and understaffed.payer_id = priced.payer_id
        and understaffed.procedure_code = priced.procedure_code
