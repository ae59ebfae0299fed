"""What the name of a published file tells: kind, program, setting, dates, part.

PTP files carry a version and no date: `ccipra-v313r0-f1` is version 31.3, part 1. The first number counts years from
1994 and the second quarters from 0, so that 31.3 is in force from October 2025 and 32.0 from January 2026; CMS's own
archives of these versions are named by year and quarter and agree. Before version 20 (2014) hospital tables did not
follow that rule, and no date is taken from their names.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from claims_audit.reference.kinds import Kind

_VERSION: Final = re.compile(r"cci(pra|oph)[-_ ]?v(\d\d)(\d)r\d+")
_PART: Final = re.compile(r"cci(?:pra|oph)[-_ ]?v\d+r\d+[-_ ]?f(\d)(?!\d)")
_FIRST_YEAR: Final = 1994
_FIRST_VERSION: Final = 20
_QUARTERS: Final = (
    re.compile(r"(?P<year>20\d\d)[-_ ]?q(?P<quarter>[1-4])(?!\d)"),
    re.compile(r"(?<![a-z])q(?P<quarter>[1-4])[-_ ]?(?P<year>20\d\d)"),
)
_EFFECTIVE: Final = re.compile(r"eff(?:ective)?[-_ ]*(\d\d)[-_ ]?(\d\d)[-_ ]?(20\d\d)")
_MONTHS: Final = {"jan": 1, "apr": 4, "jul": 7, "oct": 10}
_FEE_FILE: Final = re.compile(r"pprrvu(20\d\d|\d\d)[-_ ]?(jan|apr|jul|oct)")
_FEE_ARCHIVE: Final = re.compile(r"(?<![a-z])rvu(20\d\d|\d\d)([a-d])")
_YEAR: Final = re.compile(r"(?<!\d)(20\d\d)(?!\d)")

# The first that fits; a PTP name is more telling than the words in it.
_KINDS: Final = (
    (re.compile(r"cci(pra|oph)[-_ ]?v\d|(?<![a-z])ptp(?![a-z])"), Kind.PAIRS),
    (re.compile(r"(?<![a-z])mue|muetable|medically[-_ ]unlikely"), Kind.UNITS),
    (re.compile(r"(?<![a-z])aoc[-_ ]v?\d|add[-_ ]?on[-_ ]?code|add-code-edits"), Kind.ADD_ONS),
    (re.compile(r"pprrvu|(?<![a-z])rvu\d\d"), Kind.FEES),
    (re.compile(r"icd[-_ ]?10"), Kind.DIAGNOSES),
)


@dataclass(frozen=True, slots=True)
class NameFacts:
    """What is known from a name; None where it says nothing."""

    kind: Kind | None = None
    program: str | None = None
    setting: str | None = None  # also "supplier", which is not read
    valid_from: date | None = None
    valid_to: date | None = None
    part: str | None = None


def facts_of(name: str) -> NameFacts:
    """Facts of a name such as `archive.zip!table.txt`: those of the innermost part, then of what it lay in."""
    merged = NameFacts()
    for piece in reversed(name.split("!")):
        facts = _facts_of_one(piece.lower())
        merged = NameFacts(
            *(
                getattr(facts, entry.name) if getattr(merged, entry.name) is None else getattr(merged, entry.name)
                for entry in fields(NameFacts)
            )
        )
    return merged


def quarter_end(day: date) -> date:
    """The last day of the quarter in which the day lies."""
    month = (day.month + 2) // 3 * 3
    return date(day.year, month, monthrange(day.year, month)[1])


def _facts_of_one(name: str) -> NameFacts:
    kind = next((kind for pattern, kind in _KINDS if pattern.search(name)), None)
    start, end = _dates_of(name, kind)
    part = _PART.search(name)
    return NameFacts(kind, _program_of(name), _setting_of(name), start, end, f"f{part[1]}" if part else None)


def _program_of(name: str) -> str | None:
    if re.search(r"(?<![a-z])(mcd|medicaid)(?![a-z])", name):
        return "medicaid"
    return "medicare" if re.search(r"(?<![a-z])(mcr|medicare)(?![a-z])|cci(pra|oph)", name) else None


def _setting_of(name: str) -> str | None:
    if re.search(r"(?<![a-z])dme|durable", name):
        return "supplier"
    if re.search(r"ccioph|hospital|(?<![a-z])oph(?![a-z])", name):
        return "outpatient_hospital"
    if re.search(r"ccipra|practitioner|(?<![a-z])pra(?![a-z])", name):
        return "practitioner"
    return None


def _dates_of(name: str, kind: Kind | None) -> tuple[date | None, date | None]:
    if kind is Kind.FEES:
        return _fee_dates(name)
    if kind is Kind.DIAGNOSES:
        return _diagnosis_dates(name)
    start = _quarter_start(name)
    return (start, quarter_end(start)) if start else (None, None)


def _quarter_start(name: str) -> date | None:
    if match := _EFFECTIVE.search(name):
        month, day, year = map(int, match.groups())
        try:
            return date(year, month, day)
        except ValueError:
            return None
    for pattern in _QUARTERS:
        if match := pattern.search(name):
            return date(int(match["year"]), int(match["quarter"]) * 3 - 2, 1)
    if match := _VERSION.search(name):
        version, quarter = int(match[2]), int(match[3])
        if version >= _FIRST_VERSION and quarter <= 3:
            return date(_FIRST_YEAR + version, quarter * 3 + 1, 1)
    return None


def _fee_dates(name: str) -> tuple[date | None, date | None]:
    """A release speaks from its quarter on; the next one of the year, where there is one, goes before it."""
    if match := _FEE_FILE.search(name):
        year, month = int(match[1]) % 100 + 2000, _MONTHS[match[2]]
    elif match := _FEE_ARCHIVE.search(name):
        year, month = int(match[1]) % 100 + 2000, "abcd".index(match[2]) * 3 + 1
    else:
        return None, None
    return date(year, month, 1), date(year, 12, 31)


def _diagnosis_dates(name: str) -> tuple[date | None, date | None]:
    """A year's codes are in force from the October before; an April edition from its April."""
    years = _YEAR.findall(re.sub(r"icd[-_ ]?10", "", name))
    if not years:
        return None, None
    year = int(years[-1])
    is_april = re.search(r"(?<![a-z])apr(il)?(?![a-z])", name)
    return (date(year, 4, 1) if is_april else date(year - 1, 10, 1)), date(year, 9, 30)
