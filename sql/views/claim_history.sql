/*
grain   = ["claim_id"]
comment = "Each version of each claim, with its place in its chain and the cash of the chain: payments less reversals."
date    = "date_of_service"
*/
with chain_cash as (
    select
        coalesce(claim_version.chain_id, remittance_claim_line.claim_id) as chain_id,
        sum(remittance_line.paid_amount) as paid_amount,
        sum(case when remittance_line.paid_amount > 0 then remittance_line.paid_amount else 0 end) as received_amount,
        sum(case when remittance_line.claim_status_code = '22' then 1 else 0 end) as reversal_count,
        max(case when remittance_line.paid_amount > 0 then remittance.payment_date end) as last_paid_date,
        max(case when remittance_line.claim_status_code = '22' then remittance.payment_date end) as last_reversal_date,
        max(case when remittance_line.claim_status_code <> '22' then remittance.payment_date end) as last_answer_date
    from remittance_claim_line
    inner join remittance_line on remittance_claim_line.remittance_line_id = remittance_line.remittance_line_id
    inner join remittance on remittance_line.remittance_id = remittance.remittance_id
    left join claim_version on remittance_claim_line.claim_id = claim_version.claim_id
    where remittance_claim_line.claim_id is not null
    group by coalesce(claim_version.chain_id, remittance_claim_line.claim_id)
),

claim_total as (
    select
        claim_line.claim_id,
        min(claim_line.claim_line_id) as first_claim_line_id,
        count(*) as line_count,
        sum(claim_line.charge_amount) as charge_amount,
        sum(claim_line.paid_amount) as delivered_paid_amount,
        min(claim_line.rendering_provider_npi) as rendering_provider_npi,
        min(claim_line.date_of_service) as date_of_service,
        count(superseded_line.claim_line_id) as superseded_count
    from claim_line
    left join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
    group by claim_line.claim_id
)

select
    claim.claim_id,
    claim.file_id,
    claim.payer_id,
    claim.billing_provider_npi,
    claim.patient_control_number,
    claim.member_id,
    claim.claim_frequency_code,
    claim.payer_claim_control_number,
    claim.received_date,
    claim_total.rendering_provider_npi,
    claim_total.date_of_service,
    claim_total.first_claim_line_id,
    claim_total.line_count,
    claim_total.charge_amount,
    claim_total.superseded_count < claim_total.line_count as is_current,
    coalesce(claim_version.chain_id, claim.claim_id) as chain_id,
    coalesce(claim_version.version_number, 1) as version_number,
    coalesce(claim_version.version_count, 1) as version_count,
    coalesce(claim_version.basis_code, 'original') as basis_code,
    chain_cash.chain_id is not null as is_adjudicated,
    cast(coalesce(chain_cash.paid_amount, claim_total.delivered_paid_amount) as decimal(12, 2)) as chain_paid_amount,
    cast(coalesce(chain_cash.received_amount, 0) as decimal(12, 2)) as chain_received_amount,
    coalesce(chain_cash.reversal_count, 0) as reversal_count,
    chain_cash.last_paid_date,
    -- A correction comes in the same payment as its reversal, or later.
    coalesce(chain_cash.last_reversal_date > chain_cash.last_answer_date, false) as is_reversed_only
from claim
inner join claim_total on claim.claim_id = claim_total.claim_id
left join claim_version on claim.claim_id = claim_version.claim_id
left join chain_cash on coalesce(claim_version.chain_id, claim.claim_id) = chain_cash.chain_id
