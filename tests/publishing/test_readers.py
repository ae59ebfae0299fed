"""Eight readers look all the time while one snapshot after the other is published: no error, no torn state.

CLAIMS_AUDIT_PUBLICATIONS says how many; `make test-crash` publishes 500.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claims_audit import connect
from claims_audit.home import Home
from claims_audit.publishing import publish
from claims_audit.retention import prune_snapshots

PUBLICATIONS = int(os.environ.get("CLAIMS_AUDIT_PUBLICATIONS", "20"))
READERS = 8


def read_until(home: Path, ended: Event, answers: Any) -> None:
    """Opens the newest snapshot again and again; tells what was torn, or what went wrong, and how often it looked."""
    looks, last, faults = 0, 0, []
    has_ended = False
    while not has_ended:
        # The last look is one after the last publication.
        has_ended = ended.is_set()
        try:
            with connect(home) as con:
                told = con.execute("select max(number), count(*), sum(number) from publication").fetchall()[0]
            number, rows, total = told
            # Each publication adds its number: half of one would not add up. And time does not go back.
            if rows != number or total != number * (number + 1) // 2 or number < last:
                faults.append(f"torn: {told} after {last}")
            last = number
        except Exception as error:
            faults.append(f"{type(error).__name__}: {error}")
        looks += 1
    answers.put((looks, last, faults[:3]))


@pytest.mark.slow
def test_readers_see_whole_snapshots_only(new_desk: Callable[[str], Any], claim: Any) -> None:
    desk = new_desk("read")
    desk.deliver("a.csv", [claim()])
    desk.con.execute("create table publication (number integer)")
    desk.con.close()
    home: Home = desk.home
    context = multiprocessing.get_context("spawn")
    ended, answers = context.Event(), context.Queue()
    readers = [context.Process(target=read_until, args=(home.path, ended, answers)) for _ in range(READERS)]
    try:
        for number in range(1, PUBLICATIONS + 1):
            with duckdb.connect(str(home.warehouse)) as con:
                con.execute("insert into publication values ($number)", {"number": number})
            publish(home, f"20260101T{number:06}Z-a", ())
            prune_snapshots(home, 14, 0)
            if number == 1:
                for reader in readers:
                    reader.start()
    finally:
        ended.set()
    told = [answers.get(timeout=60) for _ in readers]
    for reader in readers:
        reader.join(timeout=60)
    assert [faults for _, _, faults in told if faults] == []
    assert {last for _, last, _ in told} == {PUBLICATIONS}
    assert sum(looks for looks, _, _ in told) >= READERS
