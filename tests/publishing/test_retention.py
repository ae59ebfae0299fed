"""Which snapshots stay: 14 nights, 12 months, what papers cite, and never more than that."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from claims_audit.errors import StorageError
from claims_audit.home import Home
from claims_audit.retention import old_snapshots, prune_snapshots

NIGHTLY, MONTHLY = 14, 12


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "snapshots").mkdir()
    return Home(tmp_path)


def night(home: Home, day: date) -> str:
    """An empty file in place of a snapshot: only names and the pointer are read."""
    run_id = f"{day:%Y%m%d}T020000Z-{day.toordinal() % 4096:06x}"
    point_to(home, run_id)
    return run_id


def point_to(home: Home, run_id: str) -> None:
    (home.snapshots / f"{run_id}.duckdb").touch()
    home.pointer.write_text(json.dumps({"run_id": run_id, "snapshot": f"{run_id}.duckdb", "sha256": "0" * 64}))


def days(home: Home) -> list[date]:
    stems = sorted(path.stem for path in home.snapshots.glob("*.duckdb"))
    return [date(int(stem[:4]), int(stem[4:6]), int(stem[6:8])) for stem in stems]


def test_four_hundred_nights_leave_a_fortnight_and_a_year_of_months(home: Home) -> None:
    first = date(2026, 1, 1)
    for number in range(400):
        night(home, first + timedelta(days=number))
        prune_snapshots(home, NIGHTLY, MONTHLY)
        assert len(days(home)) <= NIGHTLY + MONTHLY
    last = first + timedelta(days=399)
    assert last == date(2027, 2, 4)
    nights = [last - timedelta(days=number) for number in range(14)]
    months = [date(2026, month, 1) - timedelta(days=1) for month in range(5, 13)] + [date(2026, 12, 31)]
    # The last of March 2026 and, inside the fortnight, those of January and February 2027 make twelve.
    assert set(days(home)) == {*nights, *months, date(2026, 3, 31), date(2027, 1, 31)}


def test_the_pointer_is_never_removed(home: Home) -> None:
    for number in (5, 2, 3, 4):
        point_to(home, f"2026010{number}T020000Z-a")
    assert prune_snapshots(home, 2, 0) == ["20260102T020000Z-a.duckdb", "20260103T020000Z-a.duckdb"]
    point_to(home, "20260101T020000Z-a")
    assert prune_snapshots(home, 1, 0) == ["20260104T020000Z-a.duckdb"]
    assert prune_snapshots(home, 0, 0) == []
    assert [day.day for day in days(home)] == [1, 5]


def paper(home: Home, run_id: str, name: str) -> None:
    path = home.path / "reports" / run_id / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


@pytest.mark.parametrize(
    ("name", "stays"),
    [
        ("report-counsel.html", True),
        ("report-management.pdf", True),
        ("report.html", False),
        ("report-management.html", False),
        ("report.xlsx", False),
    ],
)
def test_what_papers_rest_on_stays(home: Home, name: str, stays: bool) -> None:
    old = night(home, date(2026, 1, 1))
    paper(home, old, name)
    night(home, date(2026, 1, 2))
    assert (prune_snapshots(home, 1, 0) == []) is stays


def test_decisions_of_a_work_paper_keep_the_snapshot(home: Home) -> None:
    old, other = night(home, date(2026, 1, 1)), night(home, date(2026, 1, 2))
    night(home, date(2026, 1, 3))
    (home.path / "receipts").mkdir()
    (home.path / "receipts" / "work-papers-1-2.json").write_text(json.dumps({"run_id": old}))
    assert prune_snapshots(home, 1, 0) == [f"{other}.duckdb"]


def test_a_receipt_that_cannot_be_read_keeps_all(home: Home) -> None:
    for number in (1, 2, 3):
        night(home, date(2026, 1, number))
    (home.path / "receipts").mkdir()
    (home.path / "receipts" / "torn.json").write_text("{")
    with pytest.raises(StorageError, match=r"receipts/torn.json: cannot be read"):
        old_snapshots(home, 1, 0)
    assert len(days(home)) == 3


def test_two_runs_of_a_day_are_two_nights(home: Home) -> None:
    for number in (1, 2, 3):
        point_to(home, f"20260101T0{number}0000Z-a")
    assert prune_snapshots(home, 2, 12) == ["20260101T010000Z-a.duckdb"]
