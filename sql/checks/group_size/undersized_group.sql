/*
title     = "Fewer members in a group than make one"
rule      = "R09"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "session_bill"
examines  = ["group"]
checkable = "is_room_known"
lacking   = "who was in the room is not known without a roster in the claims of one payer"
grain     = ["session_key", "payer_id"]
marks     = ["member_id"]
finding   = "{told}"
action    = "Open the attendance record. Refund, or bill the session as what it was where the record supports that."
rationale = """
A group needs more than two participants, or what the payer asks for. People who stayed away, cancelled or only watched
are no members. In the claims of one payer the members of other payers are invisible, so that without a roster nothing
is said; where all payers of a practice are loaded, a day with fewer members than a group needs held no group.
"""
traps     = [
    "members of other payers and self-pay clients count, though their claims may not be here",
    "who cancelled late is no member",
    "two clinicians of a practice who start together, each with other members, may lead one group: a lead",
    "the claims of one payer never prove that a group was small",
]
reference = "Rule R09. The seed article: more than two participants; N.H. He-M 426.08; 14 NYCRR 588.6; Carelon Pennsylvania"
*/
with judged as (
    select
        session_key,
        payer_id,
        procedure_code,
        date_of_service,
        rendering_provider_npi,
        size_basis,
        data_view,
        member_count,
        possible_member_count,
        payer_min_policy_id,
        seed_min_policy_id,
        case
            when member_count < payer_min_size then 'violates_payer'
            when member_count < seed_min_size and payer_min_size is not null then 'violates_seed_only'
            when member_count < seed_min_size then 'no_policy'
        end as verdict,
        case when member_count < payer_min_size then payer_min_size else seed_min_size end as size_limit
    from session_bill
    where procedure_class = 'group' and is_room_known
),

undersized as (
    select
        session_key,
        payer_id,
        procedure_code,
        date_of_service,
        rendering_provider_npi,
        size_basis,
        member_count,
        possible_member_count,
        verdict,
        size_limit,
        case when verdict = 'violates_payer' then payer_min_policy_id else seed_min_policy_id end as policy_id,
        case
            when size_basis = 'roster' then 'C2'
            when data_view <> 'provider' then 'C4'
            when possible_member_count >= size_limit then 'C4'
            else 'C3'
        end as certainty
    from judged
    where verdict is not null
),

priced as (
    select
        undersized.session_key,
        undersized.payer_id,
        count(*) as line_count,
        sum(session_line.at_risk_amount) as at_risk_amount,
        string_agg(concat(
            cast(session_line.claim_line_id as varchar), ':',
            case
                when undersized.verdict = 'violates_seed_only' then '0.00'
                else cast(session_line.at_risk_amount as varchar)
            end
        ), ';') as claim_lines
    from undersized
    inner join session_line
        on
            undersized.session_key = session_line.session_key
            and undersized.payer_id = session_line.payer_id
            and undersized.procedure_code = session_line.procedure_code
    group by undersized.session_key, undersized.payer_id
)

select
    undersized.session_key,
    undersized.payer_id,
    undersized.date_of_service,
    undersized.rendering_provider_npi,
    undersized.certainty,
    undersized.verdict,
    undersized.policy_id,
    case when undersized.certainty = 'C4' then 'lead' else 'overpayment' end as direction,
    case when undersized.verdict = 'violates_seed_only' then cast(0 as decimal(12, 2)) else priced.at_risk_amount end
        as exposure_amount,
    priced.claim_lines,
    undersized.procedure_code,
    undersized.member_count,
    undersized.possible_member_count,
    undersized.size_limit,
    undersized.size_basis,
    priced.line_count,
    case
        when undersized.size_basis = 'date'
            then concat(
                cast(undersized.member_count as varchar), ' in all, whatever their payer, were billed under ',
                undersized.procedure_code,
                ' by one clinician on one day; a group has at least ', cast(undersized.size_limit as varchar), '.'
            )
        else concat(
            'A session of ', undersized.procedure_code, ' with ', cast(undersized.member_count as varchar),
            ' in the group; a group has at least ', cast(undersized.size_limit as varchar), '.'
        )
    end as told
from undersized
inner join priced
    on
        undersized.session_key = priced.session_key
        and undersized.payer_id = priced.payer_id
