"""The archives in which tables are published: what is taken from them, and hostile ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from claims_audit.errors import NoInputError, RefusedTableError, UnreadableFileError
from tests.readers.packing import overlapping, zipped
from tests.reference.conftest import Shelf
from tests.reference.layouts import (
    PAIR_HEADER,
    Pair,
    code_text,
    fee_text,
    order_text,
    pair_rows,
    pair_text,
    unit_text,
    workbook,
)

ONE: list[Pair] = [("90791", "90853", "20130101", "*", "0")]
TWO: list[Pair] = [("90853", "90832", "20141001", "*", "1")]
NAME = "medicare-ncci-2025q4-practitioner-ptp-edits-ccipra-v313r0-f1.zip"


def sheet(shelf: Shelf, pairs: list[Pair]) -> bytes:
    path = workbook(shelf.desk.inbox.parent / "sheet.xlsx", ["Column1/Column2 Edits"], *PAIR_HEADER, *pair_rows(pairs))
    return path.read_bytes()


def test_text_goes_before_the_workbook_beside_it(shelf: Shelf) -> None:
    members = [("ccipra-v313r0-f1.xlsx", sheet(shelf, TWO)), ("ccipra-v313r0-f1.TXT", pair_text(ONE)), ("a.pdf", b"x")]
    loaded = shelf.deliver("ncci-ptp", NAME, zipped(members))
    assert loaded.file_name == f"{NAME}!ccipra-v313r0-f1.TXT"
    assert shelf.rows("select column_one_code from ncci_pair where edition_id not like 'shipped%'") == [("90791",)]


def test_workbook_is_read_where_there_is_no_text(shelf: Shelf) -> None:
    loaded = shelf.deliver("ncci-ptp", NAME, zipped([("folder/ccipra-v313r0-f1.xlsx", sheet(shelf, TWO))]))
    assert loaded.edition.row_count == 1


def test_parts_in_one_archive_come_together(shelf: Shelf) -> None:
    members = [("ccipra-v313r0-f1.TXT", pair_text(ONE)), ("ccipra-v313r0-f2.TXT", pair_text(TWO))]
    done = shelf.load("ncci-ptp", shelf.write("pairs.zip", zipped(members)))
    assert [item.edition.row_count for item in done] == [1, 2]


def test_one_bad_part_takes_the_others_with_it(shelf: Shelf) -> None:
    bad: list[Pair] = [*TWO, ("90853", "90834", "20141001", "*", "7"), *TWO]
    members = [("ccipra-v313r0-f1.TXT", pair_text(ONE)), ("ccipra-v313r0-f2.TXT", pair_text(bad))]
    shelf.refused("ncci-ptp", shelf.write("pairs.zip", zipped(members)), RefusedTableError, "f2.TXT: line 8")


def test_archives_of_several_tables(shelf: Shelf) -> None:
    dear, cheap = (fee_text([("90853", "", "A", "1.00", "1.00", factor)]) for factor in ("33.5675", "33.4009"))
    members = [("GPCI2026.csv", b"x"), ("PPRRVU2026_Jan_QPP.csv", dear), ("PPRRVU2026_Jan_nonQPP.csv", cheap)]
    shelf.deliver("pfs", "rvu26a.zip", zipped([*members, ("PPRRVU2026_Jan_nonQPP.txt", b"HDR")]))
    assert [str(row[0]) for row in shelf.rows("select fee_amount from fee where edition_id like 'pfs%'")] == ["33.40"]
    codes = [("icd10cm-codes-2025.txt", code_text(["F320"])), ("icd10cm-order-2025.txt", order_text([("F32", "0")]))]
    assert shelf.deliver("icd10", "codes.zip", zipped(codes)).file_name.endswith("order-2025.txt")
    two = [
        (f"MCR_MUE_{who}Services_Eff_10-01-2025.csv", unit_text([])) for who in ("Practitioner", "OutpatientHospital")
    ]
    shelf.refused("ncci-mue", shelf.write("mue.zip", zipped(two)), UnreadableFileError, "holds several tables")
    shelf.refused(
        "ncci-mue", shelf.write("x.zip", zipped(codes)), UnreadableFileError, "named like a table of kind icd10"
    )
    shelf.refused(
        "pos", shelf.write("x.zip", zipped([("a.pdf", b"x"), ("b.doc", b"y")])), UnreadableFileError, "no table"
    )


def test_damaged_archives_change_nothing(shelf: Shelf) -> None:
    whole = zipped([("ccipra-v313r0-f1.TXT", pair_text(ONE * 200)), ("readme.txt", b"words")])
    for cut in (10, len(whole) // 2, len(whole) - 30):
        shelf.refused("ncci-ptp", shelf.write(NAME, whole[:cut]), UnreadableFileError, "unpacked|no t")
    broken = bytearray(whole)
    broken[80] ^= 0xFF
    shelf.refused("ncci-ptp", shelf.write(NAME, bytes(broken)), UnreadableFileError, "cannot be unpacked")


def test_damage_beside_the_table_refuses_too(shelf: Shelf) -> None:
    content = zipped([("ccipra-v313r0-f1.TXT", pair_text(ONE)), ("readme.txt", os.urandom(400))])
    broken = bytearray(content)
    broken[content.index(b"readme.txt") + 60] ^= 0xFF
    shelf.refused("ncci-ptp", shelf.write(NAME, bytes(broken)), UnreadableFileError, "cannot be unpacked")


def test_bombs(shelf: Shelf) -> None:
    bomb = zipped([("ccipra-v313r0-f1.TXT", b"0" * 60_000_000)])
    shelf.refused("ncci-ptp", shelf.write(NAME, bomb), UnreadableFileError, "refused as a bomb")
    quine = overlapping(50, b"\x03\x00", 0, 0)
    shelf.refused("ncci-ptp", shelf.write(NAME, quine), UnreadableFileError, "overlap")
    many = zipped((f"{at}.txt", b"") for at in range(10_001))
    shelf.refused("ncci-ptp", shelf.write(NAME, many), UnreadableFileError, "holds more than 10,000 files")
    line = b"90853\t90832\t\t20141001\t*\t1\tx\n" + b"x" * 5_000_000
    shelf.refused("ncci-ptp", shelf.write("ccipra-v313r0-f1.TXT", line), UnreadableFileError, "is too long")


def test_what_is_no_file(shelf: Shelf, tmp_path: Path) -> None:
    shelf.refused("ncci-ptp", tmp_path / "missing.zip", NoInputError, "no such file")
    shelf.refused("ncci-ptp", tmp_path, NoInputError, "no such file")
    link = tmp_path / "ccipra-v313r0-f1.TXT"
    link.symlink_to(shelf.write("there.txt", pair_text(ONE)))
    shelf.refused("ncci-ptp", link, UnreadableFileError, "is a link")


@pytest.mark.parametrize("name", ["../ccipra-v313r0-f1.TXT", "/tmp/ccipra-v313r0-f1.TXT"])  # noqa: S108
def test_member_that_leads_elsewhere(shelf: Shelf, name: str) -> None:
    path = shelf.write(NAME, zipped([(name, pair_text(ONE))]))
    shelf.refused("ncci-ptp", path, UnreadableFileError, "a path that leads elsewhere")
