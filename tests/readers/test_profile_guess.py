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
