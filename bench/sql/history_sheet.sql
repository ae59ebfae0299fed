-- One row for every day of work of one clinician in one month: 30 lines each, in order of days. What a sheet holds follows
-- from its number and the seed alone.
create or replace temp table sheet as
with counted as (
    select
        cast(unnest(range($sheet_count)) as bigint) as place,
        $first_sheet as first_sheet
),

numbered as (
    select
        place,
        first_sheet + place as sheet_number,
        place * len($days) // $sheet_count as day_place,
        md5_number_lower(concat($seed, '|', first_sheet + place)) as draw
    from counted
),

placed as (
    select
        place,
        sheet_number,
        draw,
        $days[day_place + 1] as date_of_service,
        -- Nobody works twice on a day.
        place - (day_place * $sheet_count + len($days) - 1) // len($days) as clinician
    from numbered
),

timed as (
    select
        place,
        sheet_number,
        draw,
        date_of_service,
        clinician,
        isodow(date_of_service) - 1 as weekday
    from placed
)

select
    place,
    sheet_number,
    date_of_service,
    clinician,
    weekday,
    npi(clinician) as therapist_npi,
    npi($clinician_count + clinician) as prescriber_npi,
    npi(2 * $clinician_count + clinician) as colleague_npi,
    npi(90000000 + clinician // 10) as billing_npi,
    clinician // 10 % 5 as region,
    mixed(clinician + 7) % 10 as tag_draw,
    mixed(clinician * 5 + weekday) % 5 = 0 as is_telehealth,
    -- The same size each week for half a year; one group in a hundred is too large.
    case
        when draw % 50 = 0 then 11 + draw // 50 % 4
        else 4 + mixed(($era * 5 + weekday) * $clinician_count + clinician) % 7
    end as first_size,
    draw // 200 % 10 = 0 as is_multi_family,
    draw // 2000 % 8 = 0 as is_amended,
    case when draw // 16000 % 3 = 0 then '8' else '7' end as amendment_code,
    draw // 48000 % 20 = 0 as is_group_billed_twice,
    draw // 960000 % 40 = 0 as is_individual_billed_twice,
    draw // 38400000 % 20 = 0 as has_both,
    draw // 768000000 % 2 = 0 as is_marked
from timed
