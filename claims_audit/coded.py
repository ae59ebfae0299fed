"""Text columns as Arrow dictionaries: each distinct value once, and for every row the number of its value.

Codes, dates and amounts repeat from line to line, so what is asked of a value (how it is spelled, whether it fits its
column) is asked of the distinct ones only. Two numbers may stand for the same value; an empty cell has none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

CODED: Final = pa.dictionary(pa.int32(), pa.string())
_SPACE, _LAST_PRINTABLE = 0x20, 0x7E


def coded(values: Sequence[object] | pa.Array) -> pa.DictionaryArray:
    """Codes a column of text; None is empty, and what is no text is written as `str` does."""
    if not isinstance(values, pa.Array):
        try:
            values = pa.array(values, pa.string())
        except pa.ArrowTypeError:
            values = pa.array([None if value is None else str(value) for value in values], pa.string())
    if pa.types.is_dictionary(values.type):
        return values if values.type == CODED else values.cast(CODED)
    if values.null_count == len(values):
        return empty(len(values))
    return values.dictionary_encode()


def empty(count: int) -> pa.DictionaryArray:
    """A column of that many empty cells."""
    return pa.DictionaryArray.from_arrays(pa.nulls(count, pa.int32()), pa.array([], pa.string()))


def respelled(column: pa.DictionaryArray, spell: Callable[[pa.StringArray], pa.StringArray]) -> pa.DictionaryArray:
    """The column with `spell` applied to its distinct values; `spell` keeps their number and order."""
    if not len(column.dictionary):
        return column
    return pa.DictionaryArray.from_arrays(column.indices, spell(column.dictionary))


def converted(column: pa.DictionaryArray, convert: Callable[[object], str | None]) -> pa.DictionaryArray:
    """The column with each distinct value turned into text or an empty cell; its dictionary may be of any type."""
    texts = pa.array([convert(value) for value in column.dictionary.to_pylist()], pa.string())
    if texts.null_count:
        return texts.take(column.indices).dictionary_encode()
    return pa.DictionaryArray.from_arrays(column.indices, texts)


def trimmed(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """The column without white space around its values; what is blank is empty."""
    values = column.dictionary
    if not len(values):
        return column
    if not is_plain(values):
        return converted(column, lambda value: str(value).strip() or None)
    offsets, text = _buffers(values)
    lengths = np.diff(offsets)
    if lengths.min() and (text[offsets[:-1]] != _SPACE).all() and (text[offsets[1:] - 1] != _SPACE).all():
        return column
    return converted(column, lambda value: str(value).strip(" ") or None)


def without(column: pa.DictionaryArray, row: int) -> pa.DictionaryArray:
    """The column with one cell made empty."""
    indices = column.indices.to_pylist()
    indices[row] = None
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), column.dictionary)


def is_plain(values: pa.StringArray | pa.LargeStringArray) -> bool:
    """Whether all values are printable ASCII; found out from their bytes at once."""
    offsets, text = _buffers(values)
    used = text[offsets[0] : offsets[-1]]
    return not len(used) or bool(used.min() >= _SPACE and used.max() <= _LAST_PRINTABLE)


def flags(column: pa.DictionaryArray, judge: Callable[[str], bool]) -> np.ndarray:
    """For every row whether `judge` says so of its value; false for an empty cell."""
    wanted = np.fromiter((judge(value) for value in column.dictionary.to_pylist()), np.bool_, len(column.dictionary))
    return rows_of(column, wanted)


def rows_of(column: pa.DictionaryArray, wanted: np.ndarray) -> np.ndarray:
    """For every row whether its distinct value is among those wanted; false for an empty cell."""
    if not wanted.any():
        return np.zeros(len(column), np.bool_)
    return np.append(wanted, False)[pc.fill_null(column.indices, len(wanted)).to_numpy()]


def total(column: pa.DictionaryArray, amount: Callable[[str], int]) -> int:
    """The sum over all rows of what `amount` makes of their values; empty cells are nothing."""
    used = column.indices.drop_null().to_numpy()
    counts = np.bincount(used, minlength=len(column.dictionary)).tolist()
    return sum(count * amount(value) for value, count in zip(column.dictionary.to_pylist(), counts, strict=True))


def _buffers(values: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Offsets and bytes of text; of large text the offsets have 64 bits."""
    _, offsets, text = values.buffers()
    kind = np.int64 if pa.types.is_large_string(values.type) else np.int32
    places = np.frombuffer(offsets, kind, len(values) + 1, values.offset * np.dtype(kind).itemsize)
    return places, np.frombuffer(text, np.uint8) if text is not None else np.zeros(0, np.uint8)
