"""Which table a native header belongs to, what is wrong with it, and native rows as a batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from claims_audit.model import POSITION_COLUMNS, TABLE_COLUMNS, TABLE_REQUIRED, RowBatch


@dataclass(slots=True)
class Places:
    """Where the rows of a batch stood: half-open byte ranges (or row numbers), and line numbers from 1."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def add(self, start: int, end: int, number: int) -> None:
        """Takes the place of one more row."""
        self.starts.append(start)
        self.ends.append(end)
        self.numbers.append(number)

    def only(self, rows: Sequence[int]) -> Places:
        """The places of some of the rows."""
        return Places(
            [self.starts[row] for row in rows], [self.ends[row] for row in rows], [self.numbers[row] for row in rows]
        )


def place_columns(places: Places) -> dict[str, list[object]]:
    """The position columns of a batch."""
    empty: list[object] = [None] * len(places.starts)
    given: tuple[list[object], ...] = (list(places.starts), list(places.ends), list(places.numbers), empty, empty)
    return dict(zip(POSITION_COLUMNS, given, strict=True))


def native_batch(table: str, given: Mapping[str, Sequence[str | None]], places: Places) -> RowBatch:
    """A batch of native rows; columns that the file does not have are empty."""
    count = len(places.starts)
    columns: dict[str, list[object]] = {
        name: list(given[name]) if name in given else [None] * count for name in TABLE_COLUMNS[table]
    }
    return RowBatch(table, columns | place_columns(places))


_NAMES_TOLD: Final = 60


def table_of(header: Sequence[str]) -> str | None:
    """The table whose required columns the header has most of; None if it has hardly any of either."""
    names = set(header)
    shares = {table: len(names & set(required)) / len(required) for table, required in TABLE_REQUIRED.items()}
    best = max(shares, key=lambda table: shares[table])
    return best if shares[best] >= 0.5 else None


def header_faults(table: str, header: Sequence[str]) -> str:
    """What keeps a header from being read as that table, as one sentence with the remedy; empty if nothing does."""
    known, required = TABLE_COLUMNS[table], TABLE_REQUIRED[table]
    missing = [name for name in required if name not in header]
    counts = Counter(header)
    unknown = [name or "(empty)" for name in counts if name not in known]
    repeated = [name for name, count in counts.items() if count > 1]
    faults = [
        f"{label} {', '.join(names[:_NAMES_TOLD])}"
        + (f" and {len(names) - _NAMES_TOLD:,} more" if len(names) > _NAMES_TOLD else "")
        for label, names in (("lacks columns", missing), ("unknown columns", unknown), ("repeated columns", repeated))
        if names
    ]
    if not faults:
        return ""
    return f"as {table}: {'; '.join(faults)}. The native column names are in docs/input_files.md"
