"""Takes many lines of a native CSV apart at once: those that are regular, which in most files are all.

A line is regular if it is printable ASCII with tabs at most, without a quotation mark, and has as many cells as the
header. Whatever else there is, the careful way of delimited.py reads line by line. Both give the same rows.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import BinaryIO, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv

from claims_audit.coded import CODED, coded, trimmed
from claims_audit.readers.tables.text_lines import MAX_LINE

_TAB, _NEWLINE, _RETURN, _SPACE, _QUOTE, _LAST_PRINTABLE = 0x09, 0x0A, 0x0D, 0x20, 0x22, 0x7E
# Of a block with a larger share of other lines, all are read one by one.
_MOST_OTHERS: Final = 0.2


def read_blocks(stream: BinaryIO, block_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Whole lines, about as many bytes as told at once, from where the stream stands on; and how long they are.

    Of a last line that is longer than MAX_LINE only a part is kept, so that the length is greater.
    """
    while content := stream.read(block_bytes):
        length = len(content)
        if not content.endswith(b"\n"):
            rest = stream.readline(MAX_LINE + 1)
            content += rest
            length += len(rest)
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(MAX_LINE)
                length += len(rest)
        yield content, length


class Block(NamedTuple):
    """Whole lines of a file: where each begins and ends in the block, which are regular, and the cells of those."""

    starts: np.ndarray
    ends: np.ndarray
    regular: np.ndarray  # numbers of lines
    columns: dict[str, pa.DictionaryArray]
    others: np.ndarray  # numbers of lines


def take_apart(content: bytes, columns: list[str], delimiter: str) -> Block:
    """Takes apart a block of whole lines (the last may lack its end); `columns` name the cells of a line."""
    text = np.frombuffer(content, np.uint8)
    ends = np.flatnonzero(text == _NEWLINE) + 1
    if len(text) and (not len(ends) or ends[-1] != len(text)):
        ends = np.append(ends, len(text))
    starts = np.concatenate(([0], ends[:-1])).astype(np.int64)
    is_other = np.zeros(len(ends), np.bool_)
    is_other[np.searchsorted(ends, _odd_places(text), side="right")] = True
    # A line end alone, or hardly more; and what is too long for a line.
    is_other |= (ends - starts <= 2) | (ends - starts > MAX_LINE)
    while True:
        others, regular = np.flatnonzero(is_other), np.flatnonzero(~is_other)
        if not len(regular) or len(others) > _MOST_OTHERS * len(ends):
            return Block(starts, ends, regular[:0], {}, np.arange(len(ends)))
        uneven: list[int] = []
        cells = _parse(_joined(content, starts, ends, others), columns, delimiter, uneven)
        if not uneven:
            return Block(starts, ends, regular, dict(zip(columns, map(_as_cells, cells.columns), strict=True)), others)
        # Those that have more cells or fewer are others, too; the parser numbers rows from 1.
        is_other[regular[np.array(uneven) - 1]] = True


def _odd_places(text: np.ndarray) -> np.ndarray:
    """Where bytes stand that no regular line has."""
    is_odd = (text < _SPACE) | (text > _LAST_PRINTABLE) | (text == _QUOTE)
    odd = np.flatnonzero(is_odd)
    found = text[odd]
    is_line_end = found == _NEWLINE
    is_line_end[:-1] |= (found[:-1] == _RETURN) & (found[1:] == _NEWLINE) & (np.diff(odd) == 1)
    return odd[~is_line_end & (found != _TAB)]


def _joined(content: bytes, starts: np.ndarray, ends: np.ndarray, others: np.ndarray) -> bytes:
    """The lines that are left without the others."""
    if not len(others):
        return content
    cuts = np.stack((starts[others], ends[others]), axis=1).ravel().tolist()
    bounds = [0, *cuts, len(content)]
    return b"".join(content[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))


def _parse(content: bytes, columns: list[str], delimiter: str, uneven: list[int]) -> pa.Table:
    """The cells of regular lines; `uneven` gets the numbers, from 1, of lines with too many or too few."""

    def note(row: pyarrow.csv.InvalidRow) -> str:
        uneven.append(row.number)
        return "skip"

    return pyarrow.csv.read_csv(
        io.BytesIO(content),
        # One thread: the numbers of rows are told to one only.
        read_options=pyarrow.csv.ReadOptions(column_names=columns, use_threads=False, block_size=len(content) + 1),
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter, quote_char=False, invalid_row_handler=note, ignore_empty_lines=False
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(columns, CODED), null_values=[""], strings_can_be_null=True, check_utf8=False
        ),
    )


def _as_cells(column: pa.ChunkedArray) -> pa.DictionaryArray:
    """A column as read, without white space around its cells; blank ones are empty."""
    chunk = column.chunk(0) if column.num_chunks == 1 else coded(column.cast(pa.string()).combine_chunks())
    return trimmed(chunk)


def joined(
    block: Block, columns: list[str], numbers: list[int], cells: Mapping[str, Sequence[str | None]]
) -> tuple[np.ndarray, dict[str, pa.DictionaryArray]]:
    """The regular lines and others that turned out good, in order: the numbers of all, and their cells by column."""
    if not numbers:
        return block.regular, dict(block.columns)
    lines = np.concatenate((block.regular, numbers)).astype(np.int64)
    order = np.argsort(lines, kind="stable")
    texts = {name: pa.array(cells[name], pa.string()) for name in columns}
    if len(block.regular):
        texts = {name: pa.concat_arrays([block.columns[name].cast(pa.string()), texts[name]]) for name in columns}
    return lines[order], {name: coded(texts[name].take(pa.array(order))) for name in columns}
