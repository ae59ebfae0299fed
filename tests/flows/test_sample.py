"""The made-up practices: what was planted is found, nothing else is, and a second night finds the same."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claims_audit.checking.catalog import read_catalog
from claims_audit.project import ROOT
from claims_audit.sample_practice import write_sample_practice

pytestmark = pytest.mark.slow

Audited = Any

# Found only with contract fees, which a plain night has not.
NEEDS_CONTRACT = {"underpaid"}
# Leads that a sample may hold beside what was planted, and why.
EXPLAINED_EXTRAS: dict[str, str] = {}


def labels(truth: Path) -> list[dict[str, str]]:
    with truth.open(newline="") as stream:
        return list(csv.DictReader(stream))


def planted(truth: Path, pack: str = "") -> Counter[tuple[str, str]]:
    return Counter((row["check_id"], row["claim_lines"]) for row in labels(truth) if pack in ("", row["pack"]))


def planted_core(truth: Path) -> Counter[tuple[str, str]]:
    return Counter({one: n for one, n in planted(truth, "core").items() if one[0] not in NEEDS_CONTRACT})


def found(rows: list[dict[str, str]]) -> Counter[tuple[str, str]]:
    return Counter((row["check_id"], row["claim_lines"]) for row in rows)


def assert_as_planted(rows: list[dict[str, str]], truth: Path) -> None:
    """What was planted is found; of the sure there is no more, of the likely only what is explained."""
    labelled, reported = planted(truth), found(rows)
    assert labelled - reported == Counter()
    certainty = {(row["check_id"], row["claim_lines"]): row["certainty"] for row in rows}
    extra = reported - labelled
    assert {one: n for one, n in extra.items() if certainty[one] in ("C1", "C2")} == {}
    assert {check for check, _ in extra} <= EXPLAINED_EXTRAS.keys()


def test_all_packs_find_what_was_planted(full_sample_run: Audited, findings_of: Callable[..., Any]) -> None:
    assert_as_planted(findings_of(full_sample_run.home), full_sample_run.truth)


def test_so_they_do_in_another_practice(
    equip: Callable[[Path, Path], None], cli: Callable[..., Any], findings_of: Callable[..., Any], tmp_path: Path
) -> None:
    write_sample_practice(tmp_path, sessions=240, seed=8)
    home, config = tmp_path / "home", tmp_path / "audit.toml"
    equip(tmp_path, home)
    assert cli("run", "--plain", "--inbox", tmp_path / "inbox", "--home", home, "--config", config).code in (0, 10)
    assert_as_planted(findings_of(home), tmp_path / "truth.csv")


def test_every_check_is_planted_at_least_twice_and_in_its_pack() -> None:
    rows = labels(ROOT / "data" / "sample" / "truth.csv")
    packs = {check.check_id: check.pack for check in read_catalog().checks}
    assert {row["check_id"]: row["pack"] for row in rows} == packs
    assert min(Counter(row["check_id"] for row in rows).values()) >= 2


def test_the_sample_holds_what_its_labels_say(sample_run: Audited, findings_of: Callable[..., Any]) -> None:
    assert found(findings_of(sample_run.home)) == planted_core(sample_run.truth)


@pytest.mark.parametrize("at", range(3))
def test_so_do_other_practices(small_runs: list[Audited], findings_of: Callable[..., Any], at: int) -> None:
    assert found(findings_of(small_runs[at].home)) == planted_core(small_runs[at].truth)


@pytest.mark.parametrize(("sessions", "seed"), [(120, 49), (90, 4242)])
def test_and_so_do_two_more(
    cli: Callable[..., Any], findings_of: Callable[..., Any], tmp_path: Path, sessions: int, seed: int
) -> None:
    write_sample_practice(tmp_path, sessions=sessions, seed=seed)
    home = tmp_path / "home"
    assert cli("run", "--plain", "--inbox", tmp_path / "inbox", "--home", home).code in (0, 10)
    assert "broken_claim_lifecycle" in {row["check_id"] for row in labels(tmp_path / "truth.csv")}
    assert found(findings_of(home)) == planted_core(tmp_path / "truth.csv")


def test_every_answer_of_a_payer_finds_its_claim_line(sample_run: Audited) -> None:
    with duckdb.connect(str(sample_run.home / "warehouse.duckdb"), read_only=True) as con:
        matches = con.execute("select distinct basis_code from remittance_claim_line").fetchall()
        faults = con.execute("select distinct balance_faults from remittance").fetchall()
        unpaid = con.execute(
            """
            select count(*)
            from claim_line
            where
                paid_amount is null
                and claim_frequency_code <> '8'
                and claim_line_id not in (select claim_line_id from remittance_claim_line)
            """
        ).fetchall()
    assert matches == [("line_control_number",)]
    assert faults == [(None,)]
    assert unpaid == [(0,)]


def test_corrections_are_linked_by_the_number_of_the_payer_where_nothing_else_was_planted(sample_run: Audited) -> None:
    with duckdb.connect(str(sample_run.home / "warehouse.duckdb"), read_only=True) as con:
        links = con.execute(
            """
            select claim_version.basis_code, count(*)
            from claim_version
            inner join claim on claim_version.claim_id = claim.claim_id
            where claim.claim_frequency_code in ('7', '8')
            group by claim_version.basis_code
            """
        ).fetchall()
    whys = [row["why"] for row in labels(sample_run.truth)]
    by_claim_number = sum(why.startswith(("A replacement does not name", "A void names")) for why in whys)
    assert by_claim_number >= 4
    assert dict(links).keys() == {"payer_number", "claim_number"}
    assert dict(links)["claim_number"] == by_claim_number


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
