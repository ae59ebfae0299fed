# Tables are drawn as wide as exports are.
# ruff: noqa: E501
"""The shipped profiles, each with a small made-up export in two editions, and the CMS carrier file."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import Path

import pytest

from claims_audit.model import ATTENDANCE_COLUMNS, CLAIM_LINE_COLUMNS, FileTotals, RejectedRange, RejectKind, RowBatch
from claims_audit.project import ROOT
from claims_audit.readers.tables.delimited import read_delimited
from claims_audit.readers.tables.profile import match_profile
from claims_audit.readers.tables.profile_file import SHIPPED, find_profile, shipped_profiles
from claims_audit.readers.tables.table_header import table_header
from claims_audit.readers.values import parse_cents

RIF = ROOT.parent / "shared" / "data" / "csv" / "rif_synthea_carrier.psv"
NPI, OTHER_NPI = "1234567893", "1245319599"

# A name, the profile that has to be chosen, an export, and what its rows become (columns that are all empty left out).
EXPORTS = {
    "billing, first edition": (
        "practice_management",
        """
Claim # | Line # | Patient ID | Payer      | DOS        | CPT   | Mods  | Units | Charge  | Paid  | Allowed | Dx1   | Dx2   | Rendering NPI | Billing NPI | POS
1001    | 1      | P7         | Medicare   | 03/04/2024 | 90853 | HQ-59 | 1.0   | $40.25  | 0.00  | 31.10   | F33.1 | F41.1 | 1234567893    | 1245319599  | 11
1001    | 2      | P7         | Medicare   | 03/04/2024 | 90785 |       | 1     | (10.00) | N/A   |         | F33.1 |       | 1234567893    | 1245319599  | 2
Total   |        |            |            |            |       |       | 2     | $30.25  | 0.00  | 31.10   |       |       |               |             |
""",
        """
patient_control_number | claim_line_number | member_id | payer_id | date_of_service | procedure_code | modifier_1 | modifier_2 | service_units | charge_amount | paid_amount | allowed_amount | diagnosis_code_1 | diagnosis_code_2 | rendering_provider_npi | billing_provider_npi | place_of_service_code | claim_frequency_code
1001 | 1 | P7 | MEDICARE | 2024-03-04 | 90853 | HQ | 59 | 1 | 40.25  | 0.00 | 31.10 | F33.1 | F41.1 | 1234567893 | 1245319599 | 11 |
1001 | 2 | P7 | MEDICARE | 2024-03-04 | 90785 |    |    | 1 | -10.00 |      |       | F33.1 |       | 1234567893 | 1245319599 | 02 |
""",
    ),
    "billing, second edition": (
        "practice_management",
        """
Invoice Number | Client ID | Insurance Name | Payer ID | Service Date | Start Time | Procedure Code | Modifier 1 | Modifier 2 | Qty | Billed Amount | Insurance Paid | Diagnosis Codes | Provider NPI | Group NPI  | Place of Service | Frequency Code | Client Name
A-1            | 00123     | Blue Harbor    | BH       | 2024-03-04   | 9:00 AM    | 90853.0        | HQ         |            | 1   | 40.25         | 31.1           | F33.1;F41.1     | 1234567893   | 1245319599 | 11 - Office      | Corrected      | A. Person
A-1            | 00123     | Blue Harbor    | BH       | 2024-03-04   | 10:30 AM   | 90785 - Add-on |            |            | 1   | 10            | NULL           | F33.1           | 1234567893   | 1245319599 | 11 - Office      | 7              | A. Person
""",
        """
patient_control_number | claim_line_number | member_id | payer_id | payer_name | date_of_service | session_start_at | procedure_code | modifier_1 | service_units | charge_amount | paid_amount | diagnosis_code_1 | diagnosis_code_2 | rendering_provider_npi | billing_provider_npi | place_of_service_code | claim_frequency_code
A-1 | 1 | 00123 | BH | Blue Harbor | 2024-03-04 | 2024-03-04 09:00 | 90853 | HQ | 1 | 40.25 | 31.1 | F33.1 | F41.1 | 1234567893 | 1245319599 | 11 | 7
A-1 | 2 | 00123 | BH | Blue Harbor | 2024-03-04 | 2024-03-04 10:30 | 90785 |    | 1 | 10    |      | F33.1 |       | 1234567893 | 1245319599 | 11 | 7
""",
    ),
    "Tuva, first edition": (
        "tuva_medical_claim",
        """
