/*
title     = "A note that is nearly the same as another"
rule      = "R31"
pack      = "core"
severity  = "high"
direction = "documentation"
subject   = "line_note"
checkable = "is_note_known"
lacking   = "the roster gives neither a similarity nor hashes of the note"
params    = { similarity_percent = 90 }
grain     = ["session_key", "member_id", "payer_id"]
marks     = ["member_id", "date_of_service"]
finding   = "The person's own part of the note is {similar_percent} percent like {likened_to}."
action    = "Read both notes. Where this person's part was copied, amend it as the law allows, or refund what it does not support."
rationale = """
A session is paid for each person because a note tells what that person did and gained in it. What the whole group did may
stand in every note; the person's own part may not be another's, or last week's. The audit never takes in the text: it
compares scores, or salted hashes of word sequences, that the practice made. The measure is the share of the hashes that
two notes have in common.
"""
traps     = [
    "what the group did may stand in each note: only the person's own part is compared",
    "the earlier of two notes of one person is no copy",
]
reference = "Rule R31. The seed article: document each participant; N.H. He-M 426.08; the threshold is ours"
*/
with note_size as (
    select
        session_key,
        member_id,
        count(*) as shingle_count
    from note_shingle
    group by session_key, member_id
),

-- Another person's note of the session, and the same person's earlier notes.
overlap as (
    select
        this_note.session_key,
        this_note.member_id,
        other_note.session_key as other_session_key,
        other_note.member_id as other_member_id,
        'another member''s note of that session' as likened_to,
        count(*) as common_count
    from note_shingle as this_note
    inner join note_shingle as other_note
        on
            this_note.session_key = other_note.session_key
            and this_note.shingle = other_note.shingle
            and this_note.member_id <> other_note.member_id
    group by this_note.session_key, this_note.member_id, other_note.session_key, other_note.member_id
    union all
    select
        this_note.session_key,
        this_note.member_id,
        other_note.session_key as other_session_key,
        other_note.member_id as other_member_id,
        'the note of an earlier session' as likened_to,
        count(*) as common_count
    from note_shingle as this_note
    inner join note_shingle as other_note
        on
            this_note.member_id = other_note.member_id
            and this_note.shingle = other_note.shingle
            and this_note.session_start_at > other_note.session_start_at
            -- As far as the view reaches back before each month.
            and date_diff('day', other_note.session_date, this_note.session_date) <= 31
    group by this_note.session_key, this_note.member_id, other_note.session_key, other_note.member_id
),

measured as (
    select
        overlap.session_key,
        overlap.member_id,
        overlap.likened_to,
        'hashes' as measure,
        overlap.common_count * 100
        // (this_size.shingle_count + other_size.shingle_count - overlap.common_count) as similar_percent
    from overlap
    inner join note_size as this_size
        on overlap.session_key = this_size.session_key and overlap.member_id = this_size.member_id
    inner join note_size as other_size
        on overlap.other_session_key = other_size.session_key and overlap.other_member_id = other_size.member_id
    union all
    select distinct
        session_key,
        member_id,
        'another member''s note of that session' as likened_to,
        'similarity' as measure,
        cast(note_similarity * 1000 as bigint) // 10 as similar_percent
    from line_note
),

closest as (
    select
        session_key,
        member_id,
        likened_to,
        measure,
        similar_percent,
        count(*) over (partition by session_key, member_id) as alike_count
    from measured
    where similar_percent >= $similarity_percent
    qualify
        row_number() over (
            partition by session_key, member_id
            order by similar_percent desc, likened_to asc, measure asc
        ) = 1
),

ruled as (
    select
        line_note.claim_line_id,
        line_note.payer_id,
        line_note.member_id,
        line_note.rendering_provider_npi,
        line_note.date_of_service,
        line_note.session_key,
        closest.likened_to,
        closest.measure,
        closest.similar_percent,
        closest.alike_count,
        case
            when resolved_policy.payer_value = 'true' then 'violates_payer'
            when resolved_policy.payer_value = 'false' then 'violates_seed_only'
            else 'no_policy'
        end as verdict,
        case
            when resolved_policy.payer_value = 'true' then resolved_policy.payer_policy_id
            else resolved_policy.seed_policy_id
        end as policy_id,
        case
            when resolved_policy.payer_value = 'false' then cast(0 as decimal(12, 2))
            else line_note.at_risk_amount
        end as exposed_amount
    from line_note
    inner join closest on line_note.session_key = closest.session_key and line_note.member_id = closest.member_id
    left join resolved_policy
        on
            line_note.payer_id = resolved_policy.payer_id
            and line_note.procedure_code = resolved_policy.procedure_code
            and line_note.setting = resolved_policy.setting
            and line_note.date_of_service = resolved_policy.date_of_service
            and resolved_policy.rule_key = 'individual_note'
)

select
    session_key,
    member_id,
    payer_id,
    min(rendering_provider_npi) as rendering_provider_npi,
    min(date_of_service) as date_of_service,
    'C2' as certainty,
    case when count(*) filter (where verdict = 'violates_payer') > 0 then 'violates_payer' else min(verdict) end
        as verdict,
    coalesce(max(policy_id) filter (where verdict = 'violates_payer'), max(policy_id)) as policy_id,
    sum(exposed_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(exposed_amount as varchar)), ';') as claim_lines,
    min(similar_percent) as similar_percent,
    min(likened_to) as likened_to,
    min(measure) as measure,
    min(alike_count) as alike_count,
    count(*) as line_count
from ruled
group by session_key, member_id, payer_id
