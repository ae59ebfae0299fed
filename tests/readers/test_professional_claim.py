"""The 837P reader: samples from elsewhere, made-up files for each loop, broken files, and what must always hold."""

from __future__ import annotations

import csv
import io
import random
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims_audit.model import (
    CLAIM_LINE_COLUMNS,
    CLAIM_LINE_REQUIRED,
    DIAGNOSIS_COLUMNS,
    POSITION_COLUMNS,
    FileTotals,
    RejectedRange,
    RejectKind,
    RowBatch,
)
from claims_audit.readers.x12.professional_claim import dependent_member_id, read_professional_claims
from claims_audit.warning_texts import WARNING_TEXTS

SHARED = Path(__file__).parents[3] / "shared" / "data"
needs_samples = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared sample files are not beside the project")

Line = dict[str, object]


class Outcome(NamedTuple):
    lines: list[Line]
    rejects: list[RejectedRange]
    totals: FileTotals

    @property
    def codes(self) -> list[str]:
        return [reject.reason_code for reject in self.rejects]


def read(text: str | bytes, batch_lines: int = 20_000) -> Outcome:
    """Reads a file and asserts what must hold for any."""
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    *parts, totals = read_professional_claims(io.BytesIO(data), batch_lines=batch_lines)
    assert isinstance(totals, FileTotals)
    batches = [part for part in parts if isinstance(part, RowBatch)]
    rejects = [part for part in parts if isinstance(part, RejectedRange)]
    assert len(batches) + len(rejects) == len(parts)
    for batch in batches:
        assert tuple(batch.columns) == CLAIM_LINE_COLUMNS + POSITION_COLUMNS
        assert {len(values) for values in batch.columns.values()} == {len(batch)}
        assert 0 < len(batch) <= batch_lines
    lines = [
        dict(zip(batch.columns, row, strict=True))
        for batch in batches
        for row in zip(*batch.columns.values(), strict=True)
    ]
    assert totals.lines_in == len(lines) + sum(reject.line_count for reject in rejects)
    loaded_cents = sum(int(Decimal(str(line["charge_amount"])) * 100) for line in lines)
    assert totals.charge_in_cents == loaded_cents + sum(reject.charge_cents for reject in rejects)
    ranges = sorted(
        [(line["byte_start"], line["byte_end"]) for line in lines] + [(r.byte_start, r.byte_end) for r in rejects]
    )
    ends = [0, *(cast(int, end) for _, end in ranges)]
    assert all(end <= cast(int, start) <= cast(int, stop) for end, (start, stop) in zip(ends, ranges, strict=False))
    assert ends[-1] <= len(data)
    assert set(totals.warnings) <= set(WARNING_TEXTS)
    return Outcome(lines, rejects, totals)


# Made-up files, put together from parts that the tests replace one at a time.
ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240109*0800*^*00501*000000001*0*P*:~"
GS = "GS*HC*SENDER*RECEIVER*20240109*0800*1*X*005010X222A1~"
HEADER = "BHT*0019*00*1*20240110*0800*CH~NM1*41*2*SENDER*****46*S1~NM1*40*2*PLAN*****46*R1~"
BILLING = "HL*1**20*1~PRV*BI*PXC*261QM0801X~NM1*85*2*ELM PRACTICE*****XX*1000000004~N3*1 ELM ST~REF*EI*1~"
SUBSCRIBER = "HL*2*1*22*0~SBR*P*18*******CI~NM1*IL*1*ROE*ANN****MI*M1~DMG*D8*19800101*F~NM1*PR*2*ELM PLAN*****PI*CTMCD~"
DEPENDENT = "HL*3*2*23*0~PAT*19~NM1*QC*1*ROE*ben~N3*1 ELM ST~DMG*D8*20100203*M~"
CLAIM = "CLM*A1*60***11:B:1*Y*A*Y*Y~HI*ABK:F41.1*ABF:F331~NM1*82*1*DOE*JAN****XX*1000000012~PRV*PE*PXC*101YM0800X~"
LINE = "LX*1~SV1*HC:90853:HQ:95*30*UN*1***1:2~DTP*472*D8*20240105~REF*6R*L1~"
LINE_2 = "LX*2~SV1*HC:90853*30*UN*1***1~DTP*472*D8*20240108~"
END = "GE*1*1~IEA*1*000000001~"


def transaction(*body: str, number: str = "0001", guide: str = "005010X222A1", kind: str = "837") -> str:
    text = "".join(body)
    return f"ST*{kind}*{number}*{guide}~{text}SE*{text.count('~') + 2}*{number}~"


def file_of(*transactions: str, gs: str = GS) -> str:
    return ISA + gs + "".join(transactions) + END.replace("GE*1", f"GE*{len(transactions)}")


def file_with(*claims: str) -> str:
    """One transaction whose claims hang under the subscriber."""
    return file_of(transaction(HEADER, BILLING, SUBSCRIBER, *claims))


GOOD = file_with(CLAIM, LINE, LINE_2)


def replaced(old: str, new: str, text: str = GOOD) -> str:
    assert old in text
    return text.replace(old, new)


