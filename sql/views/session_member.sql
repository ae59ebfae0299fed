/*
grain   = ["session_key", "member_id"]
comment = "The people who count as members of a session: those who came, where a roster tells, else those billed."
*/
with present_member as (
    select
        session_key,
        member_id
    from current_attendance
    where is_present
    union
    select
        session_key,
        member_id
    from session_line
    where
        session_basis <> 'roster'
        -- An individual session that begins with a group is no seat in it, unless the practice says that it was one session.
        and (session_basis = 'session_id' or procedure_class not in ('individual', 'individual_add_on'))
)

select
    present_member.session_key,
    present_member.member_id,
    member_family.family_id,
    member_family.guessed_family_id
from present_member
left join member_family on present_member.member_id = member_family.member_id
