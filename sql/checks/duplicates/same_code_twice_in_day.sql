/*
title     = "The same group or family code more than once a day"
rule      = "R21"
pack      = "core"
severity  = "medium"
direction = "overpayment"
subject   = "current_claim_line"
examines  = ["group", "multi_family_group", "family"]
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id", "procedure_code"]
marks     = ["date_of_service", "procedure_code"]
finding   = "{procedure_code} stands on {line_count} lines of one person, day and clinician; the limit is {day_limit}."
action    = "Look for two sessions in the record. If there was one, void the other line and refund it."
rationale = """
A session is billed under one code, once. Lines that are alike in everything and stand on another claim are exact
duplicates and counted there. A line that declares a repeat (76, 77) passes, unless the payer allows one visit of a type
a day; a hospital's outpatient limit at Medicare is higher.
"""
traps     = [
    "partial hospitalization and outpatient hospitals may bill several groups a day",
    "some payers forbid a second one even if it took place",
]
reference = "Rule R21. The seed article: a single code per session; CMS medically unlikely edits 2024-07-01; Conn. 17b-262-822; 130 CMR 433.429"
*/
with placed as (
    select
        current_claim_line.claim_line_id,
        current_claim_line.patient_control_number,
        current_claim_line.claim_line_number,
        current_claim_line.payer_id,
        current_claim_line.member_id,
        current_claim_line.date_of_service,
        current_claim_line.rendering_provider_npi,
        current_claim_line.procedure_code,
        current_claim_line.setting,
        current_claim_line.has_repeat_modifier,
        current_claim_line.is_denied,
        current_claim_line.at_risk_amount
    from current_claim_line
    left join repeated_line on current_claim_line.claim_line_id = repeated_line.claim_line_id
    where
        current_claim_line.procedure_class in ('group', 'multi_family_group', 'family')
        and (repeated_line.claim_line_id is null or repeated_line.claim_id = repeated_line.first_claim_id)
),

counted as (
    select
        placed.payer_id,
        placed.member_id,
        placed.date_of_service,
        placed.rendering_provider_npi,
        placed.procedure_code,
        count(*) as all_line_count,
        count(*) filter (where not placed.has_repeat_modifier) as plain_line_count,
        count(*) filter (where placed.is_denied) as all_denied_count,
        count(*) filter (where placed.is_denied and not placed.has_repeat_modifier) as plain_denied_count,
        max(cast(day_limit.payer_value as integer)) as payer_limit,
        max(day_limit.payer_policy_id) as payer_policy_id,
        max(cast(day_limit.seed_value as integer)) as seed_limit,
        max(day_limit.seed_policy_id) as seed_policy_id,
        coalesce(max(repeats.payer_value), max(repeats.seed_value), 'true') as payer_accepts_repeats,
        coalesce(max(repeats.seed_value), 'true') as seed_accepts_repeats
    from placed
    left join resolved_policy as day_limit
        on
            placed.payer_id = day_limit.payer_id
            and placed.procedure_code = day_limit.procedure_code
            and placed.setting = day_limit.setting
            and placed.date_of_service = day_limit.date_of_service
            and day_limit.rule_key = 'max_units_day'
    left join resolved_policy as repeats
        on
            placed.payer_id = repeats.payer_id
            and placed.procedure_code = repeats.procedure_code
            and placed.setting = repeats.setting
            and placed.date_of_service = repeats.date_of_service
            and repeats.rule_key = 'repeat_modifier_accepted'
    group by
        placed.payer_id, placed.member_id, placed.date_of_service, placed.rendering_provider_npi,
        placed.procedure_code
),

-- A declared repeat passes where it is accepted, beside at least one plain line: a first session needs no repeat modifier.
held as (
    select
        payer_id,
        member_id,
        date_of_service,
        rendering_provider_npi,
        procedure_code,
        all_line_count,
        all_line_count - all_denied_count as paid_line_count,
        payer_limit,
        payer_policy_id,
        seed_limit,
        seed_policy_id,
        case when payer_accepts_repeats = 'true' and plain_line_count > 0 then plain_line_count else all_line_count end
        - payer_limit as payer_excess_count,
        case when seed_accepts_repeats = 'true' and plain_line_count > 0 then plain_line_count else all_line_count end
        - seed_limit as seed_excess_count,
        case
            when payer_accepts_repeats = 'true' and plain_line_count > 0 then plain_denied_count
            else all_denied_count
        end as denied_count
    from counted
    where all_line_count > 1
),

-- A line that was denied is the first of those over the limit: it cost nothing.
judged as (
    select
        payer_id,
        member_id,
        date_of_service,
        rendering_provider_npi,
        procedure_code,
        all_line_count,
        paid_line_count,
        case
            when payer_excess_count > 0 then 'violates_payer'
            when payer_limit is not null and seed_excess_count > 0 then 'violates_seed_only'
            when seed_excess_count > 0 then 'no_policy'
        end as verdict,
        case when payer_excess_count > 0 then payer_limit else seed_limit end as day_limit,
        case when payer_excess_count > 0 then payer_policy_id else seed_policy_id end as policy_id,
        -- What the payer's own limit lets pass costs nothing; the default counts only where the payer has none.
        greatest(coalesce(payer_excess_count, seed_excess_count) - denied_count, 0) as paid_excess_count
    from held
),

running as (
    select
        judged.payer_id,
        judged.member_id,
        judged.date_of_service,
        judged.rendering_provider_npi,
        judged.procedure_code,
        judged.verdict,
        judged.policy_id,
        judged.day_limit,
        judged.all_line_count,
        judged.paid_excess_count,
        greatest(judged.paid_line_count, 1) as paid_line_count,
        placed.claim_line_id,
        cast(placed.at_risk_amount * 100 as bigint) as line_cents,
        cast(sum(cast(placed.at_risk_amount * 100 as bigint)) over (
            partition by
                judged.payer_id, judged.member_id, judged.date_of_service, judged.rendering_provider_npi,
                judged.procedure_code
            -- Not by the key: that hangs on the order in which files came.
            order by placed.patient_control_number, placed.claim_line_number, placed.claim_line_id
        ) as bigint) as cents_so_far
    from judged
    inner join placed
        on
            judged.payer_id = placed.payer_id
            and judged.member_id = placed.member_id
            and judged.date_of_service = placed.date_of_service
            and judged.rendering_provider_npi = placed.rendering_provider_npi
            and judged.procedure_code = placed.procedure_code
    where judged.verdict is not null
),

-- The share of the paid lines over the limit, half a cent up. Shared out over the running sum, so that the lines add up
-- to the finding to the cent.
share as (
    select
        payer_id,
        member_id,
        date_of_service,
        rendering_provider_npi,
        procedure_code,
        verdict,
        policy_id,
        day_limit,
        all_line_count,
        claim_line_id,
        cast((
            (cents_so_far * 2 * paid_excess_count + paid_line_count) // (paid_line_count * 2)
            - ((cents_so_far - line_cents) * 2 * paid_excess_count + paid_line_count) // (paid_line_count * 2)
        ) * 0.01 as decimal(12, 2)) as excess_amount
    from running
)

select
    payer_id,
    member_id,
    date_of_service,
    rendering_provider_npi,
    procedure_code,
    'C1' as certainty,
    verdict,
    policy_id,
    sum(excess_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(excess_amount as varchar)), ';') as claim_lines,
    day_limit,
    all_line_count as line_count
from share
group by
    payer_id, member_id, date_of_service, rendering_provider_npi, procedure_code, verdict, policy_id, day_limit,
    all_line_count
