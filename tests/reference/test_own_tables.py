"""Lists of the practice's own: every fault at once, and what a new file replaces."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from claims_audit.errors import RefusedTableError, UnreadableFileError
from tests.reference.conftest import Shelf
from tests.reference.layouts import csv_text, workbook

FEES = ("payer_id", "procedure_code", "fee_amount", "modifier_code", "place_of_service_code", "eff_from", "eff_to")
FEE = ("CTMCD", "90853", "31.50", "", "11", "2024-01-01", "")
PROVIDERS = ("rendering_provider_npi", "payer_id", "taxonomy_code", "enrolled_from", "enrolled_to", "is_supervisee")
PROVIDER = ("1234567893", "", "1041C0700X", "2020-01-01", "", "false")
COVER = (
    *("member_id", "payer_id", "coverage_from", "coverage_to", "coverage_order", "prior_authorization_number"),
    *("procedure_code", "authorized_units"),
)
SPAN = ("M1", "CTMCD", "2024-01-01", "2024-12-31", "1", "", "", "")
AUTHORIZED = ("M1", "CTMCD", "2024-01-01", "2024-06-30", "", "A-1", "90853", "12")


def test_fees(shelf: Shelf) -> None:
    loaded = shelf.deliver("fee-schedule", "fees.csv", csv_text(FEES, FEE))
    assert (loaded.edition.edition_id, loaded.edition.valid_from) == ("fee-schedule-CTMCD", date(2024, 1, 1))
    assert shelf.rows("select * exclude (edition_id) from contract_fee") == [
        ("CTMCD", "90853", None, "11", None, Decimal("31.50"), date(2024, 1, 1), None)
    ]


def test_new_fees_replace_those_of_the_payers_in_them_only(shelf: Shelf) -> None:
    other = ("MAMCD", *FEE[1:])
    first = shelf.load("fee-schedule", shelf.write("a.csv", csv_text(FEES, FEE, ("CTMCD", "90847", *FEE[2:]), other)))
    assert [(item.edition.edition_id, item.edition.row_count) for item in first] == [
        ("fee-schedule-CTMCD", 2),
        ("fee-schedule-MAMCD", 1),
    ]
    second = shelf.deliver("fee-schedule", "b.csv", csv_text(FEES, (*FEE[:2], "99.00", *FEE[3:])))
    assert second.status == "replaced"
    assert shelf.rows("select payer_id, fee_amount from contract_fee order by all") == [
        ("CTMCD", Decimal("99.00")),
        ("MAMCD", Decimal("31.50")),
    ]
    again = shelf.deliver("fee-schedule", "b.csv", csv_text(FEES, (*FEE[:2], "99.00", *FEE[3:])))
    assert again.status == "unchanged"


@pytest.mark.parametrize(
    ("at", "value", "why"),
    [
        (1, "9085", "procedure_code is not five"),
        (2, "-1", "fee_amount is not an amount"),
        (2, "1.234", "fee_amount is not an amount"),
        (2, "", "fee_amount is empty"),
        (0, "", "payer_id is empty"),
        (3, "5", "modifier_code is not two"),
        (4, "1", "place_of_service_code is not two"),
        (5, "2024-02-30", "eff_from is not a calendar date"),
        (6, "2023-12-31", "ends before it starts"),
    ],
)
def test_bad_fee(shelf: Shelf, at: int, value: str, why: str) -> None:
    bad = [*FEE[:at], value, *FEE[at + 1 :]]
    content = csv_text(FEES, ("OTHER", *FEE[1:]), bad)
    shelf.refused("fee-schedule", shelf.write("fees.csv", content), RefusedTableError, f"line 3 .*{why}")


def test_all_faults_are_told_at_once(shelf: Shelf) -> None:
    content = csv_text(FEES, ("", "9085", "x", "", "", "", ""), ("A", "90853", "1", "", "", "x", ""))
    told = shelf.refused("fee-schedule", shelf.write("fees.csv", content), RefusedTableError, "line 2")
    assert told.count("line 2 ") == 3 and "line 3 eff_from" in told


@pytest.mark.parametrize(
    ("spans", "is_bad"),
    [
        ([("2024-01-01", "2024-06-30"), ("2024-07-01", "")], False),
        ([("2024-07-01", ""), ("2024-01-01", "2024-06-30")], False),
        ([("2024-01-01", "2024-07-01"), ("2024-07-01", "")], True),
        ([("", ""), ("2024-07-01", "2024-07-31")], True),
        ([("2024-01-01", "2024-12-31"), ("2024-02-01", "2024-02-28"), ("2024-06-01", "2024-06-30")], True),
        ([("2024-01-01", ""), ("2024-01-01", "")], True),
    ],
)
def test_fees_of_one_code_may_not_overlap(shelf: Shelf, spans: list[tuple[str, str]], is_bad: bool) -> None:
    content = csv_text(FEES, *((*FEE[:5], *span) for span in spans), ("OTHER", *FEE[1:]), (FEE[0], "90847", *FEE[2:]))
    path = shelf.write("fees.csv", content)
    if is_bad:
        shelf.refused("fee-schedule", path, RefusedTableError, "overlaps a row of the same payer")
    else:
        assert len(shelf.load("fee-schedule", path)) == 2


def test_providers_are_replaced_wholly(shelf: Shelf) -> None:
    shelf.deliver("providers", "a.csv", csv_text(PROVIDERS, PROVIDER, ("1093817465", *PROVIDER[1:])))
    loaded = shelf.deliver("providers", "b.csv", csv_text(PROVIDERS, (*PROVIDER[:5], "true")))
    assert (loaded.status, loaded.edition.edition_id) == ("replaced", "providers")
    assert shelf.rows("select rendering_provider_npi, is_supervisee, enrolled_from from provider_enrolment") == [
        ("1234567893", True, date(2020, 1, 1))
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (("123456789", *PROVIDER[1:]), "rendering_provider_npi is not ten digits"),
        ((*PROVIDER[:2], "LCSW", *PROVIDER[3:]), "taxonomy_code is not ten"),
        ((*PROVIDER[:4], "2019-12-31", "false"), "ends before it starts"),
        ((*PROVIDER[:5], "yes"), "is_supervisee is neither true nor false"),
        (PROVIDER, "stands in the file twice"),
    ],
)
def test_bad_provider(shelf: Shelf, row: tuple[str, ...], why: str) -> None:
    path = shelf.write("providers.csv", csv_text(PROVIDERS, PROVIDER, row))
    shelf.refused("providers", path, RefusedTableError, f"line 3 {why}")


def test_exclusion_needs_its_start(shelf: Shelf) -> None:
    content = csv_text(("rendering_provider_npi", "excluded_to"), ("1234567893", "2024-01-01"))
    shelf.refused("providers", shelf.write("a.csv", content), RefusedTableError, "has the end of an exclusion")


def test_eligibility_has_spans_and_authorizations(shelf: Shelf) -> None:
    loaded = shelf.deliver("eligibility", "cover.csv", csv_text(COVER, SPAN, AUTHORIZED))
    assert loaded.edition.row_count == 2
    assert shelf.rows("select * exclude (edition_id) from coverage_span") == [
        ("M1", "CTMCD", date(2024, 1, 1), date(2024, 12, 31), 1)
    ]
    assert shelf.rows("select * exclude (edition_id) from service_authorization") == [
        ("M1", "CTMCD", "A-1", "90853", date(2024, 1, 1), date(2024, 6, 30), Decimal("12.000"))
    ]
    shelf.deliver("eligibility", "newer.csv", csv_text(COVER[:3], ("M2", "CTMCD", "2024-01-01")))
    assert shelf.rows("select member_id from coverage_span") == [("M2",)]
    assert shelf.rows("select * from service_authorization") == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ((*SPAN[:6], "90853", ""), "has a code or units and no prior_authorization_number"),
        ((*SPAN[:4], "0", *SPAN[5:]), "coverage_order is not a whole number"),
        ((*AUTHORIZED[:7], "-1"), "authorized_units is not a number"),
        (("M1", "CTMCD", "", *SPAN[3:]), "coverage_from is empty"),
        (SPAN, "stands in the file twice"),
    ],
)
def test_bad_eligibility_is_told_without_its_values(shelf: Shelf, row: tuple[str, ...], why: str) -> None:
    path = shelf.write("cover.csv", csv_text(COVER, SPAN, row))
    told = shelf.refused("eligibility", path, RefusedTableError, f"line 3 {why}")
    assert "M1" not in told and "A-1" not in told


def test_columns_are_named(shelf: Shelf) -> None:
    path = shelf.write("fees.csv", csv_text(("payer_id", "cpt", "cpt", "fee_amount"), ("A", "90853", "x", "1")))
    told = shelf.refused("fee-schedule", path, UnreadableFileError, "lacks columns procedure_code")
    assert "unknown columns cpt, cpt" in told and "repeated columns cpt" in told
    shelf.refused("fee-schedule", shelf.write("fees.csv", csv_text(FEES)), UnreadableFileError, "no rows")
    ragged = shelf.write("fees.csv", csv_text(FEES, FEE, FEE[:4]))
    shelf.refused("fee-schedule", ragged, RefusedTableError, "line 3 has 4 cells, the header has 7")


def test_workbook_with_days_and_numbers(shelf: Shelf) -> None:
    rows = [FEES, ("CTMCD", 90853, 31.5, None, "11", date(2024, 1, 1), None)]
    shelf.load("fee-schedule", workbook(shelf.desk.inbox / "fees.xlsx", *rows))
    assert shelf.rows("select procedure_code, fee_amount, eff_from from contract_fee") == [
        ("90853", Decimal("31.50"), date(2024, 1, 1))
    ]
    bad = workbook(shelf.desk.inbox / "bad.xlsx", FEES, ("CTMCD", 9085, 31.5, None, "11", None, None))
    shelf.refused("fee-schedule", bad, RefusedTableError, "row 2 procedure_code")
