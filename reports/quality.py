"""Files received, where their lines and dollars went, what was set aside and what the gate said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb

from claims_audit.warning_texts import INFORMATIVE_WARNINGS, warning_text
from reports.value import FileRow, GateRow, Quality, Reconciliation, RejectedRange, RejectReason

# A report lists so many ranges; the counts by reason cover all of them, and the warehouse keeps them all.
RANGE_LIMIT = 2_000

FILES = """
select
    file_id, file_name, sha256, format_code, byte_count, loaded_at,
    coalesce(run_id = $run_id or accepted_run_id = $run_id, false) as is_of_run,
    lines_in, lines_loaded, lines_quarantined, lines_superseded, lines_duplicate, lines_other,
    charge_in_cents, charge_loaded_cents, charge_quarantined_cents, charge_superseded_cents,
    charge_duplicate_cents, charge_other_cents,
    segment_counts, warnings
from delivered_file
order by file_id
"""

# Every statement about what was set aside speaks of the files of this run.
RANGES_OF_RUN = """
from rejected_range
join delivered_file using (file_id)
where delivered_file.run_id = $run_id or delivered_file.accepted_run_id = $run_id
"""

REASONS = f"""
select
    kind_code, reason_code, min(reason), count(*) as range_count,
    cast(sum(line_count) as bigint), cast(sum(charge_cents) as bigint)
{RANGES_OF_RUN}
group by kind_code, reason_code
order by kind_code desc, range_count desc, reason_code
"""

RANGES = f"""
select
    delivered_file.file_name, kind_code, byte_start, byte_end, source_line_number, segment_code, column_name,
    reason, line_count, charge_cents
{RANGES_OF_RUN}
order by file_id, byte_start
limit {RANGE_LIMIT}
"""

GATE = """
select gate, expectation, severity, status_code, observed, expected
from gate_result
where run_id = $run_id
order by array_position(['errored', 'failed', 'passed'], status_code) nulls last, severity, gate, expectation
"""


def read_quality(con: duckdb.DuckDBPyConnection, run_id: str) -> Quality:
    """The data-quality part of a report."""
    run = {"run_id": run_id}
    files = tuple(_file_row(*row) for row in con.execute(FILES, run).fetchall())
    of_run = [file for file in files if file.is_of_run]
    range_count = con.execute(f"select count(*) {RANGES_OF_RUN}", run).fetchone()
    return Quality(
        files=files,
        run_lines=_add_up(file.lines for file in of_run),
        run_cents=_add_up(file.cents for file in of_run),
        all_lines=_add_up(file.lines for file in files),
        all_cents=_add_up(file.cents for file in files),
        reject_reasons=tuple(RejectReason(*row) for row in con.execute(REASONS, run).fetchall()),
        rejected_ranges=tuple(RejectedRange(*row) for row in con.execute(RANGES, run).fetchall()),
        rejected_range_count=range_count[0] if range_count else 0,
        gate=tuple(GateRow(*row) for row in con.execute(GATE, run).fetchall()),
    )


def _file_row(
    file_id: int,
    file_name: str,
    sha256: str,
    format_code: str,
    byte_count: int,
    loaded_at: datetime,
    is_of_run: bool,
    *rest: Any,
) -> FileRow:
    *parts, segment_counts, warnings = rest
    return FileRow(
        file_id=file_id,
        file_name=file_name,
        sha256=sha256,
        format_code=format_code,
        byte_count=byte_count,
        loaded_at=loaded_at,
        is_of_run=is_of_run,
        lines=Reconciliation(*parts[:6]),
        cents=Reconciliation(*parts[6:]),
        segment_counts=_counts(segment_counts),
        warnings=tuple(warning_text(code, times) for code, times in sorted(_counts(warnings).items())),
        alerts=tuple(
            warning_text(code, times)
            for code, times in sorted(_counts(warnings).items())
            if code not in INFORMATIVE_WARNINGS
        ),
    )


def _counts(text: str | None) -> dict[str, int]:
    return json.loads(text) if text else {}


def _add_up(parts: Iterable[Reconciliation]) -> Reconciliation:
    kept = list(parts)
    return Reconciliation(
        total=sum(part.total for part in kept),
        loaded=sum(part.loaded for part in kept),
        quarantined=sum(part.quarantined for part in kept),
        superseded=sum(part.superseded for part in kept),
        duplicate=sum(part.duplicate for part in kept),
        other=sum(part.other for part in kept),
    )
