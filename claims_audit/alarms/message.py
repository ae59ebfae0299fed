"""The one message of a run, in counts: state, what, how much, what did not happen, and the next step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from claims_audit.alarms.catalogue import Alarm, Severity
from claims_audit.alarms.facts import Facts
from claims_audit.alarms.memory import Change


@dataclass(frozen=True, slots=True)
class Message:
    """A message and how loud it is."""

    title: str
    body: str
    severity: Severity


def write_message(run_id: str, facts: Facts, change: Change, published_at: datetime | None) -> Message:
    """The digest of a run. Its severity is that of the gravest alarm that is new or over, else digest."""
    news = [*change.raised, *change.recovered]
    severity = min((alarm.kind.severity for alarm in news), key=lambda one: one.rank, default=Severity.DIGEST)
    if not facts.exit_code.got_through:
        state = "FAILED"
    elif change.raised or change.still_open:
        state = "OK WITH WARNINGS"
    else:
        state = "RECOVERED" if change.recovered else "OK"
    lines = [
        f"{state} run {run_id}, exit code {int(facts.exit_code)}.",
        f"{facts.files_in:,} files, {facts.files_refused:,} of them refused; {facts.lines_in:,} lines, "
        f"{facts.lines_quarantined:,} of them set aside.",
    ]
    if not facts.exit_code.got_through:
        since = "never" if published_at is None else f"{published_at:%Y-%m-%d %H:%M} UTC"
        lines.append(f"Nothing was published by this run; the newest published data is of: {since}.")
    for label, alarms in (("New", change.raised), ("Over", change.recovered), ("Still open", change.still_open)):
        lines += [f"{label}: {_told(alarm, label)}." for alarm in alarms]
    if change.raised or change.still_open:
        lines.append("Next: follow the entries named above in docs/operations.md.")
    return Message(f"claims-audit: {state}", "\n".join(lines), severity)


def _told(alarm: Alarm, label: str) -> str:
    if label == "Over":
        about = f" ({alarm.subject})" if alarm.subject else ""
        return f"{alarm.code.replace('_', ' ')}{about}"
    return alarm.sentence
