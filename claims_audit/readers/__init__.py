"""Readers: from the bytes of one file to canonical rows and rejected ranges. One function a format, listed here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from claims_audit.errors import UnreadableFileError
from claims_audit.model import FileTotals, RejectedRange, RowBatch
from claims_audit.readers.columnar import parquet_table, read_columnar
from claims_audit.readers.delimited import parse_header, read_delimited
from claims_audit.readers.professional_claim import read_professional_claims
from claims_audit.readers.rows import table_of
from claims_audit.readers.source import SourceFile

Reading = Iterator[RowBatch | RejectedRange | FileTotals]

# The labels of a sample practice may lie beside its deliveries; they are no input.
_LABELS_HEADER: Final = ["check_id", "claim_lines", "why"]

_INTERCHANGE: Final = re.compile(rb"ISA[^A-Za-z0-9\s]")

FORMATS: Final = ("837p", "claim_csv", "attendance_csv", "claim_parquet", "attendance_parquet")


def detect_format(source: SourceFile) -> str | None:
    """The format by content, whatever the name: one of FORMATS, 'labels' for a sample's truth.csv, or None."""
    with source.open() as stream:
        head = stream.read(4096)
        stream.seek(0)
        if head.startswith(b"PAR1"):
            table = parquet_table(source.path)
            return None if table is None else f"{'claim' if table == 'claim_line' else table}_parquet"
        header = parse_header(stream.readline(1 << 20))
    if header == _LABELS_HEADER:
        return "labels"
    table = table_of(header) if header else None
    # Text may stand before the first interchange; the reader sets it aside.
    if table is None and _INTERCHANGE.search(head):
        return "837p"
    return None if table is None else f"{'claim' if table == 'claim_line' else table}_csv"


def read_source(source: SourceFile, format_code: str) -> Reading:
    """Reads one content. Raises UnreadableFileError if no part of it can be used."""
    if format_code == "837p":
        return _read_x12(source)
    if format_code.endswith("_csv"):
        return _read_csv(source)
    if format_code.endswith("_parquet"):
        return read_columnar(source.path, source.name)
    raise UnreadableFileError(
        f"{source.name}: is none of the known formats (837P, claims or attendance as native CSV or Parquet); "
        "see docs/input_files.md"
    )


def _read_x12(source: SourceFile) -> Reading:
    with source.open() as stream:
        yield from read_professional_claims(stream)


def _read_csv(source: SourceFile) -> Reading:
    with source.open() as stream:
        yield from read_delimited(stream, source.name)
