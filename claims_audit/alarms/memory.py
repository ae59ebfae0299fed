"""Which alarms are open: each is told once, and once more when it is over. Kept in `<home>/alarms.json`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from claims_audit.alarms.catalogue import KINDS, Alarm
from claims_audit.publishing import write_atomically


@dataclass(frozen=True, slots=True)
class Change:
    """What is new, what is over, and what goes on, each in the order of its severity."""

    raised: list[Alarm] = field(default_factory=list)
    recovered: list[Alarm] = field(default_factory=list)
    still_open: list[Alarm] = field(default_factory=list)


class AlarmMemory:
    """The open alarms of one home, by run that raised them."""

    def __init__(self, path: Path) -> None:
        """Reads what was open; a file that cannot be read counts as none, so that everything is told again."""
        self._path = path
        self._open: dict[Alarm, str] = {}
        try:
            entries = json.loads(path.read_text(encoding="utf-8"))["open"]
            self._open = {
                Alarm(entry["code"], entry["subject"]): entry["since"] for entry in entries if entry["code"] in KINDS
            }
        except (OSError, ValueError, KeyError, TypeError):
            pass

    @property
    def open(self) -> list[Alarm]:
        """All that are open."""
        return in_order(self._open)

    def update(self, raised: Iterable[Alarm], judged: Collection[str], since: str) -> Change:
        """Takes in what a run has found; only a kind that the run could judge can be over."""
        now = set(raised)
        over = [alarm for alarm in self._open if alarm.code in judged and alarm not in now]
        new = [alarm for alarm in now if alarm not in self._open]
        going_on = [alarm for alarm in self._open if alarm not in over]
        self._open = {alarm: since_run for alarm, since_run in self._open.items() if alarm not in over}
        self._open.update(dict.fromkeys(new, since))
        return Change(in_order(new), in_order(over), in_order(going_on))

    def forget(self, alarms: Iterable[Alarm]) -> None:
        """Takes alarms as never raised: nobody could be told of them, so that the next run tells them."""
        for alarm in alarms:
            self._open.pop(alarm, None)

    def save(self) -> None:
        """Writes the file, whole or not at all."""
        entries = [
            {"code": alarm.code, "subject": alarm.subject, "since": self._open[alarm]} for alarm in in_order(self._open)
        ]
        write_atomically(self._path, json.dumps({"open": entries}, indent=2) + "\n")


def in_order(alarms: Iterable[Alarm]) -> list[Alarm]:
    """The gravest first."""
    return sorted(alarms, key=lambda alarm: (alarm.kind.severity.rank, alarm.kind.runbook, alarm.subject))
