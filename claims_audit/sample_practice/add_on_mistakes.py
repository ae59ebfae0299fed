"""The planted mistakes of the family `add_on`: 90785 where it cannot be added, or too often."""

from __future__ import annotations

from claims_audit.sample_practice.clinic_day import ClinicDay
from claims_audit.sample_practice.encounters import Record
from claims_audit.sample_practice.ordinary import PAYERS_OF_ADD_ON
from claims_audit.sample_practice.people import HouseholdKind
from claims_audit.sample_practice.practice import SUMMIT


def plant_add_on_without_primary(day: ClinicDay, turn: int) -> None:
    """90785 alone: the session itself was not billed."""
    held = day.hold("90785", day.draw_clients(1, PAYERS_OF_ADD_ON[turn % 3]), record=Record(minutes=45))
    day.deliver(*held.claims)
    day.label("add_on_without_primary", held.claims, "90785 was billed without any service to which it can be added.")


def plant_add_on_with_family_or_crisis(day: ClinicDay, turn: int) -> None:
    """90785 with a family session, to which it cannot be added."""
    home = day.draw_household(PAYERS_OF_ADD_ON[turn % 3], HouseholdKind.FAMILY)
    others = [one for one in home.members if one is not home.client]
    held = day.hold("90847", [home.client], unbilled=others)
    day.add_line(held.claims[0], "90785", held.session)
    day.deliver(*held.claims)
    why = "90785 was billed with 90847, to which it cannot be added."
    for check_id in ("add_on_with_family_or_crisis", "add_on_without_primary"):
        day.label(check_id, held.claims, why, codes=("90785",))


def plant_add_on_saturation(day: ClinicDay, turn: int) -> None:
    """90785 for most members of a group."""
    clients = day.draw_clients(day.between(5, 7), PAYERS_OF_ADD_ON[turn % 3])
    held = day.hold("90853", clients, with_roster=True)
    for claim in held.claims[1:]:
        day.add_line(claim, "90785", held.session)
    day.deliver(*held.claims)
    day.label(
        "add_on_saturation", held.claims, f"90785 for {len(clients) - 1} of {len(clients)} members.", codes=("90785",)
    )


def plant_add_on_not_payable(day: ClinicDay, turn: int) -> None:
    """90785 with a group, to a plan that does not pay it apart."""
    held = day.hold("90853", [*day.draw_clients(1, SUMMIT), *day.draw_clients(day.between(4, 6))])
    day.add_line(held.claims[0], "90785", held.session)
    day.deliver(*held.claims)
    day.label("add_on_not_payable", held.claims[:1], f"{SUMMIT.payer_id} does not pay 90785 apart.", codes=("90785",))
