"""One content on its way to the staging tables: kept in the archive, read, spelled, and every row checked.

Nothing here knows the warehouse, so that a process of its own can do it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import pyarrow as pa

from claims_audit.coded import without
from claims_audit.errors import UnreadableFileError
from claims_audit.home import Home
from claims_audit.intake import lines
from claims_audit.intake.archive import keep_content
from claims_audit.intake.rejects import rejected_row
from claims_audit.intake.report import FileReport
from claims_audit.model import FileTotals, RejectedRange, RowBatch
from claims_audit.readers import Detected, detect, read_source
from claims_audit.readers.inputs.source import SourceFile
from claims_audit.readers.tables.profile import Profile
from claims_audit.rejecting import RejectsRows, RowFault

Schemas = Mapping[str, RejectsRows]


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How files are read: the profile that was asked for, those that may fit, and the time zone of the practice."""

    profile: Profile | None = None
    profiles: tuple[Profile, ...] = ()
    timezone: str | None = None


class CheckedRows(NamedTuple):
    """Good rows of one table: the canonical columns as text, where each row stood, and what was noticed."""

    table: str
    rows: pa.Table


class Reading(Protocol):
    """What is read of one content. The report and the profile are complete when the items have come to their end."""

    report: FileReport
    profile: Profile | None

    def items(self) -> Iterator[CheckedRows | RejectedRange]:
        """Good rows and ranges set aside, in the order of the file. Raises UnreadableFileError."""


class FileReading:
    """Reads a content while its items are asked for."""

    def __init__(self, source: SourceFile, home: Home, schemas: Schemas, options: ReadOptions) -> None:
        self.report = FileReport(source.name, source.sha256, "unknown", source.byte_count, "loaded")
        self.profile: Profile | None = None
        self._source, self._home, self._schemas, self._options = source, home, schemas, options

    def items(self) -> Iterator[CheckedRows | RejectedRange]:
        """Good rows and ranges set aside; an ignored content has none."""
        source, report, options = self._source, self.report, self._options
        if source.byte_count == 0:
            raise UnreadableFileError(f"{source.name}: is empty; ask for it again")
        found = detect(source, options.profiles, options.profile) or Detected("unknown")
        self.profile = found.profile
        report.format, report.header = found.format_code, found.header
        report.profile = found.profile.name if found.profile is not None else ""
        if found.format_code == "labels":
            report.status, report.reason = "ignored", "labels of a sample"
            return
        keep_content(source, self._home)
        totals: FileTotals | None = None
        for item in read_source(source, found.format_code, profile=found.profile, timezone=options.timezone):
            if isinstance(item, RowBatch):
                yield from check_batch(item, self._schemas[item.table], report)
            elif isinstance(item, RejectedRange):
                yield item
            else:
                totals = item
        if totals is None:
            raise UnreadableFileError(f"{source.name}: the reader gave no totals; nothing was loaded")
        source.require_unchanged()
        _take_totals(report, totals)


def check_batch(batch: RowBatch, schema: RejectsRows, report: FileReport) -> Iterator[CheckedRows | RejectedRange]:
    """The rows of a batch that broke the schema, as ranges set aside, and the others."""
    columns = lines.spelled(batch)
    faults: dict[int, list[RowFault]] = {}
    for fault in schema.faults_of_columns(columns):
        faults.setdefault(fault.row, []).append(fault)
    if batch.table == "remittance" and faults:
        # Whatever is wrong with the head of a payment, its claims are not to be lost for it.
        for fault in (fault for found in faults.values() for fault in found if fault.column):
            columns[fault.column] = without(columns[fault.column], fault.row)
        report.warn("remittance_value_unreadable", len(faults))
        faults = {}
    for row in sorted(faults):
        yield rejected_row(batch, row, sorted(faults[row]))
    rows = pa.table(columns | lines.positions(batch))
    if faults:
        rows = rows.take(pa.array(np.delete(np.arange(len(batch)), list(faults))))
    if rows.num_rows:
        yield CheckedRows(batch.table, rows)


def _take_totals(report: FileReport, totals: FileTotals) -> None:
    report.lines_in, report.charge_in_cents = totals.lines_in, totals.charge_in_cents
    report.records_in, report.header = totals.records_in, totals.header
    report.segment_counts = dict(totals.segment_counts)
    for code, count in totals.warnings.items():
        report.warn(code, count)
