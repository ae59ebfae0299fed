"""Findings as tables: those of a month are put aside as Parquet, so that a run holds one month of them and not all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.dataset import dataset

from claims_audit.findings.finding import Finding
from claims_audit.warehouse.database import Connection

COLUMNS: Final = tuple(entry.name for entry in fields(Finding) if entry.name != "lines")
_MONEY: Final = pa.decimal128(12, 2)
_DAYS: Final = ("date_of_service", "service_month")


def _type_of(name: str) -> pa.DataType:
    if name in _DAYS:
        return pa.date32()
    return _MONEY if name.endswith("_amount") else pa.string()


_FINDINGS: Final = pa.schema([pa.field(name, _type_of(name)) for name in COLUMNS])
_LINES: Final = pa.schema(
    [
        ("finding_id", pa.string()),
        ("check_id", pa.string()),
        ("claim_line_id", pa.int64()),
        ("patient_control_number", pa.string()),
        ("claim_line_number", pa.int32()),
        ("exposure_amount", _MONEY),
    ]
)


class FindingFolder:
    """Findings put aside in a folder of their own; PHI, removed by whoever made the folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._part_count = 0

    def add(self, findings: Sequence[Finding]) -> None:
        """Puts the findings of one month aside."""
        if findings:
            for name, table in zip(("finding", "line"), as_tables(findings), strict=True):
                pq.write_table(table, self._folder / f"{name}-{self._part_count:05d}.parquet", compression="zstd")
            self._part_count += 1

    def attach(self, con: Connection) -> None:
        """Makes them the views seen_finding and seen_line of the connection."""
        for name, schema in (("finding", _FINDINGS), ("line", _LINES)):
            parts = sorted(self._folder.glob(f"{name}-*.parquet"))
            con.register(f"seen_{name}", dataset(parts, schema=schema) if parts else schema.empty_table())


def attach_findings(con: Connection, findings: Sequence[Finding]) -> None:
    """Makes findings the views seen_finding and seen_line of the connection."""
    for name, table in zip(("finding", "line"), as_tables(findings), strict=True):
        con.register(f"seen_{name}", table)


def as_tables(findings: Sequence[Finding]) -> tuple[pa.Table, pa.Table]:
    """A row per finding, and a row per finding and claim line."""
    pairs = [(finding, line) for finding in findings for line in finding.lines]
    return (
        pa.table({name: [getattr(finding, name) for finding in findings] for name in COLUMNS}, schema=_FINDINGS),
        pa.table(
            {
                "finding_id": [finding.finding_id for finding, _ in pairs],
                "check_id": [finding.check_id for finding, _ in pairs],
                "claim_line_id": [line.claim_line_id for _, line in pairs],
                "patient_control_number": [line.patient_control_number for _, line in pairs],
                "claim_line_number": [line.claim_line_number for _, line in pairs],
                "exposure_amount": [line.exposure_amount for _, line in pairs],
            },
            schema=_LINES,
        ),
    )
