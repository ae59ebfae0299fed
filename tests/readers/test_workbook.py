"""Workbooks: typed cells, the sheet that is read, and files that are made to do harm."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from claims_audit.errors import UnreadableFileError
from claims_audit.model import CLAIM_LINE_REQUIRED, FileTotals, RejectedRange, RowBatch
from claims_audit.readers.tables.profile_file import find_profile
from claims_audit.readers.tables.table_header import table_header
from claims_audit.readers.tables.workbook import is_workbook, read_workbook
from claims_audit.readers.tables.workbook_safety import require_safe
from claims_audit.readers.values import parse_cents

Row = dict[str, str]
Sheet = list[list[object]]
NPI = 1234567893
BILLING = [
    "Claim #",
    "Patient ID",
    "Payer",
    "DOS",
    "CPT",
    "Mods",
    "Units",
    "Charge",
    "Dx1",
    "Provider NPI",
    "Group NPI",
]
BILLING += ["POS", "Start Time"]
LINE = ["C1", "00123", "BH", date(2024, 3, 4), 90853, "95,HQ", 1.0, 40.25, "F33.1", NPI, str(NPI), 2, time(9, 30)]


def write(path: Path, *sheets: Sheet) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for at, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Sheet{at}")
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def read(path: Path, profile: str | None = None, batch_lines: int = 20_000) -> tuple[list[Row], list[str], FileTotals]:
    """Rows without empty cells, reason codes, and totals, which have to add up."""
    chosen = find_profile(profile) if profile else None
    items = list(read_workbook(path, path.name, profile=chosen, batch_lines=batch_lines))
    totals = items[-1]
    assert isinstance(totals, FileTotals)
    rows = [
        {name: values[at] for name, values in item.columns.items() if values[at] is not None}
        for item in items
        if isinstance(item, RowBatch)
        for at in range(len(item))
    ]
    rejects = [item for item in items if isinstance(item, RejectedRange)]
    cents = sum(parse_cents(str(row["charge_amount"])) or 0 for row in rows if "charge_amount" in row)
    assert totals.lines_in == totals.records_in == len(rows) + len(rejects)
    assert totals.charge_in_cents == cents + sum(reject.charge_cents for reject in rejects)
    return rows, [reject.reason_code for reject in rejects], totals  # type: ignore[return-value]


def rewritten(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The same workbook with its members changed."""
    target = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


def test_typed_cells_of_an_export_become_canonical_text(tmp_path: Path) -> None:
    titles: Sheet = [["Charges by day"], [], ["Practice", "Harbor"]]
    total = ["Total", None, None, None, None, None, 1, 40.25]
    path = write(tmp_path / "a.xlsx", [*titles, BILLING, LINE, [], total])
    (row,), reasons, totals = read(path, "practice_management")
    assert row == {
        "patient_control_number": "C1",
        "claim_line_number": "1",
        "payer_id": "BH",
        "member_id": "00123",
        "billing_provider_npi": "1234567893",
        "rendering_provider_npi": "1234567893",
        "place_of_service_code": "02",
        "date_of_service": "2024-03-04",
        "procedure_code": "90853",
        "modifier_1": "95",
        "modifier_2": "HQ",
        "service_units": "1",
        "charge_amount": "40.25",
        "diagnosis_code_1": "F33.1",
        "session_start_at": "2024-03-04 09:30:00",
        "byte_start": 4,
        "byte_end": 5,
        "source_line_number": 5,
    }
    assert reasons == ["total_row"]
    assert totals.warnings == {"lines_above_header": 3}
    assert totals.header == tuple(BILLING)


@pytest.mark.parametrize(
    ("cell", "read_as"),
    [
        (date(2024, 3, 4), "2024-03-04"),
        (datetime(2024, 3, 4, 10, 5), "2024-03-04"),
        (45355, "2024-03-04"),
        (45355.75, "2024-03-04"),
        ("45355", "2024-03-04"),
        ("3/4/24", "2024-03-04"),
        (20240304, "2024-03-04"),
        ("soon", "soon"),
    ],
)
def test_days_in_every_form(tmp_path: Path, cell: object, read_as: str) -> None:
    line = [cell if name == "DOS" else value for name, value in zip(BILLING, LINE, strict=True)]
    (row,), _, _ = read(write(tmp_path / "a.xlsx", [BILLING, line]), "practice_management")
    assert row["date_of_service"] == read_as


