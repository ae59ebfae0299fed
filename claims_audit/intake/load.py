"""Loads one file in one transaction: its rows, what was set aside, and its row in the ledger, or nothing at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from claims_audit.errors import UnreadableFileError
from claims_audit.home import Home
from claims_audit.intake import lines
from claims_audit.intake.ahead import Reader, read_inputs
from claims_audit.intake.lifecycle import resolve_lifecycle, resolve_payments
from claims_audit.intake.reading import Reading, ReadOptions, Schemas
from claims_audit.intake.rejects import Rejects
from claims_audit.intake.report import CLASSES, FileReport
from claims_audit.intake.storing import next_key, store_rows
from claims_audit.model import RejectedRange
from claims_audit.readers.inputs.source import Input, SourceFile, find_inputs
from claims_audit.readers.tables.header_changes import compare_headers
from claims_audit.readers.tables.profile import Profile
from claims_audit.readers.tables.profile_file import known_profiles
from claims_audit.settings import Settings
from claims_audit.warehouse.database import Connection, first_row, transaction

Progress = Callable[[str], None]

_CHECKPOINT_BYTES: Final = 50_000_000
# Every table whose rows belong to one file.
FILE_TABLES: Final = (
    "claim_line",
    "claim",
    "attendance",
    "remittance",
    "remittance_line",
    "provider_adjustment",
    "rejected_range",
    "delivered_file",
)


def load_paths(
    con: Connection,
    places: Iterable[str | Path],
    home: Home,
    settings: Settings,
    schemas: Schemas,
    run_id: str,
    progress: Progress = lambda _: None,
    profile: Profile | None = None,
) -> list[FileReport]:
    """Loads every input at `places` (paths, `-`, URLs); see load_inputs."""
    inputs = find_inputs(places, settings.storage)
    return load_inputs(con, inputs, home, settings, schemas, run_id, progress, profile)


def load_inputs(
    con: Connection,
    inputs: Iterable[Input],
    home: Home,
    settings: Settings,
    schemas: Schemas,
    run_id: str,
    progress: Progress = lambda _: None,
    profile: Profile | None = None,
) -> list[FileReport]:
    """Loads every input, each content of it in its own transaction, and reports on each; bad input is a report.

    Where there are several files, other processes read them ahead; they are stored here, one after the other.
    `profile` says how to read tables; without one, columns that are not native are tried against the shipped profiles
    and those of the home.
    """
    options = ReadOptions(profile, tuple(known_profiles(home.profiles)), settings.timezone or None)
    known = frozenset(row[0] for row in con.execute("select sha256 from delivered_file").fetchall())
    reader = Reader(home, settings.max_uncompressed_bytes, dict(schemas), options, known)
    reports: list[FileReport] = []
    for item, source, reading, fault in read_inputs(inputs, reader, settings):
        if source is None or reading is None:
            reports.append(FileReport(item.name, "", "unknown", item.byte_count, "refused", str(fault)))
        else:
            progress(f"loading {source.name}")
            reports.append(load_reading(con, source, reading, run_id))
    resolve_payments(con)
    _add_matches(con, reports)
    return reports


def load_reading(con: Connection, source: SourceFile, reading: Reading, run_id: str) -> FileReport:
    """Loads one content. The same content again, under whatever name, changes nothing."""
    known = _ledger_row(con, source)
    if known is not None:
        return known
    report = reading.report
    try:
        staged = _stage(con, reading)
        if report.status == "ignored":
            return report
        report.column_changes = _column_changes(con, report, reading.profile)
        with transaction(con):
            _store(con, source, report, run_id, staged)
    except UnreadableFileError as error:
        refused = FileReport(source.name, source.sha256, report.format, source.byte_count, "refused", str(error))
        if report.header:
            # What changed is the likely cause.
            refused.column_changes = _column_changes(con, report, reading.profile)
        return refused
    if source.byte_count > _CHECKPOINT_BYTES:
        con.execute("checkpoint")
    return report


def _stage(con: Connection, reading: Reading) -> set[str]:
    """Brings what is read into the staging tables, which are temporary; returns for which tables there were rows.

    Outside the transaction: inside, DuckDB would keep every frame handed to it until the commit.
    """
    rejects = Rejects(con, reading.report)
    rejects.create_staging()
    staged: set[str] = set()
    sequence = 0
    for item in reading.items():
        if isinstance(item, RejectedRange):
            rejects.add(item)
            continue
        if item.table not in staged:
            staged.add(item.table)
            lines.create_staging(con, item.table)
        lines.stage(con, item.table, item.rows, sequence)
        sequence += item.rows.num_rows
    rejects.stage()
    return staged


def _store(con: Connection, source: SourceFile, report: FileReport, run_id: str, staged: set[str]) -> None:
    """Moves what was staged into the warehouse, with the row in the ledger that says so."""
    file_id = next_key(con, "delivered_file", "file_id")
    store_rows(con, file_id, source.sha256, report, staged)
    report.require_balance()
    _store_ledger_row(con, file_id, run_id, report)


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
        "records_in": report.records_in,
        **{f"bytes_{name}": count for name, count in report.bytes_by_class.items()},
        "profile_name": report.profile or None,
        "header": json.dumps(report.header) if report.header else None,
        "segment_counts": json.dumps(report.segment_counts, sort_keys=True),
        "warnings": json.dumps(report.warnings, sort_keys=True),
    }
    names = ", ".join(values)
    bound = ", ".join(f"${name}" for name in values)
    con.execute(f"insert into delivered_file ({names}, loaded_at) values ({bound}, now() at time zone 'UTC')", values)


def _column_changes(con: Connection, report: FileReport, profile: Profile | None) -> list[str]:
    """What is new, missing or renamed against the last table of the same kind, in words."""
    last = first_row(
        con,
        "select header, file_name from delivered_file where format_code = $format and header is not null "
        "and profile_name is not distinct from $profile order by file_id desc limit 1",
        {"format": report.format, "profile": report.profile or None},
    )
    if last is None or not report.header:
        return []
    changes = compare_headers(json.loads(last[0]), report.header, profile)
    told = [f"column {old} is now called {new}" for old, new in changes.renamed]
    told += [f"column {name} is missing" for name in changes.missing]
    told += [f"column {name} is new" for name in changes.new]
    return [f"{change}, compared with {last[1]}" for change in told]


def _add_matches(con: Connection, reports: list[FileReport]) -> None:
    """Tells, for each file with remittances, how its lines were matched to claims."""
    for report in reports:
        if report.status == "loaded" and report.segment_counts.get("CLP"):
            report.matches = dict(
                con.execute(
                    """
                    select remittance_claim_line.basis_code, count(*)
                    from delivered_file
                    inner join remittance_line on delivered_file.file_id = remittance_line.file_id
                    inner join remittance_claim_line
                        on remittance_line.remittance_line_id = remittance_claim_line.remittance_line_id
                    where delivered_file.sha256 = $sha256
                    group by all
                    order by all
                    """,
                    {"sha256": report.sha256},
                ).fetchall()
            )


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


def withdraw_pending(con: Connection) -> list[str]:
    """Takes every file that no gate has accepted out of the warehouse again; returns their names. The archive stays."""
    pending = con.execute("select file_id, file_name from delivered_file where accepted_run_id is null").fetchall()
    with transaction(con):
        con.execute(
            "delete from remittance_adjustment where remittance_line_id in "
            "(select remittance_line_id from remittance_line where file_id in (select unnest($ids)))",
            {"ids": [row[0] for row in pending]},
        )
        for table in FILE_TABLES:
            con.execute(
                f"delete from {table} where file_id in (select unnest($ids))", {"ids": [row[0] for row in pending]}
            )
        resolve_lifecycle(con)
    resolve_payments(con)
    return [row[1] for row in pending]


def accept_pending(con: Connection, run_id: str) -> None:
    """Marks every file that waited for a gate as accepted by this run."""
    con.execute("update delivered_file set accepted_run_id = $run_id where accepted_run_id is null", {"run_id": run_id})
