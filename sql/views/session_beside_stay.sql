/*
grain   = ["claim_line_id", "stay_kind"]
comment = "Each line of a session on a day on which the same person was in a hospital or a day program by another line, and whether it was that stay's first or last day."
*/
-- Days that follow each other belong to one stay. A line for one day alone does not tell whether the stay began or ended
-- with it; a range of days does.
select
    session_time.claim_line_id,
    facility_stay.stay_kind,
    max(case
        when facility_stay.date_of_service < session_time.date_of_service then 1 else 0
    end) = 1 as is_after_start,
    max(case
        when facility_stay.last_date_of_service > session_time.date_of_service then 1 else 0
    end) = 1 as is_before_end,
    max(case
        when
            facility_stay.date_of_service = session_time.date_of_service
            and facility_stay.last_date_of_service > session_time.date_of_service
            then 1
        else 0
    end) = 1 as is_first_of_range,
    max(case
        when
            facility_stay.date_of_service < session_time.date_of_service
            and facility_stay.last_date_of_service = session_time.date_of_service
            then 1
        else 0
    end) = 1 as is_last_of_range
from session_time
inner join facility_stay
    on
        session_time.member_id = facility_stay.member_id
        and date_diff('day', session_time.date_of_service, facility_stay.date_of_service) <= 1
        and date_diff('day', facility_stay.last_date_of_service, session_time.date_of_service) <= 1
where
    session_time.claim_line_id <> facility_stay.claim_line_id
    -- What was billed in the hospital or program itself is a part of the stay; beside it stands only the program's own code.
    and (
        session_time.place_of_service_code not in ('21', '51', '52')
        or (session_time.place_of_service_code = '52' and facility_stay.is_program_code)
    )
group by session_time.claim_line_id, facility_stay.stay_kind
having
    max(case
        when
            facility_stay.date_of_service <= session_time.date_of_service
            and facility_stay.last_date_of_service >= session_time.date_of_service
            then 1
        else 0
    end) = 1
