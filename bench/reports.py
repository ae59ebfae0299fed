"""`make bench-reports`: times and sizes of the reports at 1,000, 10,000 and 100,000 findings.

Writes docs/performance_reports.json and .md. The target of the page is 5 MB and 2 seconds until it is of use, at
100,000 findings; the command ends with status 1 beyond it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, TypeVar

from bench.many_findings import RUN_ID, make_snapshot
from bench.results import describe_machine
from claims_audit.checking.catalog import read_catalog
from claims_audit.project import ROOT
from reports.content import AuditReport, CheckInfo, Provenance, build_report
from reports.management import build_management
from reports.page import write_management_page, write_page
from reports.tables import write_findings_csv
from reports.workbook import write_workbook

SIZES: Final = (1_000, 10_000, 100_000)
MOST_BYTES: Final = 5_000_000
MOST_SECONDS: Final = 2.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds and bytes at one number of findings; the last three are those of the page in Chromium."""

    findings: int
    content_seconds: float
    page_seconds: float
    page_bytes: int
    workbook_seconds: float
    workbook_bytes: int
    csv_seconds: float
    management_seconds: float
    usable_seconds: float
    filter_seconds: float
    sort_seconds: float


def main(arguments: list[str] | None = None) -> None:
    """Measures each size, writes the files for docs/ and holds the largest page to its target."""
    parser = argparse.ArgumentParser(prog="python -m bench.reports", description="Times and sizes of the reports.")
    parser.add_argument("--browser", type=Path, required=True, help="Python with playwright")
    parser.add_argument("--chromium", required=True)
    parser.add_argument("--output", type=Path, default=ROOT / "docs")
    options = parser.parse_args(arguments)
    measured = [measure(count, options.browser, options.chromium) for count in SIZES]
    table = as_markdown(measured)
    stem = options.output / "performance_reports"
    stem.with_suffix(".json").write_text(
        json.dumps({"machine": describe_machine(), "reports": [asdict(one) for one in measured]}, indent=2) + "\n",
        encoding="utf-8",
    )
    stem.with_suffix(".md").write_text(table, encoding="utf-8")
    print(table)
    largest = measured[-1]
    if largest.page_bytes > MOST_BYTES or largest.usable_seconds > MOST_SECONDS:
        sys.exit(f"At {largest.findings:,} findings the page is beyond 5 MB or 2 seconds.")


def measure(count: int, browser: Path, chromium: str) -> Measured:
    """Builds and writes the reports of so many findings, and opens the page."""
    with tempfile.TemporaryDirectory(prefix="claims-audit-bench-") as name:
        folder = Path(name)
        snapshot = make_snapshot(folder / "snapshot.duckdb", count)
        report, content_seconds = _timed(lambda: _build(snapshot))
        # The library that draws takes a second to load, once, whatever there is to draw.
        write_page(report, folder / "warm.html")
        _, page_seconds = _timed(lambda: write_page(report, folder / "report.html"))
        _, workbook_seconds = _timed(lambda: write_workbook(report, folder / "report.xlsx"))
        _, csv_seconds = _timed(lambda: write_findings_csv(snapshot, RUN_ID, folder / "findings.csv"))
        _, management_seconds = _timed(
            lambda: write_management_page(build_management(report), folder / "management.html")
        )
        answer = subprocess.run(
            [str(browser), "-m", "bench.page_time", str(folder / "report.html"), chromium],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        )
        seen = json.loads(answer.stdout)
        return Measured(
            findings=count,
            content_seconds=content_seconds,
            page_seconds=page_seconds,
            page_bytes=(folder / "report.html").stat().st_size,
            workbook_seconds=workbook_seconds,
            workbook_bytes=(folder / "report.xlsx").stat().st_size,
            csv_seconds=csv_seconds,
            management_seconds=management_seconds,
            usable_seconds=seen["usable"],
            filter_seconds=seen["filter"],
            sort_seconds=seen["sort"],
        )


def as_markdown(measured: list[Measured]) -> str:
    """The table for docs/."""
    heads = [f"{one.findings:,}" for one in measured]
    rows: list[tuple[str, Callable[[Measured], str]]] = [
        ("reading the snapshot, s", lambda one: f"{one.content_seconds:.2f}"),
        ("writing the page, s", lambda one: f"{one.page_seconds:.2f}"),
        ("the page, MB", lambda one: f"{one.page_bytes / 1e6:.2f}"),
        ("the page in Chromium until it is of use, s", lambda one: f"{one.usable_seconds:.2f}"),
        ("a search of all findings, s", lambda one: f"{one.filter_seconds:.2f}"),
        ("a sort of what was found, s", lambda one: f"{one.sort_seconds:.2f}"),
        ("writing the workbook, s", lambda one: f"{one.workbook_seconds:.2f}"),
        ("the workbook, MB", lambda one: f"{one.workbook_bytes / 1e6:.2f}"),
        ("writing the CSV, s", lambda one: f"{one.csv_seconds:.2f}"),
        ("hiding small counts and writing the page of management, s", lambda one: f"{one.management_seconds:.2f}"),
    ]
    lines = [
        "# Reports: times and sizes",
        "",
        f"Made by `make bench-reports` on {describe_machine()}. Six claim lines stand behind each finding. Times vary "
        "from machine to machine and run to run; the target is a page of 5 MB at most that is of use within 2 seconds, "
        "at 100,000 findings.",
        "",
        f"| findings | {' | '.join(heads)} |",
        f"| --- | {' | '.join('---:' for _ in heads)} |",
        *(f"| {name} | {' | '.join(value(one) for one in measured)} |" for name, value in rows),
    ]
    return "\n".join(lines) + "\n"


def _build(snapshot: Path) -> AuditReport:
    checks = [
        CheckInfo(
            check.check_id,
            check.rule,
            check.title,
            check.family,
            check.severity,
            check.rationale,
            check.reference,
            check.sql,
            check.marks,
        )
        for check in read_catalog().checks
    ]
    return build_report(snapshot, RUN_ID, checks=checks, provenance=Provenance(command="bench"))


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    done = work()
    return done, time.perf_counter() - started


if __name__ == "__main__":
    main()
