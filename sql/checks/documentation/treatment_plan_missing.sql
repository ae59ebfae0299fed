/*
title     = "No treatment plan for the day, or no signature in time"
rule      = "R50"
pack      = "documentation"
severity  = "high"
direction = "documentation"
subject   = "record_line"
checkable = "is_record_known"
lacking   = "no roster row of the person, or an export without treatment plans and signatures"
params    = { signed_days = 14 }
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id", "procedure_code"]
marks     = ["member_id", "date_of_service"]
finding   = "{procedure_code}: {told}."
action    = "Ask for the plan and the note. Amend only as the law allows, with today's date; refund what cannot be borne out."
rationale = """
A session is paid when a treatment plan was in force that tells type, amount, frequency, duration and goals, and when the
note was signed in time. This is what auditors miss most. A note that is not signed yet is a finding only when its time
is over. What the export of a practice has for nobody, a plan, its elements or a signature, is not judged.
"""
traps     = [
    "a plan without a last day is in force",
    "a note of last week may still be signed",
    "an export without the columns tells nothing",
    "who did not come needs no note",
]
reference = "Rule R50. HHS-OIG A-02-19-01012 (111 of 120 claims); HHS-OIG A-09-21-03021; NGS on treatment plans"
*/
with governed as (
    select
        record_line.claim_line_id,
        plan_rule.payer_value as payer_plan,
        plan_rule.payer_policy_id as payer_plan_policy_id,
        plan_rule.seed_policy_id as seed_plan_policy_id,
        cast(sign_rule.payer_value as integer) as payer_signed_days,
        sign_rule.payer_policy_id as payer_signed_policy_id,
        case
            when sign_rule.seed_value is not null then cast(sign_rule.seed_value as integer)
            when sign_rule.payer_value is null then $signed_days
        end as default_signed_days,
        sign_rule.seed_policy_id as seed_signed_policy_id,
        record_line.has_plan_days
        and (
            record_line.treatment_plan_from is null
            or record_line.treatment_plan_from > record_line.date_of_service
            or coalesce(record_line.treatment_plan_to < record_line.date_of_service, false)
        ) as is_plan_absent,
        record_line.has_plan_elements
        and (
            record_line.treatment_plan_elements is null
            or record_line.treatment_plan_elements not like '%type%'
            or record_line.treatment_plan_elements not like '%amount%'
            or record_line.treatment_plan_elements not like '%frequency%'
            or record_line.treatment_plan_elements not like '%duration%'
            or record_line.treatment_plan_elements not like '%goals%'
        ) as is_element_missing,
        record_line.note_signed_at is null as is_unsigned,
        -- Until the note was signed, or until the day of the audit.
        case
            when record_line.has_signatures
                then date_diff(
                    'day', record_line.session_date,
                    coalesce(cast(record_line.note_signed_at as date), audit_setting.audit_date)
                )
            else 0
        end as signed_after_days
    from record_line
    cross join audit_setting
    left join resolved_policy as plan_rule
        on
            record_line.payer_id = plan_rule.payer_id
            and record_line.procedure_code = plan_rule.procedure_code
            and record_line.setting = plan_rule.setting
            and record_line.date_of_service = plan_rule.date_of_service
            and plan_rule.rule_key = 'treatment_plan'
    left join resolved_policy as sign_rule
        on
            record_line.payer_id = sign_rule.payer_id
            and record_line.procedure_code = sign_rule.procedure_code
            and record_line.setting = sign_rule.setting
            and record_line.date_of_service = sign_rule.date_of_service
            and sign_rule.rule_key = 'note_signed_days'
    where record_line.is_present
),

-- Where the payer asks for no plan, there need be none: the default policy asks for none either.
judged as (
    select
        claim_line_id,
        payer_plan,
        payer_plan_policy_id,
        seed_plan_policy_id,
        payer_signed_days,
        payer_signed_policy_id,
        seed_signed_policy_id,
        is_plan_absent and coalesce(payer_plan, 'required') = 'required' as is_plan_absent,
        is_element_missing and coalesce(payer_plan, 'required') = 'required' as is_element_missing,
        is_unsigned,
        signed_after_days,
        coalesce(signed_after_days > payer_signed_days, false) as is_payer_late,
        coalesce(signed_after_days > default_signed_days, false) as is_default_late
    from governed
),

found as (
    select
        claim_line_id,
        case
            when is_plan_absent then 'no_plan'
            when is_element_missing then 'plan_incomplete'
            when is_unsigned then 'unsigned'
            else 'signed_late'
        end as problem,
        case
            when (is_plan_absent or is_element_missing) and payer_plan is not null then 'violates_payer'
            when is_payer_late then 'violates_payer'
            when is_plan_absent or is_element_missing then 'no_policy'
            when payer_signed_days is not null then 'violates_seed_only'
            else 'no_policy'
        end as verdict,
        case
            when (is_plan_absent or is_element_missing) and payer_plan is not null then payer_plan_policy_id
            when is_payer_late then payer_signed_policy_id
            when is_plan_absent or is_element_missing then seed_plan_policy_id
            else seed_signed_policy_id
        end as policy_id,
        signed_after_days
    from judged
    where is_plan_absent or is_element_missing or is_payer_late or is_default_late
),

summed as (
    select
        record_line.member_id,
        record_line.date_of_service,
        record_line.rendering_provider_npi,
        record_line.payer_id,
        record_line.procedure_code,
        case
            when count(*) filter (where found.verdict = 'violates_payer') > 0 then 'violates_payer'
            else min(found.verdict)
        end as verdict,
        max(found.policy_id) as policy_id,
        sum(case
            when found.verdict = 'violates_seed_only' then cast(0 as decimal(12, 2))
            else record_line.at_risk_amount
        end) as exposure_amount,
        string_agg(concat(
            cast(record_line.claim_line_id as varchar), ':',
            case
                when found.verdict = 'violates_seed_only' then '0.00' else cast(record_line.at_risk_amount as varchar)
            end
        ), ';') as claim_lines,
        min(found.problem) as problem,
        max(found.signed_after_days) as signed_after_days,
        count(*) as line_count
    from found
    inner join record_line on found.claim_line_id = record_line.claim_line_id
    group by
        record_line.member_id, record_line.date_of_service, record_line.rendering_provider_npi, record_line.payer_id,
        record_line.procedure_code
)

select
    member_id,
    date_of_service,
    rendering_provider_npi,
    payer_id,
    procedure_code,
    'C2' as certainty,
    verdict,
    policy_id,
    exposure_amount,
    claim_lines,
    problem,
    signed_after_days,
    line_count,
    case
        when problem = 'no_plan' then 'no treatment plan was in force on the day'
        when problem = 'plan_incomplete'
            then 'the treatment plan lacks one of type, amount, frequency, duration and goals'
        when problem = 'unsigned'
            then concat('the note is not signed ', cast(signed_after_days as varchar), ' days after the session')
        else concat('the note was signed ', cast(signed_after_days as varchar), ' days after the session')
    end as told
from summed
