"""The steps of a night as plain functions: each opens what it needs, does one thing and closes it again.

tasks.py wraps them for Prefect, the command line calls some of them alone. They know the schemas, the gate and the
reports, which the machinery in claims_audit does not.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from claims_audit.alarms.events import RunLog
from claims_audit.alarms.pings import Pings
from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.query_file import SEVERITIES
from claims_audit.checking.rules import record_rules
from claims_audit.checking.run import run_checks
from claims_audit.checking.selection import select_checks
from claims_audit.errors import (
    ExitCode,
    GateFailedError,
    LockedError,
    NoInputError,
    ProofError,
    ReviewRefusedError,
    StorageError,
    exit_code_of,
    telling,
)
from claims_audit.findings.finding import CheckResult, CheckStatus
from claims_audit.findings.months import months_audited_before
from claims_audit.findings.rows import FindingFolder
from claims_audit.findings.store import forget_unpublished, record_findings
from claims_audit.home import Home, new_run_id
from claims_audit.intake.load import accept_pending, load_inputs, withdraw_pending
from claims_audit.intake.report import FileReport
from claims_audit.intake.set_aside import write_list
from claims_audit.project import VERSION
from claims_audit.proof.chain import Chain
from claims_audit.proof.sealing import seal_again, seal_removal, seal_unsealed
from claims_audit.publishing import Snapshot, last_published, publish
from claims_audit.readers.inputs.source import find_inputs, shown_place
from claims_audit.readers.tables.profile import Profile
from claims_audit.retention import old_snapshots, prune_snapshots
from claims_audit.review.log import Head, ReviewLog
from claims_audit.review.standing import store_standing, stored_heads
from claims_audit.safeguards.native import require_native
from claims_audit.settings import Settings
from claims_audit.warehouse.database import first_row, open_scratch, open_warehouse
from claims_audit.warehouse.reference import load_reference
from flows.manifest import write_manifest
from flows.watch import begin_watch, end_watch, open_log, tell_of_no_home


@dataclass(slots=True)
class Night:
    """One run: where it works, what it was told, and what has come of it so far."""

    home: Home
    settings: Settings
    inbox: Sequence[str | Path]  # paths, `-` for standard input, or URLs
    command: str
    run_id: str = field(default_factory=new_run_id)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    tell: Callable[[str], None] = lambda _: None
    is_full: bool = False  # audits every month again, also those that nothing has changed in
    profile: Profile | None = None  # how to read tables; None: native columns, or whatever profile fits
    files: list[FileReport] = field(default_factory=list)
    gate: list[dict[str, str]] = field(default_factory=list)
    results: list[CheckResult] = field(default_factory=list)
    states: dict[str, int] = field(default_factory=dict)
    months_audited: int = 0
    months_kept: int = 0  # nothing has changed in them since the audit before
    stage_seconds: dict[str, float] = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)  # snapshots that were too old
    chain_head: str = ""  # of the chain of hashes, before the run adds to it
    is_chain_broken: bool | None = None  # None: not looked at
    is_log_broken: bool = False  # the log of the review
    notices: list[str] = field(default_factory=list)  # about the run itself; files and gate speak for themselves
    warnings: list[str] = field(default_factory=list)
    snapshot: Path | None = None
    report: Path | None = None
    dollars: dict[str, Decimal] = field(default_factory=dict)
    findings_digest: str = ""
    policy_sha: str = ""
    review_head: Head | None = None  # how far the log of the review had come; None if it could not be read
    exit_code: ExitCode = ExitCode.DONE
    error: str = ""
    log: RunLog = field(default_factory=RunLog)
    pings: Pings | None = None
    crashed_runs: int | None = None  # earlier ones that this run has found dead
    notifications: list[dict[str, object]] = field(default_factory=list)
    alarms: list[dict[str, str]] = field(default_factory=list)  # those that are open after the run

    def conclude(self) -> ExitCode:
        """The exit code of a run that got to its end."""
        self.warnings = list(self.notices)
        errored = [result.check_id for result in self.results if result.status is CheckStatus.ERRORED]
        if errored:
            self.warnings.append(f"checks that failed: {', '.join(errored)}")
        for report in self.files:
            self.warnings += report.alerts
        for values in self.gate:
            if values["status_code"] != "passed":
                self.warnings.append(f"gate: {values['expectation']}: {values['observed']}")
        self.exit_code = ExitCode.DONE_WITH_WARNINGS if self.warnings else ExitCode.DONE
        return self.exit_code


@contextmanager
def hold_home(night: Night) -> Iterator[None]:
    """Holds the home for the run and leaves run.json behind, however the run ends."""
    begin_watch(night)
    require_native(night.settings.encryption)
    is_ours = False
    try:
        night.home.create()
        with night.home.lock(f"{night.command} {night.run_id}"):
            is_ours, ended_by = True, None
            _seal_late(night)
            open_log(night)
            try:
                _open_run(night)
                yield
            except BaseException as error:
                ended_by = error
                night.exit_code, night.error = exit_code_of(error), telling(error)
                _close_run(night, "gate_failed" if isinstance(error, GateFailedError) else "failed")
                raise
            finally:
                try:
                    end_watch(night, ended_by)
                finally:
                    write_manifest(night)
                    _seal(night)
    except (LockedError, StorageError) as error:
        if not is_ours:
            # The home is not ours or cannot be made: there is no place for a run.json.
            night.exit_code, night.error = error.exit_code, str(error)
            tell_of_no_home(night, error)
        raise


def load_delivery(night: Night) -> list[FileReport]:
    """Loads what lies in the inbox, one transaction a file."""
    from checks.schemas import ROW_SCHEMAS

    limit = night.settings.load_memory_limit
    with _timed(night, "load"), open_warehouse(night.home, night.settings, memory_limit=limit) as con:
        inputs = find_inputs(night.inbox, night.settings.storage)
        if not inputs:
            if not first_row(con, "select 1 from delivered_file limit 1"):
                raise NoInputError(
                    f"{', '.join(map(shown_place, night.inbox))}: no files to load, and none were loaded before"
                )
            night.notices.append("the inbox is empty; what was loaded before is audited again")
        night.files = load_inputs(
            con, inputs, night.home, night.settings, ROW_SCHEMAS, night.run_id, night.tell, night.profile
        )
        write_list(con, night.home, night.run_id)
        night.log.tell(
            "delivery_loaded",
            files=len(night.files),
            files_refused=sum(report.status == "refused" for report in night.files),
            lines_in=sum(report.lines_in for report in night.files),
            lines_loaded=sum(report.lines["loaded"] for report in night.files),
            lines_quarantined=sum(report.lines["quarantined"] for report in night.files),
        )
        if night.files and all(report.status == "refused" for report in night.files):
            reasons = "; ".join(report.reason for report in night.files[:3])
            raise NoInputError(f"none of the {len(night.files)} files could be read: {reasons}")
    return night.files


def pass_gate(night: Night) -> None:
    """Judges the delivery. Raises GateFailedError after taking the delivery out of the warehouse again."""
    from checks.expectations.intake import IntakeLimits, run_intake_gate

    limits = night.settings.gate
    night.tell("intake gate")
    with _timed(night, "gate"):
        outcome = run_intake_gate(
            night.home.warehouse,
            today=night.settings.audit_day,
            limits=IntakeLimits(
                max_quarantined_share=limits.max_quarantined_share,
                max_small_share=limits.max_small_share,
                small_delivery_lines=limits.small_delivery_lines,
                volume_low=limits.volume_low,
                volume_high=limits.volume_high,
            ),
        )
        night.gate = [
            {
                "gate": outcome.gate,
                "expectation": result.expectation,
                "severity": result.severity,
                "status_code": result.status_code,
                "observed": result.observed,
                "expected": result.expected,
            }
            for result in outcome.results
        ]
        night.log.tell(
            "gate_judged",
            status="passed" if outcome.passed else "failed",
            checks=len(night.gate),
            warnings=sum(values["status_code"] != "passed" for values in night.gate),
        )
        with open_warehouse(night.home, night.settings) as con:
            for values in night.gate:
                con.execute(
                    "insert into gate_result (run_id, gate, expectation, severity, status_code, observed, expected) "
                    "values ($run_id, $gate, $expectation, $severity, $status_code, $observed, $expected)",
                    {"run_id": night.run_id, **values},
                )
            if not outcome.passed:
                withdrawn = withdraw_pending(con)
                raise GateFailedError(
                    f"the intake gate stopped the delivery and nothing was published: {outcome.summary()}. "
                    f"{len(withdrawn)} files were taken out again; correct or remove them and call again"
                )
            accept_pending(con, night.run_id)


def audit_warehouse(night: Night) -> list[CheckResult]:
    """Runs every check over what is loaded and keeps what they found."""
    catalog = read_catalog()
    selection = select_checks(catalog, night.settings.packs, night.settings.thresholds)
    with _timed(night, "audit"), TemporaryDirectory(dir=night.home.temporary, prefix="findings-") as folder:
        found = FindingFolder(Path(folder))
        with open_scratch(night.home, night.settings) as con:
            before = {} if night.is_full else months_audited_before(con)
            checked = run_checks(con, catalog, selection, progress=night.tell, before=before, take=found.add)
        with open_warehouse(night.home, night.settings) as con:
            night.states = record_findings(con, night.run_id, found, checked.results, checked.memory)
            record_rules(con, night.run_id, catalog, selection)
        night.months_audited, night.months_kept = len(checked.memory.audited), len(checked.memory.kept)
        night.results = checked.results
        errored = [result.check_id for result in night.results if result.status is CheckStatus.ERRORED]
        night.log.tell(
            "checks_ended",
            checks=len(night.results),
            errored=len(errored),
            findings=sum(result.finding_count for result in night.results),
            months=night.months_audited,
        )
        for check_id in errored:
            night.log.tell("check_errored", check=check_id)
    return night.results


def publish_run(night: Night) -> Snapshot:
    """Closes the books of the run and makes them the newest snapshot."""
    night.tell("publishing")
    with _timed(night, "publish"):
        night.notices += _set_aside_before(night)
        night.notices += _bring_reviews(night)
        night.conclude()
        _close_run(night, "published")
        snapshot = publish(night.home, night.run_id, read_catalog().views)
        night.snapshot = snapshot.path
        _prune(night)
        night.log.tell("published")
    return snapshot


def _set_aside_before(night: Night) -> list[str]:
    """Warnings about files that an earlier run loaded and none has published: `load`, or a run that was killed."""
    last_run, _ = last_published(night.home) or ("", None)
    with open_warehouse(night.home, night.settings) as con:
        files = con.execute(
            "select file_name, lines_quarantined, lines_in from delivered_file "
            "where run_id > $last_run and run_id <> $run_id and lines_quarantined > 0 order by file_id",
            {"last_run": last_run, "run_id": night.run_id},
        ).fetchall()
    return [f"{name}: {count:,} of {total:,} lines set aside" for name, count, total in files]


def _bring_reviews(night: Night) -> list[str]:
    """Puts what reviewers decided beside the findings; a warning if their log is not what it was, or unreadable."""
    log = ReviewLog(night.home.review)
    with open_warehouse(night.home, night.settings) as con:
        try:
            night.review_head = log.verify(stored_heads(con))
            store_standing(con, log.events(), night.settings.review_day)
        except (ReviewRefusedError, StorageError) as error:
            night.is_log_broken = True
            return [f"decisions of reviewers are those of the last run: {error}"]
    return []


def write_reports(night: Night) -> Path:
    """Renders the reports of the published run; the page is the one that people open."""
    from flows.rendering import render_reports

    night.tell("writing the reports")
    with _timed(night, "report"):
        rendered = render_reports(night.home, night.run_id, night.settings, night.command, tuple(night.notices))
    night.report = rendered.page
    night.dollars = rendered.dollars
    night.findings_digest = rendered.findings_digest
    return rendered.page


def run_plainly(night: Night) -> None:
    """The whole night without Prefect; the same steps in the same order."""
    with hold_home(night):
        load_delivery(night)
        pass_gate(night)
        audit_warehouse(night)
        publish_run(night)
        write_reports(night)


def load_only(night: Night) -> None:
    """Loads and reports; the delivery waits for the gate of the next audit."""
    load_delivery(night)
    night.conclude()
    _close_run(night, "loaded")


def audit_only(night: Night) -> None:
    """Judges and audits what is loaded, publishes it and reports on it."""
    with open_warehouse(night.home, night.settings) as con:
        if not first_row(con, "select 1 from delivered_file limit 1"):
            raise NoInputError(f"{night.home.path}: nothing is loaded yet; call `claims-audit load` first")
    pass_gate(night)
    audit_warehouse(night)
    publish_run(night)
    write_reports(night)


def has_finding_of(night: Night, severity: str) -> bool:
    """Whether the published run has a finding of that severity or a graver one; leads prove nothing."""
    graver = SEVERITIES[: SEVERITIES.index(severity) + 1]
    with open_warehouse(night.home, night.settings) as con:
        return bool(
            first_row(
                con,
                "select 1 from finding where last_seen_run = $run_id and direction <> 'lead' "
                "and severity in (select unnest($graver)) limit 1",
                {"run_id": night.run_id, "graver": list(graver)},
            )
        )


def _open_run(night: Night) -> None:
    """Books the run as running; a run that still says so from before was killed."""
    from checks.schemas import ROW_SCHEMAS

    # A pack or threshold that there is not is told before anything is loaded.
    select_checks(read_catalog(), night.settings.packs, night.settings.thresholds)
    with open_warehouse(night.home, night.settings) as con:
        night.crashed_runs = len(
            con.execute(
                "update audit_run set status_code = 'crashed' where status_code = 'running' returning run_id"
            ).fetchall()
        )
        forget_unpublished(con, last_published(night.home))
        night.policy_sha = load_reference(con, night.home, night.settings, ROW_SCHEMAS)
        con.execute(
            "insert into audit_run "
            "(run_id, started_at, status_code, code_version, rule_set_sha, policy_sha, data_view) "
            "values ($run_id, $started_at, 'running', $version, $rules, $policies, $view)",
            {
                "run_id": night.run_id,
                "started_at": night.started_at.replace(tzinfo=None),
                "version": VERSION,
                "rules": read_catalog().sha256,
                "policies": night.policy_sha,
                "view": night.settings.data_view,
            },
        )


def _seal_late(night: Night) -> None:
    """Seals what a run left behind that was cut off before its end; a chain that is broken is told, not mended."""
    try:
        begins = not Chain(night.home).path.exists()
        count = seal_unsealed(night.home, is_late=True)
        night.is_chain_broken = False
        if count and begins:
            night.notices.append(f"the chain of hashes begins with this run; {count} files from before are sealed late")
        elif count:
            night.notices.append(f"{count} files of a run that was cut off are sealed late")
    except ProofError as error:
        night.is_chain_broken = True
        night.notices.append(str(error))
    night.chain_head = Chain(night.home).head()


def _seal(night: Night) -> None:
    """Seals what the run leaves behind. Nothing is added to a broken chain: what came after would look proved."""
    if night.is_chain_broken:
        return
    if night.snapshot:
        seal_again(night.home, [night.home.pointer])
    seal_unsealed(night.home)


def _prune(night: Night) -> None:
    """Removes snapshots that are too old, on record first: a kill in between leaves what the next run removes."""
    keep = (night.settings.keep_snapshots, night.settings.keep_monthly_snapshots)
    try:
        if not night.is_chain_broken:
            seal_removal(night.home, old_snapshots(night.home, *keep))
        night.removed = prune_snapshots(night.home, *keep)
    except StorageError as error:
        # The run is published: too many snapshots are a smaller harm than a run that ends as failed.
        night.notices.append(f"no old snapshot was removed: {error}")
        night.conclude()


def _close_run(night: Night, status: str) -> None:
    try:
        with open_warehouse(night.home, night.settings) as con:
            con.execute(
                "update audit_run set status_code = $status, exit_code = $exit_code, ended_at = $ended_at "
                "where run_id = $run_id",
                {
                    "status": status,
                    "exit_code": int(night.exit_code),
                    "ended_at": datetime.now(UTC).replace(tzinfo=None),
                    "run_id": night.run_id,
                },
            )
    except (duckdb.Error, StorageError) as error:
        # A warehouse that cannot be written is what is being told already; run.json has it, too.
        print(f"the run could not be closed in the warehouse ({type(error).__name__})", file=sys.stderr)  # noqa: T201


@contextmanager
def _timed(night: Night, stage: str) -> Iterator[None]:
    began = datetime.now(UTC)
    status = "failed"
    night.log.tell("stage_began", stage=stage)
    try:
        yield
        status = "done"
    finally:
        night.stage_seconds[stage] = round((datetime.now(UTC) - began).total_seconds(), 3)
        night.log.tell("stage_ended", stage=stage, seconds=night.stage_seconds[stage], status=status)