claim_id | claim_line_number | claim_type    | patient_id | member_id | payer | plan | claim_start_date | claim_line_start_date | place_of_service_code | service_unit_quantity | hcpcs_code | hcpcs_modifier_1 | rendering_npi | billing_npi | facility_npi | paid_amount | allowed_amount | charge_amount | diagnosis_code_1 | diagnosis_code_25
T1       | 1                 | professional  | X7         | M7        | BH    | Gold | 2024-03-01       | 2024-03-04            | 11                    | 1                     | 90853      | HQ               | 1234567893    | 1245319599  | 1245319599   | 31.10       | 35.00          | 40.25         | F331             | Z000
T2       | 1                 | institutional | X7         | M7        | BH    | Gold | 2024-03-01       | 2024-03-04            |                       | 1                     |            |                  |               | 1245319599  | 1245319599   | 900.00      | 900.00         | 900.00        | F331             |
""",
        """
patient_control_number | claim_line_number | member_id | payer_id | payer_name | date_of_service | procedure_code | modifier_1 | service_units | charge_amount | paid_amount | allowed_amount | diagnosis_code_1 | rendering_provider_npi | billing_provider_npi | service_facility_npi | place_of_service_code
T1 | 1 | M7 | BH | Gold | 2024-03-04 | 90853 | HQ | 1 | 40.25 | 31.10 | 35.00 | F331 | 1234567893 | 1245319599 | 1245319599 | 11
""",
    ),
    "Tuva, second edition": (
        "tuva_medical_claim",
        """
claim_id | claim_line_number | claim_type   | person_id | payer | plan | claim_start_date | place_of_service_code | service_unit_quantity | hcpcs_code | rendering_id | billing_id | paid_amount | allowed_amount | charge_amount | diagnosis_code_1 | data_source
T1       | 1                 | professional | X7        | BH    | Gold | 2024-03-04       | 11                    | 1                     | 90853      | 1234567893   |            | 31.10       | 35.00          | 40.25         | F331             | feed
""",
        """
patient_control_number | claim_line_number | member_id | payer_id | payer_name | date_of_service | procedure_code | service_units | charge_amount | paid_amount | allowed_amount | diagnosis_code_1 | rendering_provider_npi | billing_provider_npi | place_of_service_code
T1 | 1 | X7 | BH | Gold | 2024-03-04 | 90853 | 1 | 40.25 | 31.10 | 35.00 | F331 | 1234567893 | 1234567893 | 11
""",
    ),
    "appointments, first edition": (
        "appointments",
        """
Client ID | Start              | End                 | Status    | Clinician NPI | Type
M1        | 03/04/2024 9:00 AM | 03/04/2024 10:00 AM | Show      | 1234567893    | Group
M2        | 03/04/2024 9:00 AM | 03/04/2024 10:00 AM | NO-SHOW   | 1234567893    | Group
M3        | 03/04/2024 9:00 AM | 03/04/2024 10:00 AM | LateCancel| 1234567893    | Group
          | 03/04/2024 1:00 PM | 03/04/2024 2:00 PM  |           | 1234567893    | Lunch
          | 03/04/2024 3:00 PM | 03/04/2024 4:00 PM  |           | 1234567893    | Group
""",
        """
session_id | session_start_at | session_end_at | member_id | attendance_status | facilitator_npis
1234567893@2024-03-04 09:00 | 2024-03-04 09:00 | 2024-03-04 10:00 | M1 | attended    | 1234567893
1234567893@2024-03-04 09:00 | 2024-03-04 09:00 | 2024-03-04 10:00 | M2 | no_show     | 1234567893
1234567893@2024-03-04 09:00 | 2024-03-04 09:00 | 2024-03-04 10:00 | M3 | late_cancel | 1234567893
""",
    ),
    "appointments, second edition": (
        "appointments",
        """
Patient # | Appointment Date | Start Time | End Time | Appt Status        | Provider NPI | Co-Facilitator NPI | Group Name
M1        | 2024-03-04       | 09:00      | 10:00    | Checked Out        | 1234567893   | 1245319599         | Coping
M2        | 2024-03-04       | 09:00      | 10:00    | Client Canceled    | 1234567893   | 1245319599         | Coping
""",
        """
session_id | session_start_at | session_end_at | member_id | attendance_status | facilitator_npis | group_focus
1234567893;1245319599@2024-03-04 09:00 | 2024-03-04 09:00 | 2024-03-04 10:00 | M1 | attended  | 1234567893;1245319599 | Coping
1234567893;1245319599@2024-03-04 09:00 | 2024-03-04 09:00 | 2024-03-04 10:00 | M2 | cancelled | 1234567893;1245319599 | Coping
""",
    ),
    # Whichever of two clinicians comes first, and however the minute is written: one session.
    "appointments, third edition": (
        "appointments",
        """
