"""How exports write their cells, and the canonical text of each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claims_audit.readers.tables.cells import CellStyle, clean, converters
from claims_audit.readers.tables.moments import compile_format

US = CellStyle(dates=("MM/DD/YYYY", "MM/DD/YY", "DD-MON-YYYY", "MON D, YYYY"))

# Column, cell, canonical text. A text that comes back as it is was not understood, or needs nothing.
CASES = """
date_of_service       | 03/04/2024              | 2024-03-04
date_of_service       | 3/4/2024                | 2024-03-04
date_of_service       | 3/4/24                  | 2024-03-04
date_of_service       | 12/31/68                | 2068-12-31
date_of_service       | 12/31/69                | 1969-12-31
date_of_service       | 13/04/2024              | 13/04/2024
date_of_service       | 02/30/2024              | 02/30/2024
date_of_service       | 2024-03-04              | 2024-03-04
date_of_service       | 2024-3-4                | 2024-03-04
date_of_service       | 2024-03-04 00:00:00     | 2024-03-04
date_of_service       | 2024-03-04T10:30:00.000 | 2024-03-04
date_of_service       | 20240304                | 2024-03-04
date_of_service       | 202403041               | 202403041
date_of_service       | 30-May-2015             | 2015-05-30
date_of_service       | 30-MAY-2015             | 2015-05-30
date_of_service       | March 4, 2024           | 2024-03-04
date_of_service       | 30-Mai-2015             | 30-Mai-2015
date_of_service       | 45355                   | 45355
date_of_service       | soon                    | soon
session_start_at      | 03/04/2024 9:05 AM      | 2024-03-04 09:05
session_start_at      | 03/04/2024 12:05 am     | 2024-03-04 00:05
session_start_at      | 3/4/24 12:05PM          | 2024-03-04 12:05
session_start_at      | 03/04/2024 13:05 PM     | 03/04/2024 13:05 PM
session_start_at      | 03/04/2024, 14:05       | 2024-03-04 14:05
session_start_at      | 2024-03-04T09:00:30     | 2024-03-04 09:00:30
session_start_at      | 2024-03-04 09:00        | 2024-03-04 09:00
session_start_at      | 2024-03-04T09:00:00Z    | 2024-03-04 09:00:00
session_start_at      | 2024-03-04 24:00        | 2024-03-04 24:00
session_start_at      | 2024-03-04              | 2024-03-04
charge_amount         | 40.25                   | 40.25
charge_amount         | $1,234.50               | 1234.50
charge_amount         | $ 40                    | 40
charge_amount         | 40.2500                 | 40.25
charge_amount         | 40.255                  | 40.255
charge_amount         | .5                      | 0.5
charge_amount         | (60.00)                 | -60.00
charge_amount         | ($1,060.00)             | -1060.00
charge_amount         | 60.00-                  | -60.00
charge_amount         | -$60.00                 | -60.00
charge_amount         | -0.00                   | 0.00
charge_amount         | 1,23.50                 | 1,23.50
charge_amount         | 12,34                   | 12,34
charge_amount         | --5                     | --5
charge_amount         | free                    | free
service_units         | 1.0                     | 1
service_units         | 1.50                    | 1.5
service_units         | -1                      | -1
service_units         | one                     | one
billing_provider_npi  | 1234567893.0            | 1234567893
billing_provider_npi  | 1.234567893E9           | 1234567893
billing_provider_npi  | 1.234567893E+09         | 1234567893
billing_provider_npi  | 1.23E+09                | 1.23E+09
facilitator_npis      | 1234567893, 1245319599  | 1234567893;1245319599
facilitator_npis      | 1234567893 / 1245319599 | 1234567893;1245319599
facilitator_npis      | A. Person               | A. Person
place_of_service_code | 2                       | 02
place_of_service_code | 11.0                    | 11
place_of_service_code | 11 - Office             | 11
place_of_service_code | Office                  | Office
procedure_code        | 90853                   | 90853
procedure_code        | 90853.0                 | 90853
procedure_code        | h0004                   | H0004
procedure_code        | 90853-59                | 90853;59
procedure_code        | 90853:HQ:59             | 90853;HQ;59
procedure_code        | 90853 hq                | 90853;HQ
procedure_code        | HC:90853:HQ             | 90853;HQ
procedure_code        | 90853 - Group therapy   | 90853
procedure_code        | Group therapy           | Group therapy
procedure_code        | 90853-59-HQ-95-AH-GT    | 90853-59-HQ-95-AH-GT
modifier_1            | 95-AH                   | 95;AH
modifier_1            | 95,AH                   | 95;AH
modifier_1            | 95 ah                   | 95;AH
modifier_1            | 9559                    | 95;59
modifier_1            | 59.0                    | 59
modifier_1            | 1                       | 1
modifier_1            | NONE                    | NONE
modifier_1            | 59,HQ,95,AH,GT          | 59,HQ,95,AH,GT
diagnosis_code_1      | F33.1                   | F33.1
diagnosis_code_1      | f331                    | F331
diagnosis_code_1      | F33.1;F41.1             | F33.1;F41.1
diagnosis_code_1      | F33.1, F41.1            | F33.1;F41.1
diagnosis_code_1      | F33.1 - Depression      | F33.1
diagnosis_code_1      | 300.00                  | 300.00
diagnosis_code_1      | Depression              | Depression
diagnosis_pointers    | AB                      | 1:2
diagnosis_pointers    | 1,2                     | 1:2
diagnosis_pointers    | A                       | 1
diagnosis_pointers    | 12                      | 12
member_id             | 00123                   | 00123
member_id             | 123.0                   | 123
member_id             | 1E5                     | 1E5
"""
ROWS = [tuple(part.strip() for part in line.split("|")) for line in CASES.strip().splitlines()]


@pytest.mark.parametrize(("column", "cell", "canonical"), ROWS)
def test_cell_becomes_canonical_text(column: str, cell: str, canonical: str) -> None:
    convert = converters(US)[column]
    assert convert(cell) == canonical
    assert convert(canonical) == canonical


@pytest.mark.parametrize(
    ("style", "column", "cell", "canonical"),
    [
        (CellStyle(dates=("DD/MM/YYYY",)), "date_of_service", "03/04/2024", "2024-04-03"),
        (CellStyle(dates=("DD.MM.YYYY",)), "date_of_service", "3.4.2024", "2024-04-03"),
        (CellStyle(), "date_of_service", "03/04/2024", "03/04/2024"),
        (CellStyle(dates=("MMDDYYYY",)), "date_of_service", "03042024", "2024-03-04"),
        (CellStyle(dates=("excel",)), "date_of_service", "45355", "2024-03-04"),
        (CellStyle(dates=("excel",)), "date_of_service", "20240304", "2024-03-04"),
        (CellStyle(dates=("excel",)), "session_start_at", "45355.395833333", "2024-03-04 09:30"),
        (CellStyle(dates=("excel",)), "session_start_at", "45355 9:30 AM", "2024-03-04 09:30"),
        (CellStyle(dates=("excel",)), "session_start_at", "45355 0.395833333", "2024-03-04 09:30"),
        (CellStyle(dates=("excel",)), "session_start_at", "45355.25 9:30", "45355.25 9:30"),
        (CellStyle(dates=("M/D/YYYY",)), "session_start_at", "3/4/2024 9 am", "2024-03-04 09:00"),
        (CellStyle(dates=("M/D/YYYY",)), "session_start_at", "3/4/2024 1430", "2024-03-04 14:30"),
        (CellStyle(dates=("M/D/YYYY",)), "session_start_at", "3/4/2024 905", "2024-03-04 09:05"),
        (CellStyle(dates=("M/D/YYYY",)), "session_start_at", "3/4/2024 2460", "3/4/2024 2460"),
        (CellStyle(dates=("M/D/YYYY",)), "session_start_at", "3/4/2024 9", "3/4/2024 9"),
        (CellStyle(dates=("M/D/YYYY",)), "session_start_at", "3/4/2024 3/5/2024 9:30", "2024-03-05 09:30"),
        (CellStyle(dates=("M/D/YYYY",)), "session_start_at", "3/4/2024 3/4/2024", "3/4/2024 3/4/2024"),
        (CellStyle(decimal=",", thousands="."), "charge_amount", "1.234,50", "1234.50"),
        (CellStyle(decimal=",", thousands="."), "service_units", "1,5", "1.5"),
        (CellStyle(thousands=""), "charge_amount", "1,234.50", "1,234.50"),
        (CellStyle(timezone="America/New_York"), "session_start_at", "2024-03-05T01:30:00Z", "2024-03-04 20:30:00"),
        (CellStyle(timezone="America/New_York"), "session_start_at", "2024-07-05T01:30:00Z", "2024-07-04 21:30:00"),
        (CellStyle(timezone="America/New_York"), "session_start_at", "2024-03-04 09:00+01:00", "2024-03-04 03:00"),
        (CellStyle(timezone="America/New_York"), "session_start_at", "2024-03-04 09:00", "2024-03-04 09:00"),
        (CellStyle(timezone="America/New_York"), "date_of_service", "2024-03-05T01:30:00Z", "2024-03-04"),
    ],
)
def test_the_style_decides(style: CellStyle, column: str, cell: str, canonical: str) -> None:
    assert converters(style)[column](cell) == canonical


def test_a_cell_of_many_days_is_no_moment() -> None:
    cell = "3/4/2024 " * 10_000 + "9:30"
    assert converters(US)["session_start_at"](cell) == cell


@pytest.mark.parametrize(
    ("cell", "cleaned"), [('="00123"', "00123"), ("'00123", "00123"), (" x ", "x"), ("'", "'"), ('=""', '=""')]
)
def test_what_spreadsheets_put_around_a_text_goes(cell: str, cleaned: str) -> None:
    assert clean(cell) == cleaned


@pytest.mark.parametrize("text", ["MM/YYYY", "MM/DD", "DD/DD/YYYY", "", "soon"])
def test_a_format_names_day_month_and_year(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        compile_format(text)


@given(st.text(min_size=1, max_size=40).map(str.strip).filter(bool), st.booleans())
def test_any_text_is_converted_once_and_for_all(cell: str, serial_dates: bool) -> None:
    for column, convert in converters(US, serial_dates=serial_dates).items():
        once = convert(cell)
        assert convert(once) == once, column
