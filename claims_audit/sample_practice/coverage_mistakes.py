"""The planted mistakes of the family `coverage`: who may bill, for what, for whom, from where and until when."""

from __future__ import annotations

import datetime as dt
from typing import Final

from claims_audit.sample_practice.clinic_day import Booking, ClinicDay
from claims_audit.sample_practice.encounters import Record
from claims_audit.sample_practice.ordinary import draw_families
from claims_audit.sample_practice.people import HouseholdKind
from claims_audit.sample_practice.practice import (
    BLUE_HARBOR,
    INDIVIDUAL_CODES,
    MEDICARE,
    OFFICE,
    OPENING_HOURS,
    PARTIAL_HOSPITAL,
    PAYERS,
    SUMMIT,
    TELEHEALTH_HOME,
)

MONTHS_UNTIL_LATE: Final = 5


def plant_provider_not_eligible(day: ClinicDay, turn: int) -> None:
    """A clinician who is not enrolled yet, who is excluded, or whom a plan does not pay under supervision."""
    long_ago, soon = day.date - dt.timedelta(days=400), day.date + dt.timedelta(days=20)
    payer = PAYERS[turn % 4]
    if turn % 3 == 0:
        guest, why = day.engage(enrolled=(soon, None)), "The clinician was enrolled 20 days later."
    elif turn % 3 == 1:
        guest, why = day.engage(excluded=(long_ago, None)), "The clinician was excluded from federal programs."
    else:
        payer = SUMMIT
        guest = day.engage(supervisor=day.clinicians[0])
        why = f"The clinician works under supervision, which {payer.payer_id} does not pay."
    held = day.hold(
        INDIVIDUAL_CODES[turn % 3], day.draw_clients(1, payer), at=Booking(guest, (OPENING_HOURS[turn % 9],))
    )
    day.deliver(*held.claims)
    day.label("provider_not_eligible", held.claims, why)


def plant_code_not_covered(day: ClinicDay, turn: int) -> None:
    """90849 to Medicare, which does not cover it."""
    billed, others = draw_families(day)
    home = day.draw_household(MEDICARE, HouseholdKind.COUPLE)
    more = [one for one in home.members if one is not home.client]
    held = day.hold("90849", [home.client, *billed], unbilled=[*more, *others])
    day.deliver(*held.claims)
    day.label("code_not_covered", held.claims[:1], "Medicare does not cover 90849.")


def plant_telehealth_mismatch(day: ClinicDay, turn: int) -> None:
    """95 at the office, or a session by video without 95 where the plan wants it."""
    payer = (BLUE_HARBOR, SUMMIT)[turn // 2 % 2]
    code = INDIVIDUAL_CODES[turn % 3]
    place = OFFICE if turn % 2 else TELEHEALTH_HOME
    held = day.hold(code, day.draw_clients(1, payer), record=Record(place_of_service_code=place))
    if turn % 2:
        held.claims[0].lines[0].modifiers = ("95",)
    day.deliver(*held.claims)
    why = "95 on a session at the office." if turn % 2 else "A session by video without 95, which the plan wants."
    day.label("telehealth_mismatch", held.claims, why)


def plant_wrong_program(day: ClinicDay, turn: int) -> None:
    """A group on a day of partial hospitalization, whose groups have a code of their own."""
    payer = PAYERS[turn % 4]
    group_booking = day.book()
    program_booking = day.book(apart_from=group_booking)
    client, others = day.draw_clients(1, payer)[0], day.draw_clients(day.between(3, 6))
    group = day.hold("90853", [client, *others], at=group_booking, with_roster=True)
    program = day.hold("G0410", [client], at=program_booking, record=Record(place_of_service_code=PARTIAL_HOSPITAL))
    day.deliver(*group.claims, *program.claims)
    day.label("wrong_program", group.claims[:1], "90853 on a day on which the client was in partial hospitalization.")


def plant_timely_filing(day: ClinicDay, turn: int) -> None:
    """A claim that was sent after the plan's time to file."""
    held = day.hold("90853", [*day.draw_clients(1, BLUE_HARBOR), *day.draw_clients(day.between(3, 7))])
    late, *others = held.claims
    day.deliver(*others)
    day.deliver_later(late, MONTHS_UNTIL_LATE)
    day.label("timely_filing", [late], "The claim came in after the 120 days that the plan allows.")


def plant_coverage_or_authorization(day: ClinicDay, turn: int) -> None:
    """A client whose coverage had ended, or had not begun, or whose authorization had run out."""
    week = dt.timedelta(days=7)
    covered, why = (
        ((None, day.date - week), "The coverage had ended a week before."),
        ((day.date + week, None), "The coverage began a week later."),
        ((None, None), "The authorization that the claim names had run out a week before."),
    )[turn % 3]
    client = day.invite(PAYERS[turn % 4], covered=covered).client
    held = day.hold("90853", [client, *day.draw_clients(day.between(3, 6))])
    if turn % 3 == 2:
        number = held.claims[0].authorization_number = f"AUTH{held.claims[0].patient_control_number}"
        day.authorize(client, number, "90853", 12, (day.date - 12 * week, day.date - week))
    day.deliver(*held.claims)
    day.label("coverage_or_authorization", held.claims[:1], why)
