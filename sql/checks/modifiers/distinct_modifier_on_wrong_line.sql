/*
title     = "The distinct-service modifier stands on the wrong line"
rule      = "R14"
pack      = "core"
severity  = "medium"
direction = "underpayment"
subject   = "session_line"
examines  = ["group", "multi_family_group", "individual", "individual_add_on"]
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id"]
finding   = "{group_code} and {other_code} for one person, day and clinician carry the modifier, but not on {wanted_place}."
action    = "Leave paid claims alone. Replace when the payer denied the line, and mend the billing template."
rationale = """
Payers differ on which of the two lines has to carry the modifier: the second session (the default, where the start times are
known), the column-two code of the national table, the group or the family code, or either (Medicare since 2019-07-01). What
passes the payer's rule and fails only the default is an advisory without dollars.
"""
traps     = [
    "Medicare takes the modifier on either line from 2019-07-01",
    "where the order of the sessions is not known, either line will do",
]
reference = "Rule R14. The seed article: 59 on the second session; CMS NCCI PTP edits; CMS CR 11168 from 2019-07-01"
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
    case when count(*) filter (where verdict <> 'violates_seed_only') = 0 then 'info' else 'medium' end as severity,
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
where problem = 'on_wrong_line'
group by payer_id, member_id, rendering_provider_npi, date_of_service
