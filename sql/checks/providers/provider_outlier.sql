/*
title     = "A clinician far from peers, or from the own past"
rule      = "R51"
pack      = "integrity"
severity  = "info"
direction = "lead"
subject   = "provider_measure"
checkable = "is_comparable"
lacking   = "too few clinicians of the same kind, and too few earlier quarters of their own"
params    = { min_peers = 30, min_quarters = 4, z_tenths = 35, min_lines = 30 }
grain     = ["rendering_provider_npi", "measure_code"]
marks     = ["rendering_provider_npi"]
finding   = "{measure_text}: {shown_value}, where {compared_with} have {shown_median} in the middle."
action    = "Choose this clinician as a stratum of the next sample, and read some records."
rationale = """
Auditors choose whom to look at by how far a clinician stands from others: patients a day, share of groups, size of groups,
modifier 59, interactive complexity, the same diagnoses on most lines, minutes a day, days worked, denials. Peers are
clinicians of the same taxonomy, and there must be enough of them. A small practice has none; there the last quarter is held
against the clinician's own earlier quarters. A value is far away if its distance from the median is large in robust
deviations, and for a share of lines also only if chance does not explain it at the clinician's number of lines (the
limit of a funnel of 99.8 %). It says where to look, and nothing about any claim.
"""
traps     = [
    "a small practice has no peers: only the own past is compared",
    "a clinician of one program alone treats people who are alike",
    "few lines give extreme shares by chance",
]
reference = "Rule R51. OIG A-09-18-03004 (33 services a day); NY OSC 2006-S-53"
*/
with compared as (
    select
        rendering_provider_npi,
        measure_code,
        peer_kind,
        period_start,
        period_end,
        peer_count,
        measured_line_count,
        value_number,
        peer_median,
        robust_z,
        upper_limit,
        -- Peers say more than the own past, if there are enough.
        row_number() over (
            partition by rendering_provider_npi, measure_code
            order by case peer_kind when 'peers' then 1 else 2 end
        ) as choice
    from provider_measure
    where peer_count >= case peer_kind when 'peers' then $min_peers else $min_quarters end
)

select
    compared.rendering_provider_npi,
    compared.measure_code,
    cast(null as varchar) as payer_id,
    compared.period_end as date_of_service,
    'C5' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    cast(0 as decimal(12, 2)) as exposure_amount,
    '' as claim_lines,
    compared.peer_kind,
    compared.peer_count,
    compared.period_start,
    compared.measured_line_count,
    round(compared.value_number, 3) as shown_value,
    round(compared.peer_median, 3) as shown_median,
    round(compared.robust_z, 1) as shown_z,
    round(compared.upper_limit, 3) as shown_limit,
    case compared.peer_kind when 'peers' then 'peers of the same taxonomy' else 'the own earlier quarters' end
        as compared_with,
    case compared.measure_code
        when 'patients_per_day' then 'Patients a day'
        when 'group_share' then 'Share of group lines'
        when 'mean_group_size' then 'Mean size of groups'
        when 'distinct_modifier_rate' then 'Share of lines with a distinct-service modifier'
        when 'add_on_rate' then 'Interactive complexity per session line'
        when 'same_diagnosis_share' then 'Share of lines with the very same diagnoses'
        when 'minutes_per_day' then 'Minutes a day, each session once'
        when 'days_worked' then 'Days worked a month'
        else 'Share of answered lines that were denied'
    end as measure_text
from compared
where
    compared.choice = 1
    and compared.measured_line_count >= $min_lines
    and (compared.upper_limit is null or compared.value_number > compared.upper_limit)
    and (
        compared.robust_z * 10 >= $z_tenths
        -- Where all others are alike there is no distance in deviations; the funnel alone decides.
        or (compared.robust_z is null and compared.upper_limit is not null)
    )
