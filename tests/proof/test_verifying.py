"""One changed byte anywhere in what runs leave behind is seen, and so is what was removed, added or put back."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims_audit.errors import ExitCode, LockedError, NoInputError, ProofError
from claims_audit.home import Home
from claims_audit.proof.chain import Chain
from claims_audit.proof.sealing import kept_files, seal_removal, seal_unsealed
from claims_audit.proof.verifying import verify_home
from tests.conftest import as_csv, call_command_line, claim

KEY = "CLAIMS_AUDIT_CHAIN_KEY"


def run_nights(folder: Path) -> Path:
    """Two nights, a decision between them, and a report that was told again."""
    home, inbox = folder / "home", folder / "inbox"
    inbox.mkdir()
    for night in (1, 2):
        rows = [
            claim(patient_control_number=f"P{night}{n}", member_id=f"M{n}", session_id=f"S{night}") for n in range(11)
        ]
        (inbox / f"claims_{night}.csv").write_bytes(as_csv(rows))
        ended = call_command_line("run", "--plain", "--home", home, "--inbox", inbox, "--json")
        assert ended.code in (ExitCode.DONE, ExitCode.DONE_WITH_WARNINGS), ended.err
        found = call_command_line("review", "list", "--home", home, "--json").json["findings"]
        decided = ("review", "decide", "confirmed", found[0]["finding_id"], "--reviewer", "A", "--home", home)
        assert call_command_line(*decided).code == ExitCode.DONE
    assert call_command_line("report", "--home", home).code == ExitCode.DONE
    return home


@pytest.fixture(name="home")
def home_fixture(once: Callable[..., Any], tmp_path: Path) -> Home:
    return Home(Path(shutil.copytree(once("proved", run_nights), tmp_path / "home", symlinks=True)))


def faults(home: Home) -> list[str]:
    return [fault for part in verify_home(home) for fault in part.faults]


def test_a_home_that_nobody_has_touched_holds(home: Home) -> None:
    parts = {part.name: part for part in verify_home(home)}
    assert faults(home) == []
    assert parts["files"].proved == len(list(kept_files(home))) >= 14
    assert parts["review"].proved == 2
    assert not any(part.notes for part in parts.values())
    ended = call_command_line("verify", "--home", home.path, "--json")
    assert (ended.code, ended.json["holds"]) == (ExitCode.DONE, True)


def test_any_changed_byte_is_seen(home: Home) -> None:
    """200 places over all files, each file at least a few times, whatever its size."""
    chance = random.Random(20261127)
    files = [*kept_files(home), "chain.jsonl"]
    for turn in range(200):
        path = home.path / files[turn % len(files)]
        path.chmod(0o600)
        whole = path.read_bytes()
        content = bytearray(whole)
        place = chance.randrange(len(content))
        content[place] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(content))
        assert faults(home), f"{path.name}, byte {place}"
        path.write_bytes(whole)
    assert faults(home) == []


def test_each_line_of_the_chain_counts(home: Home) -> None:
    chain = home.path / "chain.jsonl"
    lines = chain.read_bytes().splitlines(keepends=True)
    for number in range(len(lines)):
        chain.write_bytes(b"".join(lines[:number] + lines[number + 1 :]))
        # The last one is missed by what it sealed: the report that was told again.
        assert faults(home), f"line {number + 1}"
    chain.write_bytes(b"".join([lines[1], lines[0], *lines[2:]]))
    assert faults(home)
    chain.write_bytes(b"".join(lines) + b'{"seq":')
    assert "cut off" in faults(home)[0]


@pytest.mark.parametrize("suffix", ["run.json", "report.html", ".duckdb", ".gz", "findings.csv", "current.json"])
def test_what_is_cut_lengthened_or_gone_is_named(home: Home, suffix: str) -> None:
    name = next(path for path in kept_files(home) if path.endswith(suffix))
    path = home.path / name
    path.chmod(0o600)
    whole = path.read_bytes()
    for content in (whole[:-1], whole + b"\n", b""):
        path.write_bytes(content)
        assert [fault.split(":")[0] for fault in faults(home)] == [name]
    path.unlink()
    assert faults(home) == [f"{name}: is gone; restore it from a backup"]


def test_an_older_file_in_place_of_a_newer_is_seen(home: Home) -> None:
    older, newer = sorted(path for path in kept_files(home) if path.endswith("run.json"))
    shutil.copyfile(home.path / older, home.path / newer)
    assert [fault.split(":")[0] for fault in faults(home)] == [newer]


def test_what_no_run_has_left_is_named(home: Home) -> None:
    (home.path / "reports" / "20990101T000000-aaaaaa").mkdir()
    (home.path / "reports" / "20990101T000000-aaaaaa" / "report.html").write_text("Nothing was found.")
    assert "no run that ended has left this" in faults(home)[0]
    ended = call_command_line("verify", "--home", home.path)
    assert (ended.code, "report.html" in ended.out) == (ExitCode.GATE_FAILED, True)


def test_a_log_of_the_review_that_lost_its_end_is_seen(home: Home) -> None:
    # The second night saw one decision; a log that begins anew has none.
    home.review.unlink()
    assert "a run saw 1 events" in faults(home)[0]


def test_the_next_run_warns_and_adds_nothing_to_a_broken_chain(home: Home) -> None:
    chain = home.path / "chain.jsonl"
    spoilt = chain.read_bytes().replace(b'"is_late":false', b'"is_late":true', 1)
    chain.write_bytes(spoilt)
    ended = call_command_line("run", "--plain", "--home", home.path, "--inbox", home.path.parent, "--json")
    assert ended.code == ExitCode.DONE_WITH_WARNINGS
    assert any("is not what was written" in warning for warning in ended.json["warnings"])
    assert {"code": "chain_broken", "subject": ""} in ended.json["alarms"]
    assert chain.read_bytes() == spoilt


def test_a_run_that_was_cut_off_is_sealed_by_the_next(home: Home) -> None:
    """As a kill in the middle of sealing leaves it: some files without a line, and a line that was torn."""
    chain = home.path / "chain.jsonl"
    lines = chain.read_bytes().splitlines(keepends=True)
    last = next(
        n for n, line in enumerate(lines) if json.loads(line)["path"].endswith("run.json") and n > len(lines) / 2
    )
    chain.write_bytes(b"".join(lines[:last]) + lines[last][:20])
    assert "cut off" in faults(home)[0]
    ended = call_command_line("run", "--plain", "--home", home.path, "--inbox", home.path.parent, "--json")
    assert ended.code in (ExitCode.DONE, ExitCode.DONE_WITH_WARNINGS), ended.err
    assert any("of a run that was cut off are sealed late" in warning for warning in ended.json["warnings"])
    # The reports that were told again had a line of that time only; those lines were lost with it.
    assert all(fault.startswith("reports/") for fault in faults(home))
    chain_part = verify_home(home)[0]
    assert any("sealed by a later run" in note for note in chain_part.notes)


def test_a_pointer_that_a_run_moved_before_it_was_cut_off(home: Home) -> None:
    newest = sorted(home.snapshots.glob("*.duckdb"))[-1]
    later = newest.with_name("20991231T000000-aaaaaa.duckdb")
    shutil.copyfile(newest, later)
    pointer = json.loads(home.pointer.read_text()) | {"run_id": later.stem, "snapshot": later.name}
    home.pointer.write_text(json.dumps(pointer))
    assert len(faults(home)) == 2
    assert seal_unsealed(home, is_late=True) == 2
    assert faults(home) == []
    # Without a new snapshot it was not a run that has moved it.
    home.pointer.write_text(json.dumps({**pointer, "run_id": newest.stem}))
    seal_unsealed(home, is_late=True)
    assert [fault.split(":")[0] for fault in faults(home)] == ["snapshots/current.json"]


def test_snapshots_that_were_too_old_are_no_fault(home: Home) -> None:
    oldest = sorted(home.snapshots.glob("*.duckdb"))[0]
    seal_removal(home, [oldest])
    assert "is there again" in faults(home)[0]
    oldest.unlink()
    assert faults(home) == []
    assert any("removed by the audit itself" in note for part in verify_home(home) for note in part.notes)
    oldest.write_bytes(b"back again")
    assert "is there again" in faults(home)[0]


def test_with_a_key_nobody_else_can_make_a_chain(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = home.path / "chain.jsonl"
    monkeypatch.setenv(KEY, "a key that is kept elsewhere")
    chain.unlink()
    assert seal_unsealed(home, is_late=True) > 10
    assert faults(home) == []
    assert b"kept elsewhere" not in chain.read_bytes()
    keyed = chain.read_bytes()

    # Who can write to the home makes a new chain over what was changed, without the key or with another.
    run = home.path / next(path for path in kept_files(home) if path.endswith("run.json"))
    run.write_text(run.read_text().replace('"exit_code"', '"exit_c0de"'))
    for other in ("", "another key"):
        monkeypatch.setenv(KEY, other)
        chain.unlink()
        seal_unsealed(home)
        monkeypatch.setenv(KEY, "a key that is kept elsewhere")
        if other:
            assert "is not what was written" in faults(home)[0]
    # Lines without a key after lines with one.
    chain.write_bytes(keyed)
    monkeypatch.setenv(KEY, "")
    assert "set CLAIMS_AUDIT_CHAIN_KEY" in faults(home)[0]
    Chain(home).add([("snapshots/current.json", "0" * 64)])
    monkeypatch.setenv(KEY, "a key that is kept elsewhere")
    assert "was made without the key" in faults(home)[0]


def test_what_cannot_be_proved_is_told(home: Home, tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="call `claims-audit run` first"):
        verify_home(Home(tmp_path / "empty"))
    with home.lock("a run"), pytest.raises(LockedError, match="a run is on"):
        verify_home(home)
    (home.path / "chain.jsonl").unlink()
    with pytest.raises(ProofError, match="is not there"):
        verify_home(home)
