"""The 835 reader: samples from elsewhere, made-up remittances for each loop, broken files, what must always hold."""

from __future__ import annotations

import csv
import io
import random
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import BinaryIO, NamedTuple, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims_audit.model import (
    POSITION_COLUMNS,
    REMITTANCE_LINE_REQUIRED,
    TABLE_COLUMNS,
    FileTotals,
    RejectedRange,
    RejectKind,
    RowBatch,
)
from claims_audit.readers.x12.faults import MAX_LINES_PER_CLAIM
from claims_audit.readers.x12.professional_claim import read_professional_claims
from claims_audit.readers.x12.remittance_faults import MAX_ADJUSTMENTS_PER_CLAIM
from claims_audit.readers.x12.transactions import read_x12, x12_format
from claims_audit.warning_texts import WARNING_TEXTS
from tests.readers import test_professional_claim as professional

SHARED = professional.SHARED
needs_samples = professional.needs_samples

Row = dict[str, object]
LINE_TABLES = ("claim_line", "remittance_line")


class Outcome(NamedTuple):
    tables: dict[str, list[Row]]
    rejects: list[RejectedRange]
    totals: FileTotals

    @property
    def lines(self) -> list[Row]:
        return self.tables["remittance_line"]

    @property
    def payment(self) -> Row:
        (payment,) = self.tables["remittance"]
        return payment

    @property
    def adjustments(self) -> list[Row]:
        return self.tables["provider_adjustment"]

    @property
    def codes(self) -> list[str]:
        return [reject.reason_code for reject in self.rejects]


def cents(amount: object) -> int:
    return int(Decimal(str(amount)) * 100)


def read(text: str | bytes, batch_lines: int = 20_000) -> Outcome:
    """Reads a file and asserts what must hold for any."""
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    *parts, totals = read_x12(io.BytesIO(data), batch_lines=batch_lines)
    assert isinstance(totals, FileTotals)
    tables: dict[str, list[Row]] = {name: [] for name in (*LINE_TABLES, "remittance", "provider_adjustment")}
    rejects = []
    for part in parts:
        if isinstance(part, RejectedRange):
            rejects.append(part)
            continue
        assert isinstance(part, RowBatch)
        assert tuple(part.columns) == TABLE_COLUMNS[part.table] + POSITION_COLUMNS
        assert {len(values) for values in part.columns.values()} == {len(part)}
        assert 0 < len(part) <= batch_lines
        tables[part.table] += [
            dict(zip(part.columns, row, strict=True)) for row in zip(*part.columns.values(), strict=True)
        ]
    lines = [line for table in LINE_TABLES for line in tables[table]]
    assert totals.lines_in == len(lines) + sum(reject.line_count for reject in rejects)
    loaded_cents = sum(cents(line["charge_amount"]) for line in lines)
    assert totals.charge_in_cents == loaded_cents + sum(reject.charge_cents for reject in rejects)
    assert all(reject.line_count >= 0 for reject in rejects)
    rows = [row for table in tables.values() for row in table]
    ranges = sorted(
        [(row["byte_start"], row["byte_end"]) for row in rows] + [(r.byte_start, r.byte_end) for r in rejects]
    )
    ends = [0, *(cast(int, end) for _, end in ranges)]
    assert all(end <= cast(int, start) <= cast(int, stop) for end, (start, stop) in zip(ends, ranges, strict=False))
    assert ends[-1] <= len(data)
    positions = [payment["remittance_position"] for payment in tables["remittance"]]
    assert len(set(positions)) == len(positions)
    assert {row["remittance_position"] for row in (*tables["remittance_line"], *tables["provider_adjustment"])} <= set(
        positions
    )
    assert all(line[name] is not None for line in tables["remittance_line"] for name in REMITTANCE_LINE_REQUIRED)
    assert set(totals.warnings) <= set(WARNING_TEXTS)
    return Outcome(tables, rejects, totals)


# Made-up files, put together from parts that the tests replace one at a time.
ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*PRACTICE       *240209*0800*^*00501*000000001*0*P*:~"
GS = "GS*HP*PAYER*PRACTICE*20240209*0800*1*X*005010X221A1~"
HEADER = (
    "BPR*I*95*C*ACH*CCP*01*1*DA*2*1000000001**01*1*DA*3*20240208~TRN*1*T1*1999999999~REF*EV*R1~DTM*405*20240207~"
    "N1*PR*ELM PLAN*XV*P1~N3*1 ELM ST~N4*ELM*CT*06001~REF*2U*P2~PER*BL*ANN ROE*TE*8000000000~"
    "N1*PE*ELM PRACTICE*XX*1000000004~REF*TJ*123456789~"
)
CLAIM = (
    "LX*1~CLP*A1*1*100*70*20*HM*ICN1*11*1~CAS*CO*45*5~NM1*QC*1*ROE*ANN****MI*M1~NM1*IL*1*ROE*JO****MI*M9~"
    "NM1*74*1*ROE*ANNA****C*M8~NM1*82*1*DOE*JAN****XX*1000000012~MOA***MA01*MA18~REF*F8*ICN0~DTM*232*20240101~"
    "DTM*233*20240131~AMT*AU*100~QTY*CA*1~"
)
SERVICE = (
    "SVC*HC:90853:HQ:95*60*40**1~DTM*472*20240105~CAS*PR*3*20**45*0*2~REF*6R*L1~REF*HPI*1000000020~AMT*B6*60~"
    "LQ*HE*N130~LQ*HE*M15~LQ*RX*99~"
)
SERVICE_2 = "SVC*HC:90837*40*35**1~DTM*150*20240108~DTM*151*20240109~CAS*CO*45*5~"
# The claim's own CO 45 of 5 comes off the sum of its services: 75 - 5 = 70.
BARE_CLAIM = "CLP*B1*4*25*0**HM*ICN2~CAS*CO*29*25~NM1*QC*1*FIR*LEE****MI*M2~DTM*232*20240111~DTM*233*20240111~"
PLB = "PLB*1000000004*20241231*WO:ICN9*-30*FB:T0*5~"
END = "GE*1*1~IEA*1*000000001~"


def transaction(*body: str, number: str = "0001", kind: str = "835") -> str:
    text = "".join(body)
    return f"ST*{kind}*{number}~{text}SE*{text.count('~') + 2}*{number}~"


def file_of(*transactions: str, gs: str = GS) -> str:
    return ISA + gs + "".join(transactions) + END.replace("GE*1", f"GE*{len(transactions)}")


def file_with(*claims: str, header: str = HEADER) -> str:
    return file_of(transaction(header, *claims))


GOOD = file_with(CLAIM, SERVICE, SERVICE_2, BARE_CLAIM, PLB)


def replaced(old: str, new: str, text: str = GOOD) -> str:
    """Replaces and counts the segments anew, so that only what is asked for is wrong."""
    assert old in text
    text = text.replace(old, new)
    body = text[text.index("ST*835") : text.index("SE*")]
    return text.replace(text[text.index("SE*") : text.index("*0001~GE")], f"SE*{body.count('~') + 1}")


