"""claims-audit work-papers export | import: decisions in a workbook, there and back."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from claims_audit.errors import ExitCode, NoInputError, ReviewRefusedError
from flows.environment import prepare
from flows.findings_command import Direction, Severity
from flows.options import HOME, AsJson, Config, HomeFolder
from flows.review_command import Reviewer, ReviewState

if TYPE_CHECKING:
    from claims_audit.home import Home
    from claims_audit.review.event import RecordedEvent
    from reports.work_paper_changes import PaperChanges

work_papers_app = App(name="work-papers", help="export: a workbook to decide in; import: what was decided in it.")

_SHOWN_FAULTS = 20


@work_papers_app.command(name="export")
def export_papers(
    file: Path,
    *,
    home: HomeFolder = HOME,
    run: Annotated[str | None, Parameter(name="--run", help="Run whose findings are wanted; else the newest.")] = None,
    check: Annotated[list[str] | None, Parameter(help="Only of this check; may be repeated.", negative="")] = None,
    severity: Annotated[
        list[Severity] | None, Parameter(help="Only of this one; may be repeated.", negative="")
    ] = None,
    direction: Annotated[
        list[Direction] | None, Parameter(help="Only in this direction; may be repeated.", negative="")
    ] = None,
    state: Annotated[
        list[ReviewState] | None, Parameter(help="Only where the review stands so; may be repeated.", negative="")
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Writes FILE.xlsx: findings with their evidence, and cells for disposition, correct code and amount, refund."""
    from dataclasses import replace

    from claims_audit.checking.catalog import read_catalog
    from flows.console import print_json
    from flows.rendering import build_run_report
    from reports.work_papers import Export, write_work_papers

    place = home.absolute()
    prepare(place)
    for check_id in check or []:
        read_catalog().check(check_id)
    _, report = build_run_report(*_home_and_settings(place, config), run, "claims-audit work-papers export")
    chosen = tuple(
        found
        for found in report.findings
        if (not check or found.check_id in check)
        and (not severity or found.severity in severity)
        and (not direction or found.direction in direction)
        and (not state or found.review_state in state)
    )
    words = [
        f"{name} {', '.join(values)}"
        for name, values in (("check", check), ("severity", severity), ("direction", direction), ("review", state))
        if values
    ]
    left_out = report.findings_left_out
    export = Export(datetime.now(UTC).replace(tzinfo=None), "; ".join(words) or "all", left_out)
    count = write_work_papers(replace(report, findings=chosen), file, export)
    if as_json:
        print_json(
            {"file": str(file), "run_id": report.run.run_id, "findings": count, "left_out": report.findings_left_out}
        )
    else:
        sys.stdout.write(f"{count:,} findings of run {report.run.run_id}: {file}\n")
        if left_out:
            sys.stdout.write(f"{left_out:,} of the run are left out, the least pressing\n")
    return int(ExitCode.DONE)


@work_papers_app.command(name="import")
def import_papers(
    file: Path,
    *,
    apply: Annotated[bool, Parameter(negative="", help="Puts it on record; without it you see what would be.")] = False,
    reviewer: Reviewer = None,
    home: HomeFolder = HOME,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Shows what FILE.xlsx would put on record, and with --apply does it: all rows, or none. A receipt is written."""
    from claims_audit.publishing import newest_snapshot
    from claims_audit.review.finding_list import list_findings
    from claims_audit.review.log import Head, ReviewLog
    from claims_audit.review.standing import stored_heads
    from flows.console import print_json
    from flows.rendering import build_run_report
    from flows.review_tables import show_paper_changes
    from reports.snapshot import has_relation, open_snapshot
    from reports.work_paper_changes import find_changes
    from reports.work_paper_reading import read_work_papers

    place = home.absolute()
    prepare(place)
    if not file.is_file():
        raise NoInputError(f"{file}: is not there; name the workbook that `work-papers export` has written")
    the_home, settings = _home_and_settings(place, config)
    papers = read_work_papers(file)
    log = ReviewLog(the_home.review)
    exported_at = [Head(papers.log_events, papers.log_head)] if papers.log_events else []
    with open_snapshot(newest_snapshot(the_home).path) as con:
        before = log.verify([*(stored_heads(con) if has_relation(con, "review_event") else []), *exported_at])
        findings = list_findings(con, log.events(), settings.review_day)
    _, exported = build_run_report(the_home, settings, papers.run_id, "claims-audit work-papers import")
    changes = find_changes(papers, exported, findings, log.events(), reviewer=reviewer, today=settings.review_day)
    if changes.faults:
        raise ReviewRefusedError(_faults_text(file, changes))
    recorded: list[RecordedEvent] = []
    receipt: Path | None = None
    if apply and changes.events:
        recorded = log.append(changes.events, today=settings.review_day, expected=changes.expected)
        receipt = _write_receipt(the_home, file, papers.run_id, before.events, recorded)
    if as_json:
        print_json(
            {
                "file": str(file),
                "run_id": papers.run_id,
                "rows": changes.rows,
                "applied": bool(apply),
                "decisions": len(changes.events),
                "changes": [asdict(change) for change in changes.changes],
                "receipt": str(receipt) if receipt else None,
            }
        )
    else:
        show_paper_changes(changes, receipt, is_applied=apply)
    return int(ExitCode.DONE)


def _home_and_settings(place: Path, config: Path | None) -> tuple[Home, Any]:
    from claims_audit.home import Home
    from claims_audit.settings import read_settings

    return Home(place), read_settings(place, config)


def _faults_text(file: Path, changes: PaperChanges) -> str:
    more = len(changes.faults) - _SHOWN_FAULTS
    told = "\n".join(f"  {fault}" for fault in changes.faults[:_SHOWN_FAULTS])
    return f"{file}: {len(changes.faults):,} faults; nothing was put on record\n{told}" + (
        f"\n  ... and {more:,} more" if more > 0 else ""
    )


def _write_receipt(home: Home, file: Path, run_id: str, before: int, recorded: list[RecordedEvent]) -> Path:
    from claims_audit.proof.sealing import seal_again
    from claims_audit.publishing import write_atomically

    path = home.path / "receipts" / f"work-papers-{recorded[0].seq:08}-{recorded[-1].seq:08}.json"
    told = {
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "run_id": run_id,
        "imported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "log_events_before": before,
        "log_events_after": recorded[-1].seq,
        "log_head": recorded[-1].event_hash,
        "events": [
            {
                "seq": event.seq,
                "event_id": event.event_id,
                "finding_id": event.subject_id,
                "version": event.version,
                "disposition": event.details["disposition"],
                "reviewer": event.reviewer,
                "event_hash": event.event_hash,
            }
            for event in recorded
        ],
    }
    write_atomically(path, json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    seal_again(home, [path])
    return path
