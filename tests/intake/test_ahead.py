"""Files that other processes read are stored as if they had been read one after the other."""

from __future__ import annotations

import gzip
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from checks.schemas import ROW_SCHEMAS
from claims_audit.home import Home
from claims_audit.intake import ahead
from claims_audit.intake.ahead import Reader, read_inputs, worker_count
from claims_audit.intake.load import FILE_TABLES, load_paths
from claims_audit.intake.reading import FileReading, ReadOptions
from claims_audit.readers.inputs.source import find_inputs
from claims_audit.settings import Settings
from claims_audit.warehouse.database import open_warehouse
from claims_audit.warehouse.reference import load_reference
from tests.conftest import as_csv

Row = dict[str, str]


@pytest.fixture(autouse=True)
def every_load_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead, "WORTH_BYTES", 0)


def end_at_once(*_: object) -> None:
    """As a process ends that the system takes for the memory it wants."""
    os._exit(1)


def fill(inbox: Path, claim: Callable[..., Row]) -> None:
    """Files of every fate: good, with rejects, packed, twice the same, empty, unreadable, replaced by a later one."""
    inbox.mkdir()
    rows = [claim(patient_control_number=f"P{number}") for number in range(40)]
    (inbox / "a.csv").write_bytes(as_csv(rows))
    (inbox / "b.csv").write_bytes(as_csv([*rows[:5], claim(member_id=""), claim(charge_amount="x")]) + b'"broken\n')
    (inbox / "c.csv.gz").write_bytes(gzip.compress(as_csv([claim(patient_control_number="P50")])))
    (inbox / "d.csv").write_bytes((inbox / "a.csv").read_bytes())
    (inbox / "e.csv").write_bytes(b"")
    (inbox / "f.bin").write_bytes(b"nothing that is known")
    (inbox / "g.csv").write_bytes(as_csv([claim(patient_control_number="P1", claim_frequency_code="7")]))
    with zipfile.ZipFile(inbox / "h.zip", "w") as packed:
        for number in (60, 61):
            packed.writestr(f"{number}.csv", as_csv([claim(patient_control_number=f"P{number}")]))


def everything(folder: Path, inbox: Path, workers: int) -> dict[str, Any]:
    """Reports and rows after loading the inbox, and some of it once more, with that many processes."""
    settings = replace(Settings(), load_workers=workers)
    home = Home(folder)
    home.create()
    with open_warehouse(home, settings) as con:
        load_reference(con, home, settings, ROW_SCHEMAS)
        told = [
            json.loads(json.dumps(asdict(report)))
            for place in (inbox, inbox / "b.csv")
            for report in load_paths(con, [place], home, settings, ROW_SCHEMAS, "R1")
        ]
        rows = {
            table: con.execute(f"select * exclude ({left_out}) from {table} order by all").fetchall()
            for table in FILE_TABLES
            for left_out in ["loaded_at" if table == "delivered_file" else "file_id"]
        }
        keys = con.execute("select claim_line_id, file_id, claim_id from claim_line order by all").fetchall()
    assert list(home.temporary.iterdir()) == []
    return {"reports": told, "keys": keys, **rows}


def test_rows_order_and_keys_do_not_depend_on_the_number_of_processes(
    tmp_path: Path, claim: Callable[..., Row]
) -> None:
    fill(tmp_path / "inbox", claim)
    alone = everything(tmp_path / "alone", tmp_path / "inbox", 1)
    assert {report["status"] for report in alone["reports"]} == {"loaded", "already_loaded", "refused"}
    assert alone["rejected_range"]
    assert everything(tmp_path / "together", tmp_path / "inbox", 2) == alone


def test_one_file_or_one_core_or_little_to_read_starts_no_process(
    tmp_path: Path, claim: Callable[..., Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = tmp_path / "inbox"
    fill(inbox, claim)

    def is_read_here(place: Path, workers: int) -> bool:
        home = Home(tmp_path / "home")
        home.create()
        reader = Reader(home, 10**9, dict(ROW_SCHEMAS), ReadOptions())
        contents = read_inputs(find_inputs([place]), reader, replace(Settings(), load_workers=workers))
        found = isinstance(next(contents).reading, FileReading)
        contents.close()
        return found

    assert is_read_here(inbox / "a.csv", 2)
    assert is_read_here(inbox, 1)
    assert not is_read_here(inbox, 2)
    monkeypatch.setattr(ahead, "WORTH_BYTES", 10**9)
    assert is_read_here(inbox, 2)


def test_a_process_that_is_ended_costs_nothing(
    tmp_path: Path, claim: Callable[..., Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path / "inbox", claim)
    alone = everything(tmp_path / "alone", tmp_path / "inbox", 1)
    # Every process ends as soon as it is given its first file.
    monkeypatch.setattr(ahead, "_leave", end_at_once)
    assert everything(tmp_path / "together", tmp_path / "inbox", 2) == alone


def test_by_default_there_is_a_process_a_core_and_at_most_four(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(64)), raising=False)
    assert worker_count(Settings()) == 4
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0}, raising=False)
    assert worker_count(Settings()) == 1
    assert worker_count(replace(Settings(), load_workers=7)) == 7
