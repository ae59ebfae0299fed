/*
grain   = ["claim_line_id"]
comment = "Units that lines took of the authorization they name, up to and with each line, over all months."
scope   = "history"
rows_of = "line"
*/
-- What the payer refused takes no units.
with remitted as (
    select
        remittance_claim_line.claim_line_id,
        sum(remittance_line.paid_amount) as paid_amount
    from remittance_claim_line
    inner join remittance_line on remittance_claim_line.remittance_line_id = remittance_line.remittance_line_id
    where remittance_claim_line.claim_line_id is not null
    group by remittance_claim_line.claim_line_id
),

authorized as (
    select
        member_id,
        payer_id,
        prior_authorization_number,
        procedure_code,
        -- Side by side editions may tell one authorization twice.
        max(authorized_units) as authorized_units,
        count(*) - count(authorized_units) as open_count
    from service_authorization
    group by member_id, payer_id, prior_authorization_number, procedure_code
),

-- An authorization of one code goes before one of all codes.
authorized_line as (
    select
        claim_line.claim_line_id,
        claim_line.payer_id,
        claim_line.member_id,
        claim_line.prior_authorization_number,
        claim_line.billing_provider_npi,
        claim_line.patient_control_number,
        claim_line.claim_line_number,
        claim_line.date_of_service,
        authorized.procedure_code,
        case when authorized.open_count = 0 then authorized.authorized_units end as authorized_units,
        case when coalesce(remitted.paid_amount, claim_line.paid_amount) <= 0 then 0 else claim_line.service_units end
            as taken_units
    from claim_line
    inner join authorized
        on
            claim_line.member_id = authorized.member_id
            and claim_line.payer_id = authorized.payer_id
            and claim_line.prior_authorization_number = authorized.prior_authorization_number
            and (authorized.procedure_code is null or claim_line.procedure_code = authorized.procedure_code)
    left join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
    left join remitted on claim_line.claim_line_id = remitted.claim_line_id
    where superseded_line.claim_line_id is null
    qualify
        row_number() over (
            partition by claim_line.claim_line_id
            order by case when authorized.procedure_code is null then 1 else 0 end
        ) = 1
)

select
    claim_line_id,
    authorized_units,
    cast(sum(taken_units) over (
        partition by member_id, payer_id, prior_authorization_number, procedure_code
        order by
            date_of_service, billing_provider_npi, patient_control_number, claim_line_number, claim_line_id
    ) as decimal(12, 3)) as used_units
from authorized_line
