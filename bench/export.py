"""Exports a history as Parquet: the one input of all peers of the checks."""

from __future__ import annotations

from pathlib import Path

from bench.reference_checks import LINE_COLUMNS, lines_path, superseded_path
from claims_audit.home import Home
from claims_audit.settings import read_settings
from claims_audit.warehouse.database import open_scratch


def export_history(home: Home, folder: Path) -> None:
    """Writes two files into `folder`; see reference_checks.py for what is in them."""
    folder.mkdir(parents=True, exist_ok=True)
    with open_scratch(home, read_settings(home.path), beside=folder) as con:
        for query, path in (
            (f"select {', '.join(LINE_COLUMNS)} from claim_line", lines_path(folder)),
            ("select claim_line_id from superseded_line", superseded_path(folder)),
        ):
            con.execute(f"copy ({query}) to '{path}' (format parquet, compression zstd)")
