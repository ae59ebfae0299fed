"""What is told of a run while nobody watches: log, pings, alarms, the one message, metrics.

It tells of the commands that a night is made of, `run` and `audit`. Nothing here stops a run: what cannot be told is
itself told, by exit code 10, in run.json and by the next message.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import duckdb

from claims_audit.alarms.catalogue import Alarm
from claims_audit.alarms.delivery import Receipt, deliver, find_targets
from claims_audit.alarms.facts import Facts, look_at_home
from claims_audit.alarms.memory import AlarmMemory, Change, in_order
from claims_audit.alarms.message import write_message
from claims_audit.alarms.metrics import write_metrics
from claims_audit.alarms.pings import Pings
from claims_audit.errors import ClaimsAuditError, ConfigurationError, ExitCode, LockedError
from claims_audit.findings.finding import CheckStatus
from claims_audit.project import VERSION
from claims_audit.warehouse.database import open_warehouse

if TYPE_CHECKING:
    from flows.night import Night

WATCHED = ("claims-audit run", "claims-audit audit")
_UNTOLD = "a message or ping about this run could not be delivered; see notifications in run.json"


def begin_watch(night: Night) -> None:
    """Pings that the run begins; raises ConfigurationError for targets without address, before anything is loaded."""
    if night.command in WATCHED:
        find_targets(night.settings.notify)
        night.pings = Pings(night.settings.notify.timeout_seconds)
        night.pings.start()


def open_log(night: Night) -> None:
    """Begins the log of the run, in its folder."""
    night.log.open(night.home.run_folder(night.run_id) / "log.jsonl", night.run_id)
    night.log.tell("run_began", version=VERSION)


def end_watch(night: Night, error: BaseException | None) -> None:
    """Judges the run, tells of it, and puts what came of that into the night; comes before run.json is written."""
    if night.command in WATCHED:
        try:
            _tell(night, error)
        except (ClaimsAuditError, OSError, duckdb.Error):
            _note_untold(night)
    night.log.tell(
        "run_ended",
        exit_code=int(night.exit_code),
        seconds=round((datetime.now(UTC) - night.started_at).total_seconds(), 3),
        warnings=len(night.warnings),
        **({"error_type": type(error).__name__} if error is not None else {}),
    )
    night.log.close()


def tell_of_no_settings(command: str, exit_code: ExitCode) -> None:
    """A run whose settings cannot be read knows of no target; the dead-man's switch is told all the same."""
    if command in WATCHED:
        Pings().end(exit_code, f"claims-audit: FAILED before it began, exit code {int(exit_code)}; see R-13.")


def tell_of_no_home(night: Night, error: ClaimsAuditError) -> None:
    """A run that got no home, since another holds it or it cannot be made: told at once, remembered nowhere."""
    if night.command not in WATCHED:
        return
    facts = Facts(exit_code=error.exit_code)
    alarm = Alarm("locked" if isinstance(error, LockedError) else "io_error")
    message = write_message(night.run_id, facts, Change(raised=[alarm]), None)
    notify = night.settings.notify
    with contextlib.suppress(ConfigurationError):
        deliver(message, find_targets(notify), notify.timeout_seconds)
    if night.pings is not None:
        night.pings.end(error.exit_code, message.body)


def look_from_outside(night: Night) -> None:
    """Judges the home without a run: what is too old or has not come, and the disk. What is new is told."""
    facts = gather_facts(night, None)
    facts.crashed_runs = None
    notify = night.settings.notify
    memory = AlarmMemory(night.home.path / "alarms.json")
    alarms, judged = facts.judge(notify, datetime.now(UTC))
    outside = {"no_run", "missing_file", "disk", "stale_reference", "stale_snapshot"} & judged
    change = memory.update([alarm for alarm in alarms if alarm.code in outside], outside, night.run_id)
    if change.raised or change.recovered:
        message = write_message("of none (looked at from outside)", facts, change, facts.published_at)
        receipts = deliver(message, find_targets(notify), notify.timeout_seconds)
        night.notifications = [receipt.as_dict() for receipt in receipts]
        _remember_delivery(night, memory, change, receipts)
    memory.save()
    night.alarms = [{"code": alarm.code, "subject": alarm.subject} for alarm in memory.open]


