"""What runs on the executors: rows of checks become findings there, a batch at a time, and never pass the driver.

Arrow in, Arrow out; only plain Python in between, the same code that makes findings on one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from claims_audit.checking.building import FindingForm, begin_finding, parse_lines, with_lines
from claims_audit.findings.finding import Finding, FindingLine

if TYPE_CHECKING:
    import pyarrow as pa

# Findings as they lie in a lake; the columns of the table `finding` without those that come by comparing runs. A lake
# is audited whole, so that the month in whose audit a finding was found tells nothing.
FINDING_COLUMNS: Final = tuple(entry.name for entry in fields(Finding) if entry.name not in ("lines", "service_month"))
_MONEY: Final = "decimal(12,2)"
FINDING_TYPES: Final = {
    name: _MONEY if name.endswith("_amount") else "date" if name == "date_of_service" else "string"
    for name in FINDING_COLUMNS
}
_COLUMNS: Final = ", ".join(f"{name} {kind}" for name, kind in FINDING_TYPES.items())
BEGUN_SCHEMA: Final = f"{_COLUMNS}, lines array<struct<claim_line_id: bigint, exposure_amount: {_MONEY}>>, fault string"
ENDED_SCHEMA: Final = (
    f"{_COLUMNS}, lines array<struct<claim_line_id: bigint, patient_control_number: string, "
    f"claim_line_number: int, exposure_amount: {_MONEY}>>"
)
_Mapper = Callable[["Iterable[pa.RecordBatch]"], "Iterator[pa.RecordBatch]"]


def begin_findings(form: FindingForm, unverified: frozenset[str], schema: pa.Schema) -> _Mapper:
    """Rows of one check to findings without lines; a row that is no finding becomes a row with a `fault`.

    `schema` is BEGUN_SCHEMA in Arrow's words.
    """

    def begin(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return _mapped(batches, lambda row: _begun(form, row, unverified), schema)

    return begin


def end_findings(schema: pa.Schema) -> _Mapper:
    """Findings with lines that know their claim numbers to whole findings; `schema` is ENDED_SCHEMA."""

    def end(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        return _mapped(batches, _ended, schema)

    return end


def _mapped(
    batches: Iterable[pa.RecordBatch], mapper: Callable[[dict[str, Any]], dict[str, Any]], schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    for batch in batches:
        yield pa.RecordBatch.from_pylist([mapper(row) for row in batch.to_pylist()], schema=schema)


def _begun(form: FindingForm, row: dict[str, Any], unverified: frozenset[str]) -> dict[str, Any]:
    try:
        finding = begin_finding(form, row, unverified)
        lines = parse_lines(str(row["claim_lines"]))
    except ValueError as error:
        # Our own words, without a value of the row.
        return {"check_id": form.check_id, "finding_id": "", "lines": [], "fault": str(error)}
    return {
        **{name: getattr(finding, name) for name in FINDING_COLUMNS},
        "lines": [{"claim_line_id": line_id, "exposure_amount": amount} for line_id, amount in lines],
        "fault": None,
    }


def _ended(row: dict[str, Any]) -> dict[str, Any]:
    lines = [FindingLine(**line) for line in row["lines"] or ()]
    finding = with_lines(Finding(**{name: row[name] for name in FINDING_COLUMNS}, lines=()), lines)
    return {
        **{name: getattr(finding, name) for name in FINDING_COLUMNS},
        "lines": [{name: getattr(line, name) for name in FindingLine.__slots__} for line in finding.lines],
    }
