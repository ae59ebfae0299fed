"""The planted mistakes of the family `duplicates`: a service that was billed more than once, or for too much."""

from __future__ import annotations

from typing import Final

from claims_audit.sample_practice.clinic_day import Booking, ClinicDay, put_on_one_claim
from claims_audit.sample_practice.encounters import Claim, Record, SessionMark
from claims_audit.sample_practice.people import HouseholdKind, Person, pick
from claims_audit.sample_practice.practice import (
    BLUE_HARBOR,
    FEES,
    HOSPITAL_OUTPATIENT,
    INDIVIDUAL_CODES,
    MEDICARE,
    PAYERS,
)

VISITS_A_WEEK: Final = 3  # that Blue Harbor pays


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
    if billed.lines[0].procedure_code not in INDIVIDUAL_CODES:
        day.label("units_over_limit", [billed, again], "With the second claim there are 2 units; the limit is 1.")


def plant_same_code_twice_in_day(day: ClinicDay, turn: int) -> None:
    """One session billed twice for a member, at another charge: on two claims, or on two lines of one."""
    payer = PAYERS[turn % 4]
    if turn % 4 == 1:
        home = day.draw_household(payer, HouseholdKind.FAMILY)
        others = [one for one in home.members if one is not home.client]
        held = day.hold("90847", [home.client], unbilled=others, with_roster=True)
    else:
        # Somebody who does not come at other times: with one visit counted twice, a week might have too many.
        clients = [day.invite(payer).client, *day.draw_clients(day.between(3, 7))]
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
    day.label("units_over_limit", claims, f"{code} twice on one day for one member; the limit is 1.")


def plant_two_groups_at_hospital(day: ClinicDay, turn: int) -> None:
    """Two groups on one day at a hospital: Medicare pays four there, the default policy counts one."""
    booking = day.book(hours=2)
    client = day.draw_clients(1, MEDICARE)[0]
    record = Record(place_of_service_code=HOSPITAL_OUTPATIENT)
    mark = SessionMark.NUMBER_AND_CLOCK
    claims = []
    for hour in booking.hours:
        people = [client, *day.draw_clients(day.between(3, 5), MEDICARE)]
        at = Booking(booking.clinician, (hour,))
        held = day.hold("90853", people, at=at, with_roster=True, mark=mark, record=record)
        day.deliver(*held.claims)
        claims.append(held.claims[0])
    day.label(
        "same_code_twice_in_day",
        claims,
        "90853 twice on one day at a hospital; the default policy counts one, MEDICARE allows 4 there: advisory.",
    )


def plant_units_over_limit(day: ClinicDay, turn: int) -> None:
    """Two units of a code of which a day has one."""
    payer = PAYERS[turn % 4]
    if turn % 2:
        home = day.draw_household(payer, HouseholdKind.FAMILY)
        others = [one for one in home.members if one is not home.client]
        held = day.hold("90847", [home.client], unbilled=others, with_roster=True)
    else:
        held = day.hold("90853", [*day.draw_clients(1, payer), *day.draw_clients(day.between(3, 7))], with_roster=True)
    old = held.claims[0]
    code = old.lines[0].procedure_code
    claim = held.claims[0] = day.bill(held.session, code, old.person, units=2)
    day.deliver(*held.claims)
    day.label("units_over_limit", [claim], f"2 units of {code} on one day; the limit is 1.")


def plant_whole_group_on_one_line(day: ClinicDay, turn: int) -> None:
    """One claim with a unit for each member of the group."""
    payer = PAYERS[turn % 4]
    # The others have no claim at all, so that nobody can say who ought to have paid for them.
    clients = [day.invite(payer).client for _ in range(day.between(4, 6))]
    held = day.hold("90853", clients, with_roster=True)
    claim = day.bill(held.session, "90853", clients[0], units=len(clients))
    day.deliver(claim)
    why = f"{len(clients)} units of 90853 for one member, one for each of the group."
    day.label("whole_group_on_one_line", [claim], why)
    day.label("units_over_limit", [claim], why)


def plant_visits_over_frequency_limit(day: ClinicDay, turn: int) -> None:
    """A client who comes to one more group within seven days than the plan pays."""
    client = day.invite(BLUE_HARBOR).client
    _visit_again(day, client, [])


def _visit_again(day: ClinicDay, client: Person, earlier: list[Claim]) -> None:
    held = day.hold("90853", [client, *day.draw_clients(day.between(3, 5))], with_roster=True)
    day.deliver(*held.claims)
    visits = [*earlier, held.claims[0]]
    if len(visits) <= VISITS_A_WEEK:
        day.go_on(1, lambda later: _visit_again(later, client, visits))
        return
    day.label(
        "visits_over_frequency_limit",
        visits[VISITS_A_WEEK:],
        f"{len(visits)} groups in seven days; the plan pays {VISITS_A_WEEK}.",
    )
