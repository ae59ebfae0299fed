"""The canonical rows that every reader makes and every schema checks: column names, and what a reader may yield.

The columns of `claim_line` and `attendance` are also the header of the native CSV and Parquet input. The tables
themselves are in sql/ddl; the schemas that reject rows are in checks/schemas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

import pyarrow as pa

from claims_audit.coded import coded, empty

DIAGNOSIS_COLUMNS: Final = tuple(f"diagnosis_code_{n}" for n in range(1, 13))
MODIFIER_COLUMNS: Final = ("modifier_1", "modifier_2", "modifier_3", "modifier_4")

CLAIM_LINE_REQUIRED: Final = (
    "patient_control_number",
    "claim_line_number",
    "payer_id",
    "member_id",
    "billing_provider_npi",
    "rendering_provider_npi",
    "place_of_service_code",
    "date_of_service",
    "procedure_code",
    "service_units",
    "charge_amount",
)

CLAIM_LINE_COLUMNS: Final = (
    "patient_control_number",
    "claim_line_number",
    "claim_frequency_code",
    "payer_claim_control_number",
    "payer_id",
    "payer_name",
    "member_id",
    "subscriber_id",
    "relationship_code",
    "family_id",
    "billing_provider_npi",
    "rendering_provider_npi",
    "rendering_taxonomy_code",
    "supervising_provider_npi",
    "service_facility_npi",
    "place_of_service_code",
    "date_of_service",
    "date_of_service_through",
    "procedure_code",
    *MODIFIER_COLUMNS,
    "service_units",
    "unit_basis_code",
    "charge_amount",
    "allowed_amount",
    "paid_amount",
    *DIAGNOSIS_COLUMNS,
    "diagnosis_pointers",
    "prior_authorization_number",
    "line_control_number",
    "received_date",
    "session_id",
    "session_start_at",
    "session_end_at",
)

ATTENDANCE_REQUIRED: Final = ("session_id", "session_start_at", "member_id", "attendance_status", "facilitator_npis")

ATTENDANCE_COLUMNS: Final = (
    "session_id",
    "session_start_at",
    "session_end_at",
    "member_id",
    "family_id",
    "attendance_status",
    "facilitator_npis",
    "place_of_service_code",
    "documented_group_size",
    "group_focus",
    "note_signed_at",
    "note_similarity",
    "note_shingles",
    "treatment_plan_from",
    "treatment_plan_to",
    "treatment_plan_elements",
)

# One payment (835, ST to SE); `remittance_position` is the byte offset of its ST and ties the three tables together.
REMITTANCE_COLUMNS: Final = (
    "remittance_position",
    "payer_id",
    "payer_name",
    "payee_npi",
    "payee_tax_id",
    "trace_number",
    "payer_trace_id",
    "payment_method_code",
    "payment_date",
    "payment_amount",
    "claim_paid_amount",
    "provider_adjustment_amount",
    "claim_count",
    "balance_faults",
)

# One service (SVC) of one claim payment (CLP), or a CLP without any: its `remittance_line_number` is 0.
REMITTANCE_LINE_COLUMNS: Final = (
    "remittance_position",
    "remittance_claim_position",
    "remittance_line_number",
    "patient_control_number",
    "payer_claim_control_number",
    "original_payer_claim_control_number",
    "claim_status_code",
    "claim_frequency_code",
    "claim_filing_code",
    "claim_charge_amount",
    "claim_paid_amount",
    "claim_patient_amount",
    "claim_adjustments",
    "claim_remark_codes",
    "member_id",
    "rendering_provider_npi",
    "place_of_service_code",
    "line_control_number",
    "date_of_service",
    "date_of_service_through",
    "procedure_code",
    *MODIFIER_COLUMNS,
    "paid_procedure_code",
    "paid_modifiers",
    "service_units",
    "paid_units",
    "charge_amount",
    "allowed_amount",
    "paid_amount",
    "adjustments",
    "remark_codes",
)
REMITTANCE_LINE_REQUIRED: Final = (
    "remittance_position",
    "remittance_claim_position",
    "remittance_line_number",
    "patient_control_number",
    "claim_status_code",
    "charge_amount",
    "paid_amount",
)

# One adjustment of a payment that belongs to no claim (PLB).
PROVIDER_ADJUSTMENT_COLUMNS: Final = (
    "remittance_position",
    "provider_id",
    "fiscal_period_date",
    "adjustment_reason_code",
    "adjustment_reference",
    "adjustment_amount",
)

TABLE_COLUMNS: Final = {
    "claim_line": CLAIM_LINE_COLUMNS,
    "attendance": ATTENDANCE_COLUMNS,
    "remittance": REMITTANCE_COLUMNS,
    "remittance_line": REMITTANCE_LINE_COLUMNS,
    "provider_adjustment": PROVIDER_ADJUSTMENT_COLUMNS,
}
# What a CSV, Parquet or Excel export may hold; remittances come as X12 only.
TABLE_REQUIRED: Final = {"claim_line": CLAIM_LINE_REQUIRED, "attendance": ATTENDANCE_REQUIRED}

# Where a row came from and what the reader noticed; carried beside the canonical columns of a batch.
POSITION_COLUMNS: Final = ("byte_start", "byte_end", "source_line_number", "claim_position", "line_warnings")


class RejectKind(StrEnum):
    """What becomes of a range of the input that is not loaded."""

    QUARANTINED = "quarantined"  # claims that could not be read or that broke a schema
    OTHER_TRANSACTION = "other_transaction"  # a sound transaction of another kind: 837I, 835, 270 ...


class RowBatch:
    """Rows of one table, column by column, as text.

    There are all canonical columns of the table, and every one of `POSITION_COLUMNS`, all of one length. Canonical
    values are the text as found (trimmed; empty is None), dates as YYYY-MM-DD, timestamps as YYYY-MM-DD HH:MM[:SS],
    amounts as plain decimals. `byte_start` and `byte_end` (half open, in the uncompressed file) and
    `source_line_number` (first line is 1; None for X12) are integers. `claim_position` tells two claims of one file
    apart where the file itself does (X12: the byte offset of the CLM segment), else None. `line_warnings` is a
    `;`-joined list of warning codes, or None.

    Readers that go line by line give lists. Those that take many lines at once give Arrow arrays, text coded as in
    coded.py, and may leave out columns that are empty.
    """

    __slots__ = ("_arrays", "_length", "_lists", "table")

    def __init__(self, table: str, columns: dict[str, list[object]]) -> None:
        self.table = table
        self._lists: dict[str, list[object]] | None = columns
        self._arrays: Mapping[str, pa.Array] = {}
        self._length = len(columns["byte_start"])

    @classmethod
    def of_arrays(cls, table: str, arrays: Mapping[str, pa.Array]) -> RowBatch:
        """A batch of columns that are arrays."""
        batch = cls(table, {"byte_start": []})
        batch._lists, batch._arrays, batch._length = None, arrays, len(arrays["byte_start"])
        return batch

    @property
    def columns(self) -> dict[str, list[object]]:
        """Every column as a list; made at the first call where the reader gave arrays."""
        if self._lists is None:
            names = (*TABLE_COLUMNS[self.table], *POSITION_COLUMNS)
            self._lists = {
                name: self._arrays[name].to_pylist() if name in self._arrays else [None] * self._length
                for name in names
            }
        return self._lists

    def text(self, name: str) -> pa.DictionaryArray:
        """A column of text, coded."""
        if name in self._arrays:
            return self._arrays[name]
        return coded(self._lists[name]) if self._lists is not None else empty(self._length)

    def numbers(self, name: str) -> pa.Int64Array:
        """A column of integers."""
        if name in self._arrays:
            return self._arrays[name]
        return (
            pa.array(self._lists[name], pa.int64()) if self._lists is not None else pa.nulls(self._length, pa.int64())
        )

    def value(self, name: str, row: int) -> object:
        """One cell."""
        if name in self._arrays:
            return self._arrays[name][row].as_py()
        return self._lists[name][row] if self._lists is not None else None

    def __len__(self) -> int:
        return self._length


@dataclass(frozen=True, slots=True)
class RejectedRange:
    """A stretch of the input that is set aside, so that it can be cut out of the archived file again.

    Carries positions, a reason code and a sentence about the reason, never a value from the input.
    `line_count` and `charge_cents` are the service lines inside the range and the sum of their charges.
    """

    table: str
    byte_start: int
    byte_end: int
    reason_code: str
    reason: str
    kind: RejectKind = RejectKind.QUARANTINED
    source_line_number: int | None = None
    segment_code: str | None = None
    column_name: str | None = None
    line_count: int = 0
    charge_cents: int = 0


@dataclass(slots=True)
class FileTotals:
    """What the reader counted on its own while it went through the file: the left side of the reconciliation.

    `lines_in` counts service lines (SV1 and its kin in X12, data rows in CSV and Parquet) wherever they stood;
    `charge_in_cents` sums what of their charges could be read as money. `records_in` counts what the format is made
    of: segments, rows, resources or events. `header` is that of a table with columns, as delivered; empty otherwise.
    `segment_counts` is for X12 (ISA, GS, ST, CLM, SV1 ...) and FHIR (resources by type). `warnings` maps a warning code
    to how often it was seen in the file (SE01 that miscounts, and the like).
    """

    lines_in: int = 0
    charge_in_cents: int = 0
    records_in: int = 0
    header: tuple[str, ...] = ()
    segment_counts: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)

    def warn(self, code: str, times: int = 1) -> None:
        """Counts a warning about the file."""
        self.warnings[code] = self.warnings.get(code, 0) + times
