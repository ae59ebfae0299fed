"""Profiles: what their TOML may say, which header they fit, and what becomes of the rows."""

from __future__ import annotations

import csv
import io
import random
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims_audit.errors import ConfigurationError, UnreadableFileError
from claims_audit.model import (
    ATTENDANCE_COLUMNS,
    ATTENDANCE_REQUIRED,
    CLAIM_LINE_COLUMNS,
    CLAIM_LINE_REQUIRED,
    FileTotals,
    RejectedRange,
    RejectKind,
    RowBatch,
)
from claims_audit.project import ROOT
from claims_audit.readers import detect, read_source
from claims_audit.readers.inputs.source import SourceFile
from claims_audit.readers.tables.columnar import read_columnar
from claims_audit.readers.tables.delimited import read_delimited
from claims_audit.readers.tables.profile import Profile, match_profile, nearest_profile, normal_name, with_timezone
from claims_audit.readers.tables.profile_file import (
    find_profile,
    home_profiles,
    known_profiles,
    read_profile,
    shipped_profiles,
)
from claims_audit.readers.values import parse_cents

SMALL = """
name = "small"
title = "A small export"
table = "claim_line"
ignore = ["Patient Name", "Notes"]

[cells]
dates = ["MM/DD/YYYY"]
empty = ["NULL"]

[columns]
patient_control_number = ["Claim #", "Claim ID"]
claim_line_number = { count_within = "patient_control_number" }
payer_id = { from = "Payer", map = { "Blue Harbor" = "BLUEHARBOR" } }
member_id = "Patient"
billing_provider_npi = { from = "Billing NPI", or_from = "NPI" }
rendering_provider_npi = "NPI"
place_of_service_code = { from = "POS", default = "11" }
date_of_service = ["DOS"]
procedure_code = "CPT"
modifier_1 = "Mod"
modifier_2 = "Mod 2"
service_units = "Units"
charge_amount = "Charge"
diagnosis_code_1 = "Dx1"
diagnosis_code_2 = "Dx2"
session_start_at = { join = ["DOS", "Time"] }

[[set_aside]]
column = "Kind"
in = ["Product"]
code = "no_service"
reason = "The line is no service."
"""
HEADER = "Claim #,Payer,Patient,Billing NPI,NPI,POS,DOS,Time,CPT,Mod,Mod,Units,Charge,Dx1,Dx2,Kind,Patient Name,Notes"
LINE = "C1,Blue Harbor,M1,1234567893,1234567893,11,03/04/2024,9:00 AM,90853,,,1,$40.25,F33.1,,Service,A,x"


@pytest.fixture
def small(tmp_path: Path) -> Profile:
    return write(tmp_path, SMALL)


def write(folder: Path, text: str, name: str = "small.toml") -> Profile:
    (folder / name).write_text(text, encoding="utf-8")
    return read_profile(folder / name)


def read(
    text: str | bytes, profile: Profile, batch_lines: int = 50_000
) -> tuple[list[dict[str, object]], list[RejectedRange], FileTotals]:
    """Rows, rejects and totals of a CSV, which have to add up and to lie side by side."""
    content = text if isinstance(text, bytes) else text.encode()
    items = list(read_delimited(io.BytesIO(content), "file.csv", profile=profile, batch_lines=batch_lines))
    totals = items[-1]
    assert isinstance(totals, FileTotals)
    rows = [
        {name: values[at] for name, values in item.columns.items()}
        for item in items
        if isinstance(item, RowBatch)
        for at in range(len(item))
    ]
    rejects = [item for item in items if isinstance(item, RejectedRange)]
    cents = [parse_cents(str(row["charge_amount"])) or 0 for row in rows if row.get("charge_amount")]
    assert totals.lines_in == totals.records_in == len(rows) + sum(reject.line_count for reject in rejects)
    assert totals.charge_in_cents == sum(cents) + sum(reject.charge_cents for reject in rejects)
    ranges = sorted(
        [(row["byte_start"], row["byte_end"]) for row in rows]
        + [(reject.byte_start, reject.byte_end) for reject in rejects]  # type: ignore[arg-type]
    )
    ends = [end for _, end in ranges]
    assert all(0 <= start < end <= len(content) for start, end in ranges)  # type: ignore[operator]
    assert all(start >= before for (start, _), before in zip(ranges[1:], ends, strict=False))  # type: ignore[operator]
    return rows, rejects, totals


