"""What names of published files tell."""

from __future__ import annotations

from datetime import date

import pytest

from claims_audit.reference.naming import NameFacts, facts_of, quarter_end


@pytest.mark.parametrize(
    ("name", "kind", "program", "setting", "start", "end", "part"),
    [
        ("ccipra-v313r0-f1.TXT", "ncci-ptp", "medicare", "practitioner", (2025, 10, 1), (2025, 12, 31), "f1"),
        ("ccipra-v320r0-f4.xlsx", "ncci-ptp", "medicare", "practitioner", (2026, 1, 1), (2026, 3, 31), "f4"),
        ("ccioph-v203r1-f2.txt", "ncci-ptp", "medicare", "outpatient_hospital", (2014, 10, 1), (2014, 12, 31), "f2"),
        ("ccioph-v321r0-f3.zip", "ncci-ptp", "medicare", "outpatient_hospital", (2026, 4, 1), (2026, 6, 30), "f3"),
        ("ccipra-v324r0-f1.txt", "ncci-ptp", "medicare", "practitioner", None, None, "f1"),
        ("ccioph-v183r0.txt", "ncci-ptp", "medicare", "outpatient_hospital", None, None, None),
        (
            "medicaid-ncci-q2-2026-ptp-edits-practitioner-services.zip",
            *("ncci-ptp", "medicaid", "practitioner", (2026, 4, 1), (2026, 6, 30), None),
        ),
        (
            "medicaid-ncci-2026-q3-ptp-edits-outpatient-hospital-services.zip",
            *("ncci-ptp", "medicaid", "outpatient_hospital", (2026, 7, 1), (2026, 9, 30), None),
        ),
        (
            "MCR_MUE_PractitionerServices_Eff_10-01-2025.csv",
            *("ncci-mue", "medicare", "practitioner", (2025, 10, 1), (2025, 12, 31), None),
        ),
        (
            "MCR_MUE_OutpatientHospitalServices_Eff_07-01-2024.xlsx",
            *("ncci-mue", "medicare", "outpatient_hospital", (2024, 7, 1), (2024, 9, 30), None),
        ),
        (
            "MCD_MUE_Practitioner_Eff_01-01-2025.csv",
            "ncci-mue",
            "medicaid",
            "practitioner",
            (2025, 1, 1),
            (2025, 3, 31),
            None,
        ),
        (
            "MCR_MUE_DMESupplierServices_Eff_10-01-2025.csv",
            "ncci-mue",
            "medicare",
            "supplier",
            (2025, 10, 1),
            (2025, 12, 31),
            None,
        ),
        ("MCR_MUE_PractitionerServices_Eff_13-01-2025.csv", "ncci-mue", "medicare", "practitioner", None, None, None),
        ("AOC_V2025Q4_01-MCR.txt", "ncci-addon", "medicare", None, (2025, 10, 1), (2025, 12, 31), None),
        ("AOC_V2026Q2-F-MCR.txt", "ncci-addon", "medicare", None, (2026, 4, 1), (2026, 6, 30), None),
        (
            "add-code-edits-medicare-effective-07012024.zip",
            "ncci-addon",
            "medicare",
            None,
            (2024, 7, 1),
            (2024, 9, 30),
            None,
        ),
        ("PPRRVU24_JUL.csv", "pfs", None, None, (2024, 7, 1), (2024, 12, 31), None),
        ("PPRRVU2026_Oct_nonQPP.csv", "pfs", None, None, (2026, 10, 1), (2026, 12, 31), None),
        ("rvu25a.zip", "pfs", None, None, (2025, 1, 1), (2025, 12, 31), None),
        ("icd10cm-order-2025.txt", "icd10", None, None, (2024, 10, 1), (2025, 9, 30), None),
        ("icd10cm-codes-April-1-2026.txt", "icd10", None, None, (2026, 4, 1), (2026, 9, 30), None),
        ("icd10cm.txt", "icd10", None, None, None, None, None),
        ("fees.csv", None, None, None, None, None, None),
    ],
)
def test_facts(
    name: str,
    kind: str | None,
    program: str | None,
    setting: str | None,
    start: tuple[int, int, int] | None,
    end: tuple[int, int, int] | None,
    part: str | None,
) -> None:
    days = (date(*start) if start else None, date(*end) if end else None)
    assert facts_of(name) == NameFacts(kind, program, setting, *days, part)  # type: ignore[arg-type]


def test_archive_tells_what_the_table_in_it_does_not() -> None:
    facts = facts_of("medicaid-ncci-q2-2026-ptp-edits-practitioner-services.zip!edits.txt")
    assert (facts.kind, facts.program, facts.setting) == ("ncci-ptp", "medicaid", "practitioner")
    assert facts.valid_from == date(2026, 4, 1)
    inner = facts_of("medicaid-q2-2026.zip!ccipra-v313r0-f1.TXT")
    assert (inner.program, inner.valid_from) == ("medicare", date(2025, 10, 1))


@pytest.mark.parametrize(("month", "end"), [(1, (3, 31)), (3, (3, 31)), (4, (6, 30)), (9, (9, 30)), (12, (12, 31))])
def test_quarter_end(month: int, end: tuple[int, int]) -> None:
    assert quarter_end(date(2025, month, 1)) == date(2025, *end)
