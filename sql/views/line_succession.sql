/*
grain     = ["claim_line_id"]
comment   = "Lines that do not count, with the version and the line that took their place; the rows of superseded_line."
stored_as = "superseded_line"
*/
-- Three ways for a line not to count: a later version of its claim took the place of the whole claim; under a payer whose
-- replacements change single lines, a later version names the same line; or a line below zero took it back.
with chained_line as (
    select
        claim_line.claim_line_id,
        claim_line.claim_id,
        claim_line.claim_line_number,
        claim_line.line_control_number,
        claim_line.procedure_code,
        claim_line.date_of_service,
        claim.claim_frequency_code,
        claim_version.chain_id,
        claim_version.basis_code,
        claim_version.replacement_scope,
        claim_version.version_number,
        claim_version.version_count
    from claim_line
    inner join claim_version on claim_line.claim_id = claim_version.claim_id
    inner join claim on claim_line.claim_id = claim.claim_id
),

first_line as (
    select
        claim_line_id,
        chain_id,
        claim_line_number,
        line_control_number,
        procedure_code,
        date_of_service
    from chained_line
    where version_number = 1
),

-- Which line of the first version a later line is about: by the practice's own number of the line, by service, by place.
line_link as (
    select
        later.claim_line_id,
        first_line.claim_line_id as root_line_id
    from chained_line as later
    inner join first_line
        on
            later.chain_id = first_line.chain_id
            and (
                later.line_control_number = first_line.line_control_number
                or later.procedure_code = first_line.procedure_code
                or later.claim_line_number = first_line.claim_line_number
            )
    where later.version_number > 1
    qualify
        row_number() over (
            partition by later.claim_line_id
            order by
                case
                    when later.line_control_number = first_line.line_control_number then 1
                    when
                        later.procedure_code = first_line.procedure_code
                        and later.date_of_service = first_line.date_of_service
                        and later.claim_line_number = first_line.claim_line_number
                        then 2
                    when
                        later.procedure_code = first_line.procedure_code
                        and later.date_of_service = first_line.date_of_service
                        then 3
                    when later.procedure_code = first_line.procedure_code then 4
                    else 5
                end,
                first_line.claim_line_id
        ) = 1
),

rooted_line as (
    select
        chained_line.claim_line_id,
        chained_line.claim_id,
        chained_line.claim_frequency_code,
        chained_line.chain_id,
        chained_line.basis_code,
        chained_line.replacement_scope,
        chained_line.version_number,
        chained_line.version_count,
        coalesce(line_link.root_line_id, chained_line.claim_line_id) as root_line_id
    from chained_line
    left join line_link on chained_line.claim_line_id = line_link.claim_line_id
),

-- The version that decides on a line: the last of the chain, or the last that names the line.
deciding_line as (
    select
        chain_id,
        root_line_id,
        replacement_scope,
        claim_id,
        claim_line_id,
        claim_frequency_code,
        basis_code
    from rooted_line
    where replacement_scope = 'line' or version_number = version_count
    qualify
        row_number() over (
            partition by chain_id, root_line_id
            order by version_number desc, claim_line_id asc
        ) = 1
),

last_version as (
    select distinct
        chain_id,
        claim_id,
        claim_frequency_code,
        basis_code
    from chained_line
    where version_number = version_count
),

succeeded as (
    select
        rooted_line.claim_line_id,
        case
            when rooted_line.replacement_scope = 'line' then deciding_line.claim_id
            else last_version.claim_id
        end as superseded_by_claim_id,
        deciding_line.claim_line_id as superseded_by_claim_line_id,
        case
            when rooted_line.replacement_scope = 'line' then deciding_line.claim_frequency_code
            else last_version.claim_frequency_code
        end as last_frequency_code,
        case
            when rooted_line.basis_code not in ('original', 'orphan') then rooted_line.basis_code
            when rooted_line.replacement_scope = 'line' then deciding_line.basis_code
            else last_version.basis_code
        end as basis_code,
        rooted_line.claim_id
    from rooted_line
    inner join last_version on rooted_line.chain_id = last_version.chain_id
    left join deciding_line
        on rooted_line.chain_id = deciding_line.chain_id and rooted_line.root_line_id = deciding_line.root_line_id
),

