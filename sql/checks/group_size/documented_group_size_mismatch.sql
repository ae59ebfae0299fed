/*
title     = "The note states another group size than the roster"
rule      = "R12"
pack      = "core"
severity  = "high"
direction = "documentation"
subject   = "session_bill"
examines  = ["group", "multi_family_group"]
checkable = "is_size_documented"
lacking   = "no note states the size of the group"
params    = { tolerance = 0 }
grain     = ["session_key", "payer_id", "procedure_code"]
marks     = ["member_id"]
finding   = "The notes state a group of {stated_size}; {member_count} attended by the roster, and {billed_member_count} were billed."
action    = "Compare note and attendance record. Amend what is wrong, lawfully; refund who was billed beyond the group's size."
rationale = """
Payers ask for the number of participants, and take the note's word for it. A note that states fewer people than were
billed leaves claims without support: those beyond the stated size are at risk in full, the dearest lines being taken as
supported. A note that differs from the roster alone puts no dollars at risk. People who watched or led may be counted in
a note, where the roster lists them.
"""
traps     = [
    "the stated size counts people who were not billed",
    "a note may count an observer or a facilitator whom the roster lists",
]
reference = "Rule R12. NGS L33632: the number of participants must be documented; the seed article: document each participant"
*/
with asked as (
    select
        session_bill.session_key,
        session_bill.payer_id,
        session_bill.procedure_code,
        session_bill.date_of_service,
        session_bill.rendering_provider_npi,
        session_bill.member_count,
        session_bill.billed_member_count,
        session_bill.guest_count,
        session_bill.least_documented_size,
        session_bill.most_documented_size,
        case when documented.payer_value = 'true' then 'violates_payer' else 'no_policy' end as verdict,
        documented.payer_policy_id as policy_id
    from session_bill
    left join resolved_policy as documented
        on
            session_bill.payer_id = documented.payer_id
            and session_bill.procedure_code = documented.procedure_code
            and session_bill.setting = documented.setting
            and session_bill.date_of_service = documented.date_of_service
            and documented.rule_key = 'group_size_documented'
    where
        session_bill.procedure_class in ('group', 'multi_family_group')
        and coalesce(documented.payer_value, 'true') = 'true'
),

mismatched as (
    select
        session_key,
        payer_id,
        procedure_code,
        date_of_service,
        rendering_provider_npi,
        member_count,
        billed_member_count,
        least_documented_size,
        most_documented_size,
        verdict,
        policy_id
    from asked
    where
        least_documented_size < member_count - $tolerance
        or most_documented_size > member_count + guest_count + $tolerance
        or most_documented_size < billed_member_count
),

group_line as (
    select
        session_key,
        payer_id,
        procedure_code,
        claim_line_id,
        member_id,
        at_risk_amount
    from session_line
    where procedure_class in ('group', 'multi_family_group', 'family')
),

-- Everybody billed for the session, whatever their payer: the room has one size.
billed_person as (
    select
        session_key,
        member_id,
        row_number() over (partition by session_key order by person_amount desc, member_id asc) as place
    from (
        select
            session_key,
            member_id,
            sum(at_risk_amount) as person_amount
        from group_line
        group by session_key, member_id
    ) as person
),

priced as (
    select
        mismatched.session_key,
        mismatched.payer_id,
        mismatched.procedure_code,
        group_line.claim_line_id,
        case
            when billed_person.place > mismatched.most_documented_size then group_line.at_risk_amount
            else cast(0 as decimal(12, 2))
        end as excess_amount
    from mismatched
    inner join group_line
        on
            mismatched.session_key = group_line.session_key
            and mismatched.payer_id = group_line.payer_id
            and mismatched.procedure_code = group_line.procedure_code
    inner join billed_person
        on group_line.session_key = billed_person.session_key and group_line.member_id = billed_person.member_id
),

totalled as (
    select
        session_key,
        payer_id,
        procedure_code,
        count(*) as line_count,
        sum(excess_amount) as excess_amount,
        string_agg(concat(cast(claim_line_id as varchar), ':', cast(excess_amount as varchar)), ';') as claim_lines
    from priced
    group by session_key, payer_id, procedure_code
)

select
    mismatched.session_key,
    mismatched.payer_id,
    mismatched.procedure_code,
    mismatched.date_of_service,
    mismatched.rendering_provider_npi,
    'C2' as certainty,
    mismatched.verdict,
    mismatched.policy_id,
    totalled.excess_amount as exposure_amount,
    totalled.claim_lines,
    mismatched.member_count,
    mismatched.billed_member_count,
    case
        when mismatched.least_documented_size = mismatched.most_documented_size
            then cast(mismatched.most_documented_size as varchar)
        else concat(
            cast(mismatched.least_documented_size as varchar), ' to ', cast(mismatched.most_documented_size as varchar)
        )
    end as stated_size,
    totalled.line_count
from mismatched
inner join totalled
    on
        mismatched.session_key = totalled.session_key
        and mismatched.payer_id = totalled.payer_id
        and mismatched.procedure_code = totalled.procedure_code
