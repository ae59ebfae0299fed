"""Hides small counts so that nobody can work them out from the counts that stay visible.

Hiding a count of 1 to 10 is not enough where a total and its other parts are shown: what is missing is a subtraction
away. So further counts are hidden, the smallest that help, until every small count could be anything from 1 to 10 as
far as a reader can tell who knows all that is visible, how the counts add up, and the ground rules written here. What a
reader can tell is found by integer programming (scipy, HiGHS): the least and the greatest value that fits.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

# The limit of the Centers for Medicare & Medicaid Services for what is published: no count of 1 to 10.
LARGEST_SMALL: Final = 10

# For one program; they take thousandths. What is not settled in time is hidden.
MOST_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Relation:
    """Counts that add up: the sum of `plus` less the sum of `minus` is a number that the reader is taken to know."""

    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()

    @property
    def signs(self) -> dict[str, int]:
        """The sign of each count."""
        return {**dict.fromkeys(self.plus, 1), **dict.fromkeys(self.minus, -1)}


def is_small(count: int) -> bool:
    """Whether it may not be shown."""
    return 1 <= count <= LARGEST_SMALL


def hide_small(
    counts: Mapping[str, int], relations: Sequence[Relation], unpublished: Collection[str] = ()
) -> frozenset[str]:
    """The counts to hide; the `unpublished` ones, which follow from others and are never shown, are among them.

    A zero stays visible.
    """
    small = {name for name, count in counts.items() if is_small(count)}
    hidden = small | set(unpublished)
    # A hidden sum of two parts that are not zero is two at least, whatever else is hidden: no more can be wanted of it.
    all_hidden = _Program(counts, relations, {name for name, count in counts.items() if count} | hidden, unpublished)
    goals = {
        is_least: all_hidden.extremes(small, 1 if is_least else LARGEST_SMALL, is_least=is_least)
        for is_least in (True, False)
    }
    wanting = {True: set(small), False: set(small)}
    # Hiding more takes nothing back: what is once beyond a reader's reach stays so.
    while True:
        program = _Program(counts, relations, hidden, unpublished)
        wanting = {
            is_least: program.not_reached(names, goals[is_least], is_least=is_least)
            for is_least, names in wanting.items()
        }
        left = wanting[True] | wanting[False]
        helper = _cheapest_helper(counts, relations, hidden, left) if left else None
        if helper is None:
            break
        hidden.add(helper)
    # The first that seemed to help may not have helped, or be needed no more: each is shown again if it can be.
    for helper in sorted(hidden - small - set(unpublished), key=lambda name: (-counts[name], name)):
        program = _Program(counts, relations, hidden - {helper}, unpublished)
        if all(
            program.not_reached(small - wanting[is_least], goals[is_least], is_least=is_least) == set()
            for is_least in (True, False)
        ):
            hidden.remove(helper)
    return frozenset(hidden)


def _cheapest_helper(
    counts: Mapping[str, int], relations: Sequence[Relation], hidden: Collection[str], wanting: Collection[str]
) -> str | None:
    """The smallest visible count, above zero, that adds up with a wanting one, or with those that do."""
    near = set(wanting)
    while True:
        joined = [relation.signs for relation in relations if near & relation.signs.keys()]
        visible = {name for signs in joined for name in signs if name not in hidden and counts[name]}
        if visible:
            return min(visible, key=lambda name: (counts[name], name))
        wider = near.union(*(signs.keys() & set(hidden) for signs in joined))
        if wider == near:
            return None
        near = wider


class _Program:
    """All values of the hidden counts that fit the visible ones."""

    def __init__(
        self,
        counts: Mapping[str, int],
        relations: Sequence[Relation],
        hidden: Collection[str],
        unpublished: Collection[str],
    ) -> None:
        self._names = sorted(hidden)
        self._place = {name: place for place, name in enumerate(self._names)}
        # What is shown as hidden is not zero: a zero would be shown.
        self._low = np.array([0 if name in unpublished else 1 for name in self._names], dtype=float)
        rows: list[int] = []
        columns: list[int] = []
        signs: list[int] = []
        sums: list[int] = []
        for relation in relations:
            told = {name: sign for name, sign in relation.signs.items() if name in self._place}
            if not told:
                continue
            rows += [len(sums)] * len(told)
            columns += [self._place[name] for name in told]
            signs += list(told.values())
            sums.append(sum(sign * counts[name] for name, sign in told.items()))
        self._sums = np.array(sums, dtype=float)
        self._entries = (np.array(signs, dtype=float), (rows, columns))

    def not_reached(self, names: Collection[str], goals: Mapping[str, int], *, is_least: bool) -> set[str]:
        """Those of the names that cannot be as little, or as much, as their goal; once one is found, no more are tried.

        The others are asked again when more is hidden.
        """
        left = self._without_reached(names, goals, is_least=is_least)
        for name in sorted(left):
            if name in left:
                left -= self._reached({name}, left, goals, is_least=is_least)
                if name in left:
                    return left
        return left

    def extremes(self, names: Collection[str], goal: int, *, is_least: bool) -> dict[str, int]:
        """For each name the goal, or the nearest to it that can be."""
        goals = dict.fromkeys(names, goal)
        for name in sorted(self._without_reached(names, goals, is_least=is_least)):
            values = self._best({name}, goals, is_least=is_least)
            if values is not None:
                goals[name] = max(goal, values[name]) if is_least else min(goal, values[name])
        return goals

    def _without_reached(self, names: Collection[str], goals: Mapping[str, int], *, is_least: bool) -> set[str]:
        """Those left when one answer after the other has shown the way for many at once, as long as any does."""
        left = set(names)
        while left:
            reached = self._reached(left, left, goals, is_least=is_least)
            if not reached:
                break
            left -= reached
        return left

    def _reached(
        self, sought: Collection[str], looked_at: Collection[str], goals: Mapping[str, int], *, is_least: bool
    ) -> set[str]:
        """Which of those looked at reach their goals in the answer that is best for those sought."""
        values = self._best(sought, goals, is_least=is_least) if sought else None
        if values is None:
            return set()
        return {
            name for name in looked_at if (values[name] <= goals[name] if is_least else values[name] >= goals[name])
        }

    def _best(self, sought: Collection[str], goals: Mapping[str, int], *, is_least: bool) -> dict[str, int] | None:
        """Values of all hidden counts, those sought as little, or as near their goals from below, as can be."""
        size = len(self._names)
        targets = [self._place[name] for name in sorted(sought)]
        # More than the goal is no better than the goal: each sought count has a variable that is held below both.
        objective = np.zeros(size + len(targets))
        if is_least:
            objective[targets] = 1.0
        else:
            objective[size:] = -1.0
        shape = size + len(targets)
        sums = csr_array(self._entries, shape=(len(self._sums), shape))
        below = csr_array(
            (
                np.tile([1.0, -1.0], len(targets)),
                (
                    np.repeat(np.arange(len(targets)), 2),
                    [place for at, target in enumerate(targets) for place in (size + at, target)],
                ),
            ),
            shape=(len(targets), shape),
        )
        answer = milp(
            objective,
            options={"time_limit": MOST_SECONDS},
            integrality=np.ones(shape),
            bounds=Bounds(
                np.concatenate([self._low, np.zeros(len(targets))]),
                np.concatenate([np.full(size, np.inf), [float(goals[name]) for name in sorted(sought)]]),
            ),
            constraints=[
                *([LinearConstraint(sums, self._sums, self._sums)] if len(self._sums) else []),
                LinearConstraint(below, -np.inf, 0.0),
            ],
        )
        # The true counts fit, so there is an answer; without one in time, nothing is taken as reached.
        if answer.x is None:
            return None
        return {name: round(answer.x[place]) for name, place in self._place.items()}
