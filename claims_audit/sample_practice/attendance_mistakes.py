"""The planted mistakes of the family `attendance`: claims that do not agree with who came and who led."""

from __future__ import annotations

from claims_audit.sample_practice.clinic_day import ClinicDay
from claims_audit.sample_practice.people import Person, pick
from claims_audit.sample_practice.practice import INDIVIDUAL_CODES, PAYERS


def plant_billed_not_attended(day: ClinicDay, turn: int) -> None:
    """A client who did not come was billed with the others."""
    payer = PAYERS[turn % 4]
    absent, clients = day.draw_clients(1, payer), day.draw_clients(day.between(4, 8), payer)
    held = day.hold("90853", clients, absent=absent, with_roster=True)
    wrong = day.bill(held.session, "90853", absent[0])
    day.deliver(*held.claims, wrong)
    day.label("billed_not_attended", [wrong], "90853 was billed for somebody who did not come.")
    why = f"{len(clients) + 1} were billed; the note tells of {len(clients)} in the group."
    day.label("documented_group_size_mismatch", [*held.claims, wrong], why)


def plant_attended_not_billed(day: ClinicDay, turn: int) -> None:
    """A client whose payer is known from a week before came to a group and was forgotten."""
    client = day.invite(PAYERS[turn % 4]).client
    day.deliver(*day.hold(pick(day.rng, INDIVIDUAL_CODES), [client]).claims)
    day.go_on(7, lambda later: _forget(later, client))


def _forget(day: ClinicDay, client: Person) -> None:
    held = day.hold("90853", day.draw_clients(day.between(4, 8)), unbilled=[client], with_roster=True)
    day.deliver(*held.claims)
    day.label("attended_not_billed", [], f"{client.member_id} was in a group and was not billed.")


def plant_co_facilitator_double_bill(day: ClinicDay, turn: int) -> None:
    """A member of a group with two clinicians whom both of them billed."""
    payer = PAYERS[turn % 4]
    held = day.hold_co_led([day.invite(payer).client, *day.draw_clients(day.between(4, 7))])
    first = held.claims[0]
    second = day.bill(held.session, "90853", first.person, clinician=held.session.clinicians[1])
    day.deliver(*held.claims, second)
    day.label(
        "co_facilitator_double_bill", [first, second], "Both clinicians of a group billed the same member for it."
    )
