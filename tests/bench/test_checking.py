"""A small race of the checks: the history is the same each time, everybody finds the same, and the page says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from bench import history
from bench.check_peers import CHECKERS, SHIPPED
from bench.check_race import ENGINE, OUR_NAMES, SHIPPED_CHECKS, SPARK, YARDSTICKS, find_absent, require_same, run_once
from bench.check_report import find_targets, read_checks, render_check_text, render_checks, write_checks
from bench.check_results import AUDIT, REFERENCE, Checked, CheckResults, growth
from bench.export import export_history
from bench.history import make_history
from bench.race import DisagreementError
from bench.reference_checks import KEYS, as_answer
from bench.smoke import MARGINS, find_regressions
from bench.smoke_child import WatchedConnection
from claims_audit.home import Home
from claims_audit.project import ROOT
from claims_audit.sample_practice.practice import luhn_digit

LINES = 20_000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("history") / "home")
    make_history(home, LINES, months=3)
    return home


@pytest.fixture(scope="module")
def export(home: Home) -> Path:
    folder = home.path.parent / "export"
    export_history(home, folder)
    return folder


def rows_of(home: Home, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        return con.execute(query).fetchall()


def test_a_history_is_the_same_each_time_and_another_with_another_seed(home: Home, tmp_path: Path) -> None:
    query = "select * from claim_line order by claim_line_id"
    same, other = Home(tmp_path / "same"), Home(tmp_path / "other")
    make_history(same, LINES, months=3)
    make_history(other, LINES, seed=1, months=3)
    rows = rows_of(home, query)
    assert rows == rows_of(same, query)
    assert rows != rows_of(other, query)


def test_a_history_has_its_lines_by_day_and_its_ledger_balances(home: Home) -> None:
    days = [day for (day,) in rows_of(home, "select date_of_service from claim_line")]
    assert len(days) == LINES
    assert days == sorted(days)
    assert {(day.year, day.month) for day in days} == {(2022, 1), (2022, 2), (2022, 3)}
    assert rows_of(home, "select sum(lines_in), sum(lines_superseded) from delivered_file") == [
        (LINES, rows_of(home, "select count(*) from superseded_line where basis_code <> 'void'")[0][0])
    ]
    assert rows_of(home, "select count(*) from claim_line anti join claim using (claim_id)") == [(0,)]


def test_clinicians_have_valid_numbers(home: Home) -> None:
    numbers = rows_of(
        home, "select rendering_provider_npi from claim_line union select billing_provider_npi from claim"
    )
    for (number,) in numbers:
        assert str(number)[9:] == luhn_digit("80840" + str(number)[:9])


def test_groups_have_up_to_fourteen_members(home: Home) -> None:
    sizes = rows_of(
        home,
        "select distinct count(distinct member_id) from claim_line where procedure_code = '90853' "
        "group by rendering_provider_npi, date_of_service, session_id, session_start_at "
        "having session_id is not null",
    )
    assert {size for (size,) in sizes} >= {4, 5, 6, 7, 8, 9, 10}
    assert max(size for (size,) in sizes) <= 14


def test_a_home_with_a_warehouse_is_left_alone(home: Home) -> None:
    with pytest.raises(FileExistsError, match="name a new home"):
        make_history(home, LINES)


def test_planted_mistakes_are_found_by_the_shipped_checks(home: Home, export: Path) -> None:
    found = {name: len(rows) for name, rows in CHECKERS[SHIPPED_CHECKS](home, export)().items()}
    assert set(found) == set(SHIPPED)
    assert all(found[name] for name in ("oversized_group", "missing_distinct_modifier", "exact_duplicate_line"))


def test_everybody_finds_the_same(home: Home, export: Path) -> None:
    names = [name for name in CHECKERS if name != SHIPPED_CHECKS and name not in find_absent()]
    answers = {name: as_answer(CHECKERS[name](home, export)()) for name in names}
    require_same(answers)
    assert len(answers) >= 3
    assert all(answers[ENGINE][check] for check in KEYS)


@pytest.mark.slow
@pytest.mark.skipif(SPARK in find_absent(), reason="no Java or no .venv-spark")
def test_spark_finds_the_same(home: Home, export: Path) -> None:
    runs = {name: run_once(name, home, export) for name in (SPARK, "plain DuckDB")}
    require_same({name: run.answer for name, run in runs.items()})
    assert all(run.peak_bytes > 0 and run.cpu_seconds > 0 for run in runs.values())


def test_who_finds_something_else_ends_the_race() -> None:
    told = {check: ["a", "b"] for check in KEYS}
    odd = {**told, "code_twice": ["a", "c"]}
    with pytest.raises(DisagreementError, match="code_twice: ours found 2 rows, theirs 2; 2 have only one of them"):
        require_same({"ours": told, "theirs": odd})


def test_growth_is_the_slope_of_the_logarithms() -> None:
    assert growth([(1e6, 3.0), (1e7, 30.0), (1e8, 300.0)]) == pytest.approx(1)
    assert growth([(1.0, 5.0), (10.0, 500.0)]) == pytest.approx(2)


def made_up(race: str, name: str, lines: int, seconds: float, peak: int) -> Checked:
    return Checked(race, name, lines, (seconds,), (seconds,), peak, 7)


MADE_UP = CheckResults(
    machine="a machine",
    rounds={"10,000,000": 1},
    yardsticks=YARDSTICKS,
    left_out={SPARK: "no Java"},
    ours=OUR_NAMES,
    checked=(
        made_up(REFERENCE, ENGINE, 10_000_000, 10.0, 900_000_000),
        made_up(REFERENCE, "pandas", 10_000_000, 40.0, 4_000_000_000),
        made_up(REFERENCE, "Polars streaming", 10_000_000, 30.0, 2_000_000_000),
        made_up(AUDIT, "core pack", 10_000_000, 60.0, 1_000_000_000),
        made_up(AUDIT, "core pack", 100_000_000, 600.0, 1_100_000_000),
        made_up(AUDIT, YARDSTICKS[AUDIT], 100_000_000, 100.0, 1_500_000_000),
    ),
)


def test_targets_are_held_against_what_was_measured() -> None:
    told = {one.text: (one.measured, one.is_met) for one in find_targets(MADE_UP)}
    assert [value for text, value in told.items() if "4x" in text] == [("6x", False)]
    assert [value for text, value in told.items() if "2,000 MB" in text] == [("1,100 MB", True)]
    assert [value for text, value in told.items() if "Polars" in text] == [("3x", True)]
    assert [value for text, value in told.items() if "pandas" in text] == [("4x", False)]
    assert [value for text, value in told.items() if "Spark" in text] == [("not measured", None)]
    assert [value for text, value in told.items() if "exponent" in text] == [("1.00", True)]
    assert [value for text, value in told.items() if "flat" in text] == [("+10%", True)]


def test_the_part_about_checking_can_be_written_and_read_again(tmp_path: Path) -> None:
    printed = write_checks(MADE_UP, tmp_path)
    assert read_checks(tmp_path) == MADE_UP
    assert printed == render_check_text(MADE_UP)
    page = render_checks(MADE_UP)
    assert "| core pack | 100,000,000 | 600 | 600 to 600 | 166,667 | 6 | 600 | 1,100 | 7 |" in page
    assert f"Not measured: {SPARK}: no Java." in page
    assert "pandas" in (tmp_path / "performance_checks.svg").read_text(encoding="utf-8")


def test_more_work_than_the_margin_is_a_regression() -> None:
    recorded = dict.fromkeys(MARGINS, 100.0)
    assert find_regressions(recorded, recorded) == []
    assert find_regressions(dict.fromkeys(MARGINS, 50.0), recorded) == []
    (fault,) = find_regressions({**recorded, "scanned_rows_per_line": 111.0}, recorded)
    assert fault.startswith("scanned_rows_per_line is 111.000, more than 1.03 times the 100.000")


def test_scanned_rows_are_counted_over_all_statements(home: Home) -> None:
    with duckdb.connect(str(home.warehouse), read_only=True) as con:
        watched = WatchedConnection(con)
        watched.execute("select max(member_id) from claim_line where claim_line_id > 5").fetchall()
        watched.execute("create temp table copied as select member_id from claim_line where claim_line_id > 5")
        watched.collect()
        watched.collect()
    assert watched.scanned_rows == 2 * LINES
    assert watched.passed_rows >= LINES


def test_the_history_is_a_command_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", history.__name__, str(tmp_path / "home"), "--lines", "1_000"]
    ended = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert ended.stdout.startswith("1,000 lines, ")
    assert rows_of(Home(tmp_path / "home"), "select count(*) from claim_line") == [(1000,)]
