"""Which snapshots stay: the last nights, the last of each month, and those that somebody's papers rest on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from claims_audit.errors import StorageError
from claims_audit.home import Home
from claims_audit.publishing import newest_snapshot


def prune_snapshots(home: Home, nightly: int, monthly: int) -> list[str]:
    """Removes the old snapshots; returns the names of those removed."""
    removed = old_snapshots(home, nightly, monthly)
    for path in removed:
        path.unlink(missing_ok=True)
    return [path.name for path in removed]


def old_snapshots(home: Home, nightly: int, monthly: int) -> list[Path]:
    """Snapshots that are none of the `nightly` newest, nor the newest of one of the `monthly` newest months.

    The oldest come first. That of the pointer and those that papers cite are not among them, whatever their age.
    Raises StorageError if a receipt cannot be read: what it cites is not known then.
    """
    paths = sorted(home.snapshots.glob("*.duckdb"))
    # Names begin with the UTC time of the run, so that the last of a month is the last in order.
    by_month = {path.stem[:6]: path for path in paths}
    last_of_months = sorted(by_month.values())[-monthly:] if monthly > 0 else []
    kept = {newest_snapshot(home).path, *paths[-max(nightly, 1) :], *last_of_months}
    old = [path for path in paths if path not in kept]
    if not old:
        return []
    cited = set(_cited_runs(home))
    return [path for path in old if path.stem not in cited]


def _cited_runs(home: Home) -> Iterator[str]:
    """Runs of which somebody has made papers: a report for counsel, a PDF, or decisions in a work-paper.

    What every night writes by itself is no such paper.
    """
    for pattern in ("reports/*/report-counsel.html", "reports/*/*.pdf"):
        yield from (path.parent.name for path in home.path.glob(pattern))
    for path in sorted(home.path.glob("receipts/*.json")):
        try:
            receipt = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StorageError(f"receipts/{path.name}: cannot be read ({type(error).__name__})") from None
        if isinstance(receipt, dict) and isinstance(receipt.get("run_id"), str):
            yield receipt["run_id"]
