"""What changed between the headers of two deliveries of one kind of export."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from claims_audit.readers.tables.profile import Profile, normal_name, roles

# Names that have less in common are two columns, one gone and one new.
_ALIKE: Final = 0.6
# What is read as the same column is the same, whatever its name.
_SAME_ROLE: Final = 2.0


@dataclass(frozen=True, slots=True)
class HeaderChanges:
    """Columns that came, went, and were renamed (old name, new name), as delivered."""

    new: tuple[str, ...]
    missing: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]

    def __bool__(self) -> bool:
        return bool(self.new or self.missing or self.renamed)


def compare_headers(previous: Sequence[str], current: Sequence[str], profile: Profile | None = None) -> HeaderChanges:
    """The changes from one header to the next. Order, case and punctuation are no change.

    A column that went and one that came are taken for one that was renamed if `profile` reads the one as it read the
    other (DOS, Service Date), or if their names are alike, the more so if it stands where the other stood.
    """
    before = {normal_name(name): at for at, name in enumerate(previous)}
    after = {normal_name(name): at for at, name in enumerate(current)}
    gone = [name for name in before if name not in after]
    come = [name for name in after if name not in before]
    known = _same_roles(previous, current, profile) if profile is not None else frozenset()
    pairs = sorted(
        (
            (likeness, old, new)
            for old in gone
            for new in come
            if (
                likeness := _SAME_ROLE
                if (before[old], after[new]) in known
                else _likeness(old, new, _neighbours(before, old), _neighbours(after, new))
            )
            >= _ALIKE
        ),
        key=lambda pair: (-pair[0], before[pair[1]], after[pair[2]]),
    )
    renamed: dict[str, str] = {}
    for _, old, new in pairs:
        if old not in renamed and new not in renamed.values():
            renamed[old] = new
    return HeaderChanges(
        new=tuple(current[after[name]] for name in come if name not in renamed.values()),
        missing=tuple(previous[before[name]] for name in gone if name not in renamed),
        renamed=tuple((previous[before[old]], current[after[new]]) for old, new in renamed.items()),
    )


def _same_roles(previous: Sequence[str], current: Sequence[str], profile: Profile) -> frozenset[tuple[int, int]]:
    """Positions in both headers of what the profile reads as the same column."""
    before, after = roles(profile, previous), roles(profile, current)
    return frozenset((at, after[role]) for role, at in before.items() if role in after)


def name_likeness(one: str, other: str) -> float:
    """How alike two normal names are, 0 to 1: by their letters, or by their words in any order."""
    letters = SequenceMatcher(None, one, other, autojunk=False).ratio()
    words, others = set(one.split()), set(other.split())
    shared = 2 * len(words & others) / (len(words) + len(others)) if words and others else 0.0
    return max(letters, shared)


def _likeness(old: str, new: str, around: tuple[str | None, ...], around_new: tuple[str | None, ...]) -> float:
    """Of a name, more if the same neighbours stand left and right: half of each that is the same."""
    same = sum(one == other for one, other in zip(around, around_new, strict=True)) / 2
    return 0.75 * name_likeness(old, new) + 0.25 * same


def _neighbours(places: dict[str, int], name: str) -> tuple[str | None, str | None]:
    by_place = {at: other for other, at in places.items()}
    return by_place.get(places[name] - 1), by_place.get(places[name] + 1)
