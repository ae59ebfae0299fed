"""The log: events are added and never changed; what was acknowledged stays, and each change of a byte is seen."""

from __future__ import annotations

import random
import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import pytest

from claims_audit.errors import ReviewRefusedError, StorageError, UsageError
from claims_audit.review.event import Event, EventKind
from claims_audit.review.log import NO_HASH, Head, ReviewLog

TODAY = date(2026, 11, 27)


def comment(subject: str = "f1", text: str = "Looked at it.", key: str | None = None) -> Event:
    told = {"comment": text}
    return (
        Event(subject, EventKind.COMMENTED, "A", told, key) if key else Event(subject, EventKind.COMMENTED, "A", told)
    )


@pytest.fixture(name="log")
def log_fixture(tmp_path: Path) -> ReviewLog:
    return ReviewLog(tmp_path / "review.sqlite")


def test_a_log_that_was_never_written_is_empty(log: ReviewLog) -> None:
    assert log.events() == []
    assert log.verify() == log.head() == Head(0, NO_HASH)
    assert not log.path.exists()


def test_events_keep_their_order_and_versions(log: ReviewLog) -> None:
    log.append([comment("f1"), comment("f2"), comment("f1", "Again.")], today=TODAY)
    log.append([comment("f2", "Zwölf \N{SNOWMAN} 'quoted'")], today=TODAY)
    assert [(e.seq, e.subject_id, e.version) for e in log.events()] == [
        (1, "f1", 1),
        (2, "f2", 1),
        (3, "f1", 2),
        (4, "f2", 2),
    ]
    assert [e.details["comment"] for e in log.events("f2")] == ["Looked at it.", "Zwölf \N{SNOWMAN} 'quoted'"]
    assert log.verify() == log.head() == Head(4, log.events()[-1].event_hash)
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600


def test_all_or_nothing(log: ReviewLog) -> None:
    log.append([comment()], today=TODAY)
    with pytest.raises(UsageError):
        log.append([comment("f2"), comment("f3", "")], today=TODAY)
    with pytest.raises(ReviewRefusedError):
        log.append([comment("f2"), comment("f1")], today=TODAY, expected={"f1": 0})
    assert log.head().events == 1


def test_the_same_key_is_one_event(log: ReviewLog) -> None:
    first = log.append([comment(key="key-0001")], today=TODAY)
    # A sender that did not hear the answer sends again, with the version that it had seen.
    assert log.append([comment(key="key-0001")], today=TODAY, expected={"f1": 0}) == first
    with pytest.raises(ReviewRefusedError, match="another event"):
        log.append([comment(text="Other words.", key="key-0001")], today=TODAY)
    assert log.head().events == 1


def test_who_was_slower_is_told(log: ReviewLog) -> None:
    log.append([comment()], today=TODAY, expected={"f1": 0})
    with pytest.raises(ReviewRefusedError, match="1 events on record and not 0"):
        log.append([comment()], today=TODAY, expected={"f1": 0})
    log.append([comment(), comment()], today=TODAY, expected={"f1": 1})
    assert log.head().events == 3


@pytest.mark.parametrize("statement", ["update event set reviewer = 'B'", "delete from event where seq = 1"])
def test_sql_changes_nothing(log: ReviewLog, statement: str) -> None:
    log.append([comment()], today=TODAY)
    with sqlite3.connect(log.path) as con, pytest.raises(sqlite3.IntegrityError, match="put a new one on record"):
        con.execute(statement)


FORGED = {
    "reviewer": "update event set reviewer = 'B' where seq = 2",
    "comment": "update event set details = replace(details, 'Looked', 'Booked') where seq = 2",
    "time": "update event set recorded_at = replace(recorded_at, '20', '19') where seq = 2",
    "kind": "update event set kind = 'decided' where seq = 2",
    "subject": "update event set subject_id = 'f9' where seq = 2",
    "version": "update event set version = 9 where seq = 2",
    "key": "update event set event_id = 'other-key' where seq = 2",
    "own hash": "update event set event_hash = replace(event_hash, substr(event_hash, 1, 1), 'z') where seq = 2",
    "the one before": "delete from event where seq = 1",
    "in the middle": "delete from event where seq = 2",
    "no JSON": "update event set details = '{' where seq = 2",
    "no kind": "update event set kind = 'made_up' where seq = 2",
}


