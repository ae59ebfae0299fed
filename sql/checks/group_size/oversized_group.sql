/*
title     = "More members in a group than its limit allows"
rule      = "R10"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "session_bill"
examines  = ["group", "multi_family_group"]
grain     = ["session_key", "payer_id", "procedure_code"]
marks     = ["member_id"]
finding   = "{told}"
action    = "Open the attendance record. Refund what the payer's rule asks for, and split groups of this size."
rationale = """
A group rate assumes that the therapist can attend to each member. The limit is the payer's, dated, and else the default.
Everybody in the room counts, whatever their payer; people who stayed away do not. Where only a date is known, a long
list of members may have been two groups: that is a lead, unless even a full day of groups could not hold them and all
payers are loaded. What is at risk is the share of the members over the limit, or the whole session where the payer's
rule takes that back.
"""
traps     = [
    "a group with two clinicians may have a higher limit",
    "many members on one day may have been two groups",
    "two clinicians who start together may lead one group or two: too many together is a lead",
    "some payers set one limit whatever the staff",
]
reference = "Rule R10. The seed article: ten at most; NGS L33632; Conn. 17b-262-822; 130 CMR 433.429; 14 NYCRR 588.6; N.H. He-M 426.08"
*/
with sized as (
    select
        session_key,
        payer_id,
        procedure_code,
        date_of_service,
        rendering_provider_npi,
        size_basis,
        data_view,
        facilitator_count,
        feasible_sessions,
        oversize_refund,
        seed_max_size,
        seed_max_policy_id,
        false as is_co_led,
        member_count,
        payer_max_size,
        payer_max_policy_id
    from session_bill
    where procedure_class in ('group', 'multi_family_group')
    union all
    -- Two clinicians who begin at one time and place may lead one group, under the limit for two.
    select
        session_key,
        payer_id,
        procedure_code,
        date_of_service,
        rendering_provider_npi,
        size_basis,
        data_view,
        facilitator_count,
        feasible_sessions,
        oversize_refund,
        seed_max_size,
        seed_max_policy_id,
        true as is_co_led,
        co_led_member_count as member_count,
        coalesce(payer_two_max_size, payer_max_size) as payer_max_size,
        coalesce(payer_two_max_policy_id, payer_max_policy_id) as payer_max_policy_id
    from session_bill
    where
        procedure_class in ('group', 'multi_family_group')
        -- What one clinician's session breaks by itself needs no second clinician.
        and coalesce(member_count <= payer_max_size, true)
        and coalesce(member_count <= seed_max_size, true)
),

judged as (
    select
        session_key,
        payer_id,
        procedure_code,
        date_of_service,
        rendering_provider_npi,
        size_basis,
        data_view,
        facilitator_count,
        feasible_sessions,
        oversize_refund,
        is_co_led,
        member_count,
        payer_max_policy_id,
        seed_max_policy_id,
        case
            when member_count > payer_max_size then 'violates_payer'
            when member_count > seed_max_size and payer_max_size is not null then 'violates_seed_only'
            when member_count > seed_max_size then 'no_policy'
        end as verdict,
        case
            when member_count > payer_max_size then payer_max_size
            else seed_max_size
        end as size_limit
    from sized
),

oversized as (
    select
        session_key,
        payer_id,
        procedure_code,
        date_of_service,
        rendering_provider_npi,
        size_basis,
        member_count,
        facilitator_count,
        is_co_led,
        oversize_refund,
        verdict,
        size_limit,
        case when verdict = 'violates_payer' then payer_max_policy_id else seed_max_policy_id end as policy_id,
        case
            when is_co_led then 'C4'
            when size_basis = 'roster' then 'C2'
            when size_basis <> 'date' then 'C3'
            -- Only where the claims of all payers are here is a day's list known to be whole.
            when data_view = 'provider' and member_count > size_limit * feasible_sessions then 'C3'
            else 'C4'
        end as certainty
    from judged
    where verdict is not null
),

