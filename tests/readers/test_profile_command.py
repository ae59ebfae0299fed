"""The command `claims-audit profile`: what it prints, writes and answers, and that it shows no value."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claims_audit.errors import ConfigurationError, NoInputError
from claims_audit.readers.tables.profile_file import read_profile, shipped_profiles
from flows.profile_command import profile_app as app

BILLING = """Claim #,Patient ID,Patient Name,Payer,DOS,CPT,Units,Charge,Provider NPI,Group NPI,POS
C1,SENTINEL7,SENTINEL8,BH,03/14/2024,90853,1,40.25,1234567893,1245319599,11
C2,SENTINEL9,SENTINEL8,BH,03/15/2024,90834,1,120.50,1234567893,1245319599,11
"""


def call(*arguments: object) -> int:
    code = app([str(argument) for argument in arguments], exit_on_error=False, result_action="return_value")
    assert isinstance(code, int)
    return code


@pytest.fixture
def billing(tmp_path: Path) -> Path:
    path = tmp_path / "charges.csv"
    path.write_text(BILLING)
    return path


def test_guess_writes_a_profile_that_can_be_read(
    billing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "our charges.toml"
    assert call("guess", billing, "-o", target, "--home", tmp_path) == 0
    profile = read_profile(target)
    assert (profile.name, profile.table) == ("our_charges", "claim_line")
    told = capsys.readouterr()
    assert told.out == ""
    assert "profile practice_management reads this file already" in told.err
    assert "SENTINEL" not in told.err + target.read_text()


def test_guess_prints_the_profile(billing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("guess", billing, "--home", tmp_path) == 0
    told = capsys.readouterr()
    (tmp_path / "printed.toml").write_text(told.out)
    assert read_profile(tmp_path / "printed.toml").table == "claim_line"
    assert "SENTINEL" not in told.out


def test_guess_as_json_says_how_sure_and_what_is_missing(
    billing: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("guess", billing, "--json", "--home", tmp_path) == 0
    sure = json.loads(capsys.readouterr().out)
    assert sure["missing"] == []
    assert sure["confidence"] > 0.8
    assert {"column": "date_of_service", "from": ["DOS"], "confidence": 1.0} in sure["columns"]
    assert sure["fits"] == "practice_management"
    billing.write_text(BILLING.replace("CPT", "Colour").replace("90853", "red").replace("90834", "blue"))
    assert call("guess", billing, "--json", "--home", tmp_path) == 10
    unsure = json.loads(capsys.readouterr().out)
    assert unsure["missing"] == ["procedure_code"]
    assert unsure["confidence"] < 0.5
    assert unsure["fits"] is None


def test_guess_needs_a_file(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="no such file"):
        call("guess", tmp_path / "none.csv")


def test_list_names_own_and_shipped_profiles(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call("list", "--home", tmp_path, "--json")
    listed = json.loads(capsys.readouterr().out)["profiles"]
    assert [row["name"] for row in listed] == [profile.name for profile in shipped_profiles()]
    assert {row["origin"] for row in listed} == {"shipped"}
    call("list", "--home", tmp_path)
    assert "native                  claim_line  " in capsys.readouterr().out


def test_show_tells_what_fills_each_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call("show", "cms_rif_carrier", "--home", tmp_path)
    shown = capsys.readouterr().out
    assert "  payer_id                   always MEDICARE\n" in shown
    assert "  set aside by FINAL_ACTION: " in shown
    call("show", "appointments", "--home", tmp_path, "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["columns"]["session_id"] == ["made of facilitator_npis and session_start_at"]
    with pytest.raises(ConfigurationError, match="no such profile"):
        call("show", "colour", "--home", tmp_path)
