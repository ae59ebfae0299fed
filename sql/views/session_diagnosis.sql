/*
grain   = ["session_key", "member_id"]
comment = "Each person billed for a group or multiple-family session, with all diagnoses of the claim in one text."
*/
select
    session_line.session_key,
    session_line.member_id,
    min(session_line.date_of_service) as date_of_service,
    min(session_line.rendering_provider_npi) as rendering_provider_npi,
    min(line_diagnosis.diagnosis_vector) as diagnosis_vector,
    count(*) as line_count,
    min(line_diagnosis.diagnosis_vector) is not null as is_diagnosis_known
from session_line
inner join line_diagnosis on session_line.claim_line_id = line_diagnosis.claim_line_id
where session_line.procedure_class in ('group', 'multi_family_group')
group by session_line.session_key, session_line.member_id
