"""An event of the review: what a person put on record about a finding or a check, and what it must say to count."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from claims_audit.errors import UsageError


class EventKind(StrEnum):
    """What an event does."""

    DECIDED = "decided"
    COMMENTED = "commented"
    DATED = "dated"
    SUPPRESSED = "suppressed"
    SUPPRESSION_ENDED = "suppression_ended"


class Disposition(StrEnum):
    """The conclusion of a reviewer."""

    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    NEEDS_RECORDS = "needs_records"
    CORRECTED = "corrected"
    REFUNDED = "refunded"
    REFERRED = "referred"


# They say that the check was right. Who asks for records, or hands the finding on, has not judged it yet.
UPHELD: Final = (Disposition.CONFIRMED, Disposition.CORRECTED, Disposition.REFUNDED)

REASONS: Final[Mapping[Disposition, Mapping[str, str]]] = {
    Disposition.DISMISSED: {
        "record_supports": "The record supports the claim as it was billed.",
        "payer_allows": "The payer allows it in writing.",
        "rule_wrong": "The rule or the check is wrong here.",
        "data_wrong": "The audit had wrong or missing data.",
        "settled_elsewhere": "It is settled under another finding or claim.",
        "other": "Something else; the comment says what.",
    },
    Disposition.CORRECTED: {
        "replacement_sent": "A replacement claim was sent.",
        "void_sent": "The claim was voided.",
        "before_payment": "It was put right before it was paid.",
        "other": "Something else; the comment says what.",
    },
}

CLOCKS: Final[Mapping[str, str]] = {
    "investigation_started": "first day of a good-faith investigation",
    "identified": "day on which the overpayment was identified",
    "quantified": "day on which the investigation ended with an amount",
    "contract_due": "last day by the contract with the payer",
    "reported": "day of the report to the payer",
    "returned": "day on which it was returned",
}

LONGEST_SUPPRESSION: Final = timedelta(days=366)
_LONGEST_TEXT: Final = 4_000
_PROCEDURE_CODE: Final = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]")
_KNOWN: Final[Mapping[EventKind, frozenset[str]]] = {
    EventKind.DECIDED: frozenset(
        {
            "disposition",
            "check_id",
            "evidence_sha",
            "reason_code",
            "comment",
            "correct_code",
            "correct_amount",
            "records_requested_on",
            "records_received_on",
            "refund_number",
            "refund_amount",
            "refunded_on",
            "referred_to",
            "reviewed_on",
        }
    ),
    EventKind.COMMENTED: frozenset({"comment"}),
    EventKind.DATED: frozenset({"clock", "day"}),
    EventKind.SUPPRESSED: frozenset({"payer_id", "rendering_provider_npi", "reason", "until"}),
    EventKind.SUPPRESSION_ENDED: frozenset({"event_id", "reason"}),
}


@dataclass(frozen=True, slots=True)
class Event:
    """What is to be put on record. `subject_id` is a finding, of suppressions a check; `details` holds texts only."""

    subject_id: str
    kind: EventKind
    reviewer: str
    details: Mapping[str, str]
    event_id: str = field(default_factory=lambda: secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """An event of the log, with its place in it and the chain of hashes."""

    seq: int
    event_id: str
    subject_id: str
    version: int
    kind: EventKind
    reviewer: str
    recorded_at: datetime
    details: Mapping[str, str]
    previous_hash: str
    event_hash: str


def check_event(event: Event, today: date) -> None:
    """Raises UsageError, with the remedy, if the event does not say what one of its kind must."""
    if not event.reviewer.strip() or len(event.reviewer) > 200 or not event.reviewer.isprintable():
        raise UsageError("name the reviewer with --reviewer, or in CLAIMS_AUDIT_REVIEWER; up to 200 characters")
    if not re.fullmatch(r"[0-9A-Za-z._-]{8,100}", event.event_id):
        raise UsageError("a key is 8 to 100 letters, digits, dots, hyphens or underscores")
    if unknown := sorted(set(event.details) - _KNOWN[event.kind]):
        raise UsageError(f"an event of the kind {event.kind} has no {', '.join(unknown)}")
    for name, text in event.details.items():
        if len(text) > _LONGEST_TEXT or "\0" in text:
            raise UsageError(f"{name} is longer than {_LONGEST_TEXT:,} characters, or no text")
    _CHECKS[event.kind](event.details, today)


def _check_decision(details: Mapping[str, str], today: date) -> None:
    disposition = _disposition(details.get("disposition", ""))
    _require(details, "check_id", "evidence_sha")
    reasons = REASONS.get(disposition)
    code = details.get("reason_code")
    if reasons is None and code is not None:
        raise UsageError(f"{disposition} takes no reason code; put it into the comment")
    if reasons is not None and code not in reasons:
        raise UsageError(f"{disposition} needs --reason, one of {', '.join(reasons)}")
    if code == "other" and not details.get("comment", "").strip():
        raise UsageError("the reason other needs a comment that says what")
    if disposition is Disposition.REFUNDED:
        _require(details, "refund_number", "refund_amount", "refunded_on")
    elif refund := sorted(set(details) & {"refund_number", "refund_amount", "refunded_on"}):
        raise UsageError(f"{', '.join(refund)} belong to refunded")
    if disposition is Disposition.REFERRED:
        _require(details, "referred_to")
    elif "referred_to" in details:
        raise UsageError("referred_to belongs to referred")
    for name in ("refund_amount", "correct_amount"):
        if name in details:
            _amount(name, details[name], may_be_zero=name == "correct_amount")
    for name in ("refunded_on", "records_requested_on", "records_received_on", "reviewed_on"):
        if name in details:
            _past_day(name, details[name], today)
    code = details.get("correct_code")
    if code is not None and not _PROCEDURE_CODE.fullmatch(code):
        raise UsageError("correct_code is a procedure code of five characters, such as 90847")


def _check_comment(details: Mapping[str, str], _: date) -> None:
    _require(details, "comment")


def _check_dated(details: Mapping[str, str], today: date) -> None:
    clock = details.get("clock", "")
    if clock not in CLOCKS:
        raise UsageError(f"--clock is one of {', '.join(CLOCKS)}")
    if clock == "contract_due":
        _day("day", details.get("day", ""))
    else:
        _past_day("day", details.get("day", ""), today)


def _check_suppression(details: Mapping[str, str], today: date) -> None:
    _require(details, "reason", "until")
    until = _day("until", details["until"])
    if not today <= until <= today + LONGEST_SUPPRESSION:
        raise UsageError("a suppression ends on a day between today and a year from now; set it again after a new look")


def _check_suppression_end(details: Mapping[str, str], _: date) -> None:
    _require(details, "event_id", "reason")


_CHECKS: Final = {
    EventKind.DECIDED: _check_decision,
    EventKind.COMMENTED: _check_comment,
    EventKind.DATED: _check_dated,
    EventKind.SUPPRESSED: _check_suppression,
    EventKind.SUPPRESSION_ENDED: _check_suppression_end,
}


def _disposition(text: str) -> Disposition:
    try:
        return Disposition(text)
    except ValueError:
        raise UsageError(f"a disposition is one of {', '.join(Disposition)}") from None


def _require(details: Mapping[str, str], *names: str) -> None:
    if missing := [name for name in names if not details.get(name, "").strip()]:
        raise UsageError(f"{', '.join(missing)} is missing")


def _amount(name: str, text: str, *, may_be_zero: bool) -> None:
    try:
        amount = Decimal(text)
        is_fit = amount.is_finite() and amount == round(amount, 2) and 0 <= amount < 10**10
    except (InvalidOperation, ValueError):
        is_fit = False
    if not is_fit or (amount == 0 and not may_be_zero):
        raise UsageError(f"{name} is dollars with up to two decimals, such as 85.10")


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{name} is a day such as 2026-03-31") from None


def _past_day(name: str, text: str, today: date) -> None:
    if not date(1990, 1, 1) <= _day(name, text) <= today:
        raise UsageError(f"{name} lies in the future, or before 1990")
