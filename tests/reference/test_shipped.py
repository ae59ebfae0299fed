"""What the project ships agrees with the published tables, and those load from the layouts in which they come.

The published tables are extracts that lie beside the project; without them these tests are skipped.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

import pytest

from claims_audit.project import REFERENCE, ROOT
from tests.reference.conftest import Shelf
from tests.reference.layouts import NOTICE, add_on_text, csv_text, fee_text, pair_text, unit_text

PUBLISHED = ROOT.parent / "shared" / "data" / "ref"
needs_tables = pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published tables are not beside the project")

# Classes of procedure_code that are no therapy: of these only the pairs with the group codes are shipped.
OTHER_CLASSES = ("visit", "health_behavior")
FACTOR = "33.2875"


def shipped(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((REFERENCE / f"{name}.csv").open(encoding="utf-8")))


def published(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((PUBLISHED / f"{name}.csv").open(encoding="utf-8-sig")))


def therapy_codes() -> set[str]:
    return {row["procedure_code"] for row in shipped("procedure_code") if row["procedure_class"] not in OTHER_CLASSES}


def active_pairs() -> dict[tuple[str, str], str]:
    rows = published("ncci_ptp_bh_2024q3")
    return {(row["column1"], row["column2"]): row["modifier_indicator"] for row in rows if not row["deletion_date"]}


def shipped_pairs() -> dict[tuple[str, str], str]:
    return {
        (row["column_one_code"], row["column_two_code"]): row["modifier_indicator"]
        for row in shipped("ncci_pair")
        if not row["eff_to"]
    }


def dollars(units: str) -> Decimal:
    return (Decimal(units) * Decimal(FACTOR)).quantize(Decimal("0.01"), ROUND_HALF_UP)


@needs_tables
def test_every_shipped_pair_is_active_with_its_indicator() -> None:
    active = active_pairs()
    # The extract has the behavioral codes and office visits; of 90853 with other visits and with 90865 and 90870 it
    # says nothing.
    known = {code for row in published("ncci_ptp_bh_2024q3") for code in (row["column1"], row["column2"])}
    judged = {pair: indicator for pair, indicator in shipped_pairs().items() if set(pair) <= known}
    assert judged == {pair: active.get(pair) for pair in judged}
    others = set(shipped_pairs()) - set(judged)
    assert len(judged) > 150 and {one for one, _ in others} == {"90853"}


@needs_tables
def test_pairs_that_ended_in_2014_are_so_published() -> None:
    ended = {
        (row["column1"], row["column2"]): row["deletion_date"]
        for row in published("ncci_ptp_bh_2024q3")
        if row["deletion_date"]
    }
    old = [row for row in shipped("ncci_pair") if row["eff_to"]]
    assert len(old) == 6
    for row in old:
        assert ended[row["column_one_code"], row["column_two_code"]] == row["eff_to"] == "2014-09-30"


@needs_tables
def test_no_pair_of_therapy_codes_is_missing() -> None:
    codes = therapy_codes()
    wanted = {pair for pair in active_pairs() if set(pair) <= codes}
    # And none of the group code with anything that the audit knows.
    known = {row["procedure_code"] for row in shipped("procedure_code")}
    wanted |= {pair for pair in active_pairs() if "90853" in pair and set(pair) <= known}
    assert wanted <= set(shipped_pairs())


@needs_tables
def test_units_agree() -> None:
    there = {row["hcpcs_code"]: (row["mue_units"], row["mue_mai"]) for row in published("ncci_mue_bh_2024q3")}
    ours = {
        row["procedure_code"]: (row["mue_units"], row["mue_adjudication_code"])
        for row in shipped("ncci_mue")
        if row["edition_id"] == "shipped-ncci-mue-practitioner"
    }
    assert ours == {code: limit for code, limit in there.items() if code in therapy_codes()}


@needs_tables
def test_add_ons_agree() -> None:
    there = {(row["add_on_code"], row["primary_code"], row["aoc_edit_type"]) for row in published("ncci_addon_bh_2024")}
    ours = [(row["add_on_code"], row["primary_code"], row["edit_type"]) for row in shipped("ncci_add_on")]
    assert set(ours) == there and len(ours) == len(there)


@needs_tables
def test_fees_are_units_times_the_factor() -> None:
    rows = {row["hcpcs_code"]: row for row in published("pfs_rvu_bh_2024jul") if not row["mod"]}
    ours = {row["procedure_code"]: row for row in shipped("fee")}
    for code, fee in ours.items():
        assert rows[code]["cf"] == FACTOR
        assert Decimal(fee["fee_amount"]) == dollars(rows[code]["rvu_non_sum"]), code
        assert Decimal(fee["facility_fee_amount"]) == dollars(rows[code]["rvu_fac_sum"]), code
    priced = {code for code in therapy_codes() & set(rows) if Decimal(rows[code]["rvu_non_sum"])}
    # 90863 has units and status I: Medicare does not pay it.
    assert priced - set(ours) == {"90863"}


@needs_tables
def test_facilities_agree() -> None:
    there = {row["pos_code"]: row["pos_type"] for row in published("pos_codes")}
    ours = {row["place_of_service_code"]: row["is_facility"] for row in shipped("place_of_service")}
    words: Mapping[str, str] = {"Facility": "true", "Non-Facility": "false"}
    assert ours == {code: words[kind] for code, kind in there.items() if kind in words}


def test_editions_say_how_many_rows_they_have() -> None:
    tables = {"ncci-ptp": "ncci_pair", "ncci-mue": "ncci_mue", "ncci-addon": "ncci_add_on", "pfs": "fee"}
    for edition in shipped("reference_edition"):
        rows = [row for row in shipped(tables[edition["kind_code"]]) if row["edition_id"] == edition["edition_id"]]
        assert len(rows) == int(edition["row_count"]), edition["edition_id"]


@needs_tables
class TestPublishedTablesLoad:
    """Each extract, written in the layout of its publisher, comes out as it went in."""

    def test_pairs(self, shelf: Shelf) -> None:
        rows = published("ncci_ptp_bh_2024q3")
        # The extract lacks the effective day: a made-up one, before its deletion.
        lines = [
            (
                *(row["column1"], row["column2"], "19960101"),
                *(row["deletion_date"].replace("-", "") or "*", row["modifier_indicator"]),
            )
            for row in rows
        ]
        loaded = shelf.deliver("ncci-ptp", "ccipra-v302r0-f1.TXT", pair_text(lines, trailer=NOTICE))
        found = shelf.rows(
            "select column_one_code, column_two_code, cast(modifier_indicator as varchar) from ncci_pair "
            f"where edition_id = '{loaded.edition.edition_id}'"
        )
        assert {(one, two): indicator for one, two, indicator in found} == active_pairs()
        assert len(found) == len(active_pairs())

    def test_units(self, shelf: Shelf) -> None:
        rows = [(row["hcpcs_code"], row["mue_units"], row["mue_mai"]) for row in published("ncci_mue_bh_2024q3")]
        loaded = shelf.deliver("ncci-mue", "MCR_MUE_PractitionerServices_Eff_07-01-2024.csv", unit_text(rows))
        found = shelf.rows(
            "select procedure_code, cast(mue_units as varchar), mue_adjudication_code from ncci_mue "
            f"where edition_id = '{loaded.edition.edition_id}'"
        )
        assert sorted(found) == sorted(rows)

    def test_add_ons(self, shelf: Shelf) -> None:
        rows = [
            (row["aoc_edit_type"], row["add_on_code"], row["primary_code"]) for row in published("ncci_addon_bh_2024")
        ]
        content = add_on_text((kind, add_on, "", primary, "", "2013001", "") for kind, add_on, primary in rows)
        loaded = shelf.deliver("ncci-addon", "AOC_V2024Q3-MCR.txt", content)
        found = shelf.rows(
            "select cast(edit_type as varchar), add_on_code, primary_code from ncci_add_on "
            f"where edition_id = '{loaded.edition.edition_id}'"
        )
        assert sorted(found) == sorted(rows)

    def test_fees(self, shelf: Shelf) -> None:
        rows = published("pfs_rvu_bh_2024jul")
        content = fee_text(
            (row["hcpcs_code"], row["mod"], "A", row["rvu_non_sum"], row["rvu_fac_sum"], row["cf"]) for row in rows
        )
        edition = shelf.deliver("pfs", "PPRRVU24_JUL.csv", content).edition
        found = dict(
            shelf.rows(f"select procedure_code, fee_amount from fee where edition_id = '{edition.edition_id}'")
        )
        ours = {row["procedure_code"]: Decimal(row["fee_amount"]) for row in shipped("fee")}
        assert ours == {code: found[code] for code in ours}

    def test_diagnoses(self, shelf: Shelf) -> None:
        text = (PUBLISHED / "icd10cm_f_chapter_2026apr.txt").read_bytes()
        loaded = shelf.deliver("icd10", "icd10cm_f_chapter_2026apr.txt", text)
        codes = {line for line in text.decode().split() if "-" not in line}
        assert loaded.edition.row_count == len(codes)
        heads = dict(shelf.rows("select diagnosis_code, is_billable from diagnosis_code"))
        assert not heads["F32"] and heads["F320"] and heads["F99"]

    def test_places(self, shelf: Shelf) -> None:
        rows = [("pos_code", "pos_type", "pos_name")]
        rows += [(row["pos_code"], row["pos_type"], row["pos_name"]) for row in published("pos_codes")]
        loaded = shelf.deliver("pos", "pos_codes.csv", csv_text(*rows))
        assert loaded.edition.row_count == len(shipped("place_of_service"))
