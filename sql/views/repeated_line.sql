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

-- Lines with an equal are few: only they are put in order.
equal_line as (
    select
        payer_id,
        member_id,
        date_of_service,
        rendering_provider_npi,
        procedure_code,
        modifiers,
        service_units,
        charge_amount,
        min(session_tag) as first_session_tag
    from tagged
    group by
        payer_id, member_id, date_of_service, rendering_provider_npi, procedure_code, modifiers, service_units,
        charge_amount
    having count(*) > 1
),

alike as (
    select
        tagged.claim_line_id,
        tagged.claim_id,
        tagged.payer_id,
        tagged.member_id,
        tagged.date_of_service,
        tagged.rendering_provider_npi,
        tagged.procedure_code,
        tagged.modifiers,
        tagged.service_units,
        tagged.charge_amount,
        tagged.at_risk_amount,
        tagged.known_date,
        -- Two known sessions are two services; a line that names no session is taken for the first of them.
        coalesce(tagged.session_tag, equal_line.first_session_tag, '') as session_tag
    from tagged
    inner join equal_line
        on
            tagged.member_id = equal_line.member_id
            and tagged.date_of_service = equal_line.date_of_service
            and tagged.payer_id is not distinct from equal_line.payer_id
            and tagged.rendering_provider_npi is not distinct from equal_line.rendering_provider_npi
            and tagged.procedure_code is not distinct from equal_line.procedure_code
            and tagged.modifiers is not distinct from equal_line.modifiers
            and tagged.service_units is not distinct from equal_line.service_units
            and tagged.charge_amount is not distinct from equal_line.charge_amount
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
