/*
grain   = ["claim_line_id"]
comment = "Each line that counts with the payer's last answer to it: paid, denied and why, what can be done until when, or nothing due."
*/
with answered as (
    select
        line_payment.claim_line_id,
        line_payment.answer_line_id,
        line_payment.last_status_code,
        line_payment.paid_amount,
        remittance_line.remittance_claim_id,
        remittance.payment_date as answered_on,
        -- Adjustments of a claim are known by service only where it has one.
        remittance_line.remittance_line_number,
        concat(
            ';', coalesce(remittance_line.remark_codes, ''), ';', coalesce(remittance_line.claim_remark_codes, ''), ';'
        ) as remark_codes
    from line_payment
    left join remittance_line on line_payment.answer_line_id = remittance_line.remittance_line_id
    left join remittance on remittance_line.remittance_id = remittance.remittance_id
),

claim_payment as (
    select
        remittance_claim_id,
        count(*) as service_count
    from remittance_line
    where remittance_claim_id in (select answered.remittance_claim_id from answered)
    group by remittance_claim_id
),

adjustment as (
    select
        answered.claim_line_id,
        remittance_adjustment.group_code,
        remittance_adjustment.adjustment_reason_code,
        remittance_adjustment.adjustment_amount,
        true as is_of_the_line
    from answered
    inner join remittance_adjustment
        on
            answered.answer_line_id = remittance_adjustment.remittance_line_id
            and remittance_adjustment.level_code = 'line'
    union all
    select
        answered.claim_line_id,
        remittance_adjustment.group_code,
        remittance_adjustment.adjustment_reason_code,
        remittance_adjustment.adjustment_amount,
        claim_payment.service_count = 1 and answered.remittance_line_number > 0 as is_of_the_line
    from answered
    inner join claim_payment on answered.remittance_claim_id = claim_payment.remittance_claim_id
    inner join remittance_line as sibling on answered.remittance_claim_id = sibling.remittance_claim_id
    inner join remittance_adjustment
        on
            sibling.remittance_line_id = remittance_adjustment.remittance_line_id
            and remittance_adjustment.level_code = 'claim'
),

reasoned as (
    select
        adjustment.claim_line_id,
        adjustment.group_code,
        adjustment.adjustment_reason_code,
        adjustment.is_of_the_line,
        adjustment.adjustment_amount,
        coalesce(denial_rule.class_code, 'unknown') as class_code,
        denial_rule.remedy_code,
        denial_rule.win_percent,
        denial_rule.rules
    from adjustment
    left join denial_rule
        on denial_rule.code_kind = 'carc' and adjustment.adjustment_reason_code = denial_rule.reason_code
    where coalesce(adjustment.adjustment_amount, 1) <> 0
),

summed as (
    select
        claim_line_id,
        sum(case when is_of_the_line and group_code = 'PR' then adjustment_amount else 0 end) as patient_amount,
        sum(case when is_of_the_line and class_code = 'sequestration' then adjustment_amount else 0 end)
            as reduction_amount,
        sum(case when class_code = 'unknown' then 1 else 0 end) as unknown_count,
        count(*) as reason_count
    from reasoned
    group by claim_line_id
),

-- Remarks say what a reason leaves open.
remark as (
    select
        answered.claim_line_id,
        denial_rule.reason_code as remark_code,
        denial_rule.remedy_code,
        denial_rule.win_percent,
        denial_rule.rules
    from answered
    inner join denial_rule
        on
            denial_rule.code_kind = 'rarc'
            and answered.remark_codes like concat('%;', denial_rule.reason_code, ';%')
    qualify
        row_number() over (
            partition by answered.claim_line_id
            order by denial_rule.win_percent, denial_rule.reason_code
        ) = 1
),

