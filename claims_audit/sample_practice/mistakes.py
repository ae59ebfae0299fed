"""The planted mistakes, a function for each check; each labels what it plants in truth.csv.

Those in the life of a claim are in lifecycle_mistakes.py.
A mistake of a whole session is planted among members of one payer and on a roster, so that it can be seen by anyone.
"""

from __future__ import annotations

from claims_audit.sample_practice.clinic_day import ClinicDay, put_on_one_claim
from claims_audit.sample_practice.encounters import SessionMark
from claims_audit.sample_practice.ordinary import (
    hold_group_and_family_visits,
    hold_group_and_individual_visits,
    hold_group_of_payer,
)
from claims_audit.sample_practice.people import HouseholdKind, pick
from claims_audit.sample_practice.practice import (
    CT_MEDICAID,
    FEES,
    INDIVIDUAL_CODES,
    MEDICARE,
    PAYERS,
    PAYERS_OF_MULTI_FAMILY_GROUPS,
)

# Members of a group that is too large; Medicare and Connecticut Medicaid allow 12, the default policy 10.
SEED_MAX, POLICY_MAX = 10, 12


def plant_group_code_for_one_family(day: ClinicDay, turn: int) -> None:
    """90853 for each of three or more members of one family, and nobody else came."""
    home = day.draw_household(PAYERS[turn % 4], HouseholdKind.FAMILY, least_members=3)
    held = day.hold("90853", home.members, with_roster=True)
    day.deliver(*held.claims)
    day.label("group_code_for_one_family", held.claims, f"All {len(home.members)} people on the roster are one family.")


def plant_family_group_code_for_one_family(day: ClinicDay, turn: int) -> None:
    """90849, the code of a group of families, for one family or couple."""
    kind = (HouseholdKind.FAMILY, HouseholdKind.COUPLE)[turn % 2]
    home = day.draw_household(PAYERS_OF_MULTI_FAMILY_GROUPS[turn % 3], kind)
    held = day.hold("90849", home.members[:1], unbilled=home.members[1:], with_roster=True)
    day.deliver(*held.claims)
    day.label(
        "family_group_code_for_one_family",
        held.claims,
        f"90849 was billed where one {kind.value} of {len(home.members)} was in the room.",
    )


def plant_family_code_for_group(day: ClinicDay, turn: int) -> None:
    """90847 for each member of a group of different families."""
    clients = day.draw_clients(day.between(4, 8), PAYERS[turn % 4])
    held = day.hold("90847", clients, with_roster=True)
    day.deliver(*held.claims)
    day.label(
        "family_code_for_group", held.claims, f"90847 was billed for each of {len(clients)} people of other families."
    )


def plant_mixed_codes_in_session(day: ClinicDay, turn: int) -> None:
    """One group, most of it billed as 90853 and one or two members as 90847 or 90849."""
    payer = PAYERS[turn % 4]
    clients = day.draw_clients(day.between(6, 9), payer)
    odd_code = "90849" if turn % 2 and payer is not MEDICARE else "90847"
    odd_count = day.between(1, 2)
    held = day.hold("90853", clients, with_roster=True)
    for place in range(odd_count):
        held.claims[place] = day.bill(held.session, odd_code, clients[place])
    day.deliver(*held.claims)
    day.label(
        "mixed_codes_in_session",
        held.claims,
        f"{odd_count} of {len(clients)} members of one group were billed with {odd_code}, the others with 90853.",
    )


def plant_oversized_group(day: ClinicDay, turn: int) -> None:
    """More members than the payer allows, and now and then more than the default policy alone allows."""
    payer = (*PAYERS, MEDICARE)[turn % 5]
    only_default = turn % 5 == 4
    limit = POLICY_MAX if payer in (MEDICARE, CT_MEDICAID) and not only_default else SEED_MAX
    size = day.between(limit + 1, POLICY_MAX if only_default else 14)
    held = hold_group_of_payer(day, payer, size)
    day.deliver(*held.claims)
    why = f"{size} attended; the limit is {limit}."
    day.label(
        "oversized_group",
        held.claims,
        f"{why[:-1]} by default, {payer.payer_id} allows {POLICY_MAX}: advisory." if only_default else why,
    )


