"""A write, sync or rename fails somewhere in a night: it says so, and the next night comes to what it would have been.

A library that is loaded before all others makes the n-th such call below the home fail: once, as a cable that is loose,
or from there on, as a disk that is full. CLAIMS_AUDIT_FAULTS says how many are tried; `make test-crash` tries many.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claims_audit import connect
from claims_audit.errors import ExitCode, NoInputError, exit_code_of, telling
from claims_audit.home import Home
from claims_audit.publishing import last_published
from claims_audit.sample_practice import write_sample_practice
from tests.flows.unbroken import holdings, natural, start

FAULTS = int(os.environ.get("CLAIMS_AUDIT_FAULTS", "1"))
CALLS = ("write", "sync", "rename")
# Done, done with warnings, nothing published, a disk that failed; no bug.
HONEST = {ExitCode.DONE, ExitCode.DONE_WITH_WARNINGS, ExitCode.CANNOT_PUBLISH, ExitCode.IO_ERROR}


@dataclass(frozen=True)
class Fault:
    """The n-th call of a kind, and how many fail from there on; 0 for all."""

    call: str
    at: int
    times: int

    def environment(self, library: Path, home: Path, count: Path | None = None) -> dict[str, str]:
        """What the library reads."""
        return {
            "LD_PRELOAD": str(library),
            "FAILING_BELOW": str(home),
            "FAILING_CALL": self.call,
            "FAILING_AT": str(self.at),
            "FAILING_FOR": str(self.times),
            **({"FAILING_COUNT": str(count)} if count else {}),
        }


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cc") is None, reason="a C compiler makes the disk fail: install gcc")
def test_after_a_failing_disk_the_next_night_is_whole(tmp_path: Path, findings_of: Callable[..., Any]) -> None:
    library = tmp_path / "failing_disk.so"
    source = Path(__file__).with_name("failing_disk.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    write_sample_practice(tmp_path, sessions=40, seed=12)
    inbox, whole = tmp_path / "inbox", tmp_path / "whole"
    for path in inbox.iterdir():
        if "2024-02" not in path.name and "2024-03" not in path.name:
            path.unlink()
    calls = {}
    for call in CALLS:
        count = tmp_path / f"{call}.count"
        home = whole if call == CALLS[0] else tmp_path / f"counted-{call}"
        assert start(inbox, home, Fault(call, 0, 0).environment(library, home, count)).wait() in HONEST
        calls[call] = max(map(int, count.read_text().split()))
        assert calls[call] > 10, call
    expected, findings = holdings(whole), natural(findings_of(whole))
    chance = random.Random(os.environ.get("CLAIMS_AUDIT_FAULT_SEED", "1"))
    faults = [
        Fault(call, chance.randint(1, calls[call]), times)
        for number in range(FAULTS)
        for call in (CALLS if FAULTS > 1 else (chance.choice(CALLS),))
        for times in ((0, 1) if FAULTS > 1 else (number % 2,))
    ]

    def fail_and_run_again(numbered: tuple[int, Fault]) -> tuple[Fault, Path, int, int]:
        number, fault = numbered
        home = tmp_path / f"home{number}"
        code = start(inbox, home, fault.environment(library, home)).wait()
        published = last_published(Home(home)) if Home(home).pointer.exists() else None
        if published is not None:
            # What is published can be opened, whatever became of the run.
            with connect(home) as con:
                assert con.execute("select count(*) from claim_line").fetchall()
        return fault, home, code, start(inbox, home).wait()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(fail_and_run_again, enumerate(faults)))
    for fault, home, code, next_code in outcomes:
        assert code in HONEST, (fault, code)
        assert next_code in (ExitCode.DONE, ExitCode.DONE_WITH_WARNINGS), (fault, code, next_code)
        assert holdings(home) == expected, fault
        assert natural(findings_of(home)) == findings, fault
        assert not list(home.glob("snapshots/*.part*")), fault


@pytest.mark.parametrize("error", [duckdb.IOException, duckdb.TransactionException, duckdb.FatalException])
def test_what_duckdb_says_of_a_full_disk_is_no_bug(error: type[duckdb.Error]) -> None:
    assert exit_code_of(error("SENTINEL")) is ExitCode.IO_ERROR
    assert "the warehouse could not be read or written" in telling(error("SENTINEL"))
    assert "SENTINEL" not in telling(error("SENTINEL"))


def test_what_is_ours_to_mend_stays_a_bug() -> None:
    for error in (duckdb.BinderException("x"), ValueError("x")):
        assert exit_code_of(error) is ExitCode.BUG
    assert exit_code_of(NoInputError("x")) is ExitCode.NO_INPUT
