/*
grain   = ["payer_id", "procedure_code", "setting", "date_of_service", "rule_key"]
comment = "The policy row in force for each payer, code, setting and day that was billed: the payer's, and the default."
*/
-- plan > payer > state program > national program > seed; within one level a code, then a setting, is more specific.
with billed_line as (
    select distinct
        payer_id,
        procedure_code,
        procedure_class,
        setting,
        date_of_service
    from current_claim_line
    where procedure_class <> 'other'
),

-- A family code that was billed for a group is held against the limits of the group code.
judged_code as (
    select
        payer_id,
        procedure_code,
        setting,
        date_of_service
    from billed_line
    union
    select
        payer_id,
        '90853' as procedure_code,
        setting,
        date_of_service
    from billed_line
    where procedure_class = 'family'
),

billed as (
    select
        judged_code.payer_id,
        judged_code.procedure_code,
        judged_code.setting,
        judged_code.date_of_service,
        payer.program,
        payer.state,
        payer.product
    from judged_code
    left join payer on judged_code.payer_id = payer.payer_id
),

applicable as (
    select
        billed.payer_id,
        billed.procedure_code,
        billed.setting,
        billed.date_of_service,
        payer_policy.rule_key,
        payer_policy.policy_id,
        payer_policy.rule_value,
        payer_policy.is_verified,
        coalesce(payer_policy.payer_id, '') = 'SEED' as is_seed,
        case
            when payer_policy.payer_id = billed.payer_id and payer_policy.product is not null then 40
            when payer_policy.payer_id = billed.payer_id then 30
            when payer_policy.state is not null then 20
            else 10
        end
        + case when payer_policy.procedure_code is not null then 2 else 0 end
        + case when payer_policy.setting is not null then 1 else 0 end as specificity
    from billed
    inner join payer_policy
        on
            coalesce(payer_policy.eff_from, cast('0001-01-01' as date)) <= billed.date_of_service
            and coalesce(payer_policy.eff_to, cast('9999-12-31' as date)) >= billed.date_of_service
    where
        (payer_policy.procedure_code is null or payer_policy.procedure_code = billed.procedure_code)
        and (payer_policy.setting is null or payer_policy.setting = billed.setting)
        and (payer_policy.product is null or payer_policy.product = billed.product)
        and (payer_policy.state is null or payer_policy.state = billed.state)
        and (payer_policy.program is null or payer_policy.program = billed.program)
        and (payer_policy.payer_id is null or payer_policy.payer_id in (billed.payer_id, 'SEED'))
),

ranked as (
    select
        payer_id,
        procedure_code,
        setting,
        date_of_service,
        rule_key,
        policy_id,
        rule_value,
        is_verified,
        is_seed,
        specificity,
        row_number() over (
            partition by payer_id, procedure_code, setting, date_of_service, rule_key, is_seed
            order by specificity desc, policy_id asc
        ) as choice
    from applicable
)

select
    payer_id,
    procedure_code,
    setting,
    date_of_service,
    rule_key,
    max(policy_id) filter (where not is_seed) as payer_policy_id,
    max(rule_value) filter (where not is_seed) as payer_value,
    max(specificity) filter (where not is_seed) as payer_specificity,
    max(policy_id) filter (where is_seed) as seed_policy_id,
    max(rule_value) filter (where is_seed) as seed_value
from ranked
where choice = 1
group by payer_id, procedure_code, setting, date_of_service, rule_key
