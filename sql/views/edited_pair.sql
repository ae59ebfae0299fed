/*
grain   = ["column_one_line_id", "column_two_line_id"]
comment = "Two lines of one person, day, clinician and payer that the national pair table in force names: it pays column one, and column two never or only with a modifier."
*/
select
    column_one.claim_line_id as column_one_line_id,
    column_two.claim_line_id as column_two_line_id,
    column_one.payer_id,
    column_one.member_id,
    column_one.rendering_provider_npi,
    column_one.date_of_service,
    column_one.procedure_code as column_one_code,
    column_two.procedure_code as column_two_code,
    column_one.procedure_class as column_one_class,
    column_two.procedure_class as column_two_class,
    pair_edit.modifier_indicator,
    pair_edit.edition_id,
    column_one.is_pair_edition_of_the_day,
    column_one.has_distinct_modifier as is_column_one_marked,
    column_two.has_distinct_modifier as is_column_two_marked,
    column_two.has_separate_visit_modifier as is_column_two_separate_visit,
    -- What the payer denied was not paid together with the other.
    column_one.is_denied and column_two.is_denied as is_pair_denied,
    case when column_one.is_denied then cast(0 as decimal(12, 2)) else column_two.at_risk_amount end
        as pair_amount,
    -- A code that the audit does not know has no policy of its own: that of the other speaks.
    coalesce(column_two.payer_ncci_edits, column_one.payer_ncci_edits) as payer_ncci_edits,
    coalesce(column_two.payer_ncci_policy_id, column_one.payer_ncci_policy_id) as payer_ncci_policy_id
from ncci_line as column_one
inner join ncci_line as column_two
    on
        column_one.payer_id = column_two.payer_id
        and column_one.member_id = column_two.member_id
        and column_one.rendering_provider_npi = column_two.rendering_provider_npi
        and column_one.date_of_service = column_two.date_of_service
        and column_one.pair_edition_id = column_two.pair_edition_id
inner join pair_edit
    on
        column_one.pair_edition_id = pair_edit.edition_id
        and column_one.procedure_code = pair_edit.column_one_code
        and column_two.procedure_code = pair_edit.column_two_code
        and column_one.date_of_service between pair_edit.eff_from and pair_edit.eff_to
-- The shipped rows name therapy codes only; a loaded table names all of medicine, which is not looked at here.
where column_one.procedure_class <> 'other' or column_two.procedure_class <> 'other'
-- One entry a pair of lines, though an edition may list two periods that touch.
qualify
    row_number() over (
        partition by column_one.claim_line_id, column_two.claim_line_id
        order by pair_edit.eff_from desc
    ) = 1
