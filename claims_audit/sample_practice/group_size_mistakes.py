"""The planted mistakes of the family `group_size`: too many, too few, or not as many as the note says."""

from __future__ import annotations

from typing import Final

from claims_audit.sample_practice.clinic_day import ClinicDay
from claims_audit.sample_practice.encounters import Record
from claims_audit.sample_practice.ordinary import hold_group_of_payer
from claims_audit.sample_practice.practice import CT_MEDICAID, MEDICARE, PAYERS, SUMMIT

# Members of a group that is too large; Medicare and Connecticut Medicaid allow 12, Summit with two clinicians too, the
# default policy 10.
SEED_MAX: Final = 10
POLICY_MAX: Final = 12


def plant_undersized_group(day: ClinicDay, turn: int) -> None:
    """A group of one or two; at times because the others stayed away."""
    size = 1 if turn % 4 == 2 else 2
    absent = day.between(1, 3) if turn % 2 else 0
    held = hold_group_of_payer(day, PAYERS[turn % 4], size, absent)
    day.deliver(*held.claims)
    stayed_away = f", {absent} more did not come" if absent else ""
    day.label("undersized_group", held.claims, f"{size} attended{stayed_away}; a group begins with 3.")


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
    if payer is SUMMIT and size <= POLICY_MAX:
        day.label("too_few_facilitators", held.claims, f"{size} attended, and one clinician led.")


def plant_too_few_facilitators(day: ClinicDay, turn: int) -> None:
    """One clinician with a group for which the payer wants two."""
    held = hold_group_of_payer(day, SUMMIT, day.between(SEED_MAX + 1, POLICY_MAX))
    day.deliver(*held.claims)
    size = len(held.claims)
    why = f"{size} attended; the limit is {SEED_MAX} with one clinician."
    day.label("too_few_facilitators", held.claims, why)
    day.label("oversized_group", held.claims, why)


def plant_large_co_led_group(day: ClinicDay, turn: int) -> None:
    """As many as Summit allows with two clinicians, and more than the default policy does."""
    held = day.hold_co_led(day.draw_clients(day.between(SEED_MAX + 1, POLICY_MAX), SUMMIT))
    day.deliver(*held.claims)
    limits = f"the limit is {SEED_MAX} by default, {SUMMIT.payer_id} allows {POLICY_MAX} with two clinicians: advisory."
    day.label("oversized_group", held.claims, f"{len(held.claims)} attended; {limits}")


def plant_documented_group_size_mismatch(day: ClinicDay, turn: int) -> None:
    """The note tells another size than the roster."""
    size = day.between(4, 8)
    documented = size + 2 if turn % 2 else size - 1
    held = hold_group_of_payer(day, PAYERS[turn % 4], size, record=Record(documented_size=documented))
    day.deliver(*held.claims)
    day.label(
        "documented_group_size_mismatch", held.claims, f"The note tells of {documented} in the group; {size} attended."
    )
