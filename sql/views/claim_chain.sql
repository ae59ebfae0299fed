/*
grain     = ["claim_id"]
comment   = "Versions of claims that belong together, in order; the rows of claim_version."
stored_as = "claim_version"
*/
-- A replacement or void names its original by the payer's number (REF*F8), which an original may carry itself or only its
-- remittance may tell, or, more often than not, only by keeping the provider's own number (CLM01). A number that is reused
-- for several visits points to the visit of the same day.
with recursive amendment as (
    select
        claim_id,
        first_line_id,
        payer_id,
        billing_provider_npi,
        patient_control_number,
        member_id,
        payer_claim_control_number,
        first_date_of_service
    from claim
    where claim_frequency_code in ('7', '8')
),

reused_number as (
    select
        payer_id,
        billing_provider_npi,
        patient_control_number,
        count(distinct first_date_of_service) as visit_days
    from claim
    where claim_frequency_code not in ('7', '8')
    group by payer_id, billing_provider_npi, patient_control_number
),

-- What remittances tell: which number the payer gave to which claim.
adjudicated_number as (
    select distinct
        patient_control_number,
        payer_claim_control_number
    from remittance_line
    where payer_claim_control_number is not null
),

candidate as (
    select
        amendment.claim_id,
        target.claim_id as parent_claim_id,
        target.first_line_id as parent_line_id,
        1 as preference,
        'payer_number' as basis_code
    from amendment
    inner join claim as target
        on
            amendment.payer_id = target.payer_id
            and amendment.payer_claim_control_number = target.payer_claim_control_number
    where target.claim_frequency_code not in ('7', '8')
    union all
    select
        amendment.claim_id,
        target.claim_id as parent_claim_id,
        target.first_line_id as parent_line_id,
        case
            when amendment.first_date_of_service = target.first_date_of_service then 1
            else 2
        end as preference,
        'payer_number' as basis_code
    from amendment
    inner join adjudicated_number
        on amendment.payer_claim_control_number = adjudicated_number.payer_claim_control_number
    inner join claim as target
        on
            amendment.payer_id = target.payer_id
            and amendment.billing_provider_npi = target.billing_provider_npi
            and adjudicated_number.patient_control_number = target.patient_control_number
    where
        amendment.claim_id <> target.claim_id
        and (
            target.claim_frequency_code not in ('7', '8')
            or amendment.patient_control_number <> target.patient_control_number
        )
    union all
    select
        amendment.claim_id,
        target.claim_id as parent_claim_id,
        target.first_line_id as parent_line_id,
        2 as preference,
        'payer_number' as basis_code
    from amendment
    inner join claim as target
        on
            amendment.payer_id = target.payer_id
            and amendment.payer_claim_control_number = target.patient_control_number
    where amendment.claim_id <> target.claim_id and amendment.patient_control_number <> target.patient_control_number
    union all
    select
        amendment.claim_id,
        target.claim_id as parent_claim_id,
        target.first_line_id as parent_line_id,
        case
            when
                amendment.member_id = target.member_id
                and amendment.first_date_of_service = target.first_date_of_service
                then 3
            when amendment.first_date_of_service = target.first_date_of_service then 4
            else 5
        end as preference,
        'claim_number' as basis_code
    from amendment
    inner join claim as target
        on
            amendment.payer_id = target.payer_id
            and amendment.billing_provider_npi = target.billing_provider_npi
            and amendment.patient_control_number = target.patient_control_number
    inner join reused_number
        on
            target.payer_id = reused_number.payer_id
            and target.billing_provider_npi = reused_number.billing_provider_npi
            and target.patient_control_number = reused_number.patient_control_number
    where
        target.claim_frequency_code not in ('7', '8')
        and (amendment.first_date_of_service = target.first_date_of_service or reused_number.visit_days = 1)
    union all
    -- Neither number is known: the one claim of the same person, payer, practice and day with a service in common.
    select
        amendment.claim_id,
        min(target.claim_id) as parent_claim_id,
        min(target.first_line_id) as parent_line_id,
        6 as preference,
        'heuristic' as basis_code
    from amendment
    inner join claim as target
        on
            amendment.payer_id = target.payer_id
            and amendment.billing_provider_npi = target.billing_provider_npi
            and amendment.member_id = target.member_id
            and amendment.first_date_of_service = target.first_date_of_service
    inner join claim_line as ours on amendment.claim_id = ours.claim_id
    inner join claim_line as theirs
        on
            target.claim_id = theirs.claim_id
            and ours.procedure_code = theirs.procedure_code
            -- A void repeats what it takes back; a replacement may change units and charge.
            and (
                ours.claim_frequency_code = '7'
                or (theirs.charge_amount = ours.charge_amount and theirs.service_units = ours.service_units)
            )
    where target.claim_frequency_code not in ('7', '8')
    group by amendment.claim_id
    having count(distinct target.claim_id) = 1
),