def test_a_good_file_gives_every_column_and_no_warning() -> None:
    outcome = read(GOOD)
    assert outcome.totals.warnings == {}
    assert outcome.totals.segment_counts == {"ISA": 1, "GS": 1, "ST": 1, "CLM": 1, "SV1": 2}
    first, second = outcome.lines
    assert {name: value for name, value in first.items() if value is not None} == {
        "patient_control_number": "A1",
        "claim_line_number": "1",
        "claim_frequency_code": "1",
        "payer_id": "CTMCD",
        "payer_name": "ELM PLAN",
        "member_id": "M1",
        "subscriber_id": "M1",
        "relationship_code": "18",
        "billing_provider_npi": "1000000004",
        "rendering_provider_npi": "1000000012",
        "rendering_taxonomy_code": "101YM0800X",
        "place_of_service_code": "11",
        "date_of_service": "2024-01-05",
        "procedure_code": "90853",
        "modifier_1": "HQ",
        "modifier_2": "95",
        "service_units": "1",
        "unit_basis_code": "UN",
        "charge_amount": "30.00",
        "diagnosis_code_1": "F411",
        "diagnosis_code_2": "F331",
        "diagnosis_pointers": "1:2",
        "line_control_number": "L1",
        "received_date": "2024-01-10",
        "byte_start": GOOD.index("LX*1"),
        "byte_end": GOOD.index("LX*2"),
        "claim_position": GOOD.index("CLM"),
    }
    assert (second["claim_line_number"], second["date_of_service"], second["modifier_1"]) == ("2", "2024-01-08", None)
    assert GOOD[cast(int, second["byte_start"]) : cast(int, second["byte_end"])] == LINE_2


def test_batches_hold_at_most_the_lines_asked_for() -> None:
    assert len(read(file_with(*[CLAIM + LINE + LINE_2] * 5), batch_lines=3).lines) == 10


# --- separators, blanks, envelopes


@pytest.mark.parametrize("marks", ["|>_'", "~^U_", "\x1d\x1f\x1e\x1c", "*:^\n"])
def test_separators_come_from_the_isa(marks: str) -> None:
    other = GOOD.translate(str.maketrans(dict(zip("*:^~", marks, strict=True))))
    assert read(other).lines == read(GOOD).lines


@pytest.mark.parametrize("blanks", ["\r\n", "\n", "\n    ", "  ", "\r\n\r\n\t"])
def test_byte_order_mark_line_ends_and_indentation_do_not_matter(blanks: str) -> None:
    outcome = read(b"\xef\xbb\xbf" + GOOD.replace("~", "~" + blanks).encode())
    positions = {"byte_start": None, "byte_end": None, "claim_position": None}
    assert [line | positions for line in outcome.lines] == [line | positions for line in read(GOOD).lines]
    assert outcome.rejects == []
    assert outcome.totals.warnings == {}


def test_utf_16_is_set_aside_with_a_reason() -> None:
    assert read(GOOD.encode("utf-16")).codes == ["not_single_byte_text"]


def test_many_interchanges_with_garbage_between_them() -> None:
    other = GOOD.translate(str.maketrans("*:^~", "|>_'"))
    outcome = read(GOOD + "\r\n-- part 2 --\r\n" + other + "junk*1'" + GOOD)
    assert len(outcome.lines) == 6
    assert outcome.codes == ["not_a_segment", "not_a_segment"]
    assert outcome.totals.warnings == {"text_after_end": 2}
    assert outcome.totals.segment_counts["ISA"] == 3


def test_an_isa_of_another_width_is_a_warning() -> None:
    assert read(replaced("SENDER         ", "SENDER")).totals.warnings == {"isa_not_fixed_width": 1}


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("SE*2", "SE*9", "segment_count_mismatch"),
        ("SE*2", "SE*x", "segment_count_mismatch"),
        ("GE*1*", "GE*2*", "transaction_count_mismatch"),
        ("IEA*1*", "IEA**", "group_count_mismatch"),
        ("*0001~GE", "*0002~GE", "control_number_mismatch"),
        ("GE*1*1~", "GE*1*2~", "control_number_mismatch"),
        ("IEA*1*000000001", "IEA*1*000000002", "control_number_mismatch"),
        ("IEA*1*000000001~", "", "trailer_missing"),
        ("GE*1*1~", "", "trailer_missing"),
    ],
)
def test_a_trailer_that_does_not_fit_is_a_warning(old: str, new: str, code: str) -> None:
    outcome = read(replaced(old, new))
    assert (len(outcome.lines), outcome.rejects, outcome.totals.warnings) == (2, [], {code: 1})


