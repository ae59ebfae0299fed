/*
title     = "Individual and group on one day without a distinct-service modifier"
rule      = "R13"
pack      = "core"
severity  = "high"
direction = "overpayment"
subject   = "session_line"
examines  = ["group", "multi_family_group", "individual", "individual_add_on"]
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id"]
finding   = "{group_code} and {other_code} for one person, day and clinician, and neither line says that they were distinct; it belongs on {wanted_place}."
action    = "Look for separate times in the record. If the sessions were distinct, replace with the modifier; if not, refund the second code."
rationale = """
Two therapies on one day are paid together only when a modifier (59, XE, XS, XP, XU) says that they were distinct services.
Another clinician's session on that day is no finding. The code that the national pair table would not pay is at risk.
"""
traps     = [
    "two clinicians on one day are no finding",
    "a visit with a therapy add-on is one encounter",
    "a payer may want the modifier on the family line",
]
reference = "Rule R13. The seed article: 59 on the second session; CMS NCCI PTP edits in force 2024-07-01; CMS CR 11168"
*/
select
    payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    'C1' as certainty,
    case when count(*) filter (where verdict = 'violates_payer') > 0 then 'violates_payer' else min(verdict) end
        as verdict,
    max(policy_id) as policy_id,
    sum(column_two_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(column_two_amount as varchar)), ';') as claim_lines,
    min(group_code) as group_code,
    min(other_code) as other_code,
    min(wanted_line) as wanted_line,
    case
        when min(wanted_line) = 'second_session' and min(later_side) is null
            then 'either line, since the order of the sessions is not known'
        when min(wanted_line) = 'second_session' then 'the line of the second session'
        when min(wanted_line) = 'ncci_column2' then 'the line of the column-two code'
        when min(wanted_line) = 'family_code' then 'the family line'
        when min(wanted_line) = 'group_code' then 'the group line'
        else 'either line'
    end as wanted_place,
    min(later_side) as later_side,
    count(*) as line_count
from same_day_problem_line
where problem = 'missing'
group by payer_id, member_id, rendering_provider_npi, date_of_service
