"""What alarms are judged by, gathered from a run and its home, and the judgement itself."""

from __future__ import annotations

import fnmatch
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import duckdb

from claims_audit.alarms.catalogue import Alarm
from claims_audit.errors import ClaimsAuditError, ExitCode
from claims_audit.home import Home
from claims_audit.notify_settings import NotifySettings
from claims_audit.publishing import published_at

LEAST_NEEDED_BYTES: Final = 64 * 2**20
# How a run ended, as an alarm of its own.
_ENDINGS: Final = {
    ExitCode.GATE_FAILED: "gate_failed",
    ExitCode.NO_INPUT: "no_input",
    ExitCode.CANNOT_PUBLISH: "cannot_publish",
    ExitCode.IO_ERROR: "io_error",
    ExitCode.LOCKED: "locked",
    ExitCode.CONFIGURATION: "configuration",
    ExitCode.BUG: "bug",
}
# Days after the first day of an edition by which its publisher has renewed the table: each quarter, or each year.
_LONGEST_USE: Final = {"ncci-ptp": 120, "ncci-mue": 120, "ncci-addon": 400, "pfs": 400, "icd10": 400}
_VOLUME: Final = "The delivery is about as large as the latest accepted ones"
_ADDS_UP: Final = ("add up", "are stored")


@dataclass(slots=True)
class Facts:
    """One run in figures; None is what could not be found out, and what hangs on it is not judged."""

    exit_code: ExitCode
    error_type: str = ""
    files_refused: int = 0
    files_in: int = 0
    lines_in: int = 0
    lines_quarantined: int = 0
    gate: list[dict[str, str]] = field(default_factory=list)
    errored_checks: list[str] | None = None  # None: the checks did not run
    was_loaded: bool = False
    published_at: datetime | None = None
    last_success_at: datetime | None = None
    crashed_runs: int | None = None
    free_bytes: int | None = None
    needed_bytes: int | None = None
    arrivals: list[tuple[str, datetime]] | None = None  # name and time of every file of the ledger
    editions: list[tuple[str, date]] | None = None  # kind and first day of the newest loaded edition
    undelivered: bool = False
    is_chain_broken: bool | None = None  # of the files that runs leave, or of the log of the review

    def judge(self, limits: NotifySettings, now: datetime) -> tuple[list[Alarm], set[str]]:
        """The alarms that hold, and the kinds that could be judged at all."""
        alarms: list[Alarm] = []
        judged: set[str] = set()
        for code, found in self._judgements(limits, now):
            judged.add(code)
            alarms += [Alarm(code, subject) for subject in found]
        return alarms, judged

    def _judgements(self, limits: NotifySettings, now: datetime) -> Iterable[tuple[str, list[str]]]:
        ending = "reconciliation" if self.error_type == "ReconciliationError" else _ENDINGS.get(self.exit_code, "")
        is_through = not ending
        for code in dict.fromkeys(_ENDINGS.values()):
            # A run that ended otherwise says nothing of the ways that it did not reach; one that got through does.
            if is_through or code == ending:
                yield code, [""] if code == ending else []
        if ending == "reconciliation" or self.gate:
            is_off = ending == "reconciliation" or any(
                entry["status_code"] != "passed" and entry["expectation"].endswith(_ADDS_UP) for entry in self.gate
            )
            yield "reconciliation", [""] if is_off else []
        if self.was_loaded:
            yield "refused_file", [""] if self.files_refused else []
            share = self.lines_quarantined / self.lines_in if self.lines_in else 0.0
            yield "quarantine", [""] if share > limits.max_quarantined_share else []
        if self.gate:
            is_far = any(entry["expectation"] == _VOLUME and entry["status_code"] != "passed" for entry in self.gate)
            yield "volume", [""] if is_far else []
        if self.errored_checks is not None:
            yield "check_errored", self.errored_checks
        if self.crashed_runs is not None:
            yield "crashed_run", [""] if self.crashed_runs else []
        if self.is_chain_broken is not None:
            yield "chain_broken", [""] if self.is_chain_broken else []
        if self.free_bytes is not None and self.needed_bytes is not None:
            yield "disk", [""] if self.free_bytes < limits.min_free_times * self.needed_bytes else []
        if self.arrivals is not None:
            yield "missing_file", self._missing(limits.expected, now)
        if self.editions is not None:
            yield (
                "stale_reference",
                sorted(
                    kind
                    for kind, first_day in self.editions
                    if kind in _LONGEST_USE and first_day < now.date() - timedelta(days=_LONGEST_USE[kind])
                ),
            )
        too_old = now - timedelta(hours=limits.max_hours_without_run)
        yield "stale_snapshot", [""] if self.published_at is not None and self.published_at < too_old else []
        yield "no_run", [""] if self.last_success_at is not None and self.last_success_at < too_old else []
        yield "not_delivered", [""] if self.undelivered else []

    def _missing(self, expected: Mapping[str, Mapping[str, Any]], now: datetime) -> list[str]:
        missing = []
        for name, wanted in expected.items():
            since = now - timedelta(hours=float(wanted["hours"]))
            pattern = str(wanted["pattern"]).lower()
            if not any(
                came_at >= since and fnmatch.fnmatchcase(file.lower(), pattern) for file, came_at in self.arrivals or ()
            ):
                missing.append(name)
        return sorted(missing)


def look_at_home(facts: Facts, home: Home, con: duckdb.DuckDBPyConnection | None) -> None:
    """Adds what the home and its warehouse tell; what cannot be read stays unknown."""
    _put(facts, "published_at", lambda: published_at(home))
    _put(facts, "free_bytes", lambda: shutil.disk_usage(home.path).free)
    _put(facts, "needed_bytes", lambda: needed_bytes(home))
    if con is None:
        return
    _put(
        facts,
        "arrivals",
        lambda: [
            (name, loaded_at.replace(tzinfo=UTC))
            for name, loaded_at in con.execute("select file_name, loaded_at from delivered_file").fetchall()
            if loaded_at is not None
        ],
    )
    _put(
        facts,
        "editions",
        lambda: con.execute(
            "select kind_code, max(valid_from) from reference_edition "
            "where not is_shipped and valid_from is not null group by kind_code"
        ).fetchall(),
    )
    _put(facts, "last_success_at", lambda: _last_success(con))


def _last_success(con: duckdb.DuckDBPyConnection) -> datetime | None:
    ((ended_at,),) = con.execute("select max(ended_at) from audit_run where status_code = 'published'").fetchall()
    return None if ended_at is None else ended_at.replace(tzinfo=UTC)


def needed_bytes(home: Home) -> int:
    """What a run may take of the disk: it copies the warehouse into a snapshot and may spill as much again.

    Raises OSError where there is no warehouse yet; a first run needs LEAST_NEEDED_BYTES.
    """
    return max(home.warehouse.stat().st_size, LEAST_NEEDED_BYTES)


def _put(facts: Facts, name: str, find: Callable[[], Any]) -> None:
    try:
        setattr(facts, name, find())
    except (ClaimsAuditError, OSError, ValueError, KeyError, TypeError, duckdb.Error):
        return
