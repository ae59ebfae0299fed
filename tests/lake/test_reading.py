"""`claims-audit findings` over a home and over a lake: the same rows, and only those that are wanted."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claims_audit.errors import ExitCode
from claims_audit.home import Home
from claims_audit.publishing import newest_snapshot

Cli = Callable[..., Any]


@pytest.fixture(scope="module")
def home(small_runs: list[Any]) -> Path:
    return Path(small_runs[0].home)


@pytest.fixture(scope="module")
def lake(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with the findings of the home's run, as an audit on Spark would leave them, and one that did not end."""
    folder = tmp_path_factory.mktemp("lake")
    run = folder / "findings" / "20250101T000000-aaaaaa"
    (folder / "findings" / "20260101T000000-bbbbbb" / "finding").mkdir(parents=True)
    with duckdb.connect(str(newest_snapshot(Home(home)).path), read_only=True) as con:
        for table in ("finding", "finding_line", "check_result"):
            (run / table).mkdir(parents=True)
            con.execute(f"copy {table} to '{run / table / 'part.parquet'}' (format parquet)")
    (run / "findings.json").write_text(json.dumps({"run_id": run.name}))
    return folder


def rows(ended: Any) -> list[dict[str, str]]:
    assert ended.code == 0, ended.err
    return list(csv.DictReader(io.StringIO(ended.out)))


def test_a_lake_gives_what_a_home_gives(home: Path, lake: Path, cli: Cli) -> None:
    found = rows(cli("findings", "--lake", lake))
    assert found
    assert found == rows(cli("findings", "--home", home))
    assert cli("findings", "--lake", lake, "--json").json["run_id"] == "20250101T000000-aaaaaa"


@pytest.mark.parametrize("place", ["home", "lake"])
def test_only_what_is_wanted(place: str, home: Path, lake: Path, cli: Cli) -> None:
    where = (f"--{place}", home if place == "home" else lake)
    found = rows(cli("findings", *where))
    one, other = sorted({row["check_id"] for row in found})[:2]
    wanted = rows(cli("findings", *where, "--check", one, "--check", other))
    assert wanted == [row for row in found if row["check_id"] in (one, other)]
    leads = rows(cli("findings", *where, "--direction", "lead"))
    assert leads == [row for row in found if row["direction"] == "lead"]
    both = rows(cli("findings", *where, "--severity", "high", "--direction", "overpayment"))
    assert both == [row for row in found if (row["severity"], row["direction"]) == ("high", "overpayment")]


def test_what_is_not_there(lake: Path, cli: Cli, tmp_path: Path) -> None:
    assert cli("findings", "--lake", tmp_path).code == ExitCode.NO_INPUT
    # An audit that did not end has no findings.
    ended = cli("findings", "--lake", lake, "--run", "20260101T000000-bbbbbb")
    assert (ended.code, "20250101T000000-aaaaaa" in ended.err) == (ExitCode.NO_INPUT, True)
    assert cli("findings", "--lake", lake, "--check", "nothing").code == ExitCode.CONFIGURATION
    assert cli("findings", "--lake", "s3a://bucket/lake").code == ExitCode.USAGE


def test_a_terminal_gets_a_table(lake: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from flows.console import show_findings
    from flows.findings_command import _lake_source
    from reports.tables import findings_frame

    found = findings_frame(*_lake_source(str(lake), None))
    show_findings(found)
    told = capsys.readouterr().out
    assert f"{found.num_rows:,} findings" in told
    assert found.column("check_id")[0].as_py() in told
