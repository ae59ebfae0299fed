"""What the values of a column say of what it may be: the share of them that has the shape of each canonical column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from claims_audit.model import DIAGNOSIS_COLUMNS, MODIFIER_COLUMNS
from claims_audit.readers.tables.cells import CellStyle, clean, converters
from claims_audit.readers.tables.profile import normal_name
from claims_audit.readers.values import has_check_digit

# The words that stand for an empty cell in one export or another.
EMPTY_WORDS: Final = ("null", "nan", "n/a", "na", "none", "\\n", "-", "--", "#n/a")
_DATE_STYLES: Final = (
    ("YYYY-MM-DD",),
    ("MM/DD/YYYY", "MM/DD/YY"),
    ("DD/MM/YYYY", "DD/MM/YY"),
    ("DD.MM.YYYY", "DD.MM.YY"),
    ("DD-MON-YYYY", "DD-MON-YY"),
    ("MM-DD-YYYY", "MM-DD-YY"),
    ("MON D, YYYY",),
    ("excel",),
)
_DAY: Final = re.compile(r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(rf"{_DAY.pattern} [0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}})?")
_CLOCK: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?\s*(?:[AaPp]\.?[Mm]\.?)?")
_CODE: Final = re.compile(r"(?:[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4})(?:;[0-9A-Z]{2})*")
_MONEY: Final = re.compile(r"-?[0-9]{1,7}(?:\.[0-9]{1,2})?")
_UNITS: Final = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,3})?")
_MODIFIERS: Final = re.compile(r"[0-9A-Z]{2}(?:;[0-9A-Z]{2}){0,3}")
_DIAGNOSES: Final = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.?[0-9A-Z]{1,4})?(?:;[A-Z][0-9][0-9A-Z](?:\.?[0-9A-Z]{1,4})?)*")
_ID: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,39})")
# Lines are counted and units billed in such numbers; no service costs so little, and no person is called so.
_SMALL_NUMBER: Final = re.compile(r"-?[0-9]{1,2}(?:\.0+)?")
_NOT_SMALL_NUMBERS: Final = frozenset({"charge_amount", "member_id", "patient_control_number"})
# Without digits they are names.
_NUMBERS_OF_SOMETHING: Final = frozenset({"member_id", "patient_control_number"})
_STATUS_COLUMN: Final = "attendance_status"

_SHAPES: Final[dict[str, re.Pattern[str]]] = {
    **dict.fromkeys(("date_of_service", "date_of_service_through", "received_date"), _DAY),
    **dict.fromkeys(("session_start_at", "session_end_at", "note_signed_at"), _MOMENT),
    **dict.fromkeys(("charge_amount", "allowed_amount", "paid_amount"), _MONEY),
    **dict.fromkeys(MODIFIER_COLUMNS, _MODIFIERS),
    **dict.fromkeys(DIAGNOSIS_COLUMNS, _DIAGNOSES),
    "procedure_code": _CODE,
    "service_units": _UNITS,
    "place_of_service_code": re.compile(r"[0-9]{2}"),
    "claim_line_number": re.compile(r"[0-9]{1,3}"),
    "claim_frequency_code": re.compile(r"[178]"),
    "diagnosis_pointers": re.compile(r"[0-9]{1,2}(?::[0-9]{1,2}){0,3}"),
    **dict.fromkeys(("treatment_plan_from", "treatment_plan_to"), _DAY),
    "note_similarity": re.compile(r"0?\.[0-9]{1,3}|1\.0{1,3}"),
    "note_shingles": re.compile(r"[0-9a-fA-F]{8,64}(?:;[0-9a-fA-F]{8,64})*"),
    "treatment_plan_elements": re.compile(r"(?:type|amount|frequency|duration|goals)(?:;[a-z]+)*"),
    "documented_group_size": re.compile(r"[0-9]{1,2}"),
    "relationship_code": re.compile(r"[0-9A-Z]{2}"),
    "unit_basis_code": re.compile(r"UN|MJ"),
    "rendering_taxonomy_code": re.compile(r"[0-9A-Z]{9}X"),
}


def filled(cells: Sequence[str | None]) -> list[str]:
    """The cells of a column that hold something, cleaned."""
    return [text for cell in cells if cell and (text := clean(cell)) and text.lower() not in EMPTY_WORDS]


def fitting_share(column: str, texts: Sequence[str], style: CellStyle, words: Sequence[str] = ()) -> float:
    """The share of the texts that are, once converted, what the canonical column holds; `words` are known values."""
    if not texts:
        return 0.0
    if column in _NOT_SMALL_NUMBERS and all(_SMALL_NUMBER.fullmatch(text) for text in texts):
        return 0.0
    if column in _NUMBERS_OF_SOMETHING and 2 * sum(map(_has_digit, texts)) < len(texts):
        return 0.0
    convert = converters(style)[column]
    known = frozenset(normal_name(word) for word in words)
    fits = _fits(column)
    return sum(normal_name(text) in known or fits(convert(text)) for text in texts) / len(texts)


def _has_digit(text: str) -> bool:
    return any(letter.isdecimal() for letter in text)


def clock_share(texts: Sequence[str]) -> float:
    """The share of the texts that are a time of day without a day."""
    return sum(_CLOCK.fullmatch(text) is not None for text in texts) / len(texts) if texts else 0.0


def date_style(columns: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], bool]:
    """The formats in which the columns of days are written, and whether day and month could be told apart.

    Goes by the style that most values fit; where two fit equally well (no day above 12), month first is taken.
    """
    scores = []
    for style in _DATE_STYLES:
        moments = converters(CellStyle(dates=style))["date_of_service"]
        scores.append(sum(1 for texts in columns for text in texts if _DAY.fullmatch(moments(text))))
    best = max(scores)
    if best == 0:
        return (), True
    # ISO days are read in any style, so that a style has to add something to be told.
    first = scores.index(best)
    is_told = first == 0 or scores.count(best) == 1
    return (() if first == 0 else _DATE_STYLES[first]), is_told


def _fits(column: str) -> Callable[[str], bool]:
    if column.endswith("_npi") or column == "facilitator_npis":
        return lambda text: all(
            len(part) == 10 and part.isdecimal() and has_check_digit(part) for part in text.split(";")
        )
    if column == _STATUS_COLUMN:
        return lambda text: normal_name(text) in {"attended", "no show", "late cancel", "cancelled", "observer"}
    shape = _SHAPES.get(column, _ID)
    return lambda text: shape.fullmatch(text.upper() if column == "relationship_code" else text) is not None
