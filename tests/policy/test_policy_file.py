"""A user's own CSV: every fault at once, with row and remedy; else what it adds and what it takes the place of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]

HEADER = (
    "policy_id,payer_id,program,state,procedure_code,rule_key,rule_value,eff_from,eff_to,source_title,source_kind,"
    "is_verified"
)


def policies(*rows: str) -> str:
    return "\n".join([HEADER, *rows]) + "\n"


@pytest.fixture
def check(cli: Cli, tmp_path: Path) -> Callable[..., Any]:
    """Writes a file and checks it, in a home whose policy folder may hold others."""

    def check(content: str | bytes, *options: str, **others: str) -> Any:
        for name, text in others.items():
            (tmp_path / "home" / "policy").mkdir(parents=True, exist_ok=True)
            (tmp_path / "home" / "policy" / f"{name}.csv").write_text(text)
        path = tmp_path / "mine.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return cli("policy", "check", path, "--home", tmp_path / "home", *options)

    return check


def told(ended: Any) -> list[tuple[int | None, str, str]]:
    return [(fault["row"], fault["column"], fault["reason_code"]) for fault in ended.json["faults"]]


def test_all_faults_at_once(check: Callable[..., Any]) -> None:
    ended = check(
        "policy_id,payer_id,program,procedure_code,rule_key,rule_value,eff_from,eff_to,source_title,source_kind,"
        "is_verified,color\n"
        "a,ACME,,90853,max_size,many,,,Contract,official,true,\n"
        "b,ACME,,90853,maxsize,6,2024-13-01,,,offical,yes,\n"
        "c,,,90853,max_size,6,2024-02-01,2024-01-01,Contract,official,true,\n"
        "d,ACME,,90853,max_size\n"
        "e,ACME,,90849,max_size,6,,,Contract,official,true,\n"
        "e,ACME,,90847,max_size,6,,,Contract,official,true,\n",
        "--json",
    )
    assert ended.code == 78
    assert told(ended) == [
        (1, "color", "unknown_column"),
        (2, "rule_value", "not_a_rule_value"),
        (3, "eff_from", "not_a_date"),
        (3, "is_verified", "not_a_truth_value"),
        (3, "rule_key", "unknown_rule_key"),
        (3, "source_kind", "unknown_source_kind"),
        (3, "source_title", "missing"),
        (4, "", "ends_before_start"),
        (4, "", "no_payer_or_program"),
        (5, "", "other_number_of_cells"),
        (6, "policy_id", "repeated"),
        (7, "policy_id", "repeated"),
    ]
    remedies = {(fault["row"], fault["column"]): fault["remedy"] for fault in ended.json["faults"]}
    assert all(remedies.values())
    assert remedies[2, "rule_value"] == "for max_size write a whole number of at most 3 digits"
    assert remedies[3, "rule_key"].startswith("did you mean max_size?")
    assert remedies[3, "source_title"].startswith("say where the rule stands")


def test_faults_are_lines_for_people(check: Callable[..., Any]) -> None:
    ended = check(policies("a,ACME,,,90853,max_size,many,,,Contract,official,true"))
    assert ended.code == 78
    assert "1 faults; a run would stop at it" in ended.out
    assert "row 2: rule_value does not fit its rule_key; for max_size write a whole number" in ended.out


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("", (1, "", "no_known_table")),
        ("name,limit\nAcme,6\n", (1, "", "no_known_table")),
        (b"policy_id\n\xe9\n", (2, "", "not_utf8")),
        ('policy_id,rule_key\n"a,max_size\n', (2, "", "not_csv")),
        ("policy_id,payer_id,payer_id\n", (1, "payer_id", "repeated_column")),
        ("policy_id,payer_id,rule_key\na,ACME,max_size\n", (1, "rule_value", "missing_column")),
        ("payer_id,payer_name\nA,\n", (2, "payer_name", "missing")),
        ("payer_id,payer_name,colour\nA,Acme,red\n", (1, "colour", "unknown_column")),
    ],
)
def test_what_is_no_policy_file(check: Callable[..., Any], content: str | bytes, fault: tuple[int, str, str]) -> None:
    ended = check(content, "--json")
    assert ended.code == 78
    assert fault in told(ended)


def test_a_file_that_is_not_there(cli: Cli, tmp_path: Path) -> None:
    ended = cli("policy", "check", tmp_path / "nowhere.csv", "--home", tmp_path)
    assert (ended.code, ended.out) == (66, "")


def test_two_rows_that_tie_are_both_named(check: Callable[..., Any]) -> None:
    one = "acme-1,ACME,,,90853,max_size,6,2024-01-01,2024-06-30,Contract,official,true"
    two = "acme-2,ACME,,,90853,max_size,8,2024-06-30,,Contract,official,true"
    ended = check(policies(one, two), "--json")
    assert (ended.code, told(ended)) == (78, [(3, "policy_id", "tie")])
    assert "acme-1 (this file) and acme-2 (this file)" in ended.json["faults"][0]["reason"]
    assert check(policies(one, two.replace("2024-06-30", "2024-07-01"))).code == 0


def test_ties_with_shipped_rows_and_those_of_the_home(check: Callable[..., Any]) -> None:
    other = policies("acme-1,ACME,,,90853,max_size,6,,,Contract,official,true")
    ended = check(
        policies(
            "acme-2,ACME,,,90853,max_size,8,,,Contract,official,true",
            "ct-mine,,medicaid,CT,90853,max_size,9,,,Manual,official,true",
        ),
        "--json",
        other=other,
    )
    assert told(ended) == [(2, "policy_id", "tie"), (3, "policy_id", "tie")]
    reasons = [fault["reason"] for fault in ended.json["faults"]]
    assert reasons[0].startswith("acme-1 (other.csv) and acme-2 (this file)")
    assert reasons[1].startswith("ct-90853-max (shipped) and ct-mine (this file)")


def test_a_row_that_takes_the_place_of_another_ties_with_it_no_more(check: Callable[..., Any]) -> None:
    ended = check(
        policies(
            "ct-90853-max,,medicaid,CT,90853,max_size,9,,,Manual 2024,official,true",
            "acme-1,ACME,,,90853,max_size,8,,,Contract,official,true",
            "acme-new,ACME,,,90849,max_size,8,,,Contract,official,true",
        ),
        "--json",
        other=policies("acme-1,ACME,,,90853,max_size,6,,,Contract,official,true"),
    )
    assert (ended.code, ended.json["added"]) == (0, ["acme-new"])
    shipped, own = ended.json["replaced"]
    assert (shipped["key"], shipped["where"], shipped["row"]) == ("ct-90853-max", "shipped", 2)
    assert shipped["changes"]["rule_value"] == ["12", "9"]
    assert (own["key"], own["where"], own["changes"]) == ("acme-1", "other.csv", {"rule_value": ["6", "8"]})
    # other.csv is read after mine.csv.
    assert any("acme-1 stands in other.csv too" in notice for notice in ended.json["notices"])


def test_a_good_file_says_what_it_does(check: Callable[..., Any]) -> None:
    ended = check(
        policies(
            "mn-90853-max,,medicaid,MN,90853,max_size,10,,,DHS manual,official,true",
            "acme-max,ACME,,,90853,max_size,8,,,Contract,official,true",
        )
    )
    assert ended.code == 0
    assert "2 policies, all sound; 1 would be added, 1 would take the place of others" in ended.out
    assert "row 2: replaces the shipped row mn-90853-max: rule_value 8 -> 10" in ended.out
    assert "adds acme-max" in ended.out
    assert "note: row 3: payer_id ACME is in no list of payers" in ended.out


def test_names_of_nobody_are_noticed(check: Callable[..., Any]) -> None:
    ended = check(
        "policy_id,payer_id,product,setting,procedure_code,rule_key,rule_value,source_title,source_kind,is_verified\n"
        "a,ACME,GOLD,attic,00000,max_size,8,Contract,official,true\n",
        "--json",
        payers="payer_id,payer_name,product\nACME,Acme Health,PPO\n",
    )
    assert ended.code == 0
    assert [notice.split(" is ")[0] for notice in ended.json["notices"]] == [
        "row 2: product GOLD",
        "row 2: setting attic",
        "row 2: procedure_code 00000",
    ]


def test_payers_too(check: Callable[..., Any]) -> None:
    ended = check("payer_id,payer_name,program\nACME,Acme Health,commercial\nAETNA,Aetna Inc.,\n", "--json")
    assert (ended.code, ended.json["table"], ended.json["added"]) == (0, "payer", ["ACME"])
    assert ended.json["replaced"][0]["changes"] == {"payer_name": ["Aetna", "Aetna Inc."]}


def test_another_file_of_the_home_that_is_broken(check: Callable[..., Any]) -> None:
    ended = check(policies("a,ACME,,,90853,max_size,6,,,C,official,true"), broken="policy_id,rule_key\na\n")
    assert (ended.code, ended.out) == (78, "")
    assert "broken.csv: is malformed" in ended.err
