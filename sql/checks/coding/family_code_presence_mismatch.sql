/*
title     = "The family code does not fit whether the client was there"
rule      = "R08"
pack      = "integrity"
severity  = "medium"
direction = "overpayment"
subject   = "line_attendance"
examines  = ["family"]
checkable = "is_roster_known"
lacking   = "who was in the room is not known: no roster of the session"
grain     = ["session_key", "member_id", "payer_id", "procedure_code"]
marks     = ["procedure_code"]
finding   = "{procedure_code} was billed for a client who was {presence}; the session fits {right_code}."
action    = "Open the note. If the roster is right, replace the claim with the code that fits."
rationale = """
One family code is for sessions with the client, the other for sessions without. The client is the person billed; the
roster tells whether they came. A client who was there for a part of the session makes it a session with the client.
Where nobody came at all there was no session to code, which is asked elsewhere.
"""
traps     = [
    "a client who is present for a part of the time makes it a session with the client",
    "a client who only watched is neither present nor absent for this purpose",
    "a roster that lists nobody but the client may be that of another session of the day: a lead",
]
reference = "Rule R08. Valant on 90846; medcoder on 90847"
*/
with mismatched as (
    select
        session_key,
        member_id,
        payer_id,
        procedure_code,
        claim_line_id,
        date_of_service,
        rendering_provider_npi,
        case when is_present then '90847' else '90846' end as right_code,
        case when is_present then 'present' else 'not there' end as presence,
        case when roster_basis = 'day' and listed_count = 1 then 'C4' else 'C2' end as certainty
    from line_attendance
    where
        is_roster_known
        and (
            (procedure_code = '90846' and is_present)
            or (
                procedure_code = '90847'
                and not is_present
                and coalesce(attendance_status, '') <> 'observer'
                and present_count + observer_count > 0
            )
        )
),

recoded as (
    select
        mismatched.session_key,
        mismatched.member_id,
        mismatched.payer_id,
        mismatched.procedure_code,
        mismatched.claim_line_id,
        mismatched.date_of_service,
        mismatched.rendering_provider_npi,
        mismatched.right_code,
        mismatched.presence,
        mismatched.certainty,
        coalesce(recoded_line.difference_amount, cast(0 as decimal(12, 2))) as difference_amount
    from mismatched
    left join recoded_line
        on mismatched.claim_line_id = recoded_line.claim_line_id and mismatched.right_code = recoded_line.right_code
),

priced as (
    select
        session_key,
        member_id,
        payer_id,
        procedure_code,
        right_code,
        presence,
        certainty,
        min(date_of_service) as date_of_service,
        min(rendering_provider_npi) as rendering_provider_npi,
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
    group by session_key, member_id, payer_id, procedure_code, right_code, presence, certainty
)

select
    session_key,
    member_id,
    payer_id,
    procedure_code,
    date_of_service,
    rendering_provider_npi,
    certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    case
        when certainty = 'C4' then 'lead'
        when overpaid_amount = 0 and underpaid_amount > 0 then 'underpayment'
        else 'overpayment'
    end as direction,
    case when overpaid_amount > 0 then overpaid_amount else underpaid_amount end as exposure_amount,
    case when overpaid_amount > 0 then overpaid_lines else underpaid_lines end as claim_lines,
    right_code,
    presence,
    line_count,
    overpaid_amount,
    underpaid_amount
from priced
