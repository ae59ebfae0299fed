"""Loads one file in one transaction: its rows, what was set aside, and its row in the ledger, or nothing at all."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from claims_audit.errors import StorageError, UnreadableFileError
from claims_audit.home import Home
from claims_audit.intake import lines
from claims_audit.intake.report import CLASSES, FileReport
from claims_audit.model import FileTotals, RejectedRange, RejectKind, RowBatch
from claims_audit.project import SQL
from claims_audit.readers import detect_format, read_source
from claims_audit.readers.source import SourceFile, find_inputs, open_sources
from claims_audit.readers.values import parse_cents
from claims_audit.rejecting import RejectsRows, RowFault
from claims_audit.settings import Settings
from claims_audit.warehouse.database import Connection, first_row, transaction

Schemas = Mapping[str, RejectsRows]
Progress = Callable[[str], None]

_CHECKPOINT_BYTES: Final = 50_000_000
_REJECTS_AT_ONCE: Final = 10_000


def load_paths(
    con: Connection,
    paths: list[Path],
    home: Home,
    settings: Settings,
    schemas: Schemas,
    run_id: str,
    progress: Progress = lambda _: None,
) -> list[FileReport]:
    """Loads every input below `paths`, each in its own transaction, and reports on each; bad input is a report."""
    reports: list[FileReport] = []
    for path in find_inputs(paths):
        with open_sources(path, home.temporary, settings.max_uncompressed_bytes) as sources:
            for source in sources:
                if isinstance(source, UnreadableFileError):
                    reports.append(FileReport(path.name, "", "unknown", path.stat().st_size, "refused", str(source)))
                else:
                    progress(f"loading {source.name}")
                    reports.append(load_file(con, source, home, schemas, run_id))
    return reports


def load_file(con: Connection, source: SourceFile, home: Home, schemas: Schemas, run_id: str) -> FileReport:
    """Loads one content. The same content again, under whatever name, changes nothing."""
    known = _ledger_row(con, source)
    if known is not None:
        return known
    format_code = detect_format(source)
    if format_code == "labels":
        return FileReport(source.name, source.sha256, "labels", source.byte_count, "ignored", "labels of a sample")
    report = FileReport(source.name, source.sha256, format_code or "unknown", source.byte_count, "loaded")
    try:
        if source.byte_count == 0:
            raise UnreadableFileError(f"{source.name}: is empty; ask for it again")
        _archive(source, home)
        _read(con, source, report, schemas)
        with transaction(con):
            _store(con, source, report, run_id)
    except UnreadableFileError as error:
        return FileReport(source.name, source.sha256, report.format, source.byte_count, "refused", str(error))
    if source.byte_count > _CHECKPOINT_BYTES:
        con.execute("checkpoint")
    return report


def _read(con: Connection, source: SourceFile, report: FileReport, schemas: Schemas) -> None:
    """Brings the file into the staging tables, which are temporary, and counts what went in.

    Outside the transaction: inside, DuckDB would keep every frame handed to it until the commit.
    """
    lines.create_staging(con)
    rejects = _Rejects(con, report)
    totals: FileTotals | None = None
    sequence = 0
    for item in read_source(source, report.format):
        if isinstance(item, RowBatch):
            sequence = _stage_batch(con, item, schemas[item.table], rejects, sequence)
        elif isinstance(item, RejectedRange):
            rejects.add(item)
        else:
            totals = item
    if totals is None:
        raise UnreadableFileError(f"{source.name}: the reader gave no totals; nothing was loaded")
    rejects.stage()
    report.lines_in, report.charge_in_cents = totals.lines_in, totals.charge_in_cents
    report.segment_counts, report.warnings = dict(totals.segment_counts), dict(totals.warnings)


def _store(con: Connection, source: SourceFile, report: FileReport, run_id: str) -> None:
    """Moves what was staged into the warehouse, with the row in the ledger that says so."""
    file_id = _next(con, "delivered_file", "file_id")
    _store_claim_lines(con, file_id, source.sha256, report)
    _store_attendance(con, file_id, report)
    report.require_balance()
    con.execute(
        "insert into rejected_range by name select *, $file_id as file_id from staged_reject", {"file_id": file_id}
    )
    _store_ledger_row(con, file_id, run_id, report)


def _stage_batch(con: Connection, batch: RowBatch, schema: RejectsRows, rejects: _Rejects, sequence: int) -> int:
    frame, places = lines.as_frame(batch), lines.positions(batch)
    faults: dict[int, list[RowFault]] = {}
    for fault in schema.faults(frame):
        faults.setdefault(fault.row, []).append(fault)
    for row in sorted(faults):
        rejects.add(_rejected_row(batch, row, sorted(faults[row])))
    good = pd.concat([frame, places], axis=1).drop(index=list(faults)) if faults else pd.concat([frame, places], axis=1)
    if len(good):
        lines.stage(con, batch.table, good, sequence)
    return sequence + len(good)


def _rejected_row(batch: RowBatch, row: int, faults: list[RowFault]) -> RejectedRange:
    def place(name: str) -> int:
        return int(str(batch.columns[name][row]))

    charge = batch.columns["charge_amount"][row] if batch.table == "claim_line" else None
    number = batch.columns["source_line_number"][row]
    return RejectedRange(
        table=batch.table,
        byte_start=place("byte_start"),
        byte_end=place("byte_end"),
        reason_code=";".join(dict.fromkeys(fault.reason_code for fault in faults)),
        reason="; ".join(f"{fault.column or 'the row'} {fault.reason}" for fault in faults) + ".",
        source_line_number=None if number is None else int(str(number)),
        column_name=";".join(dict.fromkeys(fault.column for fault in faults if fault.column)) or None,
        line_count=1,
        charge_cents=(parse_cents(str(charge)) or 0) if charge is not None else 0,
    )


def _store_claim_lines(con: Connection, file_id: int, sha256: str, report: FileReport) -> None:
    """Moves staged lines into claim_line and claim, without those that are there already, and counts each kind."""
    # The keys alone are ordered and compared; the wide rows are only ever passed through.
    con.execute(
        """
        create or replace temp table fresh_claim_line as
        with numbered as (
            select
                sequence,
                line_sha,
                claim_key,
                claim_line_number,
                row_number() over (partition by line_sha order by sequence) as repetition
            from staged_claim_line
        ),
        unseen as (
            select numbered.*
            from numbered
            anti join claim_line on numbered.line_sha = claim_line.line_sha
            where numbered.repetition = 1
        )
        -- A line number that comes again under the same claim number begins another claim: some practices number the
        -- account and not the claim.
        select
            sequence,
            md5(concat_ws('|', $sha256, claim_key, cast(row_number() over (
                partition by claim_key, claim_line_number order by sequence
            ) as varchar))) as claim_id,
            $first + row_number() over (order by sequence) - 1 as claim_line_id
        from unseen
        """,
        {"sha256": sha256, "first": _next(con, "claim_line", "claim_line_id")},
    )
    con.execute(
        """
        insert into claim_line by name
        select
            staged_claim_line.* exclude (sequence, claim_position, claim_key, line_warnings),
            staged_claim_line.line_warnings as quality_warnings,
            fresh_claim_line.claim_id,
            fresh_claim_line.claim_line_id,
            $file_id as file_id
        from staged_claim_line
        inner join fresh_claim_line on staged_claim_line.sequence = fresh_claim_line.sequence
        """,
        {"file_id": file_id},
    )
    con.execute(
        """
        insert into claim by name
        select
            claim_id,
            $file_id as file_id,
            min(claim_line_id) as first_line_id,
            min(payer_id) as payer_id,
            min(billing_provider_npi) as billing_provider_npi,
            min(patient_control_number) as patient_control_number,
            min(member_id) as member_id,
            min(claim_frequency_code) as claim_frequency_code,
            min(payer_claim_control_number) as payer_claim_control_number,
            min(date_of_service) as first_date_of_service,
            min(received_date) as received_date
        from claim_line
        where file_id = $file_id
        group by claim_id
        """,
        {"file_id": file_id},
    )
    resolve_lifecycle(con)
    staged_lines, staged_cents = _sum(con, "select count(*), sum(charge_amount) from staged_claim_line")
    stored_lines, stored_cents = _sum(
        con, "select count(*), sum(charge_amount) from claim_line where file_id = $file_id", {"file_id": file_id}
    )
    superseded_lines, superseded_cents = _sum(
        con,
        """
        select count(*), sum(claim_line.charge_amount)
        from claim_line
        inner join superseded_claim on claim_line.claim_id = superseded_claim.claim_id
        where claim_line.file_id = $file_id and superseded_claim.basis_code <> 'void'
        """,
        {"file_id": file_id},
    )
    report.lines["duplicate"] += staged_lines - stored_lines
    report.cents["duplicate"] += staged_cents - stored_cents
    report.lines["superseded"] += superseded_lines
    report.cents["superseded"] += superseded_cents
    report.lines["loaded"] += stored_lines - superseded_lines
    report.cents["loaded"] += stored_cents - superseded_cents
    for code, count in con.execute(
        """
        select unnest(string_split(quality_warnings, ';')) as code, count(*)
        from claim_line
        where file_id = $file_id and quality_warnings is not null
        group by code
        """,
        {"file_id": file_id},
    ).fetchall():
        # The reader may have counted the same thing for the file; the lines are what a person will look for.
        report.warnings.setdefault(code, count)


def resolve_lifecycle(con: Connection) -> None:
    """Works out again which versions of claims count; the rule is the view claim_chain."""
    con.execute("delete from superseded_claim")
    con.execute(f"insert into superseded_claim by name {(SQL / 'views' / 'claim_chain.sql').read_text()}")


def _store_attendance(con: Connection, file_id: int, report: FileReport) -> None:
    con.execute(
        """
        insert into attendance by name
        with numbered as (
            select
                *,
                row_number() over (partition by row_sha order by sequence) as repetition
            from staged_attendance
        )
        select
            numbered.* exclude (sequence, claim_position, claim_key, repetition, line_warnings),
            $file_id as file_id,
            $first + row_number() over (order by numbered.sequence) - 1 as attendance_id
        from numbered
        anti join attendance on numbered.row_sha = attendance.row_sha
        where numbered.repetition = 1
        """,
        {"file_id": file_id, "first": _next(con, "attendance", "attendance_id")},
    )
    staged, _ = _sum(con, "select count(*), 0 from staged_attendance")
    stored, _ = _sum(con, "select count(*), 0 from attendance where file_id = $file_id", {"file_id": file_id})
    report.lines["loaded"] += stored
    report.lines["duplicate"] += staged - stored


class _Rejects:
    """What a file's rejected ranges add up to; staged in portions, since a file may be bad from end to end."""

    def __init__(self, con: Connection, report: FileReport) -> None:
        self._con = con
        self._report = report
        self._waiting: list[RejectedRange] = []

    def add(self, item: RejectedRange) -> None:
        """Counts a range in the report and keeps it for the next portion."""
        kind = "other" if item.kind is RejectKind.OTHER_TRANSACTION else "quarantined"
        self._report.lines[kind] += item.line_count
        self._report.cents[kind] += item.charge_cents
        if item.kind is RejectKind.QUARANTINED:
            for code in item.reason_code.split(";"):
                self._report.reject_reasons[code] = self._report.reject_reasons.get(code, 0) + 1
        self._waiting.append(item)
        if len(self._waiting) >= _REJECTS_AT_ONCE:
            self.stage()

    def stage(self) -> None:
        """Writes what waits to the staging table."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        frame = pd.DataFrame(
            {
                "table_name": [item.table for item in waiting],
                "kind_code": [item.kind.value for item in waiting],
                "byte_start": [item.byte_start for item in waiting],
                "byte_end": [item.byte_end for item in waiting],
                "source_line_number": pd.Series([item.source_line_number for item in waiting], dtype="Int64"),
                "segment_code": pd.Series([item.segment_code for item in waiting], dtype="str"),
                "column_name": pd.Series([item.column_name for item in waiting], dtype="str"),
                "reason_code": [item.reason_code for item in waiting],
                "reason": [item.reason for item in waiting],
                "line_count": [item.line_count for item in waiting],
                "charge_cents": [item.charge_cents for item in waiting],
            }
        )
        self._con.register("rejected_rows", frame)
        self._con.execute("insert into staged_reject by name select * from rejected_rows")
        self._con.unregister("rejected_rows")


def _store_ledger_row(con: Connection, file_id: int, run_id: str, report: FileReport) -> None:
    values: dict[str, object] = {
        "file_id": file_id,
        "run_id": run_id,
        "file_name": report.name,
        "sha256": report.sha256,
        "format_code": report.format,
        "byte_count": report.bytes,
        "lines_in": report.lines_in,
        "charge_in_cents": report.charge_in_cents,
        **{f"lines_{name}": report.lines[name] for name in CLASSES},
        **{f"charge_{name}_cents": report.cents[name] for name in CLASSES},
        "segment_counts": json.dumps(report.segment_counts, sort_keys=True),
        "warnings": json.dumps(report.warnings, sort_keys=True),
    }
    names = ", ".join(values)
    bound = ", ".join(f"${name}" for name in values)
    con.execute(f"insert into delivered_file ({names}, loaded_at) values ({bound}, now() at time zone 'UTC')", values)


def _ledger_row(con: Connection, source: SourceFile) -> FileReport | None:
    """The report on a content that the ledger knows: all of its lines are there already."""
    row = first_row(
        con,
        "select format_code, lines_in, charge_in_cents, lines_other, charge_other_cents, file_name "
        "from delivered_file where sha256 = $sha256",
        {"sha256": source.sha256},
    )
    if row is None:
        return None
    reason = "its content was loaded before" + (f" as {row[5]}" if row[5] != source.name else "")
    report = FileReport(source.name, source.sha256, row[0], source.byte_count, "already_loaded", reason)
    report.lines_in, report.charge_in_cents = row[1], row[2]
    report.lines["other"], report.cents["other"] = row[3], row[4]
    report.lines["duplicate"], report.cents["duplicate"] = row[1] - row[3], row[2] - row[4]
    return report


def _archive(source: SourceFile, home: Home) -> None:
    """Keeps the content, packed, under its hash, so that any rejected range can be cut out of it again."""
    target = home.archive / f"{source.sha256}.gz"
    if target.exists():
        return
    part = target.with_suffix(".part")
    try:
        with source.open() as stream, part.open("wb") as raw:
            # No name and no time inside: the same content gives the same bytes.
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=1, mtime=0) as packed:
                shutil.copyfileobj(stream, packed, 1 << 20)
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(
            f"{home.archive}: cannot be written ({error.strerror}); free space and call again"
        ) from error


def withdraw_pending(con: Connection) -> list[str]:
    """Takes every file that no gate has accepted out of the warehouse again; returns their names. The archive stays."""
    pending = con.execute("select file_id, file_name from delivered_file where accepted_run_id is null").fetchall()
    with transaction(con):
        for table in ("claim_line", "claim", "attendance", "rejected_range", "delivered_file"):
            con.execute(
                f"delete from {table} where file_id in (select unnest($ids))", {"ids": [row[0] for row in pending]}
            )
        resolve_lifecycle(con)
    return [row[1] for row in pending]


def accept_pending(con: Connection, run_id: str) -> None:
    """Marks every file that waited for a gate as accepted by this run."""
    con.execute("update delivered_file set accepted_run_id = $run_id where accepted_run_id is null", {"run_id": run_id})


def _sum(con: Connection, query: str, parameters: dict[str, object] | None = None) -> tuple[int, int]:
    """Count of lines and sum of dollars as cents."""
    count, dollars = first_row(con, query, parameters) or (0, None)
    return int(count), int((dollars or 0) * 100)


def _next(con: Connection, table: str, key: str) -> int:
    row = first_row(con, f"select coalesce(max({key}), 0) + 1 from {table}")
    return int(row[0]) if row else 1