@pytest.mark.parametrize(
    ("cell", "read_as"), [(45355.3958333333, "2024-03-04 09:30"), (datetime(2024, 3, 4, 9, 30), "2024-03-04 09:30:00")]
)
def test_times_do_not_lose_their_minutes_as_numbers(tmp_path: Path, cell: object, read_as: str) -> None:
    names = ["Client ID", "Start", "Status", "Clinician NPI"]
    (row,), _, _ = read(write(tmp_path / "a.xlsx", [names, ["M1", cell, "Show", NPI]]), "appointments")
    assert row["session_start_at"] == read_as


def test_amounts_lose_their_binary_noise(tmp_path: Path) -> None:
    line = [0.1 + 0.2 if name == "Charge" else value for name, value in zip(BILLING, LINE, strict=True)]
    (row,), _, totals = read(write(tmp_path / "a.xlsx", [BILLING, line]), "practice_management")
    assert row["charge_amount"] == "0.3"
    assert totals.charge_in_cents == 30


def test_a_native_sheet_needs_no_profile(tmp_path: Path, claim: Callable[..., Row]) -> None:
    rows = [claim(patient_control_number=f"P{n}") for n in range(5)]
    typed = [
        [
            date(2024, 3, 4) if name == "date_of_service" else 40.25 if name == "charge_amount" else row[name]
            for name in row
        ]
        for row in rows
    ]
    path = write(tmp_path / "a.xlsx", [list(CLAIM_LINE_REQUIRED), *typed])
    found, _, totals = read(path, batch_lines=2)
    assert [{name: row[name] for name in rows[0]} for row in found] == rows
    assert [row["source_line_number"] for row in found] == [2, 3, 4, 5, 6]
    assert totals.charge_in_cents == 5 * 4025
    header = table_header(path)
    assert header is not None
    assert (header.kind, header.native_table, header.columns) == ("workbook", "claim_line", CLAIM_LINE_REQUIRED)


def test_the_first_sheet_that_fits_is_read_and_the_others_are_told(tmp_path: Path) -> None:
    notes: Sheet = [["Read me", "first"], ["about", "this"]]
    path = write(tmp_path / "a.xlsx", notes, [BILLING, LINE], [BILLING, LINE, LINE], [])
    rows, _, totals = read(path, "practice_management")
    assert len(rows) == 1
    assert totals.warnings == {"other_sheets": 1}


def test_hidden_sheets_are_not_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", [BILLING, LINE, LINE], [BILLING, LINE])
    book = openpyxl.load_workbook(path)
    book["Sheet0"].sheet_state = "hidden"
    book.save(path)
    rows, _, totals = read(path, "practice_management")
    assert len(rows) == 1
    assert totals.warnings == {}


def test_formulas_give_the_value_that_was_stored_with_them(tmp_path: Path) -> None:
    line = ["=1+1" if name == "Units" else value for name, value in zip(BILLING, LINE, strict=True)]
    path = write(tmp_path / "a.xlsx", [BILLING, line])
    (row,), _, _ = read(path, "practice_management")
    assert "service_units" not in row  # nothing was stored, and nothing is computed
    stored = rewritten(
        path,
        lambda name, text: text.replace(b"<f>1+1</f><v></v>", b"<f>1+1</f><v>3</v>").replace(
            b"<f>1+1</f><v />", b"<f>1+1</f><v>3</v>"
        ),
    )
    (row,), _, _ = read(stored, "practice_management")
    assert row["service_units"] == "3"


def test_an_open_document_sheet_is_read_too(tmp_path: Path) -> None:
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    table, words = office.replace("office:", "table:"), office.replace("office:", "text:")

    def cell(value: object) -> str:
        text = value.isoformat() if isinstance(value, (date, time)) else str(value)
        return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'

    rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in (BILLING, LINE))
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<x/>")
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{office}" xmlns:table="{table}" xmlns:text="{words}">'
            f'<office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    (row,), _, _ = read(tmp_path / "a.ods", "practice_management")
    assert (row["date_of_service"], row["charge_amount"], row["member_id"]) == ("2024-03-04", "40.25", "00123")


