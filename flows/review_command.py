"""claims-audit review: what people decide about findings; every call adds to the log, and nothing in it is changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from claims_audit.errors import ExitCode, UsageError
from flows.environment import prepare
from flows.options import HOME, AsJson, Config, HomeFolder

if TYPE_CHECKING:
    from claims_audit.review.event import Event, EventKind, RecordedEvent
    from claims_audit.review.finding_list import ReviewedFinding
    from claims_audit.review.log import ReviewLog
    from claims_audit.settings import Settings

review_app = App(
    name="review",
    help="list, show: findings with their decisions; decide, comment, date, suppress, resume: what is put on record.",
)

Disposition = Literal["confirmed", "dismissed", "needs_records", "corrected", "refunded", "referred"]
ReviewState = Literal[
    "unreviewed", "changed_since", "confirmed", "dismissed", "needs_records", "corrected", "refunded", "referred"
]
Clock = Literal["investigation_started", "identified", "quantified", "contract_due", "reported", "returned"]
Reviewer = Annotated[
    str | None,
    Parameter(name="--reviewer", env_var="CLAIMS_AUDIT_REVIEWER", help="Who puts it on record."),
]
Comment = Annotated[str | None, Parameter(name="--comment", help="In your words; no clinical notes.")]
Version = Annotated[
    int | None,
    Parameter(name="--version", help="Events that you have seen of the finding: refused if there are others now."),
]
Key = Annotated[str | None, Parameter(name="--key", help="Of your own: the same key sent twice is put on record once.")]


@review_app.command(name="list")
def list_reviews(
    *,
    home: HomeFolder = HOME,
    config: Config = None,
    state: Annotated[list[ReviewState] | None, Parameter(help="May be repeated.", negative="")] = None,
    check: Annotated[list[str] | None, Parameter(help="Only of this check; may be repeated.", negative="")] = None,
    suppressed: Annotated[bool, Parameter(negative="", help="Those suppressed for a time, too.")] = False,
    limit: Annotated[int, Parameter(help="Rows of the table; --json has all.")] = 50,
    as_json: AsJson = False,
) -> int:
    """Lists the findings of the newest run with the decision that stands on each now, the most pressing first."""
    from flows.console import print_json
    from flows.review_tables import show_reviews

    findings, log, _ = _open(home, config)
    wanted = [
        found
        for found in findings
        if found.state != "not_seen"
        and (not state or found.review_state in state)
        and (not check or found.check_id in check)
        and (suppressed or found.suppressed_until is None)
    ]
    if as_json:
        print_json({"events": log.head().events, "findings": [_as_object(found) for found in wanted]})
    else:
        show_reviews(wanted[: max(limit, 0)], len(wanted))
    return int(ExitCode.DONE)


@review_app.command(name="show")
def show(finding: str, *, home: HomeFolder = HOME, config: Config = None, as_json: AsJson = False) -> int:
    """Shows a finding with all that was put on record about it, the oldest first."""
    from claims_audit.review.finding_list import choose
    from flows.console import print_json
    from flows.review_tables import show_history

    findings, log, _ = _open(home, config)
    (found,) = choose(findings, [finding])
    events = log.events(found.finding_id)
    if as_json:
        print_json({**_as_object(found), "version": len(events), "events": [_as_record(event) for event in events]})
    else:
        show_history(found, events)
    return int(ExitCode.DONE)


@review_app.command(name="decide")
def decide(
    disposition: Disposition,
    *finding: str,
    reviewer: Reviewer = None,
    reason: Annotated[
        str | None, Parameter(name="--reason", help="Code, of dismissed and corrected; a wrong one lists them.")
    ] = None,
    comment: Comment = None,
    correct_code: Annotated[str | None, Parameter(help="Procedure code that should have been billed.")] = None,
    correct_amount: Annotated[str | None, Parameter(help="Allowed amount that is right, dollars.")] = None,
    records_requested_on: Annotated[str | None, Parameter(help="Day, such as 2026-03-31.")] = None,
    records_received_on: Annotated[str | None, Parameter(help="Day, such as 2026-03-31.")] = None,
    refund_number: Annotated[str | None, Parameter(help="Of the check, adjustment or corrected claim.")] = None,
    refund_amount: Annotated[str | None, Parameter(help="Dollars paid back.")] = None,
    refunded_on: Annotated[str | None, Parameter(help="Day, such as 2026-03-31.")] = None,
    referred_to: Annotated[str | None, Parameter(help="Office or person.")] = None,
    version: Version = None,
    key: Key = None,
    home: HomeFolder = HOME,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Puts a decision about findings on record: all of them, or none. A correction is a new decision."""
    from claims_audit.review.event import EventKind
    from claims_audit.review.finding_list import choose

    findings, log, settings = _open(home, config)
    chosen = choose(findings, finding)
    if not chosen:
        raise UsageError("name the findings by their ids, or the first letters of them")
    if len(chosen) > 1 and (version is not None or key is not None or refund_number is not None):
        raise UsageError("--version, --key and a refund are of one finding; call once for each")
    told = {
        "reason_code": reason,
        "comment": comment,
        "correct_code": correct_code,
        "correct_amount": correct_amount,
        "records_requested_on": records_requested_on,
        "records_received_on": records_received_on,
        "refund_number": refund_number,
        "refund_amount": refund_amount,
        "refunded_on": refunded_on,
        "referred_to": referred_to,
    }
    events = [
        _event(
            found.finding_id,
            EventKind.DECIDED,
            reviewer,
            {"disposition": disposition, "check_id": found.check_id, "evidence_sha": found.evidence_sha, **told},
            key,
        )
        for found in chosen
    ]
    return _record(log, settings, events, version, as_json)