@pytest.mark.parametrize("statement", FORGED.values(), ids=FORGED)
def test_a_forged_log_is_seen(log: ReviewLog, statement: str) -> None:
    log.append([comment(), comment("f2"), comment()], today=TODAY)
    with sqlite3.connect(log.path) as con:
        for trigger in ("event_is_not_changed", "event_is_not_removed"):
            con.execute(f"drop trigger {trigger}")
        con.execute(statement)
    con.close()
    with pytest.raises(ReviewRefusedError, match="the log was changed"):
        log.verify()


def test_a_log_that_lost_its_end_is_seen_by_what_a_run_saw(log: ReviewLog, tmp_path: Path) -> None:
    log.append([comment()], today=TODAY)
    old = log.head()
    log.append([comment()], today=TODAY)
    seen = log.head()
    assert log.verify([old, seen, Head(0, NO_HASH)]) == seen
    shorter = ReviewLog(tmp_path / "shorter.sqlite")
    shorter.append([comment()], today=TODAY)
    with pytest.raises(ReviewRefusedError, match="a run saw 2 events"):
        shorter.verify([seen])
    # As many events, and another chain: somebody has begun anew.
    shorter.append([comment()], today=TODAY)
    with pytest.raises(ReviewRefusedError, match="a run saw 2 events"):
        shorter.verify([seen])


def test_changed_bytes_are_seen_or_mean_nothing(log: ReviewLog) -> None:
    """A byte of a page that no event is read from, such as free space, may change: the events are all there."""
    log.append([comment(f"f{place}", "Words that stand for a decision. " * 5) for place in range(40)], today=TODAY)
    events, head = log.events(), log.head()
    with sqlite3.connect(log.path) as con:
        con.execute("pragma wal_checkpoint(truncate)")
    con.close()
    whole = log.path.read_bytes()
    chance, silent = random.Random(20261127), 0
    for _ in range(200):
        place = chance.randrange(len(whole))
        content = bytearray(whole)
        content[place] ^= 1 << chance.randrange(8)
        log.path.write_bytes(bytes(content))
        try:
            log.verify([head])
        except (ReviewRefusedError, StorageError):
            continue
        silent += 1
        assert log.events() == events, f"byte {place}"
    # Free space and the old content of pages are the better part of so small a file.
    assert silent < 100


def test_a_clock_that_was_set_back_keeps_the_order(log: ReviewLog) -> None:
    first = log.append([comment()], today=TODAY)[0]
    with sqlite3.connect(log.path) as con:
        con.execute("drop trigger event_is_not_changed")
        con.execute("update event set recorded_at = '2199-01-01T00:00:00.000+00:00'")
    con.close()
    second = log.append([comment()], today=TODAY)[0]
    assert first.recorded_at.year < second.recorded_at.year == 2199


def test_several_write_at_once_and_nothing_is_lost(log: ReviewLog) -> None:
    def write(reviewer: int) -> None:
        for turn in range(15):
            log.append([comment(f"f{turn % 3}", f"{reviewer}.{turn}")], today=TODAY)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert log.verify().events == 60
    assert len({event.details["comment"] for event in log.events()}) == 60


WRITER = """
import sys
from datetime import date
from pathlib import Path
from claims_audit.review.event import Event, EventKind
from claims_audit.review.log import ReviewLog
log = ReviewLog(Path(sys.argv[1]))
for turn in range(10_000):
    log.append([Event("f1", EventKind.COMMENTED, "A", {"comment": str(turn)}, f"turn-{turn:06}")], today=date.today())
    print(turn, flush=True)
"""


def test_what_was_acknowledged_outlives_a_kill(log: ReviewLog) -> None:
    for kill_after in (1, 7, 30):
        known = log.head().events
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(log.path)], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            acknowledged = [int(writer.stdout.readline()) for _ in range(known + kill_after)]
            writer.kill()
        log.verify()
        turns = [int(event.details["comment"]) for event in log.events()]
        assert turns == list(range(len(turns)))
        assert len(turns) >= len(acknowledged)


def test_a_newer_log_is_not_touched(log: ReviewLog) -> None:
    log.append([comment()], today=TODAY)
    with sqlite3.connect(log.path) as con:
        con.execute("pragma user_version = 9")
    con.close()
    with pytest.raises(StorageError, match="newer claims-audit"):
        log.append([comment()], today=TODAY)


def test_a_file_that_is_no_log_is_told(log: ReviewLog) -> None:
    log.path.write_bytes(b"not a database at all, and longer than a header of one hundred bytes" * 3)
    with pytest.raises(StorageError, match="restore it from a backup"):
        log.events()
