"""One audit, watched: `python -m bench.smoke_child HOME` tells the rows that it scanned and passed on, and its peak."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.memory import peak_bytes
from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.run import run_checks
from claims_audit.checking.selection import select_checks
from claims_audit.home import Home
from claims_audit.settings import read_settings
from claims_audit.warehouse.database import Connection, open_scratch


class WatchedConnection:
    """A connection that adds up, over all statements, what the profile of DuckDB says."""

    def __init__(self, con: Connection) -> None:
        self._con = con
        self.scanned_rows = 0  # read from tables
        self.passed_rows = 0  # handed on by every operator: what joins blow up shows here
        self._is_open = False
        con.execute("pragma enable_profiling = 'no_output'")
        con.execute("set profiling_coverage = 'ALL'")

    def execute(self, *arguments: Any) -> Connection:
        """As the connection does."""
        self.collect()
        self._is_open = True
        return self._con.execute(*arguments)

    def collect(self) -> None:
        """Adds the statement before: its profile is whole when its rows have been fetched."""
        if not self._is_open:
            return
        self._is_open = False
        told = json.loads(self._con.get_profiling_information(format="json") or "{}")
        for operator in _operators(told.get("operator", [])):
            self.scanned_rows += operator.get("rows_scanned", 0)
            self.passed_rows += operator.get("intermediate_rows", 0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)


def _operators(several: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for one in several:
        yield one
        yield from _operators(one.get("children", []))


def watch_audit(home: Home) -> dict[str, int]:
    """The audit with the packs of the home's settings."""
    catalog, settings = read_catalog(), read_settings(home.path)
    with open_scratch(home, settings, is_confined=False) as con:
        watched: Any = WatchedConnection(con)
        run = run_checks(watched, catalog, select_checks(catalog, settings.packs, settings.thresholds))
        watched.collect()
        return {
            "scanned_rows": watched.scanned_rows,
            "passed_rows": watched.passed_rows,
            "findings": len(run.findings),
            "peak_bytes": peak_bytes(),
        }


if __name__ == "__main__":
    print(json.dumps(watch_audit(Home(Path(sys.argv[1])))))
