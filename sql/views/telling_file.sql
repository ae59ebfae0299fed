/*
grain   = ["file_id"]
comment = "Files that could tell the payer's number of a claim that they amend: 837P, and exports with such a number on any claim."
scope   = "history"
rows_of = "file"
*/
-- An export without a column for the payer's number says nothing about whether the claim had it.
select distinct file_id
from claim
where payer_claim_control_number is not null
union
select file_id
from delivered_file
where format_code = '837p'
