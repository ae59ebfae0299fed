"""From a batch of text rows to typed rows in a staging table, and what is said of single lines on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from claims_audit.coded import flags, respelled
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

_NUMBERED: Final = ("byte_start", "byte_end", "source_line_number")
_NOTED: Final = ("claim_position", "line_warnings")
_TEN_DIGITS: Final = re.compile("[0-9]{10}")
# A session is seldom billed in more units than this; minutes in the unit field usually are 30 and more.
_MANY_UNITS: Final = 15


def spelled(batch: RowBatch) -> dict[str, pa.DictionaryArray]:
    """The canonical columns, spelled one way: upper-case codes, diagnoses without dots, blank in timestamps."""
    columns = {name: batch.text(name) for name in TABLE_COLUMNS[batch.table]}
    for name, spell in _SPELLINGS.items():
        if name in columns:
            columns[name] = respelled(columns[name], spell)
    return columns


def positions(batch: RowBatch) -> dict[str, pa.Array]:
    """Where each row stood, and what the reader noticed."""
    return {name: batch.numbers(name) for name in _NUMBERED} | {name: batch.text(name) for name in _NOTED}


def create_staging(con: Connection, table: str) -> None:
    """An empty staging table with the types of the real one; `sequence` is the order in the file."""
    types = _TYPES[table]
    columns = ", ".join(f"{name} {types.get(name, 'varchar')}" for name in TABLE_COLUMNS[table])
    con.execute(
        f"create or replace temp table {STAGING[table]} (sequence bigint, byte_start bigint, byte_end bigint, "
        f"source_line_number bigint, {columns}, row_sha varchar, line_warnings varchar, claim_key varchar)"
    )


def stage(con: Connection, table: str, rows: pa.Table, first_sequence: int) -> None:
    """Casts good text rows into the staging table. `rows` holds the canonical columns and those of `positions`."""
    if table == "claim_line":
        at = rows.column_names.index("line_warnings")
        rows = rows.set_column(at, "line_warnings", _with_npi_warning(rows))
    sequence = pa.array(np.arange(first_sequence, first_sequence + rows.num_rows))
    con.register("good_rows", rows.append_column("sequence", sequence))
    try:
        con.execute(_STATEMENTS[table])
    finally:
        con.unregister("good_rows")


def _with_npi_warning(rows: pa.Table) -> pa.ChunkedArray | pa.Array:
    warnings = rows["line_warnings"]
    billing, rendering = (rows[name].combine_chunks() for name in ("billing_provider_npi", "rendering_provider_npi"))
    doubtful = flags(billing, _is_doubtful) | flags(rendering, _is_doubtful)
    if not doubtful.any():
        return warnings
    warnings = warnings.cast(pa.string())
    marked = pc.binary_join_element_wise(warnings, "npi_check_digit", ";", null_handling="skip")
    return pc.if_else(pa.array(doubtful), marked, warnings)


def _is_doubtful(npi: str) -> bool:
    """Whether the check digit is wrong; values of rows that were set aside may still be among those asked about."""
    return bool(_TEN_DIGITS.fullmatch(npi)) and not has_check_digit(npi)


def _unify_time(values: pa.StringArray) -> pa.StringArray:
    # Wall-clock time as written: a zone or a fraction of a second says nothing about the session.
    return pc.replace_substring_regex(values, r"[Tt ](\d\d:\d\d(?::\d\d)?)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$", r" \1")


def _unify_diagnosis(values: pa.StringArray) -> pa.StringArray:
    return pc.replace_substring(pc.utf8_upper(values), ".", "")


def _unify_list(values: pa.StringArray) -> pa.StringArray:
    return pc.utf8_trim(pc.replace_substring_regex(values, r"\s*;\s*", ";"), ";")


def _unify_status(values: pa.StringArray) -> pa.StringArray:
    return pc.replace_substring_regex(pc.utf8_lower(values), r"[ -]", "_")


def _unify_elements(values: pa.StringArray) -> pa.StringArray:
    return pc.utf8_lower(_unify_list(values))


# How the distinct values of a column are spelled, whichever table it is of.
_SPELLINGS: Final[dict[str, Callable[[pa.StringArray], pa.StringArray]]] = {
    **dict.fromkeys(("procedure_code", *MODIFIER_COLUMNS, "unit_basis_code"), pc.utf8_upper),
    **dict.fromkeys(DIAGNOSIS_COLUMNS, _unify_diagnosis),
    **dict.fromkeys(("session_start_at", "session_end_at", "note_signed_at"), _unify_time),
    **dict.fromkeys(("facilitator_npis", "note_shingles"), _unify_list),
    "attendance_status": _unify_status,
    "treatment_plan_elements": _unify_elements,
}


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
