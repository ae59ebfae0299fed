"""Which edition of the national fee schedule prices a line: several stand side by side, and the day decides."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import duckdb
import pytest

from claims_audit.checking.catalog import read_catalog
from tests.checks.case_tables import create_tables

VIEWS = {view.name: view.sql for view in read_catalog().views}
EDITIONS = """
insert into reference_edition by name
select * from (values
    ('pfs-2025', 'pfs', 'medicare', date '2025-01-01', date '2025-12-31'),
    ('pfs-2024', 'pfs', 'medicare', date '2024-01-01', date '2024-12-31'),
    ('pfs-2025-medicaid', 'pfs', 'medicaid', date '2025-01-01', null),
    ('not-fees', 'icd10', null, date '2025-01-01', null)
) as edition(edition_id, kind_code, program, valid_from, valid_to),
(select 'Fees' as title, false as is_shipped, 1 as row_count)
"""
FEES = """
insert into fee by name
select * from (values
    ('pfs-2025', '90853', 28.00), ('pfs-2024', '90853', 27.00), ('pfs-2025-medicaid', '90853', 20.00),
    ('pfs-2025', '90847', 0.00), ('not-fees', '90853', 99.00)
) as fee(edition_id, procedure_code, fee_amount), (select 'CMS' as source_title)
"""
LINES = """
insert into claim_line by name
select
    line_number as claim_line_id, line_number as claim_line_number, payer_id, procedure_code,
    cast(day as date) as date_of_service, 'C' || line_number as claim_id, 'C' as patient_control_number,
    '1' as claim_frequency_code, 'M' as member_id, '1' as billing_provider_npi, '2' as rendering_provider_npi,
    '11' as place_of_service_code, 1 as service_units, 60 as charge_amount, 1 as file_id, 0 as byte_start,
    0 as byte_end, '' as line_sha
from (values
    (1, 'MEDICARE', '90853', '2025-01-01'), (2, 'MEDICARE', '90853', '2024-12-31'),
    (3, 'CTMCD', '90853', '2025-06-01'), (4, 'CTMCD', '90853', '2024-06-01'), (5, 'AETNA', '90853', '2025-06-01'),
    (6, 'MEDICARE', '90853', '2023-06-01'), (7, 'MEDICARE', '90847', '2025-01-01')
) as line(line_number, payer_id, procedure_code, day)
"""


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        create_tables(con)
        for statement in (EDITIONS, FEES, LINES):
            con.execute(statement)
        for view in ("edition_in_force", "fee_edition", "expected_fee", "line_fee"):
            con.execute(f"create table {view} as {VIEWS[view]}")
        yield con


def test_the_edition_of_the_day_and_the_payers_own_program_prices_a_line(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute("select claim_line_id, national_unit_amount from line_fee order by claim_line_id").fetchall()
    assert dict(rows) == {
        1: Decimal("28.00"),
        2: Decimal("27.00"),
        3: Decimal("20.00"),
        4: Decimal("27.00"),
        5: Decimal("28.00"),
        6: Decimal("27.63"),  # no edition covers the day: the shipped one stands in
        7: None,  # the edition has no price for the code, which is not a price of nothing
    }


def test_the_fee_of_a_quarter_is_that_of_the_edition_in_force(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(
        "select payer_id, service_year, unit_amount from expected_fee where procedure_code = '90853'"
    ).fetchall()
    assert sorted(rows) == [
        ("AETNA", 2025, Decimal("28.00")),
        ("CTMCD", 2024, Decimal("27.00")),
        ("CTMCD", 2025, Decimal("20.00")),
        ("MEDICARE", 2023, Decimal("27.63")),
        ("MEDICARE", 2024, Decimal("27.00")),
        ("MEDICARE", 2025, Decimal("28.00")),
    ]