billed as (
    select
        oversized.session_key,
        oversized.payer_id,
        oversized.procedure_code,
        oversized.verdict,
        oversized.member_count,
        oversized.member_count - oversized.size_limit as excess_count,
        oversized.oversize_refund,
        session_line.claim_line_id,
        session_line.member_id,
        case
            when oversized.verdict = 'violates_seed_only' then cast(0 as decimal(12, 2))
            else session_line.at_risk_amount
        end as ceiling_amount,
        case
            when oversized.verdict = 'violates_seed_only' then cast(0 as bigint)
            else cast(session_line.at_risk_amount * 100 as bigint)
        end as line_cents
    from oversized
    inner join session_line
        on
            oversized.session_key = session_line.session_key
            and oversized.payer_id = session_line.payer_id
            and oversized.procedure_code = session_line.procedure_code
),

running as (
    select
        session_key,
        payer_id,
        procedure_code,
        member_count,
        excess_count,
        oversize_refund,
        claim_line_id,
        ceiling_amount,
        line_cents,
        sum(line_cents) over (
            partition by session_key, payer_id, procedure_code
            -- Not by the key alone: that hangs on the order in which files came.
            order by member_id, claim_line_id
        ) as cents_so_far
    from billed
),

-- The share of the members over the limit, half a cent up, unless the payer takes back the whole session. Shared out over the running sum, so that the lines add up
-- to the session to the cent.
share as (
    select
        session_key,
        payer_id,
        procedure_code,
        claim_line_id,
        ceiling_amount,
        case
            when oversize_refund = 'session' then ceiling_amount
            else cast((
                (cast(cents_so_far as bigint) * 2 * excess_count + member_count) // (member_count * 2)
                - ((cast(cents_so_far as bigint) - line_cents) * 2 * excess_count + member_count) // (member_count * 2)
            ) * 0.01 as decimal(12, 2))
        end as floor_amount
    from running
),

priced as (
    select
        session_key,
        payer_id,
        procedure_code,
        count(*) as line_count,
        sum(ceiling_amount) as ceiling_amount,
        sum(floor_amount) as floor_amount,
        string_agg(concat(cast(claim_line_id as varchar), ':', cast(floor_amount as varchar)), ';') as claim_lines
    from share
    group by session_key, payer_id, procedure_code
)

select
    oversized.session_key,
    oversized.payer_id,
    oversized.date_of_service,
    oversized.rendering_provider_npi,
    oversized.certainty,
    oversized.verdict,
    oversized.policy_id,
    case when oversized.certainty = 'C4' then 'lead' else 'overpayment' end as direction,
    priced.floor_amount as exposure_amount,
    priced.ceiling_amount as exposure_ceiling_amount,
    priced.claim_lines,
    oversized.procedure_code,
    oversized.member_count,
    oversized.size_limit,
    oversized.facilitator_count,
    oversized.size_basis,
    (oversized.member_count + oversized.size_limit - 1) // oversized.size_limit as min_sessions,
    priced.line_count,
    case
        when oversized.is_co_led
            then concat(
                'Several clinicians of one practice began ', oversized.procedure_code, ' at one time and place, with ',
                cast(oversized.member_count as varchar), ' members together; if it was one group, its limit is ',
                cast(oversized.size_limit as varchar), '.'
            )
        when oversized.size_basis = 'date'
            then concat(
                cast(oversized.member_count as varchar), ' people were billed under ', oversized.procedure_code,
                ' by one clinician on one day, at times that are not known; the limit of a session is ',
                cast(oversized.size_limit as varchar), '.'
            )
        else concat(
            'A session of ', oversized.procedure_code, ' with ', cast(oversized.member_count as varchar),
            ' in the group; the limit is ', cast(oversized.size_limit as varchar), '.'
        )
    end as told
from oversized
inner join priced
    on
        oversized.session_key = priced.session_key
        and oversized.payer_id = priced.payer_id
        and oversized.procedure_code = priced.procedure_code
