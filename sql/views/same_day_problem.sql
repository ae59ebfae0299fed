/*
grain   = ["problem", "payer_id", "member_id", "rendering_provider_npi", "date_of_service"]
comment = "Same-day therapies of one person, clinician and payer whose modifier is not where a policy wants it: one row a day and problem, with its lines and their dollars."
*/
-- One violation of the payer's rule weighs more than any number of advisories: the row speaks of the gravest pairs.
with weighed as (
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        verdict,
        case verdict when 'violates_payer' then 3 when 'no_policy' then 2 else 1 end as weight,
        policy_id,
        wanted_line,
        one_code,
        other_code,
        later_side,
        max(case verdict when 'violates_payer' then 3 when 'no_policy' then 2 else 1 end) over (
            partition by problem, payer_id, member_id, rendering_provider_npi, date_of_service
        ) as greatest_weight
    from same_day_pair
    where verdict is not null
),

told as (
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        min(verdict) as verdict,
        max(policy_id) as policy_id,
        min(wanted_line) as wanted_line,
        min(one_code) as one_code,
        min(other_code) as other_code,
        min(later_side) as later_side
    from weighed
    where weight = greatest_weight
    group by problem, payer_id, member_id, rendering_provider_npi, date_of_service
)

select
    told.problem,
    told.payer_id,
    told.member_id,
    told.rendering_provider_npi,
    told.date_of_service,
    told.verdict,
    told.policy_id,
    pair_problem_price.exposure_amount,
    pair_problem_price.claim_lines,
    told.one_code,
    told.other_code,
    told.wanted_line,
    case
        when told.wanted_line = 'second_session' and told.later_side is null
            then 'either line, since the order of the sessions is not known'
        when told.wanted_line = 'second_session' then 'the line of the second session'
        when told.wanted_line = 'ncci_column2' then 'the line of the column-two code'
        when told.wanted_line = 'family_code' then 'the family line'
        when told.wanted_line = 'group_code' and told.problem <> 'individual_and_family' then 'the group line'
        else 'either line'
    end as wanted_place,
    told.later_side,
    pair_problem_price.line_count
from told
inner join pair_problem_price
    on
        told.problem = pair_problem_price.problem
        and told.payer_id = pair_problem_price.payer_id
        and told.member_id = pair_problem_price.member_id
        and told.rendering_provider_npi = pair_problem_price.rendering_provider_npi
        and told.date_of_service = pair_problem_price.date_of_service
