/*
title     = "A multiple-family group billed for each member instead of each family"
rule      = "R07"
pack      = "integrity"
severity  = "medium"
direction = "overpayment"
subject   = "session_bill"
examines  = ["multi_family_group"]
checkable = "is_family_known"
lacking   = "the household of the people billed is not known"
grain     = ["session_key", "payer_id"]
marks     = ["procedure_code", "service_units"]
finding   = "{billed_person_count} people of {family_count} families were each billed the multiple-family code; {extra_count} too many, since it is billed once for a family."
action    = "Keep one claim for each family, void the others and refund them, unless the payer pays for each member."
rationale = """
The multiple-family code is reported once for each family, not for each of its members. Some payers pay it for each
member: their policy row says so, and nothing is found. The dearest line of a family is taken for the right one, so that
the dollars are what must have been too much.
"""
traps     = [
    "MassHealth and payers like it pay the code for each member",
    "a household that is only guessed from the policy holder: a lead",
    "without times, two groups of one day may have seen different members of a family: a lead",
]
reference = "Rule R07. AAPC on parents' groups: once for a family; 130 CMR 433.429: MassHealth pays for each member"
*/
with family_line as (
    select
        session_line.claim_line_id,
        session_line.session_key,
        session_line.session_basis,
        session_line.payer_id,
        session_line.member_id,
        session_line.date_of_service,
        session_line.rendering_provider_npi,
        session_line.at_risk_amount,
        member_family.guessed_family_id as household_id,
        member_family.family_id is null as is_guess,
        multi_family_unit.payer_value,
        multi_family_unit.payer_policy_id
    from session_line
    inner join member_family on session_line.member_id = member_family.member_id
    left join resolved_policy as multi_family_unit
        on
            session_line.payer_id = multi_family_unit.payer_id
            and session_line.procedure_code = multi_family_unit.procedure_code
            and session_line.setting = multi_family_unit.setting
            and session_line.date_of_service = multi_family_unit.date_of_service
            and multi_family_unit.rule_key = 'multi_family_unit'
    where
        session_line.procedure_class = 'multi_family_group'
        and member_family.guessed_family_id is not null
        and coalesce(multi_family_unit.payer_value, 'family') = 'family'
),

billed_person as (
    select
        session_key,
        payer_id,
        member_id,
        household_id,
        is_guess,
        row_number() over (
            partition by session_key, payer_id, household_id
            order by person_amount desc, member_id asc
        ) as place,
        count(*) over (partition by session_key, payer_id, household_id) as household_count
    from (
        select
            session_key,
            payer_id,
            member_id,
            household_id,
            is_guess,
            sum(at_risk_amount) as person_amount
        from family_line
        group by session_key, payer_id, member_id, household_id, is_guess
    ) as person
),

overbilled as (
    select
        session_key,
        payer_id,
        count(*) as billed_person_count,
        count(distinct household_id) as family_count,
        -- Only where a family is billed twice does it matter how its household is known.
        count(*) filter (where is_guess and household_count > 1) as guess_count
    from billed_person
    group by session_key, payer_id
    having count(*) > count(distinct household_id)
),

priced_line as (
    select
        family_line.session_key,
        family_line.payer_id,
        family_line.claim_line_id,
        family_line.date_of_service,
        family_line.rendering_provider_npi,
        family_line.session_basis,
        family_line.payer_value,
        family_line.payer_policy_id,
        case when billed_person.place > 1 then family_line.at_risk_amount else cast(0 as decimal(12, 2)) end
            as extra_amount
    from family_line
    inner join billed_person
        on
            family_line.session_key = billed_person.session_key
            and family_line.payer_id = billed_person.payer_id
            and family_line.member_id = billed_person.member_id
)

select
    overbilled.session_key,
    overbilled.payer_id,
    min(priced_line.date_of_service) as date_of_service,
    min(priced_line.rendering_provider_npi) as rendering_provider_npi,
    case
        when overbilled.guess_count > 0 or min(priced_line.session_basis) = 'date' then 'C4'
        when min(priced_line.session_basis) = 'roster' then 'C2'
        else 'C3'
    end as certainty,
    case when min(priced_line.payer_value) is null then 'no_policy' else 'violates_payer' end as verdict,
    min(priced_line.payer_policy_id) as policy_id,
    case
        when overbilled.guess_count > 0 or min(priced_line.session_basis) = 'date' then 'lead'
        else 'overpayment'
    end as direction,
    sum(priced_line.extra_amount) as exposure_amount,
    string_agg(
        concat(cast(priced_line.claim_line_id as varchar), ':', cast(priced_line.extra_amount as varchar)), ';'
    ) as claim_lines,
    overbilled.billed_person_count,
    overbilled.family_count,
    overbilled.billed_person_count - overbilled.family_count as extra_count,
    min(priced_line.session_basis) as session_basis,
    count(*) as line_count
from overbilled
inner join priced_line
    on overbilled.session_key = priced_line.session_key and overbilled.payer_id = priced_line.payer_id
group by
    overbilled.session_key, overbilled.payer_id, overbilled.billed_person_count, overbilled.family_count,
    overbilled.guess_count
