"""The memory of findings: new, open, changed, not seen, seen again; and what a run leaves that never published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claims_audit.findings.finding import CheckResult, CheckStatus, Finding, FindingLine
from claims_audit.findings.identity import as_json, evidence_sha, finding_id
from claims_audit.findings.months import CheckCount, Counted, Memory, MonthRecord, months_audited_before
from claims_audit.findings.store import forget_unpublished, record_findings

Desk = Any
CHECKS = ("oversized_group", "exact_duplicate_line")


def finding(key: str, check_id: str = "oversized_group", dollars: str = "40.25", size: int = 12) -> Finding:
    evidence = as_json({"member_count": size})
    line = FindingLine(1, f"PCN{key}", 1, Decimal(dollars))
    return Finding(
        finding_id=finding_id(check_id, {"session_key": key}),
        check_id=check_id,
        rule="R10",
        severity="high",
        direction="overpayment",
        certainty="C2",
        verdict="violates_payer",
        policy_id="ct-90853-max",
        payer_id="CTMCD",
        member_id=None,
        rendering_provider_npi="1234567893",
        date_of_service=date(2024, 3, 4),
        session_key=key,
        exposure_amount=Decimal(dollars),
        exposure_ceiling_amount=Decimal(dollars),
        message=f"{size} people in a group of at most 10.",
        recommended_action="Compare with the roster.",
        evidence=evidence,
        evidence_sha=evidence_sha(evidence, [f"{line.patient_control_number}:1"], dollars),
        lines=(line,),
    )


A, B, C = finding("A"), finding("B"), finding("C", "exact_duplicate_line")


def run(desk: Desk, number: int, findings: Sequence[Finding], errored: Sequence[str] = ()) -> dict[str, int]:
    results = [CheckResult(check, CheckStatus.ERRORED if check in errored else CheckStatus.FOUND) for check in CHECKS]
    return record_findings(desk.con, f"R{number}", findings, results)


def states(desk: Desk) -> dict[str, tuple[str, str, str]]:
    """State, first and last run of each finding, by session."""
    rows = desk.rows("select session_key, state, first_seen_run, last_seen_run from finding order by 1")
    return {key: tuple(rest) for key, *rest in rows}


def test_the_life_of_a_finding(desk: Desk) -> None:
    assert run(desk, 1, [A]) == {"new": 1}
    assert states(desk) == {"A": ("new", "R1", "R1")}
    assert run(desk, 2, [A]) == {"open": 1}
    assert states(desk) == {"A": ("open", "R1", "R2")}
    assert run(desk, 3, [finding("A", size=13)]) == {"changed": 1}
    assert states(desk) == {"A": ("changed", "R1", "R3")}
    assert run(desk, 4, [finding("A", size=13)]) == {"open": 1}
    assert run(desk, 5, []) == {"not_seen": 1}
    assert states(desk) == {"A": ("not_seen", "R1", "R4")}
    assert run(desk, 6, []) == {"not_seen": 1}
    assert run(desk, 7, [finding("A", size=13)]) == {"open": 1}
    assert states(desk) == {"A": ("open", "R1", "R7")}


@pytest.mark.parametrize("change", [{"size": 13}, {"dollars": "40.26"}])
def test_what_the_reviewer_saw_makes_a_change(desk: Desk, change: dict[str, Any]) -> None:
    run(desk, 1, [A])
    assert run(desk, 2, [finding("A", **change)]) == {"changed": 1}
    assert desk.rows("select count(*) from finding") == [(1,)]
    assert desk.rows("select exposure_amount from finding_line") == [(Decimal(change.get("dollars", "40.25")),)]


def test_other_words_are_no_change(desk: Desk) -> None:
    run(desk, 1, [A])
    assert run(desk, 2, [replace(A, message="Said better.", severity="critical")]) == {"open": 1}
    assert desk.rows("select message, severity from finding") == [("Said better.", "critical")]


def test_a_rerun_adds_nothing(desk: Desk) -> None:
    run(desk, 1, [A, B, C])
    tables = {name: desk.rows(f"select count(*) from {name}") for name in ("finding", "finding_line")}
    assert run(desk, 2, [C, B, A]) == {"open": 3}
    assert {name: desk.rows(f"select count(*) from {name}") for name in tables} == tables


def test_findings_of_an_errored_check_keep_their_state(desk: Desk) -> None:
    run(desk, 1, [A, C])
    run(desk, 2, [A, C])
    assert run(desk, 3, [C], errored=["oversized_group"]) == {"open": 2}
    assert states(desk) == {"A": ("open", "R1", "R2"), "C": ("open", "R1", "R3")}
    assert run(desk, 4, [A, C]) == {"open": 2}
    assert states(desk)["A"] == ("open", "R1", "R4")


def test_the_trend_names_each_finding_once_it_is_gone_and_then_no_more(desk: Desk) -> None:
    run(desk, 1, [A, B])
    run(desk, 2, [A])
    run(desk, 3, [A])
    rows = desk.rows("select run_id, state, count(*) from run_finding group by all order by all")
    assert rows == [("R1", "new", 2), ("R2", "not_seen", 1), ("R2", "open", 1), ("R3", "open", 1)]


def test_results_are_kept_by_run(desk: Desk) -> None:
    run(desk, 1, [A])
    run(desk, 2, [], errored=["oversized_group"])
    rows = desk.rows("select run_id, check_id, status_code from check_result order by 1, 2")
    assert rows == [
        ("R1", "exact_duplicate_line", "found"),
        ("R1", "oversized_group", "found"),
        ("R2", "exact_duplicate_line", "found"),
        ("R2", "oversized_group", "errored"),
    ]


def test_nothing_is_kept_of_a_run_that_breaks(desk: Desk) -> None:
    run(desk, 1, [A])
    with pytest.raises(duckdb.Error):
        run(desk, 1, [finding("A", size=13), B])  # the same run a second time
    assert states(desk) == {"A": ("new", "R1", "R1")}
    assert desk.rows("select count(*) from run_finding") == [(1,)]


def published(desk: Desk, number: int) -> tuple[str, Path]:
    """Publishes by hand what the warehouse holds."""
    path = desk.home.snapshots / f"R{number}.duckdb"
    (name,) = desk.rows("select current_database()")[0]
    desk.con.execute(f"attach '{path}' as snap")
    desk.con.execute(f"copy from database {name} to snap")
    desk.con.execute("detach snap")
    return f"R{number}", path


def test_a_first_run_that_never_published_leaves_its_findings_new(desk: Desk) -> None:
    run(desk, 1, [A, B])
    forget_unpublished(desk.con, None)
    assert run(desk, 2, [A]) == {"new": 1}
    assert states(desk) == {"A": ("new", "R2", "R2")}


def test_a_run_that_never_published_is_as_if_it_had_not_been(desk: Desk) -> None:
    run(desk, 1, [A, B])
    snapshot = published(desk, 1)
    run(desk, 2, [finding("A", size=13), C])
    forget_unpublished(desk.con, snapshot)
    assert states(desk) == {"A": ("new", "R1", "R1"), "B": ("new", "R1", "R1")}
    assert run(desk, 3, [finding("A", size=13), C]) == {"changed": 1, "not_seen": 1, "new": 1}
    trend = "select session_key, run_finding.state from run_finding join finding using (finding_id) where run_id = 'R3'"
    assert sorted(desk.rows(trend)) == [("A", "changed"), ("B", "not_seen"), ("C", "new")]


def test_what_was_published_is_not_taken_back(desk: Desk) -> None:
    run(desk, 1, [A])
    forget_unpublished(desk.con, published(desk, 1))
    assert run(desk, 2, [A]) == {"open": 1}


def test_findings_outlive_snapshots_that_the_operator_removed(desk: Desk) -> None:
    run(desk, 1, [A])
    run(desk, 2, [A])
    for number in (1, 2):
        desk.con.execute(
            f"insert into audit_run by name select 'R{number}' as run_id, now() as started_at, "
            "'published' as status_code, '' as code_version, '' as rule_set_sha, '' as policy_sha, '' as data_view"
        )
    forget_unpublished(desk.con, None)
    assert run(desk, 3, [A]) == {"open": 1}


def test_identity_is_the_check_and_its_key_and_nothing_else() -> None:
    one = finding_id("c", {"day": date(2024, 3, 4), "units": Decimal("1.500"), "member": "M1"})
    same = finding_id("c", {"member": "M1", "units": Decimal("1.5"), "day": date(2024, 3, 4)})
    assert one == same
    assert len(one) == 32
    others = [
        finding_id("d", {"day": date(2024, 3, 4), "units": Decimal("1.5"), "member": "M1"}),
        finding_id("c", {"day": date(2024, 3, 5), "units": Decimal("1.5"), "member": "M1"}),
        finding_id("c", {"day": date(2024, 3, 4), "units": Decimal("1.5"), "member": "M2"}),
    ]
    assert len({one, *others}) == 4


def test_evidence_does_not_hang_on_the_order_of_lines() -> None:
    assert evidence_sha("{}", ["a:1", "b:1"], Decimal("5.00")) == evidence_sha("{}", ["b:1", "a:1"], Decimal("5"))
    assert evidence_sha("{}", ["a:1"], Decimal(5)) != evidence_sha("{}", ["a:1", "b:1"], Decimal(5))


JANUARY, FEBRUARY = date(2024, 1, 1), date(2024, 2, 1)


def record_of(month: date, sha: str = "a" * 64) -> MonthRecord:
    counts = {check: CheckCount(5, 1, 1) for check in CHECKS}
    return MonthRecord(month, sha, date(2024, 9, 2), date(2024, 9, 30), counts)


def remember_both(desk: Desk) -> None:
    january, february = replace(A, service_month=JANUARY), replace(B, service_month=FEBRUARY)
    memory = Memory(
        audited=[record_of(JANUARY), record_of(FEBRUARY)],
        counted=[Counted(JANUARY, "provider_activity", "{}"), Counted(FEBRUARY, "provider_activity", "{}")],
    )
    results = [CheckResult(check, CheckStatus.FOUND) for check in CHECKS]
    record_findings(desk.con, "R1", [january, february], results, memory)


def test_months_are_remembered_as_they_were_audited(desk: Desk) -> None:
    remember_both(desk)
    assert months_audited_before(desk.con) == {month: record_of(month) for month in (JANUARY, FEBRUARY)}


def test_findings_of_a_kept_month_are_seen_again_as_they_are(desk: Desk) -> None:
    remember_both(desk)
    memory = Memory(audited=[record_of(FEBRUARY, "b" * 64)], kept=[record_of(JANUARY)])
    results = [CheckResult(check, CheckStatus.FOUND) for check in CHECKS]
    assert record_findings(desk.con, "R2", [], results, memory) == {"open": 1, "not_seen": 1}
    assert states(desk) == {"A": ("open", "R1", "R2"), "B": ("not_seen", "R1", "R1")}
    assert {month: record.input_sha[0] for month, record in months_audited_before(desk.con).items()} == {
        JANUARY: "a",
        FEBRUARY: "b",
    }
    # What was counted in a month goes with the month.
    assert desk.rows("select service_month from month_count") == [(JANUARY,)]


def test_a_kept_month_does_not_bring_back_what_was_gone(desk: Desk) -> None:
    remember_both(desk)
    results = [CheckResult(check, CheckStatus.FOUND) for check in CHECKS]
    record_findings(desk.con, "R2", [], results, Memory(audited=[record_of(JANUARY), record_of(FEBRUARY)]))
    memory = Memory(kept=[record_of(JANUARY), record_of(FEBRUARY)])
    assert record_findings(desk.con, "R3", [], results, memory) == {"not_seen": 2}


@pytest.mark.parametrize("failed", [["exact_duplicate_line"], list(CHECKS)])
def test_nothing_is_remembered_of_a_run_in_which_a_check_failed(desk: Desk, failed: list[str]) -> None:
    remember_both(desk)
    results = [CheckResult(check, CheckStatus.ERRORED if check in failed else CheckStatus.FOUND) for check in CHECKS]
    record_findings(desk.con, "R2", [], results, Memory(kept=[record_of(JANUARY), record_of(FEBRUARY)]))
    assert months_audited_before(desk.con) == {}


@pytest.mark.parametrize(
    ("sha", "day", "holds"),
    [
        ("a" * 64, date(2024, 9, 2), True),
        ("a" * 64, date(2024, 9, 30), True),
        ("a" * 64, date(2024, 10, 1), False),
        ("a" * 64, date(2024, 9, 1), False),
        ("b" * 64, date(2024, 9, 2), False),
    ],
)
def test_a_month_holds_from_its_audit_to_its_last_sure_day(sha: str, day: date, holds: bool) -> None:
    assert record_of(JANUARY).holds(sha, day) is holds
    assert replace(record_of(JANUARY), valid_until=None).holds(sha, date(2999, 1, 1)) is (sha[0] == "a")
