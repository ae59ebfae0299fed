/*
grain     = ["remittance_line_id"]
comment   = "Which claim line each line of a remittance is about, and how that was found; the rows of remittance_claim_line."
stored_as = "remittance_claim_line"
*/
-- By the practice's own number of the claim (CLP01) or the payer's (CLP07), and in the claim by the number of the line, else
-- by code, day and charge. Where no number is known, by person, code, day and charge if only one line is like that.
with paid_service as (
    select
        remittance_line.remittance_line_id,
        remittance_line.remittance_claim_id,
        remittance_line.remittance_line_number,
        remittance_line.patient_control_number,
        remittance_line.payer_claim_control_number,
        remittance_line.line_control_number,
        remittance_line.claim_frequency_code,
        remittance_line.member_id,
        remittance_line.procedure_code,
        coalesce(remittance_line.modifier_1, '') as modifier_1,
        remittance_line.date_of_service,
        remittance_line.claim_status_code,
        abs(remittance_line.charge_amount) as charge_amount,
        remittance.payee_npi,
        remittance.payment_date,
        row_number() over (
            partition by
                remittance_line.remittance_claim_id, remittance_line.procedure_code,
                remittance_line.date_of_service, remittance_line.charge_amount
            order by remittance_line.remittance_line_number
        ) as place
    from remittance_line
    inner join remittance on remittance_line.remittance_id = remittance.remittance_id
),

billed_service as (
    select
        claim_line.claim_line_id,
        claim_line.claim_id,
        claim_line.patient_control_number,
        claim_line.payer_claim_control_number,
        claim_line.line_control_number,
        claim_line.claim_frequency_code,
        claim_line.member_id,
        claim_line.billing_provider_npi,
        claim_line.procedure_code,
        coalesce(claim_line.modifier_1, '') as modifier_1,
        claim_line.date_of_service,
        claim_line.charge_amount,
        claim_line.received_date,
        row_number() over (
            partition by
                claim_line.claim_id, claim_line.procedure_code, claim_line.date_of_service, claim_line.charge_amount
            order by claim_line.claim_line_number
        ) as place,
        count(*) over (partition by claim_line.claim_id) as line_count
    from claim_line
    where claim_line.charge_amount >= 0
),

same_claim as (
    select
        paid_service.remittance_line_id,
        billed_service.claim_line_id
    from paid_service
    inner join billed_service on paid_service.patient_control_number = billed_service.patient_control_number
    union
    select
        paid_service.remittance_line_id,
        billed_service.claim_line_id
    from paid_service
    inner join billed_service
        on paid_service.payer_claim_control_number = billed_service.payer_claim_control_number
    where billed_service.claim_frequency_code = '1'
),

candidate as (
    select
        paid_service.remittance_line_id,
        paid_service.remittance_line_number,
        billed_service.claim_id,
        billed_service.claim_line_id,
        billed_service.line_count,
        billed_service.date_of_service,
        case
            when paid_service.remittance_line_number = 0 then 1
            when paid_service.line_control_number = billed_service.line_control_number then 1
            -- Two numbers of lines that differ are two lines, however alike.
            when paid_service.line_control_number <> billed_service.line_control_number then 9
            when
                paid_service.procedure_code = billed_service.procedure_code
                and paid_service.date_of_service = billed_service.date_of_service
                and paid_service.charge_amount = billed_service.charge_amount
                and paid_service.place = billed_service.place
                then 2
            when
                paid_service.procedure_code = billed_service.procedure_code
                and paid_service.date_of_service = billed_service.date_of_service
                and paid_service.charge_amount = billed_service.charge_amount
                then 3
            when
                paid_service.procedure_code = billed_service.procedure_code
                and paid_service.date_of_service = billed_service.date_of_service
                then 4
            else 9
        end as nearness,
        case
            when paid_service.member_id = billed_service.member_id then 0
            when paid_service.payee_npi = billed_service.billing_provider_npi then 1
            else 2
        end as strangeness,
        case when paid_service.claim_frequency_code = billed_service.claim_frequency_code then 0 else 1 end
            as versioning,
        case when paid_service.modifier_1 = billed_service.modifier_1 then 0 else 1 end as modifying,
        case when billed_service.received_date <= paid_service.payment_date then 0 else 1 end as timing,
        billed_service.received_date,
        paid_service.line_control_number is not null
        and paid_service.line_control_number = billed_service.line_control_number as is_same_line_number
    from same_claim
    inner join paid_service on same_claim.remittance_line_id = paid_service.remittance_line_id
    inner join billed_service on same_claim.claim_line_id = billed_service.claim_line_id
    where
        -- Practices of one billing company may use the same claim numbers.
        paid_service.payee_npi is null
        or paid_service.payee_npi = billed_service.billing_provider_npi
        or paid_service.member_id = billed_service.member_id
),

