"""Lines that are taken apart many at once are the same rows as when each is read by itself."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import pytest

from claims_audit.model import FileTotals, RejectedRange, RowBatch
from claims_audit.readers.tables import regular_lines
from claims_audit.readers.tables.delimited import read_delimited
from claims_audit.readers.tables.text_lines import MAX_LINE
from tests.conftest import as_csv

Row = dict[str, str]

ODDITIES: tuple[Callable[[bytes], bytes], ...] = (
    lambda line: line.replace(b",", b"", 1),
    lambda line: line + b",",
    lambda line: b'"' + line,
    lambda line: b'"' + line.replace(b",", b'",', 1),
    lambda line: b"",
    lambda line: b"  \t ",
    lambda line: b",",
    lambda line: line.replace(b",", b"\xff,", 1),
    lambda line: line.replace(b",", "é,".encode(), 1),
    lambda line: line.replace(b",", b"\0,", 1),
    lambda line: line.replace(b",", b" ,\t", 2),
    lambda line: line.replace(b",", b"\x1f,", 1),
    lambda line: line + b"\r",
    lambda line: line.replace(b",", b"\r,", 1),
    lambda line: line.replace(b",", b",   ,", 1),
    lambda line: b",   " * line.count(b","),
    lambda line: line + b"x" * MAX_LINE,
)


def content(claim: Callable[..., Row], seed: int, line_end: bytes = b"\n") -> bytes:
    """A file of 200 lines, one in twelve of them odd."""
    chance = random.Random(seed)
    header, *lines = as_csv([claim(patient_control_number=f"P{number}") for number in range(200)]).splitlines()
    odd = [chance.choice(ODDITIES)(line) if chance.random() < 1 / 12 else line for line in lines]
    return line_end.join([header, *odd]) + (line_end if chance.random() < 0.5 else b"")


def everything(text: bytes, batch_lines: int) -> tuple[list[tuple[object, ...]], list[RejectedRange], FileTotals]:
    """Rows, rejects and totals, whatever the batches."""
    items = list(read_delimited(io.BytesIO(text), "a.csv", batch_lines=batch_lines))
    rows = [
        row
        for item in items
        if isinstance(item, RowBatch)
        for row in zip(*(item.columns[name] for name in sorted(item.columns)), strict=True)
    ]
    totals = items[-1]
    assert isinstance(totals, FileTotals)
    return rows, [item for item in items if isinstance(item, RejectedRange)], totals


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("batch_lines", [1, 40, 50_000])
@pytest.mark.parametrize("seed", range(8))
def test_both_ways_give_the_same(
    seed: int, batch_lines: int, line_end: bytes, claim: Callable[..., Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = content(claim, seed, line_end)
    at_once = everything(text, batch_lines)
    monkeypatch.setattr(regular_lines, "_MOST_OTHERS", -1)
    one_by_one = everything(text, batch_lines)
    assert at_once == one_by_one
    assert at_once[0]
    assert at_once[1]


def test_a_block_of_regular_lines_leaves_nothing_for_the_careful_way(claim: Callable[..., Row]) -> None:
    lines = as_csv([claim(patient_control_number=f"P{number}") for number in range(30)]).splitlines(keepends=True)
    columns = lines[0].decode().strip().split(",")
    block = regular_lines.take_apart(b"".join(lines[1:]), columns, ",")
    assert (len(block.regular), len(block.others)) == (30, 0)
    assert block.columns["patient_control_number"].to_pylist() == [f"P{number}" for number in range(30)]


def test_a_line_with_an_odd_cell_count_is_told_from_its_neighbours() -> None:
    block = regular_lines.take_apart(b"a,b\n" * 9 + b"a,b,c\n" + b"d,e\n" * 9 + b"f,g", ["x", "y"], ",")
    assert block.others.tolist() == [9]
    assert block.columns["x"].to_pylist() == ["a"] * 9 + ["d"] * 9 + ["f"]


@pytest.mark.parametrize("block_bytes", [1, 7, 8, 9, 10_000_000])
def test_blocks_end_with_lines_and_keep_a_part_of_endless_ones(block_bytes: int) -> None:
    endless = b"x" * (5 * MAX_LINE) + b"\n"
    text = b"one\ntwo\n" + endless + b"three"
    blocks = list(regular_lines.read_blocks(io.BytesIO(text), block_bytes))
    assert sum(length for _, length in blocks) == len(text)
    assert all(part.endswith(b"\n") or length > len(part) or part.endswith(b"three") for part, length in blocks)
    assert max(len(part) for part, _ in blocks) <= max(block_bytes, 8) + MAX_LINE + 1 or block_bytes > len(text)
