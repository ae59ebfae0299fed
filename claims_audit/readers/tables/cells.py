"""From the text of one cell, as exports write it, to the text of the canonical column; moments.py has the dates.

A cell that cannot be read as what its column holds stays as it was, so that the schema names the fault: nothing is
guessed. Joined codes (`95-AH`, `F33.1;F41.1`, `90853-59`) come back joined by a semicolon; profile_rows.py spreads them
over their columns. Every function takes trimmed text that is not empty, and gives its own result back unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from claims_audit.model import ATTENDANCE_COLUMNS, CLAIM_LINE_COLUMNS, DIAGNOSIS_COLUMNS, MODIFIER_COLUMNS
from claims_audit.readers.tables.moments import Moments

Convert = Callable[[str], str]

_DATES: Final = (
    *("date_of_service", "date_of_service_through", "received_date"),
    *("treatment_plan_from", "treatment_plan_to"),
)
_WHOLE: Final = re.compile(r"([0-9]+)\.0+")
# With fewer digits behind the point, some may be lost.
_SCIENTIFIC: Final = re.compile(r"([0-9])\.([0-9]{9})[Ee]\+?0?9")
_PLACE: Final = re.compile(r"([0-9]{1,2})(?:\s*[-:]\s*[A-Za-z(].*)?")
_CODE: Final = re.compile(r"(?:HC[:|])?([0-9A-Za-z]{5})")
_CODE_AND_REST: Final = re.compile(r"(?:HC[:|])?([0-9A-Za-z]{5})[\s:;,/.^*|-]+(\S.*)")
_LABEL: Final = re.compile(r"[A-Za-z(][A-Za-z'(]{2,}.*", re.DOTALL)
_BETWEEN_MODIFIERS: Final = re.compile(r"[\s:;,/.^*|+&-]+")
_MODIFIERS: Final = re.compile(r"(?:[0-9A-Za-z]{2}){1,4}")
_NO_MODIFIERS: Final = frozenset({"NONE", "NULL", "NOMODS"})
# ICD-10-CM, and ICD-9-CM of older claims; a word of a description has no digit in second place.
_DIAGNOSIS: Final = re.compile(r"[A-Za-z][0-9][0-9A-Za-z](?:\.?[0-9A-Za-z]{1,4})?|[0-9]{3}(?:\.?[0-9]{1,2})?")
_DIAGNOSIS_AND_LABEL: Final = re.compile(rf"({_DIAGNOSIS.pattern})(?:\s*[-:]\s+|\s+)(\D.*)", re.DOTALL)
_BETWEEN_DIAGNOSES: Final = re.compile(r"[\s;,|/^]+")
_BETWEEN_PROVIDERS: Final = re.compile(r"\s*[;,|/&+\s]\s*")
_BETWEEN_POINTERS: Final = re.compile(r"[\s:;,|/-]+")


@dataclass(frozen=True, slots=True)
class CellStyle:
    """How an export writes its cells.

    `dates` are formats such as MM/DD/YYYY (moments.py); the ISO form and YYYYMMDD are always read. `timezone` is the
    zone of the practice's clock, for timestamps with an offset. `empty` are words that stand for an empty cell, in any
    case.
    """

    dates: tuple[str, ...] = ()
    decimal: str = "."
    thousands: str = ","
    timezone: str | None = None
    empty: tuple[str, ...] = ()


def converters(style: CellStyle, *, serial_dates: bool = False) -> dict[str, Convert]:
    """The conversion of every canonical column; with `serial_dates`, bare numbers of days as a workbook stores them."""
    moments = Moments(style.dates, style.timezone, serial_dates=serial_dates)
    numbers = _Numbers(style.decimal, style.thousands)
    by_column: dict[str, Convert] = dict.fromkeys((*CLAIM_LINE_COLUMNS, *ATTENDANCE_COLUMNS), as_identifier)
    for convert, columns in (
        (moments.as_date, _DATES),
        (moments.as_timestamp, ("session_start_at", "session_end_at", "note_signed_at")),
        (numbers.as_money, ("charge_amount", "allowed_amount", "paid_amount")),
        (numbers.as_units, ("service_units",)),
        (as_provider, [name for name in by_column if name.endswith("_npi")]),
        (as_providers, ("facilitator_npis",)),
        (as_place, ("place_of_service_code",)),
        (as_procedure, ("procedure_code",)),
        (as_modifiers, MODIFIER_COLUMNS),
        (as_diagnoses, DIAGNOSIS_COLUMNS),
        (as_pointers, ("diagnosis_pointers",)),
    ):
        by_column |= dict.fromkeys(columns, convert)
    return by_column


def clean(text: str) -> str:
    """The text of a cell without blanks and without what spreadsheets put around it to keep its zeros: `="00123"`."""
    text = text.strip()
    if text.startswith('="') and text.endswith('"') and len(text) > 3:
        return text[2:-1].strip()
    return text[1:].lstrip() if text.startswith("'") and len(text) > 1 else text


def as_identifier(text: str) -> str:
    """A number or name as it is; only the `.0` that a spreadsheet hangs on a whole number goes."""
    match = _WHOLE.fullmatch(text)
    return match[1] if match else text


def as_provider(text: str) -> str:
    """An NPI; also out of a number that lost its shape, as long as no digit is lost (`1.234567893E9`)."""
    match = _SCIENTIFIC.fullmatch(text)
    return match[1] + match[2] if match else as_identifier(text)


def as_providers(text: str) -> str:
    """NPIs joined by a semicolon, however they were joined."""
    parts = [as_provider(part) for part in _BETWEEN_PROVIDERS.split(text) if part]
    return ";".join(parts) if all(part.isdecimal() for part in parts) else text


def as_place(text: str) -> str:
    """Two digits: with the zero that a spreadsheet drops, without the label (`11 - Office`)."""
    match = _PLACE.fullmatch(as_identifier(text))
    return match[1].zfill(2) if match else text


def as_procedure(text: str) -> str:
    """A procedure code, with the modifiers that were joined to it behind semicolons; a label behind it goes."""
    text = as_identifier(text)
    if match := _CODE.fullmatch(text):
        return match[1].upper()
    if match := _CODE_AND_REST.fullmatch(text):
        code, rest = match[1].upper(), match[2]
        if modifiers := _split_modifiers(rest):
            return ";".join([code, *modifiers])
        if _LABEL.fullmatch(rest) and any(letter.isdigit() for letter in code):
            return code
    return text


def as_modifiers(text: str) -> str:
    """One to four modifiers, joined by semicolons, however they were joined (`95-AH`, `95,AH`, `95AH`)."""
    modifiers = _split_modifiers(as_identifier(text))
    return ";".join(modifiers) if modifiers else text


def _split_modifiers(text: str) -> list[str]:
    """The modifiers of a cell in upper case; none if a part of it is no modifier, or if there are more than four."""
    found: list[str] = []
    for part in _BETWEEN_MODIFIERS.split(text.strip(" -:;,/|").upper()):
        if not _MODIFIERS.fullmatch(part) or part in _NO_MODIFIERS:
            return []
        found += [part[at : at + 2] for at in range(0, len(part), 2)]
    return found if len(found) <= len(MODIFIER_COLUMNS) else []


def as_diagnoses(text: str) -> str:
    """Diagnosis codes in upper case, joined by semicolons; a label behind a single code goes."""
    parts = [part for part in _BETWEEN_DIAGNOSES.split(text) if part]
    if parts and all(_DIAGNOSIS.fullmatch(part) for part in parts):
        return ";".join(parts).upper()
    match = _DIAGNOSIS_AND_LABEL.fullmatch(text)
    return match[1].upper() if match and _LABEL.fullmatch(match[2]) else text


def as_pointers(text: str) -> str:
    """Pointers joined by a colon; the letters of the paper form become numbers (`AB`, `A,B`: `1:2`)."""
    parts = [part for part in _BETWEEN_POINTERS.split(as_identifier(text)) if part]
    letters = "".join(parts).upper()
    if letters.isalpha() and all("A" <= letter <= "L" for letter in letters):
        return ":".join(str(ord(letter) - ord("A") + 1) for letter in letters)
    return ":".join(parts) if parts and all(part.isdecimal() for part in parts) else text


class _Numbers:
    """Amounts and units in one way of writing numbers."""

    def __init__(self, decimal: str, thousands: str) -> None:
        point, comma = re.escape(decimal), re.escape(thousands)
        grouped = rf"|[0-9]{{1,3}}(?:{comma}[0-9]{{3}})+" if thousands else ""
        self._thousands = thousands
        self._shape = re.compile(rf"([0-9]+{grouped})?(?:{point}([0-9]*))?")

    def as_money(self, text: str) -> str:
        """A plain decimal with at most two places: `$1,234.50`, `(60.00)`, `60.00-`; what is finer stays as it was."""
        bare = text.replace("$", "").replace("USD", "").replace("\u2212", "-").strip()
        negative = False
        if bare.startswith("(") and bare.endswith(")"):
            negative, bare = True, bare[1:-1].strip()
        elif bare.startswith("-"):
            negative, bare = True, bare[1:].strip()
        elif bare.endswith("-"):
            negative, bare = True, bare[:-1].strip()
        parts = self._parts(bare.removeprefix("+") if not negative else bare)
        if parts is None or len(parts[1].rstrip("0")) > 2:
            return text
        whole, places = parts[0] or "0", parts[1][:2]
        sign = "-" if negative and (whole + places).strip("0") else ""
        return f"{sign}{whole}.{places}" if places else f"{sign}{whole}"

    def as_units(self, text: str) -> str:
        """A plain number without idle zeros behind the point: `1.0` is `1`."""
        bare = text.removeprefix("-")
        parts = self._parts(bare)
        if parts is None:
            return text
        places = parts[1].rstrip("0")
        number = f"{parts[0] or '0'}.{places}" if places else parts[0] or "0"
        return number if bare == text else f"-{number}"

    def _parts(self, bare: str) -> tuple[str, str] | None:
        match = self._shape.fullmatch(bare)
        if match is None or not (match[1] or match[2]):
            return None
        whole = (match[1] or "").replace(self._thousands, "") if self._thousands else match[1] or ""
        return whole, match[2] or ""
