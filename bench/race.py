"""Takes times in turn, round after round (A B C A B C ...), so that what slows the machine slows all of them alike."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from bench.data import Data, Dataset
from bench.peers import Contender
from bench.tally import Tally


class DisagreementError(Exception):
    """Two who read the same files did not see the same: their times cannot be compared."""


def compare_tallies(format_code: str, data: Data, contenders: Sequence[Contender]) -> dict[str, Tally]:
    """What each saw of its files, by name. Raises DisagreementError if two saw different things in the same files."""
    seen = {one.name: one.tally(dataset_of(format_code, data, one).paths) for one in contenders}
    first: dict[bool, Contender] = {}
    for one in contenders:
        other = first.setdefault(one.is_slow, one)
        _require_same(format_code, one.name, seen[one.name], other.name, seen[other.name])
        if one.is_slow:
            # Nobody else reads the small files in the race; the first contender counts them, too.
            judge = contenders[0]
            told = judge.tally(data.small[format_code].paths)
            _require_same(format_code, one.name, seen[one.name], judge.name, told)
    return seen


def dataset_of(format_code: str, data: Data, contender: Contender) -> Dataset:
    """The files that a contender reads."""
    return (data.small if contender.is_slow else data.whole)[format_code]


def take_times(runs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each run in each round, by name."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            gc.collect()
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def race(
    format_code: str, data: Data, contenders: Sequence[Contender], seen: Mapping[str, Tally], rounds: int
) -> dict[str, list[float]]:
    """Seconds of each contender in each round. Raises DisagreementError if one of them reads less than it tallied."""

    def run_of(one: Contender) -> Callable[[], None]:
        paths, records = dataset_of(format_code, data, one).paths, seen[one.name].records

        def run() -> None:
            if one.read(paths) != records:
                raise DisagreementError(f"{format_code}: {one.name} read another number of records than it tallied")

        return run

    return take_times({one.name: run_of(one) for one in contenders}, rounds)


def median_ratio(seconds: Sequence[float], yardstick: Sequence[float]) -> float:
    """How many times faster the one is than the other, as the median over the rounds."""
    return median(theirs / ours for ours, theirs in zip(seconds, yardstick, strict=True))


def _require_same(format_code: str, name: str, seen: Tally, other: str, told: Tally) -> None:
    if seen != told:
        raise DisagreementError(f"{format_code}: {name} saw {seen}, {other} saw {told}")
