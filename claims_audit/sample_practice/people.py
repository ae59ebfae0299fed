"""The people of the made-up practice. A household follows from the seed and its number, so none has to be kept."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeVar

from claims_audit.sample_practice.practice import CT_MEDICAID, MEDICARE, PAYERS, Payer

T = TypeVar("T")

SELF: Final = "18"
SPOUSE: Final = "01"
CHILD: Final = "19"

ADULT_DIAGNOSES: Final = (
    *("F1020", "F1120", "F3131", "F3132", "F3181", "F320", "F321", "F330", "F331", "F332", "F3341"),
    *("F341", "F4001", "F4010", "F410", "F411", "F422", "F4311", "F4312", "F4321", "F4322", "F4323", "F603"),
)
CHILD_DIAGNOSES: Final = (
    *("F320", "F321", "F330", "F4010", "F411", "F4311", "F4321", "F4323", "F4324", "F4325", "F840", "F900"),
    *("F901", "F902", "F913", "F930", "F950", "F952"),
)

# Eight households in a row, of each payer: how many live alone, as a couple, as a family.
HOUSEHOLD_PATTERN: Final = ("single", "family", "single", "couple", "single", "single", "family", "single")


class HouseholdKind(StrEnum):
    """Who lives together."""

    SINGLE = "single"
    COUPLE = "couple"
    FAMILY = "family"


@dataclass(frozen=True, slots=True)
class Person:
    """A member of a plan; the first name is invented and only the 837P asks for it."""

    member_id: str
    subscriber_id: str
    subscriber_first_name: str
    relationship_code: str
    family_id: str
    first_name: str
    birth_date: str  # yyyymmdd
    sex_code: str
    diagnosis_codes: tuple[str, ...]
    payer: Payer
    lives_alone: bool
    other_payer: Payer | None = None  # pays first; the payer takes over what that one leaves

    @property
    def is_subscriber(self) -> bool:
        """Whether the person holds the policy."""
        return self.relationship_code == SELF


@dataclass(frozen=True, slots=True)
class Household:
    """People of one family id and one payer; the client is the one who is in treatment."""

    number: int
    kind: HouseholdKind
    members: tuple[Person, ...]
    client: Person


def pick(rng: random.Random, choices: Sequence[T]) -> T:
    """Returns one of the choices; random() alone is promised to stay the same over the versions of Python."""
    return choices[int(rng.random() * len(choices))]


def between(rng: random.Random, least: int, most: int) -> int:
    """Returns a whole number, both ends included."""
    return least + int(rng.random() * (most - least + 1))


def dependent_member_id(subscriber_id: str, first_name: str, birth_date: str) -> str:
    """Returns the id of a dependent, by the formula of the 837P reader: there, a dependent has no number."""
    known = f"{subscriber_id}|{first_name.strip().upper()}|{birth_date}"
    return f"{subscriber_id}-{hashlib.sha256(known.encode()).hexdigest()[:10]}"


def payer_of(position: int) -> Payer:
    """Returns the payer of the household at a position within its site."""
    return PAYERS[position % len(PAYERS)]


def kind_of(position: int) -> HouseholdKind:
    """Returns the kind of the household at a position within its site."""
    return HouseholdKind(HOUSEHOLD_PATTERN[position // len(PAYERS) % len(HOUSEHOLD_PATTERN)])


@lru_cache(maxsize=2048)
def household(seed: int, number: int, position: int) -> Household:
    """Returns a household; `number` is its own in the practice, `position` within its site tells payer and kind."""
    rng = random.Random(f"household {seed} {number}")  # noqa: S311 - a sample, not a secret
    payer, kind = payer_of(position), kind_of(position)
    size = 1 if kind is HouseholdKind.SINGLE else 2 if kind is HouseholdKind.COUPLE else _family_size(rng)
    members: list[Person] = []
    for place in range(size):
        members.append(_person(rng, payer, kind, number, place, members[0] if members else None))
    return Household(number, kind, tuple(members), _client(rng, kind, members))


def _family_size(rng: random.Random) -> int:
    return pick(rng, (2, 3, 3, 3, 4, 4, 5))


def _client(rng: random.Random, kind: HouseholdKind, members: list[Person]) -> Person:
    if kind is HouseholdKind.FAMILY:
        return members[-1] if rng.random() < 0.6 else members[0]
    return pick(rng, members)


def _person(
    rng: random.Random, payer: Payer, kind: HouseholdKind, number: int, place: int, subscriber: Person | None
) -> Person:
    is_child = (
        kind is HouseholdKind.FAMILY and place > 0 and (place > 1 or rng.random() < 0.5) and payer is not MEDICARE
    )
    first_year, last_year = (2007, 2015) if is_child else (1937, 1957) if payer is MEDICARE else (1962, 1998)
    birth_date = f"{between(rng, first_year, last_year)}{between(rng, 1, 12):02d}{between(rng, 1, 28):02d}"
    first_name = f"PERSON{number:06d}{place}"
    own_id = f"{payer.member_prefix}{number:06d}{place}"
    # Medicare has no dependents: everyone there has an own number.
    if subscriber is None or payer is MEDICARE:
        member_id, relationship, subscriber_id, subscriber_name = own_id, SELF, own_id, first_name
    else:
        subscriber_id, subscriber_name = subscriber.subscriber_id, subscriber.first_name
        member_id = dependent_member_id(subscriber_id, first_name, birth_date)
        relationship = CHILD if is_child else SPOUSE
    return Person(
        member_id=member_id,
        subscriber_id=subscriber_id,
        subscriber_first_name=subscriber_name,
        relationship_code=relationship,
        family_id=f"FAM{number:06d}",
        first_name=first_name,
        birth_date=birth_date,
        sex_code=pick(rng, "FM"),
        diagnosis_codes=_diagnoses(rng, CHILD_DIAGNOSES if is_child else ADULT_DIAGNOSES),
        payer=payer,
        lives_alone=kind is HouseholdKind.SINGLE,
        other_payer=MEDICARE if relationship == SELF and _has_medicare_first(payer, number) else None,
    )


def _has_medicare_first(payer: Payer, number: int) -> bool:
    """A few households of Medicaid have Medicare too."""
    return payer is CT_MEDICAID and number % 40 == 13


def _diagnoses(rng: random.Random, codes: tuple[str, ...]) -> tuple[str, ...]:
    wanted = pick(rng, (1, 1, 2, 2, 2, 3, 4))
    found: list[str] = []
    while len(found) < wanted:
        code = pick(rng, codes)
        if code not in found:
            found.append(code)
    return tuple(found)