remedied as (
    select
        reasoned.claim_line_id,
        reasoned.group_code,
        reasoned.adjustment_reason_code,
        remark.remark_code,
        case
            when reasoned.remedy_code = 'resubmit' or reasoned.class_code = 'unknown'
                then coalesce(remark.remedy_code, reasoned.remedy_code)
            else reasoned.remedy_code
        end as remedy_code,
        case
            when reasoned.remedy_code = 'resubmit' or reasoned.class_code = 'unknown'
                then coalesce(remark.win_percent, reasoned.win_percent)
            else reasoned.win_percent
        end as win_percent,
        case
            when reasoned.remedy_code = 'resubmit' or reasoned.class_code = 'unknown'
                then coalesce(remark.rules, reasoned.rules)
            else reasoned.rules
        end as rules
    from reasoned
    left join remark on reasoned.claim_line_id = remark.claim_line_id
    where
        reasoned.class_code = 'denial'
        or (reasoned.class_code = 'unknown' and remark.claim_line_id is not null)
),

-- Every reason has to be cured, so the one that is least often won decides; of two alike, the one without a cure.
denial as (
    select
        claim_line_id,
        concat(coalesce(group_code, '?'), '-', adjustment_reason_code) as denial_code,
        remark_code,
        remedy_code,
        win_percent,
        rules
    from remedied
    qualify
        row_number() over (
            partition by claim_line_id
            order by
                win_percent,
                case when remedy_code = 'write_off' then 0 else 1 end,
                adjustment_reason_code,
                group_code
        ) = 1
),

judged as (
    select
        line_policy.claim_line_id,
        answered.answered_on,
        answered.last_status_code,
        denial.denial_code,
        denial.remark_code,
        denial.remedy_code,
        denial.win_percent,
        denial.rules,
        coalesce(summed.patient_amount, 0) as patient_amount,
        coalesce(summed.reduction_amount, 0) as reduction_amount,
        line_policy.timely_last_day,
        line_policy.timely_policy_id,
        line_policy.replacement_value,
        line_policy.replacement_policy_id,
        case when line_policy.replacement_value <> '1 year' then cast(line_policy.replacement_value as integer) end
            as replacement_days,
        case
            when answered.claim_line_id is null then 'none'
            when answered.paid_amount > 0 then 'paid'
            when answered.answer_line_id is null then 'reversed_or_pending'
            when denial.claim_line_id is not null then 'denied'
            when summed.reason_count is null or summed.unknown_count > 0 then 'unexplained'
            else 'nothing_due'
        end as answer_class
    from line_policy
    left join answered on line_policy.claim_line_id = answered.claim_line_id
    left join summed on line_policy.claim_line_id = summed.claim_line_id
    left join denial on line_policy.claim_line_id = denial.claim_line_id
)

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
    line_policy.procedure_code,
    line_policy.procedure_class,
    line_policy.expected_amount,
    judged.answer_class,
    judged.answer_class not in ('none', 'unexplained', 'reversed_or_pending') as is_answer_known,
    judged.answered_on,
    judged.last_status_code,
    judged.denial_code,
    judged.remark_code,
    judged.remedy_code,
    judged.win_percent,
    judged.rules as denial_rules,
    judged.patient_amount,
    judged.reduction_amount,
    -- An appeal has a clock of its own, which no policy row tells. A correction has the payer's clock for corrections,
    -- else that of every claim.
    case
        when judged.remedy_code = 'appeal' then cast(null as date)
        when judged.replacement_value = '1 year'
            then make_date(
                year(judged.answered_on) + 1,
                month(judged.answered_on),
                case
                    when month(judged.answered_on) = 2 and day(judged.answered_on) = 29 then 28
                    else day(judged.answered_on)
                end
            )
        when judged.replacement_value is not null then judged.answered_on + judged.replacement_days
        else judged.timely_last_day
    end as correction_last_day,
    case
        when judged.remedy_code = 'appeal' then cast(null as varchar)
        when judged.replacement_value is not null then judged.replacement_policy_id
        else judged.timely_policy_id
    end as correction_policy_id
from line_policy
inner join judged on line_policy.claim_line_id = judged.claim_line_id
