/*
grain   = ["member_id"]
comment = "The first day on which each person was treated, of all that is loaded."
scope   = "history"
rows_of = "member"
*/
select
    claim_line.member_id,
    min(claim_line.date_of_service) as first_visit_date
from claim_line
left join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
where superseded_line.claim_line_id is null
group by claim_line.member_id