@pytest.mark.parametrize(
    ("kind", "guide", "body", "name"),
    [
        ("837", "005010X223A2", "CLM*1*5~LX*1~SV2*0900*HC:90853*5*UN*1~", "837I"),
        ("837", "005010X224A2", "CLM*1*5~LX*1~SV3*AD:D0120*5~", "837D"),
        ("835", "", "CLP*1*1*5*5~SVC*HC:90853*5*5~", "835"),
        ("270", "005010X279A1", "BHT*0022~", "270"),
        ("999", "005010X231A1", "AK1*HC*1~", "999"),
        ("277", "005010X214", "BHT*0085~", "277"),
        ("837", "004010X098A2", "CLM*1*5~SV1*HC:90853*5~", "not read here"),
    ],
)
def test_a_transaction_of_another_kind_is_one_range(kind: str, guide: str, body: str, name: str) -> None:
    other = transaction(body, kind=kind, guide=guide)
    text = file_of(transaction(HEADER, BILLING, SUBSCRIBER, CLAIM, LINE, LINE_2), other)
    text = text if guide else text.replace("005010X222A1~ST", "005010X222A1~ST")
    outcome = read(text)
    (reject,) = outcome.rejects
    assert len(outcome.lines) == 2
    assert (reject.kind, reject.reason_code) == (RejectKind.OTHER_TRANSACTION, "other_transaction")
    assert name in reject.reason
    assert text[reject.byte_start : reject.byte_end] == other
    assert (reject.line_count, reject.charge_cents) == ((1, 500) if "SV" in body else (0, 0))


def test_the_guide_of_the_group_stands_in_for_that_of_the_transaction() -> None:
    assert len(read(GOOD.replace("ST*837*0001*005010X222A1~", "ST*837*0001~")).lines) == 2


def test_ta1_is_named() -> None:
    (reject,) = read(GOOD.replace(GS, "TA1*1*240109*0800*A*000~" + GS)).rejects
    assert reject.kind is RejectKind.OTHER_TRANSACTION
    assert "TA1" in reject.reason


# --- loops


def test_a_dependent_without_number_gets_one_derived_from_the_subscriber() -> None:
    outcome = read(file_with(DEPENDENT, CLAIM, LINE, LINE_2))
    line = outcome.lines[0]
    assert line["member_id"] == dependent_member_id("M1", "BEN", "20100203") == "M1-" + cast(str, line["member_id"])[3:]
    assert len(cast(str, line["member_id"])) == len("M1-") + 10
    assert (line["subscriber_id"], line["relationship_code"], line["payer_id"]) == ("M1", "19", "CTMCD")
    assert line["line_warnings"] == "member_id_from_subscriber"
    assert not any("BEN" in str(value).upper() for value in line.values())


def test_a_dependent_keeps_a_number_of_their_own_but_not_the_subscribers() -> None:
    own = read(file_with(DEPENDENT.replace("ROE*ben", "ROE*ben****MI*M1-02"), CLAIM, LINE, LINE_2))
    assert (own.lines[0]["member_id"], own.lines[0]["line_warnings"]) == ("M1-02", None)
    same = read(file_with(DEPENDENT.replace("ROE*ben", "ROE*ben****MI*M1"), CLAIM, LINE, LINE_2))
    assert same.lines[0]["member_id"] == dependent_member_id("M1", "Ben", "2010-02-03")


def test_claims_hang_under_the_hl_that_came_last_whatever_its_numbers_say() -> None:
    wrong = SUBSCRIBER.replace("HL*2*1*22*0", "HL*9*7*22*1")
    other = wrong.replace("*M1~", "*M2~").replace("CTMCD", "NYMCD")
    outcome = read(file_with(CLAIM + LINE, DEPENDENT.replace("HL*3*2", "HL*5*1") + CLAIM + LINE, other + CLAIM + LINE))
    assert [line["subscriber_id"] for line in outcome.lines] == ["M1", "M1", "M2"]
    assert [line["member_id"] == line["subscriber_id"] for line in outcome.lines] == [True, False, True]
    assert [line["payer_id"] for line in outcome.lines] == ["CTMCD", "CTMCD", "NYMCD"]


def test_a_new_billing_provider_forgets_the_old_one() -> None:
    text = file_with(CLAIM + LINE, "HL*4**20*1~NM1*85*1*FIR*LEE~", SUBSCRIBER, CLAIM + LINE)
    outcome = read(text)
    assert len(outcome.lines) == 1
    assert [(r.reason_code, r.column_name) for r in outcome.rejects] == [("missing_element", "billing_provider_npi")]


def test_the_line_has_the_last_word_on_its_providers() -> None:
    claim = CLAIM + "NM1*77*2*ELM HOUSE*****XX*1000000020~NM1*DQ*1*ASH*KIM****XX*1000000038~"
    line = LINE + (
        "NM1*82*1*FIR*LEE****XX*1000000046~PRV*PE*PXC*103T00000X~NM1*77*2*FIR HOUSE*****XX*1000000053~"
        "NM1*DQ*1*OAK*SAM****XX*1000000061~REF*G2*X~"
    )
    names = ("rendering_provider_npi", "rendering_taxonomy_code", "service_facility_npi", "supervising_provider_npi")
    first, second = read(file_with(claim, line, LINE_2)).lines
    assert [first[name] for name in names] == ["1000000046", "103T00000X", "1000000053", "1000000061"]
    assert [second[name] for name in names] == ["1000000012", "101YM0800X", "1000000020", "1000000038"]


def test_the_billing_provider_stands_in_for_a_rendering_provider() -> None:
    claim = CLAIM[: CLAIM.index("NM1*82")]
    line = read(file_with(claim, LINE, LINE_2)).lines[0]
    assert (line["rendering_provider_npi"], line["rendering_taxonomy_code"]) == ("1000000004", "261QM0801X")
    assert line["line_warnings"] == "rendering_provider_from_billing"


