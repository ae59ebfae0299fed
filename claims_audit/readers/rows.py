"""Which table a header belongs to, and what is wrong with it; shared by the CSV and the Parquet reader."""

from __future__ import annotations

from collections.abc import Sequence

from claims_audit.model import TABLE_COLUMNS, TABLE_REQUIRED


def table_of(header: Sequence[str]) -> str | None:
    """The table whose required columns the header has most of; None if it has hardly any of either."""
    names = set(header)
    shares = {table: len(names & set(required)) / len(required) for table, required in TABLE_REQUIRED.items()}
    best = max(shares, key=lambda table: shares[table])
    return best if shares[best] >= 0.5 else None


def header_faults(table: str, header: Sequence[str]) -> str:
    """What keeps a header from being read as that table, as one sentence with the remedy; empty if nothing does."""
    known, required = TABLE_COLUMNS[table], TABLE_REQUIRED[table]
    missing = [name for name in required if name not in header]
    unknown = [name or "(empty)" for name in dict.fromkeys(header) if name not in known]
    repeated = [name for name in dict.fromkeys(header) if header.count(name) > 1]
    faults = [
        f"{label} {', '.join(names)}"
        for label, names in (("lacks columns", missing), ("unknown columns", unknown), ("repeated columns", repeated))
        if names
    ]
    if not faults:
        return ""
    return f"as {table}: {'; '.join(faults)}. The native column names are in docs/input_files.md"
