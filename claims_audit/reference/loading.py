"""Loads a published table, or a list of the practice's own, as an edition: all of the file, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from claims_audit.errors import UnreadableFileError, UsageError
from claims_audit.home import Home
from claims_audit.readers.inputs.source_file import SourceFile
from claims_audit.reference.choosing import chosen_tables
from claims_audit.reference.editions import Edition, Part, edition_id_of, find_edition, store_edition
from claims_audit.reference.incoming import Incoming
from claims_audit.reference.kinds import TRAITS, Kind
from claims_audit.reference.naming import NameFacts, facts_of, quarter_end
from claims_audit.reference.own_tables import read_own
from claims_audit.reference.pairs import read_pairs
from claims_audit.reference.published import (
    read_add_ons,
    read_diagnoses,
    read_fees,
    read_places,
    read_reasons,
    read_units,
)
from claims_audit.rejecting import RejectsRows
from claims_audit.settings import Settings
from claims_audit.warehouse.database import Connection, transaction

_READERS: Final = {
    Kind.UNITS: read_units,
    Kind.ADD_ONS: read_add_ons,
    Kind.FEES: read_fees,
    Kind.DIAGNOSES: read_diagnoses,
    Kind.REASONS: read_reasons,
    Kind.PLACES: read_places,
}
_OWN: Final = (Kind.CONTRACT_FEES, Kind.PROVIDERS, Kind.ELIGIBILITY)
_ALWAYS: Final = date(1900, 1, 1)  # of a list that tells no first day


@dataclass(frozen=True, slots=True)
class Choice:
    """What the call says of the table; it goes before what the file's name tells."""

    valid_from: date | None = None
    valid_to: date | None = None
    program: str | None = None
    setting: str | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of one file."""

    edition: Edition
    file_name: str
    status: str  # loaded, replaced (an older one of the same) or unchanged
    rows_of_file: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def load_table(
    con: Connection,
    home: Home,
    settings: Settings,
    kind: Kind,
    path: Path,
    choice: Choice,
    schemas: Mapping[str, RejectsRows],
) -> list[Loaded]:
    """Loads what the file holds, in one transaction.

    Raises UsageError naming the option that is missing or does not fit, NoInputError and UnreadableFileError for the
    file, RefusedTableError for its rows; then nothing has changed.
    """
    _require_fitting(kind, choice)
    done: list[Loaded] = []
    with transaction(con):
        for source in chosen_tables(path, kind, home.temporary, settings.max_uncompressed_bytes):
            done += _load_source(con, kind, source, choice, schemas)
    return done


def _load_source(
    con: Connection, kind: Kind, source: SourceFile, choice: Choice, schemas: Mapping[str, RejectsRows]
) -> list[Loaded]:
    facts = facts_of(source.name)
    program = _program(kind, source, choice, facts)
    setting = _setting(kind, source, choice, facts, None)
    start, end = _dates(kind, source, choice, facts)
    if kind in _OWN:
        return _store_own(con, kind, source, read_own(con, source, kind, schemas), choice)
    if start is not None and (same := _same_before(con, kind, source, program, setting, (start, end))) is not None:
        return [same]
    if kind is Kind.PAIRS:
        if start is None:
            raise AssertionError
        incoming = read_pairs(con, source, start, end)
        part = facts.part or ""
    else:
        incoming = _READERS[kind](con, source)
        part = incoming.part or ""
    setting = _setting(kind, source, choice, facts, incoming.setting)
    if kind is Kind.UNITS and setting is None:
        raise UsageError(
            f"{source.name}: does not tell its setting; give --setting practitioner or outpatient_hospital"
        )
    start = start or incoming.first_day or _ALWAYS
    edition = Edition(
        edition_id_of(kind, program, setting, start), kind, program, setting, start, end, title=TRAITS[kind].title
    )
    return [_store(con, edition, Part(part, source.name, source.sha256), incoming)]


def _same_before(
    con: Connection,
    kind: Kind,
    source: SourceFile,
    program: str | None,
    setting: str | None,
    days: tuple[date, date | None],
) -> Loaded | None:
    """The edition that has this very file already, for these days."""
    edition = find_edition(con, edition_id_of(kind, program, setting, days[0]))
    if edition is None or source.sha256 not in {part.sha256 for part in edition.parts} or edition.valid_to != days[1]:
        return None
    return Loaded(edition, source.name, "unchanged")


def _store(con: Connection, edition: Edition, part: Part, incoming: Incoming, payer_id: str | None = None) -> Loaded:
    before = find_edition(con, edition.edition_id)
    mine = [entry for entry in before.parts if entry.name == part.name or not part.name] if before else []
    is_same = before is not None and (before.valid_from, before.valid_to) == (edition.valid_from, edition.valid_to)
    if before is not None and is_same and part.sha256 in {entry.sha256 for entry in mine}:
        return Loaded(before, part.file_name, "unchanged")
    stored, warnings = store_edition(con, edition, part, incoming, payer_id)
    return Loaded(
        stored,
        part.file_name,
        "replaced" if mine else "loaded",
        incoming.row_count,
        {why: count for why, count in incoming.left_out.items() if count},
        (*incoming.warnings, *warnings),
    )


def _store_own(con: Connection, kind: Kind, source: SourceFile, incoming: Incoming, choice: Choice) -> list[Loaded]:
    """Contract fees are an edition a payer, so that each can be replaced alone; the other lists are one each."""
    start = choice.valid_from or incoming.first_day or _ALWAYS
    payers: list[str | None] = [None]
    if kind is Kind.CONTRACT_FEES:
        query = "select distinct payer_id from incoming_contract_fee order by 1"
        payers = [str(row[0]) for row in con.execute(query).fetchall()]
    part = Part("", source.name, source.sha256)
    return [
        _store(
            con,
            Edition(edition_id_of(kind, None, None, start, payer), kind, None, None, start, choice.valid_to),
            part,
            incoming,
            payer,
        )
        for payer in payers
    ]


def _require_fitting(kind: Kind, choice: Choice) -> None:
    """An option that says nothing about the kind is a misunderstanding, and is told."""
    if choice.program is not None and not TRAITS[kind].has_program:
        raise UsageError(f"--program does not fit {kind}, which is no table of one program; leave it out")
    if choice.setting is not None and not TRAITS[kind].has_setting:
        raise UsageError(f"--setting does not fit {kind}, which is no table of one setting; leave it out")
    if choice.valid_from and choice.valid_to and choice.valid_to < choice.valid_from:
        raise UsageError("--valid-to is before --valid-from; give the first and the last day of the table")


def _program(kind: Kind, source: SourceFile, choice: Choice, facts: NameFacts) -> str | None:
    if kind is Kind.FEES:
        return "medicare"
    if not TRAITS[kind].has_program:
        return None
    program = choice.program or facts.program
    if program is None:
        raise UsageError(f"{source.name}: its name does not tell the program; give --program medicare or medicaid")
    return program


def _setting(kind: Kind, source: SourceFile, choice: Choice, facts: NameFacts, told: str | None) -> str | None:
    if not TRAITS[kind].has_setting:
        return None
    if "supplier" in (facts.setting, told):
        raise UnreadableFileError(
            f"{source.name}: is the table for suppliers of equipment, which no check asks; load that of practitioners "
            "or of outpatient hospitals"
        )
    setting = choice.setting or facts.setting or told
    if told is not None and setting != told:
        raise UsageError(f"{source.name}: its column says {told}; give --setting {told}, or load the other table")
    if setting is None and kind is Kind.PAIRS:
        raise _unknown_setting(source)
    return setting


def _unknown_setting(source: SourceFile) -> UsageError:
    return UsageError(
        f"{source.name}: its name does not tell the setting; give --setting practitioner or outpatient_hospital"
    )


def _dates(kind: Kind, source: SourceFile, choice: Choice, facts: NameFacts) -> tuple[date | None, date | None]:
    if not TRAITS[kind].is_dated:
        return choice.valid_from, choice.valid_to
    start = choice.valid_from or facts.valid_from
    if start is None:
        raise UsageError(
            f"{source.name}: its name does not tell from when on it is in force; give --valid-from YYYY-MM-DD"
        )
    end = choice.valid_to or facts.valid_to
    if end is None or (choice.valid_to is None and end < start):
        end = _usual_end(kind, start)
    if end < start:
        raise UsageError("--valid-to is before the first day of the table; give --valid-from too")
    return start, end


def _usual_end(kind: Kind, start: date) -> date:
    """Pairs and limits hold for a quarter, fees to the end of the year, diagnoses to that of the federal year."""
    if kind is Kind.FEES:
        return date(start.year, 12, 31)
    if kind is Kind.DIAGNOSES:
        return date(start.year + (start.month >= 10), 9, 30)
    return quarter_end(start)
