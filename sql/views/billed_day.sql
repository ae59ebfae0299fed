/*
grain   = ["member_id", "payer_id", "date_of_service"]
comment = "The days on which each person was billed to each payer, over all months: lines that count."
scope   = "history"
rows_of = "day"
*/
select distinct
    claim_line.member_id,
    claim_line.payer_id,
    claim_line.date_of_service
from claim_line
left join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
where superseded_line.claim_line_id is null
