"""What if: the findings that would come, go or change under a proposed file, and nothing is changed."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Row = dict[str, str]
Cli = Callable[..., Any]

HEADER = "policy_id,payer_id,procedure_code,rule_key,rule_value,eff_from,eff_to,source_title,source_kind,is_verified\n"


@pytest.fixture
def home(tmp_path: Path, cli: Cli, claim: Callable[..., Row], as_csv: Callable[..., bytes]) -> Path:
    """One group each of two, three and eleven at a payer without rows of its own, and one of eleven in Connecticut."""
    rows = []
    for session, size, payer in (("A", 2, "AETNA"), ("B", 3, "AETNA"), ("C", 11, "AETNA"), ("D", 11, "CTMCD")):
        rows += [
            claim(
                patient_control_number=f"{session}{at}",
                member_id=f"{session}{at}",
                session_id=session,
                payer_id=payer,
                paid_amount="20.00",
                date_of_service="2024-03-04" if session < "C" else "2024-04-04",
            )
            for at in range(size)
        ]
    (tmp_path / "claims.csv").write_bytes(as_csv(rows))
    assert cli("load", tmp_path / "claims.csv", "--home", tmp_path / "home").code == 0
    return tmp_path / "home"


@pytest.fixture
def diff(cli: Cli, home: Path, tmp_path: Path) -> Callable[..., Any]:
    def diff(*rows: str, header: str = HEADER) -> Any:
        (tmp_path / "mine.csv").write_text(header + "".join(f"{row}\n" for row in rows))
        before = hashlib.sha256((home / "warehouse.duckdb").read_bytes()).hexdigest()
        ended = cli("policy", "diff", tmp_path / "mine.csv", "--home", home, "--json")
        assert hashlib.sha256((home / "warehouse.duckdb").read_bytes()).hexdigest() == before
        assert not (home / "runs").exists() or len(list((home / "runs").iterdir())) == 1
        return ended

    return diff


def changes_of(ended: Any) -> set[tuple[str, str, str]]:
    return {(change["change"], change["check_id"], change["claim_lines"][0][:1]) for change in ended.json["changes"]}


def test_what_comes_and_what_goes(diff: Callable[..., Any]) -> None:
    ended = diff(
        "a-min,AETNA,90853,min_size,2,,,Contract,official,true",
        "a-max,AETNA,90853,max_size,2,,2024-03-31,Contract,official,true",
    )
    assert ended.code == 0
    assert changes_of(ended) == {
        # Two are enough for the payer, and no more: only the default still wants three.
        ("changed", "undersized_group", "A"),
        ("added", "oversized_group", "B"),
    }
    by_kind = {change["change"]: change for change in ended.json["changes"]}
    assert by_kind["changed"]["before"] == {
        "verdict": "no_policy",
        "severity": "high",
        "exposure_amount": "40.00",
        "exposure_ceiling_amount": "40.00",
    }
    assert by_kind["changed"]["after"]["verdict"] == "violates_seed_only"
    assert by_kind["added"]["policy_id"] == "a-max"
    assert ended.json["counts"] == {"added": 1, "gone": 0, "changed": 1}
    assert ended.json["dollars"]["added"] == {"overpayment": "20.00"}
    assert ended.json["findings_after"] == ended.json["findings_before"] + 1


def test_findings_that_go(diff: Callable[..., Any]) -> None:
    ended = diff("seed-90853-max,SEED,90853,max_size,12,,,House rule,seed,true")
    assert changes_of(ended) == {("gone", "oversized_group", "C"), ("gone", "oversized_group", "D")}
    assert ended.json["counts"] == {"added": 0, "gone": 2, "changed": 0}


def test_a_payer_file_changes_whose_rows_apply(diff: Callable[..., Any]) -> None:
    ended = diff("AETNA,Aetna,medicaid,CT", header="payer_id,payer_name,program,state\n")
    # Twelve are allowed in Connecticut's program.
    assert ("changed", "oversized_group", "C") in changes_of(ended)


def test_nothing_changes_outside_the_days_of_a_row(diff: Callable[..., Any]) -> None:
    ended = diff("a-max,AETNA,90853,max_size,2,2025-01-01,,Contract,official,true")
    assert (ended.code, ended.json["changes"]) == (0, [])


def test_for_people(cli: Cli, home: Path, diff: Callable[..., Any], tmp_path: Path) -> None:
    diff("a-max,AETNA,90853,max_size,2,,2024-03-31,Contract,official,true")
    ended = cli("policy", "diff", tmp_path / "mine.csv", "--home", home)
    assert ended.code == 0
    assert "1 findings would be added, 0 would be gone, 0 would change" in ended.out
    assert "added oversized_group 2024-03-04 AETNA B0:1;B1:1;B2:1: violates_payer" in ended.out


def test_a_file_with_faults_is_not_compared(diff: Callable[..., Any]) -> None:
    ended = diff(
        "a,AETNA,90853,max_size,6,,,Contract,official,true", "b,AETNA,90853,max_size,8,,,Contract,official,true"
    )
    assert (ended.code, ended.out) == (78, "")
    assert "a (this file) and b (this file)" in ended.err


def test_a_home_without_claims(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text(HEADER + "a,AETNA,90853,max_size,6,,,Contract,official,true\n")
    ended = cli("policy", "diff", tmp_path / "mine.csv", "--home", tmp_path / "nowhere")
    assert (ended.code, ended.out) == (66, "")
    assert not (tmp_path / "nowhere").exists()


def test_a_rule_about_replacements_changes_which_lines_count(
    cli: Cli, tmp_path: Path, claim: Callable[..., Row], as_csv: Callable[..., bytes]
) -> None:
    """A replacement that names one of two lines: of the whole claim, the other line is gone; of the line, it stays."""
    rows = [
        claim(patient_control_number=f"P{at}", member_id=f"M{at}", session_id="S", payer_id="AETNA") for at in range(2)
    ]
    rows.append(claim(patient_control_number="X", member_id="M2", session_id="S", payer_id="AETNA"))
    rows.append(
        claim(patient_control_number="X", claim_line_number=2, member_id="M2", procedure_code="90834", payer_id="AETNA",
              charge_amount="120.00")
    )  # fmt: skip
    rows.append(rows[-1] | {"claim_frequency_code": "7", "payer_claim_control_number": "ICN", "charge_amount": "90.00"})
    (tmp_path / "claims.csv").write_bytes(as_csv(rows))
    home = tmp_path / "home"
    assert cli("load", tmp_path / "claims.csv", "--home", home).code == 0
    (tmp_path / "mine.csv").write_text(HEADER + "a,AETNA,,replacement_scope,line,,,Contract,official,true\n")
    before = shutil.copyfile(home / "warehouse.duckdb", tmp_path / "before").read_bytes()
    ended = cli("policy", "diff", tmp_path / "mine.csv", "--home", home, "--json")
    assert ended.code == 0
    assert {(change["change"], change["check_id"]) for change in ended.json["changes"]} >= {
        ("gone", "undersized_group"),
        ("added", "missing_distinct_modifier"),
    }
    assert (home / "warehouse.duckdb").read_bytes() == before
