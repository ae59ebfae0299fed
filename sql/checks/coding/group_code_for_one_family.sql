/*
title     = "A family session billed as a group"
rule      = "R01"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "session_bill"
examines  = ["group"]
checkable = "is_composition_known"
lacking   = "who was in the room, or of what family, is not known: no roster, or no household"
grain     = ["session_key", "payer_id"]
marks     = ["procedure_code"]
finding   = "{member_count} people of one family{guess_note}, each billed as a member of a group; the session fits {right_code}."
action    = "Open the note. If it was a family session, replace the claims with the family code, billed once for the family."
rationale = """
A group is made of people who are not one household. Everybody in the room has to be of one family: siblings in a group
with others are no finding. The household comes from the roster or the claims; where it is only guessed from the policy
holder, this is a lead. Each line is
compared by itself. A cheaper right code is an overpayment, a dearer one a revenue opportunity, never netted.
"""
traps     = [
    "siblings in a group with members of other families are no finding",
    "a household that is only guessed from the policy holder makes a lead, not a finding",
]
reference = "Rule R01. The seed article: 90853 is for groups, 90849 for families; AAPC on parents' groups"
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
        case
            when coalesce(payer_family_semantics, seed_family_semantics) = 'cpt' then '90847' else '90849'
        end as right_code,
        family_unknown_count > 0 as is_guess,
        case when payer_family_semantics is null then 'no_policy' else 'violates_payer' end as verdict,
        coalesce(payer_family_policy_id, seed_family_policy_id) as policy_id,
        case
            when family_unknown_count > 0 or possible_member_count > member_count then 'C4'
            when size_basis = 'roster' then 'C2'
            when data_view = 'provider' then 'C3'
            else 'C4'
        end as certainty
    from session_bill
    where
        procedure_class = 'group'
        and is_composition_known
        and member_count >= 2
        and guessed_family_count = 1
),

recoded as (
    select
        one_family.session_key,
        one_family.payer_id,
        session_line.claim_line_id,
        coalesce(recoded_line.difference_amount, cast(0 as decimal(12, 2))) as difference_amount
    from one_family
    inner join session_line
        on
            one_family.session_key = session_line.session_key
            and one_family.payer_id = session_line.payer_id
            and one_family.procedure_code = session_line.procedure_code
    left join recoded_line
        on session_line.claim_line_id = recoded_line.claim_line_id and one_family.right_code = recoded_line.right_code
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
        when priced.overpaid_amount = 0 and priced.underpaid_amount > 0 then 'underpayment'
        else 'overpayment'
    end as direction,
    case when priced.overpaid_amount > 0 then priced.overpaid_amount else priced.underpaid_amount end
        as exposure_amount,
    case when priced.overpaid_amount > 0 then priced.overpaid_lines else priced.underpaid_lines end as claim_lines,
    one_family.procedure_code,
    one_family.right_code,
    one_family.member_count,
    one_family.size_basis,
    priced.line_count,
    priced.overpaid_amount,
    priced.underpaid_amount,
    case
        when one_family.is_guess then ' (guessed from the policy holder, since no household is known)'
        else ''
    end as guess_note,
    'CPT reports one family as 90847 with, or 90846 without, the client present' as cpt_advisory
from one_family
inner join priced on one_family.session_key = priced.session_key and one_family.payer_id = priced.payer_id
