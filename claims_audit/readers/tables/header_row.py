"""Which row of a table is its header: report titles may stand above it. For text and workbooks alike."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.tables.profile import Profile, missing_columns, profile_faults, used_places
from claims_audit.readers.tables.rows import header_faults, table_of

HEADER_ROWS: Final = 30
DELIMITERS: Final = (",", ";", "\t", "|")
# A day, an amount, a number of five digits or more, a diagnosis: data, and perhaps of a person.
_VALUE: Final = re.compile(
    r"[0-9]{1,4}[-/.][0-9A-Za-z]{1,3}[-/.][0-9]{1,4}|[0-9]\.[0-9]|[0-9]{5}|^[A-Z][0-9][0-9A-Z]\.|@.+\.", re.ASCII
)


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """A header as delivered, trimmed: `row` counts from 0; `delimiter` is that of a text."""

    cells: tuple[str, ...]
    row: int
    delimiter: str = ""

    @property
    def native(self) -> list[str]:
        """The names in the form of the native columns."""
        return [cell.lower() for cell in self.cells]


# The widest exports have some hundred columns.
_MOST_COLUMNS: Final = 2_000


def split_header(text: str, delimiters: Sequence[str] = DELIMITERS) -> list[tuple[str, tuple[str, ...]]]:
    """The cells of a line for every delimiter that takes it apart, most cells first; none if its quotes are broken."""
    found = []
    for delimiter in delimiters:
        if delimiter in text:
            try:
                cells = next(csv.reader([text], delimiter=delimiter, strict=True), [])
            except csv.Error:
                continue
            # What falls into thousands of cells is no row of names.
            if 1 < len(cells) <= _MOST_COLUMNS:
                found.append((delimiter, tuple(cell.strip() for cell in cells)))
    return sorted(found, key=lambda item: -len(item[1]))


def find_header(rows: Iterable[HeaderRow], profile: Profile | None, name: str) -> tuple[HeaderRow, str]:
    """The first row that is a header, of the profile or native, and its table.

    Raises UnreadableFileError, naming the columns that are amiss in the row that comes nearest.
    """
    return _native_header(rows, name) if profile is None else _profile_header(rows, profile, name)


def _native_header(rows: Iterable[HeaderRow], name: str) -> tuple[HeaderRow, str]:
    for row in rows:
        table = table_of(row.native)
        if table is not None:
            if faults := header_faults(table, row.native):
                raise UnreadableFileError(f"{name}: {faults}")
            return row, table
    raise UnreadableFileError(f"{name}: the header has none of the known column sets")


def _profile_header(rows: Iterable[HeaderRow], profile: Profile, name: str) -> tuple[HeaderRow, str]:
    nearest, nearness = None, 1
    for row in rows:
        if not missing_columns(profile, row.cells):
            nearest = row
            break
        # One name may be a word of a title; with two, it is the header of another edition.
        used = len(used_places(profile, row.cells))
        if used > nearness:
            nearest, nearness = row, used
    if nearest is None:
        raise UnreadableFileError(
            f"{name}: no row of the first {HEADER_ROWS} has the column names of profile {profile.name}; "
            "see docs/profiles.md"
        )
    if faults := profile_faults(profile, nearest.cells):
        raise UnreadableFileError(f"{name}: {faults}")
    return nearest, profile.table


def likely_header(rows: Iterable[HeaderRow], profiles: Sequence[Profile]) -> HeaderRow | None:
    """The row that is taken for the header when it is not known what the table is: one that fits, else the widest.

    None if every row holds what no column is named after, such as days, amounts and long numbers.
    """
    rows = list(rows)
    for row in rows:
        if table_of(row.native) is not None or any(not missing_columns(profile, row.cells) for profile in profiles):
            return row
    # A title above the table has fewer cells than the table.
    named = [
        (sum(any(letter.isalpha() for letter in cell) for cell in row.cells), row)
        for row in rows
        if not any(_VALUE.search(cell) for cell in row.cells)
    ]
    most = max((count for count, _ in named), default=0)
    return next((row for count, row in named if count == most), None) if most > 1 else None
