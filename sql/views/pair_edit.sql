/*
grain   = ["edition_id", "column_one_code", "column_two_code", "eff_from"]
comment = "The part of the national pair tables that matters here: pairs of which both codes were billed. Each edition has millions of others."
scope   = "history"
rows_of = "edition"
*/
with billed_code as (
    select distinct procedure_code
    from claim_line
)

select
    ncci_pair.edition_id,
    ncci_pair.column_one_code,
    ncci_pair.column_two_code,
    ncci_pair.modifier_indicator,
    coalesce(ncci_pair.eff_from, cast('0001-01-01' as date)) as eff_from,
    coalesce(ncci_pair.eff_to, cast('9999-12-31' as date)) as eff_to
from ncci_pair
inner join billed_code as column_one on ncci_pair.column_one_code = column_one.procedure_code
inner join billed_code as column_two on ncci_pair.column_two_code = column_two.procedure_code
-- Indicator 9: the pair was withdrawn on the day it began.
where ncci_pair.modifier_indicator in (0, 1)
