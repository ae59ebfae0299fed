"""Lists of the practice's own, as CSV or XLSX with our column names: contract fees, clinicians, coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.inputs.source_file import SourceFile
from claims_audit.readers.tables.workbook import is_workbook
from claims_audit.reference.cells import read_rows, unit_of
from claims_audit.reference.faults import Faults
from claims_audit.reference.incoming import Incoming, hold_rows
from claims_audit.reference.kinds import Kind
from claims_audit.rejecting import RejectsRows
from claims_audit.warehouse.database import Connection


@dataclass(frozen=True, slots=True)
class _Layout:
    schema: str
    required: tuple[str, ...]
    optional: tuple[str, ...]
    first_day: str

    @property
    def columns(self) -> tuple[str, ...]:
        return self.required + self.optional


_LAYOUTS: Final = {
    Kind.CONTRACT_FEES: _Layout(
        "contract_fee",
        ("payer_id", "procedure_code", "fee_amount"),
        ("modifier_code", "place_of_service_code", "taxonomy_code", "eff_from", "eff_to"),
        "eff_from",
    ),
    Kind.PROVIDERS: _Layout(
        "provider_enrolment",
        ("rendering_provider_npi",),
        (
            *("payer_id", "taxonomy_code", "enrolled_from", "enrolled_to", "excluded_from", "excluded_to"),
            *("is_supervisee", "supervising_provider_npi"),
        ),
        "enrolled_from",
    ),
    Kind.ELIGIBILITY: _Layout(
        "eligibility",
        ("member_id", "payer_id", "coverage_from"),
        ("coverage_to", "coverage_order", "prior_authorization_number", "procedure_code", "authorized_units"),
        "coverage_from",
    ),
}
_MIDNIGHT: Final = " 00:00:00"


def read_own(con: Connection, source: SourceFile, kind: Kind, schemas: Mapping[str, RejectsRows]) -> Incoming:
    """Reads a list and all of its faults. Raises UnreadableFileError for its columns, RefusedTableError for rows."""
    layout = _LAYOUTS[kind]
    lines, frame = _read(source, layout, kind)
    faults = Faults(source.name, unit_of(source))
    for fault in sorted(schemas[layout.schema].faults(frame), key=lambda fault: fault.row):
        faults.add(lines[fault.row], f"{fault.column} {fault.reason}".strip())
    faults.raise_any("mend the rows and load the file again")
    incoming = Incoming()
    rows = list(frame.astype(object).where(frame.notna(), None).itertuples(index=False, name=None))
    if kind is Kind.ELIGIBILITY:
        _hold_eligibility(con, incoming, layout.columns, rows)
    else:
        table = "contract_fee" if kind is Kind.CONTRACT_FEES else "provider_enrolment"
        hold_rows(con, incoming, table, layout.columns, rows)
    days = frame[layout.first_day].dropna()
    incoming.first_day = date.fromisoformat(days.min()) if len(days) == len(frame) else None
    return incoming


def _hold_eligibility(
    con: Connection, incoming: Incoming, columns: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    """A row with the number of an authorization is one; its coverage_from and coverage_to are the span of that."""
    at = {name: columns.index(name) for name in columns}
    number = at["prior_authorization_number"]
    spans = ("member_id", "payer_id", "coverage_from", "coverage_to", "coverage_order")
    taken = ("member_id", "payer_id", "prior_authorization_number", "procedure_code")
    dated = ("coverage_from", "coverage_to", "authorized_units")
    hold_rows(
        con,
        incoming,
        "coverage_span",
        spans,
        [tuple(row[at[name]] for name in spans) for row in rows if row[number] is None],
    )
    hold_rows(
        con,
        incoming,
        "service_authorization",
        (*taken, "authorized_from", "authorized_to", "authorized_units"),
        [tuple(row[at[name]] for name in (*taken, *dated)) for row in rows if row[number] is not None],
    )


def _read(source: SourceFile, layout: _Layout, kind: Kind) -> tuple[list[int], pd.DataFrame]:
    rows = read_rows(source)
    _, named = next(rows, (0, []))
    header = [name.lower() for name in named]
    while header and not header[-1]:  # a sheet may be wider than its table
        header.pop()
    missing = [name for name in layout.required if name not in header]
    unknown = [name or "(without a name)" for name in header if name not in layout.columns]
    repeated = sorted({name for name in header if header.count(name) > 1})
    told = [
        f"{label} {', '.join(names[:20])}"
        for label, names in (("lacks columns", missing), ("unknown columns", unknown), ("repeated columns", repeated))
        if names
    ]
    if told:
        raise UnreadableFileError(
            f"{source.name}: as {kind}: {'; '.join(told)}; nothing was loaded. The columns are in "
            "docs/reference_data.md"
        )
    lines: list[int] = []
    cells: list[list[str | None]] = []
    faults = Faults(source.name, unit_of(source))
    is_sheet = is_workbook(source.path)
    for line, row in rows:
        if len(row) < len(header) or (not is_sheet and len(row) > len(header)) or any(row[len(header) :]):
            faults.add(line, f"has {len(row)} cells, the header has {len(header)}")
            continue
        lines.append(line)
        cells.append([cell.removesuffix(_MIDNIGHT) or None for cell in row[: len(header)]])
    faults.raise_any("mend the rows and load the file again")
    if not lines:
        raise UnreadableFileError(f"{source.name}: has a header and no rows; nothing was loaded")
    columns = dict(zip(header, zip(*cells, strict=True), strict=True))
    empty = [None] * len(lines)
    return lines, pd.DataFrame(
        {name: pd.Series(list(columns.get(name, empty)), dtype="str") for name in layout.columns}
    )
