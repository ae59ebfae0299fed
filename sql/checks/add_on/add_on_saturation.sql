/*
title     = "Interactive complexity more often than a session explains"
rule      = "R27"
pack      = "core"
severity  = "medium"
direction = "lead"
subject   = "add_on_session"
checkable = "is_share_known"
lacking   = "it cannot be told to which session the line belongs, or who else was in the room"
params    = { sat_percent = 50, min_members = 4 }
grain     = ["problem", "occasion", "payer_id", "member_id"]
marks     = ["procedure_code"]
finding   = "{told}"
action    = "Read a sample of the notes: each names a factor of its own that made communication with this person harder, or the add-on goes back."
rationale = """
Interactive complexity stands for a hindrance of one person in one session, and is reported once for it. Half of a group,
or several units for one session, look like a billing habit. They prove nothing: only the notes do.
"""
traps     = [
    "groups of young children, or of people who cannot speak: each member may qualify",
    "two sessions in a day may carry it twice, and two lines at no known time may be two sessions",
    "an add-on whose session is not known is not counted to the group",
]
reference = "Rule R27. The seed article: 90785 for interactive complexity; BCBSRI notes on 90785; thresholds are ours"
*/
with occasion_units as (
    select
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        session_key,
        min(procedure_code) as procedure_code,
        sum(service_units) as service_units,
        greatest(min(session_count), 1) as session_count,
        sum(at_risk_amount) as exposure_amount,
        count(*) as line_count,
        string_agg(concat(cast(claim_line_id as varchar), ':', cast(at_risk_amount as varchar)), ';') as claim_lines
    from add_on_session
    group by payer_id, member_id, rendering_provider_npi, date_of_service, session_key
),

share as (
    select
        group_session.session_key,
        group_session.member_count,
        count(distinct add_on_session.member_id) as add_on_member_count
    from add_on_session
    inner join group_session on add_on_session.session_key = group_session.session_key
    left join session_focus
        on
            group_session.session_key = session_focus.session_key
            and session_focus.explains_code = 'interactive_complexity'
    where
        add_on_session.is_share_known
        and group_session.session_class in ('group', 'multi_family_group')
        and session_focus.session_key is null
    group by group_session.session_key, group_session.member_count
),

saturated as (
    select
        session_key,
        member_count,
        add_on_member_count,
        add_on_member_count * 100 // member_count as add_on_percent
    from share
    where member_count >= $min_members and add_on_member_count * 100 >= member_count * $sat_percent
)

select
    'units' as problem,
    coalesce(session_key, concat('day:', rendering_provider_npi, '@', cast(date_of_service as varchar))) as occasion,
    payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    session_key,
    'C5' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    exposure_amount,
    claim_lines,
    procedure_code,
    service_units,
    session_count,
    cast(null as bigint) as member_count,
    cast(null as bigint) as add_on_member_count,
    line_count,
    concat(
        case
            -- A part of a unit is told as it is: engines do not agree on how to make it whole.
            when service_units = round(service_units, 0) then cast(cast(service_units as bigint) as varchar)
            else cast(service_units as varchar)
        end,
        ' units of ', procedure_code, ' for one person, and ',
        case when session_count = 1 then 'one session' else concat(cast(session_count as varchar), ' sessions') end,
        ' to which they belong; it is reported once a session.'
    ) as told
from occasion_units
where service_units > session_count

union all

select
    'share' as problem,
    saturated.session_key as occasion,
    add_on_session.payer_id,
    cast(null as varchar) as member_id,
    min(add_on_session.rendering_provider_npi) as rendering_provider_npi,
    min(add_on_session.date_of_service) as date_of_service,
    saturated.session_key,
    'C5' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    sum(add_on_session.at_risk_amount) as exposure_amount,
    string_agg(
        concat(cast(add_on_session.claim_line_id as varchar), ':', cast(add_on_session.at_risk_amount as varchar)), ';'
    ) as claim_lines,
    min(add_on_session.procedure_code) as procedure_code,
    sum(add_on_session.service_units) as service_units,
    1 as session_count,
    saturated.member_count,
    saturated.add_on_member_count,
    count(*) as line_count,
    concat(
        min(add_on_session.procedure_code), ' was billed for ', cast(saturated.add_on_member_count as varchar), ' of ',
        cast(saturated.member_count as varchar), ' people in one group (',
        cast(saturated.add_on_percent as varchar), ' percent).'
    ) as told
from saturated
inner join add_on_session on saturated.session_key = add_on_session.session_key
group by
    saturated.session_key, add_on_session.payer_id, saturated.member_count, saturated.add_on_member_count,
    saturated.add_on_percent
