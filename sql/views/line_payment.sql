/*
grain   = ["claim_line_id"]
comment = "What remittances say was paid for a line: its own payments, reversals and those for the lines whose place it took."
date    = "date_of_service"
*/
-- Where the payer does not say what it allows, that is what it paid, what it left to the patient and what sequestration took.
-- What it denied and left to the patient was not allowed.
with allowed_share as (
    select
        remittance_adjustment.remittance_line_id,
        sum(remittance_adjustment.adjustment_amount) as share_amount
    from remittance_adjustment
    left join denial_rule
        on
            denial_rule.code_kind = 'carc'
            and remittance_adjustment.adjustment_reason_code = denial_rule.reason_code
    where
        remittance_adjustment.level_code = 'line'
        and (
            (remittance_adjustment.group_code = 'PR' and coalesce(denial_rule.class_code, '') <> 'denial')
            or denial_rule.class_code = 'sequestration'
        )
    group by remittance_adjustment.remittance_line_id
),

-- A claim that was denied as a whole, without its services, was denied line by line.
answered_line as (
    select
        remittance_line_id,
        claim_line_id
    from remittance_claim_line
    where claim_line_id is not null
    union all
    select
        remittance_claim_line.remittance_line_id,
        claim_line.claim_line_id
    from remittance_claim_line
    inner join remittance_line on remittance_claim_line.remittance_line_id = remittance_line.remittance_line_id
    inner join claim_line on remittance_claim_line.claim_id = claim_line.claim_id
    where
        remittance_claim_line.claim_line_id is null
        and remittance_claim_line.basis_code = 'claim_only'
        and remittance_line.paid_amount = 0
),

paid_service as (
    select
        coalesce(superseded_line.superseded_by_claim_line_id, answered_line.claim_line_id) as claim_line_id,
        superseded_line.claim_line_id is null as is_of_the_version,
        remittance_line.remittance_line_id,
        remittance_line.claim_status_code,
        remittance_line.paid_amount,
        case
            when remittance_line.allowed_amount is not null then remittance_line.allowed_amount
            when remittance_line.paid_amount + coalesce(allowed_share.share_amount, 0) <> 0
                then remittance_line.paid_amount + coalesce(allowed_share.share_amount, 0)
        end as allowed_amount,
        remittance.payment_date,
        row_number() over (
            partition by coalesce(superseded_line.superseded_by_claim_line_id, answered_line.claim_line_id)
            order by
                case when remittance_line.claim_status_code = '22' then 1 else 0 end,
                remittance.payment_date desc nulls last,
                remittance_line.remittance_line_id desc
        ) as recency
    from answered_line
    inner join remittance_line on answered_line.remittance_line_id = remittance_line.remittance_line_id
    inner join remittance on remittance_line.remittance_id = remittance.remittance_id
    left join allowed_share on remittance_line.remittance_line_id = allowed_share.remittance_line_id
    left join superseded_line on answered_line.claim_line_id = superseded_line.claim_line_id
)

select
    paid_service.claim_line_id,
    min(claim_line.claim_id) as claim_id,
    min(claim_line.date_of_service) as date_of_service,
    cast(sum(paid_service.paid_amount) as decimal(12, 2)) as paid_amount,
    max(case
        when paid_service.recency = 1 and paid_service.claim_status_code <> '22' then paid_service.allowed_amount
    end) as allowed_amount,
    max(case when paid_service.recency = 1 then paid_service.claim_status_code end) as last_status_code,
    -- What the payer said of an earlier version is no answer to the correction.
    max(case
        when
            paid_service.recency = 1
            and paid_service.claim_status_code <> '22'
            and paid_service.is_of_the_version
            then paid_service.remittance_line_id
    end) as answer_line_id,
    max(paid_service.payment_date) as last_payment_date,
    count(*) as payment_count,
    sum(case when paid_service.claim_status_code = '22' then 1 else 0 end) as reversal_count
from paid_service
inner join claim_line on paid_service.claim_line_id = claim_line.claim_line_id
group by paid_service.claim_line_id
