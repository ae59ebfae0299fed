/*
grain   = ["claim_line_id"]
comment = "Each therapy line with the diagnosis to which it points first, all diagnoses of its claim in one text, and how long the person has been in care."
*/
with therapy_line as (
    select
        billed.claim_line_id,
        billed.payer_id,
        billed.member_id,
        billed.rendering_provider_npi,
        billed.date_of_service,
        billed.procedure_code,
        billed.procedure_class,
        billed.setting,
        billed.service_year,
        billed.service_quarter,
        billed.service_units,
        billed.charge_amount,
        billed.is_denied,
        -- A line without pointers stands for the first diagnosis of its claim.
        case
            when concat(billed.diagnosis_pointers, ':') like '2:%' then billed.diagnosis_code_2
            when concat(billed.diagnosis_pointers, ':') like '3:%' then billed.diagnosis_code_3
            when concat(billed.diagnosis_pointers, ':') like '4:%' then billed.diagnosis_code_4
            when concat(billed.diagnosis_pointers, ':') like '5:%' then billed.diagnosis_code_5
            when concat(billed.diagnosis_pointers, ':') like '6:%' then billed.diagnosis_code_6
            when concat(billed.diagnosis_pointers, ':') like '7:%' then billed.diagnosis_code_7
            when concat(billed.diagnosis_pointers, ':') like '8:%' then billed.diagnosis_code_8
            when concat(billed.diagnosis_pointers, ':') like '9:%' then billed.diagnosis_code_9
            when concat(billed.diagnosis_pointers, ':') like '10:%' then billed.diagnosis_code_10
            when concat(billed.diagnosis_pointers, ':') like '11:%' then billed.diagnosis_code_11
            when concat(billed.diagnosis_pointers, ':') like '12:%' then billed.diagnosis_code_12
            else billed.diagnosis_code_1
        end as first_diagnosis_code,
        concat(
            coalesce(billed.diagnosis_code_1, ''),
            case when billed.diagnosis_code_2 is not null then concat(';', billed.diagnosis_code_2) else '' end,
            case when billed.diagnosis_code_3 is not null then concat(';', billed.diagnosis_code_3) else '' end,
            case when billed.diagnosis_code_4 is not null then concat(';', billed.diagnosis_code_4) else '' end,
            case when billed.diagnosis_code_5 is not null then concat(';', billed.diagnosis_code_5) else '' end,
            case when billed.diagnosis_code_6 is not null then concat(';', billed.diagnosis_code_6) else '' end,
            case when billed.diagnosis_code_7 is not null then concat(';', billed.diagnosis_code_7) else '' end,
            case when billed.diagnosis_code_8 is not null then concat(';', billed.diagnosis_code_8) else '' end,
            case when billed.diagnosis_code_9 is not null then concat(';', billed.diagnosis_code_9) else '' end,
            case when billed.diagnosis_code_10 is not null then concat(';', billed.diagnosis_code_10) else '' end,
            case when billed.diagnosis_code_11 is not null then concat(';', billed.diagnosis_code_11) else '' end,
            case when billed.diagnosis_code_12 is not null then concat(';', billed.diagnosis_code_12) else '' end
        ) as diagnosis_text
    from current_claim_line as billed
    where
        billed.procedure_class in (
            'group', 'multi_family_group', 'family', 'individual', 'individual_add_on', 'crisis',
            'partial_hospital_group', 'other_therapy'
        )
)

select
    therapy_line.claim_line_id,
    therapy_line.payer_id,
    therapy_line.member_id,
    therapy_line.rendering_provider_npi,
    therapy_line.date_of_service,
    therapy_line.procedure_code,
    therapy_line.procedure_class,
    therapy_line.setting,
    therapy_line.service_year,
    therapy_line.service_quarter,
    therapy_line.service_units,
    therapy_line.charge_amount,
    therapy_line.is_denied,
    therapy_line.first_diagnosis_code,
    case when therapy_line.diagnosis_text <> '' then therapy_line.diagnosis_text end as diagnosis_vector,
    date_diff('day', first_visit.first_visit_date, therapy_line.date_of_service) as days_in_care,
    edition_in_force.edition_id as diagnosis_edition_id,
    edition_in_force.edition_id is not null as is_diagnosis_list_known
from therapy_line
inner join first_visit on therapy_line.member_id = first_visit.member_id
left join edition_in_force
    on
        therapy_line.payer_id = edition_in_force.payer_id
        and therapy_line.setting = edition_in_force.setting
        and therapy_line.date_of_service = edition_in_force.date_of_service
        and edition_in_force.kind_code = 'icd10'
