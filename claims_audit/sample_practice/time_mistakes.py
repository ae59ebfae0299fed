"""The planted mistakes of the family `time`: too short, not told, at once, or too much for one day."""

from __future__ import annotations

from typing import Final

from claims_audit.sample_practice.clinic_day import Booking, ClinicDay
from claims_audit.sample_practice.encounters import Record, SessionMark
from claims_audit.sample_practice.ordinary import hold_group_of_payer
from claims_audit.sample_practice.people import HouseholdKind
from claims_audit.sample_practice.practice import CT_MEDICAID, INDIVIDUAL_CODES, PAYERS

# Hours at which a day that nobody can work begins, and minutes of each of its sessions.
LONG_DAYS: Final = (((7, 9, 11, 13, 15, 17, 19), 115), ((6, 8, 10, 12, 14, 16, 18, 20, 22), 115))


def plant_session_too_short(day: ClinicDay, turn: int) -> None:
    """Fewer minutes than the code or the payer asks for."""
    if turn % 3 == 0:
        held, minutes, least = (
            hold_group_of_payer(day, CT_MEDICAID, day.between(4, 8), record=Record(minutes=30)),
            30,
            45,
        )
    elif turn % 3 == 1:
        minutes, least = 30, 38
        held = day.hold(
            "90834", day.draw_clients(1, PAYERS[turn % 4]), with_roster=True, record=Record(minutes=minutes)
        )
    else:
        minutes, least = 20, 26
        home = day.draw_household(PAYERS[turn % 4], HouseholdKind.FAMILY)
        others = [one for one in home.members if one is not home.client]
        held = day.hold("90847", [home.client], unbilled=others, with_roster=True, record=Record(minutes=minutes))
    day.deliver(*held.claims)
    code = held.claims[0].lines[0].procedure_code
    day.label_each("session_too_short", held.claims, f"{minutes} minutes of {code}; it takes {least}.")


def plant_time_not_documented(day: ClinicDay, turn: int) -> None:
    """A record that does not tell when a session ended whose code or payer asks for minutes."""
    mark = SessionMark.NUMBER if day.is_csv else SessionMark.NOTHING
    record = Record(has_end=False)
    if turn % 2:
        held = day.hold(
            INDIVIDUAL_CODES[turn % 3],
            day.draw_clients(1, PAYERS[turn % 4]),
            with_roster=True,
            mark=mark,
            record=record,
        )
    else:
        held = hold_group_of_payer(day, CT_MEDICAID, day.between(4, 7), record=record, mark=mark)
    day.deliver(*held.claims)
    day.label_each("time_not_documented", held.claims, "The record does not tell when the session ended.")


def plant_provider_in_two_places(day: ClinicDay, turn: int) -> None:
    """An individual session in the middle of a group of the same clinician."""
    group = hold_group_of_payer(day, PAYERS[turn % 4], day.between(4, 7))
    at = Booking(group.session.clinicians[0], (group.session.start_at.hour,))
    single = day.hold(
        "90832", day.draw_clients(1, PAYERS[turn % 4]), at=at, with_roster=True, record=Record(start_minute=20)
    )
    day.deliver(*group.claims, *single.claims)
    day.label(
        "provider_in_two_places",
        [*group.claims, *single.claims],
        "An individual session began 20 minutes into a group of the same clinician.",
    )


def plant_member_in_two_places(day: ClinicDay, turn: int) -> None:
    """A client who was in a group and with another clinician at the same time."""
    first, second = day.book_two_clinicians()
    client = day.draw_clients(1, PAYERS[turn % 4])[0]
    group = day.hold("90853", [client, *day.draw_clients(day.between(3, 6))], at=first, with_roster=True)
    single = day.hold("90834", [client], at=second, with_roster=True)
    claims = [group.claims[0], single.claims[0]]
    day.deliver(*group.claims, *single.claims)
    day.label("member_in_two_places", claims, "A group and an individual session with another clinician at one time.")


def plant_impossible_day(day: ClinicDay, turn: int) -> None:
    """More hours in a day than anybody can work; nothing else is known of the clinician."""
    hours, minutes = LONG_DAYS[turn % 2]
    guest = day.engage()
    claims = []
    for hour in hours:
        held = day.hold(
            "90837",
            day.draw_clients(1, PAYERS[turn % 4]),
            at=Booking(guest, (hour,)),
            with_roster=True,
            record=Record(minutes=minutes),
        )
        claims += held.claims
    day.deliver(*claims)
    day.label("impossible_day", claims, f"{len(hours) * minutes / 60:.1f} hours of sessions in one day.")
