"""claims-audit review over a small audited home: a decision is on record at once, and the next night brings it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

import claims_audit.publishing as publishing
from claims_audit.errors import ExitCode
from tests.flows.conftest import SIZES, night


@pytest.fixture(name="review")
def review_fixture(cli: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("CLAIMS_AUDIT_REVIEWER", "A. Reviewer")
    return lambda *words: cli("review", *words, "--home", str(home), "--json")


def oversized(review: Callable[..., Any]) -> list[dict[str, Any]]:
    found = review("list", "--check", "oversized_group", "--suppressed").json["findings"]
    assert len(found) == len(SIZES)
    return sorted(found, key=lambda one: str(one["date_of_service"]))


def test_a_decision_is_on_record_and_in_the_next_report(
    review: Callable[..., Any], cli: Any, home: Path, tmp_path: Path
) -> None:
    first, second = oversized(review)
    assert first["review_state"] == "unreviewed"
    ended = review("decide", "confirmed", first["finding_id"][:12], "--comment", "Sign-in sheet <b>seen</b>.")
    assert ended.code == ExitCode.DONE
    ended = review("decide", "dismissed", second["finding_id"], "--reason", "payer_allows")
    assert ended.json["recorded"][0]["details"]["evidence_sha"] == second["evidence_sha"]
    assert [one["review_state"] for one in oversized(review)] == ["confirmed", "dismissed"]
    assert [one["review_state"] for one in review("list", "--state", "dismissed").json["findings"]] == ["dismissed"]

    # The page of the last run is told again with what has been decided since.
    cli("report", "--home", str(home))
    page = (home / "reports" / "latest" / "report.html").read_text()
    assert "Sign-in sheet &lt;b&gt;seen&lt;/b&gt;." in page
    assert "1 of 2</span>" in page

    manifest = night(cli, home, tmp_path / "inbox")
    assert manifest["review"]["events"] == 2
    with publishing.connect(home) as con:
        assert con.execute("select disposition, is_changed_since from finding_disposition order by 1").fetchall() == [
            ("confirmed", False),
            ("dismissed", False),
        ]
        assert con.execute("select count(*) from review_event").fetchone() == (2,)


def test_changed_evidence_opens_a_finding_again(
    review: Callable[..., Any], cli: Any, home: Path, tmp_path: Path, claim: Callable[..., Any], as_csv: Any
) -> None:
    for one in oversized(review):
        review("decide", "dismissed", one["finding_id"], "--reason", "record_supports")
    day = "2024-03-05"
    late = claim(
        patient_control_number="P-late",
        member_id="M-late",
        date_of_service=day,
        session_start_at=f"{day} 09:00",
        session_end_at=f"{day} 10:00",
        session_id=f"S{day}",
        payer_id="ACME",
    )
    (tmp_path / "inbox" / "late.csv").write_bytes(as_csv([late]))
    night(cli, home, tmp_path / "inbox")
    # The same finding with one more person in it.
    assert [one["review_state"] for one in oversized(review)] == ["dismissed", "changed_since"]
    changed = oversized(review)[1]
    history = review("show", changed["finding_id"]).json
    assert (history["version"], history["disposition"]) == (1, "dismissed")
    review("decide", "confirmed", changed["finding_id"])
    assert oversized(review)[1]["review_state"] == "confirmed"


def test_a_suppression_hides_from_the_list_and_from_no_total(
    review: Callable[..., Any], cli: Any, home: Path, tmp_path: Path
) -> None:
    before = json.loads((next(iter((home / "runs").iterdir())) / "run.json").read_text())["dollars_at_risk"]
    until = ("--until", "2199-01-01")
    assert review("suppress", "oversized_group", *until, "--reason", "x").code == ExitCode.USAGE
    soon = date.today().isoformat()
    ended = review("suppress", "oversized_group", "--until", soon, "--reason", "Under negotiation")
    assert ended.code == ExitCode.DONE
    assert review("list", "--check", "oversized_group").json["findings"] == []
    assert {one["suppressed_until"] for one in oversized(review)} == {soon}
    assert night(cli, home, tmp_path / "inbox")["dollars_at_risk"] == before
    assert "Under negotiation" in (home / "reports" / "latest" / "report.html").read_text()
    key = ended.json["recorded"][0]["event_id"]
    assert review("resume", key, "--reason", "Settled").code == ExitCode.DONE
    assert len(review("list", "--check", "oversized_group").json["findings"]) == len(SIZES)
    assert review("resume", "no-such-key", "--reason", "x").code == ExitCode.USAGE


def test_days_are_counted_from_what_a_person_entered(review: Callable[..., Any]) -> None:
    finding = oversized(review)[0]["finding_id"]
    # ACME is no federal payer: only the contract's day counts.
    assert review("date", finding, "identified", "2024-05-01").code == ExitCode.DONE
    assert oversized(review)[0]["due_on"] is None
    assert review("date", finding, "contract_due", "2024-08-01").code == ExitCode.DONE
    assert oversized(review)[0]["due_on"] == "2024-08-01"


def test_what_cannot_be_put_on_record_is_told(review: Callable[..., Any], cli: Any, home: Path, tmp_path: Path) -> None:
    first, second = (one["finding_id"] for one in oversized(review))
    for words, told in (
        (("decide", "confirmed"), "name the findings"),
        (("decide", "confirmed", first[:5]), "too short"),
        (("decide", "confirmed", "0" * 32), "no finding"),
        (("decide", "dismissed", first), "payer_allows"),
        (("decide", "confirmed", first, second, "--version", "0"), "call once for each"),
        (("decide", "confirmed", first, "--reviewer", ""), "--reviewer"),
        (("suppress", "no_such_check", "--until", "2026-12-31", "--reason", "x"), "no_such_check"),
    ):
        ended = review(*words)
        assert (ended.code in (ExitCode.USAGE, ExitCode.CONFIGURATION), told in ended.err) == (True, True), ended.err
    assert not (home / "review.sqlite").exists()
    review("comment", first, "Asked the clinic.")
    ended = review("decide", "confirmed", first, "--version", "0")
    assert (ended.code, "somebody was faster" in ended.err) == (ExitCode.GATE_FAILED, True)
    assert review("decide", "confirmed", first, "--version", "1", "--key", "key-0001").code == ExitCode.DONE
    assert review("decide", "confirmed", first, "--version", "1", "--key", "key-0001").code == ExitCode.DONE
    assert review("show", first).json["version"] == 2
    nothing = cli("review", "list", "--home", str(tmp_path / "elsewhere"))
    assert nothing.code == ExitCode.NO_INPUT


def test_a_forged_log_is_told_and_the_night_goes_on(
    review: Callable[..., Any], cli: Any, home: Path, tmp_path: Path
) -> None:
    first = oversized(review)[0]["finding_id"]
    review("decide", "confirmed", first)
    night(cli, home, tmp_path / "inbox")
    with sqlite3.connect(home / "review.sqlite") as con:
        con.execute("drop trigger event_is_not_changed")
        con.execute("update event set reviewer = 'Somebody else'")
    con.close()
    ended = review("list")
    assert (ended.code, "the log was changed" in ended.err) == (ExitCode.GATE_FAILED, True)
    # Nobody's claims wait for it; the decisions that the last run saw stand, and the run warns.
    ended = cli("run", "--plain", "--home", str(home), "--inbox", str(tmp_path / "inbox"), "--json")
    assert ended.code == ExitCode.DONE_WITH_WARNINGS
    assert any("the log was changed" in warning for warning in ended.json["warnings"])
    assert ended.json["review"] is None
    assert "Somebody else" not in (home / "reports" / "latest" / "report.html").read_text()
    with publishing.connect(home) as con:
        assert con.execute("select disposition, reviewer from finding_disposition").fetchall() == [
            ("confirmed", "A. Reviewer")
        ]


def test_tables_for_people(review: Callable[..., Any], cli: Any, home: Path) -> None:
    first = oversized(review)[0]
    decided = cli("review", "decide", "referred", first["finding_id"], "--referred-to", "Counsel", "--home", str(home))
    assert "referred; referred to: Counsel" in decided.out
    listed = cli("review", "list", "--home", str(home), "--limit", "1")
    assert "1 of" in listed.out
    shown = cli("review", "show", first["finding_id"], "--home", str(home)).out
    assert first["message"] in shown
    assert "A. Reviewer" in shown
