"""Which policy row applies to a payer on a day, from the shipped rows and the user's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from checks.schemas import ROW_SCHEMAS
from claims_audit.errors import ConfigurationError, UsageError
from claims_audit.home import Home
from claims_audit.policy import AppliedRule, explain_policy
from claims_audit.settings import Settings
from claims_audit.warehouse.database import create_tables
from claims_audit.warehouse.reference import load_reference

HEADER = (
    "policy_id,payer_id,program,state,procedure_code,rule_key,rule_value,eff_from,eff_to,source_title,source_kind,"
    "is_verified\n"
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.policy.mkdir()
    return home


def explain(
    home: Home, payer: str, day: str = "2024-08-01", code: str = "90853", place: str = "11"
) -> dict[str, AppliedRule]:
    rules = explain_policy(home, Settings(), ROW_SCHEMAS, payer, date.fromisoformat(day), code, place)
    return {rule.rule_key: rule for rule in rules if rule.procedure_code == code}


@pytest.mark.parametrize(
    ("day", "value", "policy_id"),
    [
        ("2013-01-15", "ncci_column2", "medicare-distinct-2014"),
        ("2014-09-30", "ncci_column2", "medicare-distinct-2014"),
        ("2014-10-01", "ncci_column2", "medicare-distinct-2019"),
        ("2019-06-30", "ncci_column2", "medicare-distinct-2019"),
        ("2019-07-01", "either", "medicare-distinct-now"),
        ("2026-01-01", "either", "medicare-distinct-now"),
    ],
)
def test_medicare_by_era(home: Home, day: str, value: str, policy_id: str) -> None:
    rule = explain(home, "MEDICARE", day)["distinct_mod_line"]
    assert (rule.rule_value, rule.policy_id, rule.level) == (value, policy_id, "national program")
    assert rule.seed_value == "second_session"


def test_medicare_limits_depend_on_the_setting(home: Home) -> None:
    office, hospital = explain(home, "MEDICARE"), explain(home, "MEDICARE", place="22")
    assert (office["max_size"].rule_value, office["min_size"].level) == ("12", "seed")
    assert office["max_units_day"].rule_value == "1"
    assert hospital["max_units_day"].rule_value == "4"


def test_texas_wants_the_modifier_on_the_family_code(home: Home) -> None:
    family, group = explain(home, "TXMCD", code="90847"), explain(home, "TXMCD")
    assert (family["distinct_mod_line"].rule_value, family["distinct_mod_line"].level) == (
        "family_code",
        "state program",
    )
    assert (group["distinct_mod_line"].rule_value, group["distinct_mod_line"].level) == ("second_session", "seed")


def test_pennsylvania_has_a_smaller_limit_in_substance_use_clinics(home: Home) -> None:
    clinic, office = explain(home, "PAMCD", place="57"), explain(home, "PAMCD", place="11")
    assert (clinic["max_size"].rule_value, clinic["max_size"].policy_id) == ("10", "pa-90853-max-sud")
    assert (office["max_size"].rule_value, office["max_size"].policy_id) == ("12", "pa-90853-max")


def test_minnesota_is_marked_as_not_verified(home: Home) -> None:
    rule = explain(home, "MNMCD")["max_size"]
    assert (rule.rule_value, rule.is_verified) == ("8", False)
    assert rule.why.endswith("; unverified")
    assert explain(home, "CTMCD")["max_size"].is_verified


def test_a_payer_nobody_knows_falls_to_the_default(home: Home) -> None:
    rules = explain(home, "NOBODY")
    assert {rule.level for rule in rules.values()} == {"seed"}
    assert (rules["min_size"].rule_value, rules["max_size"].rule_value) == ("3", "10")
    assert "NOBODY is not in the list of payers" in rules["max_size"].why
    assert "no row of CTMCD speaks of it" in explain(home, "CTMCD")["min_size"].why


def test_all_codes_when_none_is_named(home: Home) -> None:
    rules = explain_policy(home, Settings(), ROW_SCHEMAS, "CTMCD", date(2024, 3, 4))
    assert {"90853", "90849", "90846", "90847", "90785", "90839", "90791"} <= {rule.procedure_code for rule in rules}


def test_what_the_audit_does_not_know_is_told(home: Home) -> None:
    with pytest.raises(UsageError, match="99999: no code"):
        explain(home, "CTMCD", code="99999")
    with pytest.raises(UsageError, match="00: no place of service"):
        explain(home, "CTMCD", place="00")


def test_own_payers_and_rows_come_on_top(home: Home) -> None:
    (home.policy / "payers.csv").write_text("payer_id,payer_name,program,state,product\nACME,Acme Health,,,PPO\n")
    (home.policy / "limits.csv").write_text(
        HEADER
        + "acme-old,ACME,,,90853,max_size,9,,2023-12-31,Contract 2023,official,true\n"
        + "acme-max,ACME,,,90853,max_size,6,2024-01-01,,Contract 2024,official,true\n"
        + "acme-any,ACME,,,,max_size,7,,,Contract,official,true\n"
    )
    rule = explain(home, "ACME")["max_size"]
    assert (rule.rule_value, rule.policy_id, rule.level, rule.seed_value) == ("6", "acme-max", "payer", "10")
    assert explain(home, "ACME", "2023-06-01")["max_size"].rule_value == "9"
    assert explain(home, "ACME", code="90849")["max_size"].rule_value == "7"
    assert explain(home, "CTMCD")["max_size"].rule_value == "12"


def test_an_own_row_replaces_the_shipped_row_of_its_key(home: Home) -> None:
    (home.policy / "mine.csv").write_bytes(
        b"\xef\xbb\xbf"
        + (HEADER + "mn-90853-max,,medicaid,MN,90853,max_size,10,,,DHS manual read 2024,official,true\n").encode()
    )
    rule = explain(home, "MNMCD")["max_size"]
    assert (rule.rule_value, rule.is_verified, rule.source_title) == ("10", True, "DHS manual read 2024")


def test_two_rows_of_the_same_right_are_a_fault_that_names_both(home: Home) -> None:
    (home.policy / "mine.csv").write_text(
        HEADER
        + "acme-1,ACME,,,90853,max_size,6,2024-01-01,2024-06-30,Contract,official,true\n"
        + "acme-2,ACME,,,90853,max_size,8,2024-06-30,,Contract,official,true\n"
    )
    with pytest.raises(ConfigurationError, match="acme-1 and acme-2"):
        explain(home, "ACME")


def test_a_fault_changes_nothing_in_the_warehouse(home: Home) -> None:
    con = duckdb.connect()
    create_tables(con)
    load_reference(con, home, Settings(), ROW_SCHEMAS)
    before = con.sql("select count(*), count(distinct policy_id) from payer_policy").fetchall()
    tied = "acme-1,ACME,,,90853,max_size,6,,,C,official,true\nacme-2,ACME,,,90853,max_size,8,,,C,official,true\n"
    (home.policy / "mine.csv").write_text(HEADER + tied)
    with pytest.raises(ConfigurationError):
        load_reference(con, home, Settings(), ROW_SCHEMAS)
    assert con.sql("select count(*), count(distinct policy_id) from payer_policy").fetchall() == before
    con.close()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (HEADER + "a,ACME,,,90853,max_size,many,,,C,official,true\n", "row 2 rule_value does not fit its rule_key"),
        (HEADER + "a,ACME,,,90853,max_size,6,,,C,official,true\nb,ACME,,,90853,largest,6,,,C,official,true\n",
         "row 3 rule_key is no parameter that a check reads"),
        (HEADER + "a,ACME,,,90853,max_size,6,2024-13-01,,C,official,true\n", "row 2 eff_from is not a calendar date"),
        (HEADER + "a,ACME,,,90853,max_size,6,2024-02-01,2024-01-01,C,official,true\n", "row 2 ends before it starts"),
        (HEADER + "a,,,,90853,max_size,6,,,C,official,true\n", "row 2 names neither a payer nor a program"),
        (HEADER + "a,ACME,,,90853,max_size,6,,,,official,true\n", "row 2 source_title is empty"),
        (HEADER + "a,ACME,,,90853,max_size,6\n", "line 2: 7 cells, the header has 12"),
        (HEADER + "a,A,,,,max_size,6,,,C,official,true\n" * 2, "row 2 policy_id comes more than once"),
        ("payer_id,payer_name\nA,Acme\nA,Acme again\n", "row 2 payer_id comes more than once"),
        ("payer_id,payer_name\nA,\n", "row 2 payer_name is empty"),
        ("payer_id,payer_name,colour\nA,Acme,red\n", "unknown columns colour"),
        ("name,limit\nAcme,6\n", "neither a policy_id nor a payer_name column"),
        ('payer_id,payer_name\nA,"Acme\n', "cannot be read as UTF-8 CSV"),
        ("", "neither a policy_id nor a payer_name column"),
    ],
)  # fmt: skip
def test_a_malformed_file_is_named_with_its_row(home: Home, content: str, told: str) -> None:
    (home.policy / "mine.csv").write_text(content)
    with pytest.raises(ConfigurationError) as caught:
        explain(home, "ACME")
    assert str(caught.value).startswith(str(home.policy / "mine.csv"))
    assert told in str(caught.value)
