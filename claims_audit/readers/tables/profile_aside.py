"""Rows of an export that are none of its table: by a rule of the profile, totals, repeated headers, blanks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from claims_audit.readers.tables.cells import clean
from claims_audit.readers.tables.profile import Profile, SetAside, normal_name

Cell = str | None
Column = Sequence[Cell]

# What says whose line it is; a row with none of them is no line.
_IDENTITY: Final = {
    "claim_line": ("patient_control_number", "member_id", "date_of_service", "procedure_code"),
    "attendance": ("member_id", "session_start_at", "facilitator_npis", "attendance_status"),
}
_FOOTER: Final = re.compile(
    r"(?:(?:grand|sub|report|page|overall|final)\W*)?totals?\b|end of (?:report|file|list)"
    r"|(?:printed|generated|exported|run) (?:on|at|by)\b|page [0-9]|report (?:date|run)\b"
    r"|(?:number of )?(?:rows|records|claims|lines)\W*[0-9,]+$|[0-9,]+ (?:rows|records|claims|lines)\b",
    re.IGNORECASE,
)


class Reason(NamedTuple):
    """Why a row is set aside; `is_line` if its charge is one, and not the sum of others."""

    code: str
    reason: str
    is_line: bool


BLANK: Final = Reason("blank_row", "The row has no cell that is read.", False)
HEADER: Final = Reason("repeated_header", "The row repeats the names of the columns.", False)
TOTAL: Final = Reason(
    "total_row", "The row names no claim, member, day and code; it is a total or a line below the table.", False
)


class RowsAside:
    """Finds them, batch by batch. `names` are those of the picked columns, `filled` the columns that they fill."""

    def __init__(
        self,
        profile: Profile,
        names: Sequence[str],
        conditions: Sequence[tuple[SetAside, int]],
        filled: Sequence[str],
    ) -> None:
        self._names = list(names)
        self._conditions = conditions
        self._empty = frozenset(profile.style.empty)
        self._identity = [column for column in _IDENTITY[profile.table] if column in filled]

    def rows(self, columns: Sequence[Column], filled: Mapping[str, Sequence[Cell]], count: int) -> dict[int, Reason]:
        """The rows to be set aside, by number in the batch: `columns` as read, `filled` as converted."""
        aside: dict[int, Reason] = {}
        if self._names and self._names[0] in columns[0]:
            for row, cell in enumerate(columns[0]):
                if cell == self._names[0] and [column[row] for column in columns] == self._names:
                    aside[row] = HEADER
        identity = [filled[column] for column in self._identity]
        # A row with one of them at most needs a gap in all of them but one.
        if sum(None in cells for cells in identity) >= len(identity) - 1:
            for row, cells in enumerate(zip(*identity, strict=True)):
                named = [cell for cell in cells if cell is not None]
                if not named:
                    is_blank = not any(cell and cell.strip() for column in columns for cell in (column[row],))
                    aside[row] = BLANK if is_blank else TOTAL
                elif len(named) == 1 and _FOOTER.match(named[0]):
                    aside[row] = TOTAL
        for rule, at in self._conditions:
            reason = Reason(rule.code, rule.reason, True)
            meeting = {cell for cell in set(columns[at]) if self._meets(rule, cell)}
            if meeting:
                for row in range(count):
                    if columns[at][row] in meeting:
                        aside.setdefault(row, reason)
        return aside

    def is_footer(self, cells: Sequence[Cell]) -> bool:
        """Whether the first filled cell of a row that has not the table's width begins as a total or footer does."""
        first = next((cell.strip() for cell in cells if cell and cell.strip()), "")
        return _FOOTER.match(first) is not None

    def _meets(self, rule: SetAside, cell: Cell) -> bool:
        text = clean(cell or "")
        if not text or text.lower() in self._empty:
            return rule.when_empty
        is_listed = (normal_name(text) or text) in rule.values
        return (rule.when_in and is_listed) or (rule.when_not_in and not is_listed)
