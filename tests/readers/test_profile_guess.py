"""Guessing a profile: which column is what, how sure that is, and that what is written reads the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from claims_audit.errors import ConfigurationError, UnreadableFileError
from claims_audit.model import FileTotals, RowBatch
from claims_audit.project import ROOT
from claims_audit.readers.tables.delimited import read_delimited
from claims_audit.readers.tables.profile_file import read_profile, shipped_profiles
from claims_audit.readers.tables.profile_guess import Guess, guess_profile, guess_values
from claims_audit.readers.tables.profile_writing import profile_toml

RIF = ROOT.parent / "shared" / "data" / "csv" / "rif_synthea_carrier.psv"
NPI, OTHER_NPI = "1234567893", "1245319599"
DAYS = [date(2024, 3, 4) + timedelta(days=n) for n in range(30)]

# Names that no shipped profile has, or not in this spelling.
BILLING = {
    "Claim Nbr": [f"A{n // 2}" for n in range(30)],
    "Patient Ident": [f"{n % 7:05}" for n in range(30)],
    "Payer": ["Blue Harbor"] * 30,
    "Svc Dt": [f"{day:%m/%d/%Y}" for day in DAYS],
    "CPT4": ["90853", "90834", "90853-HQ"] * 10,
    "Modifier": ["59", "", "95,HQ"] * 10,
    "Unit(s)": ["1.0"] * 30,
    "Charge $": ["$40.25", "120.00", "$1,040.25"] * 10,
    "ICD-10": ["F33.1", "F41.1;F10.20", "F33.1"] * 10,
    "Rendering Provider's NPI": [NPI] * 30,
    "Billing Provider's NPI": [OTHER_NPI] * 30,
    "Place of Svc.": ["11", "02", "10"] * 10,
    "Birth Date": [f"{day.replace(year=1980):%m/%d/%Y}" for day in DAYS],
    "Patient Name": ["SENTINEL7"] * 30,
}
APPOINTMENTS = {
    "Client ID": [f"M{n}" for n in range(30)],
    "Appt Date": [f"{day:%m/%d/%Y}" for day in DAYS],
    "From": ["9:00 AM"] * 30,
    "Finish": ["10:00 AM"] * 30,
    "Show Status": ["Show", "No Show", "Cancelled"] * 10,
    "Therapist's NPI": [NPI] * 30,
    "Client": ["SENTINEL7"] * 30,
}


def write(path: Path, columns: dict[str, list[str]], delimiter: str = ",") -> Path:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([list(columns), *zip(*columns.values(), strict=True)])
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def guess(path: Path) -> Guess:
    return guess_profile(path, shipped_profiles())


def mapped(found: Guess) -> dict[str, str | tuple[str, ...]]:
    return {item.column: item.names[0] if len(item.names) == 1 else item.names for item in found.columns}


def written(found: Guess, folder: Path) -> str:
    text = profile_toml(found, "guessed", guess_values(found, shipped_profiles()))
    (folder / "guessed.toml").write_text(text, encoding="utf-8")
    return text


def rows_through(folder: Path, path: Path) -> dict[str, list[object]]:
    with path.open("rb") as stream:
        items = list(read_delimited(stream, path.name, profile=read_profile(folder / "guessed.toml")))
    assert [type(item) for item in items] == [RowBatch, FileTotals]
    batch = items[0]
    assert isinstance(batch, RowBatch)
    return batch.columns


def test_columns_of_a_billing_export_are_told(tmp_path: Path) -> None:
    found = guess(write(tmp_path / "a.csv", BILLING))
    assert found.table == "claim_line"
    assert mapped(found) == {
        "patient_control_number": "Claim Nbr",
        "claim_line_number": "patient_control_number",
        "payer_id": "Payer",
        "member_id": "Patient Ident",
        "billing_provider_npi": "Billing Provider's NPI",
        "rendering_provider_npi": "Rendering Provider's NPI",
        "place_of_service_code": "Place of Svc.",
        "date_of_service": "Svc Dt",
        "procedure_code": "CPT4",
        "modifier_1": "Modifier",
        "service_units": "Unit(s)",
        "charge_amount": "Charge $",
        "diagnosis_code_1": "ICD-10",
    }
    assert found.missing == ()
    assert found.confidence >= 0.75
    assert found.unused == ("Birth Date", "Patient Name")
    assert found.style.dates == ("MM/DD/YYYY", "MM/DD/YY")


# Names of which no shipped profile has the letters, and all have the meaning.
OWN_WORDS = {
    "Enc No": [f"E{n // 2}" for n in range(30)],
    "Ln": ["1", "2"] * 15,
    "Client": ["SENTINEL, Jane"] * 30,
    "Client Chart": [f"{n % 7:05}" for n in range(30)],
    "Ins Co": ["AETNA", "BCBS"] * 15,
    "Agency Nat'l ID": [OTHER_NPI] * 30,
    "Therapist Nat'l ID": [NPI] * 30,
    "Setting Cd": ["11", "02"] * 15,
    "Visit Dt": [f"{day:%m/%d/%Y}" for day in DAYS],
    "Proc": ["90853", "90834", "90837"] * 10,
    "Mod A": ["95", "", "HQ"] * 10,
    "Qty Billed": ["1"] * 30,
    "Gross $": ["$45.00", "$120.00"] * 15,
    "Ins Pmt": ["31.10"] * 30,
}
MEETINGS = {
    "Group Meeting No": [f"G{n // 6}" for n in range(30)],
    "Held On": [f"{day:%m/%d/%Y}" for day in DAYS],
    "From": ["10:00 AM"] * 30,
    "Until": ["11:00 AM"] * 30,
    "Participant No": [f"C{n % 6}" for n in range(30)],
    "Leader NPI No": [NPI] * 30,
    "Came?": ["Yes", "No"] * 15,
}


def test_words_are_taken_by_what_they_mean(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", OWN_WORDS)
    found = guess(path)
    assert found.table == "claim_line"
    assert mapped(found) == {
        "patient_control_number": "Enc No",
        "claim_line_number": "Ln",
        "payer_id": "Ins Co",
        "member_id": "Client Chart",
        "billing_provider_npi": "Agency Nat'l ID",
        "rendering_provider_npi": "Therapist Nat'l ID",
        "place_of_service_code": "Setting Cd",
        "date_of_service": "Visit Dt",
        "procedure_code": "Proc",
        "modifier_1": "Mod A",
        "service_units": "Qty Billed",
        "charge_amount": "Gross $",
        "paid_amount": "Ins Pmt",
    }
    written(found, tmp_path)
    assert rows_through(tmp_path, path)["charge_amount"][:2] == ["45.00", "120.00"]


def test_meetings_are_attendance(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", MEETINGS)
    found = guess(path)
    assert found.table == "attendance"
    assert mapped(found) == {
        "session_id": "Group Meeting No",
        "session_start_at": ("Held On", "From"),
        "session_end_at": ("Held On", "Until"),
        "member_id": "Participant No",
        "attendance_status": "Came?",
        "facilitator_npis": "Leader NPI No",
    }
    written(found, tmp_path)
    assert rows_through(tmp_path, path)["attendance_status"][:2] == ["attended", "no_show"]


def test_the_day_of_a_start_is_the_day_of_the_service(tmp_path: Path) -> None:
    columns = {name: cells for name, cells in BILLING.items() if name not in ("Svc Dt", "Birth Date")}
    path = write(tmp_path / "a.csv", {**columns, "Service Start": [f"{day:%m/%d/%Y} 9:00 AM" for day in DAYS]})
    found = guess(path)
    sure = {item.column: item.confidence for item in found.columns}
    assert found.table == "claim_line"
    assert mapped(found)["date_of_service"] == mapped(found)["session_start_at"] == "Service Start"
    assert sure["date_of_service"] < 0.7 < sure["session_start_at"]
    written(found, tmp_path)
    columns_read = rows_through(tmp_path, path)
    assert columns_read["date_of_service"][0] == "2024-03-04"
    assert columns_read["session_start_at"][0] == "2024-03-04 09:00"


def test_names_of_people_are_no_numbers_of_members(tmp_path: Path) -> None:
    columns = {name: cells for name, cells in OWN_WORDS.items() if name != "Client Chart"}
    assert guess(write(tmp_path / "a.csv", columns)).missing == ("member_id",)


def test_columns_without_words_are_told_by_their_values_and_hardly_sure(tmp_path: Path) -> None:
    columns = {"A": [OTHER_NPI] * 30, "B": [NPI, "1679576722"] * 15, "C": BILLING["Svc Dt"], "D": ["90853"] * 30}
    found = guess(write(tmp_path / "a.csv", columns))
    assert mapped(found) == {
        "billing_provider_npi": "A",
        "rendering_provider_npi": "B",
        "date_of_service": "C",
        "procedure_code": "D",
    }
    assert {item.confidence for item in found.columns} == {0.35}
    assert found.confidence < 0.1


def test_what_is_written_reads_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", BILLING)
    text = written(guess(path), tmp_path)
    assert "SENTINEL7" not in text
    columns = rows_through(tmp_path, path)
    assert columns["date_of_service"] == [day.isoformat() for day in DAYS]
    assert columns["procedure_code"] == ["90853", "90834", "90853"] * 10
    assert columns["modifier_2"][2] == "HQ"
    assert columns["charge_amount"][:3] == ["40.25", "120.00", "1040.25"]
    assert columns["diagnosis_code_2"][1] == "F10.20"
    assert columns["claim_line_number"][:4] == ["1", "2", "1", "2"]


def test_sessions_of_an_appointment_export_are_rebuilt(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", APPOINTMENTS)
    found = guess(path)
    assert found.table == "attendance"
    assert mapped(found) == {
        "session_id": ("facilitator_npis", "session_start_at"),
        "session_start_at": ("Appt Date", "From"),
        "session_end_at": ("Appt Date", "Finish"),
        "member_id": "Client ID",
        "attendance_status": "Show Status",
        "facilitator_npis": "Therapist's NPI",
    }
    assert found.missing == ()
    assert found.confidence >= 0.75
    written(found, tmp_path)
    columns = rows_through(tmp_path, path)
    assert columns["session_id"][0] == f"{NPI}@2024-03-04 09:00"
    assert columns["attendance_status"][:3] == ["attended", "no_show", "cancelled"]
    assert columns["session_end_at"][0] == "2024-03-04 10:00"


def test_values_outweigh_a_name_that_lies(tmp_path: Path) -> None:
    # What is called CPT holds words, and the codes stand under a name that nobody knows.
    columns = {**BILLING, "CPT4": ["Group therapy"] * 30, "Svc": ["90853", "90834", "H0004"] * 10}
    found = guess(write(tmp_path / "a.csv", columns))
    assert mapped(found)["procedure_code"] == "Svc"
    sure = {item.column: item.confidence for item in found.columns}
    assert sure["procedure_code"] < 0.5 < sure["date_of_service"]


@pytest.mark.parametrize("left_out", ["Rendering Provider's NPI", "Charge $", "Patient Ident"])
def test_what_is_missing_is_named_and_makes_it_unsure(tmp_path: Path, left_out: str) -> None:
    found = guess(write(tmp_path / "a.csv", {name: cells for name, cells in BILLING.items() if name != left_out}))
    expected = {
        "Rendering Provider's NPI": "rendering_provider_npi",
        "Charge $": "charge_amount",
        "Patient Ident": "member_id",
    }[left_out]
    assert found.missing == (expected,)
    assert found.confidence < 0.5
    text = written(found, tmp_path)
    assert f'# {expected} = "..."  # missing' in text
    with pytest.raises(ConfigurationError, match=f"columns.{expected} is missing"):
        read_profile(tmp_path / "guessed.toml")


def test_a_table_of_something_else_is_hardly_a_guess(tmp_path: Path) -> None:
    columns = {"Colour": ["red"] * 9, "Weight": ["12.5"] * 9, "Sold On": ["2024-03-04"] * 9, "Shop": ["North"] * 9}
    found = guess(write(tmp_path / "a.csv", columns))
    assert found.confidence < 0.2
    assert len(found.missing) > 3


@pytest.mark.parametrize(
    ("form", "dates", "is_told"),
    [
        ("%Y-%m-%d", (), True),
        ("%Y%m%d", (), True),
        ("%m/%d/%Y", ("MM/DD/YYYY", "MM/DD/YY"), True),
        ("%d/%m/%Y", ("DD/MM/YYYY", "DD/MM/YY"), True),
        ("%d.%m.%Y", ("DD.MM.YYYY", "DD.MM.YY"), True),
        ("%d-%b-%Y", ("DD-MON-YYYY", "DD-MON-YY"), True),
    ],
)
def test_the_order_of_day_and_month_is_read_off_the_days(
    tmp_path: Path, form: str, dates: Sequence[str], is_told: bool
) -> None:
    path = write(
        tmp_path / "a.csv", {**BILLING, "Svc Dt": [day.strftime(form) for day in DAYS], "Birth Date": [""] * 30}
    )
    found = guess(path)
    assert found.style.dates == dates
    assert (found.notes == ()) == is_told
    written(found, tmp_path)
    assert rows_through(tmp_path, path)["date_of_service"] == [day.isoformat() for day in DAYS]


def test_days_that_could_be_months_are_said_to_be_unsure(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", {**BILLING, "Svc Dt": ["03/04/2024"] * 30, "Birth Date": [""] * 30})
    found = guess(path)
    assert found.style.dates == ("MM/DD/YYYY", "MM/DD/YY")
    assert found.notes == ("day_month_order",)
    assert "not certain" in written(found, tmp_path)


def test_amounts_with_a_decimal_comma(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", {**BILLING, "Charge $": ["40,25", "1.040,25", "9,00"] * 10}, delimiter=";")
    found = guess(path)
    assert (found.style.decimal, found.style.thousands) == (",", ".")
    written(found, tmp_path)
    assert rows_through(tmp_path, path)["charge_amount"][:3] == ["40.25", "1040.25", "9.00"]


def test_parquet_and_workbooks_are_guessed_alike(tmp_path: Path) -> None:
    pq.write_table(pa.table(BILLING), tmp_path / "a.parquet")
    book = openpyxl.Workbook()
    book.active.append(["Charges"])
    for row in [list(BILLING), *zip(*BILLING.values(), strict=True)]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    expected = mapped(guess(write(tmp_path / "a.csv", BILLING)))
    assert mapped(guess(tmp_path / "a.parquet")) == expected
    assert mapped(guess(tmp_path / "a.xlsx")) == expected


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"one word\n",
        b"SENTINEL7,03/04/2024,90853,40.25\nSENTINEL8,03/05/2024,90853,40.25\n",
        b"ISA*00*          *00*          *ZZ*SENDER~",
    ],
)
def test_a_file_without_column_names_is_no_guess(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(UnreadableFileError) as caught:
        guess(tmp_path / "a.csv")
    assert "SENTINEL" not in str(caught.value)


@pytest.mark.skipif(not RIF.is_file(), reason="the outside files lie in ../shared/data, which is not here")
def test_the_carrier_file_is_guessed_as_its_profile_reads_it() -> None:
    found = guess(RIF)
    assert found.table == "claim_line"
    names = mapped(found)
    assert names["date_of_service"] == "LINE_1ST_EXPNS_DT"
    assert names["charge_amount"] == "LINE_SBMTD_CHRG_AMT"
    assert names["rendering_provider_npi"] == "PRF_PHYSN_NPI"
    assert names["procedure_code"] == "HCPCS_CD"
    # Its payer is a constant of the profile: no column says it.
    assert "payer_id" in found.missing