def test_a_sheet_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", [["a", "b"], ["SENTINEL7", "x"]])
    for profile in (None, "practice_management"):
        with pytest.raises(UnreadableFileError, match=r"a\.xlsx: ") as caught:
            read(path, profile)
        assert "SENTINEL7" not in str(caught.value)
    with pytest.raises(UnreadableFileError, match="unknown columns colour"):
        read(write(tmp_path / "b.xlsx", [[*CLAIM_LINE_REQUIRED, "colour"]]))


def test_workbooks_are_told_from_other_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", [["a"]])
    assert is_workbook(path)
    (tmp_path / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert is_workbook(tmp_path / "old.xls")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr("claims.csv", "a,b")
    (tmp_path / "broken.xlsx").write_bytes(path.read_bytes()[:200])
    (tmp_path / "text.xlsx").write_bytes(b"a,b\n")
    assert not any(is_workbook(tmp_path / name) for name in ("z.zip", "broken.xlsx", "text.xlsx", "none.xlsx"))
    with zipfile.ZipFile(tmp_path / "sheet.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    assert is_workbook(tmp_path / "sheet.ods")


def far_apart(name: str, text: bytes) -> bytes:
    """Two cells in the corners of the sheet, so that all between them is asked for."""
    return text.replace(b'r="B2"', b'r="XFD1048576"').replace(b'<row r="2"', b'<row r="1048576"')


def doctype(name: str, text: bytes) -> bytes:
    return text.replace(b"<worksheet", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet', 1)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        pytest.param(far_apart, "asks for more memory", id="two cells far apart"),
        pytest.param(doctype, "declares a document type", id="entities"),
        pytest.param(lambda name, text: text + b" " * 30_000_000, "refused as a bomb", id="bomb"),
        pytest.param(lambda name, text: text[: len(text) // 2], "cannot be read as a workbook", id="cut members"),
        pytest.param(lambda name, text: b"", "cannot be read as a workbook", id="empty members"),
    ],
)
def test_a_workbook_that_does_harm_is_refused(
    tmp_path: Path, change: Callable[[str, bytes], bytes], named: str
) -> None:
    path = write(tmp_path / "a.xlsx", [["Claim #", "Patient ID"], ["C1", "SENTINEL7"]])
    with pytest.raises(UnreadableFileError) as caught:
        read(rewritten(path, change), "practice_management")
    assert named in str(caught.value)
    assert "SENTINEL7" not in str(caught.value)
    assert table_header(tmp_path / "changed.xlsx") is None


def test_a_document_type_is_found_behind_any_length_of_comment_and_in_utf_16(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", [["a"]])
    comment = b"<!--" + bytes(range(97, 123)) * 50_000 + b"-->"
    for hidden in (comment + b"<!DOCTYPE x>", "<!ENTITY".encode("utf-16-be")):
        changed = rewritten(path, lambda name, text, hidden=hidden: hidden + text)  # type: ignore[misc]
        with pytest.raises(UnreadableFileError, match="declares a document type"):
            require_safe(changed, "changed.xlsx")


@pytest.mark.parametrize(
    "content", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x07" * 5000]
)
def test_an_old_workbook_that_is_broken_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.xls").write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"a\.xls: "):
        read(tmp_path / "a.xls")


def test_reading_may_be_given_up_in_the_middle(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", [BILLING, *[LINE] * 2000])
    items = read_workbook(path, "a.xlsx", profile=find_profile("practice_management"), batch_lines=10)
    next(items)
    items.close()  # type: ignore[attr-defined]


def test_a_damaged_workbook_is_read_or_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.xlsx", [BILLING, *[LINE] * 5])
    raw, chance = path.read_bytes(), random.Random(20240701)
    for _ in range(40):
        mutant = bytearray(raw)
        for _ in range(chance.randint(1, 4)):
            mutant[chance.randrange(len(mutant))] = chance.randrange(256)
        path.write_bytes(mutant)
        with suppress(UnreadableFileError):
            read(path, "practice_management")  # lines and cents add up
