"""Proposes a mapping profile for a file: by the names of its columns, and by what their values look like.

The names are compared with all that the shipped profiles know. profile_evidence.py judges the values; none is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from claims_audit.model import TABLE_COLUMNS, TABLE_REQUIRED
from claims_audit.readers.tables.cells import CellStyle
from claims_audit.readers.tables.guess_names import meaning_likeness
from claims_audit.readers.tables.profile import Profile, normal_header, normal_name
from claims_audit.readers.tables.profile_evidence import clock_share, date_style, filled, fitting_share
from claims_audit.readers.tables.profile_sample import Sample, read_sample

# What the name says, and what the values say.
_NAME_WEIGHT: Final = 0.65
_VALUE_WEIGHT: Final = 0.35
# Names that are less alike say nothing.
_ALIKE: Final = 0.7
# Below this a column is not proposed; values alone reach it for columns whose values are unmistakable.
_ENOUGH: Final = 0.35
_UNMISTAKABLE: Final = (
    "procedure_code",
    "date_of_service",
    "diagnosis_code_1",
    "attendance_status",
    "session_start_at",
    "billing_provider_npi",
    "rendering_provider_npi",
    "facilitator_npis",
)
_DERIVED: Final = 0.6
# Columns that a table has to make sense of to outweigh that nothing fills what it requires.
_LACKING_ALL: Final = 3.0
# Never read, however alike the name: who somebody is, and where.
_PERSONAL: Final = {
    "birth",
    "dob",
    "address",
    "street",
    "city",
    "zip",
    "phone",
    "email",
    "ssn",
    "gender",
    "sex",
    "first",
    "last",
}
_NAMED: Final = {"payer", "payor", "insurance", "carrier", "plan", "group", "topic"}
_END_WORDS: Final = {"end", "out", "finish", "stop", "to", "until", "thru", "through"}
_DATE_WORDS: Final = {"date", "dos", "day", "start", "end", "from", "through", "thru", "dt", "signed", "received"}


@dataclass(frozen=True, slots=True)
class GuessedColumn:
    """A canonical column, the names of the export that fill it (several are joined), and how sure that is, 0 to 1."""

    column: str
    names: tuple[str, ...]
    confidence: float
    how: str = "from"  # or of, count_within: then the names are canonical columns


@dataclass(frozen=True, slots=True)
class Guess:
    """A proposed profile. `confidence` is that of the required columns; `missing` are those that nothing fills."""

    table: str
    confidence: float
    columns: tuple[GuessedColumn, ...]
    missing: tuple[str, ...]
    unused: tuple[str, ...]
    style: CellStyle
    notes: tuple[str, ...] = field(default=())
    row_count: int = 0


def guess_profile(path: Path, profiles: Sequence[Profile]) -> Guess:
    """The best guess for a file. Raises UnreadableFileError if it is no table."""
    sample = read_sample(path, profiles)
    guesses = [_guess_table(table, sample, profiles) for table in TABLE_REQUIRED]
    return max(guesses, key=lambda guess: (_explained(guess), guess.confidence))


def _explained(guess: Guess) -> float:
    """How much of the file a table makes sense of, less what the table lacks."""
    lacking = len(guess.missing) / len(TABLE_REQUIRED[guess.table])
    return sum(item.confidence for item in guess.columns if item.how == "from") - _LACKING_ALL * lacking


def _guess_table(table: str, sample: Sample, profiles: Sequence[Profile]) -> Guess:
    texts = [filled(column) for column in sample.columns]
    keys = {at: key for key, at in normal_header(sample.names).items()}
    names = [keys[at] for at in range(len(sample.names))]
    dates, is_told = _date_style(names, texts)
    decimal, thousands = _number_style(texts)
    style = CellStyle(dates=dates, decimal=decimal, thousands=thousands)
    synonyms = _synonyms(table, profiles)
    words = _known_words(table, profiles)
    scores = sorted(
        (
            (score, column, at)
            for at, name in enumerate(names)
            if not _is_personal(name)
            for column in TABLE_COLUMNS[table]
            if (score := _score(column, name, texts[at], synonyms[column], style, words.get(column, ()))) >= _ENOUGH
        ),
        key=lambda item: (-item[0], TABLE_COLUMNS[table].index(item[1]), item[2]),
    )
    chosen: dict[str, GuessedColumn] = {}
    used: set[int] = set()
    for score, column, at in scores:
        if column not in chosen and at not in used:
            chosen[column] = GuessedColumn(column, (_written(sample.names, names, at),), round(score, 2))
            used.add(at)
    _tell_providers(chosen, sample.names, texts)
    _join_times(chosen, used, sample, names, texts, style)
    _derive(table, chosen)
    missing = tuple(column for column in TABLE_REQUIRED[table] if column not in chosen)
    sure = sum(chosen[column].confidence for column in TABLE_REQUIRED[table] if column in chosen)
    confidence = sure / len(TABLE_REQUIRED[table]) * (0.5 if missing else 1.0)
    notes = () if is_told else ("day_month_order",)
    return Guess(
        table=table,
        confidence=round(confidence, 2),
        columns=tuple(chosen[column] for column in TABLE_COLUMNS[table] if column in chosen),
        missing=missing,
        unused=tuple(name for at, name in enumerate(sample.names) if at not in used),
        style=style,
        notes=notes,
        row_count=sample.row_count,
    )


def _is_personal(name: str) -> bool:
    words = set(name.split())
    return bool(words & _PERSONAL) or ("name" in words and not words & _NAMED)


def _score(
    column: str, name: str, texts: Sequence[str], synonyms: Sequence[str], style: CellStyle, words: Sequence[str]
) -> float:
    """How well a column of the export is a canonical one, 0 to 1."""
    likeness = meaning_likeness(name, synonyms)
    # Only the very name is worth all of it: alike names are often neighbours (billing and rendering).
    named = 1.0 if name in synonyms else 0.8 * likeness if likeness >= _ALIKE else 0.0
    if named == 0.0 and column not in _UNMISTAKABLE:
        return 0.0
    if not texts:
        return _NAME_WEIGHT * named
    share = fitting_share(column, texts, style, words)
    if share < 0.5:
        return 0.5 * share * named
    return _NAME_WEIGHT * named + _VALUE_WEIGHT * share


def _synonyms(table: str, profiles: Sequence[Profile]) -> dict[str, list[str]]:
    """The normal names under which each canonical column is known."""
    known: dict[str, dict[str, None]] = {column: {normal_name(column): None} for column in TABLE_COLUMNS[table]}
    for profile in profiles:
        if profile.table != table:
            continue
        for column, sources in profile.columns.items():
            for source in sources:
                # A day and a time that are joined are neither of them the column.
                parts = source.parts if len(source.parts) == 1 else source.parts[:1] if source.separator == ";" else ()
                known[column] |= {normal_name(name): None for part in parts for name in part}
    return {column: list(names) for column, names in known.items()}


def _known_words(table: str, profiles: Sequence[Profile]) -> dict[str, list[str]]:
    """The values that the shipped profiles translate."""
    known: dict[str, list[str]] = {}
    for profile in profiles:
        if profile.table == table:
            for column, sources in profile.columns.items():
                for source in sources:
                    known[column] = [*known.get(column, []), *source.values]
    return known


def _date_style(names: Sequence[str], texts: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], bool]:
    """The formats of the columns that are called after days; of all columns, if these hold none."""
    called = [column for name, column in zip(names, texts, strict=True) if set(name.split()) & _DATE_WORDS]
    dates, is_told = date_style(called)
    return (dates, is_told) if dates else date_style(texts)


def _tell_providers(chosen: dict[str, GuessedColumn], header: Sequence[str], texts: Sequence[Sequence[str]]) -> None:
    """Where only the values say that two columns are NPIs, the one with more of them is of those who treat."""
    rendering, billing = chosen.get("rendering_provider_npi"), chosen.get("billing_provider_npi")
    if rendering is None or billing is None or max(rendering.confidence, billing.confidence) > _VALUE_WEIGHT:
        return
    treat, bill = (len(set(texts[header.index(item.names[0])])) for item in (rendering, billing))
    if treat < bill:
        chosen["rendering_provider_npi"] = replace(rendering, names=billing.names)
        chosen["billing_provider_npi"] = replace(billing, names=rendering.names)


def _number_style(texts: Sequence[Sequence[str]]) -> tuple[str, str]:
    """Decimal and thousands separator: the comma for the point, if more columns are amounts that way."""
    point = sum(fitting_share("charge_amount", column, CellStyle()) > 0.9 for column in texts)
    comma = sum(fitting_share("charge_amount", column, CellStyle(decimal=",", thousands=".")) > 0.9 for column in texts)
    return (",", ".") if comma > point else (".", ",")


def _join_times(
    chosen: dict[str, GuessedColumn],
    used: set[int],
    sample: Sample,
    names: Sequence[str],
    texts: Sequence[Sequence[str]],
    style: CellStyle,
) -> None:
    """A session's start and end out of a column of days and one of times of day."""
    days = [at for at, name in enumerate(names) if texts[at] and not _is_personal(name)]
    days = [at for at in days if fitting_share("received_date", texts[at], style) > 0.9]
    days = [at for at in days if fitting_share("session_start_at", texts[at], style) < 0.1]
    days.sort(key=lambda at: ("received" in names[at] or "billed" in names[at], at))
    clocks = [at for at in range(len(names)) if at not in used and clock_share(texts[at]) > 0.9]
    ends = [at for at in clocks if set(names[at].split()) & _END_WORDS]
    starts = [at for at in clocks if at not in ends]
    for column, times in (("session_start_at", starts), ("session_end_at", ends)):
        if column not in chosen and days and times:
            parts = (_written(sample.names, names, days[0]), _written(sample.names, names, times[0]))
            chosen[column] = GuessedColumn(column, parts, 0.8)
            used |= {days[0], times[0]}