Date                 | Start       | End      | MRN | Provider NPI | Co-Leader NPI | Status
3/4/2024 12:00:00 AM | 9:00:00 AM  | 10:00 AM | M1  | 1245319599   | 1234567893    | Fulfilled
45355                | 9 AM        | 1000     | M2  | 1234567893   | 1245319599    | Client No Show
3/4/2024             | 0.375       | 10:00    | M3  | 1234567893   | 1245319599    | Provider Canceled
""",
        """
session_id | session_start_at | session_end_at | member_id | attendance_status | facilitator_npis
1234567893;1245319599@2024-03-04 09:00 | 2024-03-04 09:00:00 | 2024-03-04 10:00 | M1 | attended  | 1245319599;1234567893
1234567893;1245319599@2024-03-04 09:00 | 2024-03-04 09:00    | 2024-03-04 10:00 | M2 | no_show   | 1234567893;1245319599
1234567893;1245319599@2024-03-04 09:00 | 2024-03-04 09:00    | 2024-03-04 10:00 | M3 | cancelled | 1234567893;1245319599
""",
    ),
    "appointments, moments under the name of times": (
        "appointments",
        """
Start Time           | End Time             | Client ID | Clinician NPI | Status
2024-03-04T09:00     | 2024-03-04T10:00     | M1        | 1234567893    | Show
3/4/2024 9:00 AM     | 3/4/2024 10:00 AM    | M2        | 1234567893    | Show
""",
        """
session_id | session_start_at | session_end_at | member_id | attendance_status | facilitator_npis
1234567893@2024-03-04 09:00 | 2024-03-04 09:00 | 2024-03-04 10:00 | M1 | attended | 1234567893
1234567893@2024-03-04 09:00 | 2024-03-04 09:00 | 2024-03-04 10:00 | M2 | attended | 1234567893
""",
    ),
    "attendance, first edition": (
        "attendance_export",
        """
Session ID | Session Start    | Participant ID | Attendance | Facilitator NPIs        | Group Size
S1         | 2024-03-04 09:00 | M1             | Present    | 1234567893, 1245319599  | 2
S1         | 2024-03-04 09:00 | M2             | Absent     | 1234567893, 1245319599  | 2
""",
        """
session_id | session_start_at | member_id | attendance_status | facilitator_npis | documented_group_size
S1 | 2024-03-04 09:00 | M1 | attended | 1234567893;1245319599 | 2
S1 | 2024-03-04 09:00 | M2 | no_show  | 1234567893;1245319599 | 2
""",
    ),
    "attendance, second edition": (
        "attendance_export",
        """
Group Event ID | Date     | Time In | Time Out | Client Number | Outcome | Leader NPI | Note Signed
S1             | 3/4/24   | 9:00 AM | 10:00 AM | 17.0          | Y       | 1234567893 | 3/4/24 11:05 AM
""",
        """
