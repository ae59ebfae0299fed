/*
grain   = ["payer_id", "procedure_code", "service_year", "service_quarter"]
comment = "What one unit of a code is worth at a payer in a quarter: the median allowed there, else the national fee."
scope   = "history"
*/
with remitted as (
    select
        remittance_claim_line.claim_line_id,
        max(remittance_line.allowed_amount) as allowed_amount
    from remittance_claim_line
    inner join remittance_line on remittance_claim_line.remittance_line_id = remittance_line.remittance_line_id
    where remittance_line.allowed_amount > 0 and remittance_claim_line.claim_line_id is not null
    group by remittance_claim_line.claim_line_id
),

counted_line as (
    select
        claim_line.payer_id,
        claim_line.procedure_code,
        claim_line.service_units,
        coalesce(remitted.allowed_amount, claim_line.allowed_amount) as allowed_amount,
        year(claim_line.date_of_service) as service_year,
        quarter(claim_line.date_of_service) as service_quarter
    from claim_line
    left join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
    left join remitted on claim_line.claim_line_id = remitted.claim_line_id
    where superseded_line.claim_line_id is null
),

observed as (
    select
        payer_id,
        procedure_code,
        service_year,
        service_quarter,
        -- In whole cents: the median of two of them ends in .5 exactly, and is rounded alike on every engine.
        cast(cast(round(median(
            round(cast(allowed_amount * 100 as double) / cast(service_units as double))
        )) as bigint) * 0.01 as decimal(12, 2)) as unit_amount
    from counted_line
    where allowed_amount > 0
    group by payer_id, procedure_code, service_year, service_quarter
),

payer_quarter as (
    select distinct
        payer_id,
        service_year,
        service_quarter
    from counted_line
),

listed as (
    select
        payer_quarter.payer_id,
        fee.procedure_code,
        payer_quarter.service_year,
        payer_quarter.service_quarter,
        max(fee.fee_amount) as unit_amount
    from payer_quarter
    inner join fee
        on
            coalesce(fee.eff_from, cast('0001-01-01' as date))
            <= make_date(payer_quarter.service_year, payer_quarter.service_quarter * 3, 28)
            and coalesce(fee.eff_to, cast('9999-12-31' as date))
            >= make_date(payer_quarter.service_year, payer_quarter.service_quarter * 3 - 2, 1)
    group by
        payer_quarter.payer_id, fee.procedure_code, payer_quarter.service_year, payer_quarter.service_quarter
)

select
    coalesce(observed.payer_id, listed.payer_id) as payer_id,
    coalesce(observed.procedure_code, listed.procedure_code) as procedure_code,
    coalesce(observed.service_year, listed.service_year) as service_year,
    coalesce(observed.service_quarter, listed.service_quarter) as service_quarter,
    coalesce(observed.unit_amount, listed.unit_amount) as unit_amount,
    case when observed.unit_amount is not null then 'median_allowed' else 'national_fee' end as fee_basis
from observed
full outer join listed
    on
        observed.payer_id = listed.payer_id
        and observed.procedure_code = listed.procedure_code
        and observed.service_year = listed.service_year
        and observed.service_quarter = listed.service_quarter
