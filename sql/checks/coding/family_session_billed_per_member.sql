/*
title     = "One family session billed for several of the family"
rule      = "R06"
pack      = "integrity"
severity  = "high"
direction = "overpayment"
subject   = "session_bill"
examines  = ["family"]
checkable = "is_family_known"
lacking   = "the household of the people billed is not known"
grain     = ["session_key", "household_id", "payer_id"]
marks     = ["member_id"]
finding   = "{billed_person_count} people of one family were billed for one family session; the payer pays for {payee_limit}."
action    = "Open the note. Keep the claim of the identified client, void the others and refund them."
rationale = """
A family session is one service for the family, billed for the client it is about. Who else sat in it is not billed.
The payer may allow more than one client, and a second payer that covers another of the family is judged by itself.
The dearest line is taken for the right one, so that the dollars are what must have been too much.
"""
traps     = [
    "two identified clients with separate plans, each plan billed once, are no finding",
    "a payer may pay for more than one client of a family",
    "without times, family sessions of a day may have been several: a lead",
    "a household that is only guessed from the policy holder: a lead",
]
reference = "Rule R06. Conn. 17b-262-822: one identified client an encounter; 130 CMR 433.429; TMHP 6.12.5"
*/
with family_line as (
    select
        session_line.claim_line_id,
        session_line.payer_id,
        session_line.member_id,
        session_line.procedure_code,
        session_line.setting,
        session_line.date_of_service,
        session_line.rendering_provider_npi,
        session_line.session_basis,
        session_line.at_risk_amount,
        member_family.guessed_family_id as household_id,
        member_family.family_id is null as is_guess,
        -- Without times, all of a family's lines of a clinician's day may be one session.
        case
            when session_line.session_basis <> 'date' then session_line.session_key
            else concat(
                'day:', session_line.rendering_provider_npi, '@',
                cast(session_line.date_of_service as varchar), ':family'
            )
        end as session_key
    from session_line
    inner join member_family on session_line.member_id = member_family.member_id
    where session_line.procedure_class = 'family'
),

billed_person as (
    select
        session_key,
        household_id,
        payer_id,
        member_id,
        row_number() over (
            partition by session_key, household_id, payer_id
            order by person_amount desc, member_id asc
        ) as place
    from (
        select
            session_key,
            household_id,
            payer_id,
            member_id,
            sum(at_risk_amount) as person_amount
        from family_line
        group by session_key, household_id, payer_id, member_id
    ) as person
),

billed_family as (
    select
        family_line.session_key,
        family_line.household_id,
        family_line.payer_id,
        min(family_line.session_basis) as session_basis,
        count(distinct family_line.member_id) as billed_person_count,
        count(*) filter (where family_line.is_guess) as guess_count,
        max(cast(payees.payer_value as integer)) as payer_limit,
        max(payees.payer_policy_id) as payer_policy_id,
        max(cast(payees.seed_value as integer)) as seed_limit,
        max(payees.seed_policy_id) as seed_policy_id
    from family_line
    left join resolved_policy as payees
        on
            family_line.payer_id = payees.payer_id
            and family_line.procedure_code = payees.procedure_code
            and family_line.setting = payees.setting
            and family_line.date_of_service = payees.date_of_service
            and payees.rule_key = 'family_payees'
    group by family_line.session_key, family_line.household_id, family_line.payer_id
),

judged as (
    select
        session_key,
        household_id,
        payer_id,
        session_basis,
        billed_person_count,
        case
            when billed_person_count > payer_limit then 'violates_payer'
            when payer_limit is not null and billed_person_count > seed_limit then 'violates_seed_only'
            when billed_person_count > seed_limit then 'no_policy'
        end as verdict,
        case when billed_person_count > payer_limit then payer_policy_id else seed_policy_id end as policy_id,
        case when billed_person_count > payer_limit then payer_limit else seed_limit end as payee_limit,
        case
            when guess_count > 0 or session_basis = 'date' then 'C4'
            when session_basis = 'roster' then 'C2'
            else 'C3'
        end as certainty
    from billed_family
),

priced as (
    select
        judged.session_key,
        judged.household_id,
        judged.payer_id,
        judged.session_basis,
        judged.billed_person_count,
        judged.verdict,
        judged.policy_id,
        judged.payee_limit,
        judged.certainty,
        family_line.claim_line_id,
        family_line.date_of_service,
        family_line.rendering_provider_npi,
        case
            when judged.verdict <> 'violates_seed_only' and billed_person.place > judged.payee_limit
                then family_line.at_risk_amount
            else cast(0 as decimal(12, 2))
        end as extra_amount
    from judged
    inner join family_line
        on
            judged.session_key = family_line.session_key
            and judged.household_id = family_line.household_id
            and judged.payer_id = family_line.payer_id
    inner join billed_person
        on
            family_line.session_key = billed_person.session_key
            and family_line.payer_id = billed_person.payer_id
            and family_line.member_id = billed_person.member_id
    where judged.verdict is not null
)

select
    session_key,
    household_id,
    payer_id,
    min(date_of_service) as date_of_service,
    min(rendering_provider_npi) as rendering_provider_npi,
    certainty,
    verdict,
    policy_id,
    case when certainty = 'C4' then 'lead' else 'overpayment' end as direction,
    sum(extra_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(extra_amount as varchar)), ';') as claim_lines,
    billed_person_count,
    payee_limit,
    session_basis,
    count(*) as line_count
from priced
group by
    session_key, household_id, payer_id, certainty, verdict, policy_id, billed_person_count, payee_limit, session_basis
