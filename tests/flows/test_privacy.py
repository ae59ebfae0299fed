"""Planted names and numbers: what a person's row holds is in the warehouse and the reports, and nowhere else."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from claims_audit.project import ROOT
from tests.alarms.listening import listening
from tests.flows.own_process import run_by_nobody

Row = dict[str, str]
MARK = "SENTINEL7"
DAY = "1931-07-19"  # planted as a date of service, in every way in which a date is written
MARKS = (MARK, DAY, "19310719", "07/19/1931", "7/19/1931", "1931-07")


@pytest.fixture
def marked(tmp_path: Path, claim: Callable[..., Row], attended: Callable[..., Row], as_csv: Any) -> Path:
    """An inbox whose good and bad rows all carry the mark."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    rows = [
        claim(member_id=f"{MARK}M{n}", patient_control_number=f"{MARK}P{n}", session_id=f"{MARK}S") for n in range(12)
    ]
    twice = [{**rows[0], "patient_control_number": f"{MARK}X"}]
    bad = [
        {**rows[1], "payer_id": MARK + "\x01"},
        {**rows[2], "date_of_service": MARK},
        {**rows[3], "charge_amount": MARK},
        {**rows[4], "rendering_provider_npi": MARK},
    ]
    old = [{**rows[5], "patient_control_number": f"{MARK}O", "date_of_service": DAY, "date_of_service_through": DAY}]
    text = as_csv([*rows, *twice, *bad, *old])
    broken = text.splitlines(keepends=True)[1].replace(b"CTMCD", b'"CTMCD')
    (inbox / "claims.csv").write_bytes(text + broken)
    roster = [attended(member_id=f"{MARK}M{n}", session_id=f"{MARK}S") for n in range(12)]
    (inbox / "roster.csv").write_bytes(as_csv([*roster, attended(member_id=MARK, attendance_status=MARK)]))
    (inbox / "rubbish.txt").write_text(f"{MARK},{MARK}\n{MARK}\n")
    sample = (ROOT / "data/sample/inbox/harbor_light_2024-03_late_claims.837").read_bytes()
    (inbox / "claims.837").write_bytes(sample.replace(b"NM1*IL*1*", f"NM1*IL*1*{MARK}".encode()))
    return inbox


def kept_outside(home: Path) -> list[Path]:
    """Files of a home that are no claims data: run.json, logs, Prefect's, the report for management."""
    inside = ("warehouse.duckdb", "snapshots", "archive", "reports", "review.sqlite")
    return [
        path
        for path in home.rglob("*")
        if path.is_file()
        and (
            path.relative_to(home).parts[0].removesuffix(".wal") not in inside
            or path.name.startswith("report-management")
        )
    ]


def assert_unmarked(home: Path) -> None:
    paths = kept_outside(home)
    assert any(path.name == "run.json" for path in paths)
    assert [(path.name, mark) for path in paths for mark in MARKS if mark.encode() in path.read_bytes()] == []


def assert_silent(*texts: str) -> None:
    assert [mark for mark in MARKS for text in texts if mark in text] == []


def test_a_plain_run_tells_no_value(cli: Callable[..., Any], marked: Path, tmp_path: Path) -> None:
    ended = cli("run", "--plain", "--inbox", marked, "--home", tmp_path / "home", "--json")
    assert ended.code == 10
    assert MARK not in ended.out + ended.err
    assert sum(entry["lines_quarantined"] for entry in ended.json["files"]) >= 6
    assert_unmarked(tmp_path / "home")
    people = cli("load", marked, "--home", tmp_path / "home")
    assert MARK not in people.out + people.err


def test_a_stopped_run_tells_no_value(cli: Callable[..., Any], marked: Path, tmp_path: Path) -> None:
    (tmp_path / "strict.toml").write_text("[gate]\nsmall_delivery_lines = 0\n")
    ended = cli(
        "run", "--plain", "--inbox", marked, "--home", tmp_path / "home", "--config", tmp_path / "strict.toml", "--json"
    )
    assert ended.code == 65
    assert MARK not in ended.out + ended.err
    assert_unmarked(tmp_path / "home")


