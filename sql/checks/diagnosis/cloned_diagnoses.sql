/*
title     = "The same diagnoses for nearly everybody in a group"
rule      = "R30"
pack      = "core"
severity  = "medium"
direction = "lead"
subject   = "session_diagnosis"
checkable = "is_diagnosis_known"
lacking   = "no diagnosis stands on the claim"
params    = { min_members = 4, same_percent = 80, panel_percent = 50, min_sessions = 3 }
grain     = ["session_key", "payer_id"]
marks     = ["diagnosis_code_1"]
finding   = "{same_count} of {member_count} people in one group were billed with the same diagnoses ({diagnosis_vector}){told}."
action    = "Read a sample of the records: each person's diagnosis comes from an own evaluation, or it was copied."
rationale = """
Each person in a group has an own diagnosis. Where nearly all have the very same list of codes, and the clinician's other
clients do not, or where it comes back session after session, the codes may have been copied from one claim to the next.
A group for one disorder shares its diagnosis by design: where the stated focus says so, nothing is found.
"""
traps     = [
    "a group for one disorder, as its focus says, shares its diagnosis",
    "a clinician who treats one disorder only",
]
reference = "Rule R30. The seed article: each client has an own diagnosis; thresholds are ours"
*/
with session_size as (
    select
        session_key,
        min(date_of_service) as date_of_service,
        min(rendering_provider_npi) as rendering_provider_npi,
        count(*) as member_count
    from session_diagnosis
    group by session_key
),

shared_vector as (
    select
        session_key,
        diagnosis_vector,
        count(*) as same_count
    from session_diagnosis
    where is_diagnosis_known
    group by session_key, diagnosis_vector
),

counted as (
    select
        session_size.session_key,
        session_size.date_of_service,
        session_size.rendering_provider_npi,
        session_size.member_count,
        shared_vector.diagnosis_vector,
        shared_vector.same_count
    from session_size
    inner join shared_vector on session_size.session_key = shared_vector.session_key
),

-- One list of a session at most, also where an operator asks for less than half of the members.
alike as (
    select
        session_key,
        date_of_service,
        rendering_provider_npi,
        member_count,
        diagnosis_vector,
        same_count
    from counted
    where member_count >= $min_members and same_count * 100 >= member_count * $same_percent
    qualify row_number() over (partition by session_key order by same_count desc, diagnosis_vector asc) = 1
),

explained as (
    select distinct alike.session_key
    from alike
    inner join session_focus
        on
            alike.session_key = session_focus.session_key
            and session_focus.explains_code = 'diagnosis'
            and concat(';', alike.diagnosis_vector) like concat('%;', session_focus.diagnosis_prefix, '%')
),

-- The clinician's clients of the month who were not in this session.
panel as (
    select
        alike.session_key,
        count(distinct line_diagnosis.member_id) as panel_count,
        count(distinct case
            when line_diagnosis.diagnosis_vector = alike.diagnosis_vector then line_diagnosis.member_id
        end) as panel_same_count
    from alike
    inner join line_diagnosis
        on
            alike.rendering_provider_npi = line_diagnosis.rendering_provider_npi
            and line_diagnosis.diagnosis_vector is not null
    left join session_diagnosis as seat
        on alike.session_key = seat.session_key and line_diagnosis.member_id = seat.member_id
    where seat.member_id is null
    group by alike.session_key
),

suspect as (
    select
        alike.session_key,
        alike.date_of_service,
        alike.rendering_provider_npi,
        alike.member_count,
        alike.diagnosis_vector,
        alike.same_count,
        coalesce(panel.panel_count, 0) as panel_count,
        coalesce(panel.panel_same_count, 0) as panel_same_count,
        count(*) over (partition by alike.rendering_provider_npi, alike.diagnosis_vector) as session_count
    from alike
    left join explained on alike.session_key = explained.session_key
    left join panel on alike.session_key = panel.session_key
    where explained.session_key is null
),

-- A handful of other clients is no panel to compare with.
suspicion as (
    select
        session_key,
        date_of_service,
        rendering_provider_npi,
        member_count,
        diagnosis_vector,
        same_count,
        panel_count,
        panel_same_count,
        session_count,
        panel_count >= $min_members as is_panel_known,
        session_count >= $min_sessions as is_repeated
    from suspect
    where
        panel_count < $min_members
        or panel_same_count * member_count * 100 <= same_count * panel_count * $panel_percent
        or session_count >= $min_sessions
)

select
    suspicion.session_key,
    session_line.payer_id,
    suspicion.date_of_service,
    suspicion.rendering_provider_npi,
    'C4' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    sum(session_line.at_risk_amount) as exposure_amount,
    string_agg(
        concat(cast(session_line.claim_line_id as varchar), ':', cast(session_line.at_risk_amount as varchar)), ';'
    ) as claim_lines,
    suspicion.diagnosis_vector,
    suspicion.same_count,
    suspicion.member_count,
    suspicion.panel_count,
    suspicion.panel_same_count,
    suspicion.session_count,
    count(*) as line_count,
    case
        when suspicion.is_repeated
            then concat(', as in ', cast(suspicion.session_count as varchar), ' sessions of the month')
        when suspicion.is_panel_known
            then concat(
                '; of the clinician''s ', cast(suspicion.panel_count as varchar), ' other clients ',
                cast(suspicion.panel_same_count as varchar), ' have them'
            )
        else ''
    end as told
from suspicion
inner join session_diagnosis
    on
        suspicion.session_key = session_diagnosis.session_key
        and suspicion.diagnosis_vector = session_diagnosis.diagnosis_vector
inner join session_line
    on
        session_diagnosis.session_key = session_line.session_key
        and session_diagnosis.member_id = session_line.member_id
        and session_line.procedure_class in ('group', 'multi_family_group')
group by
    suspicion.session_key, session_line.payer_id, suspicion.date_of_service, suspicion.rendering_provider_npi,
    suspicion.diagnosis_vector, suspicion.same_count, suspicion.member_count, suspicion.panel_count,
    suspicion.panel_same_count, suspicion.session_count, suspicion.is_panel_known, suspicion.is_repeated
