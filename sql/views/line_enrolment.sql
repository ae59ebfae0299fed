/*
grain   = ["claim_line_id"]
comment = "Each line that counts with what lists of clinicians say of who treated: enrolled with the payer that day, excluded, under supervision."
*/
-- A row that tells of an exclusion and of no enrolment is from a list of excluded people: it enrols nobody.
with listed as (
    select
        rendering_provider_npi,
        payer_id,
        coalesce(enrolled_from, cast('0001-01-01' as date)) as enrolled_from,
        coalesce(enrolled_to, cast('9999-12-31' as date)) as enrolled_to,
        excluded_from,
        coalesce(excluded_to, cast('9999-12-31' as date)) as excluded_to,
        coalesce(is_supervisee, false) as is_supervisee,
        supervising_provider_npi,
        excluded_from is null or enrolled_from is not null or enrolled_to is not null as tells_enrolment
    from provider_enrolment
),

payer_list as (
    select distinct payer_id
    from listed
    where payer_id is not null and tells_enrolment
),

known as (
    select
        line_policy.claim_line_id,
        max(case when listed.tells_enrolment then 1 else 0 end) as told,
        max(case
            when
                listed.tells_enrolment
                and listed.enrolled_from <= line_policy.date_of_service
                and listed.enrolled_to >= line_policy.date_of_service
                then 1
            else 0
        end) as enrolled,
        max(case
            when
                listed.excluded_from <= line_policy.date_of_service
                and listed.excluded_to >= line_policy.date_of_service
                then 1
            else 0
        end) as excluded,
        max(case
            when
                listed.is_supervisee
                and listed.enrolled_from <= line_policy.date_of_service
                and listed.enrolled_to >= line_policy.date_of_service
                then 1
            else 0
        end) as supervised
    from line_policy
    inner join listed
        on
            line_policy.rendering_provider_npi = listed.rendering_provider_npi
            and (listed.payer_id is null or line_policy.payer_id = listed.payer_id)
    group by line_policy.claim_line_id
),

-- The roster names a supervisee of the clinician who billed, and not the clinician.
roster_supervisee as (
    select
        session_line.claim_line_id,
        min(listed.rendering_provider_npi) as supervisee_npi
    from session_line
    inner join roster_session on session_line.session_key = roster_session.session_key
    inner join listed
        on
            session_line.rendering_provider_npi = listed.supervising_provider_npi
            and listed.is_supervisee
            and (listed.payer_id is null or session_line.payer_id = listed.payer_id)
            and listed.enrolled_from <= session_line.date_of_service
            and listed.enrolled_to >= session_line.date_of_service
            and concat(';', roster_session.facilitator_npis, ';')
            like concat('%;', listed.rendering_provider_npi, ';%')
    where
        session_line.session_basis = 'roster'
        and concat(';', roster_session.facilitator_npis, ';')
        not like concat('%;', session_line.rendering_provider_npi, ';%')
    group by session_line.claim_line_id
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
    line_policy.supervising_provider_npi,
    line_policy.date_of_service,
    line_policy.procedure_code,
    line_policy.procedure_class,
    line_policy.at_risk_amount,
    line_policy.supervision_value,
    line_policy.supervision_policy_id,
    payer_list.payer_id is not null
    or coalesce(known.told = 1 or known.excluded = 1, false)
    or roster_supervisee.supervisee_npi is not null as is_enrolment_known,
    coalesce(known.enrolled = 1, false) as is_enrolled,
    payer_list.payer_id is not null or coalesce(known.told = 1, false) as is_enrolment_told,
    coalesce(known.excluded = 1, false) as is_excluded,
    coalesce(known.supervised = 1, false) as is_supervisee_billed,
    roster_supervisee.supervisee_npi,
    silent_file.file_id is null as is_supervisor_told
from line_policy
left join payer_list on line_policy.payer_id = payer_list.payer_id
left join known on line_policy.claim_line_id = known.claim_line_id
left join roster_supervisee on line_policy.claim_line_id = roster_supervisee.claim_line_id
left join silent_file on line_policy.file_id = silent_file.file_id
