/*
title     = "More members in a session than the limit"
rule      = "R0"
pack      = "core"
severity  = "high"
direction = "lead"
subject   = "current_claim_line"
params    = { max_size = 12 }
grain     = ["rendering_provider_npi", "date_of_service", "session_id", "session_start_at"]
finding   = "{claim_lines}"
action    = "None: a yardstick of the benchmark."
rationale = "One of the three reference checks of bench/reference_checks.py, as a check file."
traps     = []
reference = "bench/reference_checks.py"
*/
select
    min(payer_id) as payer_id,
    rendering_provider_npi,
    date_of_service,
    'C1' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    cast(0 as decimal(12, 2)) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':0'), ';') as claim_lines,
    session_id,
    session_start_at,
    count(distinct member_id) as member_count
from current_claim_line
where procedure_code = '90853'
group by rendering_provider_npi, date_of_service, session_id, session_start_at
having count(distinct member_id) > $max_size
