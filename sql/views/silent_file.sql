/*
grain   = ["file_id"]
comment = "Exports without a column for the supervisor: they say nothing about whether the claim named one."
scope   = "history"
rows_of = "file"
*/
select file_id
from delivered_file
where format_code <> '837p' and coalesce(header, '') not like '%upervis%'