def filled(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def cut(text: str, row: Row) -> str:
    return text[cast(int, row["byte_start"]) : cast(int, row["byte_end"])]


def test_a_good_file_gives_every_column_and_no_finding() -> None:
    outcome = read(GOOD)
    assert outcome.rejects == []
    assert outcome.totals.warnings == {"date_range": 1}
    assert outcome.totals.segment_counts == {
        "ISA": 1,
        "GS": 1,
        "ST": 1,
        "CLM": 0,
        "SV1": 0,
        "CLP": 2,
        "SVC": 2,
        "CAS": 4,
        "PLB": 1,
    }
    assert outcome.totals.records_in == GOOD.count("~")
    assert (outcome.totals.lines_in, outcome.totals.charge_in_cents) == (3, 12_500)
    position = str(GOOD.index("ST*835"))
    assert filled(outcome.payment) == {
        "remittance_position": position,
        "payer_id": "P1",
        "payer_name": "ELM PLAN",
        "payee_npi": "1000000004",
        "payee_tax_id": "123456789",
        "trace_number": "T1",
        "payer_trace_id": "1999999999",
        "payment_method_code": "ACH",
        "payment_date": "2024-02-08",
        "payment_amount": "95.00",
        "claim_paid_amount": "70.00",
        "provider_adjustment_amount": "-25.00",
        "claim_count": "2",
        "byte_start": GOOD.index("ST*835"),
        "byte_end": GOOD.index("LX*1"),
    }
    first, second, bare = outcome.lines
    claim_part = {
        "remittance_position": position,
        "remittance_claim_position": str(GOOD.index("CLP*A1")),
        "claim_position": GOOD.index("CLP*A1"),
        "patient_control_number": "A1",
        "payer_claim_control_number": "ICN1",
        "original_payer_claim_control_number": "ICN0",
        "claim_status_code": "1",
        "claim_frequency_code": "1",
        "claim_filing_code": "HM",
        "claim_charge_amount": "100.00",
        "claim_paid_amount": "70.00",
        "claim_patient_amount": "20.00",
        "claim_adjustments": "CO:45:5.00:",
        "claim_remark_codes": "MA01;MA18",
        "member_id": "M1",
        "place_of_service_code": "11",
    }
    assert filled(first) == claim_part | {
        "remittance_line_number": "1",
        "rendering_provider_npi": "1000000020",
        "line_control_number": "L1",
        "date_of_service": "2024-01-05",
        "procedure_code": "90853",
        "modifier_1": "HQ",
        "modifier_2": "95",
        "paid_procedure_code": "90853",
        "paid_modifiers": "HQ:95",
        "service_units": "1",
        "paid_units": "1",
        "charge_amount": "60.00",
        "allowed_amount": "60.00",
        "paid_amount": "40.00",
        "adjustments": "PR:3:20.00:;PR:45:0.00:2",
        "remark_codes": "N130;M15",
        "byte_start": GOOD.index("SVC*HC:90853"),
        "byte_end": GOOD.index("SVC*HC:90837"),
    }
    assert filled(second) == claim_part | {
        "remittance_line_number": "2",
        "rendering_provider_npi": "1000000012",
        "date_of_service": "2024-01-08",
        "date_of_service_through": "2024-01-09",
        "procedure_code": "90837",
        "paid_procedure_code": "90837",
        "service_units": "1",
        "paid_units": "1",
        "charge_amount": "40.00",
        "paid_amount": "35.00",
        "adjustments": "CO:45:5.00:",
        "byte_start": GOOD.index("SVC*HC:90837"),
        "byte_end": GOOD.index("CLP*B1"),
    }
    assert filled(bare) == {
        "remittance_position": position,
        "remittance_claim_position": str(GOOD.index("CLP*B1")),
        "claim_position": GOOD.index("CLP*B1"),
        "remittance_line_number": "0",
        "patient_control_number": "B1",
        "payer_claim_control_number": "ICN2",
        "claim_status_code": "4",
        "claim_filing_code": "HM",
        "claim_charge_amount": "25.00",
        "claim_paid_amount": "0.00",
        "claim_adjustments": "CO:29:25.00:",
        "member_id": "M2",
        "date_of_service": "2024-01-11",
        "charge_amount": "25.00",
        "paid_amount": "0.00",
        "byte_start": GOOD.index("CLP*B1"),
        "byte_end": GOOD.index("PLB*"),
    }
    assert [filled(row) for row in outcome.adjustments] == [
        {
            "remittance_position": position,
            "provider_id": "1000000004",
            "fiscal_period_date": "2024-12-31",
            "adjustment_reason_code": "WO",
            "adjustment_reference": "ICN9",
            "adjustment_amount": "-30.00",
            "byte_start": GOOD.index("PLB*"),
            "byte_end": GOOD.index("FB:T0"),
        },
        {
            "remittance_position": position,
            "provider_id": "1000000004",
            "fiscal_period_date": "2024-12-31",
            "adjustment_reason_code": "FB",
            "adjustment_reference": "T0",
            "adjustment_amount": "5.00",
            "byte_start": GOOD.index("FB:T0"),
            "byte_end": GOOD.index("SE*"),
        },
    ]


def test_names_and_addresses_stay_in_the_file() -> None:
    values = {str(value).upper() for rows in read(GOOD).tables.values() for row in rows for value in row.values()}
    assert not any(word in value for value in values for word in ("ROE", "ANN", "ELM ST", "8000000000"))


def test_batches_hold_at_most_the_lines_asked_for() -> None:
    assert len(read(file_with(*[CLAIM + SERVICE + SERVICE_2] * 5), batch_lines=3).lines) == 10


def test_only_the_professional_reader_leaves_remittances_out() -> None:
    *parts, totals = read_professional_claims(io.BytesIO(GOOD.encode()))
    (reject,) = parts
    assert isinstance(reject, RejectedRange) and isinstance(totals, FileTotals)
    assert (reject.kind, reject.line_count, reject.charge_cents) == (RejectKind.OTHER_TRANSACTION, 3, 12_500)
    assert "remittance advice (835)" in reject.reason


# --- separators, guides, mixed files


@pytest.mark.parametrize("marks", ["|>_'", "~^U_", "\x1d\x1f\x1e\x1c", "*:^\n", "*;^~"])
def test_separators_come_from_the_isa(marks: str) -> None:
    other = GOOD.translate(str.maketrans(dict(zip("*:^~", marks, strict=True))))
    assert read(other).tables == read(GOOD).tables
    assert read(other).totals.warnings == {"date_range": 1}


def test_many_interchanges_each_with_its_separators() -> None:
    other = GOOD.translate(str.maketrans("*:^~", "|>_'"))
    outcome = read(GOOD + "\r\n" + other)
    assert (len(outcome.tables["remittance"]), len(outcome.lines), len(outcome.adjustments)) == (2, 6, 4)
    assert outcome.totals.segment_counts["ISA"] == 2


@pytest.mark.parametrize("mark", [">", ";", "|", "^"])
def test_composites_with_another_separator_than_the_isa_tells_are_read_with_a_warning(mark: str) -> None:
    text = GOOD
    for composite in ("HC:90853:HQ:95", "HC:90837", "WO:ICN9"):
        text = text.replace(composite, composite.replace(":", mark))
    outcome = read(text)
    assert [line["procedure_code"] for line in outcome.lines] == ["90853", "90837", None]
    assert outcome.lines[0]["modifier_2"] == "95"
    assert outcome.adjustments[0]["adjustment_reference"] == "ICN9"
    assert outcome.totals.warnings == {"date_range": 1, "component_separator_mismatch": 3}


@pytest.mark.parametrize("guide", ["005010X221A1", "005010X221", "004010X091A1", "004010X091"])
def test_guides_that_are_read(guide: str) -> None:
    text = GOOD.replace("005010X221A1", guide)
    assert len(read(text if guide[:3] == "005" else text.replace("*^*00501*", "*U*00401*")).lines) == 3


@pytest.mark.parametrize("guide", ["005010X222A1", "005010X221A9", "004010X061", "", "005010"])
def test_an_835_of_another_guide_is_another_transaction(guide: str) -> None:
    outcome = read(GOOD.replace("005010X221A1", guide))
    (reject,) = outcome.rejects
    assert (reject.kind, reject.line_count, reject.charge_cents) == (RejectKind.OTHER_TRANSACTION, 3, 12_500)
    assert outcome.tables["remittance"] == []


MIXED = file_of(
    transaction(HEADER, CLAIM, SERVICE, SERVICE_2, PLB.replace("-30", "-20"), number="0001"),
    transaction("BHT*0022~", number="0002", kind="270"),
) + professional.file_with(professional.CLAIM, professional.LINE, professional.LINE_2)


def test_claims_and_remittances_may_stand_in_one_file() -> None:
    outcome = read(MIXED)
    assert {table: len(rows) for table, rows in outcome.tables.items()} == {
        "claim_line": 2,
        "remittance_line": 2,
        "remittance": 1,
        "provider_adjustment": 2,
    }
    assert [(r.kind, r.reason_code) for r in outcome.rejects] == [(RejectKind.OTHER_TRANSACTION, "other_transaction")]
    assert outcome.totals.segment_counts["CLM"] == outcome.totals.segment_counts["CLP"] == 1


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (GOOD, "835"),
        (GOOD[:300], "835"),
        (MIXED, "835"),
        (professional.GOOD, "837p"),
        (professional.GOOD + GOOD, "837p"),
        ("\ufeffremittances of May\n" + GOOD.translate(str.maketrans("*:^~", "|>_'")), "835"),
        (GOOD.replace("ST*835", "ST*270"), "837p"),
        (GOOD[:106], "837p"),
        ("", "837p"),
        ("no X12", "837p"),
    ],
)
def test_a_file_is_named_by_its_first_transaction(head: str, expected: str) -> None:
    assert x12_format(head.encode()) == expected


