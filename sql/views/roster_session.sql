/*
grain   = ["session_key"]
comment = "One session of the roster: who led, how many came, and what size the notes state."
*/
select
    session_key,
    min(session_date) as session_date,
    min(session_start_at) as session_start_at,
    max(session_end_at) as session_end_at,
    max(facilitator_npis) as facilitator_npis,
    max(length(facilitator_npis) - length(replace(facilitator_npis, ';', ''))) + 1 as facilitator_count,
    count(*) as listed_count,
    count(*) filter (where is_present) as present_count,
    count(*) filter (where attendance_status in ('cancelled', 'late_cancel')) as called_off_count,
    count(*) filter (where attendance_status = 'observer') as observer_count,
    -- A note may count whoever watched, and who led, where the roster lists them.
    count(*) filter (
        where attendance_status = 'observer' or (attendance_status = 'attended' and not is_present)
    ) as guest_count,
    min(documented_group_size) as least_documented_size,
    max(documented_group_size) as most_documented_size
from current_attendance
group by session_key