OTHER_PAYER = (
    "SBR*S*01*******12~CAS*PR*1*21.89~AMT*D*39.15~OI***Y*P**Y~NM1*IL*1*ROE*JO****MI*OTHER~N3*2 ELM ST~REF*SY*9~"
    "NM1*PR*2*OTHER PLAN*****PI*OTHERPAYER~DTP*573*D8*20240109~REF*F8*OTHERF8~REF*G1*OTHERG1~"
    "NM1*82*1~REF*G2*1~NM1*DQ*1~NM1*77*2~NM1*85*2~"
)
OTHER_LINE = "SVD*OTHERPAYER*20*HC:90837**1~CAS*CO*42*10~DTP*573*D8*20240109~AMT*EAF*1~"


def test_other_payers_overwrite_nothing() -> None:
    claim = CLAIM.replace("11:B:1", "11:B:7") + "REF*F8*ICN1~REF*G1*AUTH1~"
    outcome = read(file_with(claim + OTHER_PAYER, LINE + OTHER_LINE, LINE_2 + OTHER_LINE))
    plain = read(file_with(claim, LINE, LINE_2))
    positions = dict.fromkeys(POSITION_COLUMNS)
    assert [line | positions for line in outcome.lines] == [line | positions for line in plain.lines]
    assert plain.lines[0]["payer_claim_control_number"] == "ICN1"
    assert plain.lines[0]["prior_authorization_number"] == "AUTH1"


def test_the_f8_of_another_payer_alone_does_not_make_a_replacement() -> None:
    assert read(file_with(CLAIM + OTHER_PAYER, LINE, LINE_2)).lines[0]["payer_claim_control_number"] is None


@pytest.mark.parametrize("frequency", ["7", "8"])
def test_replacements_and_voids_name_the_claim_they_change(frequency: str) -> None:
    line = read(file_with(CLAIM.replace("11:B:1", f"11:B:{frequency}") + "REF*F8*ICN1~", LINE, LINE_2)).lines[0]
    assert (line["claim_frequency_code"], line["payer_claim_control_number"]) == (frequency, "ICN1")


def test_a_claim_without_frequency_code_is_an_original() -> None:
    assert read(replaced("11:B:1", "11:B")).lines[0]["claim_frequency_code"] == "1"


def test_a_lines_prior_authorization_by_this_payer_overrides_the_claims() -> None:
    claim, line = CLAIM + "REF*G1*AUTH1~", LINE + "REF*G1*AUTH2~REF*G1*AUTH3**2U:OTHER~"
    lines = read(file_with(claim, line, LINE_2)).lines
    assert [each["prior_authorization_number"] for each in lines] == ["AUTH2", "AUTH1"]


def test_a_range_of_dates_is_kept_and_counted() -> None:
    outcome = read(replaced("D8*20240105", "RD8*20240105-20240107"))
    assert outcome.lines[0]["date_of_service"] == "2024-01-05"
    assert outcome.lines[0]["date_of_service_through"] == "2024-01-07"
    assert outcome.totals.warnings == {"date_range": 1}


def test_the_claims_date_stands_in_for_the_lines() -> None:
    text = file_with(
        CLAIM + "DTP*472*D8*20240102~DTP*435*D8*20240101~", LINE.replace("DTP*472*D8*20240105~", ""), LINE_2
    )
    assert [line["date_of_service"] for line in read(text).lines] == ["2024-01-02", "2024-01-08"]


def test_the_lines_place_overrides_the_claims() -> None:
    lines = read(replaced("*30*UN*1***1:2", "*30*UN*1*10**1:2")).lines
    assert [line["place_of_service_code"] for line in lines] == ["10", "11"]


def test_lines_without_lx_are_counted() -> None:
    outcome = read(file_with(CLAIM, LINE.replace("LX*1~", ""), LINE_2.replace("LX*2~", "")))
    assert [line["claim_line_number"] for line in outcome.lines] == ["1", "2"]
    assert [line["byte_start"] for line in outcome.lines] == [
        outcome.lines[0]["byte_start"],
        outcome.lines[0]["byte_end"],
    ]


def test_diagnoses_are_kept_in_order_up_to_twelve() -> None:
    many = "*".join(["ABK:F41.1", *(f"ABF:F33{n}" for n in range(11))])
    claim = CLAIM.replace("HI*ABK:F41.1*ABF:F331", f"HI*{many}~HI*BP:99~HI*ABF:Z00*8901*ABF")
    outcome = read(file_with(claim, LINE, LINE_2))
    kept = [outcome.lines[0][name] for name in DIAGNOSIS_COLUMNS]
    assert kept == ["F411", *(f"F33{n}" for n in range(11))]
    assert outcome.totals.warnings == {"diagnosis_unreadable": 3}


def test_a_total_that_is_not_the_sum_of_the_lines_is_a_warning() -> None:
    outcome = read(replaced("CLM*A1*60", "CLM*A1*61"))
    assert [line["line_warnings"] for line in outcome.lines] == ["claim_total_mismatch"] * 2
    assert outcome.totals.warnings == {"claim_total_mismatch": 1}


