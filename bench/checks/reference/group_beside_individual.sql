/*
title     = "Group and individual therapy on one day, neither marked"
rule      = "R0"
pack      = "core"
severity  = "high"
direction = "lead"
subject   = "current_claim_line"
params    = {}
grain     = ["member_id", "rendering_provider_npi", "date_of_service"]
finding   = "{claim_lines}"
action    = "None: a yardstick of the benchmark."
rationale = "One of the three reference checks of bench/reference_checks.py, as a check file."
traps     = []
reference = "bench/reference_checks.py"
*/
select
    min(payer_id) as payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    'C1' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    cast(0 as decimal(12, 2)) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':0'), ';') as claim_lines
from current_claim_line
where procedure_code in ('90832', '90834', '90837', '90853') and not has_distinct_modifier
group by member_id, rendering_provider_npi, date_of_service
having
    count(*) filter (where procedure_code = '90853') > 0
    and count(*) filter (where procedure_code <> '90853') > 0
