"""Editions of the national tables stand side by side: each day of service is judged by the one that speaks of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb
import pytest

from claims_audit.checking.catalog import Catalog, read_catalog
from tests.checks.case_tables import create_tables, finish_tables
from tests.checks.engines import DuckDbAnswering

# Of every pair and limit the second edition says something else than the first.
WINTER, SPRING = "2025-02-04", "2025-05-06"
PTP = {
    "winter": [
        *[
            ("90853", "90834", 1),
            ("90853", "90847", 1),
            ("90847", "90834", 1),
            ("90853", "99213", 1),
            ("90847", "99213", 1),
        ],
        *[("90791", "90853", 0), ("27447", "27446", 0)],
    ],
    "spring": [
        *[("90834", "90853", 1), ("90847", "90853", 1), ("90834", "90847", 1)],
        *[("90791", "90853", 9), ("90834", "90832", 0)],
    ],
}
MUE = {
    "winter": [("90853", 1, "3"), ("90834", 2, "1"), ("27447", 1, "2")],
    "spring": [("90853", 2, "3"), ("90834", 1, "1")],
}
SETTING = {"data_view": "provider", "feasible_minutes": "720", "min_group_minutes": "45"}
CLAIM_LINE = {
    "file_id": 1,
    "byte_start": 0,
    "byte_end": 0,
    "line_sha": "",
    "claim_line_number": 1,
    "claim_frequency_code": "1",
    "payer_id": "MEDICARE",
    "member_id": "M1",
    "billing_provider_npi": "1999999984",
    "rendering_provider_npi": "1234567893",
    "place_of_service_code": "11",
    "date_of_service": WINTER,
    "service_units": "1",
    "charge_amount": "200.00",
}

# Of the lines of a day: code, modifier and what was paid.
Lines = list[tuple[str, str | None, str]]
# What was found of a day: check ids, with the dollars at risk.
Told = list[tuple[str, str]]
Found = Callable[..., dict[str, Told]]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return read_catalog()


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        create_tables(con)
        load_edition(con, "winter", "2025-01-01", "2025-03-31")
        load_edition(con, "spring", "2025-04-01", None)
        yield con


@pytest.fixture
def found(con: duckdb.DuckDBPyConnection, catalog: Catalog) -> Found:
    """Bills the same lines of one person and clinician on each day, and runs every check that reads the editions."""

    def run(days: tuple[str, ...], lines: Lines, **columns: str) -> dict[str, Told]:
        for day in days:
            for code, modifier, paid in lines:
                number = con.execute("select count(*) from claim_line").fetchall()[0][0]
                row = CLAIM_LINE | {
                    "claim_line_id": number,
                    "claim_id": f"C{number}",
                    "patient_control_number": f"C{number}",
                    "date_of_service": day,
                    "procedure_code": code,
                    "modifier_1": modifier,
                    "paid_amount": paid,
                }
                insert(con, "claim_line", row | columns)
        finish_tables(con, dict(SETTING))
        answering = DuckDbAnswering()
        answering.make_views(con, catalog)
        told: dict[str, Told] = {day: [] for day in days}
        for check in catalog.checks:
            if check.family == "modifiers" or check.check_id == "units_over_limit":
                for row in answering.rows(check.sql):
                    told[str(row["date_of_service"])].append((check.check_id, str(row["exposure_amount"])))
        return told

    return run


def load_edition(
    con: duckdb.DuckDBPyConnection, name: str, valid_from: str, valid_to: str | None, program: str = "medicare"
) -> None:
    """Both tables of an edition, as `reference load` leaves them."""
    for kind, table in (("ncci-ptp", "ncci_pair"), ("ncci-mue", "ncci_mue")):
        edition = {
            "edition_id": f"{kind}-{name}-{program}",
            "kind_code": kind,
            "title": name,
            "program": program,
            "setting": "practitioner",
            "valid_from": valid_from,
            "valid_to": valid_to,
            "is_shipped": "false",
            "row_count": 1,
        }
        insert(con, "reference_edition", edition)
        for entry in (PTP if table == "ncci_pair" else MUE)[name]:
            names = (
                ("column_one_code", "column_two_code", "modifier_indicator")
                if table == "ncci_pair"
                else ("procedure_code", "mue_units", "mue_adjudication_code")
            )
            source = {"source_title": name} if table == "ncci_pair" else {}
            row = dict(zip(names, entry, strict=True)) | source | {"edition_id": edition["edition_id"]}
            insert(con, table, row)


def insert(con: duckdb.DuckDBPyConnection, table: str, row: dict[str, Any]) -> None:
    con.execute(f"insert into {table} ({', '.join(row)}) values ({', '.join(f'${name}' for name in row)})", row)


@pytest.mark.parametrize(
    ("lines", "winter", "spring"),
    [
        pytest.param(
            [("90853", None, "27.63"), ("90834", None, "103.19")],
            [("missing_distinct_modifier", "103.19")],
            [("missing_distinct_modifier", "27.63")],
            id="R13: the other code is the one that is not paid",
        ),
        pytest.param(
            [("90853", None, "27.63"), ("90847", None, "102.19")],
            [("group_and_family_same_day", "102.19")],
            [("group_and_family_same_day", "27.63")],
            id="R15: group and family",
        ),
        pytest.param(
            [("90834", None, "103.19"), ("90847", None, "102.19")],
            [("individual_and_family_same_day", "103.19")],
            [("individual_and_family_same_day", "102.19")],
            id="R16: individual and family",
        ),
        pytest.param(
            [("90791", None, "172.10"), ("90853", None, "27.63")],
            [("codes_never_together", "27.63")],
            [],
            id="R17: a pair that was withdrawn (9) is none",
        ),
        pytest.param(
            [("90834", None, "103.19"), ("90832", None, "78.23")],
            [],
            [("codes_never_together", "78.23")],
            id="R17: a pair that was added",
        ),
        pytest.param(
            [("90853", None, "27.63"), ("99213", None, "91.39")],
            [("visit_with_group_without_modifier", "91.39")],
            [],
            id="R19: a visit",
        ),
        pytest.param(
            [("90853", None, "27.63"), ("99213", "59", "91.39")],
            [],
            [("distinct_modifier_without_reason", "0.00")],
            id="R18: a modifier whose pair is gone",
        ),
        pytest.param(
            [("90847", None, "102.19"), ("99213", None, "91.39")],
            [],
            [],
            id="R19: a visit and a family session are another question",
        ),
        pytest.param(
            [("90853", "59", "27.63"), ("27447", None, "900.00")],
            [("distinct_modifier_without_reason", "0.00")],
            [("distinct_modifier_without_reason", "0.00")],
            id="R18: a loaded table knows all codes",
        ),
        pytest.param(
            [("90853", None, "27.63"), ("90853", "76", "27.63")],
            [("units_over_limit", "27.63")],
            [],
            id="R22: two units",
        ),
    ],
)
def test_the_edition_of_the_day_decides(found: Found, lines: Lines, winter: Told, spring: Told) -> None:
    assert found((WINTER, SPRING), lines) == {WINTER: winter, SPRING: spring}


def test_a_payer_that_wants_the_column_two_line_means_that_of_the_day(
    con: duckdb.DuckDBPyConnection, found: Found
) -> None:
    insert(
        con,
        "payer_policy",
        {
            "policy_id": "ours",
            "payer_id": "OURPLAN",
            "rule_key": "distinct_mod_line",
            "rule_value": "ncci_column2",
            "source_title": "Provider manual of Our Plan",
            "source_kind": "official",
            "is_verified": "true",
        },
    )
    lines: Lines = [("90853", "59", "27.63"), ("90834", None, "103.19")]
    assert found((WINTER, SPRING), lines, payer_id="OURPLAN") == {
        WINTER: [("distinct_modifier_on_wrong_line", "103.19")],
        SPRING: [],
    }


@pytest.mark.parametrize("units", ["1", "2"])
def test_with_indicator_1_each_line_is_held_against_the_limit(found: Found, units: str) -> None:
    lines: Lines = [("90834", None, "100.00"), ("90834", "76", "100.00"), ("90834", "77", "100.01")]
    expected = [] if units == "1" else [("units_over_limit", "150.01")]
    assert found((SPRING,), lines, service_units=units) == {SPRING: expected}


@pytest.mark.parametrize(("payer_id", "exposure"), [("ILMCD", "27.63"), ("MEDICARE", "103.19"), ("NOBODY", "103.19")])
def test_a_program_of_which_an_edition_is_loaded_is_judged_by_its_own(
    con: duckdb.DuckDBPyConnection, found: Found, payer_id: str, exposure: str
) -> None:
    load_edition(con, "spring", "2025-01-01", "2025-03-31", program="medicaid")
    lines: Lines = [("90853", None, "27.63"), ("90834", None, "103.19")]
    assert found((WINTER,), lines, payer_id=payer_id) == {WINTER: [("missing_distinct_modifier", exposure)]}


def test_for_a_day_before_all_loaded_editions_the_shipped_one_stands_in(found: Found) -> None:
    lines: Lines = [("90853", None, "27.63"), ("90834", None, "103.19"), ("90791", "59", "172.10")]
    assert found(("2014-09-30", "2014-10-01"), lines) == {
        "2014-09-30": [("codes_never_together", "130.82"), ("missing_distinct_modifier", "27.63")],
        "2014-10-01": [("codes_never_together", "130.82"), ("missing_distinct_modifier", "103.19")],
    }


def test_what_is_no_therapy_is_not_looked_at(found: Found) -> None:
    lines: Lines = [("27447", None, "900.00"), ("27447", None, "900.00"), ("27446", "59", "800.00")]
    assert found((WINTER,), lines) == {WINTER: []}


def test_pairs_of_codes_that_nobody_billed_are_left_in_the_table(con: duckdb.DuckDBPyConnection, found: Found) -> None:
    found((WINTER,), [("90791", None, "172.10"), ("90853", None, "27.63")])
    pairs = con.execute("select edition_id, column_one_code, column_two_code from pair_edit order by 1").fetchall()
    assert pairs == [("ncci-ptp-winter-medicare", "90791", "90853"), ("shipped-ncci-ptp", "90791", "90853")]


@pytest.mark.parametrize(
    ("lines", "columns", "check_id", "unjudged"),
    [
        ([("90853", None, "27.63"), ("99213", None, "91.39")], {}, "units_over_limit", 1),
        ([("90853", None, "27.63")], {"unit_basis_code": "MJ"}, "units_over_limit", 1),
        ([("90853", None, "27.63")], {"unit_basis_code": "MJ"}, "whole_group_on_one_line", 1),
        ([("90853", None, "27.63")], {"unit_basis_code": "UN"}, "whole_group_on_one_line", 0),
        ([("90853", None, "27.63")], {"place_of_service_code": "22"}, "codes_never_together", 1),
        ([("90853", None, "27.63")], {}, "codes_never_together", 0),
        ([("90853", "59", "27.63")], {"place_of_service_code": "22"}, "distinct_modifier_without_reason", 1),
        ([("90853", "59", "27.63")], {}, "distinct_modifier_without_reason", 0),
        ([("90853", None, "27.63")], {}, "visits_over_frequency_limit", 1),
        ([("90853", None, "27.63")], {"payer_id": "ILMCD"}, "visits_over_frequency_limit", 0),
        ([("90834", None, "103.19")], {"payer_id": "TRICARE"}, "visits_over_frequency_limit", 0),
        ([("90853", None, "27.63")], {"payer_id": "TXMCD"}, "visits_over_frequency_limit", 1),
        (
            [("90853", None, "27.63")],
            {"payer_id": "TXMCD", "session_start_at": f"{WINTER} 10:00", "session_end_at": f"{WINTER} 11:00"},
            "visits_over_frequency_limit",
            0,
        ),
    ],
)
def test_what_could_not_be_judged_is_counted(
    con: duckdb.DuckDBPyConnection,
    found: Found,
    catalog: Catalog,
    lines: Lines,
    columns: dict[str, str],
    check_id: str,
    unjudged: int,
) -> None:
    found((WINTER,), lines, **columns)
    check = catalog.check(check_id)
    counted = con.execute(f"select count(*) from {check.subject} where not {check.checkable}").fetchall()
    assert counted == [(unjudged,)]
