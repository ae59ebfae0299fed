/*
grain       = ["claim_line_id"]
comment     = "Visits at payers that limit how many a person may have, over all months: lines that count and were not denied. An exact duplicate is no visit of its own, nor is a day in a hospital bed or a day program."
scope       = "history"
rows_of     = "day"
days_before = 31
*/
-- Whoever may have a limit: which one is in force on a day is told by resolved_policy.
with limited_payer as (
    select distinct claim.payer_id
    from claim
    left join payer on claim.payer_id = payer.payer_id
    inner join payer_policy
        on
            payer_policy.rule_key in ('max_visits_day', 'max_visits_7_days')
            and (payer_policy.payer_id is null or payer_policy.payer_id in (claim.payer_id, 'SEED'))
            and (payer_policy.program is null or payer_policy.program = payer.program)
            and (payer_policy.state is null or payer_policy.state = payer.state)
),

-- What remittances paid for a line, its reversals and the lines whose place it took.
remitted as (
    select
        coalesce(superseded_line.superseded_by_claim_line_id, remittance_claim_line.claim_line_id) as claim_line_id,
        sum(remittance_line.paid_amount) as paid_amount
    from remittance_claim_line
    inner join remittance_line on remittance_claim_line.remittance_line_id = remittance_line.remittance_line_id
    left join superseded_line on remittance_claim_line.claim_line_id = superseded_line.claim_line_id
    where remittance_claim_line.claim_line_id is not null
    group by coalesce(superseded_line.superseded_by_claim_line_id, remittance_claim_line.claim_line_id)
),

counted_line as (
    select
        claim_line.claim_line_id,
        claim_line.patient_control_number,
        claim_line.claim_line_number,
        claim_line.payer_id,
        claim_line.member_id,
        claim_line.date_of_service,
        claim_line.session_start_at,
        procedure_code.procedure_class,
        -- Alike on another claim is the same service sent again.
        min(claim_line.patient_control_number) over (
            partition by
                claim_line.payer_id, claim_line.member_id, claim_line.date_of_service,
                claim_line.rendering_provider_npi, claim_line.procedure_code, claim_line.modifier_1,
                claim_line.modifier_2, claim_line.modifier_3, claim_line.modifier_4, claim_line.service_units,
                claim_line.charge_amount,
                coalesce(claim_line.session_id, cast(claim_line.session_start_at as varchar))
        ) as first_patient_control_number
    from claim_line
    inner join limited_payer on claim_line.payer_id = limited_payer.payer_id
    inner join procedure_code on claim_line.procedure_code = procedure_code.procedure_code
    left join place_of_service on claim_line.place_of_service_code = place_of_service.place_of_service_code
    left join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
    left join remitted on claim_line.claim_line_id = remitted.claim_line_id
    where
        procedure_code.procedure_class in ('group', 'multi_family_group', 'family', 'individual')
        and coalesce(place_of_service.setting, 'office') not in ('inpatient', 'partial_hospital')
        and superseded_line.claim_line_id is null
        and coalesce(remitted.paid_amount, claim_line.paid_amount, 1) > 0
)

select
    claim_line_id,
    payer_id,
    member_id,
    date_of_service,
    procedure_class,
    row_number() over (
        partition by payer_id, member_id, procedure_class, date_of_service
        -- Not by the key alone: that hangs on the order in which files came.
        order by session_start_at asc nulls last, patient_control_number asc, claim_line_number asc, claim_line_id asc
    ) as visit_of_day
from counted_line
where patient_control_number = first_patient_control_number
