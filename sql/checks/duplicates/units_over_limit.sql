/*
title     = "More units than the national limit"
rule      = "R22"
pack      = "ncci"
severity  = "high"
direction = "overpayment"
subject   = "ncci_line"
examines  = [
    "group", "multi_family_group", "family", "individual", "individual_add_on", "crisis", "crisis_add_on", "evaluation",
    "interactive_complexity", "visit", "health_behavior", "partial_hospital_group", "other_therapy",
]
checkable = "has_unit_limit"
lacking   = "no national limit for code and setting is loaded, or the units are minutes"
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id", "procedure_code", "edit_setting"]
marks     = ["service_units"]
finding   = "{told}"
action    = "Correct the units. Where the adjudication indicator is 3 and the record shows that many, appeal with it; else refund."
rationale = """
The medically unlikely edits say how many units of a code one person may have of one clinician on a day: on each line where
the adjudication indicator is 1, over all lines of the day where it is 2 or 3. Modifiers that make two lines of it do not
help. A hospital has limits of its own. Units that look like minutes are a lead: the number may be wrong, and not the money.
"""
traps     = [
    "a hospital's outpatient limit is higher than a practitioner's",
    "a corrected claim counts with its corrected units",
    "units given in minutes are no count of services",
    "the first lines over the limit may have been denied already",
]
reference = "Rule R22. CMS medically unlikely edits, practitioner and outpatient hospital, by the edition of the day of service"
*/
with counted as (
    select
        claim_line_id,
        patient_control_number,
        claim_line_number,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        procedure_code,
        edit_setting,
        mue_units,
        mue_adjudication_code,
        unit_edition_id,
        is_unit_edition_of_the_day,
        payer_ncci_edits,
        payer_ncci_policy_id,
        has_units_like_minutes,
        -- With indicator 1 each line is held against the limit by itself.
        case when mue_adjudication_code = '1' then claim_line_id else 0 end as judged_together,
        -- In thousandths, since units may be broken.
        cast(service_units * 1000 as bigint) as units,
        case when is_denied then 0 else cast(service_units * 1000 as bigint) end as paid_units,
        cast(at_risk_amount * 100 as bigint) as line_cents
    from ncci_line
    where has_unit_limit and procedure_class <> 'other' and coalesce(payer_ncci_edits, 'apply') <> 'ignore'
),

judged as (
    select
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        procedure_code,
        edit_setting,
        judged_together,
        sum(units) as units,
        greatest(sum(paid_units), 1) as paid_units,
        -- What was denied is the first of what is over the limit: it cost nothing.
        greatest(sum(paid_units) - max(mue_units) * 1000, 0) as excess_units
    from counted
    group by
        payer_id, member_id, rendering_provider_npi, date_of_service, procedure_code, edit_setting, judged_together
    having sum(units) > max(mue_units) * 1000
),

running as (
    select
        counted.claim_line_id,
        counted.payer_id,
        counted.member_id,
        counted.rendering_provider_npi,
        counted.date_of_service,
        counted.procedure_code,
        counted.edit_setting,
        counted.mue_units,
        counted.mue_adjudication_code,
        counted.unit_edition_id,
        counted.is_unit_edition_of_the_day,
        counted.payer_ncci_edits,
        counted.payer_ncci_policy_id,
        counted.has_units_like_minutes,
        counted.units,
        counted.line_cents,
        cast(judged.excess_units as bigint) as excess_units,
        cast(judged.paid_units as bigint) as all_paid_units,
        cast(sum(counted.line_cents) over (
            partition by
                counted.payer_id, counted.member_id, counted.rendering_provider_npi, counted.date_of_service,
                counted.procedure_code, counted.edit_setting, counted.judged_together
            -- Not by the key alone: that hangs on the order in which files came.
            order by counted.patient_control_number, counted.claim_line_number, counted.claim_line_id
        ) as bigint) as cents_so_far
    from counted
    inner join judged
        on
            counted.payer_id = judged.payer_id
            and counted.member_id = judged.member_id
            and counted.rendering_provider_npi = judged.rendering_provider_npi
            and counted.date_of_service = judged.date_of_service
            and counted.procedure_code = judged.procedure_code
            and counted.edit_setting = judged.edit_setting
            and counted.judged_together = judged.judged_together
),

-- The share of the paid units over the limit, half a cent up. Shared out over the running sum, so that the lines add up
-- to the finding to the cent.
share as (
    select
        claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        procedure_code,
        edit_setting,
        mue_units,
        mue_adjudication_code,
        unit_edition_id,
        is_unit_edition_of_the_day,
        payer_ncci_edits,
        payer_ncci_policy_id,
        has_units_like_minutes,
        units,
        cast((
            (cents_so_far * 2 * excess_units + all_paid_units) // (all_paid_units * 2)
            - ((cents_so_far - line_cents) * 2 * excess_units + all_paid_units) // (all_paid_units * 2)
        ) * 0.01 as decimal(12, 2)) as excess_amount
    from running
),

priced as (
    select
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        procedure_code,
        edit_setting,
        max(payer_ncci_edits) as payer_ncci_edits,
        max(payer_ncci_policy_id) as policy_id,
        max(mue_units) as unit_limit,
        max(mue_adjudication_code) as mue_adjudication_code,
        max(unit_edition_id) as edition_id,
        max(case when is_unit_edition_of_the_day then 1 else 0 end) = 1 as is_unit_edition_of_the_day,
        max(case when has_units_like_minutes then 1 else 0 end) = 1 as has_units_like_minutes,
        sum(excess_amount) as exposure_amount,
        string_agg(concat(cast(claim_line_id as varchar), ':', cast(excess_amount as varchar)), ';') as claim_lines,
        cast(sum(units) * 0.001 as decimal(12, 3)) as billed_units,
        count(*) as line_count
    from share
    group by payer_id, member_id, rendering_provider_npi, date_of_service, procedure_code, edit_setting
)

select
    member_id,
    date_of_service,
    rendering_provider_npi,
    payer_id,
    procedure_code,
    edit_setting,
    case when has_units_like_minutes then 'C4' else 'C1' end as certainty,
    case when payer_ncci_edits = 'apply' then 'violates_payer' else 'no_policy' end as verdict,
    policy_id,
    case when has_units_like_minutes then 'lead' else 'overpayment' end as direction,
    exposure_amount,
    claim_lines,
    unit_limit,
    mue_adjudication_code,
    billed_units,
    has_units_like_minutes,
    edition_id,
    is_unit_edition_of_the_day,
    line_count,
    concat(
        cast(billed_units as varchar),
        ' units of ',
        procedure_code,
        ' for one person, day and clinician; the limit is ',
        cast(unit_limit as varchar), case when mue_adjudication_code = '1' then ' a line.' else ' a day.' end,
        case when has_units_like_minutes then ' The number looks like minutes.' else '' end
    ) as told
from priced