session_id | session_start_at | session_end_at | member_id | attendance_status | facilitator_npis | note_signed_at
S1 | 2024-03-04 09:00 | 2024-03-04 10:00 | 17 | attended | 1234567893 | 2024-03-04 11:05
""",
    ),
}


def cells_of(table: str) -> list[list[str]]:
    """The cells of a table that is drawn with pipes."""
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


def as_export(table: str, delimiter: str = ";") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(cells_of(table))
    return text.getvalue().encode()


@pytest.mark.parametrize("name", EXPORTS)
def test_both_editions_of_an_export_are_known_and_read(name: str, tmp_path: Path) -> None:
    expected, export, table = EXPORTS[name]
    path = tmp_path / "export.csv"
    path.write_bytes(as_export(export))
    header = table_header(path)
    assert header is not None
    assert (header.kind, header.native_table) == ("csv", None)
    profile = match_profile(header.columns, shipped_profiles())
    assert profile is not None
    assert profile.name == expected
    rows: list[dict[str, object]] = []
    with path.open("rb") as stream:
        for item in read_delimited(stream, "export.csv", profile=profile):
            if isinstance(item, RowBatch):
                known = CLAIM_LINE_COLUMNS if item.table == "claim_line" else ATTENDANCE_COLUMNS
                rows += [{column: item.columns[column][at] for column in known} for at in range(len(item))]
    columns, *lines = cells_of(table)
    assert [[row[column] or "" for column in columns] for row in rows] == lines
    assert all(row[column] is None for row in rows for column in row.keys() - set(columns))


def test_what_is_no_professional_claim_or_appointment_is_set_aside_with_its_reason() -> None:
    reasons = {}
    for name in ("Tuva, first edition", "appointments, first edition", "billing, first edition"):
        profile, export, _ = EXPORTS[name]
        items = list(read_delimited(io.BytesIO(as_export(export)), "e", profile=find_profile(profile)))
        rejects = [item for item in items if isinstance(item, RejectedRange)]
        assert {reject.kind for reject in rejects} == {RejectKind.OTHER_TRANSACTION}
        reasons[profile] = [(reject.reason_code, reject.charge_cents) for reject in rejects]
    assert reasons == {
        "tuva_medical_claim": [("other_claim_type", 90000)],
        "appointments": [("no_appointment", 0), ("no_client", 0)],
        "practice_management": [("total_row", 0)],
    }


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_a_shipped_profile_has_the_name_of_its_file(path: Path) -> None:
    assert find_profile(path.stem).name == path.stem
    assert f"`{path.name}`" in (SHIPPED / "README.md").read_text(encoding="utf-8")


def test_native_profiles_give_canonical_cells_back() -> None:
    header = "patient_control_number,claim_line_number,payer_id,member_id,billing_provider_npi,rendering_provider_npi,"
    header += "place_of_service_code,date_of_service,procedure_code,service_units,charge_amount,session_start_at,colour"
    line = f"P1,1,CTMCD,M1,{NPI},{NPI},11,2024-03-04,90853,1,40.25,2024-03-04 09:00,red"
    batch, totals = read_delimited(io.BytesIO(f"{header}\n{line}\n".encode()), "n", profile=find_profile("native"))
    assert isinstance(batch, RowBatch)
    given = dict(zip(header.split(","), line.split(","), strict=True))
    given.pop("colour")
    assert {name: batch.columns[name] for name in given} == {name: [value] for name, value in given.items()}
    assert isinstance(totals, FileTotals)


@pytest.mark.skipif(not RIF.is_file(), reason="the outside files lie in ../shared/data, which is not here")
def test_every_row_of_the_carrier_file_is_accounted_for() -> None:
    header = table_header(RIF)
    assert header is not None
    profile = match_profile(header.columns, shipped_profiles())
    assert profile is not None
    assert profile.name == "cms_rif_carrier"
    with RIF.open("rb") as stream:
        items = list(read_delimited(stream, RIF.name, profile=profile, batch_lines=50))
    lines = RIF.read_text(encoding="utf-8").splitlines()[1:]
    names = RIF.read_text(encoding="utf-8").splitlines()[0].split("|")
    charge_at, code_at = names.index("LINE_SBMTD_CHRG_AMT"), names.index("HCPCS_CD")
    totals = items[-1]
    assert isinstance(totals, FileTotals)
    assert totals.lines_in == len(lines) == 221
    assert totals.charge_in_cents == sum(parse_cents(line.split("|")[charge_at]) or 0 for line in lines)
    rejected = Counter(item.reason_code for item in items if isinstance(item, RejectedRange))
    assert rejected == {"no_procedure": 209}
    batches = [item for item in items if isinstance(item, RowBatch)]
    assert sum(map(len, batches)) == sum(1 for line in lines if line.split("|")[code_at]) == 12
    columns = {name: [cell for batch in batches for cell in batch.columns[name]] for name in CLAIM_LINE_COLUMNS}
    assert set(columns["payer_id"]) == {"MEDICARE"}
    assert set(columns["claim_frequency_code"]) == {"1"}
    assert columns["date_of_service"][0] == "2015-05-30"
    # The carrier gave no billing NPI; the organisation of the line stands in.
    assert columns["billing_provider_npi"][0] == "8888819926"


def test_life_cycle_of_a_carrier_claim() -> None:
    header = "DML_IND|BENE_ID|CLM_ID|FINAL_ACTION|NCH_CLM_TYPE_CD|CLM_FROM_DT|CLM_DISP_CD|CARR_CLM_BLG_NPI_NUM|LINE_NUM"
    header += "|PRF_PHYSN_NPI|LINE_SRVC_CNT|LINE_PLACE_OF_SRVC_CD|LINE_1ST_EXPNS_DT|HCPCS_CD|LINE_SBMTD_CHRG_AMT"
    line = f"INSERT|B1|C1|F|71|04-MAR-2024|1|{NPI}|1|{OTHER_NPI}|1|11|04-MAR-2024|90853|40.25"
    changes = [("INSERT", "INSERT"), ("INSERT", "UPDATE"), ("INSERT", "DELETE"), ("|F|", "|N|"), ("|71|", "|40|")]
    changes += [("2024|1|1", "2024|03|1")]
    content = "\n".join([header, *(line.replace(old, new) for old, new in changes)])
    items = list(read_delimited(io.BytesIO(content.encode()), "r", profile=find_profile("cms_rif_carrier")))
    codes = [item.reason_code for item in items if isinstance(item, RejectedRange)]
    assert codes == ["not_final_action", "other_claim_type", "cancelled_claim"]
    (batch,) = [item for item in items if isinstance(item, RowBatch)]
    assert batch.columns["claim_frequency_code"] == ["1", "7", "8"]