def test_the_receiver_stands_in_for_a_payer_that_is_not_named() -> None:
    outcome = read(replaced("NM1*PR*2*ELM PLAN*****PI*CTMCD~", ""))
    assert (outcome.lines[0]["payer_id"], outcome.lines[0]["payer_name"]) == ("R1", None)
    assert outcome.totals.warnings["payer_from_receiver"] == 1


def test_4010_knows_other_facilities_and_numbers_that_are_no_npi() -> None:
    guide = "004010X098A1"
    claim = (
        "CLM*A1*60***11::1*Y*A*Y*Y*B~HI*BK:3004*BF:30928~NM1*82*1*DOE*JAN****34*100000001~"
        "NM1*FA*2*ELM HOUSE*****XX*1000000020~"
    )
    line = LINE.replace("REF*6R*L1~", "NM1*82*1*FIR*LEE****XX*1000000046~PRV*PE*ZZ*103T00000X~")
    patient = DEPENDENT.replace("ROE*ben", "ROE*ben****MI*M1-02")
    body = transaction(HEADER, "REF*87*004010X098A1~", BILLING, SUBSCRIBER, patient, claim, line, LINE_2, guide="")
    text = (
        file_of(body, gs=GS.replace("005010X222A1", guide))
        .replace("*^*00501*", "*U*00401*")
        .replace("ST*837*0001*~", "ST*837*0001~")
    )
    outcome = read(text)
    assert outcome.rejects == []
    assert outcome.totals.warnings == {}
    first, second = outcome.lines
    assert (first["rendering_provider_npi"], first["member_id"]) == ("1000000046", "M1-02")
    assert (second["rendering_provider_npi"], second["line_warnings"]) == (None, None)
    assert (first["service_facility_npi"], first["diagnosis_code_2"]) == ("1000000020", "30928")


@pytest.mark.parametrize(
    ("given_amount", "kept"), [("20", "20.00"), ("50.1", "50.10"), (".5", "0.50"), ("-3.00", "-3.00"), ("7.", "7.00")]
)
def test_amounts_are_plain_decimals(given_amount: str, kept: str) -> None:
    assert read(replaced("*30*UN*1***1:2", f"*{given_amount}*UN*1***1:2")).lines[0]["charge_amount"] == kept


def test_bytes_beyond_ascii_are_kept() -> None:
    outcome = read(replaced("CLM*A1", "CLM*A\xe9\x00"))
    assert outcome.lines[0]["patient_control_number"] == "A\xe9\x00"


# --- what is set aside


@pytest.mark.parametrize(
    ("old", "new", "code", "segment", "column"),
    [
        ("CLM*A1*", "CLM* *", "missing_element", "CLM", "patient_control_number"),
        ("CLM*A1*60*", "CLM*A1**", "missing_element", "CLM", "charge_amount"),
        ("CLM*A1*60*", "CLM*A1*6O*", "not_money", "CLM", "charge_amount"),
        ("11:B:1", ":B:1", "missing_element", "CLM", "place_of_service_code"),
        ("11:B:1", "", "missing_element", "CLM", "place_of_service_code"),
        ("HC:90853:HQ:95", "HC::HQ", "missing_element", "SV1", "procedure_code"),
        ("HC:90853:HQ:95", "HC", "missing_element", "SV1", "procedure_code"),
        ("95*30*", "95**", "missing_element", "SV1", "charge_amount"),
        ("95*30*", "95*1e5*", "not_money", "SV1", "charge_amount"),
        ("95*30*", "95*1.234*", "not_money", "SV1", "charge_amount"),
        ("95*30*", "95*.*", "not_money", "SV1", "charge_amount"),
        ("30*UN*1***1:2", "30*UN****1:2", "missing_element", "SV1", "service_units"),
        ("DTP*472*D8*20240105~", "", "missing_element", "DTP", "date_of_service"),
        ("D8*20240105", "D8*20240230", "not_a_date", "DTP", "date_of_service"),
        ("D8*20240105", "RD8*20240105-2024", "not_a_date", "DTP", "date_of_service"),
        ("XX*1000000004", "24*1000000004", "missing_element", "NM1", "billing_provider_npi"),
        ("*MI*M1~", "~", "missing_element", "NM1", "subscriber_id"),
        ("*PI*CTMCD", "", "missing_element", "NM1", "payer_id"),
        (LINE, "SV2*0900*HC:90853*30*UN*1~", "foreign_service_line", "SV1", None),
        (LINE + LINE_2, "", "missing_element", "SV1", "procedure_code"),
        ("REF*6R*L1~", "ZZZ*1~", "segment_out_of_place", None, None),
        ("REF*6R*L1~", "SBR*P*18~NM1*IL*1*ROE*JO****MI*M2~", "segment_out_of_place", None, None),
    ],
)
def test_a_claim_that_lacks_something_is_set_aside_and_the_rest_loads(
    old: str, new: str, code: str, segment: str | None, column: str | None
) -> None:
    good = transaction(HEADER, BILLING, SUBSCRIBER, CLAIM, LINE, LINE_2, number="0002")
    bad = replaced(old, new, HEADER + BILLING + SUBSCRIBER + CLAIM + LINE + LINE_2)
    text = file_of(transaction(bad), good)
    outcome = read(text)
    assert len(outcome.lines) == 2
    (reject,) = outcome.rejects
    assert (reject.kind, reject.reason_code) == (RejectKind.QUARANTINED, code)
    assert (reject.segment_code, reject.column_name) == (segment, column)
    assert reject.line_count == text.count("SV") - 2 - text.count("SVD")
    cut = text[reject.byte_start : reject.byte_end]
    assert cut.startswith("CLM*")
    assert text[reject.byte_end :].startswith("SE*")
    assert "ask the sender" in reject.reason
    assert not any(word in reject.reason for word in ("A1", " M1", "ROE", "CTMCD", "ELM"))


