"""What stands now: of all events of the log, the decision on each finding, its days, and the suppressions in force."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

import duckdb
import pyarrow as pa

from claims_audit.project import SQL
from claims_audit.review.clock import work_out_due_day
from claims_audit.review.event import EventKind, RecordedEvent
from claims_audit.review.log import Head

Connection = duckdb.DuckDBPyConnection
Row = dict[str, Any]

TABLES: Final = ("review_event", "finding_disposition", "finding_clock", "check_suppression")
_DDL: Final = SQL / "ddl" / "08_reviews.sql"

# Findings as they are now, of those that have been reviewed.
_KNOWN_FINDING: Final = """
select finding.finding_id, finding.evidence_sha, coalesce(payer.program in ('medicare', 'medicaid'), false)
from finding
left join payer on finding.payer_id = payer.payer_id
where finding.finding_id in (select unnest($subjects))
"""


@dataclass(slots=True)
class Standing:
    """The rows of what stands, keyed by finding, and the suppressions by event."""

    decisions: dict[str, Row] = field(default_factory=dict)
    clocks: dict[str, dict[str, date]] = field(default_factory=dict)
    suppressions: dict[str, Row] = field(default_factory=dict)


def work_out_standing(events: Iterable[RecordedEvent], today: date) -> Standing:
    """Goes through the log once; a later event takes the place of an earlier one, and nothing is forgotten."""
    standing, counts = Standing(), dict[str, int]()
    for event in events:
        counts[event.subject_id] = event.version
        if event.kind is EventKind.DECIDED:
            standing.decisions[event.subject_id] = _decision(event)
        elif event.kind is EventKind.DATED:
            days = standing.clocks.setdefault(event.subject_id, {})
            days[event.details["clock"]] = date.fromisoformat(event.details["day"])
        elif event.kind is EventKind.SUPPRESSED:
            standing.suppressions[event.event_id] = _suppression(event, today)
        elif event.kind is EventKind.SUPPRESSION_ENDED and event.details["event_id"] in standing.suppressions:
            standing.suppressions[event.details["event_id"]]["is_active"] = False
    for finding_id, row in standing.decisions.items():
        row["version"] = counts[finding_id]
    return standing


def store_standing(
    con: Connection, events: Sequence[RecordedEvent], today: date, *, is_temporary: bool = False
) -> Standing:
    """Fills the tables of sql/ddl/08_reviews.sql with what stands on `today`, in place of what they held.

    Temporary tables stand before those of a snapshot that was published with an earlier state of the log, or without.
    """
    standing = work_out_standing(events, today)
    subjects = sorted(standing.decisions.keys() | standing.clocks.keys())
    known = {row[0]: row[1:] for row in con.execute(_KNOWN_FINDING, {"subjects": subjects}).fetchall()}
    for finding_id, row in standing.decisions.items():
        evidence_sha, _ = known.get(finding_id, (row["evidence_sha"], False))
        row["is_changed_since"] = evidence_sha != row["evidence_sha"]
    if is_temporary:
        _make_temporary(con)
    _fill(con, "review_event", [_event_row(event) for event in events])
    _fill(con, "finding_disposition", standing.decisions.values())
    _fill(
        con,
        "finding_clock",
        (
            _clock_row(finding_id, days, is_federal=known.get(finding_id, ("", False))[1])
            for finding_id, days in standing.clocks.items()
        ),
    )
    _fill(con, "check_suppression", standing.suppressions.values())
    return standing


def stored_events(con: Connection) -> list[RecordedEvent]:
    """The events that a warehouse or snapshot holds, in their order, without the hash of the event before each."""
    rows = con.execute(
        "select seq, event_id, subject_id, version, kind, reviewer, recorded_at, details, event_hash "
        "from review_event order by seq"
    ).fetchall()
    return [RecordedEvent(*(*row[:4], EventKind(row[4]), *row[5:7], json.loads(row[7]), "", row[8])) for row in rows]


def stored_heads(con: Connection) -> list[Head]:
    """How far the log had come when the warehouse or snapshot was written; none if it held no event."""
    rows = con.execute("select seq, event_hash from review_event order by seq desc limit 1").fetchall()
    return [Head(*row) for row in rows]


def _decision(event: RecordedEvent) -> Row:
    told = dict(event.details)
    return {
        **told,
        "finding_id": event.subject_id,
        "reviewer": event.reviewer,
        "decided_at": event.recorded_at.replace(tzinfo=None),
        **{name: Decimal(told[name]) for name in ("correct_amount", "refund_amount") if name in told},
        **{
            name: date.fromisoformat(told[name])
            for name in ("refunded_on", "records_requested_on", "records_received_on", "reviewed_on")
            if name in told
        },
    }


def _suppression(event: RecordedEvent, today: date) -> Row:
    until = date.fromisoformat(event.details["until"])
    return {
        "event_id": event.event_id,
        "check_id": event.subject_id,
        "payer_id": event.details.get("payer_id"),
        "rendering_provider_npi": event.details.get("rendering_provider_npi"),
        "reason": event.details["reason"],
        "reviewer": event.reviewer,
        "suppressed_at": event.recorded_at.replace(tzinfo=None),
        "suppressed_until": until,
        "is_active": today <= until,
    }


def _clock_row(finding_id: str, days: Mapping[str, date], *, is_federal: bool) -> Row:
    due = work_out_due_day(days, is_federal=is_federal)
    return {
        "finding_id": finding_id,
        **{f"{name}_on": day for name, day in days.items()},
        "due_on": due.due_on if due else None,
        "due_basis": due.basis if due else None,
    }


def _event_row(event: RecordedEvent) -> Row:
    return {
        "seq": event.seq,
        "event_id": event.event_id,
        "subject_id": event.subject_id,
        "version": event.version,
        "kind": event.kind.value,
        "reviewer": event.reviewer,
        "recorded_at": event.recorded_at.replace(tzinfo=None),
        "details": json.dumps(dict(event.details), sort_keys=True, ensure_ascii=False),
        "event_hash": event.event_hash,
    }


def _make_temporary(con: Connection) -> None:
    for statement in duckdb.extract_statements(_DDL.read_text(encoding="utf-8")):
        if statement.query.lstrip().startswith("create table"):
            con.execute(statement.query.replace("create table if not exists", "create or replace temp table", 1))


def _fill(con: Connection, table: str, rows: Iterable[Row]) -> None:
    con.execute(f"delete from {table}")
    shape = con.sql(f"select * from {table} limit 0").to_arrow_table().schema
    filled = pa.Table.from_pylist(list(rows), schema=shape)
    con.register("incoming_review", filled)
    try:
        con.execute(f"insert into {table} select * from incoming_review")
    finally:
        con.unregister("incoming_review")
