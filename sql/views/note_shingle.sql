/*
grain       = ["session_key", "member_id", "shingle"]
comment     = "The salted hashes of each note, one a row, of the month and of the month before it: a note may copy an earlier one."
date        = "session_date"
days_before = 31
*/
-- Not of the view of the month's attendance, which does not reach back.
with latest as (
    select
        session_id,
        session_start_at,
        member_id,
        note_shingles,
        attendance_status = 'attended' and concat(';', facilitator_npis, ';') not like concat('%;', member_id, ';%')
            as is_present
    from attendance
    qualify
        row_number() over (
            partition by session_id, cast(session_start_at as date), member_id
            order by attendance_id desc
        ) = 1
),

-- Each hash once: how often a phrase comes back in one note says nothing about another.
hash as (
    select
        session_id,
        session_start_at,
        member_id,
        unnest(string_split(lower(note_shingles), ';')) as shingle
    from latest
    where is_present and note_shingles is not null
)

select distinct
    concat('session:', session_id, '@', cast(cast(session_start_at as date) as varchar)) as session_key,
    cast(session_start_at as date) as session_date,
    session_start_at,
    member_id,
    shingle
from hash
