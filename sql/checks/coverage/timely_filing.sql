/*
title     = "Filed too late, or soon to be"
rule      = "R44"
pack      = "revenue"
severity  = "medium"
direction = "underpayment"
subject   = "line_policy"
checkable = "is_filing_known"
lacking   = "the day of receipt or the payer's limit is not known"
params    = { warn_days = 30 }
grain     = ["payer_id", "billing_provider_npi", "patient_control_number", "member_id", "date_of_service", "claim_line_number", "claim_occurrence"]
marks     = ["date_of_service"]
finding   = "{procedure_code} {problem_text}; the last day was or is {last_day}."
action    = "If it is late, write it off, or appeal with the proof that it was sent in time (277CA). If the day is near, settle the claim before it."
rationale = """
A claim that comes after the payer's limit is refused, and the client may not be asked to pay. Medicare's limit is one
calendar year from the day of the service, for corrections too; other payers count days. A correction has a limit of its
own where the payer's policy gives one; it runs from the payer's answer, or from the service if no answer is known. A
claim that was paid all the same has lost nothing. One that is not paid yet is told when its limit is near.
"""
traps     = [
    "a year from a 29 February ends on the 28th",
    "retroactive eligibility and the payer's own error open the limit again",
    "the clock of a secondary claim runs from the answer of the first payer",
]
reference = "Rule R44. FCSO, CGS and NGS on timely filing; denial code 29"
*/
with dated as (
    select
        line_policy.claim_line_id,
        line_policy.payer_id,
        line_policy.billing_provider_npi,
        line_policy.patient_control_number,
        line_policy.claim_line_number,
        line_policy.claim_occurrence,
        line_policy.member_id,
        line_policy.rendering_provider_npi,
        line_policy.date_of_service,
        line_policy.received_date,
        line_policy.procedure_code,
        line_policy.filing_last_day,
        line_policy.filing_value,
        line_policy.filing_policy_id,
        line_policy.expected_amount,
        coalesce(line_policy.paid_amount > 0, false) or line_answer.answer_class = 'nothing_due' as is_settled,
        -- As a column of another name, since only whole days are added to it.
        audit_setting.audit_date as today
    from line_policy
    inner join line_answer on line_policy.claim_line_id = line_answer.claim_line_id
    cross join audit_setting
),

judged as (
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
        received_date,
        procedure_code,
        filing_last_day,
        filing_value,
        filing_policy_id,
        expected_amount,
        is_settled,
        case
            when received_date > filing_last_day then 'late'
            when
                not is_settled and filing_last_day >= today and filing_last_day <= today + cast($warn_days as integer)
                then 'near'
        end as problem
    from dated
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
    'violates_payer' as verdict,
    filing_policy_id as policy_id,
    case when problem = 'late' then 'underpayment' else 'lead' end as direction,
    case when problem = 'late' then 'medium' else 'low' end as severity,
    case when is_settled then cast(0 as decimal(12, 2)) else expected_amount end as exposure_amount,
    concat(
        cast(claim_line_id as varchar), ':',
        cast(case when is_settled then cast(0 as decimal(12, 2)) else expected_amount end as varchar)
    ) as claim_lines,
    procedure_code,
    problem,
    case
        when is_settled then 'reached the payer after its limit and was settled all the same'
        when problem = 'late' then 'reached the payer after its limit'
        else 'is not paid, and the limit for it is near'
    end as problem_text,
    received_date as received_on,
    filing_last_day as last_day,
    filing_value as filing_limit
from judged
where problem is not null
