"""Rows of an export on their way to rows of a table, batch by batch, column by column, as a profile says.

Each distinct cell of a column is converted once. Rows that are none of the table are set aside by profile_aside.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from claims_audit.model import (
    DIAGNOSIS_COLUMNS,
    MODIFIER_COLUMNS,
    TABLE_COLUMNS,
    RejectedRange,
    RejectKind,
    RowBatch,
)
from claims_audit.readers.tables.cells import Convert, clean, converters
from claims_audit.readers.tables.profile import (
    Profile,
    Source,
    chosen_sources,
    condition_place,
    normal_name,
    part_places,
)
from claims_audit.readers.tables.profile_aside import RowsAside
from claims_audit.readers.tables.rows import Places, place_columns
from claims_audit.readers.values import parse_cents

Cell = str | None
Column = Sequence[Cell]

# A column of claim numbers has no value twice; what was converted is forgotten before it fills the memory.
_MAX_REMEMBERED: Final = 100_000
_MAX_COUNTED: Final = 1_000_000
# How databases and workbooks write a day that has no time of day.
_MIDNIGHT: Final = re.compile(r"(?:[ T]00:00(?::00(?:\.0+)?)?|\s12:00(?::00)?\s*AM)$", re.IGNORECASE)
# How a workbook writes a time of day that stands in a cell of its own.
_DAY_ZERO: Final = re.compile(r"^(?:1899-12-3[01]|1900-01-0[01])[ T]")


class _Remembered(dict[Cell, Cell]):
    """Converted cells by what was read."""

    def __init__(self, convert: Callable[[Cell], Cell]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, cell: Cell) -> Cell:
        converted = self[cell] = self._convert(cell)
        return converted

    def column(self, cells: Column) -> list[Cell]:
        """A whole column, converted."""
        if len(self) > _MAX_REMEMBERED:
            self.clear()
        return [self[cell] for cell in cells]


@dataclass(frozen=True, slots=True)
class _Filled:
    """A canonical column that is filled from the export: positions among the picked columns, and the conversion."""

    column: str
    parts: tuple[int, ...]
    fallbacks: tuple[int, ...]
    separator: str
    cells: _Remembered
    default: str | None


class ProfileRows:
    """One export's rows through a profile; the header has to fit it (`profile.profile_faults`).

    `picks` are the positions of the columns that are read; `convert` takes these columns only, in that order.
    """

    def __init__(self, profile: Profile, header: Sequence[str], *, serial_dates: bool = False) -> None:
        self.table = profile.table
        self._empty = frozenset(profile.style.empty)
        chosen = chosen_sources(profile, header)
        places = {column: part_places(source, header) for column, source in chosen.items()}
        conditions = [(rule, condition_place(rule, header)) for rule in profile.set_aside]
        picked = {at for parts, fallbacks in places.values() for at in (*parts, *fallbacks)}
        self.picks = tuple(sorted(picked | {at for _, at in conditions if at is not None}))
        at_pick = {at: number for number, at in enumerate(self.picks)}
        by_column = converters(profile.style, serial_dates=serial_dates)
        self._filled = [
            _Filled(
                column,
                tuple(at_pick[at] for at in places[column][0]),
                tuple(at_pick[at] for at in places[column][1]),
                source.separator,
                _Remembered(_conversion(source, by_column[column], self._empty)),
                source.default,
            )
            for column, source in chosen.items()
            if source.parts
        ]
        self._constants = {column: source.constant for column, source in chosen.items() if source.constant is not None}
        self._joined = {column: source for column, source in chosen.items() if source.of}
        self._counted = {column: source.count_within for column, source in chosen.items() if source.count_within}
        self._counts: dict[str, int] = {}
        self._aside = RowsAside(
            profile,
            [header[at] for at in self.picks],
            [(rule, at_pick[at]) for rule, at in conditions if at is not None],
            [item.column for item in self._filled],
        )

    def convert(self, columns: Sequence[Column], places: Places) -> tuple[list[RowBatch | RejectedRange], int]:
        """What becomes of a batch, and the sum of its charges in cents: of its lines and of those set aside."""
        count = len(places.starts)
        filled = {item.column: self._fill(item, columns) for item in self._filled}
        aside = self._aside.rows(columns, filled, count)
        for item in self._filled:
            if item.default is not None:
                filled[item.column] = [cell or item.default for cell in filled[item.column]]
        charges = filled.get("charge_amount") or [self._constants.get("charge_amount")] * count
        # A total is not a charge: it would be counted twice.
        cents = [
            parse_cents(charge) or 0 if charge is not None and (row not in aside or aside[row].is_line) else 0
            for row, charge in enumerate(charges)
        ]
        items: list[RowBatch | RejectedRange] = [
            RejectedRange(
                self.table,
                places.starts[row],
                places.ends[row],
                reason.code,
                reason.reason,
                kind=RejectKind.OTHER_TRANSACTION,
                source_line_number=places.numbers[row],
                line_count=1,
                charge_cents=cents[row],
            )
            for row, reason in sorted(aside.items())
        ]
        if aside:
            kept = [row for row in range(count) if row not in aside]
            filled = {column: [cells[row] for row in kept] for column, cells in filled.items()}
            places = places.only(kept)
        if len(places.starts):
            items.append(self._batch(filled, places))
        return items, sum(cents)

    def is_footer(self, cells: Sequence[Cell]) -> bool:
        """Whether a row that has not the width of the table is a total or a line below the table."""
        return self._aside.is_footer(cells)

    def _fill(self, item: _Filled, columns: Sequence[Column]) -> list[Cell]:
        if len(item.parts) == 1:
            cells = item.cells.column(columns[item.parts[0]])
        else:
            parts = [columns[at] for at in item.parts]
            cells = item.cells.column([_join(row, item.separator, self._empty) for row in zip(*parts, strict=True)])
        for at in item.fallbacks:
            if None in cells:
                other = item.cells.column(columns[at])
                cells = [cell or instead for cell, instead in zip(cells, other, strict=True)]
        return cells

    def _batch(self, filled: dict[str, list[Cell]], places: Places) -> RowBatch:
        count = len(places.starts)
        if self.table == "claim_line":
            _spread_codes(filled, count)
        for column, constant in self._constants.items():
            filled[column] = [constant] * count
        for column, source in self._joined.items():
            parts = zip(*(_key_part(name, filled[name]) for name in source.of), strict=True)
            filled[column] = [None if None in row else source.separator.join(map(str, row)) for row in parts]
        for column, within in self._counted.items():
            filled[column] = [None if key is None else self._next_number(key) for key in filled[str(within)]]
        columns: dict[str, list[object]] = {
            name: list(filled[name]) if name in filled else [None] * count for name in TABLE_COLUMNS[self.table]
        }
        return RowBatch(self.table, columns | place_columns(places))

    def _next_number(self, key: str) -> str:
        # Put last again, so that the claims seen longest ago are the first to be forgotten.
        number = self._counts[key] = self._counts.pop(key, 0) + 1
        if len(self._counts) > _MAX_COUNTED:
            del self._counts[next(iter(self._counts))]
        return str(number)


def _conversion(source: Source, convert: Convert, empty: frozenset[str]) -> Callable[[Cell], Cell]:
    values = source.values

    def converted(cell: Cell) -> Cell:
        text = clean(cell or "")
        if not text or text.lower() in empty:
            return None
        if values:
            instead = values.get(normal_name(text) or text)
            if instead is not None:
                return instead
        return convert(text) or None

    return converted


def _join(row: Sequence[Cell], separator: str, empty: frozenset[str]) -> str:
    """The filled cells of a row in one text; a date and a time of day are freed of what a workbook adds to each."""
    parts = [text for cell in row if cell and (text := clean(cell)) and text.lower() not in empty]
    if len(parts) < 2:
        return "".join(parts)
    return separator.join([_MIDNIGHT.sub("", parts[0]), *(_DAY_ZERO.sub("", part) for part in parts[1:])])


def _key_part(column: str, cells: Sequence[Cell]) -> Sequence[Cell]:
    """Cells as parts of a key that other exports make as well: providers in order, each once, and times by the minute.

    scheduling/events.py does the same for calendars.
    """
    if column in ("session_start_at", "session_end_at"):
        return [cell and cell[:16] for cell in cells]
    if column == "facilitator_npis":
        return [cell and ";".join(sorted(set(cell.split(";")))) for cell in cells]
    return cells


def _spread_codes(filled: dict[str, list[Cell]], count: int) -> None:
    """Puts codes that were joined in one cell (by a semicolon, cells.py) into columns of their own, in place.

    Only rows with a joined cell are touched, so that elsewhere a diagnosis keeps the number that pointers name. What
    does not fit the columns stays joined, and the schema refuses it.
    """
    codes = filled.get("procedure_code", [None] * count)
    for columns, first in ((MODIFIER_COLUMNS, codes), (DIAGNOSIS_COLUMNS, None)):
        given = [filled[column] for column in columns if column in filled]
        rows: set[int] = set()
        for cells in (*given, *([first] if first is not None else [])):
            # The distinct cells are few; only where one of them is joined are the rows gone through.
            if any(";" in cell for cell in set(cells) if cell is not None):
                rows |= {row for row, cell in enumerate(cells) if cell is not None and ";" in cell}
        if not rows:
            continue
        for column in columns:
            filled.setdefault(column, [None] * count)
        for row in rows:
            own, *beside = (codes[row] or "").split(";") if first is not None else ("",)
            parts = [part for column in columns for part in (filled[column][row] or "").split(";") if part]
            parts += [part for part in beside if part not in parts]
            if len(parts) > len(columns):
                continue
            if beside:
                codes[row] = own
            for column, part in zip(columns, [*parts, *[None] * len(columns)], strict=False):
                filled[column][row] = part
