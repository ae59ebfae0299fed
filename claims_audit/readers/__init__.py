"""Readers: from the bytes of one file to canonical rows and rejected ranges. What a file is, its content tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from claims_audit.errors import UnreadableFileError
from claims_audit.model import FileTotals, RejectedRange, RowBatch
from claims_audit.readers.fhir.resources import is_fhir, read_fhir
from claims_audit.readers.inputs.source import SourceFile
from claims_audit.readers.scheduling.attendance import is_icalendar, read_icalendar
from claims_audit.readers.tables.columnar import read_columnar
from claims_audit.readers.tables.delimited import read_delimited
from claims_audit.readers.tables.profile import Profile, match_profile, nearest_profile, with_timezone
from claims_audit.readers.tables.rows import header_faults
from claims_audit.readers.tables.table_header import TableHeader, table_header
from claims_audit.readers.tables.workbook import is_workbook, read_workbook
from claims_audit.readers.x12.segments import has_interchange
from claims_audit.readers.x12.transactions import read_x12, x12_format

Reading = Iterator[RowBatch | RejectedRange | FileTotals]

# The labels of a sample practice may lie beside its deliveries; they are no input.
_LABELS_HEADER: Final = ("check_id", "claim_lines", "why")

_HEAD_BYTES: Final = 4096
_TABLE_KINDS: Final = {"csv": "csv", "parquet": "parquet", "workbook": "xlsx"}

FORMATS: Final = (
    "837p",
    "835",
    "fhir",
    "claim_csv",
    "claim_xlsx",
    "claim_parquet",
    "attendance_csv",
    "attendance_xlsx",
    "attendance_parquet",
    "attendance_ics",
)


@dataclass(frozen=True, slots=True)
class Detected:
    """What a file is read as: one of FORMATS, or 'labels'; by which profile, if its columns are not the native ones.

    `header` are the names of a table's columns as delivered. That a profile is named does not say that it fits: of a
    table that none fits, it is the nearest, so that its reader can say what the table lacks.
    """

    format_code: str
    profile: Profile | None = None
    header: tuple[str, ...] = ()


def detect(source: SourceFile, profiles: Sequence[Profile] = (), chosen: Profile | None = None) -> Detected | None:
    """What the content is, whatever the name; None if it is nothing that is known.

    `profiles` are tried on tables whose columns are not the native ones; `chosen` is taken without asking. Raises
    ConfigurationError if two profiles fit a table equally well.
    """
    with source.open() as stream:
        head = stream.read(_HEAD_BYTES)
    if is_fhir(head):
        return Detected("fhir")
    if is_icalendar(head):
        return Detected("attendance_ics")
    header = table_header(source.path, [*profiles, *([chosen] if chosen else [])])
    if header is not None and tuple(name.strip().lower() for name in header.columns) == _LABELS_HEADER:
        return Detected("labels")
    # Text may stand before the first interchange; the reader sets it aside.
    is_table = header is not None and (header.kind != "csv" or header.native_table is not None)
    if not is_table and has_interchange(head):
        return Detected(x12_format(head))
    if header is None:
        # A workbook without a header that can be read: its reader says what is wrong with it.
        return Detected("claim_xlsx") if is_workbook(source.path) else None
    return _detect_table(header, profiles, chosen)


def detect_format(source: SourceFile) -> str | None:
    """The format alone, without profiles."""
    found = detect(source)
    return None if found is None else found.format_code


def _detect_table(header: TableHeader, profiles: Sequence[Profile], chosen: Profile | None) -> Detected | None:
    names = [name.strip().lower() for name in header.columns]
    is_native = header.native_table is not None and not header_faults(header.native_table, names)
    profile = chosen or (None if is_native else match_profile(header.columns, profiles))
    if profile is None and header.native_table is None:
        # Its reader names the columns that are missing.
        profile = nearest_profile(header.columns, profiles)
    table = profile.table if profile is not None else header.native_table
    if table is None:
        return None
    family = "claim" if table == "claim_line" else table
    return Detected(f"{family}_{_TABLE_KINDS[header.kind]}", profile, header.columns)


def read_source(
    source: SourceFile, format_code: str, *, profile: Profile | None = None, timezone: str | None = None
) -> Reading:
    """Reads one content. `timezone` is that of the practice, for times that name another.

    Raises UnreadableFileError if no part of the content can be used.
    """
    if profile is not None:
        profile = with_timezone(profile, timezone)
    if format_code.endswith("_parquet"):
        return read_columnar(source.path, source.name, profile=profile)
    if format_code.endswith("_xlsx"):
        return read_workbook(source.path, source.name, profile=profile)
    if format_code not in FORMATS:
        raise UnreadableFileError(
            f"{source.name}: is none of the known formats (837P, 835, FHIR, iCalendar, or claims or attendance as CSV, "
            "Excel or Parquet with native columns or those of a mapping profile); see docs/input_files.md, and "
            "`claims-audit profile guess` for a table with columns of its own"
        )
    return _read_stream(source, format_code, profile, timezone)


def _read_stream(source: SourceFile, format_code: str, profile: Profile | None, timezone: str | None) -> Reading:
    with source.open() as stream:
        if format_code in ("837p", "835"):
            yield from read_x12(stream)
        elif format_code == "fhir":
            yield from read_fhir(stream, source.name)
        elif format_code == "attendance_ics":
            yield from read_icalendar(stream, source.name, timezone=timezone)
        else:
            yield from read_delimited(stream, source.name, profile=profile)
