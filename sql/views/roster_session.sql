/*
grain   = ["session_key"]
comment = "One session of the roster: who led and how many came."
*/
select
    session_key,
    min(session_date) as session_date,
    min(session_start_at) as session_start_at,
    max(session_end_at) as session_end_at,
    max(facilitator_npis) as facilitator_npis,
    max(length(facilitator_npis) - length(replace(facilitator_npis, ';', ''))) + 1 as facilitator_count,
    count(*) filter (where is_present) as present_count
from current_attendance
group by session_key
