"""Columns as distinct values and a number a row."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from claims_audit.coded import CODED, coded, converted, empty, flags, is_plain, respelled, total, trimmed, without


def test_text_numbers_and_empty_cells_are_coded() -> None:
    assert coded(["a", None, "a"]).to_pylist() == ["a", None, "a"]
    assert coded([1, None, "a"]).to_pylist() == ["1", None, "a"]
    assert coded([None, None]).type == empty(2).type == CODED
    assert coded([]).to_pylist() == []


def test_spelling_and_converting_look_at_distinct_values_only() -> None:
    seen: list[object] = []

    def convert(value: object) -> str | None:
        seen.append(value)
        return None if value == 2.0 else f"{value:.0f}"

    column = pa.array([1.0, 2.0, 1.0, None]).dictionary_encode()
    assert converted(column, convert).to_pylist() == ["1", None, "1", None]
    assert seen == [1.0, 2.0]
    assert respelled(coded(["a", "B", "a", None]), pc.utf8_upper).to_pylist() == ["A", "B", "A", None]
    assert respelled(empty(2), pc.utf8_upper).to_pylist() == [None, None]


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["a", "b c"], ["a", "b c"]),
        ([" a", "b ", None, "  ", ""], ["a", "b", None, None, None]),
        (["\ta\u3000", "\x1f", "é "], ["a", None, "é"]),
        ([None], [None]),
    ],
)
def test_cells_are_trimmed_as_text_is(given: list[str | None], wanted: list[str | None]) -> None:
    assert trimmed(coded(given)).to_pylist() == wanted
    part = coded(["x ", *given]).slice(1)
    assert trimmed(part).to_pylist() == wanted


def test_plain_is_printable_ascii_of_a_slice_too() -> None:
    texts = pa.array(["é", "a b~", None, "\t"])
    assert [is_plain(texts.slice(at, 1)) for at in range(4)] == [False, True, True, False]
    assert is_plain(texts.cast(pa.large_string()).slice(1, 2))
    assert is_plain(pa.array([], pa.string()))


def test_flags_sums_and_single_cells() -> None:
    column = coded(["1", "2", None, "2"])
    assert flags(column, lambda text: text == "2").tolist() == [False, True, False, True]
    assert not np.any(flags(empty(3), bool))
    assert total(column, int) == 5
    assert total(empty(3), int) == 0
    assert without(column, 1).to_pylist() == ["1", None, None, "2"]
