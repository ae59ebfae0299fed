"""A warehouse with made-up rows, whose ledger is right unless a test says otherwise."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

DDL = Path(__file__).parents[2] / "sql" / "ddl"

CLAIM_LINE: dict[str, Any] = {
    "claim_id": "C",
    "byte_start": 0,
    "byte_end": 1,
    "patient_control_number": "PCN",
    "claim_line_number": 1,
    "claim_frequency_code": "1",
    "payer_id": "CTMCD",
    "member_id": "M1",
    "billing_provider_npi": "1234567893",
    "rendering_provider_npi": "1234567893",
    "place_of_service_code": "11",
    "date_of_service": date(2026, 11, 2),
    "procedure_code": "90853",
    "service_units": Decimal(1),
    "unit_basis_code": "UN",
    "charge_amount": Decimal("40.25"),
    "diagnosis_code_1": "F101",
    "line_sha": "x",
}
ATTENDANCE: dict[str, Any] = {
    "byte_start": 0,
    "byte_end": 1,
    "session_id": "S1",
    "session_start_at": datetime(2026, 11, 2, 10),
    "member_id": "M1",
    "attendance_status": "attended",
    "facilitator_npis": "1234567893",
    "row_sha": "x",
}


REMITTANCE: dict[str, Any] = {
    "byte_start": 0,
    "byte_end": 1,
    "payment_date": date(2026, 11, 20),
    "remittance_sha": "x",
}
REMITTANCE_LINE: dict[str, Any] = {
    "remittance_id": 1,
    "remittance_claim_id": "C",
    "byte_start": 0,
    "byte_end": 1,
    "remittance_line_number": 1,
    "patient_control_number": "PCN",
    "claim_status_code": "1",
    "charge_amount": Decimal("40.25"),
    "paid_amount": Decimal("27.63"),
    "line_sha": "x",
}


class Warehouse:
    """Builds a warehouse file, which `path` closes and hands over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows = 0
        self.file_count = 0
        self.db = duckdb.connect(str(path))

    @property
    def path(self) -> Path:
        self.db.close()
        return self._path

    def claims(self, *changes: dict[str, Any], lines: int = 1, **ledger: Any) -> Warehouse:
        """A file of claims: one line for each of `changes`, or so many good ones."""
        rows = [{**CLAIM_LINE, **change} for change in changes or [{}] * lines]
        cents = sum(int(row["charge_amount"] * 100) for row in rows if row["charge_amount"] is not None)
        self._file("claim_csv", "claim_line", rows, cents, ledger)
        return self

    def attendance(self, *changes: dict[str, Any], rows: int = 1, **ledger: Any) -> Warehouse:
        """A file of attendance."""
        self._file("attendance_csv", "attendance", [{**ATTENDANCE, **c} for c in changes or [{}] * rows], 0, ledger)
        return self

    def remittance(self, *changes: dict[str, Any]) -> Warehouse:
        """A file of remittances with one line each: one payment for each of `changes`."""
        self._file("835", "remittance_line", [dict(REMITTANCE_LINE) for _ in changes], 4025 * len(changes), {})
        for number, change in enumerate(changes, 1):
            row = {"remittance_id": number, "file_id": self.file_count, **REMITTANCE, **change}
            self.db.execute(
                f"insert into remittance ({', '.join(row)}) values ({', '.join('?' for _ in row)})", list(row.values())
            )
        return self

    def without_constraints(self, table: str) -> Warehouse:
        """Lets a table take what its definition refuses."""
        self.db.execute(f"create table bare as select * from {table}")
        self.db.execute(f"drop table {table}")
        self.db.execute(f"alter table bare rename to {table}")
        return self

    def _file(
        self, format_code: str, table: str, rows: list[dict[str, Any]], cents: int, ledger: dict[str, Any]
    ) -> None:
        self.file_count += 1
        kinds = ("loaded", "quarantined", "superseded", "duplicate", "other")
        entry: dict[str, Any] = {
            "file_id": self.file_count,
            "run_id": "R",
            "file_name": f"{self.file_count}.csv",
            "sha256": str(self.file_count),
            "format_code": format_code,
            "byte_count": 1,
            "records_in": len(rows),
            **{f"bytes_{kind}": 0 for kind in kinds},
            "bytes_frame": 1,
            "segment_counts": "",
            "warnings": "",
            "loaded_at": datetime(2026, 11, 1),
            **{f"lines_{kind}": 0 for kind in kinds},
            **{f"charge_{kind}_cents": 0 for kind in kinds},
            "lines_loaded": len(rows),
            "charge_loaded_cents": cents,
            **ledger,
        }
        entry.setdefault("lines_in", sum(entry[f"lines_{kind}"] for kind in kinds))
        entry.setdefault("charge_in_cents", sum(entry[f"charge_{kind}_cents"] for kind in kinds))
        self._insert("delivered_file", entry)
        first, self._rows = self._rows + 1, self._rows + len(rows)
        numbered = enumerate(rows, first)
        self._insert(table, *({f"{table}_id": n, "file_id": self.file_count, **row} for n, row in numbered))

    def _insert(self, table: str, *rows: dict[str, Any]) -> None:
        columns = dict.fromkeys(column for row in rows for column in row)
        places = f"({', '.join('?' * len(columns))})"
        if rows:
            values = [row.get(column) for row in rows for column in columns]
            self.db.execute(
                f"insert into {table} ({', '.join(columns)}) values {', '.join([places] * len(rows))}", values
            )


@pytest.fixture(scope="session")
def empty_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gates") / "warehouse.duckdb"
    with duckdb.connect(str(path)) as db:
        for ddl in sorted(DDL.glob("*.sql")):
            db.execute(ddl.read_text())
        for code in ("11", "10"):
            db.execute(
                "insert into place_of_service (place_of_service_code, label, setting, is_telehealth) "
                "values (?, 'x', 'office', false)",
                [code],
            )
    return path


@pytest.fixture
def warehouse(empty_warehouse: Path, tmp_path: Path) -> Warehouse:
    return Warehouse(Path(shutil.copy(empty_warehouse, tmp_path)))
