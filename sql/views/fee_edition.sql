/*
grain   = ["payer_id", "date_of_service"]
comment = "Which edition of the national fee schedule speaks of a payer and day that was billed."
scope   = "history"
rows_of = "day"
*/
-- A fee schedule is of all settings.
select distinct
    payer_id,
    date_of_service,
    edition_id,
    is_edition_of_the_day
from edition_in_force
where kind_code = 'pfs'
