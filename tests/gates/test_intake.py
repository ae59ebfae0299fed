"""What the intake gate expects: for each expectation what holds, what just holds and what does not."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from checks.expectations.gate import GateOutcome, GateResult
from checks.expectations.intake import IntakeLimits, run_intake_gate
from claims_audit.model import ATTENDANCE_REQUIRED, CLAIM_LINE_REQUIRED

TODAY = date(2026, 11, 23)
TOMORROW = TODAY + timedelta(days=1)

LINES = "Of every file, the lines add up"
CHARGES = "Of every file, the charges add up"
BYTES = "Of every file, the bytes add up"
LINES_STORED = "Of every file, the lines are stored"
CHARGES_STORED = "Of every file, the charges are stored"
WHOLE_FILE = "No file was quarantined entirely"
QUARANTINED = "The share of quarantined lines is small"
NOT_EMPTY = "At least one line was delivered"
VOLUME = "The delivery is about as large as the latest accepted ones"
FUTURE = "No date of service lies in the future"
ANCIENT = "No date of service is before 2000-01-01"
FREQUENCY = "Every claim_frequency_code is one of 1, 7, 8"
UNIT_BASIS = "Every unit_basis_code is one of UN, MJ"
PLACE = "Every place_of_service_code is known"
DIAGNOSIS = "At most 20 % of lines lack a diagnosis_code_1"
STATUS = "Every attendance_status is one of attended, no_show, late_cancel, cancelled, observer"
ATTENDED = "Nobody attended a session in the future"
BALANCE = "Every remittance balances"
PAYMENT = "No payment is dated far ahead"
WARNINGS = {WHOLE_FILE, NOT_EMPTY, VOLUME, ANCIENT, FREQUENCY, UNIT_BASIS, PLACE, DIAGNOSIS, BALANCE, PAYMENT}

NOT_ATTENDED = ("no_show", "late_cancel", "cancelled", "observer")

# name: (what happens to the warehouse, {what is missed by it: what is seen}); all else holds.
CASES = {
    "sound delivery": (lambda w: w.claims(lines=3).attendance(rows=2), {}),
    "everything at its limit": (
        lambda w: w.claims(
            {"date_of_service": TODAY, "date_of_service_through": TODAY, "diagnosis_code_1": None},
            {"date_of_service": date(2000, 1, 1), "claim_frequency_code": "7"},
            {"unit_basis_code": None, "claim_frequency_code": "8"},
            {"unit_basis_code": "MJ"},
            {"place_of_service_code": "10"},
        ).attendance(
            {"session_start_at": datetime(2026, 11, 23, 23, 59)},
            *({"session_start_at": datetime(2026, 11, 24), "attendance_status": status} for status in NOT_ATTENDED),
        ),
        {},
    ),
    # the ledger
    "lines that do not add up": (
        lambda w: w.without_constraints("delivered_file").claims(lines=5).claims(lines=3, lines_in=5),
        {LINES: "1 of 2 files are off, by 2 lines"},
    ),
    "charges that do not add up": (
        lambda w: w.without_constraints("delivered_file").claims(charge_in_cents=4024),
        {CHARGES: "1 of 1 files are off, by 1 cents"},
    ),
    "all five kinds of lines": (
        lambda w: w.claims(
            lines=22,
            lines_loaded=20,
            lines_superseded=2,
            lines_quarantined=1,
            lines_duplicate=3,
            lines_other=4,
            charge_loaded_cents=20 * 4025,
            charge_superseded_cents=2 * 4025,
            charge_quarantined_cents=7,
            charge_duplicate_cents=8,
            charge_other_cents=9,
        ),
        {},
    ),
    "a line that was not stored": (
        lambda w: w.claims(lines=3, lines_loaded=4),
        {LINES_STORED: "1 of 1 files are off, by 1 lines"},
    ),
    "a line too many, that was superseded": (
        lambda w: w.claims(lines=3, lines_loaded=1, lines_superseded=1),
        {LINES_STORED: "1 of 1 files are off, by 1 lines"},
    ),
    "one line too many in one file, one too few in another": (
        lambda w: w.claims(lines=3, lines_loaded=4).claims(lines=3, lines_loaded=2),
        {LINES_STORED: "2 of 2 files are off, by 2 lines"},
    ),
    "attendance that was not stored": (
        lambda w: w.claims().attendance(rows=2, lines_loaded=3),
        {LINES_STORED: "1 of 2 files are off, by 1 lines"},
    ),
    "a file that holds lines of several tables": (
        lambda w: w.claims(lines=2, format_code="newest").attendance(format_code="newest"),
        {},
    ),
    "bytes that do not add up": (
        lambda w: w.without_constraints("delivered_file").claims(lines=2, bytes_frame=3),
        {BYTES: "1 of 1 files are off, by 2 bytes"},
    ),
    "a cent that was lost": (
        lambda w: w.claims(
            {"charge_amount": Decimal("0.10")}, {"charge_amount": Decimal("0.20")}, charge_loaded_cents=31
        ),
        {CHARGES_STORED: "1 of 1 files are off, by 1 cents"},
    ),
    "cents that binary fractions cannot hold": (
        lambda w: w.claims({"charge_amount": Decimal("0.10")}, {"charge_amount": Decimal("0.20")}),
        {},
    ),
    # the delivery
    "a small delivery, half of it quarantined": (lambda w: w.claims(lines=3, lines_quarantined=3), {}),
    "a small delivery, more than half of it quarantined": (
        lambda w: w.claims(lines=3, lines_quarantined=4),
        {QUARANTINED: "57.1 % of 7 lines (4)"},
    ),
    "twenty lines quarantined of a hundred": (lambda w: w.claims(lines=80, lines_quarantined=20), {}),
    "twenty-one lines quarantined of a hundred": (
        lambda w: w.claims(lines=79, lines_quarantined=21),
        {QUARANTINED: "21.0 % of 100 lines (21)"},
    ),
    "a tenth quarantined of a large delivery": (lambda w: w.claims(lines=270, lines_quarantined=30), {}),
    "more than a tenth quarantined of a large delivery": (
        lambda w: w.claims(lines=269, lines_quarantined=31),
        {QUARANTINED: "10.3 % of 300 lines (31)"},
    ),
    "lines of other transactions hide no quarantined ones": (
        lambda w: w.claims(lines=79, lines_quarantined=21, lines_other=900),
        {QUARANTINED: "21.0 % of 100 lines (21)"},
    ),
    "a file quarantined entirely": (
        lambda w: w.claims(lines=3).claims(lines=0, lines_loaded=0, lines_quarantined=1),
        {WHOLE_FILE: "1 of 2 files"},
    ),
    "a file quarantined but for a line": (lambda w: w.claims(lines=3).claims(lines=1, lines_quarantined=1), {}),
    "a file without lines beside another": (lambda w: w.claims(lines=3).claims(lines=0), {}),
    "only a file without lines": (lambda w: w.claims(lines=0), {NOT_EMPTY: "0 lines"}),
    # claim lines
    "a service tomorrow": (
        lambda w: w.claims({}, {}, {"date_of_service": TOMORROW}),
        {FUTURE: "33.3 % of 3 lines (1)"},
    ),
    "a service that ends tomorrow": (
        lambda w: w.claims({"date_of_service": TODAY, "date_of_service_through": TOMORROW}),
        {FUTURE: "100.0 % of 1 lines (1)"},
    ),
    "a service before 2000": (
        lambda w: w.claims({}, {"date_of_service": date(1999, 12, 31)}),
        {ANCIENT: "50.0 % of 2 lines (1)"},
    ),
    "a frequency code of institutional claims": (
        lambda w: w.claims({}, {"claim_frequency_code": "6"}),
        {FREQUENCY: "50.0 % of 2 lines (1)"},
    ),
    "units of another kind": (
        lambda w: w.claims({"unit_basis_code": "F2"}, {}, {}, {}),
        {UNIT_BASIS: "25.0 % of 4 lines (1)"},
    ),
    "an unknown place": (
        lambda w: w.claims({"place_of_service_code": "98"}, {}),
        {PLACE: "50.0 % of 2 lines (1)"},
    ),
    "two of nine lines without a diagnosis, one of them blank": (
        lambda w: w.claims({"diagnosis_code_1": None}, {"diagnosis_code_1": " "}, *[{}] * 7),
        {DIAGNOSIS: "22.2 % of 9 lines (2)"},
    ),
    # attendance
    "an unknown attendance status": (
        lambda w: w.attendance({}, {"attendance_status": "Attended"}),
        {STATUS: "50.0 % of 2 lines (1)"},
    ),
    "attended tomorrow": (
        lambda w: w.attendance({}, {"session_start_at": datetime(2026, 11, 24)}),
        {ATTENDED: "50.0 % of 2 lines (1)"},
    ),
    # remittances
    "sound remittances, one of which could not be judged": (
        lambda w: w.remittance({}, {"balance_faults": "not_judged"}, {"payment_date": None}),
        {},
    ),
    "a remittance that does not balance": (
        lambda w: w.remittance({}, {"balance_faults": "claim_payment_mismatch;payment_total_mismatch"}),
        {BALANCE: "50.0 % of 2 remittances (1)"},
    ),
    "a payment a month ahead": (lambda w: w.remittance({"payment_date": date(2026, 12, 24)}), {}),
    "a payment more than a month ahead": (
        lambda w: w.remittance({"payment_date": date(2026, 12, 25)}),
        {PAYMENT: "100.0 % of 1 remittances (1)"},
    ),
}


def missed(outcome: GateOutcome) -> dict[str, str]:
    return {r.expectation: r.observed for r in outcome.results if r.status_code != "passed"}


@pytest.mark.parametrize("case", CASES)
def test_expectations(warehouse, case):
    deliver, expected = CASES[case]
    outcome = run_intake_gate(deliver(warehouse).path, today=TODAY)

    assert missed(outcome) == expected
    assert {r.status_code for r in outcome.results} <= {"passed", "failed"}
    assert outcome.passed == (set(expected) <= WARNINGS)


@pytest.mark.parametrize(
    ("history", "lines", "observed"),
    [
        ([10, 10], 51, None),
        ([10, 10, 10], 2, None),
        ([10, 10, 10], 1, "1 lines; median of 3 accepted runs: 10.0"),
        ([10, 10, 10], 50, None),
        ([10, 10, 10], 51, "51 lines; median of 3 accepted runs: 10.0"),
        ([10, 5, 10, 20], 50, None),
        ([100] * 3 + [10] * 10, 50, None),
        ([10] * 11 + [100] * 2, 51, "51 lines; median of 10 accepted runs: 10.0"),
    ],
    ids=["too few runs", "low bound", "too low", "high bound", "too high", "median", "last ten", "not the eleventh"],
)
def test_volume_is_compared_with_the_latest_accepted_runs(warehouse, history, lines, observed):
    for night, accepted_lines in enumerate(history):
        run_id = f"2026-10-{night + 1:02}"
        for part in (1, accepted_lines - 1):  # two files of one run
            warehouse.claims(lines=0, lines_loaded=part, accepted_run_id=run_id)
    outcome = run_intake_gate(warehouse.claims(lines=lines).path, today=TODAY)

    assert missed(outcome) == ({VOLUME: observed} if observed else {})
    assert outcome.passed


@pytest.mark.parametrize("blank", [None, " "])
def test_every_needed_column_must_be_there(warehouse, blank):
    not_text = {"claim_line_number", "date_of_service", "service_units", "charge_amount", "session_start_at"}
    lacking = [{c: None if c in not_text else blank} for c in CLAIM_LINE_REQUIRED]
    absent = [{c: None if c in not_text else blank} for c in ATTENDANCE_REQUIRED]
    warehouse.without_constraints("claim_line").without_constraints("attendance")
    outcome = run_intake_gate(warehouse.claims(*lacking).attendance(*absent).path, today=TODAY)

    seen = missed(outcome)
    for column in CLAIM_LINE_REQUIRED:
        assert seen.pop(f"Every line has a {column}") == "9.1 % of 11 lines (1)"
    for column in ATTENDANCE_REQUIRED:
        assert seen.pop(f"Every attendance row has a {column}") == "20.0 % of 5 lines (1)"
    assert set(seen) <= {PLACE, STATUS}
    assert not outcome.passed


def test_only_what_was_delivered_is_judged(warehouse):
    accepted = {"accepted_run_id": "2026-10-01"}
    warehouse.claims({"date_of_service": TOMORROW}, **accepted).attendance({"attendance_status": "?"}, **accepted)
    outcome = run_intake_gate(warehouse.claims(lines=2).path, today=TODAY)

    assert missed(outcome) == {}
    assert not any("attendance_status" in result.expectation for result in outcome.results)
    assert any(result.observed == "0.0 % of 2 lines (0)" for result in outcome.results)


def test_attendance_alone_is_not_judged_as_claims(warehouse):
    outcome = run_intake_gate(warehouse.attendance().path, today=TODAY)

    assert outcome.passed
    assert FUTURE not in {result.expectation for result in outcome.results}


@pytest.mark.parametrize("accepted_before", [False, True])
def test_an_empty_delivery_passes_with_nothing_judged(warehouse, accepted_before):
    if accepted_before:
        warehouse.claims({"date_of_service": TOMORROW}, accepted_run_id="2026-10-01")
    outcome = run_intake_gate(warehouse.path, today=TODAY)

    assert outcome == GateOutcome("intake", ())
    assert outcome.passed
    assert outcome.summary() == "intake gate: nothing new was delivered"


def test_limits_are_the_operators(warehouse):
    limits = IntakeLimits(
        max_quarantined_share=0.3,
        small_delivery_lines=0,
        max_missing_diagnosis_share=0.5,
        earliest_date_of_service=date(2026, 11, 3),
    )
    warehouse.claims(*[{"diagnosis_code_1": None}] * 4, *[{}] * 3, lines_quarantined=3)
    outcome = run_intake_gate(warehouse.path, today=TODAY, limits=limits)

    assert missed(outcome) == {
        "At most 50 % of lines lack a diagnosis_code_1": "57.1 % of 7 lines (4)",
        "No date of service is before 2026-11-03": "100.0 % of 7 lines (7)",
    }


def test_severity_decides_what_stops(warehouse):
    outcome = run_intake_gate(
        warehouse.claims({"date_of_service": TOMORROW}, lines_loaded=0).remittance({}).path, today=TODAY
    )

    severities = {result.expectation: result.severity for result in outcome.results}
    assert {sentence for sentence, severity in severities.items() if severity == "warning"} == WARNINGS


def result(severity, status, sentence="It holds", observed="31.5 % of 127 lines (40)"):
    return GateResult(sentence, severity, status, observed, "at most 10 %")


@pytest.mark.parametrize(
    ("results", "passed", "summary"),
    [
        ([result("critical", "passed")], True, "intake gate passed: 1 expectations held"),
        (
            [result("warning", "failed")],
            True,
            'intake gate passed with warnings: "It holds": 31.5 % of 127 lines (40); expected at most 10 %',
        ),
        (
            [result("warning", "failed"), result("critical", "failed", "A"), result("critical", "failed", "B")],
            False,
            'intake gate failed: "A": 31.5 % of 127 lines (40); expected at most 10 %; and 1 more',
        ),
        (
            [result("critical", "errored", observed="the expectation itself is broken (CatalogException)")],
            False,
            'intake gate failed: "It holds": the expectation itself is broken (CatalogException)',
        ),
    ],
)
def test_summary_names_the_expectation_and_by_how_much(results, passed, summary):
    outcome = GateOutcome("intake", tuple(results))

    assert outcome.passed == passed
    assert outcome.summary() == summary
