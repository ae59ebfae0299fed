/*
grain   = ["claim_line_id"]
comment = "Each line of an add-on code, with the codes beside it that day: is one of them a code to which it may be added, and was it denied?"
*/
with known_add_on as (
    select distinct add_on_code
    from ncci_add_on
),

-- Codes that the audit does not know are no therapy: their add-ons are another auditor's.
add_on as (
    select
        current_claim_line.claim_line_id,
        current_claim_line.payer_id,
        current_claim_line.member_id,
        current_claim_line.rendering_provider_npi,
        current_claim_line.date_of_service,
        current_claim_line.procedure_code,
        current_claim_line.procedure_class,
        current_claim_line.service_units,
        current_claim_line.is_denied,
        current_claim_line.at_risk_amount,
        listed.payer_value as payer_primaries,
        listed.payer_policy_id as primaries_policy_id,
        edits.payer_value as payer_edits,
        edits.payer_policy_id as edits_policy_id,
        separate.payer_value as payer_separately_paid,
        separate.payer_policy_id as separately_paid_policy_id,
        edition_in_force.edition_id
    from current_claim_line
    inner join known_add_on on current_claim_line.procedure_code = known_add_on.add_on_code
    left join resolved_policy as listed
        on
            current_claim_line.payer_id = listed.payer_id
            and current_claim_line.procedure_code = listed.procedure_code
            and current_claim_line.setting = listed.setting
            and current_claim_line.date_of_service = listed.date_of_service
            and listed.rule_key = 'add_on_primaries'
    left join resolved_policy as edits
        on
            current_claim_line.payer_id = edits.payer_id
            and current_claim_line.procedure_code = edits.procedure_code
            and current_claim_line.setting = edits.setting
            and current_claim_line.date_of_service = edits.date_of_service
            and edits.rule_key = 'ncci_edits'
    left join resolved_policy as separate
        on
            current_claim_line.payer_id = separate.payer_id
            and current_claim_line.procedure_code = separate.procedure_code
            and current_claim_line.setting = separate.setting
            and current_claim_line.date_of_service = separate.date_of_service
            and separate.rule_key = 'separately_paid'
    left join edition_in_force
        on
            current_claim_line.payer_id = edition_in_force.payer_id
            and current_claim_line.setting = edition_in_force.setting
            and current_claim_line.date_of_service = edition_in_force.date_of_service
            and edition_in_force.kind_code = 'ncci-addon'
    where current_claim_line.procedure_class <> 'other'
),

listed_primary as (
    select distinct
        edition_id,
        add_on_code,
        primary_code,
        edit_type,
        coalesce(eff_from, cast('0001-01-01' as date)) as first_date,
        coalesce(eff_to, cast('9999-12-31' as date)) as last_date
    from ncci_add_on
),

-- Of types 2 and 3 the payer may take other codes, too: only the payer's own list can tell that none was there.
closed_list as (
    select
        edition_id,
        add_on_code
    from ncci_add_on
    group by edition_id, add_on_code
    having max(edit_type) = 1
),

beside as (
    select
        add_on.claim_line_id,
        other.claim_line_id as other_line_id,
        other.procedure_code as other_code,
        other.procedure_class as other_class,
        other.is_denied,
        case
            when add_on.payer_primaries is not null
                then concat('|', add_on.payer_primaries, '|') like concat('%|', other.procedure_code, '|%')
            else listed_primary.primary_code is not null
        end as is_allowed
    from add_on
    inner join current_claim_line as other
        on
            add_on.payer_id = other.payer_id
            and add_on.member_id = other.member_id
            and add_on.rendering_provider_npi = other.rendering_provider_npi
            and add_on.date_of_service = other.date_of_service
            and add_on.procedure_code <> other.procedure_code
    left join listed_primary
        on
            add_on.edition_id = listed_primary.edition_id
            and add_on.procedure_code = listed_primary.add_on_code
            and other.procedure_code = listed_primary.primary_code
            and add_on.date_of_service >= listed_primary.first_date
            and add_on.date_of_service <= listed_primary.last_date
),

company as (
    select
        claim_line_id,
        count(*) filter (where is_allowed and not is_denied) as payable_primary_count,
        count(*) filter (where is_allowed and is_denied) as denied_primary_count,
        min(case when is_allowed and is_denied then other_code end) as denied_primary_code,
        count(*) filter (where other_class in ('family', 'multi_family_group', 'crisis')) as family_or_crisis_count,
        min(case when other_class in ('family', 'multi_family_group', 'crisis') then other_code end)
            as family_or_crisis_code,
        count(*) filter (
            where other_class in (
                'group', 'individual', 'individual_add_on', 'evaluation', 'partial_hospital_group', 'health_behavior',
                'other_therapy'
            )
        ) as other_therapy_count,
        count(*) filter (where other_class = 'evaluation') as evaluation_count
    from beside
    group by claim_line_id
)

select
    add_on.claim_line_id,
    add_on.payer_id,
    add_on.member_id,
    add_on.rendering_provider_npi,
    add_on.date_of_service,
    add_on.procedure_code,
    add_on.procedure_class,
    add_on.service_units,
    add_on.is_denied,
    add_on.at_risk_amount,
    add_on.payer_separately_paid,
    add_on.separately_paid_policy_id,
    company.denied_primary_code,
    company.family_or_crisis_code,
    add_on.payer_separately_paid is not null as is_payment_rule_known,
    add_on.payer_primaries is not null
    or coalesce(add_on.payer_edits, '') = 'ignore'
    or closed_list.add_on_code is not null as is_primary_list_known,
    -- A payer's own list counts even where it ignores the national table.
    add_on.payer_primaries is not null
    or (coalesce(add_on.payer_edits, '') <> 'ignore' and closed_list.add_on_code is not null) as is_primary_needed,
    coalesce(company.payable_primary_count, 0) > 0 as has_payable_primary,
    coalesce(company.denied_primary_count, 0) > 0 as has_denied_primary,
    coalesce(company.evaluation_count, 0) as evaluation_count,
    coalesce(company.family_or_crisis_count, 0) > 0 and coalesce(company.other_therapy_count, 0) = 0
        as is_only_with_family_or_crisis,
    case
        when add_on.payer_primaries is not null or add_on.payer_edits = 'apply' then 'violates_payer'
        else 'no_policy'
    end as primary_verdict,
    case
        when add_on.payer_primaries is not null then add_on.primaries_policy_id
        when add_on.payer_edits = 'apply' then add_on.edits_policy_id
    end as primary_policy_id
from add_on
left join closed_list on add_on.edition_id = closed_list.edition_id and add_on.procedure_code = closed_list.add_on_code
left join company on add_on.claim_line_id = company.claim_line_id