by_number as (
    select
        remittance_line_id,
        remittance_line_number,
        claim_id,
        claim_line_id,
        line_count,
        date_of_service,
        is_same_line_number
    from candidate
    where nearness < 9
    qualify
        row_number() over (
            partition by remittance_line_id
            order by
                nearness asc, strangeness asc, versioning asc, modifying asc, timing asc,
                received_date desc nulls last, claim_line_id desc
        ) = 1
),

-- Numbers that lead nowhere: what is alike in person (or practice), code, day and charge, if there is but one.
unclaimed as (
    select
        paid_service.remittance_line_id,
        paid_service.procedure_code,
        paid_service.date_of_service,
        paid_service.charge_amount,
        paid_service.member_id,
        paid_service.payee_npi
    from paid_service
    left join by_number on paid_service.remittance_line_id = by_number.remittance_line_id
    where by_number.remittance_line_id is null and paid_service.remittance_line_number > 0
),

alike_service as (
    select
        unclaimed.remittance_line_id,
        billed_service.claim_id,
        billed_service.claim_line_id,
        billed_service.date_of_service
    from unclaimed
    inner join billed_service
        on
            unclaimed.procedure_code = billed_service.procedure_code
            and unclaimed.date_of_service = billed_service.date_of_service
            and unclaimed.charge_amount = billed_service.charge_amount
            and unclaimed.member_id = billed_service.member_id
    union all
    select
        unclaimed.remittance_line_id,
        billed_service.claim_id,
        billed_service.claim_line_id,
        billed_service.date_of_service
    from unclaimed
    inner join billed_service
        on
            unclaimed.procedure_code = billed_service.procedure_code
            and unclaimed.date_of_service = billed_service.date_of_service
            and unclaimed.charge_amount = billed_service.charge_amount
            and unclaimed.payee_npi = billed_service.billing_provider_npi
    where unclaimed.member_id is null
),

by_service as (
    select
        remittance_line_id,
        count(*) as candidate_count,
        min(claim_id) as claim_id,
        min(claim_line_id) as claim_line_id,
        min(date_of_service) as date_of_service
    from alike_service
    group by remittance_line_id
)

select
    paid_service.remittance_line_id,
    paid_service.remittance_claim_id,
    case
        when by_number.remittance_line_id is not null then by_number.claim_id
        when by_service.candidate_count = 1 then by_service.claim_id
    end as claim_id,
    case
        when by_number.remittance_line_number = 0 and by_number.line_count > 1 then null
        when by_number.remittance_line_id is not null then by_number.claim_line_id
        when by_service.candidate_count = 1 then by_service.claim_line_id
    end as claim_line_id,
    case
        when by_number.remittance_line_id is not null then by_number.date_of_service
        when by_service.candidate_count = 1 then by_service.date_of_service
    end as date_of_service,
    case
        when by_number.remittance_line_number = 0 then 'claim_only'
        when by_number.is_same_line_number then 'line_control_number'
        when by_number.remittance_line_id is not null then 'claim_number'
        when by_service.candidate_count = 1 then 'code_date_charge'
        when by_service.candidate_count > 1 then 'ambiguous'
        else 'none'
    end as basis_code
from paid_service
left join by_number on paid_service.remittance_line_id = by_number.remittance_line_id
left join by_service on paid_service.remittance_line_id = by_service.remittance_line_id