# --- the payment


@pytest.mark.parametrize(
    ("old", "new", "column", "value", "warnings"),
    [
        ("*XV*P1~", "~", "payer_id", "P2", {}),
        ("*XV*P1~N3*1 ELM ST~N4*ELM*CT*06001~REF*2U*P2~", "~REF*NF*12345~", "payer_id", "12345", {}),
        (
            "*XV*P1~N3*1 ELM ST~N4*ELM*CT*06001~REF*2U*P2~",
            "~",
            "payer_id",
            "1999999999",
            {"payer_from_trace": 1},
        ),
        ("*20240208~", "~", "payment_date", "2024-02-07", {}),
        ("*20240208~", "*20242308~", "payment_date", "2024-02-07", {"remittance_value_unreadable": 1}),
        (
            "*20240208~TRN*1*T1*1999999999~REF*EV*R1~DTM*405*20240207~",
            "*x~TRN*1*T1*1999999999~DTM*405*x~",
            "payment_date",
            None,
            {"remittance_value_unreadable": 2},
        ),
        ("TRN*1*T1*", "TRN*1**", "trace_number", None, {"remittance_value_unreadable": 1}),
        ("BPR*I*95*", "BPR*I*9S*", "payment_amount", None, {"remittance_value_unreadable": 1}),
        ("BPR*I*95*", "BPR*I**", "payment_amount", None, {"remittance_value_unreadable": 1}),
        ("XX*1000000004~REF*TJ*123456789~", "FI*123456780~", "payee_tax_id", "123456780", {}),
        ("XX*1000000004~REF*TJ*123456789~", "FI*123456780~", "payee_npi", None, {}),
        ("N1*PE*ELM PRACTICE*XX*1000000004~", "ZZZ*1~", "payee_npi", None, {"remittance_value_unreadable": 1}),
    ],
)
def test_what_the_header_says(old: str, new: str, column: str, value: str | None, warnings: dict[str, int]) -> None:
    outcome = read(replaced(old, new))
    assert (outcome.payment[column], outcome.rejects, len(outcome.lines)) == (value, [], 3)
    assert outcome.totals.warnings == {"date_range": 1} | warnings
    judged = None if outcome.payment["payment_amount"] else "not_judged"
    assert outcome.payment["balance_faults"] == judged


def test_all_pairs_of_a_plb_are_read() -> None:
    pairs = [(f"W{n}:REF{n}", f"{n}.5") for n in range(1, 7)]
    text = replaced(PLB, "PLB*9*20241231*" + "*".join("*".join(pair) for pair in pairs) + "~PLB*8*x*72*-46.5~")
    outcome = read(text)
    kept = [(row["adjustment_reason_code"], row["adjustment_amount"]) for row in outcome.adjustments]
    assert kept == [*((f"W{n}", f"{n}.50") for n in range(1, 7)), ("72", "-46.50")]
    assert (outcome.adjustments[6]["adjustment_reference"], outcome.adjustments[6]["fiscal_period_date"]) == (
        None,
        None,
    )
    assert "".join(cut(text, row) for row in outcome.adjustments) == text[text.index("PLB") : text.index("SE*")]
    assert outcome.payment["provider_adjustment_amount"] == "-22.50"
    assert outcome.totals.warnings == {
        "date_range": 1,
        "remittance_value_unreadable": 1,
        "payment_total_mismatch": 1,
    }


# --- claims and services


