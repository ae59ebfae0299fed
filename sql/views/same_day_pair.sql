/*
grain   = ["one_line_id", "other_line_id"]
comment = "Two therapies of one person, day, clinician and payer, and whether a modifier sets them apart where the policies want it: group and individual, group and family, individual and family."
*/
with pair as (
    select
        one.claim_line_id as one_line_id,
        other.claim_line_id as other_line_id,
        one.payer_id,
        one.member_id,
        one.rendering_provider_npi,
        one.date_of_service,
        one.procedure_code as one_code,
        other.procedure_code as other_code,
        one.setting as one_setting,
        other.setting as other_setting,
        one.has_distinct_modifier as is_one_marked,
        other.has_distinct_modifier as is_other_marked,
        one.at_risk_amount as one_amount,
        other.at_risk_amount as other_amount,
        other.procedure_class in ('family', 'multi_family_group') as is_other_family,
        case
            when other.procedure_class in ('individual', 'individual_add_on') then 'group_individual'
            when one.procedure_class in ('individual', 'individual_add_on') then 'individual_family'
            else 'group_family'
        end as pair_kind,
        case
            when one.session_start_at < other.session_start_at then 'other'
            when one.session_start_at > other.session_start_at then 'one'
        end as later_side
    from session_line as one
    inner join session_line as other
        on
            one.payer_id = other.payer_id
            and one.member_id = other.member_id
            and one.rendering_provider_npi = other.rendering_provider_npi
            and one.date_of_service = other.date_of_service
    where
        (
            one.procedure_class in ('group', 'multi_family_group')
            and other.procedure_class in ('individual', 'individual_add_on')
        )
        or (one.procedure_class = 'group' and other.procedure_class in ('family', 'multi_family_group'))
        or (one.procedure_class in ('individual', 'individual_add_on') and other.procedure_class = 'family')
),

governed as (
    select
        pair.one_line_id,
        pair.other_line_id,
        pair.payer_id,
        pair.member_id,
        pair.rendering_provider_npi,
        pair.date_of_service,
        pair.one_code,
        pair.other_code,
        pair.is_one_marked,
        pair.is_other_marked,
        pair.one_amount,
        pair.other_amount,
        pair.is_other_family,
        pair.pair_kind,
        pair.later_side,
        -- Which of the two the national pair table would not pay. Where it lists no pair: the other line, and of an
        -- individual and a family session the individual one.
        case
            when other_pays.column_two_line_id is not null then 'one'
            when one_pays.column_two_line_id is not null then 'other'
            when pair.pair_kind = 'individual_family' then 'one'
            else 'other'
        end as column_two_side,
        other_pays.column_two_line_id is not null as is_one_listed,
        case
            when coalesce(by_other.payer_specificity, 0) > coalesce(by_one.payer_specificity, 0)
                then by_other.payer_value
            else by_one.payer_value
        end as payer_line,
        case
            when coalesce(by_other.payer_specificity, 0) > coalesce(by_one.payer_specificity, 0)
                then by_other.payer_policy_id
            else by_one.payer_policy_id
        end as payer_policy_id,
        coalesce(by_one.seed_value, by_other.seed_value) as seed_line,
        coalesce(by_one.seed_policy_id, by_other.seed_policy_id) as seed_policy_id
    from pair
    left join edited_pair as one_pays
        on pair.one_line_id = one_pays.column_one_line_id and pair.other_line_id = one_pays.column_two_line_id
    left join edited_pair as other_pays
        on pair.other_line_id = other_pays.column_one_line_id and pair.one_line_id = other_pays.column_two_line_id
    left join resolved_policy as by_one
        on
            pair.payer_id = by_one.payer_id
            and pair.one_code = by_one.procedure_code
            and pair.one_setting = by_one.setting
            and pair.date_of_service = by_one.date_of_service
            and by_one.rule_key = 'distinct_mod_line'
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
        one_line_id,
        other_line_id,
        case
            when payer_line = 'none' then true
            when payer_line = 'group_code' and pair_kind <> 'individual_family' then is_one_marked
            when payer_line = 'ncci_column2' and column_two_side = 'one' then is_one_marked
            when payer_line = 'ncci_column2' then is_other_marked
            when payer_line = 'family_code' and is_other_family then is_other_marked
            when payer_line = 'second_session' and later_side = 'one' then is_one_marked
            when payer_line = 'second_session' and later_side = 'other' then is_other_marked
            else is_one_marked or is_other_marked
        end as is_payer_satisfied,
        case
            when seed_line = 'none' then true
            when seed_line = 'group_code' and pair_kind <> 'individual_family' then is_one_marked
            when seed_line = 'ncci_column2' and column_two_side = 'one' then is_one_marked
            when seed_line = 'ncci_column2' then is_other_marked
            when seed_line = 'family_code' and is_other_family then is_other_marked
            when seed_line = 'second_session' and later_side = 'one' then is_one_marked
            when seed_line = 'second_session' and later_side = 'other' then is_other_marked
            else is_one_marked or is_other_marked
        end as is_seed_satisfied,
        -- A payer may want it on the family line, where the national table wants it on the individual one.
        coalesce(payer_line, '') <> 'family_code' or not is_one_listed or is_one_marked as is_table_satisfied
    from governed
)

select
    governed.one_line_id,
    governed.other_line_id,
    governed.payer_id,
    governed.member_id,
    governed.rendering_provider_npi,
    governed.date_of_service,
    governed.pair_kind,
    governed.column_two_side,
    governed.one_code,
    governed.other_code,
    governed.is_one_marked,
    governed.is_other_marked,
    -- By what it is, as a reviewer calls it.
    case
        when governed.later_side = 'one' and governed.pair_kind = 'individual_family' then 'individual'
        when governed.later_side = 'one' then 'group'
        when governed.later_side = 'other' and governed.pair_kind = 'individual_family' then 'family'
        when governed.later_side = 'other' then 'other'
    end as later_side,
    case when governed.column_two_side = 'one' then governed.one_amount else cast(0 as decimal(12, 2)) end
        as one_column_two_amount,
    case when governed.column_two_side = 'other' then governed.other_amount else cast(0 as decimal(12, 2)) end
        as other_column_two_amount,
    -- The line that the broken rule wants: the payer's, or the default's where the payer's is kept.
    case
        when governed.payer_line is not null and not judged.is_payer_satisfied then governed.payer_line
        when judged.is_seed_satisfied and not judged.is_table_satisfied then 'ncci_column2'
        else governed.seed_line
    end as wanted_line,
    case
        when governed.payer_line is null and not judged.is_seed_satisfied then 'no_policy'
        when governed.payer_line is not null and not judged.is_payer_satisfied then 'violates_payer'
        when
            governed.payer_line is not null and not (judged.is_seed_satisfied and judged.is_table_satisfied)
            then 'violates_seed_only'
    end as verdict,
    case
        when governed.payer_line is not null and not judged.is_payer_satisfied then governed.payer_policy_id
        -- The national table is no row of the policy table.
        when not judged.is_seed_satisfied then governed.seed_policy_id
    end as policy_id,
    case
        when governed.pair_kind = 'group_family' then 'group_and_family'
        when governed.pair_kind = 'individual_family' then 'individual_and_family'
        when governed.is_one_marked or governed.is_other_marked then 'on_wrong_line'
        else 'missing'
    end as problem
from governed
inner join judged
    on governed.one_line_id = judged.one_line_id and governed.other_line_id = judged.other_line_id
