/*
grain   = ["kind_code", "payer_id", "setting", "date_of_service"]
comment = "Which edition of each published table speaks of a payer, setting and day that was billed."
scope   = "history"
rows_of = "day"
*/
-- The edition whose dates cover the day; else the shipped one stands in, and says so. Among several, that of the payer's
-- own program, then a loaded one, then the newest. Of lines as they were delivered, since what a line is worth comes
-- before what counts.
with billed as (
    select distinct
        claim_line.payer_id,
        coalesce(place_of_service.setting, 'office') as setting,
        claim_line.date_of_service,
        payer.program
    from claim_line
    left join place_of_service on claim_line.place_of_service_code = place_of_service.place_of_service_code
    left join payer on claim_line.payer_id = payer.payer_id
),

candidate as (
    select
        reference_edition.kind_code,
        billed.payer_id,
        billed.setting,
        billed.date_of_service,
        reference_edition.edition_id,
        reference_edition.valid_from <= billed.date_of_service
        and coalesce(reference_edition.valid_to, cast('9999-12-31' as date)) >= billed.date_of_service as is_covered,
        reference_edition.is_shipped,
        coalesce(reference_edition.program = billed.program, false) as is_own_program,
        reference_edition.valid_from
    from billed
    inner join reference_edition
        on
            (
                reference_edition.program is null
                or reference_edition.program = 'medicare'
                or reference_edition.program = billed.program
            )
            and (
                reference_edition.setting is null
                or reference_edition.setting = case
                    when billed.setting in ('outpatient_hospital', 'partial_hospital') then 'outpatient_hospital'
                    else 'practitioner'
                end
            )
)

select
    kind_code,
    payer_id,
    setting,
    date_of_service,
    edition_id,
    is_covered as is_edition_of_the_day
from candidate
where is_covered or is_shipped
qualify
    row_number() over (
        partition by kind_code, payer_id, setting, date_of_service
        order by
            case when is_covered then 0 else 1 end,
            case when is_own_program then 0 else 1 end,
            case when is_shipped then 1 else 0 end,
            valid_from desc,
            edition_id asc
    ) = 1
