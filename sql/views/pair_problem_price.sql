/*
grain   = ["problem", "payer_id", "member_id", "rendering_provider_npi", "date_of_service"]
comment = "The lines and dollars of what is wrong with pairs of services of one person, clinician, payer and day: a row a day and problem."
*/
with sided as (
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        one_line_id as claim_line_id,
        -- What the payer's rule lets pass costs nothing.
        case when verdict = 'violates_seed_only' then cast(0 as decimal(12, 2)) else one_column_two_amount end
            as line_amount
    from same_day_pair
    where verdict is not null
    union all
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        other_line_id as claim_line_id,
        case when verdict = 'violates_seed_only' then cast(0 as decimal(12, 2)) else other_column_two_amount end
            as line_amount
    from same_day_pair
    where verdict is not null
    union all
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        column_one_line_id as claim_line_id,
        cast(0 as decimal(12, 2)) as line_amount
    from edited_pair_fault
    union all
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        column_two_line_id as claim_line_id,
        pair_amount as line_amount
    from edited_pair_fault
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
)

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
