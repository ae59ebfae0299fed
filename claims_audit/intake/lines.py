"""From a batch of text rows to typed rows in a staging table, and what is said of single lines on the way."""

from __future__ import annotations

from typing import Final

import pandas as pd

from claims_audit.model import (
    CLAIM_LINE_COLUMNS,
    DIAGNOSIS_COLUMNS,
    MODIFIER_COLUMNS,
    TABLE_COLUMNS,
    RowBatch,
)
from claims_audit.readers.values import has_check_digit
from claims_audit.warehouse.database import Connection

STAGING: Final = {table: f"staged_{table}" for table in TABLE_COLUMNS}

_UPPER_COLUMNS: Final = ("procedure_code", *MODIFIER_COLUMNS, *DIAGNOSIS_COLUMNS, "unit_basis_code")
_TIMESTAMP_COLUMNS: Final = ("session_start_at", "session_end_at", "note_signed_at")
# A session is seldom billed in more units than this; minutes in the unit field usually are 30 and more.
_MANY_UNITS: Final = 15


def as_frame(batch: RowBatch) -> pd.DataFrame:
    """The canonical columns as text, spelled one way: upper-case codes, diagnoses without dots, blank in timestamps."""
    names = TABLE_COLUMNS[batch.table]
    frame = pd.DataFrame({name: pd.Series(batch.columns[name], dtype="str") for name in names})
    for name in _UPPER_COLUMNS:
        if name in names and frame[name].notna().any():
            frame[name] = frame[name].str.upper()
    for name in DIAGNOSIS_COLUMNS:
        if name in names and frame[name].notna().any():
            frame[name] = frame[name].str.replace(".", "", regex=False)
    for name in _TIMESTAMP_COLUMNS:
        if name in names and frame[name].notna().any():
            # Wall-clock time as written: a zone or a fraction of a second says nothing about the session.
            frame[name] = frame[name].str.replace(
                r"[Tt ](\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$", r" \1", regex=True
            )
    if batch.table == "attendance":
        frame["attendance_status"] = frame["attendance_status"].str.lower().str.replace(r"[ -]", "_", regex=True)
        for name in ("facilitator_npis", "note_shingles", "treatment_plan_elements"):
            frame[name] = frame[name].str.replace(r"\s*;\s*", ";", regex=True).str.strip(";")
        frame["treatment_plan_elements"] = frame["treatment_plan_elements"].str.lower()
    return frame


def positions(batch: RowBatch) -> pd.DataFrame:
    """Where each row stood, and what the reader noticed."""
    return pd.DataFrame(
        {
            "byte_start": pd.Series(batch.columns["byte_start"], dtype="int64"),
            "byte_end": pd.Series(batch.columns["byte_end"], dtype="int64"),
            "source_line_number": pd.Series(batch.columns["source_line_number"], dtype="Int64"),
            "claim_position": pd.Series([_text(v) for v in batch.columns["claim_position"]], dtype="str"),
            "line_warnings": pd.Series(batch.columns["line_warnings"], dtype="str"),
        }
    )


def create_staging(con: Connection) -> None:
    """Empty staging tables with the types of the real ones; `sequence` is the order in the file."""
    for table, names in TABLE_COLUMNS.items():
        types = _TYPES[table]
        columns = ", ".join(f"{name} {types.get(name, 'varchar')}" for name in names)
        con.execute(
            f"create or replace temp table {STAGING[table]} (sequence bigint, byte_start bigint, byte_end bigint, "
            f"source_line_number bigint, {columns}, row_sha varchar, line_warnings varchar, claim_key varchar)"
        )
    con.execute("create or replace temp table staged_reject as select * exclude (file_id) from rejected_range limit 0")


def stage(con: Connection, table: str, rows: pd.DataFrame, first_sequence: int) -> None:
    """Casts good text rows into the staging table. `rows` holds the canonical columns and those of `positions`."""
    rows = rows.assign(sequence=range(first_sequence, first_sequence + len(rows)))
    if table == "claim_line":
        rows["line_warnings"] = _with_npi_warning(rows)
    con.register("good_rows", rows)
    try:
        con.execute(_STATEMENTS[table])
    finally:
        con.unregister("good_rows")


