/*
title     = "A correction, void or reversal that does not hold together"
rule      = "R49"
pack      = "core"
severity  = "high"
direction = "documentation"
subject   = "claim_history"
grain     = ["payer_id", "billing_provider_npi", "patient_control_number", "member_id", "date_of_service", "defect"]
marks     = ["patient_control_number"]
finding   = "{defect_text}"
action    = "Send the correction again with the payer's number of the original (REF*F8); settle what the payer still holds or has taken."
rationale = """
A replacement or void that does not name the payer's number of its original is denied or paid beside it. A claim that was
decided on and is sent again as an original is a duplicate to the payer. Money that comes after a void is not the
practice's; money that was taken back and never paid again may be. Dollars are what the whole chain of versions was paid,
reversals subtracted.
"""
traps     = [
    "payers change their own numbers of a claim",
    "a payer's replacement may change single lines only",
]
reference = "Rule R49. X12 RFI 1538; Medi-Cal news 31265; denial codes 18, 129, 16 with MA130"
*/
-- A number of one's own may be used for other visits, people and payers: what the payer calls those says nothing here.
with answered_claim as (
    select distinct
        claim_history.payer_id,
        claim_history.billing_provider_npi,
        claim_history.patient_control_number,
        claim_history.member_id,
        claim_history.date_of_service,
        remittance_line.payer_claim_control_number
    from claim_history
    inner join remittance_claim_line on claim_history.claim_id = remittance_claim_line.claim_id
    inner join remittance_line on remittance_claim_line.remittance_line_id = remittance_line.remittance_line_id
),

amendment_number as (
    select
        claim_history.claim_id,
        max(case
            when answered_claim.payer_claim_control_number = claim_history.payer_claim_control_number then 1
            else 0
        end) as is_known,
        count(answered_claim.payer_claim_control_number) as known_count
    from claim_history
    left join answered_claim
        on
            claim_history.payer_id = answered_claim.payer_id
            and claim_history.billing_provider_npi = answered_claim.billing_provider_npi
            and claim_history.patient_control_number = answered_claim.patient_control_number
            and claim_history.member_id = answered_claim.member_id
            and claim_history.date_of_service = answered_claim.date_of_service
    where claim_history.claim_frequency_code in ('7', '8') and claim_history.payer_claim_control_number is not null
    group by claim_history.claim_id
),

earlier_claim as (
    select
        repeat_claim.claim_id,
        max(original.chain_paid_amount) as first_paid_amount
    from claim_history as repeat_claim
    inner join claim_history as original
        on
            repeat_claim.payer_id = original.payer_id
            and repeat_claim.billing_provider_npi = original.billing_provider_npi
            and repeat_claim.patient_control_number = original.patient_control_number
            and repeat_claim.member_id = original.member_id
            and repeat_claim.date_of_service = original.date_of_service
            and (
                original.received_date < repeat_claim.received_date
                or (
                    coalesce(original.received_date = repeat_claim.received_date, true)
                    and original.first_claim_line_id < repeat_claim.first_claim_line_id
                )
            )
    where
        repeat_claim.claim_frequency_code not in ('7', '8')
        -- What was voided, and the void itself, are not current and leave room for a new original; what was corrected is
        -- decided on as well.
        and repeat_claim.is_current
        and original.is_current
        and original.chain_paid_amount is not null
    group by repeat_claim.claim_id
),

-- What was paid twice: no more than either payment, and nothing while one of them is not there.
repeated_claim as (
    select
        claim_history.claim_id,
        greatest(
            least(coalesce(earlier_claim.first_paid_amount, 0), coalesce(claim_history.chain_paid_amount, 0)), 0
        ) as repeated_amount
    from claim_history
    inner join earlier_claim on claim_history.claim_id = earlier_claim.claim_id
),

-- A chain is told about once, on its last version.
last_version as (
    select
        claim_id,
        claim_frequency_code,
        received_date,
        chain_paid_amount,
        chain_received_amount,
        last_paid_date,
        is_reversed_only
    from claim_history
    where version_number = version_count
),

