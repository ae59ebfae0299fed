/*
grain   = ["claim_line_id"]
comment = "Each line that counts with what its payer says of coverage, supervision and deadlines, and the last day on which it could be filed."
*/
with ruled as (
    select
        payer_id,
        procedure_code,
        setting,
        date_of_service,
        max(case when rule_key = 'coverage' then payer_value end) as coverage_value,
        max(case when rule_key = 'coverage' then payer_policy_id end) as coverage_policy_id,
        max(case when rule_key = 'supervised_billing' then payer_value end) as supervision_value,
        max(case when rule_key = 'supervised_billing' then payer_policy_id end) as supervision_policy_id,
        max(case when rule_key = 'timely_filing' then payer_value end) as timely_value,
        max(case when rule_key = 'timely_filing' then payer_policy_id end) as timely_policy_id,
        max(case when rule_key = 'replacement_filing' then payer_value end) as replacement_value,
        max(case when rule_key = 'replacement_filing' then payer_policy_id end) as replacement_policy_id
    from resolved_policy
    where rule_key in ('coverage', 'supervised_billing', 'timely_filing', 'replacement_filing')
    group by payer_id, procedure_code, setting, date_of_service
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

-- The days on which a clock begins: of service, for most, or of the answer. They are few beside the lines.
clock as (
    select
        date_of_service,
        date_of_service as service_day,
        date_of_service as correction_start
    from ruled
    union
    select
        current_claim_line.date_of_service,
        current_claim_line.date_of_service as service_day,
        earlier_answer.answered_on as correction_start
    from earlier_answer
    inner join current_claim_line on earlier_answer.claim_line_id = current_claim_line.claim_line_id
),

-- Medicare's year is a calendar year, and from a 29 February it ends on the 28th.
deadline as (
    select
        ruled.payer_id,
        ruled.procedure_code,
        ruled.setting,
        ruled.date_of_service,
        ruled.coverage_value,
        ruled.coverage_policy_id,
        ruled.supervision_value,
        ruled.supervision_policy_id,
        ruled.timely_value,
        ruled.timely_policy_id,
        ruled.replacement_value,
        ruled.replacement_policy_id,
        clock.correction_start,
        case
            when ruled.timely_value = '1 year'
                then make_date(
                    year(clock.service_day) + 1,
                    month(clock.service_day),
                    case
                        when month(clock.service_day) = 2 and day(clock.service_day) = 29 then 28
                        else day(clock.service_day)
                    end
                )
            else
                clock.service_day
                + case when ruled.timely_value <> '1 year' then cast(ruled.timely_value as integer) end
        end as timely_last_day,
        case
            when ruled.replacement_value = '1 year'
                then make_date(
                    year(clock.correction_start) + 1,
                    month(clock.correction_start),
                    case
                        when month(clock.correction_start) = 2 and day(clock.correction_start) = 29 then 28
                        else day(clock.correction_start)
                    end
                )
            else
                clock.correction_start
                + case when ruled.replacement_value <> '1 year' then cast(ruled.replacement_value as integer) end
        end as replacement_last_day
    from ruled
    inner join clock on ruled.date_of_service = clock.date_of_service
),

dated as (
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
        deadline.coverage_value,
        deadline.coverage_policy_id,
        deadline.supervision_value,
        deadline.supervision_policy_id,
        deadline.timely_value,
        deadline.timely_policy_id,
        deadline.timely_last_day,
        deadline.replacement_value,
        deadline.replacement_policy_id,
        deadline.replacement_last_day,
        current_claim_line.claim_frequency_code = '7' and deadline.replacement_value is not null as is_correction
    from current_claim_line
    left join earlier_answer on current_claim_line.claim_line_id = earlier_answer.claim_line_id
    left join deadline
        on
            current_claim_line.payer_id = deadline.payer_id
            and current_claim_line.procedure_code = deadline.procedure_code
            and current_claim_line.setting = deadline.setting
            and current_claim_line.date_of_service = deadline.date_of_service
            and coalesce(earlier_answer.answered_on, current_claim_line.date_of_service) = deadline.correction_start
)

select
    claim_line_id,
    claim_id,
    file_id,
    payer_id,
    billing_provider_npi,
    patient_control_number,
    claim_line_number,
    claim_occurrence,
    claim_frequency_code,
    member_id,
    rendering_provider_npi,
    supervising_provider_npi,
    date_of_service,
    received_date,
    procedure_code,
    procedure_class,
    modifiers,
    service_units,
    prior_authorization_number,
    is_denied,
    paid_amount,
    at_risk_amount,
    expected_amount,
    coverage_value,
    coverage_policy_id,
    coalesce(coverage_value <> 'unknown', false) as is_coverage_known,
    supervision_value,
    supervision_policy_id,
    timely_value,
    timely_policy_id,
    timely_last_day,
    replacement_value,
    replacement_policy_id,
    case when is_correction then replacement_last_day else timely_last_day end as filing_last_day,
    case when is_correction then replacement_value else timely_value end as filing_value,
    case when is_correction then replacement_policy_id else timely_policy_id end as filing_policy_id,
    received_date is not null and coalesce(timely_value, case when is_correction then replacement_value end) is not null
        as is_filing_known
from dated
