"""What stands of the log on each finding, each check and each suppression, in the tables of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claims_audit.review.event import Event, EventKind
from claims_audit.review.log import ReviewLog
from claims_audit.review.standing import TABLES, store_standing
from claims_audit.warehouse.database import create_tables

TODAY = date(2026, 11, 27)
DEFAULTS = "'2026-01-05', null, 10, 10, 'm', 'a', '{}'"


@pytest.fixture(name="con")
def con_fixture() -> Iterator[duckdb.DuckDBPyConnection]:
    """Two findings of a check, one of Medicare and one of an insurer."""
    with duckdb.connect() as con:
        create_tables(con)
        con.execute(
            "insert into payer by name select unnest(['MED', 'INS']) as payer_id, unnest(['M', 'I']) as payer_name, "
            "unnest(['medicare', 'commercial']) as program"
        )
        for finding_id, payer_id in (("f1", "MED"), ("f2", "INS")):
            con.execute(
                f"""
                insert into finding (
                    finding_id, check_id, rule, severity, direction, certainty, verdict, payer_id, date_of_service,
                    session_key, exposure_amount, exposure_ceiling_amount, message, recommended_action, evidence,
                    evidence_sha, first_seen_run, last_seen_run, state
                )
                values ('{finding_id}', 'oversized_group', 'R10', 'high', 'overpayment', 'C1', 'no_policy',
                    '{payer_id}', {DEFAULTS}, 'sha-1', 'r1', 'r1', 'open')
                """
            )
        yield con


@pytest.fixture(name="log")
def log_fixture(tmp_path: Path) -> ReviewLog:
    return ReviewLog(tmp_path / "review.sqlite")


def decided(finding: str, disposition: str, sha: str = "sha-1", **details: str) -> Event:
    told = {"disposition": disposition, "check_id": "oversized_group", "evidence_sha": sha, **details}
    return Event(finding, EventKind.DECIDED, "A. Reviewer", told)


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return con.execute(query).fetchall()


def store(con: duckdb.DuckDBPyConnection, log: ReviewLog, *events: Event, today: date = TODAY, **how: Any) -> None:
    log.append(events, today=min(today, TODAY))
    store_standing(con, log.events(), today, **how)


def test_the_last_decision_stands_and_the_first_is_kept(con: duckdb.DuckDBPyConnection, log: ReviewLog) -> None:
    store(
        con, log, decided("f1", "dismissed", reason_code="data_wrong"), decided("f1", "confirmed", correct_amount="9.5")
    )
    store(con, log, Event("f1", EventKind.COMMENTED, "B", {"comment": "Seen."}))
    found = rows(
        con,
        "select finding_id, disposition, reason_code, reviewer, is_changed_since, version, correct_amount "
        "from finding_disposition",
    )
    assert [(*row[:-1], str(row[-1])) for row in found] == [("f1", "confirmed", None, "A. Reviewer", False, 3, "9.50")]
    assert rows(con, "select seq, kind, version from review_event order by seq") == [
        (1, "decided", 1),
        (2, "decided", 2),
        (3, "commented", 3),
    ]


def test_other_evidence_opens_a_finding_again(con: duckdb.DuckDBPyConnection, log: ReviewLog) -> None:
    store(con, log, decided("f1", "confirmed"), decided("f2", "confirmed", sha="sha-0"))
    assert rows(con, "select finding_id, is_changed_since from finding_disposition order by 1") == [
        ("f1", False),
        ("f2", True),
    ]
    store(con, log, decided("f2", "confirmed"))
    assert rows(con, "select bool_or(is_changed_since) from finding_disposition") == [(False,)]


def test_a_decision_outlives_its_finding(con: duckdb.DuckDBPyConnection, log: ReviewLog) -> None:
    store(con, log, decided("f-gone", "refunded", refund_number="1", refund_amount="5.10", refunded_on="2026-11-01"))
    assert rows(
        con, "select check_id, is_changed_since, refund_amount::varchar, refunded_on from finding_disposition"
    ) == [("oversized_group", False, "5.10", date(2026, 11, 1))]


def test_the_sixty_days_are_those_of_medicare(con: duckdb.DuckDBPyConnection, log: ReviewLog) -> None:
    told = {"clock": "identified", "day": "2026-11-01"}
    store(con, log, *(Event(finding, EventKind.DATED, "A", told) for finding in ("f1", "f2", "f-gone")))
    assert rows(con, "select finding_id, identified_on, due_on from finding_clock order by 1") == [
        ("f-gone", date(2026, 11, 1), None),
        ("f1", date(2026, 11, 1), date(2026, 12, 31)),
        ("f2", date(2026, 11, 1), None),
    ]


def test_a_suppression_ends_on_its_day_or_before(con: duckdb.DuckDBPyConnection, log: ReviewLog) -> None:
    told = {"reason": "Under negotiation", "until": "2026-12-31", "payer_id": "INS"}
    first = Event("oversized_group", EventKind.SUPPRESSED, "A", told)
    store(con, log, first, today=date(2026, 12, 31))
    assert rows(con, "select payer_id, suppressed_until, is_active from check_suppression") == [
        ("INS", date(2026, 12, 31), True)
    ]
    store(con, log, today=date(2027, 1, 1))
    assert rows(con, "select is_active from check_suppression") == [(False,)]
    ended = {"event_id": first.event_id, "reason": "Settled"}
    store(con, log, Event("oversized_group", EventKind.SUPPRESSION_ENDED, "A", ended))
    assert rows(con, "select is_active from check_suppression") == [(False,)]


def test_a_snapshot_is_told_without_being_written(tmp_path: Path, log: ReviewLog) -> None:
    path = tmp_path / "snapshot.duckdb"
    with duckdb.connect(str(path)) as con:
        create_tables(con)
        for table in TABLES:  # as an older version has published it
            con.execute(f"drop table {table}")
    before = path.read_bytes()
    with duckdb.connect(str(path), read_only=True) as con:
        store(con, log, decided("f1", "confirmed"), is_temporary=True)
        store(con, log, decided("f1", "referred", referred_to="Counsel"), is_temporary=True)
        assert rows(con, "select disposition, referred_to from finding_disposition") == [("referred", "Counsel")]
    assert path.read_bytes() == before
