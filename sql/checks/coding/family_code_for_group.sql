/*
title     = "A group billed as family sessions"
rule      = "R03"
pack      = "core"
severity  = "critical"
direction = "overpayment"
subject   = "session_bill"
examines  = ["family"]
checkable = "is_one_session"
lacking   = "without a roster, session id or start time no single session is proven"
grain     = ["session_key", "payer_id"]
marks     = ["procedure_code"]
finding   = "{family_member_count} people of {family_count} families in one session, each billed {procedure_code}; the session fits {right_code}."
action    = "Open the notes of the session and of others like it. Replace the claims with the group code and look back."
rationale = """
A family code pays for one family's session. When as many people as make a group, of two or more families, sat in one
session and each was billed a family code, it was a group. One session has to be proven, by a roster, a session id or a
start time: family sessions one after another on a day without times are no finding.
"""
traps     = [
    "family sessions back to back, where the clock is not known, are several sessions",
]
reference = "Rule R03. HHS-OIG A-05-01-00068: family counselling billed under other therapy codes; the seed article on 90853"
*/
with family_session as (
    select
        session_line.session_key,
        count(distinct session_line.member_id) as family_member_count
    from session_line
    inner join member_family on session_line.member_id = member_family.member_id
    -- Nobody sat in it for a client who stayed away, unless somebody of the household came, as 90846 means it.
    inner join session_member
        on
            session_line.session_key = session_member.session_key
            and (
                session_line.member_id = session_member.member_id
                or member_family.family_id = session_member.family_id
            )
    where session_line.procedure_class = 'family'
    group by session_line.session_key
),

shared_session as (
    select
        session_bill.session_key,
        session_bill.payer_id,
        session_bill.procedure_code,
        session_bill.date_of_service,
        session_bill.rendering_provider_npi,
        session_bill.size_basis,
        session_bill.member_count,
        session_bill.family_count,
        family_session.family_member_count,
        least(family_session.family_member_count, session_bill.member_count) as group_size,
        session_bill.payer_min_size,
        session_bill.payer_min_policy_id,
        session_bill.seed_min_size,
        session_bill.seed_min_policy_id,
        case when session_bill.largest_family_size >= 2 then '90849' else '90853' end as right_code,
        case
            when session_bill.family_count < 2 then 'C4'
            when session_bill.size_basis = 'roster' then 'C2'
            else 'C3'
        end as certainty
    from session_bill
    inner join family_session on session_bill.session_key = family_session.session_key
    where
        session_bill.procedure_class = 'family'
        -- Where households are only guessed, or not known, as many clients as make a group are still worth a look.
        and session_bill.guessed_family_count <> 1
),

judged as (
    select
        session_key,
        payer_id,
        procedure_code,
        date_of_service,
        rendering_provider_npi,
        size_basis,
        member_count,
        family_count,
        family_member_count,
        right_code,
        certainty,
        case
            when group_size >= payer_min_size then 'violates_payer'
            when group_size >= seed_min_size and payer_min_size is null then 'no_policy'
            when group_size >= seed_min_size then 'violates_seed_only'
        end as verdict,
        case when group_size >= payer_min_size then payer_min_policy_id else seed_min_policy_id end as policy_id
    from shared_session
),

recoded as (
    select
        judged.session_key,
        judged.payer_id,
        judged.procedure_code,
        session_line.claim_line_id,
        case
            when judged.verdict = 'violates_seed_only' then cast(0 as decimal(12, 2))
            else coalesce(recoded_line.difference_amount, cast(0 as decimal(12, 2)))
        end as difference_amount
    from judged
    inner join session_line
        on
            judged.session_key = session_line.session_key
            and judged.payer_id = session_line.payer_id
            and judged.procedure_code = session_line.procedure_code
    left join recoded_line
        on session_line.claim_line_id = recoded_line.claim_line_id and judged.right_code = recoded_line.right_code
    where judged.verdict is not null
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
    judged.session_key,
    judged.payer_id,
    min(judged.date_of_service) as date_of_service,
    min(judged.rendering_provider_npi) as rendering_provider_npi,
    min(judged.certainty) as certainty,
    min(judged.verdict) as verdict,
    min(judged.policy_id) as policy_id,
    case
        when min(judged.certainty) = 'C4' then 'lead'
        when min(priced.overpaid_amount) = 0 and min(priced.underpaid_amount) > 0 then 'underpayment'
        else 'overpayment'
    end as direction,
    case when min(priced.overpaid_amount) > 0 then min(priced.overpaid_amount) else min(priced.underpaid_amount) end
        as exposure_amount,
    case when min(priced.overpaid_amount) > 0 then min(priced.overpaid_lines) else min(priced.underpaid_lines) end
        as claim_lines,
    min(judged.procedure_code) as procedure_code,
    min(judged.right_code) as right_code,
    min(judged.member_count) as member_count,
    min(judged.family_member_count) as family_member_count,
    min(judged.family_count) as family_count,
    min(judged.size_basis) as size_basis,
    min(priced.line_count) as line_count,
    min(priced.overpaid_amount) as overpaid_amount,
    min(priced.underpaid_amount) as underpaid_amount
from judged
inner join priced on judged.session_key = priced.session_key and judged.payer_id = priced.payer_id
group by judged.session_key, judged.payer_id
