"""A place of the practice: who works there and who comes there."""

from __future__ import annotations

from claims_audit.sample_practice.people import Household, HouseholdKind, household, kind_of, payer_of
from claims_audit.sample_practice.practice import CLINICIANS_PER_SITE, Payer, clinician


class Site:
    """A place with its clinicians and the households that come there."""

    def __init__(self, number: int, household_count: int, seed: int) -> None:
        self.clinicians = tuple(clinician(number * CLINICIANS_PER_SITE + n) for n in range(CLINICIANS_PER_SITE))
        self.number, self._seed = number, seed
        self.positions: dict[tuple[Payer | None, HouseholdKind | None], list[int]] = {}
        for position in range(household_count):
            for payer in (payer_of(position), None):
                for kind in (kind_of(position), None):
                    self.positions.setdefault((payer, kind), []).append(position)

    def household(self, position: int) -> Household:
        """Returns the household at a position of `positions`."""
        return household(self._seed, self.number * 1000 + position, position)
