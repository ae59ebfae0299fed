/*
grain   = ["payer_id", "procedure_code", "service_year", "service_quarter"]
comment = "What one unit of a code is worth at a payer in a quarter: its contract fee, else the median allowed, else the national fee."
scope   = "history"
rows_of = "quarter"
*/
-- For a code that a line might have had. What its own code is worth, with its modifiers, place and licence, is in line_fee.
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
        claim_line.date_of_service,
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
    select
        counted_line.payer_id,
        counted_line.service_year,
        counted_line.service_quarter,
        fee_edition.edition_id,
        max(counted_line.date_of_service) as last_date_of_service
    from counted_line
    left join fee_edition
        on
            counted_line.payer_id = fee_edition.payer_id
            and counted_line.date_of_service = fee_edition.date_of_service
    group by
        counted_line.payer_id, counted_line.service_year, counted_line.service_quarter, fee_edition.edition_id
),

-- Only codes that the audit may put in the place of another: a whole fee schedule for each payer and quarter is many.
listed as (
    select
        payer_quarter.payer_id,
        fee.procedure_code,
        payer_quarter.service_year,
        payer_quarter.service_quarter,
        max(fee.fee_amount) as unit_amount
    from payer_quarter
    inner join fee on payer_quarter.edition_id = fee.edition_id
    inner join procedure_code on fee.procedure_code = procedure_code.procedure_code
    where
        -- A code without a price in the schedule is not worth nothing.
        fee.fee_amount > 0
        and coalesce(fee.eff_from, cast('0001-01-01' as date))
        <= make_date(payer_quarter.service_year, payer_quarter.service_quarter * 3, 28)
        and coalesce(fee.eff_to, cast('9999-12-31' as date))
        >= make_date(payer_quarter.service_year, payer_quarter.service_quarter * 3 - 2, 1)
    group by
        payer_quarter.payer_id, fee.procedure_code, payer_quarter.service_year, payer_quarter.service_quarter
),

-- The fee for everybody: those of one modifier, place or licence belong to the lines that have it.
agreed as (
    select
        payer_quarter.payer_id,
        contract_fee.procedure_code,
        payer_quarter.service_year,
        payer_quarter.service_quarter,
        contract_fee.fee_amount as unit_amount
    from payer_quarter
    inner join contract_fee on payer_quarter.payer_id = contract_fee.payer_id
    left join reference_edition on contract_fee.edition_id = reference_edition.edition_id
    where
        contract_fee.modifier_code is null
        and contract_fee.place_of_service_code is null
        and contract_fee.taxonomy_code is null
        and coalesce(contract_fee.eff_from, reference_edition.valid_from, cast('0001-01-01' as date))
        <= payer_quarter.last_date_of_service
        and coalesce(contract_fee.eff_to, reference_edition.valid_to, cast('9999-12-31' as date))
        >= make_date(payer_quarter.service_year, payer_quarter.service_quarter * 3 - 2, 1)
    qualify
        row_number() over (
            partition by
                payer_quarter.payer_id, contract_fee.procedure_code, payer_quarter.service_year,
                payer_quarter.service_quarter
            order by
                coalesce(contract_fee.eff_from, reference_edition.valid_from) desc nulls last,
                reference_edition.valid_from desc nulls last,
                contract_fee.edition_id desc,
                contract_fee.fee_amount asc
        ) = 1
),

priced_code as (
    select
        payer_id,
        procedure_code,
        service_year,
        service_quarter,
        unit_amount as contract_amount,
        cast(null as decimal(12, 2)) as median_amount,
        cast(null as decimal(12, 2)) as national_amount
    from agreed
    union all
    select
        payer_id,
        procedure_code,
        service_year,
        service_quarter,
        cast(null as decimal(12, 2)) as contract_amount,
        unit_amount as median_amount,
        cast(null as decimal(12, 2)) as national_amount
    from observed
    union all
    select
        payer_id,
        procedure_code,
        service_year,
        service_quarter,
        cast(null as decimal(12, 2)) as contract_amount,
        cast(null as decimal(12, 2)) as median_amount,
        unit_amount as national_amount
    from listed
)

select
    payer_id,
    procedure_code,
    service_year,
    service_quarter,
    coalesce(max(contract_amount), max(median_amount), max(national_amount)) as unit_amount,
    case
        when max(contract_amount) is not null then 'contract'
        when max(median_amount) is not null then 'median_allowed'
        else 'national_fee'
    end as fee_basis,
    max(median_amount) as median_unit_amount
from priced_code
group by payer_id, procedure_code, service_year, service_quarter
