/*
grain   = ["column_one_line_id", "column_two_line_id"]
comment = "Pairs of lines that the national pair table does not pay as they were billed: codes that are never paid together, and a visit with a group that no modifier sets apart."
*/
-- A visit and its therapy add-on are one encounter: a modifier of the add-on sets both apart.
with marked_encounter as (
    select distinct
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service
    from ncci_line
    where procedure_class = 'individual_add_on' and has_distinct_modifier
),

judged as (
    select
        edited_pair.column_one_line_id,
        edited_pair.column_two_line_id,
        edited_pair.payer_id,
        edited_pair.member_id,
        edited_pair.rendering_provider_npi,
        edited_pair.date_of_service,
        edited_pair.column_one_code,
        edited_pair.column_two_code,
        edited_pair.edition_id,
        edited_pair.is_pair_edition_of_the_day,
        edited_pair.payer_ncci_edits,
        edited_pair.payer_ncci_policy_id,
        edited_pair.pair_amount,
        case
            when edited_pair.modifier_indicator = 0 then 'never_together'
            when
                edited_pair.column_one_class = 'group'
                and edited_pair.column_two_class = 'visit'
                and not edited_pair.is_column_one_marked
                and not edited_pair.is_column_two_marked
                and not edited_pair.is_column_two_separate_visit
                and marked_encounter.payer_id is null
                then 'unmarked_visit'
        end as problem
    from edited_pair
    left join marked_encounter
        on
            edited_pair.payer_id = marked_encounter.payer_id
            and edited_pair.member_id = marked_encounter.member_id
            and edited_pair.rendering_provider_npi = marked_encounter.rendering_provider_npi
            and edited_pair.date_of_service = marked_encounter.date_of_service
    where not edited_pair.is_pair_denied and coalesce(edited_pair.payer_ncci_edits, 'apply') <> 'ignore'
)

select
    problem,
    column_one_line_id,
    column_two_line_id,
    payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    column_one_code,
    column_two_code,
    edition_id,
    is_pair_edition_of_the_day,
    payer_ncci_edits,
    payer_ncci_policy_id,
    pair_amount
from judged
where problem is not null
