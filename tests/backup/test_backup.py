"""A home in one file and back: the recovery drill, with and without keys, and what is refused."""

from __future__ import annotations

import io
import shutil
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrage
import pytest
import zstandard

from claims_audit.backup.settings import read_backup
from claims_audit.errors import ConfigurationError, ExitCode
from tests.conftest import as_csv, call_command_line, claim

SECRET = "CLAIMS_AUDIT_BACKUP_IDENTITY"


def run_night(folder: Path) -> Path:
    """One night with an oversized group, and a decision about it."""
    inbox, home = folder / "inbox", folder / "home"
    inbox.mkdir()
    rows = [claim(patient_control_number=f"P{n}", member_id=f"M{n}", session_id="S1") for n in range(11)]
    (inbox / "claims.csv").write_bytes(as_csv(rows))
    assert call_command_line("run", "--plain", "--home", home, "--inbox", inbox).code in (0, 10)
    found = call_command_line("review", "list", "--home", home, "--json").json["findings"]
    decided = ("review", "decide", "confirmed", found[0]["finding_id"], "--reviewer", "A", "--home", home)
    assert call_command_line(*decided).code == ExitCode.DONE
    return folder


@pytest.fixture(name="folder")
def folder_fixture(once: Callable[..., Any], tmp_path: Path) -> Path:
    return Path(shutil.copytree(once("backed-up", run_night), tmp_path / "machine", symlinks=True))


def back_up(folder: Path, *words: object) -> Path:
    ended = call_command_line("backup", folder, "--home", folder / "home", "--json", *words)
    assert ended.code == ExitCode.DONE, ended.err
    return Path(ended.json["path"])


