"""Remittances on their way into the warehouse: payments once, lines matched to claims, balances told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from claims_audit.intake.lifecycle import resolve_payments
from claims_audit.intake.load import accept_pending, withdraw_pending

Row = dict[str, str]
Desk = Any

NPI = "1234567893"


def remittance(*claims: str, paid: str = "27.63", trace: str = "CHECK1", plb: str = "", day: str = "20240401") -> bytes:
    """An 835 of one payment; claims are segments of CLP loops, each segment closed by a tilde."""
    body = (
        f"BPR*I*{paid}*C*ACH************{day}~TRN*1*{trace}*1999999999~DTM*405*{day}~"
        f"N1*PR*OUR PLAN*XV*CTMCD~N1*PE*PRACTICE*XX*{NPI}~LX*1~{''.join(claims)}{plb}"
    )
    count = body.count("~") + 2
    return (
        "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PRACTICE       *240401*1200*^*00501*000000001*0*P*:~"
        f"GS*HP*PAYER*PRACTICE*{day}*1200*1*X*005010X221A1~ST*835*0001~{body}SE*{count}*0001~GE*1*1~IEA*1*000000001~"
    ).encode()


def clp(
    number: str = "PCN1",
    status: str = "1",
    charge: str = "40.25",
    paid: str = "27.63",
    icn: str = "ICN1",
    lines: Sequence[str] = (),
) -> str:
    return f"CLP*{number}*{status}*{charge}*{paid}**12*{icn}*11*1~NM1*QC*1******MI*M1~{''.join(lines)}"


def svc(code: str = "90853", charge: str = "40.25", paid: str = "27.63", cas: str = "", ref: str = "") -> str:
    control = f"REF*6R*{ref}~" if ref else ""
    return f"SVC*HC:{code}*{charge}*{paid}**1~DTM*472*20240304~{cas}{control}"


CO = "CAS*CO*45*12.62~"


def matches(desk: Desk) -> list[tuple[Any, ...]]:
    resolve_payments(desk.con)
    return desk.rows(
        "select claim_line_number, basis_code from remittance_claim_line "
        "left join claim_line using (claim_line_id) order by remittance_line_id"
    )


def test_a_payment_is_stored_with_its_lines_and_adjustments(desk: Desk) -> None:
    cas = "CAS*CO*45*12.62~CAS*PR*2*5.00**3*1.00~"
    content = remittance(
        clp(paid="21.63", lines=[svc(paid="21.63", cas=cas)]), paid="20.63", plb=f"PLB*{NPI}*20241231*WO:77*1~"
    )
    report = desk.deliver("a.835", content)
    assert (report.format, report.lines_in, report.lines["loaded"], report.cents["loaded"]) == ("835", 1, 1, 4025)
    assert report.warnings == {}
    assert desk.rows(
        "select trace_number, payee_npi, cast(payment_amount as varchar), balance_faults from remittance"
    ) == [("CHECK1", NPI, "20.63", None)]
    assert desk.rows(
        "select level_code, group_code, adjustment_reason_code, cast(adjustment_amount as varchar) "
        "from remittance_adjustment order by adjustment_number"
    ) == [("line", "CO", "45", "12.62"), ("line", "PR", "2", "5.00"), ("line", "PR", "3", "1.00")]
    assert desk.rows("select adjustment_reason_code, adjustment_reference from provider_adjustment") == [("WO", "77")]


def test_lines_find_their_claim_whichever_comes_first(desk: Desk, claim: Callable[..., Row]) -> None:
    desk.deliver("a.835", remittance(clp(lines=[svc(cas=CO)])))
    assert matches(desk) == [(None, "none")]
    desk.deliver("a.csv", [claim()])
    assert matches(desk) == [(1, "claim_number")]


def test_the_report_says_how_lines_were_matched(desk: Desk, claim: Callable[..., Row]) -> None:
    rows = [claim(), claim(claim_line_number=2, procedure_code="90834", charge_amount="90", line_control_number="L2")]
    desk.deliver("a.csv", rows)
    paid = clp(charge="130.25", paid="77.63", lines=[svc(cas=CO), svc("90834", "90", "50", "CAS*CO*45*40~", "L2")])
    stranger = clp(number="X", charge="7", paid="7", lines=[svc(charge="7", paid="7")])
    report = desk.deliver("a.835", remittance(paid, stranger, paid="84.63"))
    assert report.matches == {"claim_number": 1, "line_control_number": 1, "none": 1}


def test_the_same_payment_again_is_a_duplicate_in_this_file_and_in_the_next(desk: Desk) -> None:
    once = remittance(clp(lines=[svc(cas=CO)]), plb="PLB*1*20241231*CV*0~")
    report = desk.deliver("a.835", once + once.replace(b"000000001", b"000000002"))
    assert (report.lines["loaded"], report.lines["duplicate"]) == (1, 1)
    report = desk.deliver("b.835", once.replace(b"1200*^", b"1201*^"))
    assert (report.lines["loaded"], report.lines["duplicate"]) == (0, 1)
    assert desk.rows("select count(*) from remittance") == [(1,)]
    assert desk.rows("select count(*) from provider_adjustment") == [(1,)]


def test_two_alike_services_of_one_payment_are_two(desk: Desk) -> None:
    both = remittance(clp(charge="80.50", paid="55.26", lines=[svc(cas=CO), svc(cas=CO)]), paid="55.26")
    assert desk.deliver("a.835", both).lines["loaded"] == 2
    assert desk.deliver("b.835", both + b"\n").lines["duplicate"] == 2


@pytest.mark.parametrize(
    ("content", "faults"),
    [
        (remittance(clp(lines=[svc()])), "service_payment_mismatch;claim_payment_mismatch"),
        (remittance(clp(lines=[svc(cas=CO)]), paid="27.64"), "payment_total_mismatch"),
        (remittance(clp(paid="27.60", lines=[svc(cas=CO)]), paid="27.60"), "claim_payment_mismatch"),
        (remittance(clp(lines=[svc(cas=CO)])), None),
    ],
)
def test_what_does_not_balance_is_told_of_the_file_and_loaded(desk: Desk, content: bytes, faults: str | None) -> None:
    report = desk.deliver("a.835", content)
    assert report.lines["loaded"] == 1
    (found,) = desk.rows("select balance_faults from remittance")[0]
    assert set((found or "").split(";")) == set((faults or "").split(";"))
    assert set(report.warnings) >= set(faults.split(";") if faults else ())


def test_a_delivery_that_is_taken_out_again_takes_its_payments_with_it(desk: Desk, claim: Callable[..., Row]) -> None:
    desk.deliver("a.csv", [claim()])
    accept_pending(desk.con, desk.run_id)
    desk.deliver("a.835", remittance(clp(lines=[svc(cas=CO)])))
    assert withdraw_pending(desk.con) == ["a.835"]
    for table in (
        "remittance",
        "remittance_line",
        "remittance_adjustment",
        "provider_adjustment",
        "remittance_claim_line",
    ):
        assert desk.rows(f"select count(*) from {table}") == [(0,)], table


def test_a_bad_header_costs_no_claim(desk: Desk) -> None:
    content = remittance(clp(lines=[svc(cas=CO)])).replace(b"TRN*1*CHECK1", b"TRN*1*\x07")
    report = desk.deliver("a.835", content)
    assert report.lines["loaded"] == 1 and report.warnings["remittance_value_unreadable"] == 1
    assert desk.rows("select trace_number from remittance") == [(None,)]


def test_a_file_of_claims_and_remittances_keeps_both(desk: Desk, claim: Callable[..., Row]) -> None:
    desk.deliver("a.csv", [claim()])
    report = desk.deliver("a.835", remittance(clp(lines=[svc(cas=CO)])).replace(b"~", b"~\r\n"))
    assert report.segment_counts["CLP"] == 1 and report.lines["loaded"] == 1
    assert report.records_in == 17
