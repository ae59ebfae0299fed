/*
grain   = ["claim_line_id"]
comment = "Each line that counts with what eligibility lists say of the person: covered or not, in which order, and authorized or not."
*/
-- A day that any list calls covered is covered: coverage that is ended afterwards was the payer's word when it was served.
with own_span as (
    select
        current_claim_line.claim_line_id,
        count(*) as span_count,
        max(case
            when
                coverage_span.coverage_from <= current_claim_line.date_of_service
                and coalesce(coverage_span.coverage_to, cast('9999-12-31' as date))
                >= current_claim_line.date_of_service
                then 1
            else 0
        end) as covered,
        min(case
            when
                coverage_span.coverage_from <= current_claim_line.date_of_service
                and coalesce(coverage_span.coverage_to, cast('9999-12-31' as date))
                >= current_claim_line.date_of_service
                then coverage_span.coverage_order
        end) as coverage_order
    from current_claim_line
    inner join coverage_span
        on
            current_claim_line.member_id = coverage_span.member_id
            and current_claim_line.payer_id = coverage_span.payer_id
    group by current_claim_line.claim_line_id
),

-- Other payers that come before this one on the day and were not billed for the service.
earlier_payer as (
    select
        current_claim_line.claim_line_id,
        min(coverage_span.payer_id) as earlier_payer_id
    from current_claim_line
    inner join own_span on current_claim_line.claim_line_id = own_span.claim_line_id
    inner join coverage_span
        on
            current_claim_line.member_id = coverage_span.member_id
            and current_claim_line.payer_id <> coverage_span.payer_id
            and coverage_span.coverage_order < own_span.coverage_order
            and coverage_span.coverage_from <= current_claim_line.date_of_service
            and coalesce(coverage_span.coverage_to, cast('9999-12-31' as date)) >= current_claim_line.date_of_service
    left join current_claim_line as billed_before
        on
            coverage_span.payer_id = billed_before.payer_id
            and current_claim_line.member_id = billed_before.member_id
            and current_claim_line.date_of_service = billed_before.date_of_service
            and current_claim_line.procedure_code = billed_before.procedure_code
    where billed_before.claim_line_id is null
    group by current_claim_line.claim_line_id
),

-- Authorizations of the person at the payer for the code: the one that the line names, and any.
authorization_on_file as (
    select
        current_claim_line.claim_line_id,
        count(*) as authorization_count,
        sum(case
            when
                current_claim_line.prior_authorization_number = service_authorization.prior_authorization_number
                then 1
            else 0
        end) as named_count,
        sum(case
            when
                current_claim_line.prior_authorization_number = service_authorization.prior_authorization_number
                and service_authorization.authorized_from <= current_claim_line.date_of_service
                and coalesce(service_authorization.authorized_to, cast('9999-12-31' as date))
                >= current_claim_line.date_of_service
                then 1
            else 0
        end) as valid_count
    from current_claim_line
    inner join service_authorization
        on
            current_claim_line.member_id = service_authorization.member_id
            and current_claim_line.payer_id = service_authorization.payer_id
            and (
                service_authorization.procedure_code is null
                or current_claim_line.procedure_code = service_authorization.procedure_code
            )
    group by current_claim_line.claim_line_id
)

select
    line_policy.claim_line_id,
    line_policy.payer_id,
    line_policy.billing_provider_npi,
    line_policy.patient_control_number,
    line_policy.claim_line_number,
    line_policy.claim_occurrence,
    line_policy.member_id,
    line_policy.rendering_provider_npi,
    line_policy.date_of_service,
    line_policy.procedure_code,
    line_policy.procedure_class,
    line_policy.prior_authorization_number,
    line_policy.at_risk_amount,
    line_policy.coverage_policy_id,
    coalesce(line_policy.coverage_value = 'auth_required', false) as is_authorization_required,
    own_span.claim_line_id is not null as is_eligibility_known,
    coalesce(own_span.covered = 1, false) as is_covered,
    own_span.coverage_order,
    earlier_payer.earlier_payer_id,
    line_payment.last_status_code,
    coalesce(authorization_on_file.authorization_count, 0) as authorization_count,
    coalesce(authorization_on_file.named_count, 0) as named_authorization_count,
    coalesce(authorization_on_file.valid_count, 0) as valid_authorization_count,
    authorization_use.authorized_units,
    authorization_use.used_units
from line_policy
left join own_span on line_policy.claim_line_id = own_span.claim_line_id
left join earlier_payer on line_policy.claim_line_id = earlier_payer.claim_line_id
left join line_payment on line_policy.claim_line_id = line_payment.claim_line_id
left join authorization_on_file on line_policy.claim_line_id = authorization_on_file.claim_line_id
left join authorization_use on line_policy.claim_line_id = authorization_use.claim_line_id
