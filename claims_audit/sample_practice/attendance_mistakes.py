"""The planted mistakes of the family `attendance`: claims that do not agree with who came and who led."""

from __future__ import annotations

from claims_audit.sample_practice.clinic_day import ClinicDay
from claims_audit.sample_practice.practice import PAYERS


def plant_billed_not_attended(day: ClinicDay, turn: int) -> None:
    """A client who did not come was billed with the others."""
    absent, clients = day.draw_clients(1, PAYERS[turn % 4]), day.draw_clients(day.between(4, 8))
    held = day.hold("90853", clients, absent=absent, with_roster=True)
    wrong = day.bill(held.session, "90853", absent[0])
    day.deliver(*held.claims, wrong)
    day.label("billed_not_attended", [wrong], "90853 was billed for somebody who did not come.")


def plant_attended_not_billed(day: ClinicDay, turn: int) -> None:
    """A client who came was forgotten."""
    forgotten, clients = day.draw_clients(1, PAYERS[turn % 4]), day.draw_clients(day.between(4, 8))
    held = day.hold("90853", clients, unbilled=forgotten, with_roster=True)
    day.deliver(*held.claims)
    day.label("attended_not_billed", [], f"{forgotten[0].member_id} was in a group and was not billed.")


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
