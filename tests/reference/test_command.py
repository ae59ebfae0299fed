"""`claims-audit reference load | list`: words, exit codes, the lock, and what no edition covers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claims_audit.home import Home
from claims_audit.reference.kinds import Kind
from claims_audit.reference.listing import list_reference
from tests.conftest import Desk, claim
from tests.reference.conftest import Shelf
from tests.reference.layouts import Pair, csv_text, pair_text

PAIRS: list[Pair] = [("90853", "90832", "20141001", "*", "1")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "ccipra-v241r0-f1.TXT"
    path.write_bytes(pair_text(PAIRS))
    return path


def test_load_and_list(cli: Callable[..., Any], tmp_path: Path, file: Path) -> None:
    home = tmp_path / "home"
    loaded = cli("reference", "load", "ncci-ptp", file, "--home", home)
    assert loaded.code == 0, loaded.err
    assert "loaded: ncci-ptp-medicare-practitioner-2018-04-01, 1 rows, 2018-04-01 to 2018-06-30" in loaded.out
    again = cli("reference", "load", "ncci-ptp", file, "--home", home, "--json").json
    assert again["loaded"][0]["status"] == "unchanged" and again["warnings"] == []
    editions = cli("reference", "list", "--home", home, "--json").json["editions"]
    (own,) = [edition for edition in editions if edition["origin"] == "loaded"]
    assert (own["kind"], own["valid_from"], own["valid_to"], own["rows"], own["files"]) == (
        *("ncci-ptp", "2018-04-01", "2018-06-30", 1),
        [file.name],
    )
    assert {edition["edition_id"] for edition in editions} >= {"shipped-pfs", "shipped-ncci-ptp"}
    shown = cli("reference", "list", "--home", home)
    assert shown.code == 0 and file.name in shown.out and "No claims are loaded" in shown.out


def test_warnings_have_their_exit_code(cli: Callable[..., Any], tmp_path: Path, file: Path) -> None:
    file.write_bytes(file.read_bytes().rstrip())
    ended = cli("reference", "load", "ncci-ptp", file, "--home", tmp_path / "home")
    assert ended.code == 10 and "does not end with a line break" in ended.out


@pytest.mark.parametrize(
    ("content", "name", "options", "code", "words"),
    [
        (b"", "ccipra-v241r0-f1.TXT", (), 66, "is empty"),
        (pair_text([*PAIRS, ("1", "2", "20141001", "*", "1")]), "ccipra-v241r0-f1.TXT", (), 65, "line 8"),
        (pair_text(PAIRS), "pairs.txt", (), 64, "--program"),
        (pair_text(PAIRS), "ccipra-v241r0-f1.TXT", ("--valid-to", "2010-01-01"), 64, "--valid-to"),
        (pair_text(PAIRS), "ccipra-v241r0-f1.TXT", ("--program", "tricare"), 64, "program"),
    ],
)
def test_failures_have_their_exit_code(
    cli: Callable[..., Any],
    tmp_path: Path,
    content: bytes,
    name: str,
    options: tuple[str, ...],
    code: int,
    words: str,
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    ended = cli("reference", "load", "ncci-ptp", path, "--home", tmp_path / "home", *options)
    assert ended.code == code and words in ended.err and ended.err.count("\n") == 1


def test_missing_file_and_unknown_kind(cli: Callable[..., Any], tmp_path: Path) -> None:
    assert cli("reference", "load", "pfs", tmp_path / "none.csv", "--home", tmp_path / "home").code == 66
    assert cli("reference", "load", "weather", tmp_path / "none.csv", "--home", tmp_path / "home").code == 64


def test_home_that_is_held_is_left_alone(cli: Callable[..., Any], tmp_path: Path, file: Path) -> None:
    home = Home(tmp_path / "home")
    home.create()
    with home.lock("somebody"):
        for command in (("load", "ncci-ptp", file), ("list",)):
            ended = cli("reference", *command, "--home", home.path)
            assert ended.code == 75 and "is held by somebody" in ended.err


def test_help_says_what_a_new_file_replaces(cli: Callable[..., Any]) -> None:
    told = " ".join(cli("reference", "load", "--help").out.replace("│", " ").split())
    assert "A new fee-schedule takes the place of the earlier fees of the payers in it" in told
    for kind in Kind:
        assert kind.value in told


def test_months_without_an_edition(shelf: Shelf) -> None:
    shelf.desk.deliver(
        "claims.csv",
        [
            claim(patient_control_number="A", payer_id="MEDICARE", date_of_service="2024-06-30"),
            claim(patient_control_number="B", payer_id="MEDICARE", date_of_service="2024-07-01"),
            claim(patient_control_number="C", payer_id="MEDICARE", date_of_service="2024-10-01"),
            claim(patient_control_number="D", payer_id="MEDICARE", date_of_service="2024-10-31"),
            claim(
                patient_control_number="E",
                payer_id="MEDICARE",
                date_of_service="2024-10-01",
                place_of_service_code="22",
            ),
        ],
    )
    found = {
        (item.kind.value, item.month): (item.lines, item.stands_in) for item in list_reference(shelf.desk.con).uncovered
    }
    assert {key: value for key, value in found.items() if key[0] == "ncci-ptp"} == {
        ("ncci-ptp", "2024-06"): (1, 1),
        # The shipped pairs are those of practitioners: nothing stands in for the hospital.
        ("ncci-ptp", "2024-10"): (3, 2),
    }
    assert found["ncci-mue", "2024-10"] == (3, 3) and ("pfs", "2024-10") not in found
    assert found["icd10", "2024-07"] == (1, 0) and found["providers", "2024-10"] == (3, 0)
    assert not any(kind == "pos" for kind, _ in found)
    shelf.deliver("ncci-ptp", "ccipra-v303r0-f1.TXT", pair_text(PAIRS))
    after = {(item.kind.value, item.month): item.lines for item in list_reference(shelf.desk.con).uncovered}
    assert after["ncci-ptp", "2024-10"] == 1 and after["ncci-ptp", "2024-06"] == 1


def test_uncovered_lines_are_those_that_the_view_does_not_cover(shelf: Shelf) -> None:
    from claims_audit.checking.catalog import read_catalog

    shelf.desk.deliver(
        "claims.csv",
        [
            claim(
                patient_control_number=f"{payer}{day}{place}",
                payer_id=payer,
                date_of_service=day,
                place_of_service_code=place,
            )
            for payer in ("MEDICARE", "CTMCD", "UNKNOWN")
            for day in ("2024-06-30", "2024-07-01", "2024-09-30", "2024-10-01", "2025-01-01")
            for place in ("11", "22", "52")
        ],
    )
    shelf.deliver("ncci-ptp", "ccioph-v303r0-f1.TXT", pair_text(PAIRS))
    shelf.deliver("ncci-ptp", "ccipra-v302r0-f1.TXT", pair_text(PAIRS), program="medicaid")
    con = shelf.desk.con
    waiting = list(read_catalog().views)
    for _ in range(len(waiting) ** 2):  # a view may need others
        if not waiting:
            break
        view = waiting.pop(0)
        try:
            con.execute(f"create or replace temp view {view.name} as {view.sql}")
        except duckdb.CatalogException:
            waiting.append(view)
    covered = shelf.rows(
        "select kind_code, strftime(line.date_of_service, '%Y-%m'), count(*) from current_claim_line as line "
        "inner join edition_in_force as edition on line.payer_id = edition.payer_id and line.setting = edition.setting "
        "and line.date_of_service = edition.date_of_service where is_edition_of_the_day group by all"
    )
    uncovered = {(item.kind.value, item.month): item.lines for item in list_reference(con).uncovered}
    for kind in ("ncci-ptp", "ncci-mue", "ncci-addon", "pfs"):
        for month, lines in (("2024-06", 9), ("2024-07", 9), ("2024-09", 9), ("2024-10", 9), ("2025-01", 9)):
            there = sum(count for name, when, count in covered if (name, when) == (kind, month))
            assert uncovered.get((kind, month), 0) == lines - there, (kind, month)


def test_contract_fees_are_asked_by_payer(shelf: Shelf) -> None:
    shelf.desk.deliver("claims.csv", [claim(), claim(patient_control_number="B", payer_id="MAMCD")])
    shelf.deliver(
        "fee-schedule", "a.csv", csv_text(("payer_id", "procedure_code", "fee_amount"), ("MAMCD", "90853", "1"))
    )
    found = [item for item in list_reference(shelf.desk.con).uncovered if item.kind is Kind.CONTRACT_FEES]
    assert [(item.month, item.lines) for item in found] == [("2024-03", 1)]


def test_tables_that_have_run_out(shelf: Shelf) -> None:
    shelf.desk.deliver("claims.csv", [claim(date_of_service="2024-03-31")])
    shelf.deliver("ncci-ptp", "ccipra-v300r0-f1.TXT", pair_text(PAIRS))
    assert list_reference(shelf.desk.con).stale == []
    shelf.desk.deliver("later.csv", [claim(patient_control_number="B", date_of_service="2024-04-01")])
    (stale,) = list_reference(shelf.desk.con).stale
    assert (stale.kind, stale.setting, stale.valid_to, stale.newest_date_of_service) == (
        *("ncci-ptp", "practitioner"),
        *(date(2024, 3, 31), date(2024, 4, 1)),
    )
    shelf.deliver("ncci-ptp", "ccipra-v301r0-f1.TXT", pair_text(PAIRS))
    assert list_reference(shelf.desk.con).stale == []


def test_void_lines_ask_for_nothing(desk: Desk) -> None:
    original = claim(payer_claim_control_number="ICN1")
    void = claim(patient_control_number="PCN1", claim_frequency_code="8", payer_claim_control_number="ICN1")
    desk.deliver("claims.csv", [original])
    desk.deliver("void.csv", [void])
    assert list_reference(desk.con).uncovered == []
