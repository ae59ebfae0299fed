"""A mapping profile: which columns of an export hold what, and how its cells are written. Read by profile_file.py.

Column names are compared by `normal_name`: case, blanks, `_` and `#` do not matter, so that `Claim #`, `claim_number`
and `ClaimNumber` are one name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from claims_audit.errors import ConfigurationError
from claims_audit.model import TABLE_COLUMNS, TABLE_REQUIRED
from claims_audit.readers.tables.cells import CellStyle

_WORD_ENDS: Final = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")
_NO_WORD: Final = re.compile(r"[^a-z0-9%]+")


@dataclass(frozen=True, slots=True)
class Source:
    """One way of filling a canonical column; exactly one of `parts`, `of`, `count_within` and `constant` is given.

    `parts`: columns of the export, each by its possible names, the first that is there; several are joined by
    `separator`. `fallbacks`: columns to look into, in order, where the cell is empty. `of`: canonical columns whose
    converted values are joined by `separator`. `count_within`: the rows of each value of a canonical column are
    numbered from 1. `values` replaces whole cells, compared by `normal_name`; `default` fills empty ones.
    """

    parts: tuple[tuple[str, ...], ...] = ()
    fallbacks: tuple[str, ...] = ()
    separator: str = " "
    of: tuple[str, ...] = ()
    count_within: str | None = None
    constant: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None


@dataclass(frozen=True, slots=True)
class SetAside:
    """Rows that are none of the table: a cell of a column is in `values` (or not in them), or is empty.

    An empty cell is neither in nor not in; only `when_empty` speaks of it. A column that the export does not have sets
    nothing aside.
    """

    names: tuple[str, ...]
    reason: str
    code: str = "not_of_this_table"
    values: frozenset[str] = frozenset()
    when_in: bool = False
    when_not_in: bool = False
    when_empty: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """How the rows of one kind of export become rows of `table`.

    `columns` holds the ways of filling each canonical column, the first that the export's header allows being used.
    `ignored` are the names of columns that may be there without being read; None ignores all others. `delimiter` and
    `encoding` are found in the file if they are None. Only an `automatic` profile is chosen without being named.
    """

    name: str
    title: str
    table: str
    columns: Mapping[str, tuple[Source, ...]]
    ignored: tuple[str, ...] | None = None
    set_aside: tuple[SetAside, ...] = ()
    style: CellStyle = field(default_factory=CellStyle)
    delimiter: str | None = None
    encoding: str | None = None
    automatic: bool = True


def with_timezone(profile: Profile, timezone: str | None) -> Profile:
    """The profile with the zone of the practice's clock, unless it names one itself."""
    if timezone is None or profile.style.timezone is not None:
        return profile
    return replace(profile, style=replace(profile.style, timezone=timezone))


def normal_name(text: str) -> str:
    """A column name or a word in the form in which names are compared."""
    spaced = _WORD_ENDS.sub(" ", text.replace("#", " number "))
    return _NO_WORD.sub(" ", spaced.lower()).strip()


def normal_header(header: Sequence[str]) -> dict[str, int]:
    """Where each normal name stands. A name that comes again gets a number: Mod, Mod is `mod`, `mod 2`."""
    places: dict[str, int] = {}
    last_number: dict[str, int] = {}
    for at, name in enumerate(header):
        normal = normal_name(name)
        numbered, count = normal, last_number.get(normal, 1)
        while numbered in places:
            count += 1
            numbered = f"{normal} {count}"
        last_number[normal] = count
        places[numbered] = at
    return places


def chosen_sources(profile: Profile, header: Sequence[str]) -> dict[str, Source]:
    """The source of each canonical column that the header can fill, in canonical order."""
    places = normal_header(header)
    plain: dict[str, Source] = {}
    derived: dict[str, list[Source]] = {}
    for column, sources in profile.columns.items():
        for source in sources:
            if source.of or source.count_within is not None:
                derived.setdefault(column, []).append(source)
            elif column not in plain and all(_place(places, names) is not None for names in source.parts):
                plain[column] = source
    chosen = dict(plain)
    for column, sources_ in derived.items():
        for source in sources_:
            asked = source.of or (str(source.count_within),)
            if column not in chosen and all(name in plain for name in asked):
                chosen[column] = source
    return {column: chosen[column] for column in TABLE_COLUMNS[profile.table] if column in chosen}