parent as (
    select
        claim_id,
        parent_claim_id,
        basis_code
    from candidate
    qualify row_number() over (partition by claim_id order by preference, parent_line_id) = 1
),

-- Orphans that name the same original belong together even when the original was never delivered.
anchor as (
    select
        amendment.claim_id,
        coalesce(parent.parent_claim_id, concat(
            'orphan|', amendment.payer_id, '|', amendment.billing_provider_npi, '|', amendment.patient_control_number,
            '|', cast(amendment.first_date_of_service as varchar)
        )) as anchor_id,
        coalesce(parent.basis_code, 'orphan') as basis_code
    from amendment
    left join parent on amendment.claim_id = parent.claim_id
),

-- An anchor may itself be an amendment of an earlier claim: follow the pointers to the first of the chain.
ascent as (
    select
        claim_id,
        anchor_id,
        basis_code,
        1 as depth
    from anchor
    union all
    select
        ascent.claim_id,
        anchor.anchor_id,
        ascent.basis_code,
        ascent.depth + 1 as depth
    from ascent
    inner join anchor on ascent.anchor_id = anchor.claim_id
    where ascent.depth < 20
),

root as (
    select
        claim_id,
        anchor_id as chain_id,
        basis_code
    from ascent
    qualify row_number() over (partition by claim_id order by depth desc) = 1
),

chain_member as (
    select
        claim_id,
        chain_id,
        basis_code
    from root
    union all
    select distinct
        chain_id as claim_id,
        chain_id,
        'original' as basis_code
    from root
    where chain_id not like 'orphan|%' and chain_id not in (select amendment.claim_id from amendment)
),

undated_chain as (
    select distinct chain_member.chain_id
    from chain_member
    inner join claim on chain_member.claim_id = claim.claim_id
    where claim.received_date is null
),

-- The payer's rule on the day of the service: does a replacement take the place of the claim or of the lines it names?
scope_rule as (
    select
        payer.payer_id,
        payer_policy.rule_value,
        coalesce(payer_policy.eff_from, cast('0001-01-01' as date)) as eff_from,
        coalesce(payer_policy.eff_to, cast('9999-12-31' as date)) as eff_to,
        case
            when payer_policy.payer_id = payer.payer_id and payer_policy.product is not null then 4
            when payer_policy.payer_id = payer.payer_id then 3
            when payer_policy.state is not null then 2
            else 1
        end as specificity,
        payer_policy.policy_id
    from payer
    inner join payer_policy
        on
            payer_policy.rule_key = 'replacement_scope'
            and (payer_policy.payer_id is null or payer_policy.payer_id = payer.payer_id)
            and (payer_policy.program is null or payer_policy.program = payer.program)
            and (payer_policy.state is null or payer_policy.state = payer.state)
            and (payer_policy.product is null or payer_policy.product = payer.product)
),

version_scope as (
    select
        chain_member.claim_id,
        scope_rule.rule_value
    from chain_member
    inner join claim on chain_member.claim_id = claim.claim_id
    inner join scope_rule
        on
            claim.payer_id = scope_rule.payer_id
            and scope_rule.eff_from <= claim.first_date_of_service
            and scope_rule.eff_to >= claim.first_date_of_service
    qualify
        row_number() over (
            partition by chain_member.claim_id
            order by scope_rule.specificity desc, scope_rule.policy_id asc
        ) = 1
)

select
    chain_member.claim_id,
    chain_member.chain_id,
    chain_member.basis_code,
    coalesce(version_scope.rule_value, 'claim') as replacement_scope,
    cast(row_number() over (
        partition by chain_member.chain_id
        order by
            -- Dates decide only where every version has one; an original never follows its own amendment undated.
            case when undated_chain.chain_id is null then claim.received_date end,
            case when claim.claim_frequency_code in ('7', '8') then 1 else 0 end,
            claim.first_line_id
    ) as integer) as version_number,
    cast(count(*) over (partition by chain_member.chain_id) as integer) as version_count
from chain_member
inner join claim on chain_member.claim_id = claim.claim_id
left join version_scope on chain_member.claim_id = version_scope.claim_id
left join undated_chain on chain_member.chain_id = undated_chain.chain_id