def test_a_reversal_and_its_correction_keep_their_signs() -> None:
    reversal = "LX*2~CLP*A1*22*-100*-60**HM*ICN1*11*1~CAS*CO*45*-40~NM1*QC*1*ROE*ANN****MI*M1~REF*F8*ICN0~"
    reversal += "SVC*HC:90853*-100*-100**-2~DTM*472*20240105~"
    correction = "CLP*A1*1*100*55*5*HM*ICN3*11*7~CAS*CO*45*40~NM1*QC*1*ROE*ANN****MI*M1~REF*1K*ICN1~"
    correction += "SVC*HC:90853*100*95**1**2~DTM*472*20240105~CAS*PR*3*5~"
    text = file_with(reversal, correction, header=HEADER.replace("BPR*I*95", "BPR*I*-5"))
    outcome = read(text)
    assert (outcome.rejects, outcome.totals.warnings) == ([], {})
    names = ("claim_status_code", "claim_frequency_code", "charge_amount", "paid_amount", "paid_units", "service_units")
    assert [[line[name] for name in names] for line in outcome.lines] == [
        ["22", "1", "-100.00", "-100.00", "-2", "-2"],
        ["1", "7", "100.00", "95.00", "1", "2"],
    ]
    assert [line["original_payer_claim_control_number"] for line in outcome.lines] == ["ICN0", "ICN1"]
    assert outcome.lines[0]["claim_adjustments"] == "CO:45:-40.00:"
    assert outcome.payment["claim_paid_amount"] == "-5.00"
    assert (outcome.totals.charge_in_cents, outcome.payment["balance_faults"]) == (0, None)


@pytest.mark.parametrize("status", ["1", "2", "3", "4", "5", "19", "20", "21", "22", "23", "25", "ZZ"])
def test_any_status_code_is_kept(status: str) -> None:
    assert read(replaced("CLP*A1*1*", f"CLP*A1*{status}*")).lines[0]["claim_status_code"] == status


def test_what_was_submitted_goes_before_what_was_decided() -> None:
    outcome = read(replaced("SVC*HC:90837*40*35**1~", "SVC*HC:90834:AJ*40*35**1*hc:90837:95:GT:59:HO:A NOTE*2~"))
    line = outcome.lines[1]
    assert [line[f"modifier_{n}"] for n in range(1, 5)] == ["95", "GT", "59", "HO"]
    assert (line["procedure_code"], line["service_units"]) == ("90837", "2")
    assert (line["paid_procedure_code"], line["paid_modifiers"], line["paid_units"]) == ("90834", "AJ", "1")


def test_units_that_are_not_told_are_one() -> None:
    line = read(replaced("SVC*HC:90837*40*35**1~", "SVC*HC:90837*40*35~")).lines[1]
    assert (line["service_units"], line["paid_units"]) == ("1", None)


@pytest.mark.parametrize(
    ("composite", "warning"),
    [
        ("NU:0915", "remitted_code_of_other_kind"),
        ("N4:12345678901", "remitted_code_of_other_kind"),
        ("HC", "remitted_procedure_missing"),
        ("", "remitted_procedure_missing"),
        ("HC:", "remitted_procedure_missing"),
    ],
)
def test_a_payment_without_procedure_code_is_kept(composite: str, warning: str) -> None:
    outcome = read(replaced("HC:90837", composite))
    assert (outcome.lines[1]["procedure_code"], outcome.lines[1]["paid_procedure_code"]) == (None, None)
    assert outcome.totals.warnings == {"date_range": 1, warning: 1}


def test_all_triplets_of_an_adjustment_are_read() -> None:
    cas = "CAS*OA*A1*1*1*A2*-2.5**A3*3*-1.5*A4*.5**A5*5*2*A6*13~CAS*PI*B7*0~"
    outcome = read(replaced("CAS*PR*3*20**45*0*2~", cas))
    assert outcome.lines[0]["adjustments"] == (
        "OA:A1:1.00:1;OA:A2:-2.50:;OA:A3:3.00:-1.5;OA:A4:0.50:;OA:A5:5.00:2;OA:A6:13.00:;PI:B7:0.00:"
    )
    assert outcome.totals.warnings == {"date_range": 1}


@pytest.mark.parametrize(
    ("names", "member_id"),
    [
        ("NM1*QC*1*ROE~NM1*IL*1*ROE*JO****MI*M9~NM1*74*1*ROE*****C*M8~", "M9"),
        ("NM1*QC*1*ROE~NM1*74*1*ROE*****C*M8~", "M8"),
        ("NM1*74*1*ROE*****C*M8~", "M8"),
        ("NM1*TT*2*OTHER*****PI*X~", None),
    ],
)
def test_who_was_treated(names: str, member_id: str | None) -> None:
    old = CLAIM[CLAIM.index("NM1*QC") : CLAIM.index("NM1*82")]
    assert read(replaced(old, names)).lines[0]["member_id"] == member_id


def test_a_rendering_provider_without_npi_is_not_known() -> None:
    text = replaced("XX*1000000012", "BS*34426").replace("REF*HPI", "REF*1B")
    assert [line["rendering_provider_npi"] for line in read(text).lines] == [None] * 3


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        ("", ("2024-01-01", "2024-01-31")),
        ("DTM*150*20240105~", ("2024-01-05", None)),
        ("DTM*150*20240105~DTM*151*20240105~", ("2024-01-05", None)),
        ("DTM*151*20240106~DTM*150*20240105~DTM*472*20240107~", ("2024-01-07", None)),
        ("DTM*050*20240106~", ("2024-01-01", "2024-01-31")),
    ],
)
def test_when_it_was(dates: str, expected: tuple[str, str | None]) -> None:
    line = read(replaced("DTM*472*20240105~", dates)).lines[0]
    assert (line["date_of_service"], line["date_of_service_through"]) == expected


def test_remarks_of_an_inpatient_claim() -> None:
    mia = "MIA*0***100*MA02***************MA03*N1**N2~"
    assert read(replaced("MOA***MA01*MA18~", mia)).lines[0]["claim_remark_codes"] == "MA02;MA03;N1;N2"


# --- balances


@pytest.mark.parametrize(
    ("old", "new", "faults", "other_warnings"),
    [
        ("CAS*PR*3*20**45*0*2~", "CAS*PR*3*19~", "claim_payment_mismatch;service_payment_mismatch", []),
        ("CAS*PR*3*20**45*0*2~", "", "claim_payment_mismatch;service_payment_mismatch", []),
        ("CAS*CO*45*5~NM1*QC", "NM1*QC", "claim_payment_mismatch", []),
        ("CAS*CO*29*25~", "", "claim_payment_mismatch", []),
        ("BPR*I*95*", "BPR*I*95.01*", "payment_total_mismatch", []),
        (PLB, "", "payment_total_mismatch", []),
        ("*1*100*70*", "*1*100*71*", "claim_payment_mismatch;payment_total_mismatch", []),
        ("*1*100*70*", "*1*101*71*", "payment_total_mismatch", ["claim_charge_mismatch"]),
        ("*40*35**", "*41*36**", None, ["claim_charge_mismatch"]),  # the claim balances on its own terms
    ],
)
def test_what_does_not_balance_is_loaded_and_told(
    old: str, new: str, faults: str | None, other_warnings: list[str]
) -> None:
    outcome = read(replaced(old, new))
    assert (outcome.rejects, len(outcome.lines)) == ([], 3)
    assert outcome.payment["balance_faults"] == faults
    told = set(other_warnings) | set(faults.split(";") if faults else [])
    assert outcome.totals.warnings == {"date_range": 1} | dict.fromkeys(told, 1)
    marked = {code for line in outcome.lines for code in str(line["line_warnings"] or "").split(";") if code}
    assert marked == told - {"payment_total_mismatch"}


