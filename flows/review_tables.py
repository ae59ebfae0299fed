"""The tables of `claims-audit review`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from claims_audit.review.event import CLOCKS, EventKind, RecordedEvent
from claims_audit.review.finding_list import ReviewedFinding
from flows.console import coloured, open_console, plain_table
from reports.work_paper_changes import PaperChanges

_SHOWN_OF_ID = 12


def show_reviews(found: Sequence[ReviewedFinding], total: int) -> None:
    """Findings, one a line; the id is as much of it as tells it from others in practice."""
    console = open_console()
    table = plain_table("finding", "date", "severity", "sure", "dollars", "review", "what was found", numeric=0)
    for one in found:
        state = one.review_state.replace("_", " ")
        if one.suppressed_until:
            state += f", suppressed until {one.suppressed_until}"
        table.add_row(
            one.finding_id[:_SHOWN_OF_ID],
            str(one.date_of_service),
            coloured(one.severity),
            one.certainty,
            f"{one.exposure_amount:,.2f}",
            state,
            one.message,
        )
    console.print(table)
    if len(found) < total:
        console.print(f"{len(found):,} of {total:,} findings; --limit shows more, --json has all")
    else:
        console.print(f"{total:,} findings")


def show_history(found: ReviewedFinding, events: Sequence[RecordedEvent]) -> None:
    """A finding, and what was put on record about it."""
    console = open_console()
    for label, text in (
        ("Finding", found.finding_id),
        ("Check", f"{found.check_id} ({found.rule})"),
        ("Found", found.message),
        ("Date", str(found.date_of_service)),
        ("Exposure", f"{found.exposure_amount:,.2f} dollars, {found.direction}, {found.certainty}"),
        ("State", found.state.replace("_", " ")),
        ("Review", found.review_state.replace("_", " ")),
        ("Due", str(found.due_on) if found.due_on else ""),
        ("Suppressed", f"until {found.suppressed_until}" if found.suppressed_until else ""),
        ("Version", str(len(events))),
    ):
        if text:
            console.print(f"{label:<12}{text}", soft_wrap=True, markup=False)
    if events:
        table = plain_table("version", "when (UTC)", "who", "what", numeric=0)
        for event in events:
            table.add_row(str(event.version), f"{event.recorded_at:%Y-%m-%d %H:%M}", event.reviewer, _what(event))
        console.print(table)


def show_recorded(recorded: Sequence[RecordedEvent]) -> None:
    """What is on record now."""
    table = plain_table("subject", "version", "key", "on record", numeric=0)
    for event in recorded:
        table.add_row(event.subject_id, str(event.version), event.event_id, _what(event))
    open_console().print(table)


def show_paper_changes(changes: PaperChanges, receipt: Path | None, *, is_applied: bool) -> None:
    """Cell by cell what is, or would be, put on record."""
    console = open_console()
    if changes.changes:
        table = plain_table("finding", "field", "on record", "work-papers", numeric=0)
        for change in changes.changes:
            table.add_row(change.finding_id[:_SHOWN_OF_ID], change.field, change.recorded, change.entered)
        console.print(table)
    count = f"{len(changes.events):,} decisions in {changes.rows:,} rows"
    if not changes.events:
        console.print(f"{count}: nothing differs from what is on record")
    elif is_applied:
        console.print(f"{count} are on record now. Receipt: {receipt}", soft_wrap=True)
    else:
        console.print(f"{count} would be put on record; call again with --apply")


def _what(event: RecordedEvent) -> str:
    told = dict(event.details)
    if event.kind is EventKind.DECIDED:
        shown = [told.pop("disposition").replace("_", " ")]
        for name in ("check_id", "evidence_sha"):
            told.pop(name, None)
        shown += [f"{name.replace('_', ' ')}: {text}" for name, text in told.items()]
        return "; ".join(shown)
    if event.kind is EventKind.DATED:
        return f"{told['day']}: {CLOCKS[told['clock']]}"
    if event.kind is EventKind.SUPPRESSED:
        return f"suppressed until {told['until']}: {told['reason']}"
    if event.kind is EventKind.SUPPRESSION_ENDED:
        return f"suppression ended: {told['reason']}"
    return told["comment"]
