"""Small counts cannot be worked out: held against every table that fits what is visible, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.small_cells import LARGEST_SMALL, Relation, hide_small, is_small


def possible_values(
    counts: Mapping[str, int], relations: Sequence[Relation], hidden: Iterable[str], most: int
) -> dict[str, set[int]]:
    """By trying every value from 1 to `most` of every hidden count: what each could be."""
    names = sorted(hidden)
    guesses = np.meshgrid(*[np.arange(1, most + 1)] * len(names), indexing="ij")
    fits = np.ones_like(guesses[0], dtype=bool) if names else np.array([])
    for relation in relations:
        told = [(name, sign) for name, sign in relation.signs.items() if name in names]
        if told:
            fits &= sum(sign * (guesses[names.index(name)] - counts[name]) for name, sign in told) == 0
    return {name: set(guess[fits].tolist()) for name, guess in zip(names, guesses, strict=True)}


def isolated_by_subtraction(relations: Sequence[Relation], hidden: Iterable[str]) -> set[str]:
    """Hidden counts that adding and subtracting any of the sums leaves alone on one side."""
    covered = set(hidden)
    alone = set()
    for factors in product((-1, 0, 1), repeat=len(relations)):
        left: dict[str, int] = {}
        for factor, relation in zip(factors, relations, strict=True):
            for name, sign in relation.signs.items():
                left[name] = left.get(name, 0) + factor * sign
        missing = {name for name, factor in left.items() if factor and name in covered}
        if len(missing) == 1:
            alone |= missing
    return alone


def table(cells: Sequence[Sequence[int]]) -> tuple[dict[str, int], list[Relation]]:
    """A table with the sums of its rows and columns and the sum of all."""
    counts = {f"{row},{column}": cells[row][column] for row in range(len(cells)) for column in range(len(cells[0]))}
    relations = []
    for row, values in enumerate(cells):
        counts[f"row {row}"] = sum(values)
        relations.append(Relation(tuple(f"{row},{column}" for column in range(len(values))), (f"row {row}",)))
    for column in range(len(cells[0])):
        counts[f"column {column}"] = sum(values[column] for values in cells)
        relations.append(Relation(tuple(f"{row},{column}" for row in range(len(cells))), (f"column {column}",)))
    counts["all"] = sum(map(sum, cells))
    relations.append(Relation(tuple(f"row {row}" for row in range(len(cells))), ("all",)))
    return counts, relations


@pytest.mark.parametrize(("count", "small"), [(0, False), (1, True), (10, True), (11, False)])
def test_one_to_ten_is_small(count: int, small: bool) -> None:
    assert is_small(count) is small


def test_a_lone_small_part_takes_the_smallest_other_with_it() -> None:
    counts = {"all": 100, "a": 60, "b": 37, "c": 3}
    assert hide_small(counts, [Relation(("a", "b", "c"), ("all",))]) == {"c", "b"}


def test_two_small_parts_need_a_third_where_their_sum_tells_too_much() -> None:
    # Of 1 and 1 the sum is 2: each must be 1.
    counts = {"all": 62, "a": 60, "b": 1, "c": 1}
    assert hide_small(counts, [Relation(("a", "b", "c"), ("all",))]) == {"a", "b", "c"}


def test_zeros_and_large_counts_stay() -> None:
    counts = {"all": 71, "a": 60, "b": 11, "c": 0}
    assert hide_small(counts, [Relation(("a", "b", "c"), ("all",))]) == frozenset()


def test_a_count_that_is_never_shown_is_kept_from_the_reader_as_well() -> None:
    # 100 lines of which 97 have a finding: that 3 have none is a subtraction away.
    counts = {"lines": 100, "flagged": 97, "clean": 3}
    hidden = hide_small(counts, [Relation(("flagged", "clean"), ("lines",))], {"clean"})
    assert hidden == {"clean", "flagged"}


def test_a_small_count_that_adds_up_with_nothing_is_hidden_alone() -> None:
    assert hide_small({"a": 4, "b": 40}, []) == {"a"}


CELL = st.sampled_from([0, 1, 2, 5, 9, 10, 11, 12])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=2, max_size=4))
def test_no_small_part_of_a_sum_can_be_told(parts: list[int]) -> None:
    counts = {f"part {place}": part for place, part in enumerate(parts)} | {"all": sum(parts)}
    relation = Relation(tuple(name for name in counts if name != "all"), ("all",))
    hidden = hide_small(counts, [relation])
    # A hidden sum can be whatever its parts make it.
    told = [] if "all" in hidden else [relation]
    for name, values in possible_values(counts, told, hidden - {"all"}, 38).items():
        if is_small(counts[name]):
            assert {1, LARGEST_SMALL} <= values, (name, sorted(hidden))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=2, max_size=3))
def test_no_cell_of_a_table_is_left_alone_by_adding_and_subtracting(cells: list[list[int]]) -> None:
    counts, relations = table(cells)
    hidden = hide_small(counts, relations)
    assert {name for name, count in counts.items() if is_small(count)} <= hidden
    assert not {name for name in isolated_by_subtraction(relations, hidden) if is_small(counts[name])}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from([0, 1, 2, 5, 9, 10, 11]), min_size=2, max_size=2), min_size=2, max_size=2))
def test_every_small_cell_of_a_table_could_be_anything(cells: list[list[int]]) -> None:
    counts, relations = table(cells)
    hidden = hide_small(counts, relations)
    told = [relation for relation in relations if relation.minus[0] not in hidden and "all" not in relation.minus]
    if "all" not in hidden:
        told.append(Relation(tuple(name for name in counts if "," in name), ("all",)))
    for name, values in possible_values(counts, told, {name for name in hidden if "," in name}, 43).items():
        if is_small(counts[name]):
            assert {1, LARGEST_SMALL} <= values, (name, cells, sorted(hidden))


def test_a_sum_of_small_parts_does_not_hide_the_whole_report() -> None:
    # Of 1 and 1 the hidden sum is 2 at least, which nothing can change: it is no reason to hide more.
    counts = {"a": 2, "a1": 1, "a2": 1, "b": 500, "c": 300, "d": 40, "all": 842}
    relations = [Relation(("a1", "a2"), ("a",)), Relation(("a", "b", "c", "d"), ("all",))]
    assert hide_small(counts, relations) == {"a", "a1", "a2", "d"}


def test_what_did_not_help_is_shown_again() -> None:
    # Each count that is hidden is needed: were it shown, the 3 would be a subtraction away.
    counts, relations = table([[3, 30, 50], [20, 40, 60], [12, 70, 80]])
    hidden = hide_small(counts, relations)
    for name in hidden - {"0,0"}:
        shown = hidden - {name}
        assert isolated_by_subtraction(relations, shown) & {"0,0"}, (name, sorted(hidden))