replaced as (
    select
        claim_line_id,
        claim_id,
        superseded_by_claim_id,
        case
            when superseded_by_claim_line_id <> claim_line_id and last_frequency_code <> '8'
                then superseded_by_claim_line_id
        end as superseded_by_claim_line_id,
        case when basis_code = 'orphan' then 'claim_number' else basis_code end as basis_code
    from succeeded
    where superseded_by_claim_id <> claim_id
    union all
    select
        claim_line_id,
        claim_id,
        cast(null as varchar) as superseded_by_claim_id,
        cast(null as bigint) as superseded_by_claim_line_id,
        'void' as basis_code
    from succeeded
    where superseded_by_claim_id = claim_id and last_frequency_code = '8'
),

reversed_day as (
    select distinct
        payer_id,
        member_id,
        date_of_service
    from claim_line
    where charge_amount < 0 or paid_amount < 0
),

-- A line below zero takes back one like it: under the same claim number first, else under any (payers that give a
-- reversal a new number, or the old one with a suffix). A payment below zero for a charge above it is a reversal only if
-- there is something that it takes back.
money_line as (
    select
        claim_line.claim_line_id,
        claim_line.claim_id,
        claim_line.patient_control_number,
        claim_line.charge_amount < 0 as is_charged_back,
        claim_line.charge_amount < 0 or coalesce(claim_line.paid_amount, 0) < 0 as is_reversal,
        concat(
            claim_line.payer_id, '|', claim_line.member_id, '|', claim_line.billing_provider_npi, '|',
            claim_line.rendering_provider_npi, '|', cast(claim_line.date_of_service as varchar), '|',
            claim_line.procedure_code, '|', coalesce(claim_line.modifier_1, ''), '|',
            coalesce(claim_line.modifier_2, ''), '|', coalesce(claim_line.modifier_3, ''), '|',
            coalesce(claim_line.modifier_4, ''), '|', cast(abs(claim_line.charge_amount) as varchar), '|',
            cast(abs(claim_line.service_units) as varchar)
        ) as service_key
    from claim_line
    inner join reversed_day
        on
            claim_line.payer_id = reversed_day.payer_id
            and claim_line.member_id = reversed_day.member_id
            and claim_line.date_of_service = reversed_day.date_of_service
    left join replaced on claim_line.claim_line_id = replaced.claim_line_id
    where replaced.claim_line_id is null
),

numbered as (
    select
        claim_line_id,
        claim_id,
        patient_control_number,
        is_reversal,
        service_key,
        row_number() over (
            partition by service_key, patient_control_number, is_reversal
            order by claim_line_id
        ) as place
    from money_line
),

same_number as (
    select
        taken.claim_line_id,
        taken.claim_id,
        reversal.claim_line_id as reversal_line_id,
        reversal.claim_id as reversal_claim_id
    from numbered as taken
    inner join numbered as reversal
        on
            taken.service_key = reversal.service_key
            and taken.patient_control_number = reversal.patient_control_number
            and taken.place = reversal.place
    where not taken.is_reversal and reversal.is_reversal
),

unpaired as (
    select
        numbered.claim_line_id,
        numbered.claim_id,
        numbered.is_reversal,
        numbered.service_key,
        row_number() over (
            partition by numbered.service_key, numbered.is_reversal
            order by numbered.claim_line_id
        ) as place
    from numbered
    where
        numbered.claim_line_id not in (select same_number.claim_line_id from same_number)
        and numbered.claim_line_id not in (select same_number.reversal_line_id from same_number)
),

taken_back as (
    select
        claim_line_id,
        claim_id,
        reversal_line_id,
        reversal_claim_id
    from same_number
    union all
    select
        taken.claim_line_id,
        taken.claim_id,
        reversal.claim_line_id as reversal_line_id,
        reversal.claim_id as reversal_claim_id
    from unpaired as taken
    inner join unpaired as reversal on taken.service_key = reversal.service_key and taken.place = reversal.place
    where not taken.is_reversal and reversal.is_reversal
)

select
    claim_line_id,
    claim_id,
    superseded_by_claim_id,
    superseded_by_claim_line_id,
    basis_code
from replaced
union all
select
    claim_line_id,
    claim_id,
    reversal_claim_id as superseded_by_claim_id,
    cast(null as bigint) as superseded_by_claim_line_id,
    'heuristic' as basis_code
from taken_back
union all
select
    claim_line_id,
    claim_id,
    cast(null as varchar) as superseded_by_claim_id,
    cast(null as bigint) as superseded_by_claim_line_id,
    'reversal' as basis_code
from money_line
where
    is_charged_back
    or claim_line_id in (select taken_back.reversal_line_id from taken_back)
