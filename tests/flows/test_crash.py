"""Killed at any moment, the next run completes and comes to what an unbroken run comes to.

CLAIMS_AUDIT_KILLS says how many kills are tried; `make test-crash` tries many.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from claims_audit import connect
from claims_audit.home import Home
from claims_audit.sample_practice import write_sample_practice
from tests.flows.unbroken import holdings, natural, start, wait_for

KILLS = int(os.environ.get("CLAIMS_AUDIT_KILLS", "2"))


@pytest.mark.slow
def test_a_killed_run_is_made_good_by_the_next(
    tmp_path_factory: pytest.TempPathFactory, cli: Callable[..., Any], findings_of: Callable[..., Any]
) -> None:
    folder = tmp_path_factory.mktemp("crash")
    write_sample_practice(folder, sessions=240, seed=11)
    inbox, whole = folder / "inbox", folder / "whole"
    process = start(inbox, whole)
    wait_for(whole / "warehouse.duckdb", process)
    began = time.monotonic()
    assert process.wait() == 10
    length = time.monotonic() - began
    expected, findings = holdings(whole), findings_of(whole)
    assert len(findings) > 30
    chance = random.Random(os.environ.get("CLAIMS_AUDIT_KILL_SEED", "1"))
    # Spread over the whole run, two at a time, which makes each of them slower.
    moments = [(at + chance.random()) / KILLS * length * 1.2 for at in range(KILLS)]

    def kill_and_run_again(at: int) -> tuple[Path, int | None, bool, int]:
        home = folder / f"home{at}"
        process = start(inbox, home)
        wait_for(home / "warehouse.duckdb", process)
        time.sleep(moments[at])
        process.kill()
        code = process.wait()
        was_published = Home(home).pointer.exists()
        return home, code, was_published, start(inbox, home).wait()

    with ThreadPoolExecutor(2) as pool:
        outcomes = list(pool.map(kill_and_run_again, range(KILLS)))
    assert sum(code == -9 for _, code, _, _ in outcomes) >= KILLS / 2
    for home, code, was_published, next_code in outcomes:
        # What was told once is not told again: lines that the killed run had set aside, after it had published.
        assert next_code == (0 if was_published else 10), home
        assert holdings(home) == expected, home
        rows = findings_of(home)
        assert natural(rows) == natural(findings), home
        # Who has seen a finding decides whether it is new, and nobody saw those of a run that did not publish.
        assert {row["state"] for row in rows} == {"open" if was_published else "new"}, home
        with connect(home) as con:
            statuses = [row[0] for row in con.execute("select status_code from audit_run order by run_id").fetchall()]
        assert statuses[-1] == "published"
        assert statuses[:-1] in ([], ["published"] if was_published else ["crashed"]), (home, code)
        assert not list(home.glob("snapshots/*.part*"))
        assert list((home / "tmp").iterdir()) == []
