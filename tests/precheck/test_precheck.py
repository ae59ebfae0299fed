"""Claims that are not sent yet: what is wrong is told, whatever they meet in the history, and nothing changes."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claims_audit.project import ROOT

pytestmark = pytest.mark.slow

Row = dict[str, str]
Cli = Callable[..., Any]
Claim = Callable[..., Row]


@pytest.fixture
def write(tmp_path: Path, as_csv: Callable[..., bytes]) -> Callable[..., Path]:
    def write(name: str, *rows: Row) -> Path:
        path = tmp_path / name
        path.write_bytes(as_csv(rows))
        return path

    return write


@pytest.fixture
def home_with(tmp_path: Path, cli: Cli, write: Callable[..., Path]) -> Callable[..., Path]:
    """A home into which rows were loaded."""

    def load(*rows: Row) -> Path:
        home = tmp_path / "home"
        assert cli("load", write("history.csv", *rows), "--home", home).code == 0
        return home

    return load


# Members of a group have diagnoses of their own.
DIAGNOSES = ("F331", "F411", "F4310", "F840", "F4323")


@pytest.fixture(name="claim")
def diagnosed_claim(claim: Claim) -> Claim:
    """A claim that says what was treated; without it, that alone would be a problem."""
    return lambda **changes: claim(**{"diagnosis_code_1": DIAGNOSES[0], **changes})


def group(claim: Claim, count: int, first: int = 0, **changes: object) -> list[Row]:
    """Members of one group session, each with a claim."""
    return [
        claim(
            **{
                "patient_control_number": f"P{at}",
                "member_id": f"M{at}",
                "session_id": "S1",
                "diagnosis_code_1": DIAGNOSES[at % len(DIAGNOSES)],
                **changes,
            }
        )
        for at in range(first, first + count)
    ]


def state_of(home: Path) -> dict[str, str]:
    """Every file of a home but its lock, by content."""
    return {
        path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(home.rglob("*"))
        if path.is_file() and path.name not in ("lock", "lock.holder")
    }


def problems_of(ended: Any) -> set[tuple[str, str | None]]:
    return {(problem["check_id"], problem["patient_control_number"]) for problem in ended.json["problems"]}


def test_clean_claims_without_a_home(cli: Cli, tmp_path: Path, claim: Claim, write: Any) -> None:
    ended = cli("precheck", write("new.csv", *group(claim, 4)), "--home", tmp_path / "nowhere", "--json")
    assert (ended.code, ended.json["is_clean"], ended.json["problems"]) == (0, True, [])
    assert (ended.json["lines"], ended.json["history_lines"], ended.json["has_history"]) == (4, 0, False)
    assert not (tmp_path / "nowhere").exists()


def test_a_group_that_is_too_small(cli: Cli, tmp_path: Path, claim: Claim, write: Any) -> None:
    ended = cli("precheck", write("new.csv", *group(claim, 2)), "--home", tmp_path / "nowhere", "--json")
    assert ended.code == 20
    assert problems_of(ended) == {("undersized_group", "P0"), ("undersized_group", "P1")}
    first = ended.json["problems"][0]
    assert (first["row"], first["claim_line_number"], first["date_of_service"]) == (2, 1, "2024-03-04")
    # Nobody has paid it: the national fee stands in, and that is said.
    assert first["expected_amount"] == "27.63"
    assert "nobody has paid them yet" in ended.json["amounts"]
    people = cli("precheck", tmp_path / "new.csv", "--home", tmp_path / "nowhere")
    assert people.code == 20
    assert "new.csv row 2, claim P0 line 1 (90853 of 2024-03-04) FIX undersized_group:" in people.out
    assert "27.63 dollars expected" in people.out


def test_members_who_were_billed_before_count(cli: Cli, claim: Claim, write: Any, home_with: Any) -> None:
    home = home_with(*group(claim, 2))
    before = state_of(home)
    assert cli("precheck", write("third.csv", *group(claim, 1, 2)), "--home", home).code == 0
    ended = cli("precheck", write("more.csv", *group(claim, 11, 2)), "--home", home, "--json")
    assert ended.code == 20
    found = [problem for problem in ended.json["problems"] if problem["check_id"] == "oversized_group"]
    assert {problem["patient_control_number"] for problem in found} == {f"P{at}" for at in range(2, 13)}
    assert all(problem["other_lines"] == ["P0:1", "P1:1"] for problem in found)
    assert state_of(home) == before


def test_what_the_history_alone_holds_is_not_told(cli: Cli, claim: Claim, write: Any, home_with: Any) -> None:
    home = home_with(*group(claim, 2))
    other_day = group(claim, 3, 5, date_of_service="2024-03-05")
    assert cli("precheck", write("new.csv", *other_day), "--home", home, "--json").json["problems"] == []


def test_a_partner_of_the_same_day(cli: Cli, claim: Claim, write: Any, home_with: Any) -> None:
    home = home_with(*group(claim, 3))
    new = claim(patient_control_number="N", member_id="M0", procedure_code="90834", charge_amount="120.00")
    ended = cli("precheck", write("new.csv", new), "--home", home, "--json")
    assert (ended.code, problems_of(ended)) == (20, {("missing_distinct_modifier", "N")})
    (problem,) = ended.json["problems"]
    assert problem["other_lines"] == ["P0:1"]
    assert "with lines already billed: P0:1" in cli("precheck", write("new.csv", new), "--home", home).out


def test_a_duplicate_under_another_number(cli: Cli, claim: Claim, write: Any, home_with: Any) -> None:
    home = home_with(*group(claim, 3))
    new = claim(patient_control_number="AGAIN", member_id="M0", session_id="S1")
    ended = cli("precheck", write("new.csv", new), "--home", home, "--json")
    assert (ended.code, problems_of(ended)) == (20, {("exact_duplicate_line", "AGAIN")})
    assert ended.json["problems"][0]["expected_amount"] == "27.63"


def test_an_identical_line_says_so(cli: Cli, claim: Claim, write: Any, home_with: Any) -> None:
    home = home_with(*group(claim, 3))
    before = state_of(home)
    ended = cli("precheck", write("new.csv", *group(claim, 1), *group(claim, 1, 7)), "--home", home, "--json")
    assert (ended.code, problems_of(ended)) == (20, {("already_loaded", "P0")})
    assert "the same claim sent again" in ended.json["problems"][0]["what"]
    # The very file, too.
    ended = cli("precheck", write("history.csv", *group(claim, 3)), "--home", home, "--json")
    assert problems_of(ended) == {("already_loaded", f"P{at}") for at in range(3)}
    assert state_of(home) == before


def test_a_correction_without_a_frequency_code(cli: Cli, claim: Claim, write: Any, home_with: Any) -> None:
    home = home_with(*group(claim, 3))
    new = claim(patient_control_number="P0", member_id="M0", session_id="S1", procedure_code="90849")
    ended = cli("precheck", write("new.csv", new), "--home", home, "--json")
    assert ("claim_number_in_use", "P0") in problems_of(ended)


def test_a_replacement_takes_the_place_of_its_original(cli: Cli, claim: Claim, write: Any, home_with: Any) -> None:
    home = home_with(
        *group(claim, 3),
        claim(patient_control_number="I", member_id="M0", procedure_code="90834", charge_amount="120.00"),
    )
    before = state_of(home)
    mended = claim(
        patient_control_number="I",
        member_id="M0",
        procedure_code="90834",
        charge_amount="120.00",
        modifier_1="59",
        claim_frequency_code="7",
        payer_claim_control_number="ICN1",
    )
    ended = cli("precheck", write("new.csv", mended), "--home", home, "--json")
    assert (ended.code, ended.json["problems"]) == (0, [])
    assert state_of(home) == before


def test_rows_that_cannot_be_read(cli: Cli, tmp_path: Path, claim: Claim, write: Any) -> None:
    rows = [*group(claim, 3), claim(patient_control_number="BAD", member_id="M9", date_of_service="2024-02-30")]
    ended = cli("precheck", write("new.csv", *rows), "--home", tmp_path / "nowhere", "--json")
    assert (ended.code, problems_of(ended)) == (20, {("quarantined", None)})
    (problem,) = ended.json["problems"]
    assert problem["row"] == 5
    assert "date_of_service is not a calendar date" in problem["what"]


def test_the_same_line_twice_in_the_file(cli: Cli, tmp_path: Path, claim: Claim, write: Any) -> None:
    rows = [*group(claim, 3), *group(claim, 1)]
    ended = cli("precheck", write("new.csv", *rows), "--home", tmp_path / "nowhere", "--json")
    assert (ended.code, problems_of(ended)) == (20, {("repeated", None)})


def test_leads_are_told_and_wrong_nothing(cli: Cli, tmp_path: Path, claim: Claim, write: Any) -> None:
    """Twelve people of one clinician and day may have been two groups."""
    rows = [claim(patient_control_number=f"P{at}", member_id=f"M{at}", payer_id="NOBODY") for at in range(12)]
    ended = cli("precheck", write("new.csv", *rows), "--home", tmp_path / "nowhere", "--json")
    assert ended.code == 0
    assert {problem["direction"] for problem in ended.json["problems"]} == {"lead"}
    assert not any(problem["is_wrong"] for problem in ended.json["problems"])


def test_what_cannot_be_used(cli: Cli, tmp_path: Path, claim: Claim, write: Any) -> None:
    (tmp_path / "rubbish.csv").write_text("name,colour\n")
    for arguments, code in (
        ((), 64),
        (("--nightly",), 64),
        ((tmp_path / "missing.csv",), 66),
        ((tmp_path / "rubbish.csv",), 66),
    ):
        ended = cli("precheck", *arguments, "--home", tmp_path / "nowhere")
        assert (ended.code, ended.out) == (code, "")
        assert len(ended.err.splitlines()) == 1
    good = write("good.csv", *group(claim, 3))
    ended = cli("precheck", good, tmp_path / "rubbish.csv", "--home", tmp_path / "nowhere", "--json")
    assert (ended.code, problems_of(ended)) == (20, {("refused", None)})


def test_a_held_home_is_waited_for(cli: Cli, claim: Claim, write: Any, home_with: Any) -> None:
    from claims_audit.home import Home

    home = home_with(*group(claim, 3))
    with Home(home).lock("somebody"):
        ended = cli("precheck", write("new.csv", *group(claim, 3, 5)), "--home", home)
    assert ended.code == 75


def test_own_policies_and_thresholds_hold(cli: Cli, claim: Claim, write: Any, home_with: Any) -> None:
    home = home_with(*group(claim, 3, 20, date_of_service="2024-03-05"))
    (home / "policy").mkdir()
    (home / "policy" / "mine.csv").write_text(
        "policy_id,payer_id,procedure_code,rule_key,rule_value,source_title,source_kind,is_verified\n"
        "mine,CTMCD,90853,min_size,2,Contract,official,true\n"
    )
    new = write("new.csv", *group(claim, 2))
    ended = cli("precheck", new, "--home", home, "--json")
    # The payer's own rule allows it; the default does not, which is no reason to hold it back.
    assert ended.code == 0
    assert {problem["verdict"] for problem in ended.json["problems"]} == {"violates_seed_only"}
    (home / "audit.toml").write_text('packs = ["revenue"]\n')
    assert cli("precheck", new, "--home", home, "--json").json["problems"] == []


@pytest.mark.parametrize("name", ["harbor_light_2024-04_claims.837", "harbor_light_2024-08_claims.csv"])
def test_as_an_audit_would_find_it(name: str, cli: Cli, tmp_path: Path, findings_of: Callable[..., list[Row]]) -> None:
    """The findings on the lines of a file are those of an audit after loading it, for every check that can run."""
    inbox = ROOT / "data" / "sample" / "inbox"
    home = tmp_path / "home"
    history = [path for path in sorted(inbox.iterdir()) if path.name != name and path.suffix != ".835"]
    assert cli("load", *history, "--home", home).code in (0, 10)
    told = cli("precheck", inbox / name, "--home", home, "--json")
    assert told.code == 20
    loaded = Path(shutil.copytree(home, tmp_path / "loaded"))
    assert cli("load", inbox / name, "--home", loaded).code in (0, 10)
    assert cli("audit", "--home", loaded).code in (0, 10)
    with duckdb.connect(str(loaded / "warehouse.duckdb"), read_only=True) as con:
        expected = set(
            con.execute(
                """
                select finding.finding_id, finding_line.patient_control_number, finding_line.claim_line_number,
                    cast(finding_line.exposure_amount as varchar)
                from finding
                inner join finding_line on finding.finding_id = finding_line.finding_id
                inner join claim_line on finding_line.claim_line_id = claim_line.claim_line_id
                inner join delivered_file on claim_line.file_id = delivered_file.file_id
                where delivered_file.file_name = $name and list_contains($checks, finding.check_id)
                """,
                {"name": name, "checks": [result["check_id"] for result in told.json["checks"]]},
            ).fetchall()
        )
    keys = ("finding_id", "patient_control_number", "claim_line_number", "expected_amount")
    found = {tuple(problem[key] for key in keys) for problem in told.json["problems"] if problem["finding_id"]}
    assert len(expected) >= 10
    assert found == expected
