/*
grain   = ["payer_id", "date_of_service"]
comment = "Which edition of the national fee schedule speaks of a payer and day that was billed."
scope   = "history"
*/
-- As edition_in_force picks, but from the claim lines as they were delivered: what a line is worth comes before what counts.
with billed as (
    select distinct
        claim_line.payer_id,
        claim_line.date_of_service,
        payer.program
    from claim_line
    left join payer on claim_line.payer_id = payer.payer_id
),

candidate as (
    select
        billed.payer_id,
        billed.date_of_service,
        reference_edition.edition_id,
        reference_edition.valid_from,
        reference_edition.is_shipped,
        reference_edition.valid_from <= billed.date_of_service
        and coalesce(reference_edition.valid_to, cast('9999-12-31' as date)) >= billed.date_of_service as is_covered,
        coalesce(reference_edition.program = billed.program, false) as is_own_program
    from billed
    inner join reference_edition
        on
            reference_edition.kind_code = 'pfs'
            and (
                reference_edition.program is null
                or reference_edition.program = 'medicare'
                or reference_edition.program = billed.program
            )
)

select
    payer_id,
    date_of_service,
    edition_id,
    is_covered as is_edition_of_the_day
from candidate
where is_covered or is_shipped
qualify
    row_number() over (
        partition by payer_id, date_of_service
        order by
            case when is_covered then 0 else 1 end,
            case when is_own_program then 0 else 1 end,
            case when is_shipped then 1 else 0 end,
            valid_from desc,
            edition_id asc
    ) = 1