def part_places(source: Source, header: Sequence[str]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The positions of the source's parts, and of those of its fallbacks that the header has."""
    places = normal_header(header)
    parts = tuple(place for names in source.parts if (place := _place(places, names)) is not None)
    fallbacks = tuple(place for name in source.fallbacks if (place := _place(places, (name,))) is not None)
    return parts, tuple(place for place in fallbacks if place not in parts)


def roles(profile: Profile, header: Sequence[str]) -> dict[tuple[str, int, int], int]:
    """Where the header holds what: the canonical column, of how many parts it is joined, and which of them this is."""
    found: dict[tuple[str, int, int], int] = {}
    for column, source in chosen_sources(profile, header).items():
        parts, _ = part_places(source, header)
        found |= {(column, len(parts), number): at for number, at in enumerate(parts)}
    return found


def missing_columns(profile: Profile, header: Sequence[str]) -> list[str]:
    """Required canonical columns that the header cannot fill."""
    chosen = chosen_sources(profile, header)
    return [column for column in TABLE_REQUIRED[profile.table] if column not in chosen]


def used_places(profile: Profile, header: Sequence[str]) -> set[int]:
    """Positions of the columns of the header that the profile reads."""
    used: set[int] = set()
    for source in chosen_sources(profile, header).values():
        parts, fallbacks = part_places(source, header)
        used |= {*parts, *fallbacks}
    places = normal_header(header)
    for rule in profile.set_aside:
        place = _place(places, rule.names)
        if place is not None:
            used.add(place)
    return used


def unknown_columns(profile: Profile, header: Sequence[str]) -> list[str]:
    """Names of the header that the profile neither reads nor ignores, as delivered."""
    if profile.ignored is None:
        return []
    ignored = {normal_name(name) for name in profile.ignored}
    used = used_places(profile, header)
    return [name for at, name in enumerate(header) if at not in used and normal_name(name) not in ignored]


def profile_faults(profile: Profile, header: Sequence[str]) -> str:
    """What keeps a header from being read with the profile, as one sentence with the remedy; empty if nothing does."""
    missing, unknown = missing_columns(profile, header), unknown_columns(profile, header)
    faults = [
        f"{label} {', '.join(name or '(empty)' for name in names)}"
        for label, names in (("finds no column for", missing), ("unknown columns", unknown))
        if names
    ]
    if not faults:
        return ""
    return (
        f"with profile {profile.name}: {'; '.join(faults)}. "
        "Add their names to the profile, or ignore them there (docs/profiles.md)"
    )


def match_profile(header: Sequence[str], profiles: Iterable[Profile]) -> Profile | None:
    """The automatic profile that fits a header best; None if none fits, or if native names say as much about it.

    A profile fits if all that its table requires can be filled and no column is unknown to it; the one that reads most
    columns is taken. Raises ConfigurationError naming both if two read equally many.
    """
    native = max(len({name.strip().lower() for name in header} & set(columns)) for columns in _INPUT_COLUMNS)
    fitting = [
        (len(used_places(profile, header)), profile)
        for profile in profiles
        if profile.automatic and not missing_columns(profile, header) and not unknown_columns(profile, header)
    ]
    most = max((used for used, _ in fitting), default=0)
    if most <= native:
        return None
    best = [profile for used, profile in fitting if used == most]
    if len(best) > 1:
        raise ConfigurationError(
            f"profiles {best[0].name} and {best[1].name} fit the same header equally well; name one with --profile"
        )
    return best[0]


def nearest_profile(header: Sequence[str], profiles: Iterable[Profile]) -> Profile | None:
    """The automatic profile that fills most of what its table requires, to say what the header lacks.

    None if none fills two thirds. To be asked where no profile fits.
    """
    nearest, best = None, (_NEAR, 0)
    for profile in profiles:
        required = TABLE_REQUIRED[profile.table]
        used = used_places(profile, header)
        share = 1 - len(missing_columns(profile, header)) / len(required)
        if profile.automatic and len(used) > 2 and (share, len(used)) > best:
            nearest, best = profile, (share, len(used))
    return nearest


# Constants and derived columns fill some of it on any header.
_NEAR: Final = 0.6
_INPUT_COLUMNS: Final = tuple(TABLE_COLUMNS[table] for table in TABLE_REQUIRED)


def _place(places: Mapping[str, int], names: Sequence[str]) -> int | None:
    return next((places[normal] for name in names if (normal := normal_name(name)) in places), None)


def condition_place(rule: SetAside, header: Sequence[str]) -> int | None:
    """Where the column of a set-aside rule stands; None if the header does not have it."""
    return _place(normal_header(header), rule.names)
