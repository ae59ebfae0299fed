/*
grain   = ["claim_id"]
comment = "Versions of claims that do not count, with the version that took their place; the rows of superseded_claim."
*/
-- A replacement or void names its original by the payer's number (REF*F8) or, more often than not, only by keeping the
-- provider's own number (CLM01). A number that is reused for several visits points to the visit of the same day.
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
        coalesce(parent.basis_code, 'claim_number') as basis_code
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

ordered_version as (
    select
        chain_member.claim_id,
        chain_member.chain_id,
        chain_member.basis_code,
        claim.claim_frequency_code,
        row_number() over (
            partition by chain_member.chain_id
            order by
                -- Dates decide only where every version has one; an original never follows its own amendment undated.
                case when undated_chain.chain_id is null then claim.received_date end,
                case when claim.claim_frequency_code in ('7', '8') then 1 else 0 end,
                claim.first_line_id
        ) as version_number,
        count(*) over (partition by chain_member.chain_id) as version_count
    from chain_member
    inner join claim on chain_member.claim_id = claim.claim_id
    left join undated_chain on chain_member.chain_id = undated_chain.chain_id
),

last_version as (
    select
        chain_id,
        claim_id,
        claim_frequency_code
    from ordered_version
    where version_number = version_count
)

select
    ordered_version.claim_id,
    case when ordered_version.claim_id <> last_version.claim_id then last_version.claim_id end
        as superseded_by_claim_id,
    case
        when ordered_version.claim_id = last_version.claim_id then 'void'
        when ordered_version.basis_code = 'original' then latest.basis_code
        else ordered_version.basis_code
    end as basis_code
from ordered_version
inner join last_version on ordered_version.chain_id = last_version.chain_id
inner join ordered_version as latest on last_version.claim_id = latest.claim_id
where ordered_version.claim_id <> last_version.claim_id or last_version.claim_frequency_code = '8'
