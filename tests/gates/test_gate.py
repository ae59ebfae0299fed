"""How any gate behaves: what is broken, what leaks, and what it leaves behind."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from checks.expectations.intake import run_intake_gate
from claims_audit.errors import LockedError, StorageError

TODAY = date(2026, 11, 23)
ROOT = Path(__file__).parents[2]
SENTINEL = "ZZSENTINEL"


def by_status(outcome, status):
    return {result.expectation for result in outcome.results if result.status_code == status}


def test_a_missing_table_breaks_what_needs_it_and_nothing_else(warehouse):
    warehouse.claims(lines=3).db.execute("drop table attendance")
    outcome = run_intake_gate(warehouse.path, today=TODAY)

    broken = [result for result in outcome.results if result.status_code == "errored"]
    assert {result.observed for result in broken} == {"the expectation itself is broken (CatalogException)"}
    assert "Of every file, the lines are stored" in by_status(outcome, "errored")
    assert "Every line has a member_id" in by_status(outcome, "passed")
    assert not outcome.passed
    assert "is broken" in outcome.summary()


def test_a_missing_ledger_breaks_everything(warehouse):
    warehouse.claims(lines=3).db.execute("drop table delivered_file")
    outcome = run_intake_gate(warehouse.path, today=TODAY)

    assert len(by_status(outcome, "errored")) == len(outcome.results) > 20
    assert not outcome.passed


def test_a_missing_column_is_broken_not_failed(warehouse):
    warehouse.claims(lines=3).db.execute("alter table claim_line drop column unit_basis_code")
    outcome = run_intake_gate(warehouse.path, today=TODAY)

    assert "Every unit_basis_code is one of UN, MJ" in by_status(outcome, "errored")
    assert not by_status(outcome, "failed")


def test_an_expectation_that_great_expectations_cannot_judge_is_broken_alone(warehouse, monkeypatch):
    from checks.expectations import intake

    sound = intake._listed("unit_basis_code", ("UN",), "warning")
    of_unknown_column = intake.Expectation(
        "It is there", "critical", sound.kind, {"column": "no_such", "value_set": ["1"]}, {}, "", "none"
    )
    impossible = intake._no_rows("cast(member_id as integer) = 1", "It casts", "warning", {}, "", "none")
    subject = intake.Subject(
        "lines", "select unit_basis_code, member_id from claim_line", (of_unknown_column, sound, impossible)
    )
    monkeypatch.setattr(intake, "_subjects", lambda *_: [subject])
    outcome = run_intake_gate(warehouse.claims({"member_id": SENTINEL}).path, today=TODAY)

    assert [result.status_code for result in outcome.results] == ["errored", "passed", "errored"]
    assert outcome.results[2].observed == "the expectation itself is broken (ConversionException)"
    assert SENTINEL not in repr(outcome)


def test_a_measure_that_is_no_number_is_broken_and_not_told(warehouse, monkeypatch):
    from checks.expectations import intake

    curious = intake._no_rows("false", "It counts", "critical", {"member": "max(member_id)"}, "{member}", "none")
    subject = intake.Subject("lines", "select member_id from claim_line", (curious,))
    monkeypatch.setattr(intake, "_subjects", lambda *_: [subject])
    outcome = run_intake_gate(warehouse.claims({"member_id": SENTINEL}).path, today=TODAY)

    assert outcome.results[0].status_code == "errored"
    assert SENTINEL not in repr(outcome)


def sentinel_line(**changes):
    numbers = ("patient_control_number", "payer_claim_control_number", "member_id", "subscriber_id", "session_id")
    return {name: f"{SENTINEL}-{name}" for name in numbers} | changes


def failing(warehouse):
    codes = {"claim_frequency_code": SENTINEL, "place_of_service_code": SENTINEL, "unit_basis_code": SENTINEL}
    warehouse.claims(sentinel_line(date_of_service=date(2027, 1, 1), **codes), lines_loaded=2, lines_quarantined=9)
    warehouse.attendance({"member_id": SENTINEL, "session_id": SENTINEL, "attendance_status": SENTINEL})


def broken(warehouse):
    """The error texts of DuckDB quote the values that it could not convert."""
    failing(warehouse)
    for table, column, kind in (
        ("claim_line", "date_of_service", "date"),
        ("attendance", "session_start_at", "timestamp"),
    ):
        warehouse.db.execute(f"create table stored as select * from {table}")
        warehouse.db.execute(f"drop table {table}")
        warehouse.db.execute(f"alter table stored rename to {table}_stored")
        spoilt = f"select * replace (cast(member_id as {kind}) as {column}) from {table}_stored"
        warehouse.db.execute(f"create view {table} as {spoilt}")


@pytest.mark.parametrize(
    "spoil", [lambda w: w.claims(sentinel_line()), failing, broken], ids=["sound", "failing", "broken"]
)
def test_nothing_from_a_claim_leaves_the_gate(warehouse, spoil, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    spoil(warehouse)
    outcome = run_intake_gate(warehouse.path, today=TODAY)

    told = capfd.readouterr()
    assert outcome.results
    assert SENTINEL not in repr(outcome) + outcome.summary()
    assert told.out == ""
    assert told.err == ""
    assert SENTINEL not in caplog.text
    assert not [record for record in caplog.records if record.name.startswith(("great_expectations", "sqlalchemy"))]
    if spoil is broken:
        assert "the expectation itself is broken (ConversionException)" in {r.observed for r in outcome.results}


@pytest.mark.parametrize(
    "spoil", [lambda w: w.claims(), failing, broken, lambda w: w], ids=["sound", "failing", "broken", "empty"]
)
def test_the_file_is_free_afterwards(warehouse, spoil):
    spoil(warehouse)
    path = warehouse.path
    before = path.read_bytes()
    run_intake_gate(path, today=TODAY)

    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
    with duckdb.connect(str(path)) as db:
        db.execute("create table written (n integer)")


def test_a_closed_connection_holds_nothing_though_a_cursor_is_still_there(warehouse):
    from checks.expectations.duckdb_dialect import GateDialect

    path = warehouse.claims(lines=3).path
    connection = GateDialect().connect(database=str(path))
    cursor = connection.cursor()
    cursor.execute("select claim_line_id from claim_line")
    connection.begin()
    other = connection.cursor()
    other.execute("select 1")
    connection.rollback()
    assert (other.fetchall(), cursor.fetchone(), cursor.fetchmany(1)) == ([(1,)], (1,), [(2,)])
    connection.close()

    with duckdb.connect(str(path)) as db:
        db.execute("create table written (n integer)")


def test_a_gate_cannot_write(warehouse):
    from checks.expectations.duckdb_dialect import GateDialect

    connection = GateDialect().connect(database=str(warehouse.path))
    with pytest.raises(duckdb.InvalidInputException, match="read-only"):
        connection.cursor().execute("create table written (n integer)")
    connection.close()


def test_logging_is_as_before(warehouse):
    logger = logging.getLogger("great_expectations")
    before = (logger.propagate, list(logger.handlers), logging.root.level)
    run_intake_gate(warehouse.claims().path, today=TODAY)

    assert (logger.propagate, list(logger.handlers), logging.root.level) == before


def test_a_path_with_special_characters_is_no_riddle(warehouse, tmp_path):
    folder = tmp_path / "a b$HOME#c%20'd"
    folder.mkdir()
    path = warehouse.claims().path.rename(folder / "warehouse.duckdb")

    assert run_intake_gate(path, today=TODAY).passed


def test_a_missing_warehouse_is_told(tmp_path):
    with pytest.raises(StorageError, match="there is no warehouse"):
        run_intake_gate(tmp_path / "none.duckdb", today=TODAY)
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_warehouse_is_told(tmp_path):
    (tmp_path / "warehouse.duckdb").write_text(SENTINEL * 1000)
    with pytest.raises(StorageError, match="could not be opened") as caught:
        run_intake_gate(tmp_path / "warehouse.duckdb", today=TODAY)
    assert SENTINEL not in str(caught.value)


def test_a_warehouse_that_is_held_open_is_told(warehouse, tmp_path):
    warehouse.claims()
    with pytest.raises(LockedError, match="is held"):
        run_intake_gate(tmp_path / "warehouse.duckdb", today=TODAY)
    with duckdb.connect(str(warehouse.path)):
        pass
    assert run_intake_gate(warehouse.path, today=TODAY).passed


def test_a_process_of_its_own_is_silent_and_leaves_nothing(warehouse, tmp_path):
    failing(warehouse)
    home, temporary = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    temporary.mkdir()
    script = (
        "import sys; from datetime import date; from pathlib import Path\n"
        "from checks.expectations.intake import run_intake_gate\n"
        "assert not {'great_expectations', 'sqlalchemy'} & set(sys.modules)\n"
        f"assert not run_intake_gate(Path({str(warehouse.path)!r}), today=date(2026, 11, 23)).passed\n"
    )
    environment = {**os.environ, "HOME": str(home), "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=home, env=environment, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not [*home.iterdir(), *temporary.iterdir()]