def _derive(table: str, chosen: dict[str, GuessedColumn]) -> None:
    """Columns that can be made from others where the export has none."""
    if table == "claim_line":
        start = chosen.get("session_start_at")
        if "date_of_service" not in chosen and start is not None:
            # The day of a moment; its time of day is dropped.
            sure = min(start.confidence, _DERIVED)
            chosen["date_of_service"] = GuessedColumn("date_of_service", start.names[:1], sure)
        if "claim_line_number" not in chosen and "patient_control_number" in chosen:
            chosen["claim_line_number"] = GuessedColumn(
                "claim_line_number", ("patient_control_number",), _DERIVED, "count_within"
            )
    elif "session_id" not in chosen and {"facilitator_npis", "session_start_at"} <= chosen.keys():
        chosen["session_id"] = GuessedColumn("session_id", ("facilitator_npis", "session_start_at"), _DERIVED, "of")


def _written(header: Sequence[str], names: Sequence[str], at: int) -> str:
    """The name for the profile: as delivered, or with its number if it comes more than once."""
    return header[at] if normal_name(header[at]) == names[at] else names[at]


def guess_values(guess: Guess, profiles: Sequence[Profile]) -> Mapping[str, Mapping[str, str]]:
    """For each guessed column, the translations of values that the shipped profiles know."""
    found: dict[str, dict[str, str]] = {}
    for profile in profiles:
        if profile.table == guess.table and profile.automatic:
            for column, sources in profile.columns.items():
                for source in sources:
                    if source.values and any(item.column == column and item.how == "from" for item in guess.columns):
                        found.setdefault(column, {}).update(source.values)
    return found
