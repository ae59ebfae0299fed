/*
grain   = ["claim_line_id"]
comment = "Each therapy line with what the roster tells of the person's note of that session."
*/
select
    session_line.claim_line_id,
    session_line.payer_id,
    session_line.member_id,
    session_line.rendering_provider_npi,
    session_line.date_of_service,
    session_line.procedure_code,
    session_line.procedure_class,
    session_line.setting,
    session_line.session_key,
    session_line.at_risk_amount,
    current_attendance.note_similarity,
    coalesce(
        current_attendance.note_similarity is not null or current_attendance.note_shingles is not null, false
    ) as is_note_known
from session_line
left join current_attendance
    on
        session_line.session_key = current_attendance.session_key
        and session_line.member_id = current_attendance.member_id
        and current_attendance.is_present
