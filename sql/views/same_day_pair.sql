/*
grain   = ["group_line_id", "other_line_id"]
comment = "A group line and an individual or family line of one person, day, clinician and payer, and whether a modifier sets them apart where the policies want it."
*/
with pair as (
    select
        grouped.claim_line_id as group_line_id,
        other.claim_line_id as other_line_id,
        grouped.payer_id,
        grouped.member_id,
        grouped.rendering_provider_npi,
        grouped.date_of_service,
        grouped.procedure_code as group_code,
        other.procedure_code as other_code,
        grouped.setting as group_setting,
        other.setting as other_setting,
        grouped.has_distinct_modifier as is_group_marked,
        other.has_distinct_modifier as is_other_marked,
        grouped.at_risk_amount as group_amount,
        other.at_risk_amount as other_amount,
        other.procedure_class in ('family', 'multi_family_group') as is_other_family,
        case
            when other.procedure_class in ('individual', 'individual_add_on') then 'group_individual'
            else 'group_family'
        end as pair_kind,
        case
            when grouped.session_start_at < other.session_start_at then 'other'
            when grouped.session_start_at > other.session_start_at then 'group'
        end as later_side
    from session_line as grouped
    inner join session_line as other
        on
            grouped.payer_id = other.payer_id
            and grouped.member_id = other.member_id
            and grouped.rendering_provider_npi = other.rendering_provider_npi
            and grouped.date_of_service = other.date_of_service
    where
        (
            grouped.procedure_class in ('group', 'multi_family_group')
            and other.procedure_class in ('individual', 'individual_add_on')
        )
        or (grouped.procedure_class = 'group' and other.procedure_class in ('family', 'multi_family_group'))
),

bundled as (
    select
        pair.group_line_id,
        pair.other_line_id,
        -- Which of the two the national pair table would not pay; the other line where no pair is listed.
        max(case when ncci_pair.column_two_code = pair.group_code then 'group' else 'other' end) as column_two_side
    from pair
    left join ncci_pair
        on
            (
                (ncci_pair.column_one_code = pair.group_code and ncci_pair.column_two_code = pair.other_code)
                or (ncci_pair.column_one_code = pair.other_code and ncci_pair.column_two_code = pair.group_code)
            )
            and coalesce(ncci_pair.eff_from, cast('0001-01-01' as date)) <= pair.date_of_service
            and coalesce(ncci_pair.eff_to, cast('9999-12-31' as date)) >= pair.date_of_service
    group by pair.group_line_id, pair.other_line_id
),

governed as (
    select
        pair.group_line_id,
        pair.other_line_id,
        pair.payer_id,
        pair.member_id,
        pair.rendering_provider_npi,
        pair.date_of_service,
        pair.group_code,
        pair.other_code,
        pair.is_group_marked,
        pair.is_other_marked,
        pair.group_amount,
        pair.other_amount,
        pair.is_other_family,
        pair.pair_kind,
        pair.later_side,
        bundled.column_two_side,
        case
            when coalesce(by_other.payer_specificity, 0) > coalesce(by_group.payer_specificity, 0)
                then by_other.payer_value
            else by_group.payer_value
        end as payer_line,
        case
            when coalesce(by_other.payer_specificity, 0) > coalesce(by_group.payer_specificity, 0)
                then by_other.payer_policy_id
            else by_group.payer_policy_id
        end as payer_policy_id,
        coalesce(by_group.seed_value, by_other.seed_value) as seed_line,
        coalesce(by_group.seed_policy_id, by_other.seed_policy_id) as seed_policy_id
    from pair
    inner join bundled
        on pair.group_line_id = bundled.group_line_id and pair.other_line_id = bundled.other_line_id
    left join resolved_policy as by_group
        on
            pair.payer_id = by_group.payer_id
            and pair.group_code = by_group.procedure_code
            and pair.group_setting = by_group.setting
            and pair.date_of_service = by_group.date_of_service
            and by_group.rule_key = 'distinct_mod_line'
    left join resolved_policy as by_other
        on
            pair.payer_id = by_other.payer_id
            and pair.other_code = by_other.procedure_code
            and pair.other_setting = by_other.setting
            and pair.date_of_service = by_other.date_of_service
            and by_other.rule_key = 'distinct_mod_line'
),

-- The reading of a policy value: on which of the two lines the modifier has to stand. Where the order of the sessions
-- is not known, either will do.
judged as (
    select
        group_line_id,
        other_line_id,
        case
            when payer_line = 'none' then true
            when payer_line = 'group_code' then is_group_marked
            when payer_line = 'ncci_column2' and column_two_side = 'group' then is_group_marked
            when payer_line = 'ncci_column2' then is_other_marked
            when payer_line = 'family_code' and is_other_family then is_other_marked
            when payer_line = 'second_session' and later_side = 'group' then is_group_marked
            when payer_line = 'second_session' and later_side = 'other' then is_other_marked
            else is_group_marked or is_other_marked
        end as is_payer_satisfied,
        case
            when seed_line = 'none' then true
            when seed_line = 'group_code' then is_group_marked
            when seed_line = 'ncci_column2' and column_two_side = 'group' then is_group_marked
            when seed_line = 'ncci_column2' then is_other_marked
            when seed_line = 'family_code' and is_other_family then is_other_marked
            when seed_line = 'second_session' and later_side = 'group' then is_group_marked
            when seed_line = 'second_session' and later_side = 'other' then is_other_marked
            else is_group_marked or is_other_marked
        end as is_seed_satisfied
    from governed
)

select
    governed.group_line_id,
    governed.other_line_id,
    governed.payer_id,
    governed.member_id,
    governed.rendering_provider_npi,
    governed.date_of_service,
    governed.pair_kind,
    governed.column_two_side,
    governed.later_side,
    governed.group_code,
    governed.other_code,
    governed.is_group_marked,
    governed.is_other_marked,
    case when governed.column_two_side = 'group' then governed.group_amount else cast(0 as decimal(12, 2)) end
        as group_column_two_amount,
    case when governed.column_two_side = 'other' then governed.other_amount else cast(0 as decimal(12, 2)) end
        as other_column_two_amount,
    -- The line that the broken rule wants: the payer's, or the default's where the payer's is kept.
    case
        when governed.payer_line is not null and not judged.is_payer_satisfied then governed.payer_line
        else governed.seed_line
    end as wanted_line,
    case
        when governed.payer_line is null and not judged.is_seed_satisfied then 'no_policy'
        when governed.payer_line is not null and not judged.is_payer_satisfied then 'violates_payer'
        when governed.payer_line is not null and not judged.is_seed_satisfied then 'violates_seed_only'
    end as verdict,
    case
        when governed.payer_line is not null and not judged.is_payer_satisfied then governed.payer_policy_id
        else governed.seed_policy_id
    end as policy_id,
    case
        when governed.pair_kind = 'group_family' then 'group_and_family'
        when governed.is_group_marked or governed.is_other_marked then 'on_wrong_line'
        else 'missing'
    end as problem
from governed
inner join judged
    on governed.group_line_id = judged.group_line_id and governed.other_line_id = judged.other_line_id
