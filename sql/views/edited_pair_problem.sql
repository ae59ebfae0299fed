/*
grain   = ["problem", "payer_id", "member_id", "rendering_provider_npi", "date_of_service"]
comment = "Pairs of lines that the national pair table does not pay together: codes that are never paid together, and a visit with a group that no modifier sets apart. One row a day and problem, with its lines and their dollars."
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
),

sided as (
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        column_one_line_id as claim_line_id,
        cast(0 as decimal(12, 2)) as line_amount
    from judged
    union all
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        column_two_line_id as claim_line_id,
        pair_amount as line_amount
    from judged
),

-- A line that stands in two pairs is at risk once.
line as (
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        claim_line_id,
        max(line_amount) as line_amount
    from sided
    group by problem, payer_id, member_id, rendering_provider_npi, date_of_service, claim_line_id
),

priced as (
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        sum(line_amount) as exposure_amount,
        string_agg(concat(cast(claim_line_id as varchar), ':', cast(line_amount as varchar)), ';') as claim_lines,
        count(*) as line_count
    from line
    group by problem, payer_id, member_id, rendering_provider_npi, date_of_service
),

-- The sentence names one pair, the first by its codes. Pairs without a problem fall out where both sides are joined.
told as (
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        column_one_code,
        column_two_code,
        edition_id,
        is_pair_edition_of_the_day,
        payer_ncci_edits,
        payer_ncci_policy_id
    from judged
    qualify
        row_number() over (
            partition by problem, payer_id, member_id, rendering_provider_npi, date_of_service
            order by column_one_code, column_two_code, payer_ncci_policy_id
        ) = 1
)

select
    told.problem,
    told.payer_id,
    told.member_id,
    told.rendering_provider_npi,
    told.date_of_service,
    case when told.payer_ncci_edits = 'apply' then 'violates_payer' else 'no_policy' end as verdict,
    told.payer_ncci_policy_id as policy_id,
    priced.exposure_amount,
    priced.claim_lines,
    told.column_one_code,
    told.column_two_code,
    told.edition_id,
    told.is_pair_edition_of_the_day,
    priced.line_count
from told
inner join priced
    on
        told.problem = priced.problem
        and told.payer_id = priced.payer_id
        and told.member_id = priced.member_id
        and told.rendering_provider_npi = priced.rendering_provider_npi
        and told.date_of_service = priced.date_of_service