def test_what_reviewers_wrote_is_in_no_message_and_not_for_management(
    cli: Callable[..., Any], marked: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert cli("run", "--plain", "--inbox", marked, "--home", home).code == 10
    found = cli("review", "list", "--home", home, "--json").json["findings"]
    for one in found:
        words = ("--comment", f"{MARK} was seen on {DAY}", "--reviewer", "officer", "--home", home)
        assert cli("review", "decide", "confirmed", one["finding_id"], *words).code == 0
    assert found
    internal = cli("report", "--home", home)
    assert MARK in (home / "reports" / "latest" / "report.html").read_text(encoding="utf-8")
    told = cli("report", "--home", home, "--profile", "management", "--json")
    again = cli("run", "--plain", "--inbox", marked, "--home", home, "--json")
    assert_silent(internal.out, internal.err, told.out, told.err, again.out, again.err)
    assert (home / "reports" / "latest" / "report-management.html").is_file()
    assert_unmarked(home)


@pytest.mark.parametrize(
    "place",
    [
        "claims_audit.intake.lines.stage",
        "flows.night.run_checks",
        "flows.night.publish",
        "flows.rendering.build_report",
    ],
)
def test_a_bug_tells_no_value(
    cli: Callable[..., Any], marked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise ValueError(f"cannot convert {MARK} of {DAY}")

    monkeypatch.setattr(place, break_down)
    ended = cli("run", "--plain", "--inbox", marked, "--home", tmp_path / "home", "--json")
    assert (ended.code, ended.json["exit_code"]) == (70, 70)
    assert MARK not in ended.out + ended.err
    assert "ValueError" in ended.err
    assert_unmarked(tmp_path / "home")


def test_the_warehouse_holds_no_names(cli: Callable[..., Any], marked: Path, tmp_path: Path) -> None:
    from claims_audit import connect

    assert cli("run", "--plain", "--inbox", marked / "claims.837", "--home", tmp_path / "home").code in (0, 10)
    with connect(tmp_path / "home") as con:
        for (table,) in con.execute("select table_name from duckdb_tables()").fetchall():
            assert MARK not in repr(con.execute(f"select * from {table}").fetchall()), table
    snapshot = next((tmp_path / "home" / "snapshots").glob("*.duckdb"))
    assert MARK.encode() not in snapshot.read_bytes()


def test_a_failing_check_tells_no_value(
    cli: Callable[..., Any], marked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that stumbles over a value: DuckDB's own text holds it."""
    seen: list[str] = []

    def break_down(*_: object, **__: object) -> None:
        import duckdb

        with duckdb.connect() as con:
            try:
                con.execute(f"select cast('{MARK}{DAY}' as integer)").fetchall()
            except duckdb.Error as error:
                seen.append(str(error))
                raise

    monkeypatch.setattr("claims_audit.checking.run.run_check", break_down)
    ended = cli("run", "--plain", "--inbox", marked, "--home", tmp_path / "home", "--json")
    assert ended.code == 10
    assert "errored" in {check["status"] for check in ended.json["checks"]}
    assert any(MARK in text for text in seen), "the fault itself holds the mark"
    assert_silent(ended.out, ended.err)
    assert_unmarked(tmp_path / "home")


def test_messages_pings_log_and_metrics_tell_no_value(
    cli: Callable[..., Any], marked: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening() as listener:
        monkeypatch.setenv("CLAIMS_AUDIT_PING_URL", listener.ping_url)
        monkeypatch.setenv("CLAIMS_AUDIT_NOTIFY_TEAM", listener.message_url)
        (tmp_path / "audit.toml").write_text('[notify.targets.team]\nseverity = "digest"\n')
        home = tmp_path / "home"
        ended = cli("run", "--plain", "--inbox", marked, "--home", home, "--config", tmp_path / "audit.toml", "--json")
        assert (listener.pings, len(listener.messages)) == (["start", "log", "0"], 1)
        assert_silent(ended.out, ended.err, *(path + body for path, body in listener.calls))
    there = {path.relative_to(home).parts[0] for path in kept_outside(home)}
    assert {"runs", "metrics", "alarms.json"} <= there
    assert any(path.name == "log.jsonl" for path in kept_outside(home))
    assert_unmarked(home)
    wide = [path for path in home.rglob("*") if not path.is_symlink() and path.stat().st_mode & 0o077]
    assert wide == [], "files that others could read"


def test_a_killed_night_tells_no_value(marked: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [Path(sys.executable).with_name("claims-audit"), "run", "--plain", "--inbox", marked, "--home", home]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    log = next(_appearing(home, process))
    while process.poll() is None and "delivery_loaded" not in log.read_text():
        time.sleep(0.01)
    process.kill()
    assert_silent(*process.communicate(timeout=60))
    paths = [path for path in kept_outside(home) if path.relative_to(home).parts[0] != "tmp"]
    assert log in paths
    assert [(path, mark) for path in paths for mark in MARKS if mark.encode() in path.read_bytes()] == []


def _appearing(home: Path, process: subprocess.Popen[str]) -> Iterator[Path]:
    while process.poll() is None:
        yield from home.glob("runs/*/log.jsonl")
        time.sleep(0.01)


@pytest.mark.slow
def test_a_night_under_prefect_finds_the_same_and_keeps_no_value(
    marked: Path, tmp_path: Path, sample_run: Any, findings_of: Callable[..., Any]
) -> None:
    """The flow as it runs at night, in a process of its own, over the sample and the marked rows."""
    shutil.copytree(ROOT / "data" / "sample" / "inbox", marked / "sample")
    home = tmp_path / "home"
    ended = run_by_nobody(
        [Path(sys.executable).with_name("claims-audit"), "run", "--inbox", marked, "--home", home], tmp_path
    )
    assert ended.returncode == 10, ended.stderr
    assert MARK not in ended.stdout + ended.stderr
    assert not (tmp_path / "nobody").exists(), "something was written into the user's own home directory"
    ids = {row["finding_id"]: row["evidence_sha"] for row in findings_of(home) if MARK not in row["claim_lines"]}
    assert ids == {row["finding_id"]: row["evidence_sha"] for row in findings_of(sample_run.home)}
    assert_unmarked(home)
    with sqlite3.connect(home / "prefect" / "prefect.db") as database:
        (state,) = database.execute("select state_type from flow_run").fetchall()
        artifacts = database.execute("select key from artifact order by key").fetchall()
        tasks = database.execute("select name, state_type from task_run order by start_time").fetchall()
    assert state == ("COMPLETED",)
    assert artifacts == [("claims-audit-night",), ("claims-audit-report",)]
    assert [name.rsplit("-", 1)[0] for name, _ in tasks] == [
        "load-delivery",
        "pass-gate",
        "audit-warehouse",
        "publish-run",
        "write-reports",
    ]
    assert {state for _, state in tasks} == {"COMPLETED"}
    assert (home / "prefect").stat().st_mode & 0o077 == 0
