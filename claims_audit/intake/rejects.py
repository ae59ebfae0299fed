"""What of a file is not loaded: ranges that the reader or a schema set aside, staged in portions and counted."""

from __future__ import annotations

from typing import Final

import pandas as pd

from claims_audit.intake.report import FileReport
from claims_audit.model import RejectedRange, RejectKind, RowBatch
from claims_audit.readers.values import parse_cents
from claims_audit.rejecting import RowFault
from claims_audit.warehouse.database import Connection

_REJECTS_AT_ONCE: Final = 10_000
# Tables whose rows are lines of the reconciliation; the others say something about a payment as a whole.
_LINE_TABLES: Final = ("claim_line", "attendance", "remittance_line")
_CHARGED_TABLES: Final = ("claim_line", "remittance_line")


class Rejects:
    """What a file's rejected ranges add up to; staged in portions, since a file may be bad from end to end."""

    def __init__(self, con: Connection, report: FileReport) -> None:
        self._con = con
        self._report = report
        self._waiting: list[RejectedRange] = []

    def create_staging(self) -> None:
        """An empty staging table."""
        self._con.execute(
            "create or replace temp table staged_reject as select * exclude (file_id) from rejected_range limit 0"
        )

    def add(self, item: RejectedRange) -> None:
        """Counts a range in the report and keeps it for the next portion."""
        kind = "other" if item.kind is RejectKind.OTHER_TRANSACTION else "quarantined"
        self._report.lines[kind] += item.line_count
        self._report.cents[kind] += item.charge_cents
        if item.kind is RejectKind.QUARANTINED:
            for code in item.reason_code.split(";"):
                self._report.reject_reasons[code] = self._report.reject_reasons.get(code, 0) + 1
        else:
            self._report.other_reasons[item.reason] = self._report.other_reasons.get(item.reason, 0) + item.line_count
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


def rejected_row(batch: RowBatch, row: int, faults: list[RowFault]) -> RejectedRange:
    """One row that broke its schema."""

    def place(name: str) -> int:
        return int(str(batch.value(name, row)))

    charge = batch.value("charge_amount", row) if batch.table in _CHARGED_TABLES else None
    number = batch.value("source_line_number", row)
    return RejectedRange(
        table=batch.table,
        byte_start=place("byte_start"),
        byte_end=place("byte_end"),
        reason_code=";".join(dict.fromkeys(fault.reason_code for fault in faults)),
        reason="; ".join(f"{fault.column or 'the row'} {fault.reason}" for fault in faults) + ".",
        source_line_number=None if number is None else int(str(number)),
        column_name=";".join(dict.fromkeys(fault.column for fault in faults if fault.column)) or None,
        line_count=1 if batch.table in _LINE_TABLES else 0,
        charge_cents=(parse_cents(str(charge)) or 0) if charge is not None else 0,
    )
