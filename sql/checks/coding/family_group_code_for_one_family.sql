/*
title     = "The multiple-family code billed for a single family"
rule      = "R02"
pack      = "core"
severity  = "medium"
direction = "underpayment"
subject   = "session_bill"
examines  = ["multi_family_group"]
checkable = "is_room_known"
lacking   = "who was in the room is not known without a roster in the claims of one payer"
grain     = ["session_key", "payer_id"]
marks     = ["procedure_code"]
finding   = "{procedure_code} billed for a session of a single family ({member_count} present); {advice}."
action    = "Check what the payer means by the code; where it means several families, replace with 90847 or 90846."
rationale = """
The default policy lets one family or couple be billed under 90849; the code set means several families. So under the
default this is an advisory without dollars, and where a payer's row says `cpt` it is a violation. A second family that
was expected and stayed away is no finding.
"""
traps     = [
    "foster and blended families may be two households under one roof",
    "another family that was expected and stayed away makes it no single-family session by design",
]
reference = "Rule R02. The seed article takes 90849 for family or couples; the code set for several families (AAPC on parents' groups)"
*/
with one_family as (
    select
        session_key,
        payer_id,
        procedure_code,
        date_of_service,
        rendering_provider_npi,
        size_basis,
        member_count,
        coalesce(payer_family_semantics, seed_family_semantics) = 'cpt' as is_violation,
        case
            when payer_family_semantics = 'cpt' then 'violates_payer'
            else 'no_policy'
        end as verdict,
        coalesce(payer_family_policy_id, seed_family_policy_id) as policy_id,
        case
            when family_unknown_count > 0 and member_count > 1 then 'C4'
            when possible_member_count > member_count then 'C4'
            when size_basis = 'roster' then 'C2'
            when data_view = 'provider' then 'C3'
            else 'C4'
        end as certainty
    from session_bill
    where
        procedure_class = 'multi_family_group'
        -- A payer whose row allows a single family has nothing to be advised of.
        and coalesce(payer_family_semantics, '') <> 'seed'
        and is_room_known
        and expected_family_count <= 1
        and (member_count = 1 or (guess_unknown_count = 0 and guessed_family_count = 1))
),

recoded as (
    select
        one_family.session_key,
        one_family.payer_id,
        session_line.claim_line_id,
        case
            when one_family.is_violation then coalesce(recoded_line.difference_amount, cast(0 as decimal(12, 2)))
            else cast(0 as decimal(12, 2))
        end as difference_amount
    from one_family
    inner join session_line
        on
            one_family.session_key = session_line.session_key
            and one_family.payer_id = session_line.payer_id
            and one_family.procedure_code = session_line.procedure_code
    left join recoded_line
        on session_line.claim_line_id = recoded_line.claim_line_id and recoded_line.right_code = '90847'
),

priced as (
    select
        session_key,
        payer_id,
        count(*) as line_count,
        sum(greatest(difference_amount, 0)) as overpaid_amount,
        sum(greatest(-difference_amount, 0)) as underpaid_amount,
        string_agg(
            concat(cast(claim_line_id as varchar), ':', cast(greatest(difference_amount, 0) as varchar)), ';'
        ) as overpaid_lines,
        string_agg(
            concat(cast(claim_line_id as varchar), ':', cast(greatest(-difference_amount, 0) as varchar)), ';'
        ) as underpaid_lines
    from recoded
    group by session_key, payer_id
)

select
    one_family.session_key,
    one_family.payer_id,
    one_family.date_of_service,
    one_family.rendering_provider_npi,
    one_family.certainty,
    one_family.verdict,
    one_family.policy_id,
    case
        when one_family.certainty = 'C4' then 'lead'
        when priced.overpaid_amount > 0 then 'overpayment'
        else 'underpayment'
    end as direction,
    case when one_family.is_violation then 'medium' else 'info' end as severity,
    case when priced.overpaid_amount > 0 then priced.overpaid_amount else priced.underpaid_amount end
        as exposure_amount,
    case when priced.overpaid_amount > 0 then priced.overpaid_lines else priced.underpaid_lines end as claim_lines,
    one_family.procedure_code,
    one_family.member_count,
    one_family.size_basis,
    priced.line_count,
    priced.overpaid_amount,
    priced.underpaid_amount,
    case
        when one_family.is_violation then 'the policy in force means several families'
        else 'the default policy allows it, the code set means several families'
    end as advice
from one_family
inner join priced on one_family.session_key = priced.session_key and one_family.payer_id = priced.payer_id
