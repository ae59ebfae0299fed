"""What the race of the checks measured, as values that JSON can hold, and what follows from them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import log
from statistics import median
from typing import Any, Final

from bench.results import describe_machine

REFERENCE: Final = "reference checks"
AUDIT: Final = "whole audit"


@dataclass(frozen=True, slots=True)
class Checked:
    """One checker over one history: seconds of every round, the peak of its process, and how many rows it found."""

    race: str
    name: str
    line_count: int
    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]  # of all threads
    peak_bytes: int
    found_count: int

    @property
    def lines_per_second(self) -> float:
        """The median."""
        return self.line_count / median(self.seconds)


@dataclass(frozen=True, slots=True)
class CheckResults:
    """A whole run; `yardsticks` names, by race, in whose seconds the others are told; `left_out` says why."""

    machine: str
    rounds: dict[str, int]  # by number of lines
    yardsticks: dict[str, str]
    left_out: dict[str, str]
    ours: tuple[str, ...]  # names of those that are this project
    checked: tuple[Checked, ...]
    note: str = ""  # what a reader has to know of this run

    def as_json(self) -> dict[str, Any]:
        """For performance_checks.json."""
        return asdict(self)

    def ratio(self, one: Checked) -> float | None:
        """How many times the seconds of the yardstick one took over the same lines: the median over the rounds."""
        name = self.yardsticks[one.race]
        for other in self.checked:
            if (other.race, other.name, other.line_count) == (one.race, name, one.line_count):
                return median(mine / theirs for mine, theirs in zip(one.seconds, other.seconds, strict=True))
        return None

    def exponents(self) -> dict[tuple[str, str], tuple[float, float]]:
        """By race and name: the growth of seconds and of memory, for whoever checked more than one size."""
        names = dict.fromkeys((one.race, one.name) for one in self.checked)
        series = {key: [one for one in self.checked if (one.race, one.name) == key] for key in names}
        return {
            key: (
                growth([(one.line_count, median(one.seconds)) for one in several]),
                growth([(one.line_count, one.peak_bytes) for one in several]),
            )
            for key, several in series.items()
            if len(several) > 1
        }


def growth(points: list[tuple[float, float]]) -> float:
    """The exponent b of y = a * x^b: the slope of the line of least squares through the logarithms."""
    xs, ys = [log(x) for x, _ in points], [log(y) for _, y in points]
    middle_x, middle_y = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle_x) ** 2 for x in xs)
    return sum((x - middle_x) * (y - middle_y) for x, y in zip(xs, ys, strict=True)) / spread


def read_check_results(told: dict[str, Any]) -> CheckResults:
    """The other way round."""
    checked = tuple(
        Checked(**{**each, "seconds": tuple(each["seconds"]), "cpu_seconds": tuple(each["cpu_seconds"])})
        for each in told["checked"]
    )
    return CheckResults(**{**told, "ours": tuple(told["ours"]), "checked": checked})


def describe_check_machine() -> str:
    """As describe_machine, with the one library more that only the checks use."""
    return describe_machine(("duckdb", "polars", "pandas", "pyarrow"))
