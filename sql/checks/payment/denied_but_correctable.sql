/*
title     = "Denied, and what can be done about it"
rule      = "R46"
pack      = "core"
severity  = "medium"
direction = "underpayment"
subject   = "line_answer"
turns     = ["correction_last_day"]
checkable = "is_answer_known"
lacking   = "no remittance answers the claim as it stands, or the reason that it gives is not known"
grain     = ["payer_id", "billing_provider_npi", "patient_control_number", "member_id", "date_of_service", "claim_line_number", "claim_occurrence"]
marks     = ["paid_amount"]
finding   = "{procedure_code} was denied ({denial_code}{remark_text}): {remedy_text}{deadline_text}."
action    = "Work the list by dollars and by the last day. Correct only what the record supports."
rationale = """
A line for which nothing is left after reversals, and whose reason is a denial, may be paid once its fault is mended. What
it is worth is what the payer would allow, times the share of such denials that are won. What the contract, the patient's
share or sequestration took is no denial. A denial that nothing can mend, or whose last day has passed, is told as such.
"""
traps     = [
    "CO-45, 59 and 131 are the contract's own reductions",
    "PR-1, 2 and 3 are owed by the patient",
    "253 is sequestration",
    "a denial of an earlier version is answered by its correction",
]
reference = "Rule R46. X12 adjustment reasons and remarks, as mapped in denial_rule; the seed article: deal with denied claims"
*/
with valued as (
    select
        line_answer.claim_line_id,
        line_answer.payer_id,
        line_answer.billing_provider_npi,
        line_answer.patient_control_number,
        line_answer.claim_line_number,
        line_answer.claim_occurrence,
        line_answer.member_id,
        line_answer.rendering_provider_npi,
        line_answer.date_of_service,
        line_answer.procedure_code,
        line_answer.denial_code,
        line_answer.remark_code,
        line_answer.remedy_code,
        line_answer.denial_rules,
        line_answer.win_percent,
        line_answer.expected_amount,
        line_answer.answered_on,
        line_answer.correction_last_day,
        line_answer.correction_policy_id,
        coalesce(line_answer.correction_last_day < audit_setting.audit_date, false) as is_too_late,
        -- Half a cent up, in whole cents.
        cast(
            (cast(line_answer.expected_amount * 100 as bigint) * line_answer.win_percent + 50) // 100 * 0.01
            as decimal(12, 2)
        ) as won_amount
    from line_answer
    cross join audit_setting
    where line_answer.answer_class = 'denied'
),

weighed as (
    select
        claim_line_id,
        payer_id,
        billing_provider_npi,
        patient_control_number,
        claim_line_number,
        claim_occurrence,
        member_id,
        rendering_provider_npi,
        date_of_service,
        procedure_code,
        denial_code,
        remark_code,
        remedy_code,
        denial_rules,
        win_percent,
        expected_amount,
        answered_on,
        correction_last_day,
        correction_policy_id,
        is_too_late,
        remedy_code <> 'write_off' and not is_too_late as is_recoverable,
        case when is_too_late then cast(0 as decimal(12, 2)) else won_amount end as exposure_amount
    from valued
)

select
    payer_id,
    billing_provider_npi,
    patient_control_number,
    claim_line_number,
    claim_occurrence,
    member_id,
    rendering_provider_npi,
    date_of_service,
    'C1' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    case when is_recoverable then 'medium' else 'low' end as severity,
    exposure_amount,
    concat(cast(claim_line_id as varchar), ':', cast(exposure_amount as varchar)) as claim_lines,
    procedure_code,
    denial_code,
    remark_code,
    case when remark_code is null then '' else concat(' with ', remark_code) end as remark_text,
    denial_rules,
    remedy_code,
    case
        when is_too_late then 'the last day for a correction has passed'
        else
            case remedy_code
                when 'fix_code' then 'correct the code'
                when 'fix_modifier' then 'correct the modifier, if the services were distinct'
                when 'fix_diagnosis' then 'correct the diagnosis'
                when 'fix_units' then 'correct the units'
                when 'fix_place' then 'correct the place of service'
                when 'add_primary' then 'bill the primary service with it'
                when 'right_payer' then 'bill the payer that owes it'
                when 'authorization' then 'ask for the authorization'
                when 'enrolment' then 'settle the enrolment of the clinician'
                when 'records' then 'send the records'
                when 'resubmit' then 'complete the claim and send it again'
                when 'appeal' then 'appeal with proof'
                else 'not to be corrected, write it off'
            end
    end as remedy_text,
    is_recoverable,
    correction_last_day as last_day,
    case
        when correction_last_day is null then ''
        else concat('; the last day for it is ', cast(correction_last_day as varchar))
    end as deadline_text,
    correction_policy_id as deadline_policy_id,
    win_percent,
    expected_amount,
    answered_on
from weighed
