"""Builds the tables of sql/ddl out of many cases, side by side: everybody in a case carries its mark."""

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
    "remittance_claim_id",
    "original_payer_claim_control_number",
    "trace_number",
    "payee_npi",
    "supervising_provider_npi",
    "prior_authorization_number",
)
_WHOSE = ("payer_id", "program", "state")
_REFERENCE_TABLES = (
    *("payer", "payer_policy", "procedure_code", "modifier", "place_of_service", "ncci_pair", "fee"),
    *("reference_edition", "ncci_mue", "ncci_add_on", "licence_share", "unspecific_diagnosis", "denial_rule"),
    "group_focus",
)
# Tables that a case may fill as they are; who is in them carries the mark of the case. Their edition is nobody's.
_PLAIN_TABLES = (
    *("contract_fee", "provider_enrolment", "coverage_span", "service_authorization", "provider_statistic"),
)
# Editions that a case loads: of a program of its own, so that they speak of nobody else's days.
_EDITION_TABLES = ("reference_edition", "diagnosis_code", "ncci_add_on")
# Programs that the views know by name, though no shipped payer belongs to them.
_KNOWN_PROGRAMS = ("grant", "capitated")
_LINES_PER_CASE = 1000
# What a row of the ledger has to have; nothing was in the file, so that its books balance.
_FILE: Row = {
    "run_id": "case",
    "file_name": "case",
    "segment_counts": "{}",
    "warnings": "{}",
    "loaded_at": "2025-06-30",
    "byte_count": "0",
} | {
    f"{what}{name}{unit}": "0"
    for what, unit in (("lines_", ""), ("charge_", "_cents"))
    for name in ("in", "loaded", "quarantined", "superseded", "duplicate", "other")
}
AUDIT_DATE = "2025-06-30"  # on which all cases are audited


def mark_of(number: int | None) -> str:
    """What stands before every identity of a case; None for the end that all marks share."""
    return "~" if number is None else f"case{number:04d}~"


def without_mark(text: str) -> str:
    return re.sub(r"case\d{4}~", "", text)


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


def insert_case(con: duckdb.DuckDBPyConnection, case: Case) -> dict[int, str]:
    """Inserts the rows of a case; returns its claim line ids, each with `claim number:line`."""
    # A case is a file of its own.
    place = {"file_id": str(case.number), "byte_start": "0", "byte_end": "0"}
    names = {}
    for line_id, row in enumerate(case.given.get("claim_line", []), case.number * _LINES_PER_CASE):
        names[line_id] = f"{row['patient_control_number']}:{row['claim_line_number']}"
        claim_id = f"{row['patient_control_number']}#{row['claim_frequency_code']}"
        _insert(
            con, case, "claim_line", {"claim_id": claim_id, "line_sha": ""} | place | row | _key("claim_line", line_id)
        )
    for key, row in enumerate(case.given.get("attendance", []), case.number * _LINES_PER_CASE):
        _insert(con, case, "attendance", {"row_sha": ""} | place | row | _key("attendance", key))
    for key, row in enumerate(case.given.get("remittance", []), case.number * _LINES_PER_CASE):
        _insert(
            con,
            case,
            "remittance",
            {"remittance_sha": "", "trace_number": str(key)} | place | row | {"remittance_id": str(key)},
        )
    for key, row in enumerate(case.given.get("remittance_line", []), case.number * _LINES_PER_CASE):
        # A line names its payment by its place in the case, from 0; each is a claim payment of its own unless told.
        payment = str(case.number * _LINES_PER_CASE + int(row.get("remittance") or 0))
        row = {name: value for name, value in row.items() if name != "remittance"}
        own = {
            "remittance_claim_id": f"clp{key}",
            "remittance_line_number": "1",
            "line_sha": "",
            "remittance_id": payment,
        }
        _insert(con, case, "remittance_line", own | place | row | {"remittance_line_id": str(key)})
    for row in case.given.get("remittance_adjustment", []):
        line = str(case.number * _LINES_PER_CASE + int(row["remittance_line_id"] or 0))
        _insert(con, case, "remittance_adjustment", {"adjustment_number": "1"} | row | {"remittance_line_id": line})
    for row in case.given.get("delivered_file", []):
        _insert(
            con, case, "delivered_file", _FILE | {"file_id": str(case.number), "sha256": mark_of(case.number)} | row
        )
    for row in _payers(case):
        _insert(con, case, "payer", row)
    for row in case.given.get("payer_policy", []):
        _insert(con, case, "payer_policy", row)
    for table in _PLAIN_TABLES:
        for row in case.given.get(table, []):
            _insert(con, case, table, ({} if table == "provider_statistic" else {"edition_id": "case"}) | row)
    for table in _EDITION_TABLES:
        for row in case.given.get(table, []):
            _insert(con, case, table, row)
    return names


