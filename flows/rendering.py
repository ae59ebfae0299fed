"""Brings the catalog of checks and the provenance to the reports, which know neither."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import tempfile
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from claims_audit.checking.catalog import read_catalog
from claims_audit.errors import ReviewRefusedError, StorageError
from claims_audit.home import Home
from claims_audit.project import ROOT
from claims_audit.publishing import Snapshot, newest_snapshot
from claims_audit.review.event import RecordedEvent
from claims_audit.review.log import ReviewLog
from claims_audit.review.standing import stored_events, stored_heads
from claims_audit.settings import Settings
from reports.content import build_report
from reports.management import build_management
from reports.page import write_management_page, write_page
from reports.pdf import print_pdf
from reports.profiles import INTERNAL, MANAGEMENT, Profile
from reports.snapshot import has_relation, open_snapshot
from reports.tables import write_findings_csv, write_findings_parquet
from reports.value import AuditReport, CheckInfo, Provenance
from reports.workbook import write_workbook


@dataclass(frozen=True, slots=True)
class Rendered:
    """Where the reports of a run are, and the figures that the closing table repeats."""

    page: Path
    dollars: dict[str, Decimal]
    findings_digest: str
    report: AuditReport


def render_reports(
    home: Home, run_id: str | None, settings: Settings, command: str, warnings: tuple[str, ...] = ()
) -> Rendered:
    """Writes page, workbook, CSV and Parquet of a published run and points `reports/latest` at them."""
    snapshot, report = build_run_report(home, settings, run_id, command, warnings)
    folder = home.report_folder(snapshot.run_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_profile(report, folder, INTERNAL)
    write_profile(report, folder, MANAGEMENT)
    write_workbook(report, folder / "report.xlsx")
    write_findings_csv(snapshot.path, snapshot.run_id, folder / "findings.csv")
    write_findings_parquet(snapshot.path, snapshot.run_id, folder / "findings.parquet")
    _point_latest(home, folder)
    money = report.totals.money
    dollars = {
        "overpayment": money.overpayment,
        "overpayment_weighted": report.totals.weighted_overpayment,
        "underpayment": money.underpayment,
        "underpayment_recoverable": report.totals.recoverable,
        "leads": money.leads,
    }
    return Rendered(folder / f"{INTERNAL.stem}.html", dollars, report.findings_digest, report)


def write_profile(report: AuditReport, folder: Path, profile: Profile, *, is_for_paper: bool = False) -> Path:
    """Writes the page of one profile into a folder."""
    page = folder / f"{profile.stem}.html"
    if profile.name == MANAGEMENT.name:
        write_management_page(build_management(report), page, is_for_paper=is_for_paper)
    else:
        write_page(report, page, profile, is_for_paper=is_for_paper)
    return page


def print_profile(report: AuditReport, folder: Path, profile: Profile, chromium: str) -> Path:
    """Writes the PDF of one profile into a folder, printed of the page for paper."""
    printed = folder / f"{profile.stem}.pdf"
    with tempfile.TemporaryDirectory(prefix=".paper-", dir=folder) as scratch:
        print_pdf(write_profile(report, Path(scratch), profile, is_for_paper=True), printed, chromium)
    return printed


def build_run_report(
    home: Home, settings: Settings, run_id: str | None, command: str, warnings: tuple[str, ...] = ()
) -> tuple[Snapshot, AuditReport]:
    """What the reports of a published run say, with what was decided up to now, and the snapshot that they are from."""
    snapshot = newest_snapshot(home, run_id)
    checks = [
        CheckInfo(
            check_id=check.check_id,
            rule=check.rule,
            title=check.title,
            family=check.family,
            severity=check.severity,
            rationale=check.rationale,
            reference=check.reference,
            sql=check.sql,
            marks=check.marks,
        )
        for check in read_catalog().checks
    ]
    report = build_report(
        snapshot.path,
        snapshot.run_id,
        checks=checks,
        provenance=_provenance(home, command, snapshot.path, warnings),
        reviewed=_reviewed(home, snapshot.path),
        today=settings.review_day,
    )
    return snapshot, report


def _reviewed(home: Home, snapshot: Path) -> list[RecordedEvent]:
    """What is on record now; where the log is not what it was, what was on record when the run published."""
    log = ReviewLog(home.review)
    with open_snapshot(snapshot) as con:
        stored = has_relation(con, "review_event")
        try:
            log.verify(stored_heads(con) if stored else [])
            return log.events()
        except (ReviewRefusedError, StorageError):
            return stored_events(con) if stored else []


def _provenance(home: Home, command: str, snapshot: Path, warnings: tuple[str, ...]) -> Provenance:
    with snapshot.open("rb") as stream:
        snapshot_sha = hashlib.file_digest(stream, "sha256").hexdigest()
    return Provenance(
        command=command,
        commit=_commit(),
        python_version=platform.python_version(),
        duckdb_version=duckdb.__version__,
        lock_sha=_sha(ROOT / "requirements.lock"),
        config_sha=_sha(home.path / "audit.toml") or _sha(ROOT / "audit.toml"),
        snapshot_sha=snapshot_sha,
        time_zone=time.strftime("%Z"),
        warnings=warnings,
    )


def _commit() -> str | None:
    """The commit of the checkout; None outside a checkout."""
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],  # noqa: S607
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return found.stdout.strip()


def _sha(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _point_latest(home: Home, folder: Path) -> None:
    latest = home.path / "reports" / "latest"
    part = latest.with_name(".latest.part")
    part.unlink(missing_ok=True)
    part.symlink_to(folder.name, target_is_directory=True)
    part.replace(latest)
