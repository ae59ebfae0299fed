/*
grain   = ["rendering_provider_npi", "service_year", "service_quarter", "diagnoses"]
comment = "How many of a clinician's lines carry the very same diagnoses; behind the comparison of clinicians."
*/
select
    current_claim_line.rendering_provider_npi,
    current_claim_line.service_year,
    current_claim_line.service_quarter,
    concat(
        current_claim_line.diagnosis_code_1, ' ', coalesce(current_claim_line.diagnosis_code_2, ''), ' ',
        coalesce(current_claim_line.diagnosis_code_3, ''), ' ', coalesce(current_claim_line.diagnosis_code_4, '')
    ) as diagnoses,
    count(*) as line_count
from current_claim_line
inner join procedure_code on current_claim_line.procedure_code = procedure_code.procedure_code
where current_claim_line.diagnosis_code_1 is not null
group by
    current_claim_line.rendering_provider_npi,
    current_claim_line.service_year,
    current_claim_line.service_quarter,
    concat(
        current_claim_line.diagnosis_code_1, ' ', coalesce(current_claim_line.diagnosis_code_2, ''), ' ',
        coalesce(current_claim_line.diagnosis_code_3, ''), ' ', coalesce(current_claim_line.diagnosis_code_4, '')
    )
