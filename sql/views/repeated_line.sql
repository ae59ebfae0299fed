/*
grain   = ["claim_line_id"]
comment = "Lines that another line equals in payer, person, day, clinician, code, modifiers, units and charge, in order of payment."
*/
with tagged as (
    select
        claim_line_id,
        claim_id,
        payer_id,
        member_id,
        date_of_service,
        rendering_provider_npi,
        procedure_code,
        modifiers,
        service_units,
        charge_amount,
        at_risk_amount,
        coalesce(session_id, cast(session_start_at as varchar)) as session_tag,
        coalesce(received_date, date_of_service) as known_date
    from current_claim_line
),

alike as (
    select
        claim_line_id,
        claim_id,
        payer_id,
        member_id,
        date_of_service,
        rendering_provider_npi,
        procedure_code,
        modifiers,
        service_units,
        charge_amount,
        at_risk_amount,
        known_date,
        -- Two known sessions are two services; a line that names no session is taken for the first of them.
        coalesce(session_tag, min(session_tag) over (
            partition by
                payer_id, member_id, date_of_service, rendering_provider_npi, procedure_code, modifiers,
                service_units, charge_amount
        ), '') as session_tag
    from tagged
),

ordered as (
    select
        claim_line_id,
        claim_id,
        payer_id,
        member_id,
        date_of_service,
        rendering_provider_npi,
        procedure_code,
        modifiers,
        service_units,
        charge_amount,
        at_risk_amount,
        session_tag,
        -- The first that was paid is the service; what came after it is the duplicate.
        row_number() over (
            partition by
                payer_id, member_id, date_of_service, rendering_provider_npi, procedure_code, modifiers,
                service_units, charge_amount, session_tag
            order by case when at_risk_amount > 0 then 0 else 1 end, known_date, claim_line_id
        ) as occurrence,
        count(*) over (
            partition by
                payer_id, member_id, date_of_service, rendering_provider_npi, procedure_code, modifiers,
                service_units, charge_amount, session_tag
        ) as line_count
    from alike
)

select
    claim_line_id,
    claim_id,
    payer_id,
    member_id,
    date_of_service,
    rendering_provider_npi,
    procedure_code,
    modifiers,
    service_units,
    charge_amount,
    at_risk_amount,
    session_tag,
    occurrence,
    max(case when occurrence = 1 then claim_id end) over (
        partition by
            payer_id, member_id, date_of_service, rendering_provider_npi, procedure_code, modifiers,
            service_units, charge_amount, session_tag
    ) as first_claim_id
from ordered
where line_count > 1