def test_only_the_service_that_does_not_balance_is_marked() -> None:
    outcome = read(replaced("CAS*PR*3*20**45*0*2~", ""))
    assert [line["line_warnings"] for line in outcome.lines] == [
        "claim_payment_mismatch;service_payment_mismatch",
        "claim_payment_mismatch",
        None,
    ]


# --- what is set aside


@pytest.mark.parametrize(
    ("old", "new", "code", "segment", "column"),
    [
        ("CLP*A1*", "CLP* *", "missing_element", "CLP", "patient_control_number"),
        ("CLP*A1*1*", "CLP*A1**", "missing_element", "CLP", "claim_status_code"),
        ("*1*100*70*", "*1**70*", "missing_element", "CLP", "claim_charge_amount"),
        ("*1*100*70*", "*1*100**", "missing_element", "CLP", "claim_paid_amount"),
        ("*1*100*70*", "*1*1OO*70*", "not_money", "CLP", "claim_charge_amount"),
        ("*1*100*70*", "*1*100*7e1*", "not_money", "CLP", "claim_paid_amount"),
        ("*70*20*HM*", "*70*x*HM*", "not_money", "CLP", "claim_patient_amount"),
        ("*60*40**1~", "**40**1~", "missing_element", "SVC", "charge_amount"),
        ("*60*40**1~", "*60~", "missing_element", "SVC", "paid_amount"),
        ("*60*40**1~", "*6O*40**1~", "not_money", "SVC", "charge_amount"),
        ("*60*40**1~", "*60*4.001**1~", "not_money", "SVC", "paid_amount"),
        ("AMT*B6*60~", "AMT*B6*sixty~", "not_money", "AMT", "allowed_amount"),
        ("CAS*PR*3*20*", "CAS*PR*3**", "missing_element", "CAS", "adjustments"),
        ("CAS*PR*3*20*", "CAS*PR**20*", "missing_element", "CAS", "adjustments"),
        ("CAS*PR*3*20**45*0*2~", "CAS*PR~", "missing_element", "CAS", "adjustments"),
        ("CAS*PR*3*20*", "CAS*PR*3*2O*", "not_money", "CAS", "adjustments"),
        ("CAS*PR*3*20*", "CAS**3*20*", "not_a_code", "CAS", "adjustments"),
        ("CAS*PR*3*20*", "CAS*PR*3;4*20*", "not_a_code", "CAS", "adjustments"),
        ("CAS*PR*3*20**", "CAS*PR*3*20*two*", "not_a_number", "CAS", "adjustments"),
        ("CAS*CO*45*5~NM1", "CAS*CO*45*five~NM1", "not_money", "CAS", "adjustments"),
        ("LQ*HE*N130~", "LQ*HE*N;130~", "not_a_code", "LQ", "remark_codes"),
        ("DTM*472*20240105", "DTM*472*20240230", "not_a_date", "DTM", "date_of_service"),
        ("DTM*150*20240108", "DTM*150*2024", "not_a_date", "DTM", "date_of_service"),
        ("REF*6R*L1~", "SV1*HC:90853*1*UN*1~", "foreign_service_line", "SVC", None),
        ("REF*6R*L1~", "ZZZ*1~", "segment_out_of_place", None, None),
        ("REF*6R*L1~", "NM1*QC*1*ASH*KIM****MI*M3~", "segment_out_of_place", None, None),
        ("QTY*CA*1~", "NM1*QC*1*ASH*KIM****MI*M3~", "segment_out_of_place", None, None),
    ],
)
def test_a_claim_payment_that_lacks_something_is_set_aside_and_the_rest_loads(
    old: str, new: str, code: str, segment: str | None, column: str | None
) -> None:
    text = replaced(old, new)
    outcome = read(text)
    (reject,) = outcome.rejects
    assert (reject.table, reject.kind, reject.reason_code) == ("remittance_line", RejectKind.QUARANTINED, code)
    assert (reject.segment_code, reject.column_name) == (segment, column)
    assert text[reject.byte_start : reject.byte_end].startswith("CLP*")
    assert text[reject.byte_end :].startswith("CLP*B1*")
    assert reject.line_count == (3 if new.startswith("SV1") else 2)
    assert "ask the sender" in reject.reason
    assert not any(word in reject.reason for word in ("A1", " M1", "ROE", "P1", "ELM", "T1"))
    assert [line["patient_control_number"] for line in outcome.lines] == ["B1"]
    assert (outcome.payment["balance_faults"], outcome.payment["claim_count"]) == ("not_judged", "2")
    assert outcome.totals.warnings == {}


@pytest.mark.parametrize("old", ["DTM*232*20240101", "DTM*233*20240131"])
def test_a_bad_date_of_the_claim_matters_only_where_a_service_has_none(old: str) -> None:
    text = replaced(old, old[:8] + "x")
    assert read(text).rejects == []
    assert read(replaced("DTM*472*20240105~", "", text)).codes == ["not_a_date"]


@pytest.mark.parametrize(
    ("plb", "code"),
    [
        ("PLB*1*20241231*WO:ICN9*x~", "not_money"),
        ("PLB*1*20241231*WO:ICN9~", "missing_element"),
        ("PLB*1*20241231*WO*1**2~", "missing_element"),
        ("PLB*1*20241231~", "missing_element"),
    ],
)
def test_a_provider_adjustment_that_cannot_be_read_is_set_aside(plb: str, code: str) -> None:
    text = replaced(PLB, plb + "PLB*1*20241231*WO:ICN9*-25~")
    outcome = read(text)
    (reject,) = outcome.rejects
    assert (reject.table, reject.reason_code, reject.line_count) == ("provider_adjustment", code, 0)
    assert text[reject.byte_start : reject.byte_end] == plb
    assert (len(outcome.adjustments), len(outcome.lines)) == (1, 3)
    assert outcome.payment["balance_faults"] == "not_judged"


@pytest.mark.parametrize(
    ("old", "new"), [("LX*1~", "LX*1~" + SERVICE), ("LX*1~", SERVICE + "LX*1~"), (PLB, PLB + SERVICE)]
)
def test_a_service_outside_any_claim_is_set_aside(old: str, new: str) -> None:
    text = replaced(old, new)
    outcome = read(text)
    (reject,) = outcome.rejects
    assert (reject.reason_code, reject.line_count, reject.charge_cents) == ("line_outside_claim", 1, 6_000)
    assert text[reject.byte_start : reject.byte_end] == SERVICE.split("~")[0] + "~"
    assert (len(outcome.lines), outcome.payment["balance_faults"]) == (3, "not_judged")


