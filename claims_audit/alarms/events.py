"""The log of a run: one JSON object a line, with events and values from a fixed list, so that no value of a claim fits.

It is written to `<home>/runs/<run>/log.jsonl`, and to standard error where CLAIMS_AUDIT_LOG is `stderr`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TextIO

import structlog

_CODE: Final = re.compile(r"[a-z][a-z_]{0,60}")
_TARGET: Final = re.compile(r"[a-z][a-z0-9_/]{0,60}")
_CLASS: Final = re.compile(r"[A-Z][A-Za-z]{0,60}")
_RUN: Final = re.compile(r"\d{8}T\d{6}-[0-9a-f]{6}")
_VERSION: Final = re.compile(r"[0-9a-z.+]{1,30}")


def _is_count(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


# What may stand under a key.
_VALUES: Final[dict[str, Callable[[object], bool]]] = {
    **dict.fromkeys(
        (
            *("files", "files_refused", "lines_in", "lines_loaded", "lines_quarantined", "findings", "seconds"),
            *("exit_code", "checks", "errored", "months", "warnings", "tries", "alarms", "recovered", "refused_values"),
        ),
        _is_count,
    ),
    **dict.fromkeys(("stage", "status", "code", "severity", "check"), _matches(_CODE)),
    "target": _matches(_TARGET),
    "error_type": _matches(_CLASS),
    "version": _matches(_VERSION),
    "delivered": lambda value: isinstance(value, bool),
}

# Every event there is, and its keys.
EVENTS: Final[dict[str, frozenset[str]]] = {
    "run_began": frozenset({"version"}),
    "stage_began": frozenset({"stage"}),
    "stage_ended": frozenset({"stage", "seconds", "status"}),
    "delivery_loaded": frozenset({"files", "files_refused", "lines_in", "lines_loaded", "lines_quarantined"}),
    "gate_judged": frozenset({"status", "checks", "warnings"}),
    "checks_ended": frozenset({"checks", "errored", "findings", "months"}),
    "check_errored": frozenset({"check"}),
    "published": frozenset(),
    "alarm_raised": frozenset({"code", "severity"}),
    "alarm_recovered": frozenset({"code", "severity"}),
    "message_sent": frozenset({"target", "severity", "delivered", "tries"}),
    "run_ended": frozenset({"exit_code", "error_type", "seconds", "warnings"}),
}


def _allow_listed(_: object, __: str, event: Any) -> Any:
    """Lets through what the lists above name; the rest is counted."""
    name = event.get("event")
    keys = EVENTS.get(name, frozenset()) if isinstance(name, str) else frozenset()
    kept = {"event": name if name in EVENTS else "unknown_event"}
    refused = 0
    for key, value in event.items():
        if (key == "run_id" and _RUN.fullmatch(str(value))) or (key in keys and _VALUES[key](value)):
            kept[key] = value
        elif key != "event":
            refused += 1
    if refused:
        kept["refused_values"] = refused
    return kept


class RunLog:
    """The log of one run; before it is opened, and where it cannot be written, events go nowhere."""

    def __init__(self) -> None:
        """Nothing is open yet."""
        self._streams: list[TextIO] = []
        self._bound: Any = None

    def open(self, path: Path, run_id: str) -> None:
        """Begins the file. A disk that takes no log does not stop the audit."""
        self._streams = [sys.stderr] if os.environ.get("CLAIMS_AUDIT_LOG") == "stderr" else []
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            self._streams.append(os.fdopen(descriptor, "a", encoding="utf-8", buffering=1))
        except OSError:
            pass
        self._bound = structlog.wrap_logger(
            _Lines(self._streams),
            wrapper_class=structlog.BoundLogger,
            processors=[
                _allow_listed,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                structlog.processors.JSONRenderer(),
            ],
        ).bind(run_id=run_id)

    def tell(self, event: str, **values: object) -> None:
        """One event of the catalogue."""
        if self._bound is not None:
            self._bound.msg(event, **values)

    def close(self) -> None:
        """Ends the file."""
        for stream in self._streams:
            if stream is not sys.stderr:
                stream.close()
        self._streams, self._bound = [], None


class _Lines:
    """Writes each line to every stream that takes it."""

    def __init__(self, streams: list[TextIO]) -> None:
        self._streams = streams

    def msg(self, line: str) -> None:
        """One line."""
        for stream in self._streams:
            try:
                stream.write(line + "\n")
                stream.flush()
            except (OSError, ValueError):
                continue