def one(changes: dict[str, str], profile: Profile) -> dict[str, object]:
    """The row that a good line with other cells becomes."""
    names, cells = HEADER.split(","), LINE.split(",")
    for name, cell in changes.items():
        cells[names.index(name)] = f'"{cell}"'
    (row,), _, _ = read(f"{HEADER}\n{','.join(cells)}\n", profile)
    return row


def test_a_row_is_mapped_and_converted(small: Profile) -> None:
    row = one({}, small)
    assert {name: value for name, value in row.items() if value is not None} == {
        "patient_control_number": "C1",
        "claim_line_number": "1",
        "payer_id": "BLUEHARBOR",
        "member_id": "M1",
        "billing_provider_npi": "1234567893",
        "rendering_provider_npi": "1234567893",
        "place_of_service_code": "11",
        "date_of_service": "2024-03-04",
        "procedure_code": "90853",
        "service_units": "1",
        "charge_amount": "40.25",
        "diagnosis_code_1": "F33.1",
        "session_start_at": "2024-03-04 09:00",
        "byte_start": len(HEADER) + 1,
        "byte_end": len(HEADER) + len(LINE) + 2,
        "source_line_number": 2,
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Billing NPI": ""}, {"billing_provider_npi": "1234567893"}),
        ({"Billing NPI": "null"}, {"billing_provider_npi": "1234567893"}),
        ({"POS": ""}, {"place_of_service_code": "11"}),
        ({"Payer": "BLUE-HARBOR"}, {"payer_id": "BLUEHARBOR"}),
        ({"Payer": "Other"}, {"payer_id": "Other"}),
        ({"Mod": "95-AH"}, {"modifier_1": "95", "modifier_2": "AH"}),
        ({"CPT": "90853-59"}, {"procedure_code": "90853", "modifier_1": "59"}),
        ({"CPT": "90853-59", "Mod": "HQ"}, {"modifier_1": "HQ", "modifier_2": "59"}),
        ({"CPT": "90853-59", "Mod": "59"}, {"modifier_1": "59", "modifier_2": None}),
        ({"CPT": "90853-59-HQ", "Mod": "95,AH,GT"}, {"procedure_code": "90853;59;HQ", "modifier_1": "95;AH;GT"}),
        ({"Dx1": "F33.1;F41.1"}, {"diagnosis_code_1": "F33.1", "diagnosis_code_2": "F41.1"}),
        ({"Dx1": "F33.1,F41.1", "Dx2": "F10.20"}, {"diagnosis_code_2": "F41.1", "diagnosis_code_3": "F10.20"}),
        ({"Dx1": "", "Dx2": "F10.20"}, {"diagnosis_code_1": None, "diagnosis_code_2": "F10.20"}),
        ({"Charge": "(40.25)"}, {"charge_amount": "-40.25"}),
        ({"DOS": "tomorrow"}, {"date_of_service": "tomorrow", "session_start_at": "tomorrow 9:00 AM"}),
        ({"Time": ""}, {"session_start_at": "03/04/2024"}),
    ],
)
def test_cells_of_a_row(small: Profile, changes: dict[str, str], expected: dict[str, str | None]) -> None:
    row = one(changes, small)
    assert {name: row[name] for name in expected} == expected


def test_a_repeated_column_name_is_told_by_its_number(small: Profile) -> None:
    cells = LINE.split(",")
    cells[9:11] = ["HQ", "59"]
    (row,), _, _ = read(f"{HEADER}\n{','.join(cells)}\n", small)
    assert (row["modifier_1"], row["modifier_2"]) == ("HQ", "59")


def test_lines_of_a_claim_are_counted_across_batches(small: Profile) -> None:
    lines = [LINE.replace("C1", f"C{n % 3}") for n in range(9)]
    rows, _, _ = read("\n".join([HEADER, *lines]), small, batch_lines=2)
    assert [row["claim_line_number"] for row in rows] == list("111222333")


def test_rows_that_are_none_of_the_table_are_set_aside(small: Profile) -> None:
    width = HEADER.count(",")
    cells = [
        LINE,
        LINE.replace("Service", "product"),
        "," * width,
        f"Total{',' * (width - 5)}120.75,,,,,",
        f"{',' * (width - 5)}120.75,,,,,",
        HEADER,
        "Printed on 3/5/2024",
        "End of report,,",
        LINE + ",more",
        LINE,
    ]
    rows, rejects, totals = read("\n".join([HEADER, *cells]), small)
    assert len(rows) == 2
    found = sorted((reject.source_line_number, reject.reason_code, reject.kind.value) for reject in rejects)
    other = RejectKind.OTHER_TRANSACTION.value
    assert found == [
        (3, "no_service", other),
        (4, "blank_row", other),
        (5, "total_row", other),
        (6, "total_row", other),
        (7, "repeated_header", other),
        (8, "total_row", other),
        (9, "total_row", other),
        (10, "wrong_cell_count", "quarantined"),
    ]
    # Two lines and the product; a total is not a charge.
    assert totals.charge_in_cents == 3 * 4025
    assert all("M1" not in repr(reject) for reject in rejects)