def test_a_segment_of_no_835_outside_the_claims_is_set_aside_by_itself() -> None:
    text = replaced("LX*1~", "LX*1~CXP*A0*4*10*0~")
    outcome = read(text)
    (reject,) = outcome.rejects
    assert (reject.reason_code, reject.line_count) == ("segment_out_of_place", 0)
    assert text[reject.byte_start : reject.byte_end] == "CXP*A0*4*10*0~"
    assert (len(outcome.lines), outcome.payment["balance_faults"]) == (3, "not_judged")


def test_a_segment_of_no_835_inside_a_claim_may_be_the_next_claim() -> None:
    outcome = read(replaced("CLP*B1", "CXP*B1"))
    assert [(r.reason_code, r.line_count) for r in outcome.rejects] == [("segment_out_of_place", 2)]


def test_the_header_of_another_payment_among_the_claims_sets_the_rest_aside() -> None:
    text = file_with(CLAIM + SERVICE + SERVICE_2, BARE_CLAIM, HEADER, CLAIM + SERVICE + SERVICE_2, PLB)
    outcome = read(text)
    assert outcome.codes == ["segment_out_of_place"] * 3
    assert [reject.table for reject in outcome.rejects] == ["remittance_line", "remittance_line", "provider_adjustment"]
    assert (len(outcome.lines), outcome.payment["trace_number"]) == (2, "T1")
    assert outcome.payment["balance_faults"] == "not_judged"


def test_endless_claims_are_only_counted() -> None:
    lines = read(file_with(CLAIM, SERVICE * (MAX_LINES_PER_CLAIM + 1)))
    assert (lines.codes, lines.rejects[0].line_count) == (["too_many_lines"], MAX_LINES_PER_CLAIM + 1)
    adjustments = read(file_with(CLAIM, SERVICE, "CAS*CO*45*0~" * MAX_ADJUSTMENTS_PER_CLAIM))
    assert (adjustments.codes, adjustments.rejects[0].line_count) == (["too_many_adjustments"], 1)


WHOLE = transaction(HEADER, CLAIM, SERVICE, SERVICE_2, BARE_CLAIM, PLB)


@pytest.mark.parametrize("after", ["", END, GS + WHOLE + END, ISA + GS + WHOLE + END, WHOLE + END])
def test_a_transaction_without_se_keeps_its_complete_claims_and_its_payment(after: str) -> None:
    broken = WHOLE[: WHOLE.index("PLB*")]
    text = ISA + GS + broken + after
    outcome = read(text)
    (reject,) = outcome.rejects
    assert (reject.table, reject.reason_code, reject.kind) == (
        "remittance_line",
        "transaction_unfinished",
        RejectKind.QUARANTINED,
    )
    assert (reject.line_count, reject.charge_cents) == (1, 2_500)
    assert text[reject.byte_start : reject.byte_end] == BARE_CLAIM
    payment, *others = outcome.tables["remittance"]
    assert (payment["balance_faults"], payment["claim_count"], payment["payment_amount"]) == (
        "unfinished",
        "1",
        "95.00",
    )
    assert (len(outcome.lines), len(others)) == (2 + 3 * len(others), after.count("ST*835"))


@pytest.mark.parametrize("keep", range(1, len(HEADER), 7))
def test_a_payment_that_breaks_in_its_header_is_still_told(keep: int) -> None:
    text = ISA + GS + WHOLE[: keep + 9]
    outcome = read(text)
    assert outcome.payment["balance_faults"] == "unfinished"
    assert outcome.totals.lines_in == 0
    assert outcome.rejects[-1].byte_end == len(text.rstrip())


@pytest.mark.parametrize("cut_in", ["SVC*HC:90853", "CLP*B1", "CAS*CO*29", "PLB*", "SE*"])
def test_a_file_cut_inside_a_segment_keeps_its_complete_claims(cut_in: str) -> None:
    text = ISA + GS + WHOLE[: WHOLE.index(cut_in) + len(cut_in)]
    outcome = read(text)
    assert len(outcome.lines) == {"SVC*HC:90853": 0, "CLP*B1": 2, "CAS*CO*29": 2, "PLB*": 3, "SE*": 3}[cut_in]
    if cut_in == "SE*":  # a last trailer without its terminator is no harm
        assert outcome.rejects == []
    else:
        assert outcome.rejects[-1].byte_end == len(text)
        assert outcome.payment["balance_faults"] == "unfinished"


def test_text_that_is_no_segment_breaks_its_transaction_from_the_last_complete_claim_on() -> None:
    broken = transaction(HEADER, BARE_CLAIM, CLAIM, SERVICE, "garbage~", SERVICE_2, BARE_CLAIM, PLB)
    text = file_of(broken, WHOLE.replace("0001", "0002"))
    outcome = read(text)
    (reject,) = outcome.rejects
    # The claim without services behind the garbage counts as a line too.
    assert (reject.reason_code, reject.line_count, reject.charge_cents) == ("not_a_segment", 3, 12_500)
    assert text[reject.byte_start :].startswith(CLAIM)
    assert len(outcome.lines) == 1 + 3


def test_garbage_between_a_claim_and_its_service_does_not_count_the_claim_twice() -> None:
    (reject,) = read(file_with(BARE_CLAIM, "garbage~", SERVICE)).rejects
    assert (reject.line_count, reject.charge_cents) == (1, 6_000)


@pytest.mark.parametrize(
    ("text", "lines", "charge_cents"),
    [
        (ISA + GS + CLAIM + SERVICE + BARE_CLAIM + END, 2, 8_500),
        (CLAIM + SERVICE + GOOD, 3, 12_500),  # before the first ISA no separator is known
        (GOOD + BARE_CLAIM, 4, 15_000),
        (ISA + WHOLE + END, 3, 12_500),
        (professional.file_with(professional.CLAIM, professional.LINE, BARE_CLAIM, SERVICE), 2, 9_000),
        (professional.file_with(BARE_CLAIM, professional.CLAIM, professional.LINE), 2, 5_500),
        (file_with(CLAIM, SERVICE, professional.CLAIM, professional.LINE), 2, 9_000),
    ],
)
def test_lines_are_counted_wherever_they_stand(text: str, lines: int, charge_cents: int) -> None:
    outcome = read(text)
    assert (outcome.totals.lines_in, outcome.totals.charge_in_cents) == (lines, charge_cents)
    assert all(reject.kind is RejectKind.QUARANTINED for reject in outcome.rejects)
    assert outcome.rejects != []


# --- the samples


def samples(*folders: str) -> list[str]:
    return professional.samples(*folders)


