"""The other published tables: as they come, and what is refused."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from claims_audit.errors import RefusedTableError, UnreadableFileError, UsageError
from claims_audit.warehouse.reference import load_reference
from tests.reference.conftest import Shelf
from tests.reference.layouts import (
    ADD_ON_HEADER,
    AddOn,
    add_on_flat,
    add_on_text,
    code_text,
    csv_text,
    fee_text,
    order_text,
    unit_text,
    workbook,
)

UNITS = "MCR_MUE_PractitionerServices_Eff_10-01-2025.csv"
ADD_ONS = "AOC_V2025Q4_01-MCR.txt"
FEES = "PPRRVU25_JAN.csv"
ORDER = "icd10cm-order-2025.txt"
NOT_SHIPPED = "edition_id not like 'shipped%'"


class TestUnits:
    QUERY = f"select procedure_code, mue_units, mue_adjudication_code from ncci_mue where {NOT_SHIPPED} order by all"

    def test_as_published(self, shelf: Shelf) -> None:
        loaded = shelf.deliver(
            "ncci-mue", UNITS, unit_text([("90853", "1", "3"), ("90839", "1", "2"), ("A0000", "0", "1")])
        )
        assert loaded.edition.edition_id == "ncci-mue-medicare-practitioner-2025-10-01"
        assert shelf.rows(self.QUERY) == [("90839", 1, "2"), ("90853", 1, "3"), ("A0000", 0, "1")]
        assert shelf.rows("select distinct rationale from ncci_mue where not contains(edition_id, 'shipped')") == [
            ("Clinical: CMS Workgroup",)
        ]

    def test_column_tells_the_setting(self, shelf: Shelf) -> None:
        content = unit_text([("90853", "4", "3")], "Outpatient Hospital Services")
        options = {"program": "medicare", "valid_from": date(2025, 10, 1)}
        assert shelf.deliver("ncci-mue", "units.csv", content, **options).edition.setting == "outpatient_hospital"
        shelf.refused("ncci-mue", shelf.write(UNITS, content), UsageError, "its column says outpatient_hospital")
        supplier = shelf.write("units.csv", unit_text([("90853", "4", "3")], "DME Supplier Services"))
        shelf.refused("ncci-mue", supplier, UnreadableFileError, "suppliers of equipment", **options)
        untold = shelf.write("units.csv", unit_text([("90853", "4", "3")], "Other"))
        shelf.refused("ncci-mue", untold, UsageError, "--setting", **options)

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            (("9085", "1", "3"), "line 6 has a code"),
            (("90854", "1.5", "3"), "line 6 has units"),
            (("90854", "-1", "3"), "line 6 has units"),
            (("90854", "", "3"), "line 6 has units"),
            (("90854", "1", "4"), "line 6 has an adjudication indicator"),
            (("90853", "2", "3"), "line 6 contradicts an earlier one"),
        ],
    )
    def test_bad_row_refuses_all(self, shelf: Shelf, row: tuple[str, str, str], why: str) -> None:
        content = unit_text([("90853", "1", "3"), row, ("90855", "1", "3")])
        shelf.refused("ncci-mue", shelf.write(UNITS, content), RefusedTableError, why)

    def test_row_that_comes_twice_is_told(self, shelf: Shelf) -> None:
        assert shelf.deliver("ncci-mue", UNITS, unit_text([("90853", "1", "3")] * 3)).left_out == {"that come twice": 2}

    def test_file_cut_off(self, shelf: Shelf) -> None:
        whole = unit_text([("90853", "1", "3"), ("90855", "1", "3")])
        shelf.refused("ncci-mue", shelf.write(UNITS, whole[: whole.rfind(b",1,")]), RefusedTableError, "cut off")
        shelf.refused("ncci-mue", shelf.write(UNITS, whole[:100]), UnreadableFileError, "not closed")
        start = whole.index(b"90853")
        shelf.refused("ncci-mue", shelf.write(UNITS, whole[:start]), UnreadableFileError, "a header and no rows")
        shelf.refused("ncci-mue", shelf.write(UNITS, b""), UnreadableFileError, "is empty")

    def test_workbook(self, shelf: Shelf) -> None:
        header = ("HCPCS/\nCPT Code", "Practitioner Services MUE Values", "MUE Adjudication Indicator", "MUE Rationale")
        path = shelf.desk.inbox / UNITS.replace("csv", "xlsx")
        rows = [["A notice of copyright that runs on"], header, [90853, 1, "3 Date of Service Edit: Clinical", "x"]]
        shelf.load("ncci-mue", workbook(path, *rows))
        assert shelf.rows(self.QUERY) == [("90853", 1, "3")]


class TestAddOns:
    ROWS: tuple[AddOn, ...] = (
        ("1", "90785", "", "90853", "", "2013001", ""),
        ("1", "90785", "", "99441", "2024366", "2013001", ""),
        ("2", "0054T", "", "CCCCC", "", "2013091", "2025366"[:4] + "365"),
    )
    LOADED = (
        ("0054T", "CCCCC", 2, date(2013, 4, 1), date(2025, 12, 31)),
        ("90785", "90853", 1, date(2013, 1, 1), None),
        ("90785", "99441", 1, date(2013, 1, 1), date(2024, 12, 31)),
    )
    QUERY = (
        "select add_on_code, primary_code, edit_type, eff_from, eff_to from ncci_add_on "
        f"where {NOT_SHIPPED} order by all"
    )

    @pytest.mark.parametrize("form", [add_on_text, add_on_flat])
    def test_as_published(self, shelf: Shelf, form: object) -> None:
        loaded = shelf.deliver("ncci-addon", ADD_ONS, form(self.ROWS))  # type: ignore[operator]
        assert loaded.edition.edition_id == "ncci-addon-medicare-2025-10-01"
        assert shelf.rows(self.QUERY) == list(self.LOADED)

    def test_workbook_with_numbers(self, shelf: Shelf) -> None:
        rows = [[int(cell) if cell.isdigit() else cell or None for cell in row] for row in self.ROWS]
        path = workbook(
            shelf.desk.inbox / "AOC_V2025Q4-MCR.xlsx", ["A notice of copyright by AMA"], ADD_ON_HEADER, *rows
        )
        shelf.load("ncci-addon", path)
        assert shelf.rows(self.QUERY) == list(self.LOADED)

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            (("4", "90785", "", "90853", "", "2013001", ""), "edit type"),
            (("1", "90785", "", "9085", "", "2013001", ""), "code that is not five"),
            (("1", "90785", "", "90847", "", "2013366", ""), "date that does not exist"),
            (("1", "90785", "", "90847", "", "2013000", ""), "date that does not exist"),
            (("1", "90785", "", "90853", "", "2013001", "2014001"), "contradicts"),
        ],
    )
    def test_bad_row(self, shelf: Shelf, row: AddOn, why: str) -> None:
        shelf.refused("ncci-addon", shelf.write(ADD_ONS, add_on_text([*self.ROWS, row])), RefusedTableError, why)

    def test_flat_file_cut_off(self, shelf: Shelf) -> None:
        whole = add_on_flat(self.ROWS)
        cut = whole[: whole.rindex(b"20054T") + 20]
        shelf.refused("ncci-addon", shelf.write(ADD_ONS, cut), RefusedTableError, "line 3 is no add-on edit")

    def test_call_must_tell_the_program(self, shelf: Shelf) -> None:
        path = shelf.write("AOC_V2025Q4.txt", add_on_text(self.ROWS))
        shelf.refused("ncci-addon", path, UsageError, "--program")
        shelf.refused("ncci-addon", path, UsageError, "--setting does not fit", setting="practitioner")


class TestFees:
    QUERY = (
        f"select procedure_code, fee_amount, facility_fee_amount, status_code from fee where {NOT_SHIPPED} order by all"
    )

    def test_dollars_are_units_times_the_factor(self, shelf: Shelf) -> None:
        rows = [
            ("90853", "", "A", "0.83", "0.74", "33.2875"),
            ("90853", "26", "A", "9.99", "9.99", "33.2875"),
            ("99100", "", "A", "0.00", "1.00", "33.2875"),
            ("G0410", "", "X", "0.00", "0.00", "33.2875"),
        ]
        loaded = shelf.deliver("pfs", FEES, fee_text(rows))
        assert shelf.rows(self.QUERY) == [
            ("90853", Decimal("27.63"), Decimal("24.63"), "A"),
            ("99100", Decimal("33.29"), Decimal("33.29"), "A"),
        ]
        assert loaded.left_out == {"that are priced with a modifier": 1, "without a national price": 1}
        assert (loaded.edition.valid_from, loaded.edition.valid_to) == (date(2025, 1, 1), date(2025, 12, 31))

    @pytest.mark.parametrize(
        ("row", "why"),
        [
            (("9085", "", "A", "1", "1", "33"), "code"),
            (("90853", "", "A", "x", "1", "33"), "relative value"),
            (("90853", "", "A", "1", "1", ""), "relative value"),
            (("90853", "", "A", "1", "1", "nan"), "relative value"),
            (("90853", "", "", "1", "1", "33"), "status"),
        ],
    )
    def test_bad_row(self, shelf: Shelf, row: tuple[str, ...], why: str) -> None:
        content = fee_text([("90834", "", "A", "1", "1", "33"), row])  # type: ignore[list-item]
        shelf.refused("pfs", shelf.write(FEES, content), RefusedTableError, f"line 6 has .*{why}")

    def test_carriage_returns_alone_end_lines_too(self, shelf: Shelf) -> None:
        content = fee_text([("90853", "", "A", "0.83", "0.74", "33.2875")]).replace(b"\r\n", b"\r")
        assert shelf.deliver("pfs", FEES, content).edition.row_count == 1


class TestDiagnoses:
    QUERY = "select diagnosis_code, is_billable from diagnosis_code order by all"

    def test_order_file_has_heads(self, shelf: Shelf) -> None:
        shelf.deliver("icd10", ORDER, order_text([("F32", "0"), ("F320", "1"), ("F32A", "1")]))
        assert shelf.rows(self.QUERY) == [("F32", False), ("F320", True), ("F32A", True)]

    def test_code_file(self, shelf: Shelf) -> None:
        loaded = shelf.deliver("icd10", "icd10cm-codes-2025.txt", code_text(["F320", "F32A", "Z00121"]))
        assert shelf.rows(self.QUERY) == [("F320", True), ("F32A", True), ("Z00121", True)]
        assert (loaded.edition.valid_from, loaded.edition.valid_to) == (date(2024, 10, 1), date(2025, 9, 30))

    def test_bare_list_shows_its_heads(self, shelf: Shelf) -> None:
        shelf.deliver("icd10", "icd10cm_2025.txt", b"F30-F39\nF32\nF320\nF32A\nF330\n")
        assert shelf.rows(self.QUERY) == [("F32", False), ("F320", True), ("F32A", True), ("F330", True)]

    def test_refused(self, shelf: Shelf) -> None:
        content = order_text([("F32", "0"), ("F320", "1"), ("F321", "1")])
        shelf.refused("icd10", shelf.write(ORDER, content[:-60]), RefusedTableError, "line 3 is no code")
        shelf.refused("icd10", shelf.write(ORDER, b"code,text\nF32,x\n"), UnreadableFileError, "is no table of kind")
        shelf.refused("icd10", shelf.write(ORDER, b""), UnreadableFileError, "is no table of kind")
        shelf.refused("icd10", shelf.write("codes.txt", content), UsageError, "--valid-from")
        shelf.refused("icd10", shelf.write(ORDER, content), UsageError, "--program does not fit", program="medicare")


class TestReasons:
    HEADER = ("Code", "Description", "Start Date", "Last Modified", "Stop Date", "Notes")
    CARC = csv_text(
        HEADER,
        ("45", "Charge exceeds,\nby contract", "01/01/1995", "07/01/2023", "", ""),
        ("B7", "x", "1995-01-01", "", "", ""),
        ("36", "x", "01/01/1995", "", "10/16/2003", ""),
    )
    RARC = csv_text(HEADER, ("N519", "x", "11/01/2009", "", "", ""), ("MA130", "x", "", "", "", ""))
    QUERY = "select code_kind, reason_code, eff_from, eff_to from adjustment_reason order by all"

    def test_lists_of_both_kinds_are_one_edition(self, shelf: Shelf) -> None:
        shelf.deliver("carc", "reasons.csv", self.CARC)
        both = shelf.deliver("carc", "remarks.csv", self.RARC)
        assert (both.edition.edition_id, both.edition.row_count) == ("carc", 5)
        assert shelf.rows(self.QUERY)[0] == ("carc", "36", date(1995, 1, 1), date(2003, 10, 16))
        assert shelf.deliver("carc", "reasons.csv", self.CARC).status == "unchanged"
        newer = shelf.deliver("carc", "newer.csv", csv_text(self.HEADER, ("1", "x", "01/01/1995", "", "", "")))
        assert (newer.status, newer.edition.row_count) == ("replaced", 3)

    def test_bad_row(self, shelf: Shelf) -> None:
        content = csv_text(self.HEADER, ("45", "x", "13/45/1995", "", "", ""), ("CO-45", "x", "", "", "", ""))
        told = shelf.refused("carc", shelf.write("reasons.csv", content), RefusedTableError, "line 2 has a date")
        assert "line 3 has a code that is neither" in told


class TestPlaces:
    CONTENT = csv_text(
        ("pos_code", "pos_type", "pos_name"),
        ("11", "Facility", "Office"),
        ("66", "Non-Facility", "A new place"),
        ("28", "Unassigned", "Unassigned"),
        ("2", "Facility", "Telehealth"),
    )
    QUERY = (
        "select place_of_service_code, label, setting, is_telehealth, is_facility from place_of_service "
        "where place_of_service_code in ('02', '11', '66', '28') order by all"
    )

    def test_loaded_list_goes_before_the_shipped_one_and_stays(self, shelf: Shelf) -> None:
        from checks.schemas import ROW_SCHEMAS

        shelf.rows("delete from place_of_service where place_of_service_code = '66'")
        shelf.deliver("pos", "pos.csv", self.CONTENT)
        for _ in range(2):
            load_reference(shelf.desk.con, shelf.desk.home, shelf.desk.settings, ROW_SCHEMAS)
            found = shelf.rows(self.QUERY)
        assert [(row[0], row[4]) for row in found] == [("02", True), ("11", True), ("66", False)]
        assert found[0][2:4] == ("telehealth", True) and found[1][2] == "office"

    def test_code_that_is_not_shipped(self, shelf: Shelf) -> None:
        from checks.schemas import ROW_SCHEMAS

        shelf.deliver("pos", "pos.csv", csv_text(("POS Code", "Name"), ("88", "Somewhere new")))
        load_reference(shelf.desk.con, shelf.desk.home, shelf.desk.settings, ROW_SCHEMAS)
        assert shelf.rows("select * from place_of_service where place_of_service_code = '88'") == [
            ("88", "Somewhere new", "office", False, None)
        ]

    def test_bad_row(self, shelf: Shelf) -> None:
        content = csv_text(("POS Code", "POS type", "Name"), ("111", "", "x"), ("12", "Home", "x"))
        told = shelf.refused("pos", shelf.write("pos.csv", content), RefusedTableError, "line 2 has a code")
        assert "line 3 has a type" in told
