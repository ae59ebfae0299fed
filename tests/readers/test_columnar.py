"""The Parquet reader: text, typed values as pandas, Spark and DuckDB write them, and files that break off."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from claims_audit.errors import UnreadableFileError
from claims_audit.model import CLAIM_LINE_COLUMNS, FileTotals, RowBatch
from claims_audit.readers.tables.columnar import as_text, parquet_table, read_columnar

Row = dict[str, str]
TIMES = {"session_start_at": "2024-03-04 09:00:00", "session_end_at": "2024-03-04 10:00:00"}


@pytest.fixture
def rows(claim: Callable[..., Row]) -> list[Row]:
    return [claim(patient_control_number=f"P{n}", charge_amount=f"{n}.5", **TIMES) for n in range(1, 4)]


def write(path: Path, rows: list[Row], **columns: pa.Array) -> Path:
    table = pa.table({name: [row[name] for row in rows] for name in rows[0]})
    for name, values in columns.items():
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, values) if at >= 0 else table.append_column(name, values)
    pq.write_table(table, path)
    return path


def read(path: Path, batch_lines: int = 50_000) -> tuple[list[dict[str, object]], FileTotals]:
    items = list(read_columnar(path, path.name, batch_lines=batch_lines))
    assert isinstance(items[-1], FileTotals)
    found: list[dict[str, object]] = []
    for batch in items[:-1]:
        assert isinstance(batch, RowBatch)
        found += [{name: values[at] for name, values in batch.columns.items()} for at in range(len(batch))]
    return found, items[-1]


def test_text_columns_are_read_as_a_csv_would_be(tmp_path: Path, rows: list[Row]) -> None:
    found, totals = read(write(tmp_path / "a.parquet", rows))
    assert [[row[name] for name in rows[0]] for row in found] == [list(row.values()) for row in rows]
    assert set(CLAIM_LINE_COLUMNS) <= set(found[0])
    assert (totals.lines_in, totals.charge_in_cents) == (3, 750)


def test_typed_columns_become_the_text_of_the_csv(tmp_path: Path, rows: list[Row]) -> None:
    start = datetime(2024, 3, 4, 9)
    path = write(
        tmp_path / "a.parquet",
        rows,
        claim_line_number=pa.array([1, 2, 3], pa.int32()),
        date_of_service=pa.array([date(2024, 3, 4)] * 3, pa.date32()),
        service_units=pa.array([1.0, 2.5, 0.125], pa.float64()),
        charge_amount=pa.array([Decimal("1.50"), Decimal("20.00"), Decimal("1234567890.01")], pa.decimal128(12, 2)),
        session_start_at=pa.array([start] * 3, pa.timestamp("us")),
        session_end_at=pa.array([start + timedelta(minutes=75)] * 3, pa.timestamp("ns")),
        billing_provider_npi=pa.array([1234567893] * 3, pa.int64()),
        payer_id=pa.array(["CTMCD"] * 3).dictionary_encode(),
        member_id=pa.array([b"M1", b"M2", b"M3"], pa.binary()),
    )
    found, totals = read(path)
    wanted = {
        "claim_line_number": ["1", "2", "3"],
        "date_of_service": ["2024-03-04"] * 3,
        "service_units": ["1", "2.5", "0.125"],
        "charge_amount": ["1.50", "20.00", "1234567890.01"],
        "session_start_at": ["2024-03-04 09:00:00"] * 3,
        "session_end_at": ["2024-03-04 10:15:00"] * 3,
        "billing_provider_npi": ["1234567893"] * 3,
        "payer_id": ["CTMCD"] * 3,
        "member_id": ["M1", "M2", "M3"],
    }
    assert {name: [row[name] for row in found] for name in wanted} == wanted
    assert totals.charge_in_cents == 150 + 2000 + 123456789001


def test_a_frame_of_pandas_is_read(tmp_path: Path, rows: list[Row]) -> None:
    frame = pd.DataFrame(rows)
    frame["charge_amount"] = [80.1, 1e6, 0.07]
    frame["paid_amount"] = [12.0, float("nan"), None]
    frame["date_of_service"] = pd.to_datetime(frame["date_of_service"])
    frame["received_date"] = [pd.Timestamp("2024-03-06"), pd.NaT, pd.Timestamp("2024-03-07 10:30")]
    frame["modifier_1"] = [None, float("nan"), "59"]
    frame["place_of_service_code"] = 11
    frame.to_parquet(tmp_path / "a.parquet")
    found, totals = read(tmp_path / "a.parquet")
    assert [row["charge_amount"] for row in found] == ["80.1", "1000000", "0.07"]
    assert [row["paid_amount"] for row in found] == ["12", None, None]
    assert [row["date_of_service"] for row in found] == ["2024-03-04"] * 3
    assert [row["received_date"] for row in found] == ["2024-03-06", None, "2024-03-07 10:30:00"]
    assert [row["modifier_1"] for row in found] == [None, None, "59"]
    assert [row["place_of_service_code"] for row in found] == ["11"] * 3
    assert totals.charge_in_cents == 8010 + 100_000_000 + 7


def test_a_zone_is_dropped_and_the_wall_clock_stays(tmp_path: Path, rows: list[Row]) -> None:
    moment = pa.array([datetime(2024, 3, 4, 14)] * 3, pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC"))
    path = write(
        tmp_path / "a.parquet",
        rows,
        session_start_at=moment.cast(pa.timestamp("us", tz="-05:00")),
        session_end_at=moment,
    )
    found, _ = read(path)
    assert {row["session_start_at"] for row in found} == {"2024-03-04 09:00:00"}
    assert {row["session_end_at"] for row in found} == {"2024-03-04 14:00:00"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (float("nan"), None),
        ("  ", None),
        (" a ", "a"),
        (True, "true"),
        (0.1 + 0.2, "0.3"),
        (100.0, "100"),
        (0.0, "0"),
        (1e15, "1000000000000000"),
        (12.345, "12.345"),
        (float("inf"), "inf"),
        (Decimal("1E+2"), "100"),
        (Decimal("40.250"), "40.250"),
        (7, "7"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 8, 5, 1, 999), "2024-02-29 08:05:01"),
        (b"M1", "M1"),
    ],
)
def test_values_as_text(value: object, text: str | None) -> None:
    assert as_text(value) == text


def test_positions_are_row_numbers_over_all_batches(tmp_path: Path, rows: list[Row]) -> None:
    found, totals = read(write(tmp_path / "a.parquet", rows), batch_lines=2)
    assert [(row["byte_start"], row["byte_end"], row["source_line_number"]) for row in found] == [
        (0, 1, 1),
        (1, 2, 2),
        (2, 3, 3),
    ]
    assert totals.lines_in == 3


def test_attendance_is_known_by_its_columns(tmp_path: Path, attended: Callable[..., Row]) -> None:
    path = write(tmp_path / "a.parquet", [attended()])
    assert parquet_table(path) == "attendance"
    assert read(path)[0][0]["attendance_status"] == "attended"


def test_no_rows_are_no_rows(tmp_path: Path, rows: list[Row]) -> None:
    pq.write_table(pq.read_table(write(tmp_path / "a.parquet", rows)).slice(0, 0), tmp_path / "b.parquet")
    assert read(tmp_path / "b.parquet") == ([], FileTotals(header=tuple(rows[0])))


def test_columns_that_are_not_ours_are_named(tmp_path: Path, rows: list[Row]) -> None:
    path = write(tmp_path / "a.parquet", rows, colour=pa.array(["red"] * 3))
    with pytest.raises(UnreadableFileError, match="unknown columns colour"):
        read(path)


def test_a_truncated_file_is_refused(tmp_path: Path, rows: list[Row]) -> None:
    path = write(tmp_path / "a.parquet", rows)
    path.write_bytes(path.read_bytes()[:-20])
    assert parquet_table(path) is None
    with pytest.raises(UnreadableFileError, match="is no Parquet file"):
        read(path)


def test_a_file_damaged_inside_is_refused(tmp_path: Path, rows: list[Row]) -> None:
    path = write(tmp_path / "a.parquet", rows)
    content = bytearray(path.read_bytes())
    content[4:200] = b"\xff" * 196
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match="breaks off after 0 rows"):
        read(path)