def test_the_recovery_drill(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As docs/operations.md has it: backup, a clean folder, restore, verify, the next night; nothing is another."""
    identity = pyrage.x25519.Identity.generate()
    home, config = folder / "home", folder / "home" / "audit.toml"
    config.write_text(f'[backup]\nrecipients = ["{identity.to_public()}"]\n')
    backup = back_up(folder)
    assert backup.suffix == ".age"
    assert backup.stat().st_mode & 0o077 == 0
    assert backup.read_bytes().startswith(b"age-encryption.org/v1\n")

    new = tmp_path / "new" / "home"
    refused = call_command_line("restore", backup, "--home", new)
    assert (refused.code, SECRET in refused.err) == (ExitCode.CONFIGURATION, True)
    monkeypatch.setenv(SECRET, str(identity))
    ended = call_command_line("restore", backup, "--home", new, "--json")
    assert (ended.code, ended.json["holds"]) == (ExitCode.DONE, True), ended.err
    assert str(identity) not in ended.out + ended.err

    assert call_command_line("verify", "--home", new).code == ExitCode.DONE
    for name in ("findings", "review"):
        words = (name, "list", "--json") if name == "review" else (name, "--json")
        assert call_command_line(*words, "--home", new).json == call_command_line(*words, "--home", home).json
    digests = []
    for place in (home, new):
        night = call_command_line("run", "--plain", "--home", place, "--inbox", folder / "inbox", "--json")
        assert night.code in (ExitCode.DONE, ExitCode.DONE_WITH_WARNINGS), night.err
        assert night.json["finding_states"].keys() == {"open"}
        digests.append((night.json["hashes"]["findings"], night.json["review"]))
    assert digests[0] == digests[1]
    assert (new / "audit.toml").read_text() == config.read_text()


def test_without_recipients_it_is_packed_only(folder: Path, tmp_path: Path) -> None:
    ended = call_command_line("backup", folder / "one.tar.zst", "--home", folder / "home")
    assert (ended.code, "not encrypted" in ended.out) == (ExitCode.DONE, True)
    ended = call_command_line("restore", folder / "one.tar.zst", "--home", tmp_path / "new")
    assert (ended.code, "The chain of hashes holds." in ended.out) == (ExitCode.DONE, True)
    again = call_command_line("backup", folder / "one.tar.zst", "--home", folder / "home")
    assert (again.code, "is there already" in again.err) == (ExitCode.IO_ERROR, True)


def test_decisions_that_come_in_the_middle_are_whole(folder: Path, tmp_path: Path) -> None:
    """A log that somebody is writing to is copied by SQLite, with what stands in its write-ahead log."""
    with sqlite3.connect(folder / "home" / "review.sqlite", isolation_level=None) as con:
        con.execute("pragma wal_autocheckpoint = 0")
        con.execute("begin immediate")
        con.execute(
            "insert into event select seq + 1, 'key-in-the-middle', subject_id, version + 1, kind, reviewer, "
            "recorded_at, details, event_hash, 'h' from event"
        )
        backup = back_up(folder)
        con.execute("rollback")
    con.close()
    assert call_command_line("restore", backup, "--home", tmp_path / "new").code == ExitCode.DONE
    with sqlite3.connect(tmp_path / "new" / "review.sqlite") as con:
        assert con.execute("select count(*) from event").fetchall() == [(1,)]


def test_a_damaged_backup_makes_no_home(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    identity = pyrage.x25519.Identity.generate()
    plain = back_up(folder)
    (folder / "home" / "audit.toml").write_text(f'[backup]\nrecipients = ["{identity.to_public()}"]\n')
    encrypted = back_up(folder)
    monkeypatch.setenv(SECRET, str(identity))
    for whole in (plain.read_bytes(), encrypted.read_bytes()):
        middle = len(whole) // 2
        for content in (
            whole[:middle],
            whole[:-1],
            whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
            b"",
            b"something else",
        ):
            spoilt = tmp_path / "spoilt"
            spoilt.write_bytes(content)
            ended = call_command_line("restore", spoilt, "--home", tmp_path / "new")
            assert (ended.code, "spoilt" in ended.err) == (ExitCode.GATE_FAILED, True), ended.err
            assert not (tmp_path / "new").exists()
            assert [path.name for path in tmp_path.iterdir() if "restoring" in path.name] == []
    monkeypatch.setenv(SECRET, str(pyrage.x25519.Identity.generate()))
    assert "is another one" in call_command_line("restore", encrypted, "--home", tmp_path / "new").err
    monkeypatch.setenv(SECRET, "no key")
    assert call_command_line("restore", encrypted, "--home", tmp_path / "new").code == ExitCode.CONFIGURATION


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/../../outside", ".hidden"])
def test_a_backup_that_names_other_places_is_refused(tmp_path: Path, name: str) -> None:
    forged = tmp_path / "forged.tar.zst"
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        archive.addfile(tarfile.TarInfo(name), io.BytesIO())
    forged.write_bytes(zstandard.compress(plain.getvalue()))
    ended = call_command_line("restore", forged, "--home", tmp_path / "new" / "home")
    assert (ended.code, "outside of the home" in ended.err) == (ExitCode.GATE_FAILED, True)
    assert not (tmp_path / "outside").exists()


def test_links_in_a_backup_are_refused(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        link = tarfile.TarInfo("policy")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(link)
    (tmp_path / "forged").write_bytes(zstandard.compress(plain.getvalue()))
    ended = call_command_line("restore", tmp_path / "forged", "--home", tmp_path / "new")
    assert (ended.code, "something else than files" in ended.err) == (ExitCode.GATE_FAILED, True)


def test_places_that_are_wrong(folder: Path, tmp_path: Path) -> None:
    home = folder / "home"
    inside = call_command_line("backup", home / "copy.tar.zst", "--home", home)
    assert (inside.code, "in the home itself" in inside.err) == (ExitCode.IO_ERROR, True)
    nowhere = call_command_line("backup", tmp_path, "--home", tmp_path / "none")
    assert (nowhere.code, "no home" in nowhere.err) == (ExitCode.NO_INPUT, True)
    full = call_command_line("restore", back_up(folder), "--home", home)
    assert (full.code, "is not empty" in full.err) == (ExitCode.USAGE, True)
    gone = call_command_line("restore", tmp_path / "gone", "--home", tmp_path / "new")
    assert gone.code == ExitCode.NO_INPUT


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"recipients": "age1"}, "is a list"),
        ({"recipients": ["age1nothing"]}, "entry 1 is no public key"),
        ({"recipient": []}, "has recipients only"),
        ([], "has recipients only"),
    ],
)
def test_settings_that_are_wrong(content: Any, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        read_backup(Path("audit.toml"), content)


def test_a_secret_key_in_the_settings_is_refused_and_not_shown() -> None:
    secret = str(pyrage.x25519.Identity.generate())
    with pytest.raises(ConfigurationError, match="is a secret key") as refused:
        read_backup(Path("audit.toml"), {"recipients": [secret]})
    assert secret not in str(refused.value)
