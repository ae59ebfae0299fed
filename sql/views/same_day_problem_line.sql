/*
grain   = ["problem", "claim_line_id"]
comment = "Each line of a same-day pair whose modifier is not where a policy wants it, once a problem."
*/
with sided as (
    select
        problem,
        group_line_id as claim_line_id,
        group_line_id,
        other_line_id,
        group_column_two_amount as column_two_amount
    from same_day_pair
    where verdict is not null
    union all
    select
        problem,
        other_line_id as claim_line_id,
        group_line_id,
        other_line_id,
        other_column_two_amount as column_two_amount
    from same_day_pair
    where verdict is not null
)

select
    sided.problem,
    sided.claim_line_id,
    min(same_day_pair.payer_id) as payer_id,
    min(same_day_pair.member_id) as member_id,
    min(same_day_pair.rendering_provider_npi) as rendering_provider_npi,
    min(same_day_pair.date_of_service) as date_of_service,
    -- What the payer's rule lets pass costs nothing.
    max(case
        when same_day_pair.verdict = 'violates_seed_only' then cast(0 as decimal(12, 2))
        else sided.column_two_amount
    end) as column_two_amount,
    -- One violation of the payer's rule weighs more than any number of advisories.
    case
        when count(*) filter (where same_day_pair.verdict = 'violates_payer') > 0 then 'violates_payer'
        else min(same_day_pair.verdict)
    end as verdict,
    max(same_day_pair.policy_id) as policy_id,
    min(same_day_pair.wanted_line) as wanted_line,
    min(same_day_pair.group_code) as group_code,
    min(same_day_pair.other_code) as other_code,
    min(same_day_pair.later_side) as later_side
from sided
inner join same_day_pair
    on
        sided.group_line_id = same_day_pair.group_line_id
        and sided.other_line_id = same_day_pair.other_line_id
        and sided.problem = same_day_pair.problem
group by sided.problem, sided.claim_line_id
