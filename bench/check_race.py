"""Lets everybody check one history, in turn, each time in a process of its own, and compares what they found."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final, NamedTuple

from bench.audit import AUDIT as CORE_PACK
from bench.audit import AUDITS, FLOOR_AT_ONCE, FLOOR_BY_MONTH
from bench.check_peers import CHECKERS
from bench.check_results import AUDIT, REFERENCE, Checked
from bench.race import DisagreementError
from bench.reference_checks import KEYS, Answer
from claims_audit.home import Home
from claims_audit.project import ROOT

SPARK: Final = "PySpark local[2]"
ENGINE: Final = "claims-audit engine"
SHIPPED_CHECKS: Final = "claims-audit shipped checks"
OUR_NAMES: Final = (ENGINE, SHIPPED_CHECKS, CORE_PACK)
_SPARK_PYTHON: Final = ROOT / ".venv-spark" / "bin" / "python"
# What they find is more than the three checks ask, or nothing that a set of rows could tell.
_NOT_COMPARED: Final = (SHIPPED_CHECKS, *AUDITS)
_BY_RACE: Final = {REFERENCE: (*CHECKERS, SPARK), AUDIT: tuple(AUDITS)}
YARDSTICKS: Final = {REFERENCE: ENGINE, AUDIT: FLOOR_AT_ONCE}


class Run(NamedTuple):
    """One process that checked."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    answer: Answer


def find_absent() -> dict[str, str]:
    """Who cannot run here, and why."""
    absent = {}
    if find_spec("polars") is None:
        absent["Polars streaming"] = "polars is not installed; call make setup-dev"
    if shutil.which("java") is None:
        absent[SPARK] = "there is no Java on this machine; install openjdk-17-jre-headless or newer"
    elif not _SPARK_PYTHON.exists():
        absent[SPARK] = "PySpark is not installed; call make bench, which makes .venv-spark"
    return absent


def check_history(
    home: Home,
    folder: Path,
    lines: int,
    rounds: int,
    races: Sequence[str] = (REFERENCE, AUDIT),
    tell: Callable[[str], None] = lambda _: None,
) -> list[Checked]:
    """Everybody who is there, over the history of `home` and its export in `folder`.

    Raises DisagreementError if two found different rows.
    """
    absent = find_absent()
    chosen = [(race, name) for race in races for name in _BY_RACE[race] if name not in absent]
    runs: dict[str, list[Run]] = {name: [] for _, name in chosen}
    for number in range(rounds):
        for _, name in chosen:
            tell(f"{lines:,} lines, round {number + 1} of {rounds}: {name}")
            runs[name].append(run_once(name, home, folder))
            tell(f"  {runs[name][-1].seconds:.1f} s, {runs[name][-1].peak_bytes / 1e6:.0f} MB")
        require_same({name: several[-1].answer for name, several in runs.items() if name not in _NOT_COMPARED})
    return [
        Checked(
            race,
            name,
            lines,
            tuple(run.seconds for run in runs[name]),
            tuple(run.cpu_seconds for run in runs[name]),
            max(run.peak_bytes for run in runs[name]),
            _count(name, runs[name][-1].answer),
        )
        for race, name in chosen
    ]


def run_once(name: str, home: Home, folder: Path) -> Run:
    """One checker in a new process."""
    answer = folder / "answer.json"
    answer.unlink(missing_ok=True)
    if name == SPARK:
        command = [str(_SPARK_PYTHON), "-m", "bench.spark_checks", str(folder), str(answer)]
    else:
        command = [sys.executable, "-m", "bench.check_child", name, str(home.path), str(folder), str(answer)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if ended.returncode:
        raise RuntimeError(f"{name} ended with status {ended.returncode}: {ended.stderr[-2000:]}")
    told = json.loads(ended.stdout.splitlines()[-1])
    return Run(told["seconds"], told["cpu_seconds"], told["peak_bytes"], json.loads(answer.read_text(encoding="utf-8")))


def require_same(answers: dict[str, Answer]) -> None:
    """Raises DisagreementError that names two checkers, the check and how many rows only one of them has."""
    if not answers:
        return
    (first, told), *others = answers.items()
    for name, answer in others:
        for check in KEYS:
            if answer[check] != told[check]:
                odd = set(answer[check]) ^ set(told[check])
                raise DisagreementError(
                    f"{check}: {first} found {len(told[check]):,} rows, {name} {len(answer[check]):,}; "
                    f"{len(odd):,} have only one of them"
                )


def _count(name: str, answer: Answer) -> int:
    """Rows, for an audit its findings; a floor finds nothing."""
    if name == CORE_PACK:
        return sum(int(row.rpartition("|")[2]) for rows in answer.values() for row in rows)
    return 0 if name in (FLOOR_AT_ONCE, FLOOR_BY_MONTH) else sum(map(len, answer.values()))
