"""Three checks that everybody can write, and the lines that everybody reads: the race of the checks is run over them.

Only lines that count are looked at: a line whose id stands in `superseded` (its claim was replaced or voided) does not.

session_over_limit: more than 12 different members with code 90853 under one rendering provider, day, session id and
start, where "none" is a session id and a start, too. One row each: provider, day, session id, start.

group_beside_individual: one member has, with one rendering provider on one day, a line of 90853 and a line of 90832,
90834 or 90837, and neither of the two has modifier 59, XE, XP, XS or XU. One row each: member, provider, day.

code_twice: more than one line of one payer, member, rendering provider, code and day. One row each: those five.

The names are those of the check files in bench/checks, which are the same three for the engine of this project.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final

MAX_SIZE: Final = 12
GROUP: Final = "90853"
INDIVIDUAL: Final = ("90832", "90834", "90837")
DISTINCT: Final = ("59", "XE", "XP", "XS", "XU")
MODIFIERS: Final = ("modifier_1", "modifier_2", "modifier_3", "modifier_4")

SESSION: Final = "session_over_limit"
BESIDE: Final = "group_beside_individual"
TWICE: Final = "code_twice"
KEYS: Final[dict[str, tuple[str, ...]]] = {
    SESSION: ("rendering_provider_npi", "date_of_service", "session_id", "session_start_at"),
    BESIDE: ("member_id", "rendering_provider_npi", "date_of_service"),
    TWICE: ("payer_id", "member_id", "rendering_provider_npi", "procedure_code", "date_of_service"),
}
# What the Parquet export of a history holds.
LINE_COLUMNS: Final = (
    *("claim_line_id", "payer_id", "member_id", "rendering_provider_npi", "date_of_service", "procedure_code"),
    *(*MODIFIERS, "session_id", "session_start_at"),
)

_NOTHING: Final = ("<NA>", "NaT", "nan")  # what pandas writes

Answer = dict[str, list[str]]  # by check, the rows in order, each as text


def lines_path(folder: Path) -> Path:
    """All lines of all versions, LINE_COLUMNS."""
    return folder / "claim_line.parquet"


def superseded_path(folder: Path) -> Path:
    """One column: claim_line_id of the lines that do not count."""
    return folder / "superseded_line.parquet"


def as_answer(rows: Mapping[str, Iterable[Sequence[object]]]) -> Answer:
    """Rows of whatever library as text that can be compared; the columns are in the order of KEYS."""
    return {check: sorted("|".join(map(_text, row)) for row in found) for check, found in rows.items()}


def _text(value: object) -> str:
    if value is None or str(value) in _NOTHING:
        return ""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, date) else str(value)
