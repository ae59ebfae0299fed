"""What SQL may reach: nothing outside the home, no extension, no setting that would change that."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from claims_audit.home import Home
from claims_audit.project import ROOT
from claims_audit.settings import Settings
from claims_audit.warehouse.database import confine, open_scratch, open_warehouse

SETTINGS = ("autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions")


@pytest.fixture(params=["warehouse", "scratch"])
def con(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    home = Home(tmp_path / "it's a home")
    home.create()
    with open_warehouse(home, Settings()) as con:
        if request.param == "warehouse":
            yield con
    if request.param == "scratch":
        with open_scratch(home, Settings()) as con:
            yield con


def test_settings_are_off_and_locked(con: duckdb.DuckDBPyConnection) -> None:
    for name in (*SETTINGS, "enable_external_access"):
        assert con.execute(f"select current_setting('{name}')").fetchall() == [(False,)]
        with pytest.raises(duckdb.Error, match="locked"):
            con.execute(f"set {name} = true")


@pytest.mark.parametrize(
    "statement",
    [
        "from read_text('{outside}')",
        "from read_csv('{outside}')",
        "from '{outside}'",
        "copy (select 1) to '{outside}.copy'",
        "attach '{outside}.duckdb' as other",
        "install httpfs",
        "load httpfs",
        "export database '{outside}.folder'",
    ],
)
def test_nothing_outside_is_reached(con: duckdb.DuckDBPyConnection, tmp_path: Path, statement: str) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_text("a\n1\n")
    with pytest.raises(duckdb.Error):
        con.execute(statement.format(outside=outside)).fetchall()
    assert {path.name for path in tmp_path.iterdir()} == {"it's a home", "outside.csv"}


def test_python_variables_are_no_tables(con: duckdb.DuckDBPyConnection) -> None:
    stolen = con.execute("select 1 as a").to_arrow_table()
    assert stolen.num_rows == 1
    with pytest.raises(duckdb.Error):
        con.execute("from stolen")


def test_a_value_of_the_settings_is_bound_and_not_run(tmp_path: Path) -> None:
    """What a person can write into audit.toml is never a part of a statement."""
    home = Home(tmp_path / "home")
    home.create()
    spiteful = "1GB'; create table stolen as select 1; --"
    with (
        pytest.raises(Exception, match=re.escape("cannot be opened")),
        open_warehouse(home, Settings(memory_limit=spiteful)),
    ):
        pass
    with open_warehouse(home, Settings()) as con:
        assert not con.execute("select 1 from duckdb_tables() where table_name = 'stolen'").fetchall()


def test_settings_reach_no_statement_as_text() -> None:
    """No f-string that is given to `execute` names a setting: each is bound."""
    spliced = [
        f"{path.relative_to(ROOT)}: {call}"
        for folder in ("claims_audit", "flows", "checks", "reports")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for call in re.findall(r"(?:execute|sql)\(\s*f[\"'].*", path.read_text(encoding="utf-8"))
        if re.search(r"\{[^}]*(settings|limits|config|environ)\b", call)
    ]
    assert spliced == []


def test_every_connection_is_hardened() -> None:
    """A new duckdb.connect stands beside a call of harden or confine, or says its settings itself."""
    bare = []
    for folder in ("claims_audit", "flows", "checks", "reports"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            lines = path.read_text(encoding="utf-8").splitlines()
            for at, line in enumerate(lines):
                near = "\n".join(lines[at - 8 if at > 8 else 0 : at + 14])
                if "duckdb.connect(" in line and not re.search(r"\b(harden|confine)\(|autoload_known", near):
                    bare.append(f"{path.relative_to(ROOT)}:{at + 1}")
    assert bare == []


def test_confined_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "a.csv").write_text("a\n1\n")
    with duckdb.connect() as con:
        confine(con, tmp_path / "inside")
        assert con.execute(f"from read_csv('{tmp_path / 'inside' / 'a.csv'}')").fetchall() == [(1,)]
        with pytest.raises(duckdb.Error):
            con.execute(f"from read_text('{tmp_path / 'inside' / '..' / 'b.csv'}')")