def load_expected() -> dict[str, dict[str, str]]:
    with (SHARED / "expected_x12_counts.csv").open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


@needs_samples
@pytest.mark.parametrize("name", samples("835", "837p", "837p_structure"))
def test_a_sample_gives_the_counts_of_a_plain_split(name: str) -> None:
    expected = load_expected()[name]
    outcome = read((SHARED / name).read_bytes())
    for segment_id in ("ISA", "GS", "ST", "CLM", "SV1", "CLP", "SVC", "CAS", "PLB"):
        assert outcome.totals.segment_counts[segment_id] == int(expected[segment_id])
    assert outcome.totals.warnings.get("segment_count_mismatch", 0) == int(expected["ST_with_wrong_SE01"])


@needs_samples
@pytest.mark.parametrize("name", samples("835"))
def test_a_remittance_from_elsewhere_gives_its_sums_and_balances(name: str) -> None:
    expected = load_expected()[name]
    outcome = read((SHARED / name).read_bytes())
    assert outcome.rejects == []
    claims = {line["remittance_claim_position"]: line for line in outcome.lines}
    services = [line for line in outcome.lines if line["remittance_line_number"] != "0"]
    assert (len(claims), len(services)) == (int(expected["CLP"]), int(expected["SVC"]))
    for rows, column, told in (
        (claims.values(), "claim_charge_amount", "sum_CLP03"),
        (claims.values(), "claim_paid_amount", "sum_CLP04"),
        (services, "charge_amount", "sum_SVC02"),
        (services, "paid_amount", "sum_SVC03"),
        (outcome.tables["remittance"], "payment_amount", "sum_BPR02"),
        (outcome.tables["remittance"], "claim_paid_amount", "sum_CLP04"),
        (outcome.tables["remittance"], "provider_adjustment_amount", "sum_PLB"),
        (outcome.adjustments, "adjustment_amount", "sum_PLB"),
    ):
        assert sum(cents(row[column]) for row in rows) == cents(expected[told]), column
    bare = sum(cents(line["charge_amount"]) for line in outcome.lines if line["remittance_line_number"] == "0")
    assert outcome.totals.charge_in_cents == cents(expected["sum_SVC02"]) + bare
    assert expected["BPR_balances"] == "True"
    assert outcome.payment["balance_faults"] is None
    assert all(line["line_warnings"] is None for line in outcome.lines)
    assert outcome.payment["claim_count"] == expected["CLP"]


@needs_samples
def test_samples_keep_what_makes_them_special() -> None:
    def lines(name: str) -> list[Row]:
        return read((SHARED / "x12" / "835" / name).read_bytes()).lines

    denied = [line for line in lines("emedny_sample.835") if line["paid_amount"] == "0.00"]
    assert {(line["adjustments"], line["remark_codes"]) for line in denied} == {
        ("CO:29:12.00:", None),
        ("CO:29:22.00:", None),
        ("CO:251:2.75:", "N206"),
        ("CO:251:20.00:", "N206"),
    }
    outcome = read((SHARED / "x12" / "835" / "lfh_secondary-payment.835").read_bytes())
    assert [(line["procedure_code"], line["modifier_1"]) for line in outcome.lines[1:]] == [
        ("12345", "26"),
        ("66543", "26"),
    ]
    assert outcome.totals.warnings["component_separator_mismatch"] == 2
    inpatient = lines("lfh_medicare-part-a.835")
    assert [(line["remittance_line_number"], line["claim_remark_codes"]) for line in inpatient] == [
        ("0", None),
        ("0", "MA02"),
    ]


# --- what must always hold

_words = st.text(alphabet="ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=1, max_size=12)
_cents = st.integers(min_value=-999_999, max_value=9_999_999)
_days = st.dates(min_value=date(2000, 1, 1), max_value=date(2039, 12, 31))
_adjustments = st.lists(
    st.tuples(
        st.sampled_from(["CO", "PR", "OA", "PI"]),
        st.sampled_from(["1", "45", "A2", "B7", "253"]),
        _cents,
        st.sampled_from(["", "1", "-2.5"]),
    ),
    max_size=8,
)
_services = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["90853", "H0004", "90785"]),
        "modifiers": st.lists(st.sampled_from(["HQ", "95", "GT", "59"]), max_size=4),
        "submitted": st.sampled_from(["", "90837", "H0005"]),
        "charge": _cents,
        "units": st.sampled_from(["", "1", "-2", "1.5"]),
        "adjustments": _adjustments,
        "day": _days,
        "control_number": st.one_of(st.just(""), _words),
        "remarks": st.lists(st.sampled_from(["N130", "M15", "MA130"]), max_size=3),
    }
)
_claims = st.fixed_dictionaries(
    {
        "patient_control_number": _words,
        "status": st.sampled_from(["1", "2", "4", "19", "22"]),
        "charge": _cents,
        "payer_claim_control_number": _words,
        "member_id": _words,
        "adjustments": _adjustments,
        "services": st.lists(_services, max_size=4),
    }
)
_pairs = st.lists(
    st.tuples(st.sampled_from(["WO", "FB", "72", "L6"]), st.one_of(st.just(""), _words), _cents), max_size=14
)


def amount(in_cents: int) -> str:
    return str(Decimal(in_cents) / 100)


def write_adjustments(adjustments: list) -> str:
    """One CAS a group, six triplets at most."""
    text = ""
    for group in sorted({each[0] for each in adjustments}):
        of_group = [each for each in adjustments if each[0] == group]
        for start in range(0, len(of_group), 6):
            triplets = (f"*{reason}*{amount(c)}*{units}" for _, reason, c, units in of_group[start : start + 6])
            text += f"CAS*{group}{''.join(triplets)}".rstrip("*") + "~"
    return text


def read_adjustments(text: object) -> list:
    parts = [part.split(":") for part in str(text).split(";")] if text else []
    return sorted((group, reason, cents(dollars), units) for group, reason, dollars, units in parts)


def paid(charge: int, *adjustments: list) -> int:
    return charge - sum(each[2] for some in adjustments for each in some)


def claim_charge(claim: dict) -> int:
    return sum(service["charge"] for service in claim["services"]) if claim["services"] else claim["charge"]


def claim_paid(claim: dict) -> int:
    return paid(claim_charge(claim), claim["adjustments"], *(service["adjustments"] for service in claim["services"]))


def write_claim(claim: dict) -> str:
    text = f"CLP*{claim['patient_control_number']}*{claim['status']}*{amount(claim_charge(claim))}"
    text += f"*{amount(claim_paid(claim))}**HM*{claim['payer_claim_control_number']}*11*1~"
    text += write_adjustments(claim["adjustments"]) + f"NM1*QC*1*ROE*ANN****MI*{claim['member_id']}~DTM*232*20240101~"
    for service in claim["services"]:
        decided = ":".join(["HC", service["code"], *service["modifiers"]])
        submitted = f"HC:{service['submitted']}" if service["submitted"] else ""
        text += f"SVC*{decided}*{amount(service['charge'])}*{amount(paid(service['charge'], service['adjustments']))}"
        text += f"**{service['units']}*{submitted}".rstrip("*") + f"~DTM*472*{service['day']:%Y%m%d}~"
        text += write_adjustments(service["adjustments"])
        text += f"REF*6R*{service['control_number']}~" if service["control_number"] else ""
        text += "".join(f"LQ*HE*{remark}~" for remark in service["remarks"])
    return text


