"""Publishing: a new file, then the pointer. Readers keep what they hold; a failure leaves the last one standing."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

import claims_audit
from claims_audit import publishing
from claims_audit.checking.catalog import read_catalog
from claims_audit.errors import ExitCode, NoInputError, PublishError, StorageError
from claims_audit.home import Home
from claims_audit.publishing import connect, newest_snapshot, publish, write_atomically
from claims_audit.retention import prune_snapshots

pytestmark = pytest.mark.slow

Row = dict[str, str]
Audited = Any
LINES = "select count(*) from claim_line"
VIEWS = read_catalog().views


@pytest.fixture
def home(new_desk: Callable[[str], Any], claim: Callable[..., Row]) -> Home:
    """A home with one claim line, its warehouse closed."""
    desk = new_desk("published")
    desk.deliver("a.csv", [claim()])
    desk.con.close()
    return desk.home


def add_line(home: Home) -> None:
    with duckdb.connect(str(home.warehouse)) as con:
        con.execute(
            "insert into claim_line by name select * replace ("
            "claim_line_id + (select max(claim_line_id) from claim_line) as claim_line_id) from claim_line limit 1"
        )


def count(con: duckdb.DuckDBPyConnection) -> int:
    return int(con.execute(LINES).fetchall()[0][0])


def test_a_snapshot_is_whole_private_and_named_by_the_pointer(home: Home) -> None:
    snapshot = publish(home, "R1", VIEWS)
    pointer = json.loads(home.pointer.read_text())
    assert (pointer["run_id"], pointer["snapshot"]) == ("R1", "R1.duckdb")
    assert pointer["sha256"] == hashlib.sha256(snapshot.path.read_bytes()).hexdigest()
    assert snapshot.path.stat().st_mode & 0o777 == 0o400
    assert sorted(path.name for path in home.snapshots.iterdir()) == ["R1.duckdb", "current.json"]
    with connect(home.path) as con:
        assert count(con) == 1
        for view in VIEWS:
            con.execute(f"select * from {view.name} limit 1").fetchall()


HOLDER = """
import sys, claims_audit
con = claims_audit.connect(sys.argv[1])
count = "select count(*) from claim_line"
print(con.execute(count).fetchall()[0][0], flush=True)
sys.stdin.readline()
newest = claims_audit.connect(sys.argv[1])
print(con.execute(count).fetchall()[0][0], newest.execute(count).fetchall()[0][0], flush=True)
"""


def test_a_notebook_keeps_its_snapshot_while_a_new_one_is_published(home: Home) -> None:
    publish(home, "R1", VIEWS)
    command = [sys.executable, "-c", HOLDER, str(home.path)]
    notebook = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert notebook.stdin is not None
    assert notebook.stdout is not None
    assert notebook.stdout.readline() == "1\n"
    add_line(home)
    publish(home, "R2", VIEWS)
    prune_snapshots(home, 1, 0)
    assert not (home.snapshots / "R1.duckdb").exists()
    out, _ = notebook.communicate("go on\n")
    assert out == "1 2\n"


def test_a_run_may_be_asked_for_by_name(home: Home) -> None:
    publish(home, "R1", VIEWS)
    add_line(home)
    publish(home, "R2", VIEWS)
    with connect(home.path, "R1") as one, connect(home.path) as newest:
        assert (count(one), count(newest)) == (1, 2)
    with pytest.raises(NoInputError, match="no such snapshot; the last ones are R1, R2"):
        connect(home.path, "R9")
    with pytest.raises(NoInputError):
        connect(home.path, "../../warehouse")


def test_nothing_published_is_said_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="nothing is published yet; call `claims-audit run` first"):
        connect(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", '"R1"', "{}"])
def test_a_broken_pointer_is_an_error_of_storage(home: Home, content: str) -> None:
    home.pointer.write_text(content)
    with pytest.raises(StorageError, match="cannot be read"):
        newest_snapshot(home)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from claim_line",
        "create table mine (x integer)",
        "select * from read_csv('{csv}')",
        "select * from '{csv}'",
        "attach '{warehouse}' as w (read_only)",
        "copy claim_line to '{csv}.out'",
        "install httpfs",
        "load httpfs",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "export database '{csv}.d'",
    ],
)
def test_a_reader_can_neither_write_nor_look_elsewhere(home: Home, tmp_path: Path, statement: str) -> None:
    publish(home, "R1", VIEWS)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with connect(home.path) as con, pytest.raises(duckdb.Error):
        con.execute(statement.format(csv=tmp_path / "secret.csv", warehouse=home.warehouse)).fetchall()


def test_connect_finds_the_home_of_the_environment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(home, "R1", VIEWS)
    monkeypatch.setenv("CLAIMS_AUDIT_HOME", str(home.path))
    with claims_audit.connect() as con:
        assert count(con) == 1


def test_a_failing_copy_leaves_the_last_snapshot(home: Home) -> None:
    """The real cause: something stands where the new file must go."""
    publish(home, "R1", VIEWS)
    before = home.pointer.read_bytes()
    (home.snapshots / "R2.duckdb").mkdir()
    with pytest.raises(
        PublishError, match=r"R2\.duckdb: the snapshot could not be written \(.*\); the last one stands"
    ) as caught:
        publish(home, "R2", VIEWS)
    assert caught.value.exit_code == ExitCode.CANNOT_PUBLISH == 73
    assert home.pointer.read_bytes() == before
    assert not list(home.snapshots.glob("*.part*"))
    with connect(home.path) as con:
        assert count(con) == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into any folder")
def test_an_unwritable_folder_leaves_the_last_snapshot(home: Home) -> None:
    publish(home, "R1", VIEWS)
    home.snapshots.chmod(0o500)
    try:
        with pytest.raises(PublishError, match="could not be written"):
            publish(home, "R2", VIEWS)
    finally:
        home.snapshots.chmod(0o700)
    assert newest_snapshot(home).run_id == "R1"


def test_a_damaged_warehouse_is_not_published(home: Home) -> None:
    publish(home, "R1", VIEWS)
    content = bytearray(home.warehouse.read_bytes())
    content[8_192:] = b"\xa5" * (len(content) - 8_192)
    home.warehouse.write_bytes(content)
    with pytest.raises(PublishError) as caught:
        publish(home, "R2", VIEWS)
    assert "PCN1" not in str(caught.value)
    assert newest_snapshot(home).run_id == "R1"
    assert not (home.snapshots / "R2.duckdb").exists()


def test_a_pointer_that_cannot_be_moved_still_names_the_last(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(home, "R1", VIEWS)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "write_atomically", full)
    with pytest.raises(PublishError, match="No space left on device"):
        publish(home, "R2", VIEWS)
    assert newest_snapshot(home).run_id == "R1"


def test_what_a_killed_run_left_is_cleared_away(home: Home) -> None:
    for name in ("R0.part", "R0.part.wal"):
        (home.snapshots / name).write_bytes(b"half a copy")
    publish(home, "R1", VIEWS)
    assert sorted(path.name for path in home.snapshots.iterdir()) == ["R1.duckdb", "current.json"]


def test_small_files_are_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "run.json"
    write_atomically(path, "one")
    write_atomically(path, "two")
    assert path.read_text() == "two"
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        write_atomically(path, "three")
    assert path.read_text() == "two"


def test_every_table_view_and_column_is_explained(sample_run: Audited) -> None:
    with connect(sample_run.home) as con:
        unexplained = con.execute(
            """
            select table_name from duckdb_tables() where not internal and coalesce(trim(comment), '') = ''
            union all
            select view_name from duckdb_views() where not internal and coalesce(trim(comment), '') = ''
            union all
            select concat(table_name, '.', column_name)
            from duckdb_columns()
            where not internal and coalesce(trim(comment), '') = ''
            order by 1
            """
        ).fetchall()
        assert [name for (name,) in unexplained] == []
        explained = {
            name for (name,) in con.execute("select table_name from duckdb_columns() where not internal").fetchall()
        }
    assert {"claim_line", "finding", "current_claim_line", "group_session", "resolved_policy"} <= explained
