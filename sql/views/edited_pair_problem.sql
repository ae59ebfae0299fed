/*
grain   = ["problem", "payer_id", "member_id", "rendering_provider_npi", "date_of_service"]
comment = "Pairs of lines that the national pair table does not pay together: codes that are never paid together, and a visit with a group that no modifier sets apart. One row a day and problem, with its lines and their dollars."
*/
-- The sentence names one pair, the first by its codes.
with told as (
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
    from edited_pair_fault
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
    pair_problem_price.exposure_amount,
    pair_problem_price.claim_lines,
    told.column_one_code,
    told.column_two_code,
    told.edition_id,
    told.is_pair_edition_of_the_day,
    pair_problem_price.line_count
from told
inner join pair_problem_price
    on
        told.problem = pair_problem_price.problem
        and told.payer_id = pair_problem_price.payer_id
        and told.member_id = pair_problem_price.member_id
        and told.rendering_provider_npi = pair_problem_price.rendering_provider_npi
        and told.date_of_service = pair_problem_price.date_of_service
