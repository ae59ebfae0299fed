/*
grain   = ["claim_line_id"]
comment = "What remittances say was paid for a line: its own payments, reversals and those for the lines whose place it took."
date    = "date_of_service"
*/
-- Where the payer does not say what it allows, that is what it paid and what it left to the patient.
with patient_share as (
    select
        remittance_line_id,
        sum(adjustment_amount) as patient_amount
    from remittance_adjustment
    where level_code = 'line' and group_code = 'PR'
    group by remittance_line_id
),

paid_service as (
    select
        coalesce(superseded_line.superseded_by_claim_line_id, remittance_claim_line.claim_line_id) as claim_line_id,
        remittance_line.remittance_line_id,
        remittance_line.claim_status_code,
        remittance_line.paid_amount,
        case
            when remittance_line.allowed_amount is not null then remittance_line.allowed_amount
            when remittance_line.paid_amount + coalesce(patient_share.patient_amount, 0) <> 0
                then remittance_line.paid_amount + coalesce(patient_share.patient_amount, 0)
        end as allowed_amount,
        remittance.payment_date,
        row_number() over (
            partition by coalesce(superseded_line.superseded_by_claim_line_id, remittance_claim_line.claim_line_id)
            order by
                case when remittance_line.claim_status_code = '22' then 1 else 0 end,
                remittance.payment_date desc nulls last,
                remittance_line.remittance_line_id desc
        ) as recency
    from remittance_claim_line
    inner join remittance_line on remittance_claim_line.remittance_line_id = remittance_line.remittance_line_id
    inner join remittance on remittance_line.remittance_id = remittance.remittance_id
    left join patient_share on remittance_line.remittance_line_id = patient_share.remittance_line_id
    left join superseded_line on remittance_claim_line.claim_line_id = superseded_line.claim_line_id
    where remittance_claim_line.claim_line_id is not null
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
    max(paid_service.payment_date) as last_payment_date,
    count(*) as payment_count,
    sum(case when paid_service.claim_status_code = '22' then 1 else 0 end) as reversal_count
from paid_service
inner join claim_line on paid_service.claim_line_id = claim_line.claim_line_id
group by paid_service.claim_line_id
