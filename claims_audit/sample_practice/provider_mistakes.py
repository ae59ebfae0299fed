"""The planted clinicians of the family `providers`, who stand out among their peers, and those peers.

A clinician is compared with some thirty others of the same taxonomy. The eight of a site have several; so there are
counselors who work there part-time, for a client or two each, and one of their kind who does it otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from claims_audit.sample_practice.clinic_day import Booking, ClinicDay
from claims_audit.sample_practice.ordinary import PAYERS_OF_ADD_ON
from claims_audit.sample_practice.people import Person, pick
from claims_audit.sample_practice.practice import COUNSELOR, OPENING_HOURS, PAYERS, YEAR, Clinician

CHECK_ID: Final = "provider_outlier"
LEAST_PEERS: Final = 30
FULL_DAYS: Final = 6
CLIENTS_OF_FULL_DAY: Final = 5
LAST_FULL_DAY: Final = dt.date(YEAR, 9, 16)


def hold_part_time(day: ClinicDay, turn: int) -> None:
    """A counselor who is there for one client."""
    day.count("peers")
    _see(day, day.engage(COUNSELOR), [day.invite(PAYERS[turn % 4]).client])


def hold_part_time_for_two(day: ClinicDay, turn: int) -> None:
    """A counselor who is there for two clients on one day."""
    day.count("peers")
    _see(day, day.engage(COUNSELOR), [day.invite(PAYERS[(turn + n) % 4]).client for n in range(2)])


def plant_outlier(day: ClinicDay, turn: int) -> None:
    """A counselor who sees more clients on a day than all others, and finds all of them hard to talk with."""
    clients = [day.invite(PAYERS_OF_ADD_ON[n % 3]).client for n in range(CLIENTS_OF_FULL_DAY)]
    _see_all(day, day.engage(COUNSELOR), clients, FULL_DAYS)


def _see_all(day: ClinicDay, counselor: Clinician, clients: Sequence[Person], left: int) -> None:
    _see(day, counselor, clients, is_complex=True)
    if left > 1:
        days = (LAST_FULL_DAY - day.date).days // (left - 1)
        day.go_on(days, lambda later: _see_all(later, counselor, clients, left - 1))
    elif day.counted("peers") > LEAST_PEERS:
        for measure in ("people a day", "minutes a day", "interactive complexity"):
            day.label(CHECK_ID, [], f"{counselor.npi} has more {measure} than peers.")


def _see(day: ClinicDay, counselor: Clinician, clients: Sequence[Person], *, is_complex: bool = False) -> None:
    for hour, client in zip(OPENING_HOURS, clients, strict=False):
        held = day.hold(pick(day.rng, ("90832", "90834", "90837")), [client], at=Booking(counselor, (hour,)))
        if is_complex:
            day.add_line(held.claims[0], "90785", held.session)
        day.deliver(*held.claims)
