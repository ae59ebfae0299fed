"""What an event must say before it is put on record, and by when an overpayment is to be returned."""

from __future__ import annotations

from datetime import date

import pytest

from claims_audit.errors import UsageError
from claims_audit.review.clock import work_out_due_day
from claims_audit.review.event import Event, EventKind, check_event

TODAY = date(2026, 11, 27)
SEEN = {"check_id": "oversized_group", "evidence_sha": "e" * 64}
REFUND = {"refund_number": "4711", "refund_amount": "85.10", "refunded_on": "2026-11-27"}


def decided(disposition: str, **details: str) -> Event:
    return Event("f1", EventKind.DECIDED, "A. Reviewer", {"disposition": disposition, **SEEN, **details})


@pytest.mark.parametrize(
    "event",
    [
        decided("confirmed"),
        decided("confirmed", comment="Two of them left early.", correct_code="90847", correct_amount="0"),
        decided("dismissed", reason_code="record_supports"),
        decided("dismissed", reason_code="other", comment="A letter of the payer."),
        decided("needs_records", records_requested_on="2026-11-27"),
        decided("corrected", reason_code="void_sent"),
        decided("refunded", **REFUND),
        decided("referred", referred_to="Counsel"),
        Event("f1", EventKind.COMMENTED, "B", {"comment": "Asked the clinic."}),
        Event("f1", EventKind.DATED, "B", {"clock": "identified", "day": "2026-11-27"}),
        Event("f1", EventKind.DATED, "B", {"clock": "contract_due", "day": "2027-05-01"}),
        Event("c", EventKind.SUPPRESSED, "B", {"reason": "Under negotiation", "until": "2026-11-27"}),
        Event("c", EventKind.SUPPRESSED, "B", {"reason": "Under negotiation", "until": "2027-11-28"}),
        Event("c", EventKind.SUPPRESSION_ENDED, "B", {"event_id": "x", "reason": "Settled"}),
    ],
)
def test_a_whole_event_is_taken(event: Event) -> None:
    check_event(event, TODAY)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (decided("maybe"), "one of confirmed, dismissed"),
        (decided("dismissed"), "record_supports, payer_allows"),
        (decided("dismissed", reason_code="void_sent"), "record_supports"),
        (decided("dismissed", reason_code="other", comment=" "), "comment"),
        (decided("confirmed", reason_code="record_supports"), "no reason code"),
        (decided("refunded", refund_number="4711", refund_amount="85.10"), "refunded_on"),
        (decided("refunded", **REFUND | {"refund_amount": "0"}), "dollars"),
        (decided("refunded", **REFUND | {"refund_amount": "85.105"}), "dollars"),
        (decided("refunded", **REFUND | {"refund_amount": "NaN"}), "dollars"),
        (decided("refunded", **REFUND | {"refund_amount": "1e12"}), "dollars"),
        (decided("refunded", **REFUND | {"refunded_on": "2026-11-28"}), "future"),
        (decided("confirmed", **REFUND), "belong to refunded"),
        (decided("confirmed", referred_to="Counsel"), "belongs to referred"),
        (decided("referred"), "referred_to"),
        (decided("confirmed", correct_code="9084"), "five characters"),
        (decided("confirmed", correct_amount="-1"), "dollars"),
        (decided("confirmed", made_up="1"), "no made_up"),
        (decided("confirmed", comment="x" * 4001), "4,000"),
        (Event("f1", EventKind.DECIDED, "A", {"disposition": "confirmed"}), "check_id, evidence_sha"),
        (Event("f1", EventKind.COMMENTED, " ", {"comment": "x"}), "--reviewer"),
        (Event("f1", EventKind.COMMENTED, "A\nB", {"comment": "x"}), "--reviewer"),
        (Event("f1", EventKind.COMMENTED, "A", {"comment": "x"}, "short"), "key"),
        (Event("f1", EventKind.COMMENTED, "A", {"comment": ""}), "comment is missing"),
        (Event("f1", EventKind.DATED, "A", {"clock": "flagged", "day": "2026-11-01"}), "investigation_started"),
        (Event("f1", EventKind.DATED, "A", {"clock": "identified", "day": "2026-11-28"}), "future"),
        (Event("f1", EventKind.DATED, "A", {"clock": "identified", "day": "1.11.2026"}), "2026-03-31"),
        (Event("c", EventKind.SUPPRESSED, "A", {"reason": "x", "until": "2026-11-26"}), "a year from now"),
        (Event("c", EventKind.SUPPRESSED, "A", {"reason": "x", "until": "2027-11-29"}), "a year from now"),
        (Event("c", EventKind.SUPPRESSED, "A", {"until": "2026-12-31"}), "reason is missing"),
    ],
)
def test_what_is_missing_or_wrong_is_told(event: Event, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        check_event(event, TODAY)


@pytest.mark.parametrize(
    ("days", "is_federal", "due"),
    [
        ({}, True, None),
        # A finding alone, or an investigation alone, starts no clock.
        ({"investigation_started": "2026-01-01"}, True, None),
        ({"identified": "2026-01-01"}, True, "2026-03-02"),
        ({"identified": "2026-01-01"}, False, None),
        ({"contract_due": "2026-02-01"}, False, "2026-02-01"),
        ({"identified": "2026-01-01", "contract_due": "2026-02-01"}, True, "2026-02-01"),
        # It ran from the first day: all 60 days are left when it ends.
        (
            {"identified": "2026-01-01", "investigation_started": "2025-12-01", "quantified": "2026-01-31"},
            True,
            "2026-04-01",
        ),
        # 20 days were used before it began.
        (
            {"identified": "2026-01-01", "investigation_started": "2026-01-21", "quantified": "2026-01-31"},
            True,
            "2026-03-12",
        ),
        # It never ended: 180 days after identification the clock goes on.
        ({"identified": "2026-01-01", "investigation_started": "2026-01-01"}, True, "2026-08-29"),
        (
            {"identified": "2026-01-01", "investigation_started": "2026-01-01", "quantified": "2026-12-01"},
            True,
            "2026-08-29",
        ),
        # It had an amount before the overpayment was identified, or began when the 60 days were over.
        (
            {"identified": "2026-01-01", "investigation_started": "2025-11-01", "quantified": "2025-12-01"},
            True,
            "2026-03-02",
        ),
        ({"identified": "2026-01-01", "investigation_started": "2026-03-02"}, True, "2026-03-02"),
        (
            {"identified": "2026-01-01", "investigation_started": "2026-03-01", "quantified": "2026-03-05"},
            True,
            "2026-03-06",
        ),
        # A leap year has its own February.
        ({"identified": "2024-01-01"}, True, "2024-03-01"),
    ],
)
def test_the_day_by_which_an_overpayment_is_returned(days: dict[str, str], is_federal: bool, due: str | None) -> None:
    entered = {name: date.fromisoformat(day) for name, day in days.items()}
    worked_out = work_out_due_day(entered, is_federal=is_federal)
    assert (worked_out and worked_out.due_on.isoformat()) == due
