/*
title     = "The same code twice"
rule      = "R0"
pack      = "core"
severity  = "high"
direction = "lead"
subject   = "current_claim_line"
params    = {}
grain     = ["payer_id", "member_id", "rendering_provider_npi", "procedure_code", "date_of_service"]
finding   = "{claim_lines}"
action    = "None: a yardstick of the benchmark."
rationale = "One of the three reference checks of bench/reference_checks.py, as a check file."
traps     = []
reference = "bench/reference_checks.py"
*/
select
    payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    'C1' as certainty,
    'no_policy' as verdict,
    cast(null as varchar) as policy_id,
    cast(0 as decimal(12, 2)) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':0'), ';') as claim_lines,
    procedure_code
from current_claim_line
group by payer_id, member_id, rendering_provider_npi, procedure_code, date_of_service
having count(*) > 1
