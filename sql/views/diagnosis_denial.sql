/*
grain   = ["claim_line_id"]
comment = "Lines of which a payer said, in an adjustment or a remark, that it does not pay for their diagnosis."
date    = "date_of_service"
*/
with diagnosis_reason as (
    select
        code_kind,
        reason_code
    from denial_rule
    where concat(';', rules, ';') like '%;R29;%'
),

told as (
    select
        remittance_adjustment.remittance_line_id,
        diagnosis_reason.reason_code
    from remittance_adjustment
    inner join diagnosis_reason
        on
            diagnosis_reason.code_kind = 'carc'
            and remittance_adjustment.adjustment_reason_code = diagnosis_reason.reason_code
    union all
    select
        remittance_line.remittance_line_id,
        diagnosis_reason.reason_code
    from remittance_line
    inner join diagnosis_reason
        on
            diagnosis_reason.code_kind = 'rarc'
            and concat(
                ';', coalesce(remittance_line.remark_codes, ''), ';', coalesce(remittance_line.claim_remark_codes, ''),
                ';'
            ) like concat('%;', diagnosis_reason.reason_code, ';%')
)

select
    claim_line.claim_line_id,
    min(claim_line.date_of_service) as date_of_service,
    min(told.reason_code) as reason_code
from told
inner join remittance_claim_line on told.remittance_line_id = remittance_claim_line.remittance_line_id
left join superseded_line on remittance_claim_line.claim_line_id = superseded_line.claim_line_id
inner join claim_line
    on
        coalesce(superseded_line.superseded_by_claim_line_id, remittance_claim_line.claim_line_id)
        = claim_line.claim_line_id
group by claim_line.claim_line_id