def finish_tables(con: duckdb.DuckDBPyConnection, setting: Row) -> None:
    """What is made of the inserted rows before any view: claim versions, and the setting of the audit."""
    con.execute(
        "insert into audit_setting by name select $data_view as data_view, $feasible_minutes as feasible_minutes, "
        "$min_group_minutes as min_group_minutes, cast($audit_date as date) as audit_date",
        {"audit_date": AUDIT_DATE} | setting,
    )
    con.execute(
        """
        insert into claim by name
        select
            claim_id,
            min(file_id) as file_id,
            min(claim_line_id) as first_line_id,
            min(payer_id) as payer_id,
            min(billing_provider_npi) as billing_provider_npi,
            min(patient_control_number) as patient_control_number,
            min(member_id) as member_id,
            min(claim_frequency_code) as claim_frequency_code,
            min(payer_claim_control_number) as payer_claim_control_number,
            min(date_of_service) as first_date_of_service,
            max(date_of_service) as last_date_of_service,
            min(received_date) as received_date
        from claim_line
        group by claim_id
        """
    )


def _key(table: str, value: int) -> Row:
    return {f"{table}_id": str(value)}


def _payers(case: Case) -> list[Row]:
    """The payers of the case, and a copy of each shipped one that it bills, so that all of them carry its mark."""
    own = case.given.get("payer", [])
    billed = {row["payer_id"] for row in case.given.get("claim_line", [])} - {row["payer_id"] for row in own}
    return own + [row for row in _shipped_payers() if row["payer_id"] in billed]


@cache
def _shipped_payers() -> list[Row]:
    rows = duckdb.sql(f"from read_csv('{REFERENCE / 'payer.csv'}', header = true, all_varchar = true)")
    return [dict(zip(rows.columns, values, strict=True)) for values in rows.fetchall()]


def _insert(con: duckdb.DuckDBPyConnection, case: Case, table: str, row: Row) -> None:
    mark = mark_of(case.number)
    marked = {name: _marked(table, name, value, mark) for name, value in row.items() if value is not None}
    assert table != "reference_edition" or marked.get("program", "").startswith(mark), case.name
    # A policy that knows nobody of its case would speak to the other cases as well.
    assert table != "payer_policy" or any(marked.get(name, "").startswith(mark) for name in _WHOSE), case.name
    con.execute(
        f"insert into {table} ({', '.join(marked)}) values ({', '.join(f'${name}' for name in marked)})", marked
    )


def _marked(table: str, name: str, value: str, mark: str) -> str:
    if name == "edition_id" and table in _EDITION_TABLES:
        return mark + value
    if table in ("payer", "payer_policy", "reference_edition") and name in ("program", "state"):
        # A program of which no shipped payer is a part is the case's own.
        return value if value in {*_KNOWN_PROGRAMS, *(row[name] for row in _shipped_payers())} else mark + value
    return ";".join(mark + part for part in value.split(";")) if name in _IDENTITIES else value
