"""What work-papers that came back would put on record, row by row, and everything that stands against it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from claims_audit.errors import UsageError
from claims_audit.review.event import Event, EventKind, RecordedEvent, check_event
from claims_audit.review.finding_list import ReviewedFinding
from reports.value import AuditReport
from reports.work_paper_columns import COLUMNS, REVIEWER, as_cents, as_fact, work_rows
from reports.work_paper_reading import PaperRow, Papers

# What an event holds beside what a reviewer fills in.
_OF_THE_FINDING: Final = ("check_id", "evidence_sha")
_AMOUNTS: Final = ("correct_amount", "refund_amount")
# They follow from the decision and are no part of the facts of the finding.
_DERIVED: Final = ("Review", "Dollar difference")


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One cell that says something else than what is on record."""

    finding_id: str
    field: str
    recorded: str
    entered: str


@dataclass(frozen=True, slots=True)
class PaperChanges:
    """The events to put on record, and how many each finding should have; no event may be while there is a fault."""

    rows: int
    events: tuple[Event, ...]
    expected: Mapping[str, int]
    changes: tuple[FieldChange, ...]
    faults: tuple[str, ...]


def find_changes(
    papers: Papers,
    exported: AuditReport,
    findings: Sequence[ReviewedFinding],
    events: Sequence[RecordedEvent],
    *,
    reviewer: str | None,
    today: date,
) -> PaperChanges:
    """Holds each row against the run that it was exported from and against what is on record now.

    `exported` is the report of that run, `findings` are those of the newest. `reviewer` is who decided where a row does
    not say it.
    """
    facts = {
        row.finding.finding_id: {c.title: as_fact(c.value(row), c.kind) for c in COLUMNS} for row in work_rows(exported)
    }
    now = {found.finding_id: found for found in findings}
    versions = Counter(event.subject_id for event in events)
    decisions = {event.subject_id: event for event in events if event.kind is EventKind.DECIDED}
    seen: dict[str, PaperRow] = {}
    found_events: list[Event] = []
    changes: list[FieldChange] = []
    faults: list[str] = []
    for row in papers.rows:
        wrong = [*row.faults, *_faults_of_facts(row, facts, seen)]
        seen.setdefault(row.finding_id, row)
        if wrong:
            faults += wrong
            continue
        differing = list(_differing(row, decisions.get(row.finding_id)))
        if not differing:
            continue
        wrong = [*_faults_of_staleness(row, now, versions[row.finding_id])]
        if not row.entered.get("disposition"):
            wrong.append(
                f"{row.cells['Disposition']} (Disposition): is empty; a decision is replaced, never taken back"
            )
        if wrong:
            faults += wrong
            continue
        event = _event(row, now[row.finding_id], reviewer)
        try:
            check_event(event, today)
        except UsageError as error:
            faults.append(f"row {_row_number(row)}, finding {row.finding_id}: {error}")
            continue
        found_events.append(event)
        changes += differing
    expected = {event.subject_id: versions[event.subject_id] for event in found_events}
    return PaperChanges(len(papers.rows), tuple(found_events), expected, tuple(changes), tuple(faults))


def _faults_of_facts(
    row: PaperRow, facts: Mapping[str, Mapping[str, str]], seen: Mapping[str, PaperRow]
) -> Iterator[str]:
    where = f"row {_row_number(row)}"
    if not row.finding_id:
        yield f"{where}: its hidden finding id is gone; export again and copy your cells over"
    elif row.finding_id in seen:
        yield f"{where}: finding {row.finding_id} stands in row {_row_number(seen[row.finding_id])} already"
    elif row.finding_id not in facts:
        yield f"{where}: finding {row.finding_id} is none of the run that the work-papers are from"
    else:
        known = facts[row.finding_id]
        for title, told in row.facts.items():
            # What hangs on the log is judged as stale, not as changed.
            if title not in _DERIVED and title != "Row version" and told != known[title]:
                yield f"{row.cells[title]} ({title}): a locked cell was changed; put back what the audit wrote"


def _faults_of_staleness(row: PaperRow, now: Mapping[str, ReviewedFinding], version: int) -> Iterator[str]:
    where = f"row {_row_number(row)}, finding {row.finding_id}"
    if row.finding_id not in now:
        yield f"{where}: is no longer held by the newest run; decide it with `claims-audit review`"
    elif now[row.finding_id].evidence_sha != row.evidence_sha:
        yield f"{where}: stale, its evidence has changed since the export; export again and look at it anew"
    elif row.version != str(version):
        yield f"{where}: stale, it had {row.version} events at the export and has {version} now; export again"


def _differing(row: PaperRow, decision: RecordedEvent | None) -> Iterator[FieldChange]:
    recorded = dict(decision.details) if decision else {}
    for name in _OF_THE_FINDING:
        recorded.pop(name, None)
    for name in _AMOUNTS:
        if name in recorded:
            recorded[name] = as_cents(recorded[name]) or recorded[name]
    if decision:
        recorded[REVIEWER] = decision.reviewer
    for column in COLUMNS:
        if column.detail is None:
            continue
        old, new = (as_fact(told.get(column.detail), "text") for told in (recorded, row.entered))
        # No name stands for whoever brings the papers, and a name in an otherwise empty row decides nothing.
        says_nothing = column.detail == REVIEWER and (not new or (len(row.entered) == 1 and not recorded))
        if old != new and not says_nothing:
            yield FieldChange(row.finding_id, column.title, old, new)


def _event(row: PaperRow, found: ReviewedFinding, reviewer: str | None) -> Event:
    told = {name: text for name, text in row.entered.items() if name != REVIEWER}
    details = {**told, "check_id": found.check_id, "evidence_sha": found.evidence_sha}
    who = row.entered.get(REVIEWER) or reviewer or ""
    # The same row of the same export is the same event, however often it is sent.
    content = json.dumps([row.finding_id, row.version, who, details], sort_keys=True)
    key = f"papers-{hashlib.sha256(content.encode()).hexdigest()[:32]}"
    return Event(row.finding_id, EventKind.DECIDED, who, details, key)


def _row_number(row: PaperRow) -> str:
    return row.cells["Finding id"].lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
