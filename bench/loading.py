"""The whole way of files into the warehouse of a fresh home: archive, reader, schemas, storing, lifecycle."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from checks.schemas import ROW_SCHEMAS
from claims_audit.home import Home
from claims_audit.intake.load import load_paths
from claims_audit.settings import Settings
from claims_audit.warehouse.database import open_warehouse
from claims_audit.warehouse.reference import load_reference


class Loaded(NamedTuple):
    """What `load_paths` took and what it brought in; making the home and its tables is not timed."""

    seconds: float
    records: int
    lines: int
    charge_cents: int


def load(paths: Sequence[Path]) -> Loaded:
    """Loads files into a home that is made for it and removed again."""
    settings = Settings()
    with tempfile.TemporaryDirectory(prefix="claims-audit-bench-") as folder:
        home = Home(Path(folder) / "home")
        home.create()
        with open_warehouse(home, settings) as con:
            load_reference(con, home, settings, ROW_SCHEMAS)
            start = time.perf_counter()
            reports = load_paths(con, paths, home, settings, ROW_SCHEMAS, "20240101T000000-bench0")
            seconds = time.perf_counter() - start
    return Loaded(
        seconds,
        sum(report.records_in for report in reports),
        sum(report.lines_in for report in reports),
        sum(report.charge_in_cents for report in reports),
    )
