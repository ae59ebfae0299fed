/*
grain   = ["member_id"]
comment = "The household of each person of the month, from the roster first, then from the claims; the policy holder as a guess."
*/
with told as (
    select
        member_id,
        family_id as roster_family_id,
        cast(null as varchar) as claim_family_id,
        cast(null as varchar) as subscriber_id
    from current_attendance
    union all
    select
        member_id,
        cast(null as varchar) as roster_family_id,
        family_id as claim_family_id,
        subscriber_id
    from current_claim_line
)

select
    member_id,
    coalesce(min(roster_family_id), min(claim_family_id)) as family_id,
    coalesce(min(roster_family_id), min(claim_family_id), min(subscriber_id)) as guessed_family_id
from told
group by member_id
