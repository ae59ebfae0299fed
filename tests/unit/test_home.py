"""The home: for its owner only, and for one writer at a time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from claims_audit.errors import LockedError, StorageError
from claims_audit.home import Home, new_run_id

HOLDER = """
import sys, time
from pathlib import Path
from claims_audit.home import Home
with Home(Path(sys.argv[1])).lock("claims-audit run R1"):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    mask = os.umask(0o022)
    try:
        home = Home(tmp_path / "deep" / "home")
        home.create()
    finally:
        os.umask(mask)
    return home


def test_folders_are_for_their_owner_only(home: Home) -> None:
    for folder in (home.path, home.snapshots, home.temporary, home.archive, home.path / "runs"):
        assert folder.stat().st_mode & 0o777 == 0o700, folder


def test_a_home_where_a_file_stands(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="the home cannot be made"):
        Home(tmp_path / "file").create()


def test_the_lock_empties_what_a_killed_run_left(home: Home) -> None:
    (home.temporary / "duckdb_temp_storage-0.tmp").write_text("spilled rows")
    with home.lock("claims-audit run R1"):
        assert list(home.temporary.iterdir()) == []


def test_the_lock_is_free_again_after_an_error(home: Home) -> None:
    with pytest.raises(ZeroDivisionError), home.lock("claims-audit run R1"):
        raise ZeroDivisionError
    with home.lock("claims-audit run R2"):
        pass
    assert not (home.path / "lock.holder").exists()


def test_another_process_is_told_who_holds_it_and_a_death_frees_it(home: Home) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(home.path)], stdout=subprocess.PIPE)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(LockedError, match=rf"claims-audit run R1, process {holder.pid}, since .* UTC"):
            home.lock("claims-audit run R2").__enter__()
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close() if holder.stdout else None
    with home.lock("claims-audit run R2"):
        pass


def test_run_ids_are_sortable_and_never_the_same() -> None:
    ids = [new_run_id() for _ in range(50)]
    assert len(set(ids)) == 50
    assert all(re.fullmatch(r"\d{8}T\d{6}-[0-9a-f]{6}", run_id) for run_id in ids)
    assert [run_id[:15] for run_id in ids] == sorted(run_id[:15] for run_id in ids)