def _with_npi_warning(rows: pd.DataFrame) -> pd.Series:
    doubtful = pd.Series(False, index=rows.index)
    for column in ("billing_provider_npi", "rendering_provider_npi"):
        doubtful |= ~rows[column].map(has_check_digit).astype(bool)
    warnings = rows["line_warnings"]
    marked = warnings.where(warnings.isna(), warnings + ";").fillna("") + "npi_check_digit"
    return warnings.where(~doubtful, marked)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _cast(table_types: dict[str, str], columns: tuple[str, ...]) -> str:
    return ", ".join(
        f"cast({name} as {table_types[name]}) as {name}" if name in table_types else name for name in columns
    )


_MONEY: Final = "decimal(12, 2)"
_TYPES: Final[dict[str, dict[str, str]]] = {
    "claim_line": {
        "claim_line_number": "integer",
        "date_of_service": "date",
        "date_of_service_through": "date",
        "received_date": "date",
        "service_units": "decimal(12, 3)",
        "charge_amount": _MONEY,
        "allowed_amount": _MONEY,
        "paid_amount": _MONEY,
        "session_start_at": "timestamp",
        "session_end_at": "timestamp",
    },
    "attendance": {
        "session_start_at": "timestamp",
        "session_end_at": "timestamp",
        "note_signed_at": "timestamp",
        "documented_group_size": "integer",
        "note_similarity": "decimal(4, 3)",
        "treatment_plan_from": "date",
        "treatment_plan_to": "date",
    },
    "remittance": {
        "payment_date": "date",
        "payment_amount": "decimal(14, 2)",
        "claim_paid_amount": "decimal(14, 2)",
        "provider_adjustment_amount": "decimal(14, 2)",
        "claim_count": "integer",
    },
    "remittance_line": {
        "remittance_line_number": "integer",
        "claim_charge_amount": _MONEY,
        "claim_paid_amount": _MONEY,
        "claim_patient_amount": _MONEY,
        "date_of_service": "date",
        "date_of_service_through": "date",
        "service_units": "decimal(12, 3)",
        "paid_units": "decimal(12, 3)",
        "charge_amount": _MONEY,
        "allowed_amount": _MONEY,
        "paid_amount": _MONEY,
    },
    "provider_adjustment": {"fiscal_period_date": "date", "adjustment_amount": "decimal(14, 2)"},
}
# Where in a file something stood is no part of what it says.
_PLACES: Final = ("remittance_position", "remittance_claim_position")


def _hash(columns: tuple[str, ...]) -> str:
    return "md5(concat_ws('|', " + ", ".join(f"coalesce(cast({name} as varchar), '')" for name in columns) + "))"


_STAGE_CLAIM_LINE: Final = f"""
insert into staged_claim_line by name
with typed as (
    select sequence, byte_start, byte_end, source_line_number, claim_position, line_warnings,
        {_cast(_TYPES["claim_line"], CLAIM_LINE_COLUMNS)}
    from good_rows
),
filled as (
    select * replace (coalesce(claim_frequency_code, '1') as claim_frequency_code) from typed
)
select filled.* exclude (claim_position) replace (
        nullif(concat_ws(';',
            nullif(line_warnings, ''),
            case when filled.unit_basis_code = 'MJ' then 'unit_basis_minutes' end,
            case when filled.unit_basis_code is distinct from 'MJ' and procedure_code.counts_sessions
                and filled.service_units >= {_MANY_UNITS} then 'units_look_like_minutes' end,
            case when filled.received_date < filled.date_of_service then 'service_after_received' end
        ), '') as line_warnings
    ),
    {_hash(tuple(f"filled.{name}" for name in CLAIM_LINE_COLUMNS if name != "received_date"))} as row_sha,
    md5(concat_ws('|', filled.payer_id, filled.billing_provider_npi, filled.patient_control_number, filled.member_id,
        filled.claim_frequency_code, coalesce(filled.payer_claim_control_number, ''),
        coalesce(filled.claim_position, ''))) as claim_key
from filled
left join procedure_code on filled.procedure_code = procedure_code.procedure_code
"""


def _stage_plainly(table: str) -> str:
    columns = TABLE_COLUMNS[table]
    return f"""
insert into {STAGING[table]} by name
with typed as (
    select sequence, byte_start, byte_end, source_line_number, {_cast(_TYPES[table], columns)}
    from good_rows
)
select *, {_hash(tuple(name for name in columns if name not in _PLACES))} as row_sha from typed
"""


_STATEMENTS: Final = {
    table: _STAGE_CLAIM_LINE if table == "claim_line" else _stage_plainly(table) for table in TABLE_COLUMNS
}