def test_claims_stay_doubtful_until_the_next_subscriber() -> None:
    lost_level = file_with(
        CLAIM + LINE, SUBSCRIBER.replace("HL*2*1*22*0", "HX*2*1*22*0") + CLAIM + LINE, DEPENDENT + CLAIM + LINE
    )
    assert read(lost_level).codes == ["segment_out_of_place"] * 3
    assert len(read(file_with(CLAIM + LINE, "HX*2~", SUBSCRIBER, CLAIM + LINE)).lines) == 1


def test_an_lx_without_its_sv1_sets_the_claim_aside() -> None:
    assert read(file_with(CLAIM, LINE, "LX*2~DTP*472*D8*20240108~")).codes == ["missing_element"]


def test_a_service_line_before_any_claim_is_set_aside() -> None:
    outcome = read(file_with(LINE, CLAIM, LINE, LINE_2))
    assert (outcome.codes, len(outcome.lines)) == (["line_outside_claim"], 2)


def test_a_claim_of_endless_lines_is_only_counted() -> None:
    outcome = read(file_with(CLAIM, LINE * 1_500))
    assert (outcome.codes, outcome.rejects[0].line_count) == (["too_many_lines"], 1_500)


CLAIMS = CLAIM + LINE + LINE_2 + CLAIM + LINE + LINE_2
TWO = transaction(HEADER, BILLING, SUBSCRIBER, CLAIMS)


@pytest.mark.parametrize("after", ["", END, GS + TWO + END, ISA + GS + TWO + END, TWO + END])
def test_a_transaction_without_se_loses_its_last_claim_only(after: str) -> None:
    broken = TWO[: TWO.index("SE*")]
    text = ISA + GS + broken + after
    outcome = read(text)
    (reject,) = outcome.rejects
    assert (reject.reason_code, reject.kind) == ("transaction_unfinished", RejectKind.QUARANTINED)
    assert len(outcome.lines) == 2 + after.count("SV1")
    assert text[reject.byte_start : reject.byte_end] == CLAIM + LINE + LINE_2


@pytest.mark.parametrize("keep", range(1, 9))
def test_a_file_cut_inside_a_segment_keeps_its_complete_claims(keep: int) -> None:
    text = ISA + GS + TWO[: TWO.rindex("SV1*") + keep]
    outcome = read(text)
    assert len(outcome.lines) == 2
    assert outcome.rejects[-1].byte_end == len(text)
    assert outcome.totals.warnings == {"trailer_missing": 2}


def test_text_that_is_no_segment_breaks_its_transaction_from_the_last_complete_claim_on() -> None:
    broken = transaction(HEADER, BILLING, SUBSCRIBER, CLAIM, LINE, CLAIM, LINE, "garbage~", LINE_2, CLAIM, LINE)
    text = file_of(broken, TWO.replace("0001", "0002"))
    outcome = read(text)
    (reject,) = outcome.rejects
    assert (reject.reason_code, reject.line_count) == ("not_a_segment", 3)
    assert len(outcome.lines) == 1 + 4
    assert text[reject.byte_start : reject.byte_end].split("SE*")[1].endswith("*0001~")


def test_a_broken_transaction_of_another_kind_is_quarantined() -> None:
    text = ISA + GS + "ST*835*0001~SVC*HC:90853*5*5~" + END
    (reject,) = read(text).rejects
    assert (reject.kind, reject.reason_code, reject.charge_cents) == (
        RejectKind.QUARANTINED,
        "transaction_unfinished",
        500,
    )


@pytest.mark.parametrize(
    "text", [replaced(GS, ""), END + GOOD, GOOD + CLAIM + LINE, GOOD + TWO, GOOD[50:], "", "no X12 at all", LINE]
)
def test_what_stands_outside_the_envelopes_is_set_aside(text: str) -> None:
    outcome = read(text)
    assert all(reject.kind is RejectKind.QUARANTINED for reject in outcome.rejects)
    assert len(outcome.lines) in (0, 2)


def test_an_unreadable_isa_sets_its_interchange_aside() -> None:
    outcome = read(GOOD + "ISA*00*x~" + GOOD[len(ISA) :] + GOOD)
    assert len(outcome.lines) == 4
    assert outcome.codes[0] == "isa_unreadable"


# --- the samples


