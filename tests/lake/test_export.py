"""What `claims-audit export` writes, and when it refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claims_audit.checking.catalog import read_catalog
from claims_audit.errors import ConfigurationError, ExitCode, NoInputError
from claims_audit.home import Home, hold_folder
from claims_audit.lake.export import tables_of_lake
from claims_audit.lake.layout import read_manifest
from claims_audit.publishing import newest_snapshot

Cli = Callable[..., Any]


@pytest.fixture(scope="module")
def home(small_runs: list[Any]) -> Path:
    return Path(small_runs[0].home)


@pytest.fixture
def lake(home: Path, cli: Cli, tmp_path: Path) -> Path:
    ended = cli("export", "--parquet", tmp_path / "lake", "--home", home)
    assert ended.code == 0, ended.err
    return tmp_path / "lake"


def test_every_table_is_there_as_it_is(home: Path, lake: Path) -> None:
    manifest = read_manifest(lake)
    assert set(manifest.tables) == set(tables_of_lake(read_catalog()))
    with duckdb.connect() as con:
        con.execute(f"attach '{newest_snapshot(Home(home)).path}' as snapshot (read_only)")
        for name, table in manifest.tables.items():
            path = lake / table.path
            files = f"{path}/**/*.parquet" if path.is_dir() else str(path)
            there = f"select * from read_parquet('{files}', hive_partitioning = false)"
            stored = f"select * from snapshot.{name}"
            for one, other in ((stored, there), (there, stored)):
                assert con.execute(f"select count(*) from ({one} except all {other})").fetchall() == [(0,)], name
            assert con.execute(f"select count(*) from ({there})").fetchall() == [(table.row_count,)]


def test_claim_lines_lie_by_month_of_service(lake: Path) -> None:
    manifest = read_manifest(lake)
    folder = lake / manifest.tables["claim_line"].path
    assert {path.name for path in folder.iterdir()} == {f"service_month={month}" for month in manifest.service_months}
    assert sum(manifest.service_months.values()) == manifest.tables["claim_line"].row_count


def test_only_its_owner_can_read_it(lake: Path) -> None:
    assert lake.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o077 for path in lake.rglob("*")} == {0}


def test_what_it_comes_from(home: Path, lake: Path) -> None:
    manifest = read_manifest(lake)
    assert manifest.run_id == newest_snapshot(Home(home)).run_id
    assert manifest.rule_set_sha == read_catalog().sha256
    assert (manifest.data_view, list(manifest.packs)) == ("provider", ["core"])


def test_a_lake_is_replaced_only_if_asked(home: Path, lake: Path, cli: Cli) -> None:
    before = json.loads((lake / "lake.json").read_text())
    ended = cli("export", "--parquet", lake, "--home", home)
    assert (ended.code, "--replace" in ended.err) == (ExitCode.USAGE, True)
    assert json.loads((lake / "lake.json").read_text()) == before
    (lake / "findings" / "run").mkdir(parents=True)
    assert cli("export", "--parquet", lake, "--home", home, "--replace").code == 0
    assert (lake / "findings" / "run").is_dir()
    # The tables of the first export are gone with it.
    assert len(list((lake / "tables").iterdir())) == 1
    assert read_manifest(lake).tables["payer"].path != before["tables"]["payer"]["path"]


def test_a_folder_of_somebody_else_stays_as_it_is(home: Path, cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("x")
    ended = cli("export", "--parquet", tmp_path, "--home", home, "--replace")
    assert (ended.code, "letter.txt" in ended.err) == (ExitCode.USAGE, True)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_lake_that_did_not_get_whole_is_none(lake: Path, home: Path, cli: Cli) -> None:
    (lake / "lake.json").unlink()
    with pytest.raises(NoInputError, match="its export did not end"):
        read_manifest(lake)
    assert cli("audit", "--engine", "spark", "--lake", lake).code == ExitCode.NO_INPUT
    # What is left of it is ours, and no reason to ask.
    assert cli("export", "--parquet", lake, "--home", home).code == 0


def test_a_full_disk_leaves_the_lake_that_was_there(
    lake: Path, home: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (lake / "lake.json").read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("claims_audit.lake.export._sync", fail)
    ended = cli("export", "--parquet", lake, "--home", home, "--replace")
    assert (ended.code, "No space left" in ended.err) == (ExitCode.IO_ERROR, True)
    assert (lake / "lake.json").read_bytes() == before
    assert len(list((lake / "tables").iterdir())) == 1
    assert (lake / read_manifest(lake).tables["payer"].path).is_file()


def test_a_lake_in_use_is_left_alone(lake: Path, home: Path, cli: Cli) -> None:
    with hold_folder(lake, "audit 1"):
        ended = cli("export", "--parquet", lake, "--home", home, "--replace")
    assert (ended.code, "audit 1" in ended.err) == (ExitCode.LOCKED, True)


def test_a_lake_of_another_format(lake: Path) -> None:
    content = json.loads((lake / "lake.json").read_text())
    (lake / "lake.json").write_text(json.dumps(content | {"format_version": 99}))
    with pytest.raises(ConfigurationError, match="format 99"):
        read_manifest(lake)
    (lake / "lake.json").write_text("[]")
    with pytest.raises(ConfigurationError, match="export again"):
        read_manifest(lake)
