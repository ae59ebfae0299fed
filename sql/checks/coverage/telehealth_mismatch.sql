/*
title     = "Telehealth modifier and place that do not fit together"
rule      = "R42"
pack      = "telehealth"
severity  = "medium"
direction = "overpayment"
subject   = "telehealth_line"
checkable = "is_rule_settled"
lacking   = "the rules of telehealth changed several times from 2020 to 2023, and no payer's rule of those days is on file"
grain     = ["member_id", "date_of_service", "rendering_provider_npi", "payer_id", "procedure_code", "problem"]
marks     = ["modifier_1", "place_of_service_code"]
finding   = "{procedure_code} at place {place_of_service_code}: {told}."
action    = "Find out how the session was held. Replace the claim with the place and modifier that the payer wants on that day."
rationale = """
The modifier says how the session was held, and the place where: telehealth is place 02 or 10, and some payers want a
modifier besides. Medicare has wanted none since 2024. Audio only (93, FQ) and video (95, GT) exclude each other; at
Medicare FQ belongs to health centers and rural clinics, and GT to hospitals that bill otherwise. Place 02 is paid the
lower facility rate, places 10 and 11 are not: that share of the payment is at risk where the place hides telehealth.
"""
traps     = [
    "denial 197 is about an authorization, whatever a billing blog says",
    "Medicare wants no 95 since 2024",
    "the rules changed from 2020 to 2023",
    "a health center's own place with FQ",
]
reference = "Rule R42. FCSO and Novitas on telehealth modifiers; codingintel.com: 95 not required by CMS since 2024"
*/
with judged as (
    select
        claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        place_of_service_code,
        date_of_service,
        procedure_code,
        modifiers,
        at_risk_amount,
        is_facility_place,
        fee_cents,
        facility_discount_cents,
        payer_telehealth_place,
        payer_place_policy_id,
        payer_telehealth_modifier,
        payer_modifier_policy_id,
        case
            when has_audio_modifier and has_video_modifier then 'audio_and_video'
            when is_medicare and has_clinic_modifier and place_of_service_code not in ('50', '72')
                then 'clinic_modifier'
            when is_medicare and has_older_modifier then 'older_modifier'
            when is_medicare and has_clinic_modifier then 'none'
            when
                concat('|', coalesce(payer_telehealth_place, '02|10'), '|')
                not like concat('%|', place_of_service_code, '|%')
                then case when has_telehealth_modifier then 'modifier_without_place' else 'unwanted_place' end
            when not has_wanted_modifier then 'unwanted_modifier'
            else 'none'
        end as problem
    from telehealth_line
    where is_rule_settled
),

-- What the facility rate would be less, as a share of what was paid, half a cent up.
priced as (
    select
        claim_line_id,
        payer_id,
        member_id,
        rendering_provider_npi,
        place_of_service_code,
        date_of_service,
        procedure_code,
        modifiers,
        problem,
        case
            when problem in ('modifier_without_place', 'unwanted_place') then payer_place_policy_id
            else coalesce(payer_modifier_policy_id, payer_place_policy_id)
        end as policy_id,
        cast(case
            when problem = 'modifier_without_place' and not is_facility_place and fee_cents > 0
                then
                    (cast(at_risk_amount * 100 as bigint) * facility_discount_cents * 2 + fee_cents)
                    // (fee_cents * 2)
            else 0
        end * 0.01 as decimal(12, 2)) as difference_amount
    from judged
    where problem <> 'none'
)

select
    member_id,
    date_of_service,
    rendering_provider_npi,
    payer_id,
    procedure_code,
    problem,
    'C1' as certainty,
    case when max(policy_id) is not null then 'violates_payer' else 'no_policy' end as verdict,
    max(policy_id) as policy_id,
    sum(difference_amount) as exposure_amount,
    string_agg(concat(cast(claim_line_id as varchar), ':', cast(difference_amount as varchar)), ';') as claim_lines,
    min(place_of_service_code) as place_of_service_code,
    min(modifiers) as modifiers,
    count(*) as line_count,
    case
        when problem = 'audio_and_video' then 'one modifier says audio only, another says video'
        when problem = 'clinic_modifier' then 'FQ belongs to health centers and rural clinics'
        when problem = 'older_modifier' then 'GT is not for claims of this kind'
        when problem = 'modifier_without_place' then 'a telehealth modifier, and the place is none of telehealth'
        when problem = 'unwanted_place' then 'the payer does not take this place of telehealth'
        else 'telehealth without the modifier that the payer wants'
    end as told
from priced
group by member_id, date_of_service, rendering_provider_npi, payer_id, procedure_code, problem
