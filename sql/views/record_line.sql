/*
grain   = ["claim_line_id"]
comment = "Each therapy line of a person who came, as the roster says, with that person's treatment plan and signature; and which of these the practice delivers at all."
*/
with recorded as (
    select
        session_line.claim_line_id,
        session_line.payer_id,
        session_line.member_id,
        session_line.rendering_provider_npi,
        session_line.billing_provider_npi,
        session_line.date_of_service,
        session_line.procedure_code,
        session_line.procedure_class,
        session_line.setting,
        session_line.at_risk_amount,
        current_attendance.session_date,
        current_attendance.note_signed_at,
        current_attendance.treatment_plan_from,
        current_attendance.treatment_plan_to,
        current_attendance.treatment_plan_elements,
        coalesce(current_attendance.is_present, false) as is_present
    from session_line
    left join current_attendance
        on
            session_line.session_key = current_attendance.session_key
            and session_line.member_id = current_attendance.member_id
),

-- A column that is empty in every row of a practice is one that its export does not have.
delivered as (
    select
        billing_provider_npi,
        count(treatment_plan_from) + count(treatment_plan_to) as plan_day_count,
        count(treatment_plan_elements) as element_count,
        count(note_signed_at) as signature_count
    from recorded
    group by billing_provider_npi
)

select
    recorded.claim_line_id,
    recorded.payer_id,
    recorded.member_id,
    recorded.rendering_provider_npi,
    recorded.date_of_service,
    recorded.procedure_code,
    recorded.procedure_class,
    recorded.setting,
    recorded.at_risk_amount,
    recorded.session_date,
    recorded.note_signed_at,
    recorded.treatment_plan_from,
    recorded.treatment_plan_to,
    recorded.treatment_plan_elements,
    recorded.is_present,
    delivered.plan_day_count > 0 as has_plan_days,
    delivered.element_count > 0 as has_plan_elements,
    delivered.signature_count > 0 as has_signatures,
    recorded.is_present
    and (delivered.plan_day_count > 0 or delivered.element_count > 0 or delivered.signature_count > 0)
        as is_record_known
from recorded
inner join delivered on recorded.billing_provider_npi = delivered.billing_provider_npi
