"""The planted mistakes of the family `coding`: the wrong code for who was in the room.

A mistake of a whole session is planted among members of one payer and on a roster, so that it can be seen by anyone.
"""

from __future__ import annotations

from claims_audit.sample_practice.clinic_day import ClinicDay
from claims_audit.sample_practice.ordinary import draw_families
from claims_audit.sample_practice.people import HouseholdKind, pick
from claims_audit.sample_practice.practice import (
    INDIVIDUAL_CODES,
    MEDICARE,
    PAYERS,
    PAYERS_OF_MULTI_FAMILY_GROUPS,
)


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


def plant_individual_code_for_shared_session(day: ClinicDay, turn: int) -> None:
    """An individual code for each of several clients who were in one session."""
    clients = day.draw_clients(day.between(2, 4), PAYERS[turn % 4])
    code = pick(day.rng, INDIVIDUAL_CODES)
    held = day.hold(code, clients, with_roster=True)
    day.deliver(*held.claims)
    day.label(
        "individual_code_for_shared_session",
        held.claims,
        f"{code} was billed for each of {len(clients)} people of one session.",
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


def plant_family_session_billed_per_member(day: ClinicDay, turn: int) -> None:
    """A family session that was billed for two of the family."""
    home = day.draw_household(PAYERS[turn % 4], HouseholdKind.FAMILY)
    held = day.hold("90847", home.members[:2], unbilled=home.members[2:], with_roster=True)
    day.deliver(*held.claims)
    day.label("family_session_billed_per_member", held.claims, "90847 was billed for two members of one family.")


def plant_family_group_units_per_member(day: ClinicDay, turn: int) -> None:
    """A group of families in which one family was billed for two of its members."""
    billed, others = draw_families(day, PAYERS_OF_MULTI_FAMILY_GROUPS[turn % 3])
    held = day.hold("90849", [*billed, others[0]], unbilled=others[1:], with_roster=True)
    day.deliver(*held.claims)
    day.label(
        "family_group_units_per_member",
        held.claims,
        f"90849 was billed {len(billed) + 1} times for {len(billed)} families.",
    )


def plant_family_code_presence_mismatch(day: ClinicDay, turn: int) -> None:
    """90846, the code without the client, though the client was there."""
    home = day.draw_household(PAYERS[turn % 4], HouseholdKind.FAMILY)
    held = day.hold("90846", [home.client], unbilled=home.members, with_roster=True)
    day.deliver(*held.claims)
    day.label("family_code_presence_mismatch", held.claims, "90846 was billed, and the client was in the room.")
