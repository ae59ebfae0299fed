/*
title     = "More visits or minutes than the payer pays for"
rule      = "R24"
pack      = "medicare"
severity  = "medium"
direction = "overpayment"
subject   = "frequency_line"
checkable = "is_frequency_known"
lacking   = "no policy limits visits or minutes, or times are missing where it limits minutes"
grain     = ["payer_id", "member_id", "date_of_service", "limit_kind", "visit_kind"]
marks     = ["date_of_service", "service_units"]
finding   = "{told}"
action    = "Count the visits in the record. Refund those over the limit, and plan within it."
rationale = """
Some programs pay so many visits of a kind a day, or in any seven days that follow each other, or so many minutes a day,
whoever gave them. The first are paid; a visit that comes after as many in its day, or in the six days before, is over the
limit, and so are the minutes after the limit. What was denied is no visit. Hospital beds and day programs have other rules.
"""
traps     = [
    "inpatient care and partial hospitalization are carved out, by the place of service",
    "a visit that was denied or voided took nobody's place",
    "some payers allow a second session in a crisis, which the record must show",
]
reference = "Rule R24. Illinois HFS notice prn140626c; TMHP manual: four hours a day; TRICARE Policy Manual ch. 7 3.11"
*/
with excess as (
    select
        'visits_day' as limit_kind,
        procedure_class as visit_kind,
        claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        day_visit_limit as frequency_limit,
        day_visit_policy_id as policy_id,
        is_day_limit_own as is_limit_own,
        visit_of_day as counted_number,
        at_risk_amount as excess_amount
    from frequency_line
    where visit_of_day > day_visit_limit
    union all
    select
        'visits_7_days' as limit_kind,
        procedure_class as visit_kind,
        claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        week_visit_limit as frequency_limit,
        week_visit_policy_id as policy_id,
        is_week_limit_own as is_limit_own,
        visit_of_7_days as counted_number,
        at_risk_amount as excess_amount
    from frequency_line
    where visit_of_7_days > week_visit_limit
    union all
    select
        'minutes_day' as limit_kind,
        'therapy' as visit_kind,
        claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        day_minute_limit as frequency_limit,
        day_minute_policy_id as policy_id,
        is_minute_limit_own as is_limit_own,
        day_minutes as counted_number,
        -- The share of the session's minutes that came after the limit, half a cent up.
        cast((
            (
                cast(at_risk_amount * 100 as bigint) * 2 * least(day_minutes - day_minute_limit, session_minutes)
                + session_minutes
            ) // (session_minutes * 2)
        ) * 0.01 as decimal(12, 2)) as excess_amount
    from frequency_line
    where day_minutes > day_minute_limit
),

found as (
    select
        limit_kind,
        visit_kind,
        payer_id,
        member_id,
        date_of_service,
        min(rendering_provider_npi) as rendering_provider_npi,
        min(frequency_limit) as frequency_limit,
        max(policy_id) as policy_id,
        max(case when is_limit_own then 'violates_payer' else 'no_policy' end) as verdict,
        max(counted_number) as counted_number,
        sum(excess_amount) as exposure_amount,
        string_agg(concat(cast(claim_line_id as varchar), ':', cast(excess_amount as varchar)), ';') as claim_lines,
        count(*) as line_count
    from excess
    group by limit_kind, visit_kind, payer_id, member_id, date_of_service
)

select
    payer_id,
    member_id,
    date_of_service,
    limit_kind,
    visit_kind,
    rendering_provider_npi,
    'C1' as certainty,
    verdict,
    policy_id,
    exposure_amount,
    claim_lines,
    counted_number,
    frequency_limit,
    line_count,
    concat(
        cast(counted_number as varchar),
        case limit_kind
            when 'minutes_day' then ' minutes of therapy for one person on one day'
            when 'visits_day' then ' visits of one kind for one person on one day'
            else ' visits of one kind for one person within seven days'
        end,
        '; the limit is ', cast(frequency_limit as varchar), '.'
    ) as told
from found