def samples(*folders: str) -> list[str]:
    return sorted(str(path.relative_to(SHARED)) for folder in folders for path in (SHARED / "x12" / folder).glob("*"))


def read_sample(name: str) -> Outcome:
    return read((SHARED / name).read_bytes())


def load_expected() -> dict[str, dict[str, str]]:
    with (SHARED / "expected_x12_counts.csv").open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


@needs_samples
@pytest.mark.parametrize("name", samples("837p", "837p_structure"))
def test_a_sample_gives_the_counts_of_a_plain_split(name: str) -> None:
    expected = load_expected()[name]
    outcome = read_sample(name)
    for segment_id in ("ISA", "GS", "ST", "CLM", "SV1"):
        assert outcome.totals.segment_counts[segment_id] == int(expected[segment_id])
    assert outcome.totals.charge_in_cents == Decimal(expected["sum_SV102"]) * 100
    assert outcome.totals.warnings.get("segment_count_mismatch", 0) == int(expected["ST_with_wrong_SE01"])
    aside = [reject for reject in outcome.rejects if "mixed" not in name and "missing" not in name]
    assert aside == []
    assert all(line[column] is not None for line in outcome.lines for column in CLAIM_LINE_REQUIRED)


@needs_samples
@pytest.mark.parametrize("name", samples("835"))
def test_a_remittance_is_another_transaction(name: str) -> None:
    outcome = read_sample(name)
    assert outcome.totals.segment_counts.get("SVC", 0) == int(load_expected()[name]["SVC"])
    assert {reject.kind for reject in outcome.rejects} == {RejectKind.OTHER_TRANSACTION}
    assert outcome.lines == []


@needs_samples
def test_mixed_sample() -> None:
    outcome = read_sample("x12/837p/mixed_837p_837i.837")
    assert len(outcome.lines) == 1
    assert [(r.kind, r.line_count) for r in outcome.rejects] == [
        (RejectKind.OTHER_TRANSACTION, 3),
        (RejectKind.OTHER_TRANSACTION, 4),
    ]


@needs_samples
def test_group_therapy_sample_keeps_its_units_as_billed() -> None:
    lines = read_sample("x12/837p/bh_clinic_5claims.837").lines
    assert len(lines) == 5
    assert [line["service_units"] for line in lines if line["procedure_code"] == "90853"] == ["120"]


@needs_samples
@pytest.mark.parametrize(
    ("name", "payer", "subscriber"),
    [
        ("cob.example3.A", "999996666", "111223333"),
        ("cob.example3.B", "567890", "222334444"),
        ("cob.example4", "10234", "102200221B1"),
    ],
)
def test_coordination_samples_keep_their_payer_and_subscriber(name: str, payer: str, subscriber: str) -> None:
    lines = read_sample(f"x12/837p/lfh_demo.{name}.837").lines
    assert {(line["payer_id"], line["subscriber_id"]) for line in lines} == {(payer, subscriber)}


@needs_samples
def test_the_claim_without_clm05_can_be_cut_out_of_its_sample() -> None:
    name = "x12/837p_structure/x12_missing_elements.txt"
    (reject,) = read_sample(name).rejects
    assert (reject.reason_code, reject.segment_code, reject.column_name) == (
        "missing_element",
        "CLM",
        "place_of_service_code",
    )
    cut = (SHARED / name).read_bytes()[reject.byte_start : reject.byte_end]
    assert cut.startswith(b"CLM*") and cut.endswith(b"~")


# --- what must always hold

_words = st.text(alphabet="ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", min_size=1, max_size=12)
_cents = st.integers(min_value=0, max_value=9_999_999)
_days = st.dates(min_value=date(2000, 1, 1), max_value=date(2039, 12, 31))
_lines = st.fixed_dictionaries(
    {
        "procedure_code": st.sampled_from(["90853", "90849", "H0004", "90785"]),
        "modifiers": st.lists(st.sampled_from(["HQ", "95", "GT", "59"]), max_size=4),
        "cents": _cents,
        "service_units": st.sampled_from(["1", "2", "1.5", "120"]),
        "place_of_service_code": st.sampled_from(["", "10", "53"]),
        "day": _days,
        "line_control_number": st.one_of(st.just(""), _words),
    }
)
_claims = st.fixed_dictionaries(
    {
        "patient_control_number": _words,
        "member_id": _words,
        "payer_id": _words,
        "claim_frequency_code": st.sampled_from(["1", "7", "8"]),
        "diagnoses": st.lists(_words, min_size=1, max_size=12),
        "lines": st.lists(_lines, min_size=1, max_size=4),
    }
)


