/*
title     = "A distinct-service modifier without a reason"
rule      = "R18"
pack      = "ncci"
severity  = "medium"
direction = "documentation"
subject   = "distinct_line"
checkable = "is_partner_known"
lacking   = "the national pair table at hand does not name all codes of the day"
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id", "problem"]
marks     = ["modifier_1"]
finding   = "{told}"
action    = "Look for the second service in the record. Teach the biller when 59 and the X modifiers apply; refund what was not distinct."
rationale = """
A distinct-service modifier unlocks a pair of the national table. On a line that stands in no pair that day it has nothing to
unlock, 59 and an X modifier on one line say the same thing twice, and sessions that overlap in time were not distinct: then
the column-two code should not have been paid. How often a clinician writes the modifier is another question.
"""
traps     = [
    "some payers want the modifier on every second service",
    "XP speaks of another clinician's service",
    "a code that the loaded table does not know may be the reason",
]
reference = "Rule R18. AAPC blog 8126 on modifier 59; CMS NCCI PTP edits, by the edition of the day of service"
*/
with overlap as (
    select
        edited_pair.column_one_line_id,
        edited_pair.column_two_line_id,
        edited_pair.payer_id,
        edited_pair.member_id,
        edited_pair.rendering_provider_npi,
        edited_pair.date_of_service,
        edited_pair.edition_id,
        edited_pair.is_pair_edition_of_the_day,
        edited_pair.payer_ncci_edits,
        edited_pair.payer_ncci_policy_id,
        edited_pair.column_one_code,
        edited_pair.column_two_code,
        edited_pair.pair_amount
    from edited_pair
    inner join clocked_line as one on edited_pair.column_one_line_id = one.claim_line_id
    inner join clocked_line as two on edited_pair.column_two_line_id = two.claim_line_id
    where
        (edited_pair.is_column_one_marked or edited_pair.is_column_two_marked)
        and edited_pair.modifier_indicator = 1
        and not edited_pair.is_pair_denied
        and one.clock_start_at < two.clock_end_at
        and two.clock_start_at < one.clock_end_at
),

misused as (
    select
        case when is_marked_twice then 'two_modifiers' else 'no_partner' end as problem,
        claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        edition_id,
        is_pair_edition_of_the_day,
        payer_ncci_edits,
        payer_ncci_policy_id,
        procedure_code,
        modifiers,
        column_two_amount as line_amount
    from distinct_line
    where is_marked_twice or (is_partner_known and partner_count = 0 and not has_other_reason)
    union all
    select
        'overlap' as problem,
        column_one_line_id as claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        edition_id,
        is_pair_edition_of_the_day,
        payer_ncci_edits,
        payer_ncci_policy_id,
        column_one_code as procedure_code,
        '' as modifiers,
        cast(0 as decimal(12, 2)) as line_amount
    from overlap
    union all
    select
        'overlap' as problem,
        column_two_line_id as claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        edition_id,
        is_pair_edition_of_the_day,
        payer_ncci_edits,
        payer_ncci_policy_id,
        column_two_code as procedure_code,
        '' as modifiers,
        pair_amount as line_amount
    from overlap
),

-- A line that stands in two pairs is at risk once.
line as (
    select
        problem,
        claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        max(edition_id) as edition_id,
        max(case when is_pair_edition_of_the_day then 1 else 0 end) as of_the_day,
        max(payer_ncci_edits) as payer_ncci_edits,
        max(payer_ncci_policy_id) as payer_ncci_policy_id,
        min(procedure_code) as procedure_code,
        max(modifiers) as modifiers,
        max(line_amount) as line_amount
    from misused
    where coalesce(payer_ncci_edits, 'apply') <> 'ignore'
    group by problem, claim_line_id, payer_id, member_id, rendering_provider_npi, date_of_service
),

found as (
    select
        problem,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        max(payer_ncci_edits) as payer_ncci_edits,
        max(payer_ncci_policy_id) as policy_id,
        sum(line_amount) as exposure_amount,
        string_agg(concat(cast(claim_line_id as varchar), ':', cast(line_amount as varchar)), ';') as claim_lines,
        min(procedure_code) as first_code,
        max(procedure_code) as last_code,
        max(modifiers) as modifiers,
        max(edition_id) as edition_id,
        max(of_the_day) = 1 as is_pair_edition_of_the_day,
        count(*) as line_count
    from line
    group by problem, payer_id, member_id, rendering_provider_npi, date_of_service
)

select
    member_id,
    date_of_service,
    rendering_provider_npi,
    payer_id,
    problem,
    'C1' as certainty,
    case when payer_ncci_edits = 'apply' then 'violates_payer' else 'no_policy' end as verdict,
    policy_id,
    case when problem = 'overlap' then 'overpayment' else 'documentation' end as direction,
    exposure_amount,
    claim_lines,
    first_code,
    last_code,
    modifiers,
    edition_id,
    is_pair_edition_of_the_day,
    line_count,
    case problem
        when 'overlap'
            then concat(
                first_code,
                ' and ',
                last_code,
                ' of one person, day and clinician are said to be distinct, and overlap in time.'
            )
        when 'two_modifiers'
            then concat(first_code, ' carries 59 and an X modifier (', modifiers, '): one of them says it.')
        else concat(
            first_code,
            ' carries ',
            modifiers,
            ', and no other code of the day is one that the modifier could set apart.'
        )
    end as told
from found
