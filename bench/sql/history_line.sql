-- The claim lines of one month, in the order of the sheets. Places 0 to 13 of a sheet are seats in one or two groups, 14 to
-- 20 the clinician's other sessions, 21 to 29 what a prescriber and others billed for the same people.
insert into claim_line by name
with seat as (
    select
        *,
        place * 30 + line_place as line_in_month,
        -- Planted: a replacement or void of a seat, and two lines that are billed again on another claim.
        case
            when line_place = 29 and is_amended then 1
            when line_place = 28 and is_group_billed_twice then 2
            when line_place = 27 and is_individual_billed_twice then 17
            else line_place
        end as told_place
    from (select *, unnest(range(30)) as line_place from sheet)
),

told as (
    select
        *,
        $first_line + line_in_month as line_number,
        $first_line + place * 30 + told_place as told_line,
        $first_line + place * 30 + case line_place when 15 then 14 when 22 then 21 else line_place end as claim_number,
        told_place < 14 as is_group,
        told_place < 21 as is_therapy,
        case when told_place in (15, 22) then 2 else 1 end as claim_line_number,
        case when line_place = 29 and is_amended then amendment_code else '1' end as claim_frequency_code,
        case when told_place < first_size then 1 else 2 end as group_number,
        has_both and told_place = 16 as is_second_of_day,
        mixed($first_line + place * 30 + told_place) as line_draw
    from seat
    where line_in_month < $line_count
),

coded as (
    select
        *,
        case
            when is_group and group_number = 2 and is_multi_family then '90849'
            when is_group then '90853'
            when told_place = 15 then '90785'
            when told_place = 19 and line_draw % 4 = 0 then '90791'
            when told_place = 20 then case when line_draw % 4 = 0 then '90846' else '90847' end
            when is_therapy
                then case when line_draw % 20 < 10 then '90834' when line_draw % 20 < 17 then '90837' else '90832' end
            when told_place = 21 then case when line_draw % 2 = 0 then '99213' else '99214' end
            when told_place = 22 then case when line_draw % 2 = 0 then '90833' else '90836' end
            else [
                '99212', '99213', '99214', '99215', 'T1017', 'H2015', 'H0038', '80305', '36415', '96127', '97110'
            ][line_draw % 11 + 1]
        end as procedure_code,
        -- Who has a seat in a group has other sessions on other days of the week, unless two on one day are wanted.
        (
            ($era * 5 + case
                when is_group or is_second_of_day then weekday
                when told_place < 23 then (weekday + 2) % 5
                else (weekday + 3) % 5
            end) * $clinician_count + clinician
        ) * 32 + case
            when is_group then told_place
            when is_second_of_day then 3
            when told_place = 15 then 0
            when told_place = 22 then 7
            when told_place < 23 then told_place - 14
            else told_place - 16
        end as member_number
    from told
),

peopled as (
    select
        *,
        mixed(member_number) as member_draw,
        case
            when procedure_code = '90853' then 45 when procedure_code = '90849' then 55
            when procedure_code = '90785' then 15 when procedure_code = '90791' then 190
            when procedure_code in ('90846', '90847') then 130 when procedure_code = '90834' then 120
            when procedure_code = '90837' then 170 when procedure_code = '90832' then 90
            when procedure_code in ('90833', '90836') then 95 when procedure_code like '99%' then 140
            else 35
        end as rate,
        case
            when is_group then 75 when procedure_code = '90832' then 30 when procedure_code = '90834' then 45 else 55
        end as minutes
    from coded
),

priced as (
    select
        *,
        cast(rate + case when claim_frequency_code = '7' then 5 else 0 end as decimal(12, 2)) as charge_amount,
        cast(rate * 0.8 as decimal(12, 2)) as allowed_amount,
        ['F411', 'F331', 'F4310', 'F1020', 'F900', 'F3181', 'F4323', 'F329'] as diagnoses,
        cast(date_of_service as timestamp) + case
            -- No two of a practice begin at one time, since that would look like one group that they lead together.
            when is_group and group_number = 1 then to_minutes(540 - 5 * (clinician % 10))
            when is_group then to_minutes(1065 + 5 * (clinician % 10))
            else to_minutes(630 + 60 * (told_place - case when told_place = 15 then 15 else 14 end))
        end as start_at
    from peopled
)

select
    line_number as claim_line_id,
    md5(concat($sha256, '|', claim_number)) as claim_id,
    $file_id as file_id,
    line_in_month * $line_bytes as byte_start,
    (line_in_month + 1) * $line_bytes as byte_end,
    line_in_month + 2 as source_line_number,
    concat('H', lpad(cast(
        case when claim_frequency_code = '1' then claim_number else told_line end as varchar
    ), 10, '0')) as patient_control_number,
    claim_line_number,
    claim_frequency_code,
    concat('ICN', lpad(cast(
        case when claim_frequency_code = '1' then claim_number else told_line end as varchar
    ), 10, '0')) as payer_claim_control_number,
    case
        when member_draw % 10 = 0 then 'MEDICARE'
        when member_draw % 10 = 1 then 'ANTHEM'
        else ['CTMCD', 'MAMCD', 'NYMCD', 'PAMCD', 'TXMCD'][region + 1]
    end as payer_id,
    concat('M', lpad(cast(member_number as varchar), 9, '0')) as member_id,
    concat('M', lpad(cast(member_number - case when member_draw % 5 = 0 then 1 else 0 end as varchar), 9, '0'))
        as subscriber_id,
    case when member_draw % 5 = 0 then '19' else '18' end as relationship_code,
    billing_npi as billing_provider_npi,
    case
        when not is_therapy then prescriber_npi
        -- Where neither session nor time is told, two groups of one clinician on one day would look like one that is too large.
        when is_group and group_number = 2 and tag_draw > 7 then colleague_npi
        else therapist_npi
    end as rendering_provider_npi,
    case when is_therapy then '1041C0700X' else '2084P0800X' end as rendering_taxonomy_code,
    case when is_telehealth and is_therapy then '10' else '11' end as place_of_service_code,
    date_of_service,
    procedure_code,
    case
        when is_second_of_day and is_marked then '59'
        when is_telehealth and is_therapy then '95'
        when told_place = 21 then '25'
    end as modifier_1,
    case when is_second_of_day and is_marked and is_telehealth then '95' end as modifier_2,
    cast(1 as decimal(12, 3)) as service_units,
    'UN' as unit_basis_code,
    charge_amount,
    allowed_amount,
    case when line_draw % 50 = 0 then cast(0 as decimal(12, 2)) else allowed_amount end as paid_amount,
    diagnoses[member_draw % 8 + 1] as diagnosis_code_1,
    case when member_draw // 8 % 3 = 0 then diagnoses[(member_draw + 3) % 8 + 1] end as diagnosis_code_2,
    case when member_draw // 8 % 3 = 0 then '1:2' else '1' end as diagnosis_pointers,
    date_of_service + cast(
        case when claim_frequency_code = '1' then 3 + line_draw % 12 else 45 end as integer
    ) as received_date,
    case
        when not is_therapy or tag_draw >= 5 then null
        when is_group then concat('S', sheet_number, '-', group_number)
        else concat('S', sheet_number, '-', told_place - case when told_place = 15 then 1 else 0 end)
    end as session_id,
    case when is_therapy and tag_draw between 5 and 7 then start_at end as session_start_at,
    case
        when is_therapy and tag_draw between 5 and 7
            then start_at + to_minutes(minutes)
    end as session_end_at,
    md5(concat($sha256, '|line|', line_number)) as line_sha
from priced