def write_remittance(claims: list[dict], pairs: list) -> str:
    total = sum(map(claim_paid, claims)) - sum(pair[2] for pair in pairs)
    text = HEADER.replace("BPR*I*95", f"BPR*I*{amount(total)}") + "LX*1~" + "".join(map(write_claim, claims))
    for start in range(0, len(pairs), 6):
        written = (f"*{code}{':' * bool(number)}{number}*{amount(c)}" for code, number, c in pairs[start : start + 6])
        text += f"PLB*1000000004*20241231{''.join(written)}~"
    return transaction(text)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    claims=st.lists(_claims, max_size=5),
    pairs=_pairs,
    billed=st.lists(professional._claims, max_size=3),
    marks=st.sampled_from(["*:^~", "|>_'", "\x1d\x1f\x1e\x1c"]),
    blanks=st.sampled_from(["", "\r\n"]),
)
def test_remittances_and_claims_that_are_written_come_back(
    claims: list[dict], pairs: list, billed: list[dict], marks: str, blanks: str
) -> None:
    text = file_of(write_remittance(claims, pairs))
    text += professional.file_of(
        professional.transaction(professional.HEADER, professional.BILLING, *map(professional.write_claim, billed))
    )
    outcome = read(text.replace("~", "~" + blanks).translate(str.maketrans(dict(zip("*:^~", marks, strict=True)))))
    assert (outcome.rejects, outcome.totals.warnings) == ([], {})
    assert outcome.payment["balance_faults"] is None
    assert cents(outcome.payment["claim_paid_amount"]) == sum(map(claim_paid, claims))
    assert [
        (row["adjustment_reason_code"], row["adjustment_reference"] or "", cents(row["adjustment_amount"]))
        for row in outcome.adjustments
    ] == pairs
    charges = [cents(line["charge_amount"]) for line in outcome.tables["claim_line"]]
    assert charges == [line["cents"] for claim in billed for line in claim["lines"]]
    expected = [
        (claim, number, service)
        for claim in claims
        for number, service in (list(enumerate(claim["services"], start=1)) or [(0, None)])
    ]
    assert len(outcome.lines) == len(expected)
    for got, (claim, number, service) in zip(outcome.lines, expected, strict=True):
        assert got["patient_control_number"] == claim["patient_control_number"]
        assert got["payer_claim_control_number"] == claim["payer_claim_control_number"]
        assert (got["claim_status_code"], got["member_id"]) == (claim["status"], claim["member_id"])
        assert cents(got["claim_charge_amount"]) == claim_charge(claim)
        assert cents(got["claim_paid_amount"]) == claim_paid(claim)
        assert read_adjustments(got["claim_adjustments"]) == sorted(claim["adjustments"])
        assert got["remittance_line_number"] == str(number)
        if service is None:
            assert cents(got["charge_amount"]) == claim["charge"]
            assert got["date_of_service"] == "2024-01-01"
            continue
        assert got["paid_procedure_code"] == service["code"]
        assert got["paid_modifiers"] == (":".join(service["modifiers"]) or None)
        assert got["procedure_code"] == (service["submitted"] or service["code"])
        kept = [got[f"modifier_{n}"] for n in range(1, 5) if got[f"modifier_{n}"]]
        assert kept == ([] if service["submitted"] else service["modifiers"])
        assert cents(got["charge_amount"]) == service["charge"]
        assert cents(got["paid_amount"]) == paid(service["charge"], service["adjustments"])
        assert (got["paid_units"], got["service_units"]) == (service["units"] or None, service["units"] or "1")
        assert read_adjustments(got["adjustments"]) == sorted(service["adjustments"])
        assert got["remark_codes"] == (";".join(service["remarks"]) or None)
        assert got["date_of_service"] == service["day"].isoformat()
        assert got["line_control_number"] == (service["control_number"] or None)


@pytest.mark.parametrize("seed", range(8))
def test_damaged_files_never_raise_and_always_add_up(seed: int) -> None:
    chance = random.Random(seed)
    sources = [GOOD.encode(), MIXED.encode(), (GOOD + professional.GOOD).encode()]
    if SHARED.is_dir():
        sources += [(SHARED / name).read_bytes() for name in samples("835", "837p_structure")]
    for _ in range(100):
        read(professional.mutate(chance.choice(sources), chance), batch_lines=chance.choice([1, 3, 1000]))


@pytest.mark.parametrize("seed", range(4))
def test_segments_in_any_order_never_raise_and_always_add_up(seed: int) -> None:
    chance = random.Random(seed)
    segments = [part + "~" for part in MIXED.split("~")[1:-1]]
    for _ in range(100):
        body = chance.sample(segments, chance.randint(1, len(segments)))
        read(ISA + GS + "ST*835*1~" + "".join(body))


def one_transaction(megabytes: int) -> Iterator[bytes]:
    yield (ISA + GS + "ST*835*1~" + HEADER).encode()
    block = (CLAIM + SERVICE + SERVICE_2 + BARE_CLAIM).encode() * 200
    yield from (block for _ in range(megabytes * 1_000_000 // len(block)))
    yield ("SE*1*1~" + END).encode()


def stray_services(megabytes: int) -> Iterator[bytes]:
    yield (ISA + GS + "ST*835*1~" + HEADER + "LX*1~").encode()
    yield from (b"SVC*HC:90853*1*1~" * 10_000 for _ in range(megabytes * 6))


def endless_header(megabytes: int) -> Iterator[bytes]:
    yield (ISA + GS + "ST*835*1~" + HEADER).encode()
    for n in range(megabytes * 6):
        yield "".join(f"N1*PR*X{n}*XV*{m}~REF*Q{n}{m}*{n}~" for m in range(5_000)).encode()


def endless_adjustments(megabytes: int) -> Iterator[bytes]:
    yield (ISA + GS + "ST*835*1~" + HEADER).encode()
    yield from (b"PLB*1*20241231*WO:1*1*WO:2*1~" * 10_000 for _ in range(megabytes * 3))


@pytest.mark.parametrize("write", [one_transaction, stray_services, endless_header, endless_adjustments])
def test_memory_is_bounded(write: Callable[[int], Iterator[bytes]]) -> None:
    tracemalloc.start()
    try:
        stream = cast(BinaryIO, professional.Generated(write(1)))
        count = sum(1 for _ in read_x12(stream, batch_lines=500))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count >= 2
    assert peak < 8_500_000
