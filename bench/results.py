"""What a run measured, as values that JSON can hold; rates and ratios are worked out where they are shown."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import Any, Final

_LIBRARIES: Final = ("duckdb", "pandas", "pyarrow", "pyx12")
_MB: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Result:
    """One contender over the files of one format: seconds of every round, bytes, lines, memory of its process.

    `start_bytes` is the memory that Python and all libraries had taken before the first file.
    """

    format: str
    name: str
    role: str
    byte_count: int
    line_count: int
    seconds: tuple[float, ...]
    peak_bytes: int
    start_bytes: int
    ratio: float | None = None  # to the yardstick of its format, the median over the rounds

    @property
    def rates(self) -> tuple[float, float, float]:
        """MB/s (a million bytes): median, least, most."""
        amount = self.byte_count / _MB
        return amount / median(self.seconds), amount / max(self.seconds), amount / min(self.seconds)

    @property
    def lines_per_second(self) -> float:
        """The median."""
        return self.line_count / median(self.seconds)


@dataclass(frozen=True, slots=True)
class Results:
    """A whole run. `yardsticks` names, by format, whose speed the ratios are multiples of."""

    sessions: int
    rounds: int
    load_rounds: int
    machine: str
    yardsticks: dict[str, str]
    reading: tuple[Result, ...]
    loading: tuple[Result, ...]

    def as_json(self) -> dict[str, Any]:
        """For performance.json."""
        return asdict(self)


def read_results(told: dict[str, Any]) -> Results:
    """The other way round."""
    parts = {
        part: tuple(Result(**{**each, "seconds": tuple(each["seconds"])}) for each in told[part])
        for part in ("reading", "loading")
    }
    return Results(**{**told, **parts})


def describe_machine(names: Sequence[str] = _LIBRARIES) -> str:
    """Cores, memory, Python and the libraries of those names that are there, in one line."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    libraries = ", ".join(f"{name} {version(name)}" for name in names if find_spec(name))
    return (
        f"{cores} cores ({_processor()}), {memory:.0f} GB, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {libraries}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