def test_a_quoted_cell_may_run_over_lines(small: Profile) -> None:
    notes = LINE.removesuffix("x") + '"first\nsecond, with ""quotes""\r\n\nlast"'
    content = "\n".join([HEADER, LINE, notes, LINE.replace("C1", "C2")])
    rows, rejects, _ = read(content, small)
    assert [row["patient_control_number"] for row in rows] == ["C1", "C1", "C2"]
    assert not rejects
    assert [row["source_line_number"] for row in rows] == [2, 3, 7]
    assert content.encode()[rows[1]["byte_start"] : rows[1]["byte_end"]].decode() == notes + "\n"  # type: ignore[misc]


@pytest.mark.parametrize(
    "notes", ['"never closed', '"never\nclosed', '"closed" too late', '"a\nb"c,d', '"' + "x\n" * 60 + '"']
)
def test_a_quote_that_does_not_close_costs_its_own_line(small: Profile, notes: str) -> None:
    rows, rejects, _ = read("\n".join([HEADER, LINE.removesuffix("x") + notes, LINE.replace("C1", "C2")]), small)
    assert rows[-1]["patient_control_number"] == "C2"
    assert rejects[0].reason_code == "broken_quotes"
    assert rejects[0].source_line_number == 2


def test_titles_above_the_header_and_another_delimiter(small: Profile) -> None:
    content = "Charges by day\n\nPractice;Harbor\n" + f"{HEADER}\n{LINE}\n".replace(",", ";")
    (row,), _, totals = read(content, small)
    assert row["charge_amount"] == "40.25"
    assert totals.warnings == {"lines_above_header": 3}
    assert totals.header == tuple(HEADER.split(","))


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (HEADER.replace("CPT", "Colour"), "finds no column for procedure_code; unknown columns Colour"),
        (HEADER.replace("Notes", "Colour"), "unknown columns Colour"),
        (HEADER.replace("Notes", ""), "unknown columns (empty)"),
        ("a,b,c", "has the column names of profile small"),
    ],
)
def test_a_header_that_does_not_fit_is_refused_by_name(small: Profile, header: str, named: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(f"{header}\n{LINE}\n", small)
    assert named in str(caught.value)
    assert "M1" not in str(caught.value)


def test_wall_clock_of_the_practice(tmp_path: Path) -> None:
    text = SMALL.replace('{ join = ["DOS", "Time"] }', '"Time"')
    in_settings = with_timezone(write(tmp_path, text), "America/Chicago")
    in_profile = with_timezone(write(tmp_path, text.replace("[cells]", '[cells]\ntimezone = "Asia/Tokyo"')), "UTC")
    as_written = with_timezone(write(tmp_path, text), None)
    times = [
        one({"Time": "2024-03-04T15:00:00Z"}, p)["session_start_at"] for p in (in_settings, in_profile, as_written)
    ]
    assert times == ["2024-03-04 09:00:00", "2024-03-05 00:00:00", "2024-03-04 15:00:00"]


def test_parquet_through_a_profile(small: Profile, tmp_path: Path) -> None:
    names = [name for name in HEADER.split(",") if name != "Mod"]
    cells = [cell for name, cell in zip(HEADER.split(","), LINE.split(","), strict=True) if name != "Mod"]
    table = pa.table({name: [cell, cell] for name, cell in zip(names, cells, strict=True)})
    table = table.set_column(names.index("Charge"), "Charge", pa.array([40.25, None]))
    pq.write_table(table, tmp_path / "a.parquet")
    batch, totals = read_columnar(tmp_path / "a.parquet", "a.parquet", profile=small)
    assert isinstance(batch, RowBatch)
    assert isinstance(totals, FileTotals)
    assert batch.columns["charge_amount"] == ["40.25", None]
    assert batch.columns["claim_line_number"] == ["1", "2"]
    assert batch.columns["byte_start"] == [0, 1]
    assert (totals.lines_in, totals.charge_in_cents, totals.header) == (2, 4025, tuple(names))
    pq.write_table(table.rename_columns([*names[:-1], "Colour"]), tmp_path / "b.parquet")
    with pytest.raises(UnreadableFileError, match="unknown columns Colour"):
        list(read_columnar(tmp_path / "b.parquet", "b.parquet", profile=small))


@pytest.mark.parametrize(
    ("found", "instead", "named"),
    [
        ('table = "claim_line"', 'table = "remittance"', "table is none of claim_line, attendance"),
        ('title = "A small export"', "", "title is missing"),
        ('name = "small"', "name = 3", "name is no text"),
        ("[cells]", "[cell]", "cell is not known"),
        ('member_id = "Patient"', "", "columns.member_id is missing"),
        ('member_id = "Patient"', "member_id = 3", "columns.member_id is no table"),
        (
            'member_id = "Patient"',
            'member_id = { from = "A", constant = "B" }',
            "columns.member_id has to hold exactly",
        ),
        ('member_id = "Patient"', 'member_id = { from = "A", else = "B" }', "columns.member_id.else is not known"),
        ('member_id = "Patient"', 'member_id = { of = ["payer_name"] }', "columns.member_id is made of payer_name"),
        ('member_id = "Patient"', 'member_id = "Patient"\ncolour = "X"', "columns.colour is not known"),
        ('join = ["DOS", "Time"]', 'join = ["DOS"]', "columns.session_start_at.join is no list of two"),
        ('dates = ["MM/DD/YYYY"]', 'dates = ["MM/YYYY"]', "cells.dates names a format without"),
        ('dates = ["MM/DD/YYYY"]', 'timezone = "Atlantis"', "cells.timezone is no zone"),
        ('dates = ["MM/DD/YYYY"]', 'decimal = ","\nthousands = ","', "cells.decimal and thousands"),
        ('ignore = ["Patient Name", "Notes"]', "ignore = 3", "ignore is no text"),
        ('ignore = ["Patient Name", "Notes"]', 'delimiter = "x"', "delimiter is none of"),
        ('ignore = ["Patient Name", "Notes"]', 'encoding = "ebcdic"', "encoding is none of"),
        ('ignore = ["Patient Name", "Notes"]', 'automatic = "yes"', "automatic is neither"),
        ('in = ["Product"]', "", "set_aside[0] has to hold"),
        ('in = ["Product"]', 'in = ["A"]\nnot_in = ["B"]', "set_aside[0] has to hold"),
        ('code = "no_service"', 'code = "No Service"', "set_aside[0].code is no word"),
        ('reason = "The line is no service."', "", "set_aside[0].reason is missing"),
        ('name = "small"', "name = ", "not TOML"),
    ],
)
def test_a_fault_in_a_profile_is_told_with_file_and_key(tmp_path: Path, found: str, instead: str, named: str) -> None:
    assert found in SMALL
    with pytest.raises(ConfigurationError) as caught:
        write(tmp_path, SMALL.replace(found, instead, 1))
    assert str(caught.value).startswith(f"{tmp_path / 'small.toml'}: ")
    assert named in str(caught.value)


def test_the_example_of_the_docs_is_a_profile(tmp_path: Path) -> None:
    (example,) = re.findall(
        r"```toml\n(.*?)```", (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8"), re.DOTALL
    )
    profile = write(tmp_path, example)
    assert profile.columns["session_start_at"][1].parts == (("DOS",), ("Start Time", "Time In"))
    assert profile.style.timezone == "America/New_York"


def test_a_file_that_is_not_there_is_a_fault_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.toml: cannot be read"):
        read_profile(tmp_path / "none.toml")


@pytest.mark.parametrize(
    "names",
    [
        ("Claim #", "claim_number", "CLAIM  NUMBER", "ClaimNumber"),
        ("Dx1", "DX_1", "dx 1"),
        ("Date/Time", "date time"),
    ],
)
def test_names_are_compared_in_one_form(names: tuple[str, ...]) -> None:
    assert len({normal_name(name) for name in names}) == 1


def test_the_users_profile_comes_before_the_shipped_one_of_its_name(tmp_path: Path) -> None:
    write(tmp_path, SMALL.replace('name = "small"', 'name = "cms_rif_carrier"'), "own.toml")
    assert find_profile("cms_rif_carrier", tmp_path).title == "A small export"
    assert find_profile("cms_rif_carrier").title == "CMS carrier claims, RIF layout"
    assert find_profile(str(tmp_path / "own.toml")).title == "A small export"
    names = Counter(profile.name for profile in known_profiles(tmp_path))
    assert set(names.values()) == {1}
    assert home_profiles(tmp_path / "nowhere") == []
    with pytest.raises(ConfigurationError, match="no such profile; known are appointments"):
        find_profile("colour")


def test_the_profile_that_reads_most_columns_is_chosen(small: Profile, tmp_path: Path) -> None:
    header = HEADER.split(",")
    less = write(
        tmp_path, SMALL.replace('modifier_2 = "Mod 2"\n', "").replace('["Patient', '["Mod 2", "Patient'), "b.toml"
    )
    assert match_profile(header, [less, small]) == small
    assert match_profile(header, []) is None
    assert match_profile([*header, "Colour"], [small]) is None
    assert match_profile(header[1:], [small]) is None
    twin = write(tmp_path, SMALL.replace('"small"', '"twin"'), "c.toml")
    with pytest.raises(ConfigurationError, match="small and twin fit the same header equally well"):
        match_profile(header, [small, twin])


def test_the_nearest_profile_says_what_a_header_lacks(small: Profile) -> None:
    header = HEADER.split(",")
    assert nearest_profile(header[1:], [small]) == small
    assert nearest_profile([f"{name} of old" for name in header], [small]) is None
    assert nearest_profile(["Colour", "Weight"], shipped_profiles()) is None
    assert nearest_profile(header[1:], [replace(small, automatic=False)]) is None


def test_a_table_that_no_profile_fits_is_refused_by_the_names_of_what_it_lacks(tmp_path: Path) -> None:
    names = ["Claim #", "Payer ID", "Patient ID", "Rendering NPI", "Group NPI", "DOS", "Qty", "Charge", "Service Done"]
    path = tmp_path / "export.csv"
    path.write_text(f"{','.join(names)}\n{',x' * (len(names) - 1)}\n", encoding="utf-8")
    source = SourceFile(path.name, path, "0" * 64, path.stat().st_size)
    found = detect(source, shipped_profiles())
    assert found is not None
    assert found.profile is not None
    assert (found.format_code, found.profile.name, found.header) == ("claim_csv", "practice_management", tuple(names))
    with pytest.raises(UnreadableFileError, match="finds no column for place_of_service_code, procedure_code"):
        list(read_source(source, found.format_code, profile=found.profile))


def test_a_native_header_needs_no_profile() -> None:
    shipped = shipped_profiles()
    for header in (CLAIM_LINE_COLUMNS, CLAIM_LINE_REQUIRED, ATTENDANCE_COLUMNS, ATTENDANCE_REQUIRED):
        assert match_profile(header, shipped) is None
        # An unknown column is refused by name, and not passed over by a generous profile.
        assert match_profile([*header, "colour"], shipped) is None


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.lists(
            st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8), min_size=18, max_size=18
        ),
        max_size=5,
    ),
    st.integers(1, 3),
)
def test_lines_and_cents_add_up_whatever_the_cells_hold(
    tmp_path_factory: pytest.TempPathFactory, cells: list[list[str]], batch_lines: int
) -> None:
    profile = write(tmp_path_factory.mktemp("profile"), SMALL)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([HEADER.split(","), *cells])
    raw = text.getvalue().encode()
    _, _, totals = read(raw, profile, batch_lines)
    assert totals.lines_in <= sum(1 for line in raw.split(b"\n")[1:] if line.strip())
    # As bytes from anywhere, too.
    read(raw[: len(HEADER) + 1] + raw[len(HEADER) + 1 :][::-1], profile, batch_lines)


def test_lines_and_cents_add_up_whatever_is_broken(small: Profile) -> None:
    chance = random.Random(20240701)
    lines = [LINE.replace("$40.25", f'"$1,0{n:02}.25"').removesuffix("x") + f'"note\nof {n}"' for n in range(12)]
    text = "\n".join([HEADER, *lines, ""])
    for turn in range(200):
        encoding = ("utf-8", "windows-1252", "utf-16-le")[turn % 3]
        mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
        mutant = bytearray(mark + text.encode(encoding))
        start = len(mark + f"{HEADER}\n".encode(encoding))
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(start, len(mutant))
            match chance.randrange(3):
                case 0:
                    mutant[at] = chance.choice(b'",\n\r\0\xff.-9a ')
                case 1:
                    del mutant[at : at + chance.randint(1, 30)]
                case _:
                    mutant[at:at] = bytes(chance.choices(b'",\n\r\0\xff.9', k=chance.randint(1, 5)))
        read(bytes(mutant), small, chance.choice((1, 5, 100)))
