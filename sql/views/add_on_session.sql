/*
grain   = ["claim_line_id"]
comment = "Each line of interactive complexity with the session to which it belongs, where that can be told, and to how many sessions of the day it may belong."
*/
with add_on as (
    select
        add_on_line.claim_line_id,
        add_on_line.payer_id,
        add_on_line.member_id,
        add_on_line.rendering_provider_npi,
        add_on_line.date_of_service,
        add_on_line.procedure_code,
        add_on_line.procedure_class,
        add_on_line.service_units,
        add_on_line.at_risk_amount,
        add_on_line.evaluation_count,
        current_claim_line.claim_id,
        current_claim_line.session_id,
        current_claim_line.session_start_at,
        concat('session:', current_claim_line.session_id, '@', cast(add_on_line.date_of_service as varchar))
            as named_session_key
    from add_on_line
    inner join current_claim_line on add_on_line.claim_line_id = current_claim_line.claim_line_id
    where add_on_line.procedure_class = 'interactive_complexity'
),

candidate as (
    select
        add_on.claim_line_id,
        session_line.session_key,
        -- Lines at no known time may be a session each, or one sent twice: another check asks that.
        case
            when session_line.is_session_known then session_line.session_key
            else cast(session_line.claim_line_id as varchar)
        end as possible_session,
        case
            when session_line.is_session_known then 1
            else count(*) over (partition by add_on.claim_line_id, session_line.session_key)
        end as possible_count,
        case
            when add_on.session_id is not null then 1
            when add_on.session_start_at = session_line.session_start_at then 2
            when add_on.session_start_at <> session_line.session_start_at then 5
            when add_on.claim_id = seat_line.claim_id then 3
            else 4
        end as distance
    from add_on
    inner join session_line
        on
            add_on.payer_id = session_line.payer_id
            and add_on.member_id = session_line.member_id
            and add_on.rendering_provider_npi = session_line.rendering_provider_npi
            and add_on.date_of_service = session_line.date_of_service
    inner join current_claim_line as seat_line on session_line.claim_line_id = seat_line.claim_line_id
),

session_count as (
    select
        claim_line_id,
        count(distinct possible_session) as session_count
    from candidate
    group by claim_line_id
),

nearest as (
    select
        claim_line_id,
        distance,
        session_key,
        possible_count
    from candidate
    where distance < 5
    qualify distance = min(distance) over (partition by claim_line_id)
),

-- Two sessions that are equally near: the line may belong to either.
placed as (
    select
        claim_line_id,
        min(distance) as distance,
        min(session_key) as session_key,
        max(possible_count) as session_count
    from nearest
    group by claim_line_id
    having count(distinct session_key) = 1
),

tied as (
    select
        add_on.claim_line_id,
        add_on.payer_id,
        add_on.member_id,
        add_on.rendering_provider_npi,
        add_on.date_of_service,
        add_on.procedure_code,
        add_on.procedure_class,
        add_on.service_units,
        add_on.at_risk_amount,
        case
            when add_on.session_id is not null then 1
            when placed.distance = 2 or add_on.evaluation_count = 0
                then coalesce(placed.session_count, session_count.session_count, 0)
            else coalesce(session_count.session_count, 0) + add_on.evaluation_count
        end as session_count,
        case
            when add_on.session_id is not null then add_on.named_session_key
            -- An evaluation is a session, too, of which no line tells.
            when placed.distance = 2 or add_on.evaluation_count = 0 then placed.session_key
        end as session_key
    from add_on
    left join session_count on add_on.claim_line_id = session_count.claim_line_id
    left join placed on add_on.claim_line_id = placed.claim_line_id
)

select
    tied.claim_line_id,
    tied.payer_id,
    tied.member_id,
    tied.rendering_provider_npi,
    tied.date_of_service,
    tied.procedure_code,
    tied.procedure_class,
    tied.service_units,
    tied.at_risk_amount,
    tied.session_count,
    tied.session_key,
    tied.session_key is not null
    and (
        group_session.session_key is null
        or group_session.size_basis = 'roster'
        or audit_setting.data_view <> 'payer'
    ) as is_share_known
from tied
cross join audit_setting
left join group_session on tied.session_key = group_session.session_key