def gather_facts(night: Night, error: BaseException | None) -> Facts:
    """The run in figures, with what its home tells."""
    facts = Facts(
        exit_code=night.exit_code,
        error_type=type(error).__name__ if error is not None else "",
        files_in=len(night.files),
        files_refused=sum(report.status == "refused" for report in night.files),
        lines_in=sum(report.lines_in for report in night.files),
        lines_quarantined=sum(report.lines["quarantined"] for report in night.files),
        gate=night.gate,
        errored_checks=_errored(night) if night.results else None,
        was_loaded=bool(night.files),
        crashed_runs=night.crashed_runs,
        is_chain_broken=night.is_log_broken or night.is_chain_broken,
    )
    try:
        with open_warehouse(night.home, night.settings) as con:
            look_at_home(facts, night.home, con)
    except (ClaimsAuditError, OSError, duckdb.Error):
        look_at_home(facts, night.home, None)
    return facts


def _tell(night: Night, error: BaseException | None) -> None:
    now = datetime.now(UTC)
    notify = night.settings.notify
    memory = AlarmMemory(night.home.path / "alarms.json")
    facts = gather_facts(night, error)
    alarms, judged = facts.judge(notify, now)
    # Whether this message gets out is not known yet; that the last one did not stays open until one does.
    judged.discard("not_delivered")
    change = memory.update(alarms, judged, night.run_id)
    night.warnings += [
        f"alarm: {alarm.sentence}" for alarm in in_order([*change.raised, *change.still_open]) if _is_own(alarm)
    ]
    if change.raised and night.exit_code is ExitCode.DONE:
        night.exit_code = facts.exit_code = ExitCode.DONE_WITH_WARNINGS
    message = write_message(night.run_id, facts, change, facts.published_at)
    receipts = deliver(message, find_targets(notify), notify.timeout_seconds)
    receipts += _ping_end(night, message.body)
    night.notifications = [receipt.as_dict() for receipt in receipts]
    _remember_delivery(night, memory, change, receipts)
    memory.save()
    night.alarms = [{"code": alarm.code, "subject": alarm.subject} for alarm in memory.open]
    _log(night, change, receipts)
    write_metrics(
        night.home.path / "metrics",
        facts,
        ended_at=now,
        open_alarms=Counter(alarm.code for alarm in memory.open),
        findings=night.states,
        stage_seconds=night.stage_seconds,
    )


def _ping_end(night: Night, body: str) -> list[Receipt]:
    if night.pings is None:
        return []
    if night.exit_code is ExitCode.DONE_WITH_WARNINGS:
        night.pings.log(body)
    night.pings.end(night.exit_code, body)
    return night.pings.receipts


def _remember_delivery(night: Night, memory: AlarmMemory, change: Change, receipts: list[Receipt]) -> None:
    lost = Alarm("not_delivered")
    failed = [receipt for receipt in receipts if not receipt.delivered]
    if failed:
        memory.update([lost], (), night.run_id)
        if all(not receipt.delivered for receipt in receipts):
            # Nobody has heard of it.
            memory.forget(change.raised)
        _note_untold(night)
    elif receipts:
        memory.update([], ("not_delivered",), night.run_id)


def _note_untold(night: Night) -> None:
    night.warnings.append(_UNTOLD)
    if night.exit_code is ExitCode.DONE:
        night.exit_code = ExitCode.DONE_WITH_WARNINGS


def _is_own(alarm: Alarm) -> bool:
    """Whether nothing else in the warnings of the run speaks of it."""
    return alarm.code in ("missing_file", "disk", "stale_reference", "stale_snapshot", "no_run", "crashed_run")


def _errored(night: Night) -> list[str]:
    return sorted(result.check_id for result in night.results if result.status is CheckStatus.ERRORED)


def _log(night: Night, change: Change, receipts: list[Receipt]) -> None:
    for alarm in change.raised:
        night.log.tell("alarm_raised", code=alarm.code, severity=alarm.kind.severity.value)
    for alarm in change.recovered:
        night.log.tell("alarm_recovered", code=alarm.code, severity=alarm.kind.severity.value)
    for receipt in receipts:
        night.log.tell(
            "message_sent",
            target=receipt.target,
            severity=receipt.severity,
            delivered=receipt.delivered,
            tries=receipt.tries,
        )
