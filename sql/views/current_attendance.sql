/*
grain   = ["session_key", "member_id"]
comment = "The latest word of the scheduling system on each person at each session."
date    = "session_date"
*/
select
    concat('session:', session_id, '@', cast(cast(session_start_at as date) as varchar)) as session_key,
    session_id,
    cast(session_start_at as date) as session_date,
    session_start_at,
    session_end_at,
    member_id,
    family_id,
    attendance_status,
    facilitator_npis,
    place_of_service_code,
    documented_group_size,
    group_focus,
    note_signed_at,
    note_similarity,
    note_shingles,
    treatment_plan_from,
    treatment_plan_to,
    treatment_plan_elements,
    -- A facilitator who stands on the roster leads the group and is no member of it.
    attendance_status = 'attended' and concat(';', facilitator_npis, ';') not like concat('%;', member_id, ';%')
        as is_present
from attendance
qualify
    row_number() over (
        partition by session_id, cast(session_start_at as date), member_id
        order by attendance_id desc
    ) = 1
