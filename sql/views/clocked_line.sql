/*
grain   = ["claim_line_id"]
comment = "Each line with the start and end of its session: those of the claim, else of the roster; null where neither knows both. Only a therapy has a session_key."
*/
select
    current_claim_line.claim_line_id,
    current_claim_line.payer_id,
    current_claim_line.member_id,
    current_claim_line.rendering_provider_npi,
    current_claim_line.date_of_service,
    session_line.session_key,
    case
        when
            current_claim_line.session_end_at > current_claim_line.session_start_at
            then current_claim_line.session_start_at
        when roster_session.session_end_at > roster_session.session_start_at then roster_session.session_start_at
    end as clock_start_at,
    case
        when
            current_claim_line.session_end_at > current_claim_line.session_start_at
            then current_claim_line.session_end_at
        when roster_session.session_end_at > roster_session.session_start_at then roster_session.session_end_at
    end as clock_end_at
from current_claim_line
left join session_line on current_claim_line.claim_line_id = session_line.claim_line_id
left join roster_session on session_line.session_key = roster_session.session_key
