"""The findings of a run as a table: CSV, Parquet and JSON, for programs and for the `findings` command.

These hold every finding of the run. What is no longer seen is in the report's "since last run" part only.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TextIO

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from reports.atomic import replacing
from reports.snapshot import open_snapshot, require_run

# finding.* follows the table, so that a new column of the contract is in the exports without a change here.
FINDINGS: Final = """
select finding.*, behind.claim_lines
from finding
left join (
    select
        finding_id,
        list(
            concat(patient_control_number, ':', claim_line_number)
            order by patient_control_number, claim_line_number, claim_line_id
        ) as claim_lines
    from finding_line
    group by finding_id
) as behind using (finding_id)
where
    finding.state <> 'not_seen'
    and (len($checks) = 0 or list_contains($checks, finding.check_id))
    and (len($severities) = 0 or list_contains($severities, finding.severity))
    and (len($directions) = 0 or list_contains($directions, finding.direction))
order by finding.date_of_service, finding.check_id, finding.finding_id
"""

# A spreadsheet takes a cell that begins so for a formula (OWASP, CSV injection); an apostrophe makes it text.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\0")


# Opens a connection with the tables `finding` and `finding_line` of one run alone.
Opening = Callable[[], AbstractContextManager[duckdb.DuckDBPyConnection]]


@dataclass(frozen=True, slots=True)
class FindingFilter:
    """Which findings are wanted; nothing named is everything."""

    checks: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    directions: tuple[str, ...] = ()


ALL: Final = FindingFilter()


def findings_frame(source: Path | Opening, run_id: str, wanted: FindingFilter = ALL) -> pa.Table:
    """The findings as an Arrow table: the columns of `finding` and `claim_lines`, joined by `;`.

    `source` is the file of a snapshot, or opens the findings wherever they lie.
    """
    table = _read(source, run_id, wanted)
    joined = [";".join(lines or ()) for lines in table.column("claim_lines").to_pylist()]
    return table.set_column(table.schema.get_field_index("claim_lines"), "claim_lines", pa.array(joined, pa.string()))


def findings_as_json(source: Path | Opening, run_id: str, wanted: FindingFilter = ALL) -> list[dict[str, Any]]:
    """The findings as plain JSON values: `claim_lines` is a list and `evidence` an object."""
    return [
        {name: _json_value(name, value) for name, value in row.items()}
        for row in _read(source, run_id, wanted).to_pylist()
    ]


def write_findings_csv(source: Path | Opening, run_id: str, target: Path | TextIO, wanted: FindingFilter = ALL) -> int:
    """Writes CSV that a spreadsheet can open safely; returns the number of findings."""
    table = findings_frame(source, run_id, wanted)
    with _text_target(target) as file:
        writer = csv.writer(_LineFeeds(file))
        writer.writerow(table.column_names)
        for batch in table.to_batches(max_chunksize=10_000):
            writer.writerows([csv_cell(value) for value in row.values()] for row in batch.to_pylist())
    return int(table.num_rows)


def write_findings_json(source: Path | Opening, run_id: str, target: Path | TextIO, wanted: FindingFilter = ALL) -> int:
    """Writes one JSON list; returns the number of findings."""
    findings = findings_as_json(source, run_id, wanted)
    with _text_target(target) as file:
        json.dump(findings, file, ensure_ascii=False, indent=1)
        file.write("\n")
    return len(findings)


def write_findings_parquet(source: Path | Opening, run_id: str, path: Path, wanted: FindingFilter = ALL) -> int:
    """Writes Parquet with true dates and decimals; returns the number of findings."""
    table = findings_frame(source, run_id, wanted)
    with replacing(path) as draft:
        pq.write_table(table, draft, compression="zstd")
    return int(table.num_rows)


class _LineFeeds:
    """Ends each row with a line feed alone, as the tools of this system expect.

    The writer itself keeps its default end of line: only so does it quote a carriage return inside a cell (before
    Python 3.13), which otherwise would break the row in two.
    """

    def __init__(self, file: TextIO) -> None:
        self.file = file

    def write(self, row: str) -> None:
        self.file.write(row.removesuffix("\r\n") + "\n")


def csv_cell(value: object) -> object:
    """A value as a safe CSV cell: numbers stay numbers, text never becomes a formula."""
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return "'" + value
    return value


def _read(source: Path | Opening, run_id: str, wanted: FindingFilter) -> pa.Table:
    if not isinstance(source, Path):
        with source() as con:
            return _select(con, wanted)
    with open_snapshot(source) as con:
        require_run(con, run_id)
        return _select(con, wanted)


def _select(con: duckdb.DuckDBPyConnection, wanted: FindingFilter) -> pa.Table:
    parameters = {name: list(values) for name, values in asdict(wanted).items()}
    return con.sql(FINDINGS, params=parameters).to_arrow_table()


def _json_value(name: str, value: Any) -> Any:
    if name == "claim_lines":
        return value or []
    if name == "evidence":
        return _parsed(value)
    if isinstance(value, Decimal):
        # JSON has one kind of number; the twelve digits of an amount survive it unchanged.
        return float(value)
    return value.isoformat() if isinstance(value, date) else value


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


@contextmanager
def _text_target(target: Path | TextIO) -> Iterator[TextIO]:
    if not isinstance(target, Path):
        yield target
        return
    with replacing(target) as draft, draft.open("w", encoding="utf-8", newline="") as file:
        yield file
