"""What is new, missing or renamed since the last delivery of the same kind is told by name."""

from __future__ import annotations

from typing import Any

FIRST = b"""Claim #,Line,Patient ID,Payer,DOS,CPT,Mods,Units,Charge,Rendering NPI,Billing NPI,POS,Note
1001,1,M1,CTMCD,03/04/2024,90853,,1,40.25,1234567893,1234567893,11,x
"""
SECOND = b"""Room,Claim #,Line,Patient ID,Payer,Date of Service,CPT,Modifiers,Units,Charge,Rendering NPI,Billing NPI,POS
x,1002,1,M1,CTMCD,03/05/2024,90853,,1,40.25,1234567893,1234567893,11
"""


def test_changes_of_an_export_are_told_by_name(desk: Any) -> None:
    assert desk.deliver("a.csv", FIRST).column_changes == []
    report = desk.deliver("b.csv", SECOND)
    assert (report.profile, report.lines["loaded"]) == ("practice_management", 1)
    assert sorted(report.column_changes) == [
        "column DOS is now called Date of Service, compared with a.csv",
        "column Mods is now called Modifiers, compared with a.csv",
        "column Note is missing, compared with a.csv",
        "column Room is new, compared with a.csv",
    ]
    assert set(report.column_changes) <= {alert.removeprefix("b.csv: ") for alert in report.alerts}


def test_the_same_columns_again_are_no_change(desk: Any, claim: Any) -> None:
    desk.deliver("a.csv", [claim()])
    assert desk.deliver("b.csv", [claim(patient_control_number="P2")]).column_changes == []


def test_a_file_that_is_refused_for_its_columns_tells_what_changed(desk: Any) -> None:
    desk.deliver("a.csv", FIRST)
    report = desk.deliver("b.csv", FIRST.replace(b",CPT,", b",Zzz,").replace(b"1001", b"1002"))
    assert (report.status, report.lines["loaded"]) == ("refused", 0)
    assert "column CPT is missing, compared with a.csv" in report.column_changes
    assert any("CPT" in alert for alert in report.alerts)
