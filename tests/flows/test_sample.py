"""The made-up practices: what was planted is found, nothing else is, and a second night finds the same."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Audited = Any


def planted(truth: Path) -> Counter[tuple[str, str]]:
    with truth.open(newline="") as stream:
        return Counter((row["check_id"], row["claim_lines"]) for row in csv.DictReader(stream))


def found(rows: list[dict[str, str]]) -> Counter[tuple[str, str]]:
    return Counter((row["check_id"], row["claim_lines"]) for row in rows)


def test_the_sample_holds_what_its_labels_say(sample_run: Audited, findings_of: Callable[..., Any]) -> None:
    truth = planted(sample_run.truth)
    assert found(findings_of(sample_run.home)) == truth
    assert len({check for check, _ in truth}) == 11


@pytest.mark.parametrize("at", range(3))
def test_so_do_other_practices(small_runs: list[Audited], findings_of: Callable[..., Any], at: int) -> None:
    assert found(findings_of(small_runs[at].home)) == planted(small_runs[at].truth)


def test_a_second_night_over_the_same_inbox_changes_nothing(
    small_runs: list[Audited], findings_of: Callable[..., Any], cli: Callable[..., Any], tmp_path: Path
) -> None:
    first = small_runs[2]
    home = Path(shutil.copytree(first.home, tmp_path / "home", symlinks=True))
    before = findings_of(home)
    again = cli("run", "--plain", "--inbox", first.inbox, "--home", home, "--json").json
    assert {entry["status"] for entry in again["files"]} == {"already_loaded"}
    assert again["finding_states"] == {"open": len(before)}
    assert again["hashes"]["findings"] == first.manifest["hashes"]["findings"]
    assert again["dollars_at_risk"] == first.manifest["dollars_at_risk"]
    after = findings_of(home)
    assert {row["state"] for row in after} == {"open"}
    assert {row["first_seen_run"] for row in after} == {first.run_id}
    moved = ("state", "last_seen_run")
    assert [{k: v for k, v in row.items() if k not in moved} for row in after] == [
        {k: v for k, v in row.items() if k not in moved} for row in before
    ]
