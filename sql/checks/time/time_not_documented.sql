/*
title     = "A timed session without its start or end"
rule      = "R33"
pack      = "core"
severity  = "high"
direction = "documentation"
subject   = "time_limit_line"
checkable = "is_time_told"
lacking   = "neither a roster nor times of the session were delivered"
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id", "procedure_code"]
marks     = ["session_start_at"]
finding   = "{procedure_code} is paid by time, and the record lacks the start or the end of the session."
action    = "Ask for the note. If start and stop stand there, correct the export; if not, mend the note's template, and refund what cannot be shown."
rationale = """
A code that is paid by time, or has a shortest time at the payer, has to be borne out by the record. Auditors take a
session without start and end for an improper payment. Where the practice delivers no roster and no times at all, nothing
is known of its records and nothing is found.
"""
traps     = [
    "a total of minutes in place of start and stop is accepted",
    "claims without a roster tell nothing about the record",
]
reference = "Rule R33. HHS-OIG A-09-21-03021 (2023): time not documented; the seed article: document the length of each session"
*/
with undocumented as (
    select
        claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        date_of_service,
        procedure_code,
        case
            when payer_time_documented = 'true' then 'violates_payer'
            when payer_time_documented is not null then 'violates_seed_only'
            else 'no_policy'
        end as verdict,
        case when payer_time_documented = 'true' then payer_time_policy_id else seed_time_policy_id end as policy_id,
        case
            when payer_time_documented = 'true' or payer_time_documented is null then at_risk_amount
            else cast(0 as decimal(12, 2))
        end as line_amount
    from time_limit_line
    where is_time_told and not is_time_complete
)

select
    member_id,
    date_of_service,
    rendering_provider_npi,
    payer_id,
    procedure_code,
    'C2' as certainty,
    case
        when count(*) filter (where verdict = 'violates_payer') > 0 then 'violates_payer'
        else min(verdict)
    end as verdict,
    max(policy_id) as policy_id,
    sum(line_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(line_amount as varchar)), ';') as claim_lines,
    count(*) as line_count
from undocumented
group by member_id, date_of_service, rendering_provider_npi, payer_id, procedure_code