@review_app.command(name="comment")
def comment_on(
    finding: str,
    comment: Annotated[str, Parameter(help="In your words; no clinical notes.")],
    *,
    reviewer: Reviewer = None,
    version: Version = None,
    key: Key = None,
    home: HomeFolder = HOME,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Puts a comment on record; the decision stays what it is."""
    from claims_audit.review.event import EventKind
    from claims_audit.review.finding_list import choose

    findings, log, settings = _open(home, config)
    (found,) = choose(findings, [finding])
    event = _event(found.finding_id, EventKind.COMMENTED, reviewer, {"comment": comment}, key)
    return _record(log, settings, [event], version, as_json)


@review_app.command(name="date")
def put_date(
    finding: str,
    clock: Clock,
    day: str,
    *,
    reviewer: Reviewer = None,
    version: Version = None,
    key: Key = None,
    home: HomeFolder = HOME,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Puts a day on record from which the time to return an overpayment is counted; the report shows the days left."""
    from claims_audit.review.event import EventKind
    from claims_audit.review.finding_list import choose

    findings, log, settings = _open(home, config)
    (found,) = choose(findings, [finding])
    event = _event(found.finding_id, EventKind.DATED, reviewer, {"clock": clock, "day": day}, key)
    return _record(log, settings, [event], version, as_json)


@review_app.command(name="suppress")
def suppress(
    check: str,
    *,
    until: Annotated[str, Parameter(help="Last day of it, a year from now at most, such as 2026-12-31.")],
    reason: Annotated[str, Parameter(help="Why, in your words.")],
    payer: Annotated[str | None, Parameter(help="Only of this payer id.")] = None,
    provider: Annotated[str | None, Parameter(help="Only of this rendering NPI.")] = None,
    reviewer: Reviewer = None,
    key: Key = None,
    home: HomeFolder = HOME,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Findings of a check need no look until a day. They are still found, counted and reported as suppressed."""
    from claims_audit.checking.catalog import read_catalog
    from claims_audit.review.event import EventKind

    check_id = read_catalog().check(check).check_id
    _, log, settings = _open(home, config)
    told = {"payer_id": payer, "rendering_provider_npi": provider, "reason": reason, "until": until}
    return _record(log, settings, [_event(check_id, EventKind.SUPPRESSED, reviewer, told, key)], None, as_json)


@review_app.command(name="resume")
def resume(
    event: Annotated[str, Parameter(help="Key of the suppression, as `review suppress` told it.")],
    *,
    reason: Annotated[str, Parameter(help="Why, in your words.")],
    reviewer: Reviewer = None,
    key: Key = None,
    home: HomeFolder = HOME,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Ends a suppression before its day."""
    from claims_audit.review.event import EventKind

    _, log, settings = _open(home, config)
    ended = [known for known in log.events() if known.kind is EventKind.SUPPRESSED and known.event_id == event]
    if not ended:
        raise UsageError(f"no suppression {event} is on record; the report of the run lists them")
    told = {"event_id": event, "reason": reason}
    return _record(
        log, settings, [_event(ended[0].subject_id, EventKind.SUPPRESSION_ENDED, reviewer, told, key)], None, as_json
    )


def _open(home: Path, config: Path | None) -> tuple[list[ReviewedFinding], ReviewLog, Settings]:
    """The findings of the newest snapshot, the log with its chain proved, and the settings."""
    place = home.absolute()
    prepare(place)
    from claims_audit.home import Home
    from claims_audit.publishing import newest_snapshot
    from claims_audit.review.finding_list import list_findings
    from claims_audit.review.log import ReviewLog
    from claims_audit.review.standing import stored_heads
    from claims_audit.settings import read_settings
    from reports.snapshot import has_relation, open_snapshot

    settings = read_settings(place, config)
    snapshot = newest_snapshot(Home(place))
    log = ReviewLog(Home(place).review)
    with open_snapshot(snapshot.path) as con:
        log.verify(stored_heads(con) if has_relation(con, "review_event") else [])
        return list_findings(con, log.events(), settings.review_day), log, settings


def _event(
    subject: str, kind: EventKind, reviewer: str | None, told: Mapping[str, str | None], key: str | None
) -> Event:
    from claims_audit.review.event import Event

    details = {name: text for name, text in told.items() if text is not None}
    event = Event(subject, kind, reviewer or "", details)
    return event if key is None else Event(subject, kind, reviewer or "", details, key)


def _record(log: ReviewLog, settings: Settings, events: list[Event], version: int | None, as_json: bool) -> int:
    from flows.console import print_json
    from flows.review_tables import show_recorded

    expected = {} if version is None else {events[0].subject_id: version}
    recorded = log.append(events, today=settings.review_day, expected=expected)
    if as_json:
        print_json({"recorded": [_as_record(event) for event in recorded]})
    else:
        show_recorded(recorded)
    return int(ExitCode.DONE)


def _as_object(found: ReviewedFinding) -> dict[str, Any]:
    told = json.loads(json.dumps(asdict(found), default=str))
    return {**told, "review_state": found.review_state}


def _as_record(event: RecordedEvent) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "event_id": event.event_id,
        "subject_id": event.subject_id,
        "version": event.version,
        "kind": event.kind.value,
        "reviewer": event.reviewer,
        "recorded_at": event.recorded_at.isoformat(),
        "details": dict(event.details),
        "event_hash": event.event_hash,
    }
