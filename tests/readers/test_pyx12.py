"""Our counts and sums beside those of pyx12, a reader of X12 that others wrote, over every shared sample."""

from __future__ import annotations

import io
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from pyx12.errors import X12Error
from pyx12.segment import Segment
from pyx12.x12file import X12Reader

from claims_audit.model import FileTotals, RowBatch
from claims_audit.readers.x12.transactions import read_x12

SHARED = Path(__file__).parents[3] / "shared" / "data"

# Amounts of the files, by segment: those of claims, of lines, of payments.
AMOUNTS = {
    "CLM": ("CLM02",),
    "SV1": ("SV102",),
    "CLP": ("CLP03", "CLP04"),
    "SVC": ("SVC02", "SVC03"),
    "BPR": ("BPR02",),
}
PLB_AMOUNTS = ("PLB04", "PLB06", "PLB08", "PLB10", "PLB12", "PLB14")


# Its ISA is not of fixed width.
NOT_READ = "x12_bad_first_line.txt"

needs_samples = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared sample files are not beside the project")


def samples() -> list[Path]:
    return [path for path in sorted((SHARED / "x12").glob("*/*")) if path.name != NOT_READ]


def read_with_pyx12(path: Path) -> list[Segment]:
    # Line ends after the terminators belong to no segment, which pyx12 leaves to its caller.
    text = "".join(path.read_text(encoding="ascii").splitlines())
    with X12Reader(io.StringIO(text)) as reader:
        return list(reader)


def sum_of(segments: list[Segment], elements: tuple[str, ...]) -> Decimal:
    values = (each.get_value(name) for each in segments for name in elements if name.startswith(each.get_seg_id()))
    return sum((Decimal(value) for value in values if value), Decimal(0))


@needs_samples
def test_the_file_that_is_left_out_is_one_that_pyx12_refuses() -> None:
    with pytest.raises(X12Error):
        read_with_pyx12(SHARED / "x12" / "837p_structure" / NOT_READ)


@needs_samples
@pytest.mark.parametrize("path", samples(), ids=lambda path: path.name)
def test_counts_and_sums_are_those_of_pyx12(path: Path) -> None:
    segments = read_with_pyx12(path)
    *parts, totals = read_x12(io.BytesIO(path.read_bytes()))
    assert isinstance(totals, FileTotals)
    counted = Counter(segment.get_seg_id() for segment in segments)
    assert totals.records_in == len(segments)
    assert {name: counted[name] for name in totals.segment_counts} == totals.segment_counts

    # A claim payment without services is a line of its own.
    ids = [segment.get_seg_id() for segment in segments]
    bare = [
        segment
        for at, segment in enumerate(segments)
        if ids[at] == "CLP"
        and next(each for each in ids[at + 1 :] if each in ("SVC", "CLP", "LX", "PLB", "SE")) != "SVC"
    ]
    assert totals.lines_in == counted["SV1"] + counted["SVC"] + len(bare)
    charges = sum_of(segments, (*AMOUNTS["SV1"], "SVC02")) + sum_of(bare, ("CLP03",))
    assert totals.charge_in_cents == charges * 100

    rows = [
        (part.table, dict(zip(part.columns, row, strict=True)))
        for part in parts
        if isinstance(part, RowBatch)
        for row in zip(*part.columns.values(), strict=True)
    ]
    payments = [row for table, row in rows if table == "remittance"]
    lines = [row for table, row in rows if table == "remittance_line"]
    claims = {row["remittance_claim_position"]: row for row in lines}.values()
    assert len(payments) == counted["BPR"]
    assert len(claims) == counted["CLP"]
    for found, column, elements in (
        (payments, "payment_amount", AMOUNTS["BPR"]),
        (payments, "provider_adjustment_amount", PLB_AMOUNTS),
        (claims, "claim_charge_amount", ("CLP03",)),
        (claims, "claim_paid_amount", ("CLP04",)),
        ([row for row in lines if row["remittance_line_number"] != "0"], "paid_amount", ("SVC03",)),
    ):
        assert sum((Decimal(str(row[column])) for row in found), Decimal(0)) == sum_of(segments, elements), column
