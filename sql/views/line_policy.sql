/*
grain   = ["claim_line_id"]
comment = "Each line that counts with what its payer says of coverage, supervision and deadlines, and the last day on which it could be filed."
*/
with ruled as (
    select
        current_claim_line.claim_line_id,
        max(case when resolved_policy.rule_key = 'coverage' then resolved_policy.payer_value end) as coverage_value,
        max(case when resolved_policy.rule_key = 'coverage' then resolved_policy.payer_policy_id end)
            as coverage_policy_id,
        max(case when resolved_policy.rule_key = 'supervised_billing' then resolved_policy.payer_value end)
            as supervision_value,
        max(case when resolved_policy.rule_key = 'supervised_billing' then resolved_policy.payer_policy_id end)
            as supervision_policy_id,
        max(case when resolved_policy.rule_key = 'timely_filing' then resolved_policy.payer_value end)
            as timely_value,
        max(case when resolved_policy.rule_key = 'timely_filing' then resolved_policy.payer_policy_id end)
            as timely_policy_id,
        max(case when resolved_policy.rule_key = 'replacement_filing' then resolved_policy.payer_value end)
            as replacement_value,
        max(case when resolved_policy.rule_key = 'replacement_filing' then resolved_policy.payer_policy_id end)
            as replacement_policy_id
    from current_claim_line
    inner join resolved_policy
        on
            current_claim_line.payer_id = resolved_policy.payer_id
            and current_claim_line.procedure_code = resolved_policy.procedure_code
            and current_claim_line.setting = resolved_policy.setting
            and current_claim_line.date_of_service = resolved_policy.date_of_service
    where
        resolved_policy.rule_key in ('coverage', 'supervised_billing', 'timely_filing', 'replacement_filing')
    group by current_claim_line.claim_line_id
),

-- The clock of a correction begins when the payer answers what is to be corrected, as far as that is known.
earlier_answer as (
    select
        superseded_line.superseded_by_claim_line_id as claim_line_id,
        max(remittance.payment_date) as answered_on
    from superseded_line
    inner join remittance_claim_line on superseded_line.claim_line_id = remittance_claim_line.claim_line_id
    inner join remittance_line on remittance_claim_line.remittance_line_id = remittance_line.remittance_line_id
    inner join remittance on remittance_line.remittance_id = remittance.remittance_id
    inner join current_claim_line
        on superseded_line.superseded_by_claim_line_id = current_claim_line.claim_line_id
    where
        remittance_line.claim_status_code <> '22'
        and remittance.payment_date <= current_claim_line.received_date
    group by superseded_line.superseded_by_claim_line_id
),

-- Medicare's year is a calendar year, and from a 29 February it ends on the 28th.
clock as (
    select
        current_claim_line.claim_line_id,
        ruled.coverage_value,
        ruled.coverage_policy_id,
        ruled.supervision_value,
        ruled.supervision_policy_id,
        ruled.timely_value,
        ruled.timely_policy_id,
        ruled.replacement_value,
        ruled.replacement_policy_id,
        current_claim_line.date_of_service as service_day,
        coalesce(earlier_answer.answered_on, current_claim_line.date_of_service) as correction_start,
        current_claim_line.claim_frequency_code = '7' and ruled.replacement_value is not null as is_correction,
        case when ruled.timely_value <> '1 year' then cast(ruled.timely_value as integer) end as timely_days,
        case when ruled.replacement_value <> '1 year' then cast(ruled.replacement_value as integer) end
            as replacement_days
    from current_claim_line
    left join ruled on current_claim_line.claim_line_id = ruled.claim_line_id
    left join earlier_answer on current_claim_line.claim_line_id = earlier_answer.claim_line_id
),

dated as (
    select
        claim_line_id,
        coverage_value,
        coverage_policy_id,
        supervision_value,
        supervision_policy_id,
        timely_value,
        timely_policy_id,
        replacement_value,
        replacement_policy_id,
        is_correction,
        case
            when timely_value = '1 year'
                then make_date(
                    year(service_day) + 1,
                    month(service_day),
                    case when month(service_day) = 2 and day(service_day) = 29 then 28 else day(service_day) end
                )
            else service_day + timely_days
        end as timely_last_day,
        case
            when replacement_value = '1 year'
                then make_date(
                    year(correction_start) + 1,
                    month(correction_start),
                    case
                        when month(correction_start) = 2 and day(correction_start) = 29 then 28
                        else day(correction_start)
                    end
                )
            else correction_start + replacement_days
        end as replacement_last_day
    from clock
)

select
    current_claim_line.claim_line_id,
    current_claim_line.claim_id,
    current_claim_line.file_id,
    current_claim_line.payer_id,
    current_claim_line.billing_provider_npi,
    current_claim_line.patient_control_number,
    current_claim_line.claim_line_number,
    current_claim_line.claim_occurrence,
    current_claim_line.claim_frequency_code,
    current_claim_line.member_id,
    current_claim_line.rendering_provider_npi,
    current_claim_line.supervising_provider_npi,
    current_claim_line.date_of_service,
    current_claim_line.received_date,
    current_claim_line.procedure_code,
    current_claim_line.procedure_class,
    current_claim_line.modifiers,
    current_claim_line.service_units,
    current_claim_line.prior_authorization_number,
    current_claim_line.is_denied,
    current_claim_line.paid_amount,
    current_claim_line.at_risk_amount,
    current_claim_line.expected_amount,
    dated.coverage_value,
    dated.coverage_policy_id,
    coalesce(dated.coverage_value <> 'unknown', false) as is_coverage_known,
    dated.supervision_value,
    dated.supervision_policy_id,
    dated.timely_value,
    dated.timely_policy_id,
    dated.timely_last_day,
    dated.replacement_value,
    dated.replacement_policy_id,
    case when dated.is_correction then dated.replacement_last_day else dated.timely_last_day end as filing_last_day,
    case when dated.is_correction then dated.replacement_value else dated.timely_value end as filing_value,
    case when dated.is_correction then dated.replacement_policy_id else dated.timely_policy_id end
        as filing_policy_id,
    current_claim_line.received_date is not null
    and coalesce(dated.timely_value, case when dated.is_correction then dated.replacement_value end) is not null
        as is_filing_known
from current_claim_line
left join dated on current_claim_line.claim_line_id = dated.claim_line_id
