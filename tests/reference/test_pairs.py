"""NCCI PTP: every layout in which it comes, its parts, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import ClassVar

import pytest

from claims_audit.errors import RefusedTableError, UnreadableFileError, UsageError
from claims_audit.warehouse.reference import load_reference
from tests.reference.conftest import Shelf
from tests.reference.layouts import NOTICE, PAIR_HEADER, Pair, medicaid_pair_text, pair_rows, pair_text, workbook

NAME = "ccipra-v313r0-f1.TXT"
PAIRS: list[Pair] = [
    ("90853", "90832", "20141001", "*", "1"),
    ("90791", "90853", "20130101", "", "0"),
    ("G0410", "90853", "20200101", "20251001", "1"),
]
LOADED = [
    ("90791", "90853", 0, date(2013, 1, 1), None),
    ("90853", "90832", 1, date(2014, 10, 1), None),
    ("G0410", "90853", 1, date(2020, 1, 1), date(2025, 10, 1)),
]
QUERY = (
    "select column_one_code, column_two_code, modifier_indicator, eff_from, eff_to from ncci_pair "
    "where edition_id not like 'shipped%' order by all"
)


def test_text_as_published(shelf: Shelf) -> None:
    loaded = shelf.deliver("ncci-ptp", NAME, pair_text(PAIRS))
    assert (loaded.status, loaded.edition.row_count, loaded.left_out, loaded.warnings) == ("loaded", 3, {}, ())
    assert shelf.rows(QUERY) == LOADED
    assert shelf.rows("select distinct edition_id from ncci_pair where edition_id not like 'shipped%'") == [
        ("ncci-ptp-medicare-practitioner-2025-10-01",)
    ]
    (row,) = shelf.rows(
        "select kind_code, program, setting, valid_from, valid_to, is_shipped, row_count, file_name "
        "from reference_edition where not is_shipped"
    )
    assert row == (
        *("ncci-ptp", "medicare", "practitioner", date(2025, 10, 1), date(2025, 12, 31)),
        *(False, 3, "f1: ccipra-v313r0-f1.TXT"),
    )


@pytest.mark.parametrize(
    "content",
    [
        pair_text(PAIRS, header=False),
        pair_text(PAIRS, trailer=NOTICE),
        pair_text(PAIRS, trailer=NOTICE + "\t" * 6),
        pair_text(PAIRS).replace(b"\r\n", b"\n"),
        b"\xef\xbb\xbf" + pair_text(PAIRS, header=False),
        pair_text(PAIRS) + b"\r\n\r\n",
        medicaid_pair_text(PAIRS),
        pair_text(PAIRS).replace(b"\t", b","),
        pair_text([(one.lower(), two, start, end, flag) for one, two, start, end, flag in PAIRS]),
    ],
    ids=["no header", "notice below", "padded notice below", "LF", "mark", "blank lines", "medicaid", "commas", "case"],
)
def test_other_layouts(shelf: Shelf, content: bytes) -> None:
    shelf.deliver("ncci-ptp", NAME, content)
    assert shelf.rows(QUERY) == LOADED


def test_workbook(shelf: Shelf) -> None:
    rows = [[NOTICE], ["Column1/Column2 Edits"], *PAIR_HEADER]
    rows += [[int(cell) if cell.isdigit() else cell for cell in row] for row in pair_rows(PAIRS)]
    shelf.load("ncci-ptp", workbook(shelf.desk.inbox / "ccipra-v313r0-f1.xlsx", *rows))
    assert shelf.rows(QUERY) == LOADED


def test_only_pairs_of_the_edition_s_days_are_kept_and_the_others_counted(shelf: Shelf) -> None:
    around: list[Pair] = [
        ("10001", "10002", "20100101", "20250930", "0"),  # the day before
        ("10001", "10003", "20100101", "20251001", "0"),  # its first day
        ("10001", "10004", "20251231", "*", "0"),  # its last day
        ("10001", "10005", "20260101", "*", "0"),  # the day after
        ("10001", "10006", "20250101", "20250101", "9"),
        ("10001", "10006", "20250101", "20250101", "9"),
        ("10001", "10003", "20100101", "20251001", "0"),
    ]
    loaded = shelf.deliver("ncci-ptp", NAME, pair_text(around))
    assert [row[1] for row in shelf.rows(QUERY)] == ["10003", "10004"]
    assert loaded.left_out == {
        "with indicator 9, which never were in force": 2,
        "in force on other days only": 2,
        "that come twice": 1,
    }


def test_wider_dates_bring_the_past(shelf: Shelf) -> None:
    past: list[Pair] = [("90832", "90853", "20130101", "20140930", "1"), ("90853", "90832", "20141001", "*", "1")]
    loaded = shelf.deliver("ncci-ptp", NAME, pair_text(past), valid_from=date(2014, 1, 1))
    assert (loaded.edition.valid_from, loaded.edition.valid_to) == (date(2014, 1, 1), date(2025, 12, 31))
    assert loaded.edition.row_count == 2


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("9085\t90832\t\t20141001\t*\t1\tx", "line 8 has a code that is not five"),
        ("90853\t9083!\t\t20141001\t*\t1\tx", "line 8 has a code that is not five"),
        ("90853\t90834\t\t20141301\t*\t1\tx", "line 8 has an effective date that does not exist"),
        ("90853\t90834\t\t\t*\t1\tx", "line 8 has an effective date that does not exist"),
        ("90853\t90834\t\t20141001\t20230229\t1\tx", "line 8 has a deletion date that does not exist"),
        ("90853\t90834\t\t20141001\t*\t2\tx", "line 8 has a modifier indicator other than"),
        ("90853\t90834\t\t20141001\t*\t\tx", "line 8 has a modifier indicator other than"),
        ("90853\t90834\t\t20141001", "line 8 has too few cells; the file may be cut off there"),
        ("90853 90834", "line 8 has too few cells"),
        (NOTICE.replace("\u00ae", ""), "line 8 has too few cells"),
    ],
)
def test_bad_line_among_the_pairs_refuses_all(shelf: Shelf, line: str, why: str) -> None:
    lines = pair_text(PAIRS).split(b"\r\n")
    path = shelf.write(NAME, b"\r\n".join([*lines[:7], line.encode(), *lines[7:]]))
    told = shelf.refused("ncci-ptp", path, RefusedTableError, why)
    assert told.startswith(NAME) and "Nothing was loaded" in told


@pytest.mark.parametrize("line", ["9085\t90832\t\t20141001\t*\t1\tx", "90853\t90832\t\t20140230\t*\t1\tx", "90853\tx"])
def test_bad_line_above_the_pairs_is_not_taken_for_a_header(shelf: Shelf, line: str) -> None:
    lines = pair_text(PAIRS).split(b"\r\n")
    path = shelf.write(NAME, b"\r\n".join([*lines[:6], line.encode(), *lines[6:]]))
    shelf.refused("ncci-ptp", path, RefusedTableError, "line 7 has")


def test_all_bad_lines_are_counted(shelf: Shelf) -> None:
    bad: list[Pair] = [("90853", "90832", "20141001", "*", "7")] * 9
    told = shelf.refused("ncci-ptp", shelf.write(NAME, pair_text([*PAIRS, *bad, *PAIRS])), RefusedTableError, "line 10")
    assert "line 14" in told and "line 15" not in told and "and 4 more" in told


def test_file_cut_off_anywhere_is_refused_or_told(shelf: Shelf) -> None:
    whole = pair_text(PAIRS)
    last_line = whole.rstrip().rfind(b"\r\n") + 2
    for cut in range(last_line + 1, len(whole) - 12, 3):
        path = shelf.write(NAME, whole[:cut])
        cells = whole[last_line:cut].split(b"\t")
        if len(cells) < 6 or not cells[5]:
            shelf.refused("ncci-ptp", path, RefusedTableError, "cut off")
        else:
            (loaded,) = shelf.load("ncci-ptp", path)
            assert "does not end with a line break" in loaded.warnings[0]
            shelf.desk.con.execute("delete from ncci_pair where edition_id = $id", {"id": loaded.edition.edition_id})
            shelf.desk.con.execute(
                "delete from reference_edition where edition_id = $id", {"id": loaded.edition.edition_id}
            )


@pytest.mark.parametrize(
    "content",
    [b"", b"\r\n\r\n", pair_text([]), b"\0" * 100, b"PK", NOTICE.encode("cp1252"), b"a,b,c,d,e\n20250101,1,2,3,4\n"],
    ids=["empty", "blank", "header only", "zeros", "stub", "notice only", "other table"],
)
def test_what_is_no_table_of_pairs(shelf: Shelf, content: bytes) -> None:
    shelf.refused("ncci-ptp", shelf.write(NAME, content), UnreadableFileError, "empty|is no t")


def test_table_of_another_kind_under_the_name(shelf: Shelf) -> None:
    content = b"HCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n90853,1,3,x\n"
    shelf.refused("ncci-ptp", shelf.write(NAME, content), UnreadableFileError, "is no table of kind ncci-ptp")
    path = shelf.write("MCR_MUE_PractitionerServices_Eff_10-01-2025.csv", pair_text(PAIRS))
    shelf.refused("ncci-ptp", path, UnreadableFileError, "named like a table of kind ncci-mue, not ncci-ptp")


def test_header_that_says_otherwise_is_believed(shelf: Shelf) -> None:
    swapped = b"Column 1\tColumn 2\tDeletion Date\tEffective Date\tModifier\n90853\t90832\t20141001\t20150101\t1\n"
    shelf.refused("ncci-ptp", shelf.write(NAME, swapped), UnreadableFileError, "is no table of kind")


def test_two_indicators_for_one_pair_contradict(shelf: Shelf) -> None:
    both = [*PAIRS, ("90853", "90832", "20141001", "*", "0")]
    shelf.refused("ncci-ptp", shelf.write(NAME, pair_text(both)), RefusedTableError, "1 pairs stand in it with two")


def test_periods_that_overlap_are_told(shelf: Shelf) -> None:
    apart: list[Pair] = [("90853", "90832", "20141001", "20251031", "1"), ("90853", "90832", "20251101", "*", "0")]
    assert shelf.deliver("ncci-ptp", NAME, pair_text(apart)).warnings == ()
    meeting = [apart[0], ("90853", "90832", "20251031", "*", "0")]
    assert (
        "1 pairs stand in it with periods that overlap"
        in shelf.deliver("ncci-ptp", NAME, pair_text(meeting)).warnings[0]
    )


def test_no_pair_in_force_is_refused(shelf: Shelf) -> None:
    path = shelf.write(NAME, pair_text([("90853", "90832", "20141001", "20200101", "1")]))
    shelf.refused("ncci-ptp", path, RefusedTableError, "no pair is in force from 2025-10-01")


class TestParts:
    ONE: ClassVar[list[Pair]] = [("90791", "90853", "20130101", "*", "0"), ("90791", "90832", "20130101", "*", "0")]
    TWO: ClassVar[list[Pair]] = [("90853", "90832", "20141001", "*", "1")]

    def test_second_part_adds(self, shelf: Shelf) -> None:
        one = shelf.deliver("ncci-ptp", "ccipra-v313r0-f1.TXT", pair_text(self.ONE))
        two = shelf.deliver("ncci-ptp", "ccipra-v313r0-f2.TXT", pair_text(self.TWO))
        assert one.edition.edition_id == two.edition.edition_id
        assert (two.status, two.edition.row_count, len(shelf.rows(QUERY))) == ("loaded", 3, 3)
        assert [part.file_name for part in two.edition.parts] == ["ccipra-v313r0-f1.TXT", "ccipra-v313r0-f2.TXT"]

    def test_same_file_again_changes_nothing(self, shelf: Shelf) -> None:
        for name, pairs in (("ccipra-v313r0-f1.TXT", self.ONE), ("ccipra-v313r0-f2.TXT", self.TWO)):
            shelf.deliver("ncci-ptp", name, pair_text(pairs))
        before = shelf.state()
        assert shelf.deliver("ncci-ptp", "ccipra-v313r0-f1.TXT", pair_text(self.ONE)).status == "unchanged"
        assert shelf.state() == before

    def test_corrected_part_takes_the_place_of_its_older_self_only(self, shelf: Shelf) -> None:
        for name, pairs in (("ccipra-v313r0-f1.TXT", self.ONE), ("ccipra-v313r0-f2.TXT", self.TWO)):
            shelf.deliver("ncci-ptp", name, pair_text(pairs))
        fixed: list[Pair] = [("90791", "90853", "20130101", "*", "1"), ("90792", "90853", "20130101", "*", "0")]
        loaded = shelf.deliver("ncci-ptp", "ccipra-v313r1-f1.TXT", pair_text(fixed))
        assert (loaded.status, loaded.edition.row_count) == ("replaced", 3)
        assert [row[:3] for row in shelf.rows(QUERY)] == [
            ("90791", "90853", 1),
            ("90792", "90853", 0),
            ("90853", "90832", 1),
        ]
        assert [part.file_name for part in loaded.edition.parts] == ["ccipra-v313r1-f1.TXT", "ccipra-v313r0-f2.TXT"]

    def test_part_under_the_number_of_another_is_refused(self, shelf: Shelf) -> None:
        shelf.deliver("ncci-ptp", "ccipra-v313r0-f1.TXT", pair_text(self.ONE))
        path = shelf.write("ccipra-v313r0-f2.TXT", pair_text([*self.ONE, *self.TWO]))
        shelf.refused("ncci-ptp", path, RefusedTableError, "2 of its pairs are there already")

    def test_quarters_and_settings_stand_side_by_side(self, shelf: Shelf) -> None:
        for name in ("ccipra-v313r0-f1.TXT", "ccipra-v320r0-f1.TXT", "ccioph-v313r0-f1.TXT"):
            shelf.deliver("ncci-ptp", name, pair_text(self.ONE))
        assert shelf.rows("select edition_id, row_count from reference_edition where not is_shipped order by all") == [
            ("ncci-ptp-medicare-outpatient_hospital-2025-10-01", 2),
            ("ncci-ptp-medicare-practitioner-2025-10-01", 2),
            ("ncci-ptp-medicare-practitioner-2026-01-01", 2),
        ]

    def test_whole_file_takes_the_place_of_the_parts_and_not_the_other_way_round(self, shelf: Shelf) -> None:
        shelf.deliver("ncci-ptp", "ccipra-v313r0-f1.TXT", pair_text(self.ONE))
        whole = shelf.deliver("ncci-ptp", "ccipra-v313r0.TXT", pair_text([*self.ONE, *self.TWO]))
        assert (whole.status, whole.edition.row_count, len(whole.edition.parts)) == ("replaced", 3, 1)
        path = shelf.write("ccipra-v313r0-f2.TXT", pair_text(self.TWO))
        shelf.refused("ncci-ptp", path, UsageError, "was loaded whole from ccipra-v313r0.TXT")

    def test_parts_end_on_the_same_day(self, shelf: Shelf) -> None:
        shelf.deliver("ncci-ptp", "ccipra-v313r0-f1.TXT", pair_text(self.ONE), valid_to=date(2026, 3, 31))
        path = shelf.write("ccipra-v313r0-f2.TXT", pair_text(self.TWO))
        shelf.refused("ncci-ptp", path, UsageError, "give --valid-to 2026-03-31")

    def test_far_fewer_rows_than_before_are_told(self, shelf: Shelf) -> None:
        many: list[Pair] = [("90853", f"{code}", "20141001", "*", "1") for code in range(10000, 10010)]
        shelf.deliver("ncci-ptp", "ccipra-v313r0-f1.TXT", pair_text(many))
        assert shelf.deliver("ncci-ptp", "ccipra-v313r1-f1.TXT", pair_text(many[:5])).warnings == ()
        shelf.deliver("ncci-ptp", "ccipra-v313r0-f1.TXT", pair_text(many))
        few = shelf.deliver("ncci-ptp", "ccipra-v313r1-f1.TXT", pair_text(many[:4]))
        assert few.warnings == (
            "ccipra-v313r1-f1.TXT: has 4 rows, the one before had 10; make sure that the file is whole",
        )
        assert "had 4" in shelf.deliver("ncci-ptp", "ccipra-v320r0-f1.TXT", pair_text(many[:1])).warnings[0]


@pytest.mark.parametrize(
    ("name", "options", "wanted"),
    [
        ("pairs.txt", {}, "--program"),
        ("pairs.txt", {"program": "medicaid"}, "--setting"),
        ("pairs.txt", {"program": "medicaid", "setting": "practitioner"}, "--valid-from"),
        ("ccipra-v324r0-f1.txt", {}, "--valid-from"),
        ("ccioph-v183r0-f1.txt", {}, "--valid-from"),
    ],
)
def test_what_the_name_does_not_tell_the_call_must(
    shelf: Shelf, name: str, options: dict[str, str], wanted: str
) -> None:
    shelf.refused("ncci-ptp", shelf.write(name, pair_text(PAIRS)), UsageError, wanted, **options)


def test_call_goes_before_the_name(shelf: Shelf) -> None:
    loaded = shelf.deliver(
        *("ncci-ptp", NAME, pair_text(PAIRS)),
        program="medicaid",
        setting="outpatient_hospital",
        valid_from=date(2024, 1, 1),
        valid_to=date(2024, 3, 31),
    )
    assert loaded.edition.edition_id == "ncci-ptp-medicaid-outpatient_hospital-2024-01-01"
    assert loaded.edition.valid_to == date(2024, 3, 31)


def test_suppliers_table_is_refused(shelf: Shelf) -> None:
    path = shelf.write("medicaid-ncci-q2-2026-ptp-edits-durable-medical-equipment.txt", medicaid_pair_text(PAIRS))
    shelf.refused("ncci-ptp", path, UnreadableFileError, "suppliers of equipment")


def test_loaded_editions_stay_when_the_shipped_ones_are_renewed(shelf: Shelf) -> None:
    from checks.schemas import ROW_SCHEMAS

    shelf.deliver("ncci-ptp", NAME, pair_text(PAIRS))
    before = shelf.state()
    load_reference(shelf.desk.con, shelf.desk.home, shelf.desk.settings, ROW_SCHEMAS)
    assert shelf.state() == before


def test_nothing_is_left_in_the_spool(shelf: Shelf, tmp_path: Path) -> None:
    shelf.deliver("ncci-ptp", NAME, pair_text(PAIRS))
    assert list(shelf.desk.home.temporary.iterdir()) == []
