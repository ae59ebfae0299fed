/*
title     = "A first diagnosis that is missing, not valid, or says too little"
rule      = "R29"
pack      = "core"
severity  = "medium"
direction = "documentation"
subject   = "line_diagnosis"
checkable = "is_diagnosis_list_known"
lacking   = "no list of diagnosis codes is loaded for the day, so that only missing and unspecific ones were looked for"
params    = { early_days = 90 }
grain     = ["payer_id", "member_id", "rendering_provider_npi", "date_of_service", "problem"]
marks     = ["diagnosis_code_1"]
finding   = "The first diagnosis of {procedure_code}{told}."
action    = "Ask the clinician which diagnosis the record supports, and replace the claim with it."
rationale = """
Each person in a group has an own diagnosis, and payers want it as specific as the record allows. At the start of care an
unspecified anxiety or depression is all that is known; after some months it is not. A code of the Z chapter names no
illness. Some payers pay for mental and substance-use disorders only. Dollars stand here only where the payer denied the
line for its diagnosis.
"""
traps     = [
    "unspecified anxiety and depression are right at the start of care",
    "a payer may want a mental or substance-use disorder in the first place",
    "no list of diagnosis codes, no judgement on whether a code is valid",
]
reference = "Rule R29. The seed article: each client has an own diagnosis, use specific ones; Optum reimbursement policies; Illinois HFS notice prn140626c"
*/
with ruled as (
    select
        line_diagnosis.claim_line_id,
        line_diagnosis.payer_id,
        line_diagnosis.member_id,
        line_diagnosis.rendering_provider_npi,
        line_diagnosis.date_of_service,
        line_diagnosis.procedure_code,
        line_diagnosis.first_diagnosis_code,
        line_diagnosis.days_in_care,
        resolved_policy.payer_value,
        resolved_policy.payer_policy_id,
        resolved_policy.seed_policy_id,
        line_diagnosis.is_diagnosis_list_known and diagnosis_code.diagnosis_code is null as is_invalid,
        diagnosis_denial.reason_code,
        case
            when line_diagnosis.is_denied and diagnosis_denial.claim_line_id is not null
                then cast(coalesce(
                    least(expected_fee.unit_amount * line_diagnosis.service_units, line_diagnosis.charge_amount),
                    line_diagnosis.charge_amount
                ) as decimal(12, 2))
            else cast(0 as decimal(12, 2))
        end as denied_amount
    from line_diagnosis
    left join resolved_policy
        on
            line_diagnosis.payer_id = resolved_policy.payer_id
            and line_diagnosis.procedure_code = resolved_policy.procedure_code
            and line_diagnosis.setting = resolved_policy.setting
            and line_diagnosis.date_of_service = resolved_policy.date_of_service
            and resolved_policy.rule_key = 'primary_diagnosis'
    left join diagnosis_code
        on
            line_diagnosis.diagnosis_edition_id = diagnosis_code.edition_id
            and line_diagnosis.first_diagnosis_code = diagnosis_code.diagnosis_code
            and diagnosis_code.is_billable
    left join diagnosis_denial on line_diagnosis.claim_line_id = diagnosis_denial.claim_line_id
    left join expected_fee
        on
            line_diagnosis.payer_id = expected_fee.payer_id
            and line_diagnosis.procedure_code = expected_fee.procedure_code
            and line_diagnosis.service_year = expected_fee.service_year
            and line_diagnosis.service_quarter = expected_fee.service_quarter
),

billed_code as (
    select distinct first_diagnosis_code
    from ruled
),

-- The longest entry that fits a code is the one that means it.
classed_code as (
    select
        billed_code.first_diagnosis_code,
        unspecific_diagnosis.class_code
    from billed_code
    inner join unspecific_diagnosis on billed_code.first_diagnosis_code like unspecific_diagnosis.diagnosis_code
    qualify
        row_number() over (
            partition by billed_code.first_diagnosis_code
            order by length(unspecific_diagnosis.diagnosis_code) desc, unspecific_diagnosis.class_code asc
        ) = 1
),

judged as (
    select
        ruled.claim_line_id,
        ruled.payer_id,
        ruled.member_id,
        ruled.rendering_provider_npi,
        ruled.date_of_service,
        ruled.procedure_code,
        ruled.first_diagnosis_code,
        ruled.days_in_care,
        ruled.payer_value,
        ruled.payer_policy_id,
        ruled.seed_policy_id,
        ruled.reason_code,
        ruled.denied_amount,
        classed_code.class_code,
        case
            when ruled.first_diagnosis_code is null then 'missing'
            when ruled.is_invalid then 'invalid'
            when ruled.payer_value = 'mental' and ruled.first_diagnosis_code not like 'F%' then 'not_mental'
            else classed_code.class_code
        end as problem
    from ruled
    left join classed_code on ruled.first_diagnosis_code = classed_code.first_diagnosis_code
),

weighed as (
    select
        claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        procedure_code,
        first_diagnosis_code,
        days_in_care,
        seed_policy_id,
        payer_policy_id,
        reason_code,
        class_code,
        problem,
        case
            when payer_value is null then 'no_policy'
            when problem in ('missing', 'invalid', 'not_mental') or payer_value = 'specific' then 'violates_payer'
            else 'violates_seed_only'
        end as verdict,
        denied_amount
    from judged
    where problem is not null and (problem <> 'early_care' or days_in_care > $early_days)
),

priced as (
    select
        claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        procedure_code,
        first_diagnosis_code,
        days_in_care,
        seed_policy_id,
        payer_policy_id,
        reason_code,
        class_code,
        problem,
        verdict,
        -- What the payer's rule lets pass costs nothing.
        case when verdict = 'violates_seed_only' then cast(0 as decimal(12, 2)) else denied_amount end
            as exposed_amount
    from weighed
)

select
    payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    problem,
    'C1' as certainty,
    case when count(*) filter (where verdict = 'violates_payer') > 0 then 'violates_payer' else min(verdict) end
        as verdict,
    coalesce(min(payer_policy_id) filter (where verdict = 'violates_payer'), min(seed_policy_id)) as policy_id,
    case
        when max(case when class_code = 'no_illness' then 1 else 0 end) = 1 then 'high'
        when problem = 'early_care' then 'low'
        else 'medium'
    end as severity,
    sum(exposed_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(exposed_amount as varchar)), ';') as claim_lines,
    min(procedure_code) as procedure_code,
    min(first_diagnosis_code) as first_diagnosis_code,
    min(days_in_care) as days_in_care,
    min(reason_code) as reason_code,
    count(*) as line_count,
    case
        when problem = 'missing' then ' is missing'
        when problem = 'invalid'
            then concat(', ', min(first_diagnosis_code), ', is not in the list of codes that may be billed on that day')
        when problem = 'not_mental'
            then concat(
                ', ', min(first_diagnosis_code), ', is no mental or substance-use disorder, and the payer wants one'
            )
        when problem = 'no_illness' then concat(', ', min(first_diagnosis_code), ', names no illness')
        when problem = 'symptom' then concat(', ', min(first_diagnosis_code), ', names a symptom only')
        when problem = 'early_care'
            then concat(
                ', ', min(first_diagnosis_code), ', is unspecified, ', cast(min(days_in_care) as varchar),
                ' days into care'
            )
        else concat(', ', min(first_diagnosis_code), ', is unspecified')
    end as told
from priced
group by payer_id, member_id, rendering_provider_npi, date_of_service, problem
