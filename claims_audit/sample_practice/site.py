"""A place of the practice: who works there and who comes there."""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from claims_audit.sample_practice.people import Household, HouseholdKind, household, kind_of, payer_of
from claims_audit.sample_practice.practice import (
    CLINICIANS_PER_SITE,
    FIRST_GUEST,
    GUESTS_PER_SITE,
    PAYERS,
    Clinician,
    Payer,
    clinician,
)

if TYPE_CHECKING:
    from claims_audit.sample_practice.clinic_day import ClinicDay

HOUSEHOLDS_PER_SITE = 1000
FIRST_GUEST_HOUSEHOLD = 500
MOST_VISITS = 3  # of a household in seven days


class NoRoomError(Exception):
    """Nobody suitable, or no clinician, is free for what a scenario needs today; it is tried another day."""


class Site:
    """A place with its clinicians and the households that come there."""

    def __init__(self, number: int, household_count: int, seed: int) -> None:
        self.clinicians = tuple(clinician(number * CLINICIANS_PER_SITE + n) for n in range(CLINICIANS_PER_SITE))
        self.number, self._seed = number, seed
        self._guest_households = self._guest_clinicians = 0
        self._visits: dict[int, deque[dt.date]] = {}
        # What was begun on an earlier day and goes on on this one.
        self.appointments: dict[dt.date, list[Callable[[ClinicDay], None]]] = {}
        self.positions: dict[tuple[Payer | None, HouseholdKind | None], list[int]] = {}
        for position in range(household_count):
            for payer in (payer_of(position), None):
                for kind in (kind_of(position), None):
                    self.positions.setdefault((payer, kind), []).append(position)

    def household(self, position: int) -> Household:
        """Returns the household at a position of `positions`."""
        return household(self._seed, self.number * HOUSEHOLDS_PER_SITE + position, position)

    def households(self) -> Iterator[Household]:
        """Returns every household that comes there, without the guests."""
        for position in self.positions.get((None, None), []):
            yield self.household(position)

    def visit(self, position: int, date: dt.date) -> bool:
        """Lets a household come on a day, unless it came often enough in the seven days before."""
        visits = self._visits.setdefault(position, deque())
        while visits and (date - visits[0]).days >= 7:
            visits.popleft()
        if len(visits) >= MOST_VISITS:
            return False
        visits.append(date)
        return True

    def guest_household(self, payer: Payer, kind: HouseholdKind = HouseholdKind.SINGLE) -> Household:
        """Returns a household that comes for one purpose only and is never drawn."""
        place = FIRST_GUEST_HOUSEHOLD + self._guest_households
        if place >= HOUSEHOLDS_PER_SITE:
            raise NoRoomError
        self._guest_households += 1
        kinds = (position for position in range(PAYERS.index(payer), 100, len(PAYERS)) if kind_of(position) is kind)
        return household(self._seed, self.number * HOUSEHOLDS_PER_SITE + place, next(kinds))

    def guest_clinician(self, taxonomy_code: str = "") -> Clinician:
        """Returns a clinician who works there for one purpose only and is never drawn."""
        if self._guest_clinicians >= GUESTS_PER_SITE:
            raise NoRoomError
        self._guest_clinicians += 1
        number = FIRST_GUEST + self.number * GUESTS_PER_SITE + self._guest_clinicians - 1
        return clinician(number, taxonomy_code)
