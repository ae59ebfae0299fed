"""Builds the tables of sql/ddl out of cases: one case, or many side by side that do not see each other."""

from __future__ import annotations

import re
from functools import cache

import duckdb

from claims_audit.project import REFERENCE
from tests.checks.case_file import SQL, Case, Row

# Whoever is told apart by these is somebody else in every case.
_IDENTITIES = (
    "claim_id",
    "patient_control_number",
    "payer_claim_control_number",
    "payer_id",
    "member_id",
    "subscriber_id",
    "family_id",
    "billing_provider_npi",
    "rendering_provider_npi",
    "session_id",
    "facilitator_npis",
    "policy_id",
)
_WHOSE = ("payer_id", "program", "state")
_REFERENCE_TABLES = ("payer", "payer_policy", "procedure_code", "modifier", "place_of_service", "ncci_pair", "fee")
_MARK = re.compile(r"case\d{4}~")
LINES_PER_CASE = 1000


def create_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Every table of sql/ddl, and the shipped reference data."""
    for path in sorted((SQL / "ddl").glob("*.sql")):
        for statement in duckdb.extract_statements(path.read_text(encoding="utf-8")):
            con.execute(statement)
    for table in _REFERENCE_TABLES:
        con.execute(
            f"insert into {table} by name select * from read_csv($path, header = true, all_varchar = true)",
            {"path": str(REFERENCE / f"{table}.csv")},
        )


def insert_case(con: duckdb.DuckDBPyConnection, case: Case, number: int) -> dict[int, str]:
    """Inserts the rows of a case, marked with its number; returns claim line ids with `claim number:line`."""
    mark = f"case{number:04d}~"
    names = {}
    lines = []
    for place, row in enumerate(case.given.get("claim_line", [])):
        line_id = number * LINES_PER_CASE + place + 1
        control_number, frequency = row["patient_control_number"], row["claim_frequency_code"]
        names[line_id] = f"{control_number}:{row['claim_line_number']}"
        technical = {"claim_line_id": str(line_id), "file_id": "1", "byte_start": "0", "byte_end": "0", "line_sha": ""}
        lines.append({"claim_id": f"{control_number}#{frequency}"} | technical | row)
    _insert(con, "claim_line", lines, mark)
    technical = {"file_id": "1", "byte_start": "0", "byte_end": "0", "row_sha": ""}
    present = [
        {"attendance_id": str(number * LINES_PER_CASE + place + 1)} | technical | row
        for place, row in enumerate(case.given.get("attendance", []))
    ]
    _insert(con, "attendance", present, mark)
    _insert(con, "payer", _payers(case), mark)
    _insert(con, "payer_policy", case.given.get("payer_policy", []), mark)
    return names


def finish_tables(con: duckdb.DuckDBPyConnection, setting: Row) -> None:
    """What is made of the inserted rows before any view: claim versions, and the setting of the audit."""
    _insert(con, "audit_setting", [setting], "")
    con.execute(
        """
        insert into claim by name
        select
            claim_id,
            1 as file_id,
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
        group by claim_id
        """
    )


def without_mark(text: str) -> str:
    return _MARK.sub("", text)


def _payers(case: Case) -> list[Row]:
    """The payers of the case, and a copy of each shipped one that it bills, so that all of them carry its mark."""
    own = case.given.get("payer", [])
    billed = {row["payer_id"] for row in case.given.get("claim_line", [])} - {row["payer_id"] for row in own}
    return own + [row for row in _shipped("payer") if row["payer_id"] in billed]


@cache
def _shipped(table: str) -> list[Row]:
    con = duckdb.connect()
    rows = con.execute(
        "select * from read_csv($path, header = true, all_varchar = true)", {"path": str(REFERENCE / f"{table}.csv")}
    )
    names = [column[0] for column in rows.description]
    return [dict(zip(names, values, strict=True)) for values in rows.fetchall()]


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[Row], mark: str) -> None:
    for row in rows:
        marked = {name: _marked(table, name, value, mark) for name, value in row.items() if value is not None}
        # A policy that knows nobody of its case would speak to the other cases as well.
        assert table != "payer_policy" or any(marked.get(name, "").startswith(mark) for name in _WHOSE), row
        con.execute(
            f"insert into {table} ({', '.join(marked)}) values ({', '.join(f'${name}' for name in marked)})", marked
        )


def _marked(table: str, name: str, value: str, mark: str) -> str:
    if table in ("payer", "payer_policy") and name in ("program", "state"):
        # A program of which no shipped payer is a part is the case's own.
        return value if value in {row[name] for row in _shipped("payer")} else mark + value
    return ";".join(mark + part for part in value.split(";")) if name in _IDENTITIES else value