defective as (
    select
        claim_id,
        'no_original_number' as defect,
        'C1' as certainty,
        'documentation' as direction,
        cast(0 as decimal(12, 2)) as exposure_amount
    from claim_history
    where
        claim_frequency_code in ('7', '8')
        and payer_claim_control_number is null
        and file_id in (select telling_file.file_id from telling_file)
    union all
    select
        claim_history.claim_id,
        'unknown_original' as defect,
        -- The original may be older than what was loaded.
        case when amendment_number.known_count > 0 then 'C1' else 'C4' end as certainty,
        'documentation' as direction,
        cast(0 as decimal(12, 2)) as exposure_amount
    from claim_history
    inner join amendment_number on claim_history.claim_id = amendment_number.claim_id
    where
        claim_history.basis_code <> 'payer_number'
        and (
            claim_history.basis_code = 'orphan'
            or (amendment_number.known_count > 0 and amendment_number.is_known = 0)
        )
    union all
    select
        claim_id,
        'repeat_of_decided_claim' as defect,
        'C1' as certainty,
        case when repeated_amount > 0 then 'overpayment' else 'documentation' end as direction,
        repeated_amount as exposure_amount
    from repeated_claim
    union all
    select
        claim_id,
        'payment_after_void' as defect,
        'C1' as certainty,
        'overpayment' as direction,
        chain_paid_amount as exposure_amount
    from last_version
    where claim_frequency_code = '8' and chain_paid_amount > 0 and last_paid_date > received_date
    union all
    select
        claim_id,
        'reversal_without_reissue' as defect,
        'C1' as certainty,
        'underpayment' as direction,
        chain_received_amount as exposure_amount
    from last_version
    where claim_frequency_code <> '8' and is_reversed_only and chain_paid_amount <= 0
),

told as (
    select
        claim_history.payer_id,
        claim_history.billing_provider_npi,
        claim_history.patient_control_number,
        claim_history.member_id,
        claim_history.rendering_provider_npi,
        claim_history.date_of_service,
        claim_history.claim_id,
        claim_history.first_claim_line_id,
        claim_history.version_count,
        claim_history.chain_paid_amount,
        defective.defect,
        defective.certainty,
        defective.direction,
        defective.exposure_amount
    from defective
    inner join claim_history on defective.claim_id = claim_history.claim_id
    -- Several versions with one fault are one finding, about the last of them.
    qualify
        row_number() over (
            partition by
                claim_history.payer_id, claim_history.billing_provider_npi, claim_history.patient_control_number,
                claim_history.member_id, claim_history.date_of_service, defective.defect
            order by claim_history.version_number desc, claim_history.first_claim_line_id desc
        ) = 1
)

select
    told.payer_id,
    told.billing_provider_npi,
    told.patient_control_number,
    told.member_id,
    told.rendering_provider_npi,
    told.date_of_service,
    told.defect,
    told.certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    told.direction,
    case when told.direction = 'documentation' then 'medium' else 'high' end as severity,
    told.exposure_amount,
    case told.defect
        when 'no_original_number' then 'A replacement or void does not name the payer''s number of its original.'
        when 'unknown_original' then 'A replacement or void names an original that is not known.'
        when 'repeat_of_decided_claim' then 'A claim that was decided on was sent again as an original.'
        when 'payment_after_void' then 'Money came for a claim after it was voided, and was not taken back.'
        else 'A payment was taken back and the claim was not paid again.'
    end as defect_text,
    told.version_count,
    told.chain_paid_amount,
    string_agg(concat(
        cast(claim_line.claim_line_id as varchar), ':',
        cast(cast(
            case when claim_line.claim_line_id = told.first_claim_line_id then told.exposure_amount else 0 end
            as decimal(12, 2)
        ) as varchar)
    ), ';') as claim_lines
from told
inner join claim_line on told.claim_id = claim_line.claim_id
group by
    told.payer_id, told.billing_provider_npi, told.patient_control_number, told.member_id,
    told.rendering_provider_npi, told.date_of_service, told.defect, told.certainty, told.direction,
    told.exposure_amount, told.version_count, told.chain_paid_amount
