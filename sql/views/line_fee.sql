/*
grain   = ["claim_line_id"]
comment = "What one unit of the code of a line is worth: by the contract for its modifiers, place, licence and day, else the median allowed, else the national fee."
date    = "date_of_service"
*/
with agreed as (
    select
        claim_line.claim_line_id,
        claim_line.date_of_service,
        contract_fee.fee_amount,
        contract_fee.taxonomy_code is not null as is_fee_of_licence
    from claim_line
    inner join contract_fee
        on
            claim_line.payer_id = contract_fee.payer_id
            and claim_line.procedure_code = contract_fee.procedure_code
    left join reference_edition on contract_fee.edition_id = reference_edition.edition_id
    where
        (
            contract_fee.modifier_code is null
            or contract_fee.modifier_code = claim_line.modifier_1
            or contract_fee.modifier_code = claim_line.modifier_2
            or contract_fee.modifier_code = claim_line.modifier_3
            or contract_fee.modifier_code = claim_line.modifier_4
        )
        and (
            contract_fee.place_of_service_code is null
            or contract_fee.place_of_service_code = claim_line.place_of_service_code
        )
        and (
            contract_fee.taxonomy_code is null
            or contract_fee.taxonomy_code = claim_line.rendering_taxonomy_code
        )
        and coalesce(contract_fee.eff_from, reference_edition.valid_from, cast('0001-01-01' as date))
        <= claim_line.date_of_service
        and coalesce(contract_fee.eff_to, reference_edition.valid_to, cast('9999-12-31' as date))
        >= claim_line.date_of_service
    -- The most specific row; of two that are alike in that, the newest, and of two of one day the lower fee.
    qualify
        row_number() over (
            partition by claim_line.claim_line_id, claim_line.date_of_service
            order by
                case when contract_fee.modifier_code is null then 0 else 1 end
                + case when contract_fee.place_of_service_code is null then 0 else 1 end
                + case when contract_fee.taxonomy_code is null then 0 else 1 end desc,
                case when contract_fee.modifier_code is null then 1 else 0 end,
                case when contract_fee.taxonomy_code is null then 1 else 0 end,
                coalesce(contract_fee.eff_from, reference_edition.valid_from) desc nulls last,
                reference_edition.valid_from desc nulls last,
                contract_fee.fee_amount asc
        ) = 1
),

licensed as (
    select
        claim_line.claim_line_id,
        claim_line.date_of_service,
        min(licence_share.fee_percent) as fee_percent
    from claim_line
    inner join payer on claim_line.payer_id = payer.payer_id
    inner join licence_share
        on
            payer.program = licence_share.program
            and claim_line.rendering_taxonomy_code = licence_share.taxonomy_code
    where
        coalesce(licence_share.eff_from, cast('0001-01-01' as date)) <= claim_line.date_of_service
        and coalesce(licence_share.eff_to, cast('9999-12-31' as date)) >= claim_line.date_of_service
    group by claim_line.claim_line_id, claim_line.date_of_service
),

-- One price a code and period: lines must not multiply, whatever an edition holds.
listed as (
    select
        edition_id,
        procedure_code,
        coalesce(eff_from, cast('0001-01-01' as date)) as eff_from,
        coalesce(eff_to, cast('9999-12-31' as date)) as eff_to,
        max(fee_amount) as fee_amount,
        max(facility_fee_amount) as facility_fee_amount
    from fee
    group by edition_id, procedure_code, eff_from, eff_to
),

priced as (
    select
        claim_line.claim_line_id,
        claim_line.payer_id,
        claim_line.date_of_service,
        agreed.fee_amount as agreed_amount,
        expected_fee.median_unit_amount,
        coalesce(licensed.fee_percent, 100) as licence_percent,
        -- A fee that was agreed for the licence has its share in it.
        case when agreed.is_fee_of_licence then 100 else coalesce(licensed.fee_percent, 100) end as contract_percent,
        case
            when place_of_service.is_facility and listed.facility_fee_amount > 0 then listed.facility_fee_amount
            when listed.fee_amount > 0 then listed.fee_amount
        end as listed_amount
    from claim_line
    left join agreed
        on
            claim_line.claim_line_id = agreed.claim_line_id
            and claim_line.date_of_service = agreed.date_of_service
    left join licensed
        on
            claim_line.claim_line_id = licensed.claim_line_id
            and claim_line.date_of_service = licensed.date_of_service
    left join expected_fee
        on
            claim_line.payer_id = expected_fee.payer_id
            and claim_line.procedure_code = expected_fee.procedure_code
            and year(claim_line.date_of_service) = expected_fee.service_year
            and quarter(claim_line.date_of_service) = expected_fee.service_quarter
    left join fee_edition
        on
            claim_line.payer_id = fee_edition.payer_id
            and claim_line.date_of_service = fee_edition.date_of_service
    left join listed
        on
            fee_edition.edition_id = listed.edition_id
            and claim_line.procedure_code = listed.procedure_code
            and listed.eff_from <= claim_line.date_of_service
            and listed.eff_to >= claim_line.date_of_service
    left join place_of_service on claim_line.place_of_service_code = place_of_service.place_of_service_code
),

shared as (
    select
        claim_line_id,
        payer_id,
        date_of_service,
        median_unit_amount,
        licence_percent,
        cast(round(agreed_amount * contract_percent * 0.01, 2) as decimal(12, 2)) as contract_unit_amount,
        cast(round(listed_amount * licence_percent * 0.01, 2) as decimal(12, 2)) as national_unit_amount
    from priced
)

select
    claim_line_id,
    payer_id,
    date_of_service,
    licence_percent,
    contract_unit_amount,
    median_unit_amount,
    national_unit_amount,
    coalesce(contract_unit_amount, median_unit_amount, national_unit_amount) as unit_amount,
    case
        when contract_unit_amount is not null then 'contract'
        when median_unit_amount is not null then 'median_allowed'
        when national_unit_amount is not null then 'national_fee'
    end as fee_basis
from shared