def write_claim(claim: dict) -> str:
    text = SUBSCRIBER.replace("*M1~", f"*{claim['member_id']}~").replace("CTMCD", claim["payer_id"])
    total = sum(line["cents"] for line in claim["lines"])
    text += f"CLM*{claim['patient_control_number']}*{Decimal(total) / 100}***11:B:{claim['claim_frequency_code']}~"
    text += "HI*" + "*".join(f"{'ABF' if n else 'ABK'}:{code}" for n, code in enumerate(claim["diagnoses"])) + "~"
    for number, line in enumerate(claim["lines"], start=1):
        procedure = ":".join(["HC", line["procedure_code"], *line["modifiers"]])
        text += f"LX*{number}~SV1*{procedure}*{Decimal(line['cents']) / 100}*UN*{line['service_units']}"
        text += f"*{line['place_of_service_code']}**1~DTP*472*D8*{line['day']:%Y%m%d}~"
        text += f"REF*6R*{line['line_control_number']}~" if line["line_control_number"] else ""
    return text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    claims=st.lists(_claims, max_size=5),
    marks=st.sampled_from(["*:^~", "|>_'", "\x1d\x1f\x1e\x1c"]),
    blanks=st.sampled_from(["", "\r\n"]),
)
def test_claims_that_are_written_come_back(claims: list[dict], marks: str, blanks: str) -> None:
    text = file_of(transaction(HEADER, BILLING, *map(write_claim, claims)))
    outcome = read(text.replace("~", "~" + blanks).translate(str.maketrans(dict(zip("*:^~", marks, strict=True)))))
    assert outcome.rejects == []
    assert outcome.totals.warnings == {}
    expected = [(claim, number, line) for claim in claims for number, line in enumerate(claim["lines"], start=1)]
    assert len(outcome.lines) == len(expected)
    for got, (claim, number, line) in zip(outcome.lines, expected, strict=True):
        for name in ("patient_control_number", "member_id", "payer_id", "claim_frequency_code"):
            assert got[name] == claim[name]
        assert [got[name] for name in DIAGNOSIS_COLUMNS if got[name]] == claim["diagnoses"]
        assert got["claim_line_number"] == str(number)
        for name in ("procedure_code", "service_units"):
            assert got[name] == line[name]
        assert [got[f"modifier_{n}"] for n in range(1, 5) if got[f"modifier_{n}"]] == line["modifiers"]
        assert got["charge_amount"] == f"{Decimal(line['cents']) / 100:.2f}"
        assert got["place_of_service_code"] == (line["place_of_service_code"] or "11")
        assert got["date_of_service"] == line["day"].isoformat()
        assert got["line_control_number"] == (line["line_control_number"] or None)


def mutate(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(data) + 1)
        to = min(len(data), at + chance.choice([1, 1, 2, 10, 60, 400]))
        match chance.randrange(7):
            case 0:
                data = data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + chance.choice([b"*", b":", b"~", b"^", b"\n", b" ", b"\0", b"ISA"]) + data[at:]
            case 2:
                data = data[:at] + data[to:]
            case 3:
                data = data[:to] + data[at:]
            case 4:
                data = data[:at]
            case 5:
                data = data[at:]
            case 6:
                data = data[:at] + ISA.encode() + data[at:]
    return data


@pytest.mark.parametrize("seed", range(8))
def test_damaged_files_never_raise_and_always_add_up(seed: int) -> None:
    chance = random.Random(seed)
    names = samples("837p", "837p_structure", "835") if SHARED.is_dir() else []
    sources = [GOOD.encode(), file_with(DEPENDENT, CLAIM + OTHER_PAYER, LINE + OTHER_LINE, LINE_2).encode()]
    sources += [(SHARED / name).read_bytes() for name in names]
    for _ in range(100):
        read(mutate(chance.choice(sources), chance), batch_lines=chance.choice([1, 3, 1000]))


class Generated(io.RawIOBase):
    """A file that is written while it is read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self._left) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._left += piece
        head, self._left = self._left[:size], self._left[size:]
        return head


def one_transaction(megabytes: int) -> Iterator[bytes]:
    yield (ISA + GS + "ST*837*1*005010X222A1~" + HEADER + BILLING).encode()
    block = (SUBSCRIBER + CLAIM + LINE + LINE_2).encode() * 200
    yield from (block for _ in range(megabytes * 1_000_000 // len(block)))
    yield ("SE*1*1~" + END).encode()


def no_terminators(megabytes: int) -> Iterator[bytes]:
    yield (ISA + GS).encode()
    yield from (b"x" * 1_000_000 for _ in range(megabytes))


def no_header(megabytes: int) -> Iterator[bytes]:
    yield from (b"LX*1~SV1*HC:90853*20~\n" * 50_000 for _ in range(megabytes))


def measure_peak(pieces: Iterator[bytes]) -> tuple[int, int]:
    """Reads a file and gives its lines and the most memory that this took."""
    tracemalloc.start()
    try:
        parts = read_professional_claims(cast(BinaryIO, Generated(pieces)), batch_lines=2_000)
        lines = sum(len(part) for part in parts if isinstance(part, RowBatch))
        return lines, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("write", [no_terminators, no_header])
def test_memory_is_bounded_for_files_without_structure(write: Callable[[int], Iterator[bytes]]) -> None:
    lines, peak = measure_peak(write(60))
    assert lines == 0
    assert peak < 20_000_000


# tracemalloc slows reading tenfold, so the large file is marked slow.
@pytest.mark.parametrize("megabytes", [6, pytest.param(30, marks=pytest.mark.slow)])
def test_memory_is_bounded_for_one_large_transaction(megabytes: int) -> None:
    lines, peak = measure_peak(one_transaction(megabytes))
    assert lines > megabytes * 4_000
    assert peak < 20_000_000
