/*
grain   = ["session_key", "explains_code", "diagnosis_prefix"]
comment = "What the stated focus of a session explains: the diagnoses that such a group shares, or that each member needs interactive complexity."
*/
-- Words are found as words: "suds" in a name does not make "sudden" one.
with stated as (
    select distinct
        session_key,
        concat(
            ' ', replace(replace(replace(replace(lower(group_focus), '-', ' '), '/', ' '), ',', ' '), '_', ' '), ' '
        ) as focus_text
    from current_attendance
    where group_focus is not null
)

select distinct
    stated.session_key,
    group_focus.explains_code,
    group_focus.diagnosis_prefix
from stated
inner join group_focus on stated.focus_text like concat('% ', group_focus.focus_word, ' %')
