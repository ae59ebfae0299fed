/*
title     = "A group session beside a hospital stay or day program"
rule      = "R43"
pack      = "medicare"
severity  = "high"
direction = "overpayment"
subject   = "session_time"
examines  = ["group"]
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id", "procedure_code", "stay_kind"]
marks     = ["date_of_service", "place_of_service_code"]
finding   = "{procedure_code} on a day on which the person was {stay_told}."
action    = "Ask the program or the hospital what its payment holds. Refund the group if it was a part of it."
rationale = """
A day program and a hospital are paid for their groups in their own rate: a group beside them, by whomever, is paid
twice. On the day on which a person steps down from a program, or enters or leaves a hospital, both may be right. Of a
hospital that is told of for one day alone it is not known whether it was such a day: a lead.
"""
traps     = [
    "the day on which a person steps down from a program to outpatient groups",
    "the day of admission or discharge",
]
reference = "Rule R43. CMS NCCI: G0410 with 90853; 130 CMR 433.429, 429.441, 462.411: no group inside day treatment"
*/
with beside as (
    select
        claim_line_id,
        stay_kind,
        false as is_inside_program,
        case
            when stay_kind = 'day_program' or (is_after_start and is_before_end) then 'C1'
            else 'C4'
        end as certainty
    from session_beside_stay
    where
        (is_before_end or not is_last_of_range)
        and (stay_kind = 'day_program' or is_after_start or not is_first_of_range)
    union all
    -- A group billed at the day program's own place stands for itself where the payer bars it.
    select
        session_time.claim_line_id,
        'day_program' as stay_kind,
        true as is_inside_program,
        'C1' as certainty
    from session_time
    left join session_beside_stay on session_time.claim_line_id = session_beside_stay.claim_line_id
    where session_time.place_of_service_code = '52' and session_beside_stay.claim_line_id is null
),

judged as (
    select
        session_time.claim_line_id,
        session_time.member_id,
        session_time.date_of_service,
        session_time.rendering_provider_npi,
        session_time.payer_id,
        session_time.procedure_code,
        session_time.at_risk_amount,
        beside.stay_kind,
        beside.certainty,
        case
            when beside.stay_kind = 'day_program' and resolved_policy.payer_value = 'barred' then 'violates_payer'
            else 'no_policy'
        end as verdict,
        case when beside.stay_kind = 'day_program' then resolved_policy.payer_policy_id end as policy_id
    from beside
    inner join session_time on beside.claim_line_id = session_time.claim_line_id
    left join resolved_policy
        on
            session_time.payer_id = resolved_policy.payer_id
            and session_time.procedure_code = resolved_policy.procedure_code
            and session_time.setting = resolved_policy.setting
            and session_time.date_of_service = resolved_policy.date_of_service
            and resolved_policy.rule_key = 'group_in_day_program'
    where
        session_time.procedure_class = 'group'
        and (not beside.is_inside_program or coalesce(resolved_policy.payer_value, '') = 'barred')
        and (beside.stay_kind = 'inpatient' or coalesce(resolved_policy.payer_value, '') <> 'allowed')
)

select
    member_id,
    date_of_service,
    rendering_provider_npi,
    payer_id,
    procedure_code,
    stay_kind,
    min(certainty) as certainty,
    case when count(*) filter (where verdict = 'violates_payer') > 0 then 'violates_payer' else min(verdict) end
        as verdict,
    max(policy_id) as policy_id,
    case when min(certainty) = 'C4' then 'lead' else 'overpayment' end as direction,
    sum(at_risk_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(at_risk_amount as varchar)), ';') as claim_lines,
    case when stay_kind = 'inpatient' then 'in a hospital' else 'in a day program' end as stay_told,
    count(*) as line_count
from judged
group by member_id, date_of_service, rendering_provider_npi, payer_id, procedure_code, stay_kind
