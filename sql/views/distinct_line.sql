/*
grain   = ["claim_line_id"]
comment = "Each line with a distinct-service modifier, and what it may have been written for: a partner in the national pair table, another clinician, the payer's wish."
*/
with partner as (
    select
        column_one_line_id as claim_line_id,
        column_two_line_id as partner_line_id,
        cast(0 as decimal(12, 2)) as column_two_amount
    from edited_pair
    union all
    select
        column_two_line_id as claim_line_id,
        column_one_line_id as partner_line_id,
        pair_amount as column_two_amount
    from edited_pair
),

partnered as (
    select
        claim_line_id,
        count(*) as partner_count,
        max(column_two_amount) as column_two_amount
    from partner
    group by claim_line_id
),

-- What else was billed for the person on that day.
neighbour as (
    select
        marked.claim_line_id,
        count(*) filter (where other.rendering_provider_npi = marked.rendering_provider_npi) as own_count,
        count(*) filter (where other.rendering_provider_npi <> marked.rendering_provider_npi) as foreign_count,
        -- Codes of which the table at hand says nothing: another setting's, or none of the shipped therapy codes.
        count(*) filter (
            where other.rendering_provider_npi = marked.rendering_provider_npi
            and (
                coalesce(other.pair_edition_id, '') <> coalesce(marked.pair_edition_id, '')
                or (marked.is_pair_edition_shipped and other.procedure_class = 'other')
            )
        ) as unlisted_count
    from ncci_line as marked
    inner join ncci_line as other
        on
            marked.payer_id = other.payer_id
            and marked.member_id = other.member_id
            and marked.date_of_service = other.date_of_service
            and marked.claim_line_id <> other.claim_line_id
    where marked.has_distinct_modifier
    group by marked.claim_line_id
)

select
    ncci_line.claim_line_id,
    ncci_line.payer_id,
    ncci_line.member_id,
    ncci_line.rendering_provider_npi,
    ncci_line.date_of_service,
    ncci_line.procedure_code,
    ncci_line.procedure_class,
    ncci_line.modifiers,
    ncci_line.pair_edition_id as edition_id,
    ncci_line.is_pair_edition_of_the_day,
    ncci_line.payer_ncci_edits,
    ncci_line.payer_ncci_policy_id,
    coalesce(partnered.partner_count, 0) as partner_count,
    coalesce(partnered.column_two_amount, cast(0 as decimal(12, 2))) as column_two_amount,
    concat(' ', ncci_line.modifiers, ' ') like '% 59 %'
    and (
        concat(' ', ncci_line.modifiers, ' ') like '% XE %'
        or concat(' ', ncci_line.modifiers, ' ') like '% XP %'
        or concat(' ', ncci_line.modifiers, ' ') like '% XS %'
        or concat(' ', ncci_line.modifiers, ' ') like '% XU %'
    ) as is_marked_twice,
    -- XP says that another clinician gave the other service; a payer may want a modifier on every second service.
    (coalesce(neighbour.foreign_count, 0) > 0 and concat(' ', ncci_line.modifiers, ' ') like '% XP %')
    or (coalesce(neighbour.own_count, 0) > 0 and coalesce(wanted.payer_value, '') = 'second_session')
        as has_other_reason,
    ncci_line.has_pair_edition and coalesce(neighbour.unlisted_count, 0) = 0 as is_partner_known
from ncci_line
left join partnered on ncci_line.claim_line_id = partnered.claim_line_id
left join neighbour on ncci_line.claim_line_id = neighbour.claim_line_id
left join resolved_policy as wanted
    on
        ncci_line.payer_id = wanted.payer_id
        and ncci_line.procedure_code = wanted.procedure_code
        and ncci_line.setting = wanted.setting
        and ncci_line.date_of_service = wanted.date_of_service
        and wanted.rule_key = 'distinct_mod_line'
where ncci_line.has_distinct_modifier and ncci_line.procedure_class <> 'other'
