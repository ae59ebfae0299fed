/*
grain       = ["claim_line_id"]
comment     = "Each line that tells of a day in a hospital or in a day program, of the month and of the weeks before it."
date        = "date_of_service"
days_before = 31
*/
select
    claim_line.claim_line_id,
    claim_line.claim_id,
    claim_line.member_id,
    claim_line.date_of_service,
    coalesce(claim_line.date_of_service_through, claim_line.date_of_service) as last_date_of_service,
    case when claim_line.place_of_service_code in ('21', '51') then 'inpatient' else 'day_program' end as stay_kind,
    coalesce(procedure_code.procedure_class = 'partial_hospital_group', false) as is_program_code
from claim_line
left join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
left join procedure_code on claim_line.procedure_code = procedure_code.procedure_code
where
    superseded_line.claim_line_id is null
    and (
        claim_line.place_of_service_code in ('21', '51', '52')
        or procedure_code.procedure_class = 'partial_hospital_group'
    )
