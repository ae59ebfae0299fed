/*
grain   = ["session_key", "payer_id", "procedure_code"]
comment = "Group bills of payers whose limit rises with a second clinician, with who led by the roster and who is known to be qualified."
*/
with tiered as (
    select
        session_key,
        payer_id,
        procedure_code,
        procedure_class,
        date_of_service,
        rendering_provider_npi,
        line_count,
        size_basis,
        member_count,
        facilitator_count,
        payer_one_max_size,
        payer_two_max_size,
        payer_two_max_policy_id,
        oversize_refund
    from session_bill
    where procedure_class in ('group', 'multi_family_group')
),

-- One word on each clinician: qualified where any enrolment of the day says so.
listed as (
    select
        tiered.session_key,
        tiered.payer_id,
        tiered.procedure_code,
        provider_enrolment.rendering_provider_npi,
        min(case when provider_enrolment.is_supervisee then 1 else 0 end) as supervisee_count
    from tiered
    inner join roster_session on tiered.session_key = roster_session.session_key
    inner join provider_enrolment
        on
            concat(';', roster_session.facilitator_npis, ';')
            like concat('%;', provider_enrolment.rendering_provider_npi, ';%')
            and (provider_enrolment.payer_id is null or provider_enrolment.payer_id = tiered.payer_id)
            and coalesce(provider_enrolment.enrolled_from, cast('0001-01-01' as date)) <= tiered.date_of_service
            and coalesce(provider_enrolment.enrolled_to, cast('9999-12-31' as date)) >= tiered.date_of_service
    where tiered.payer_two_max_size is not null
    group by tiered.session_key, tiered.payer_id, tiered.procedure_code, provider_enrolment.rendering_provider_npi
),

staff as (
    select
        session_key,
        payer_id,
        procedure_code,
        count(*) as listed_facilitator_count,
        sum(supervisee_count) as supervisee_count
    from listed
    group by session_key, payer_id, procedure_code
)

select
    tiered.session_key,
    tiered.payer_id,
    tiered.procedure_code,
    tiered.procedure_class,
    tiered.date_of_service,
    tiered.rendering_provider_npi,
    tiered.line_count,
    tiered.member_count,
    tiered.facilitator_count,
    tiered.payer_one_max_size,
    tiered.payer_two_max_size,
    tiered.payer_two_max_policy_id,
    tiered.oversize_refund,
    coalesce(staff.listed_facilitator_count, 0) as listed_facilitator_count,
    cast(coalesce(staff.supervisee_count, 0) as bigint) as supervisee_count,
    -- Who led counts as qualified unless an enrolment says supervisee; with no word on any of several, nothing is judged.
    tiered.size_basis = 'roster'
    and tiered.payer_two_max_size is not null
    and (tiered.facilitator_count = 1 or coalesce(staff.listed_facilitator_count, 0) > 0) as is_staff_known
from tiered
left join staff
    on
        tiered.session_key = staff.session_key
        and tiered.payer_id = staff.payer_id
        and tiered.procedure_code = staff.procedure_code