def plant_undersized_group(day: ClinicDay, turn: int) -> None:
    """A group of one or two; at times because the others stayed away."""
    size = 1 if turn % 4 == 2 else 2
    absent = day.between(1, 3) if turn % 2 else 0
    held = hold_group_of_payer(day, PAYERS[turn % 4], size, absent)
    day.deliver(*held.claims)
    stayed_away = f", {absent} more did not come" if absent else ""
    day.label("undersized_group", held.claims, f"{size} attended{stayed_away}; a group begins with 3.")


def plant_missing_distinct_modifier(day: ClinicDay, turn: int) -> None:
    """Group and individual therapy on one day with one clinician and no modifier on either line."""
    visits = hold_group_and_individual_visits(day, PAYERS[turn % 4])
    codes = f"90853 and {visits.other_claim.lines[0].procedure_code}"
    claims = visits.claims(on_one=turn % 2 == 0)
    day.deliver(*visits.rest, *claims)
    day.label("missing_distinct_modifier", claims, f"{codes} on one day with one clinician, without 59 or X{{EPSU}}.")


def plant_distinct_modifier_on_wrong_line(day: ClinicDay, turn: int) -> None:
    """The modifier on the first session of the day. Start times must be known, so this needs CSV."""
    payer = PAYERS[turn % 4]
    mark = (SessionMark.NUMBER_AND_CLOCK, SessionMark.CLOCK, SessionMark.NUMBER)[turn % 3]
    # Without a clock on the lines, the rosters of both sessions tell when they began.
    visits = hold_group_and_individual_visits(
        day, payer, mark=mark, with_roster=True if mark is SessionMark.NUMBER else None
    )
    visits.mark_earlier("59")
    claims = visits.claims(on_one=turn % 2 == 1)
    day.deliver(*visits.rest, *claims)
    ending = "; Medicare accepts either line: advisory." if payer is MEDICARE else "."
    day.label(
        "distinct_modifier_on_wrong_line", claims, f"59 is on the first session of the day, not the second{ending}"
    )


def plant_group_and_family_same_day(day: ClinicDay, turn: int) -> None:
    """Group and family therapy on one day with one clinician and no modifier."""
    payer = PAYERS[turn % 4]
    family_code = ("90847", "90846", "90849")[turn % 3]
    if payer is MEDICARE and family_code == "90849":
        family_code = "90847"
    visits = hold_group_and_family_visits(day, payer, family_code)
    claims = visits.claims(on_one=turn % 2 == 1)
    day.deliver(*visits.rest, *claims)
    day.label(
        "group_and_family_same_day", claims, f"90853 and {family_code} on one day with one clinician, without 59."
    )


def plant_exact_duplicate_line(day: ClinicDay, turn: int) -> None:
    """The same line again on another claim, a month later."""
    payer = PAYERS[turn % 4]
    match (turn + turn // 4) % 3:
        case 0:
            clients = [*day.draw_clients(1, payer), *day.draw_clients(day.between(3, 7))]
            held = day.hold("90853", clients, with_roster=True)
        case 1:
            held = day.hold(pick(day.rng, INDIVIDUAL_CODES), day.draw_clients(1, payer))
        case _:
            home = day.draw_household(payer, HouseholdKind.COUPLE)
            others = [one for one in home.members if one is not home.client]
            held = day.hold("90847", [home.client], unbilled=others, with_roster=True)
    billed = held.claims[0]
    again = day.bill_again(billed)
    day.deliver(*held.claims)
    day.deliver_later(again)
    day.label("exact_duplicate_line", [billed, again], "The same line was billed again on another claim.")


def plant_same_code_twice_in_day(day: ClinicDay, turn: int) -> None:
    """One session billed twice for a member, at another charge: on two claims, or on two lines of one."""
    payer = PAYERS[turn % 4]
    if turn % 4 == 1:
        home = day.draw_household(payer, HouseholdKind.FAMILY)
        others = [one for one in home.members if one is not home.client]
        held = day.hold("90847", [home.client], unbilled=others, with_roster=True)
    else:
        clients = [*day.draw_clients(1, payer), *day.draw_clients(day.between(3, 7))]
        held = day.hold("90853", clients, with_roster=True)
    billed = held.claims[0]
    code = billed.lines[0].procedure_code
    again = day.bill(held.session, code, billed.person, charge_cents=FEES[code].charge_cents + 500)
    if turn % 2:
        put_on_one_claim(billed, again)
        claims = [billed]
    else:
        claims = [billed, again]
        day.deliver(again)
    day.deliver(*held.claims)
    day.label("same_code_twice_in_day", claims, f"{code} twice on one day for one member, without 76 or 77.")
