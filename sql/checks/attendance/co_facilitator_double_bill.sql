/*
title     = "One person's session billed by two who led it"
rule      = "R39"
pack      = "integrity"
severity  = "high"
direction = "overpayment"
subject   = "session_line"
examines  = ["group", "multi_family_group", "family"]
checkable = "is_session_known"
lacking   = "without a roster, session id or start time only a lead is possible"
grain     = ["session_key", "member_id", "payer_id"]
marks     = ["rendering_provider_npi"]
finding   = "{clinician_count} clinicians were paid for one person at one session; the payer pays {fee_limit}."
action    = "Open the note. Void the claim of the second clinician and refund it, unless the contract lets them split the time."
rationale = """
Two who lead a session together are paid as one. The session is the same when a roster or the practice's session id says
so, or when both lines have one code, place and start, since nobody sits in two rooms at once. Where only the day is
known it is a lead. A line that was denied was not paid twice. The dearest line is taken for the right one.
"""
traps     = [
    "a contract may let co-therapists split the time: the payer's row says how many fees",
    "two groups of one day, where the clock is not known: a lead",
    "a second line that was denied",
]
reference = "Rule R39. 130 CMR 433.429: one fee even with a co-therapist; BCBSMT 2013: co-therapists are paid as one provider"
*/
with paid_line as (
    select
        session_line.claim_line_id,
        session_line.payer_id,
        session_line.member_id,
        session_line.rendering_provider_npi,
        session_line.date_of_service,
        session_line.procedure_code,
        session_line.session_basis,
        session_line.at_risk_amount,
        fees.payer_value,
        fees.payer_policy_id,
        -- The keys of sessions that only a clock or a day tells of hold the clinician: here the practice stands for them.
        case
            when session_line.session_basis in ('roster', 'session_id') then session_line.session_key
            else concat(
                session_line.session_basis, ':', session_line.billing_provider_npi, '@',
                coalesce(
                    cast(session_line.session_start_at as varchar), cast(session_line.date_of_service as varchar)
                ), ':',
                session_line.procedure_code, ':', session_line.place_of_service_code
            )
        end as session_key
    from session_line
    left join resolved_policy as fees
        on
            session_line.payer_id = fees.payer_id
            and session_line.procedure_code = fees.procedure_code
            and session_line.setting = fees.setting
            and session_line.date_of_service = fees.date_of_service
            and fees.rule_key = 'co_facilitator_fees'
    where
        session_line.procedure_class in ('group', 'multi_family_group', 'family')
        and not session_line.is_denied
),

paid_clinician as (
    select
        session_key,
        member_id,
        payer_id,
        rendering_provider_npi,
        row_number() over (
            partition by session_key, member_id, payer_id
            order by clinician_amount desc, rendering_provider_npi asc
        ) as place,
        count(*) over (partition by session_key, member_id, payer_id) as clinician_count
    from (
        select
            session_key,
            member_id,
            payer_id,
            rendering_provider_npi,
            sum(at_risk_amount) as clinician_amount
        from paid_line
        group by session_key, member_id, payer_id, rendering_provider_npi
    ) as clinician
),

fee as (
    select
        session_key,
        member_id,
        payer_id,
        coalesce(max(cast(payer_value as integer)), 1) as fee_limit,
        max(payer_policy_id) as payer_policy_id
    from paid_line
    group by session_key, member_id, payer_id
),

priced as (
    select
        paid_line.session_key,
        paid_line.member_id,
        paid_line.payer_id,
        paid_line.claim_line_id,
        paid_line.rendering_provider_npi,
        paid_line.date_of_service,
        paid_line.procedure_code,
        paid_line.session_basis,
        fee.fee_limit,
        fee.payer_policy_id,
        paid_clinician.clinician_count,
        case
            when paid_clinician.place > fee.fee_limit then paid_line.at_risk_amount
            else cast(0 as decimal(12, 2))
        end as extra_amount
    from paid_line
    inner join fee
        on
            paid_line.session_key = fee.session_key
            and paid_line.member_id = fee.member_id
            and paid_line.payer_id = fee.payer_id
    inner join paid_clinician
        on
            paid_line.session_key = paid_clinician.session_key
            and paid_line.member_id = paid_clinician.member_id
            and paid_line.payer_id = paid_clinician.payer_id
            and paid_line.rendering_provider_npi = paid_clinician.rendering_provider_npi
    where paid_clinician.clinician_count > fee.fee_limit
)

select
    session_key,
    member_id,
    payer_id,
    min(date_of_service) as date_of_service,
    max(rendering_provider_npi) filter (where extra_amount > 0) as rendering_provider_npi,
    case
        when min(session_basis) = 'date' then 'C4'
        when min(session_basis) = 'roster' then 'C2'
        else 'C3'
    end as certainty,
    case when payer_policy_id is null then 'no_policy' else 'violates_payer' end as verdict,
    payer_policy_id as policy_id,
    case when min(session_basis) = 'date' then 'lead' else 'overpayment' end as direction,
    sum(extra_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(extra_amount as varchar)), ';') as claim_lines,
    min(procedure_code) as procedure_code,
    clinician_count,
    fee_limit,
    min(session_basis) as session_basis,
    count(*) as line_count
from priced
group by session_key, member_id, payer_id, payer_policy_id, clinician_count, fee_limit
