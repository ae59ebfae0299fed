/*
title     = "An add-on that the payer does not pay on its own"
rule      = "R28"
pack      = "medicare"
severity  = "low"
direction = "overpayment"
subject   = "add_on_line"
checkable = "is_payment_rule_known"
lacking   = "no policy row says whether the payer pays the add-on on its own"
grain     = ["payer_id", "member_id", "rendering_provider_npi", "date_of_service", "procedure_code"]
marks     = ["procedure_code", "paid_amount"]
finding   = "{procedure_code} was billed for money to a payer that does not pay it on its own."
action    = "Refund what was paid, and stop billing it for money to this payer."
rationale = """
Some payers take an add-on as information and pay nothing for it. Reporting it at no charge, or seeing it paid with
nothing, is as it should be; dollars for it are not.
"""
traps     = ["the payer takes the code as information: a line that costs nothing is no finding"]
reference = "Rule R28. TMHP provider procedures manual 2012 and 2016: interactive complexity is informational"
*/
select
    payer_id,
    member_id,
    rendering_provider_npi,
    date_of_service,
    procedure_code,
    'C1' as certainty,
    'violates_payer' as verdict,
    min(separately_paid_policy_id) as policy_id,
    sum(at_risk_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(at_risk_amount as varchar)), ';') as claim_lines,
    sum(service_units) as service_units,
    count(*) as line_count
from add_on_line
where payer_separately_paid = 'false' and at_risk_amount > 0
group by payer_id, member_id, rendering_provider_npi, date_of_service, procedure_code
