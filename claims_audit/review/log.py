"""The log of the review: `review.sqlite`, to which events are only ever added, each with a hash over all before it.

SQLite in WAL mode with full synchronisation: what was acknowledged is on disk, and several people can write at once.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from claims_audit.errors import ReviewRefusedError, StorageError
from claims_audit.review.event import Event, EventKind, RecordedEvent, check_event

SCHEMA_VERSION: Final = 1
NO_HASH: Final = "0" * 64  # before the first event
_BUSY_SECONDS: Final = 20.0
_TABLE: Final = (Path(__file__).with_name("event_table.sql")).read_text(encoding="utf-8")
_COLUMNS: Final = "seq, event_id, subject_id, version, kind, reviewer, recorded_at, details, previous_hash, event_hash"


@dataclass(frozen=True, slots=True)
class Head:
    """How far a log has come: its number of events and the hash of the last."""

    events: int
    event_hash: str


class ReviewLog:
    """The events of one home."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(
        self, events: Sequence[Event], *, today: date, expected: Mapping[str, int] | None = None
    ) -> list[RecordedEvent]:
        """Puts events on record, all or none; what is returned is on disk.

        An event whose key is on record already is not written again. `expected` holds how many events the caller has
        seen of a subject. Raises UsageError for an event that lacks something, ReviewRefusedError if a subject has got
        other events meanwhile or a key stands for another event, StorageError if the log cannot be written.
        """
        for event in events:
            check_event(event, today)
        with self._open() as con:
            con.execute("begin immediate")
            try:
                recorded = self._append(con, events, expected or {})
            except BaseException:
                con.execute("rollback")
                raise
            con.execute("commit")
        return recorded

    def events(self, subject_id: str | None = None) -> list[RecordedEvent]:
        """All events in their order, or those of one subject; none if nothing was ever put on record."""
        if not self.path.exists():
            return []
        wanted = "" if subject_id is None else "where subject_id = :subject_id"
        with self._open() as con:
            rows = con.execute(
                f"select {_COLUMNS} from event {wanted} order by seq",
                {"subject_id": subject_id},
            ).fetchall()
        try:
            return [_recorded(row) for row in rows]
        except (ValueError, TypeError, AttributeError):
            raise _broken(self.path, "an event cannot be read") from None

    def verify(self, heads: Sequence[Head] = ()) -> Head:
        """Proves the chain, and that each of `heads`, kept elsewhere, was once its head; returns the head now.

        Raises ReviewRefusedError naming the first event that is not what it was.
        """
        self._check_file()
        last, hashes = NO_HASH, [NO_HASH]
        for place, event in enumerate(self.events(), start=1):
            if event.seq != place or event.previous_hash != last or event.event_hash != _hash_of(event):
                raise _broken(self.path, f"event {place} is not what was put on record")
            last = event.event_hash
            hashes.append(last)
        for head in heads:
            if head.events >= len(hashes) or hashes[head.events] != head.event_hash:
                raise _broken(self.path, f"a run saw {head.events:,} events that are not the first of this log")
        return Head(len(hashes) - 1, last)

    def _check_file(self) -> None:
        if not self.path.exists():
            return
        with self._open() as con:
            found = con.execute("pragma integrity_check(1)").fetchone()
        if found != ("ok",):
            raise _broken(self.path, "the file is damaged")

    def head(self) -> Head:
        """How far the log has come."""
        events = self.events()
        return Head(len(events), events[-1].event_hash) if events else Head(0, NO_HASH)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            if not self.path.exists():
                self.path.touch(mode=0o600)
            con = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
            try:
                con.execute("pragma journal_mode = wal")
                con.execute("pragma synchronous = full")
                con.executescript(_TABLE)
                (version,) = con.execute("pragma user_version").fetchone()
                if version > SCHEMA_VERSION:
                    raise StorageError(f"{self.path}: written by a newer claims-audit; install that, and call again")
                con.execute(f"pragma user_version = {SCHEMA_VERSION}")
                yield con
            finally:
                con.close()
        except sqlite3.DatabaseError as error:
            # The text of an error of SQLite may hold a value.
            raise StorageError(
                f"{self.path}: the log of the review cannot be read or written ({type(error).__name__}); free space, "
                "or restore it from a backup"
            ) from None

    def _append(
        self, con: sqlite3.Connection, events: Sequence[Event], expected: Mapping[str, int]
    ) -> list[RecordedEvent]:
        recorded, is_new = [], False
        last = con.execute("select seq, event_hash, recorded_at from event order by seq desc limit 1").fetchone()
        seq, event_hash, last_at = last or (0, NO_HASH, "")
        # A clock that was set back does not turn the order around.
        now = max(datetime.now(UTC).isoformat(timespec="milliseconds"), last_at)
        seen = dict(expected)
        for event in events:
            if (known := self._known(con, event)) is not None:
                recorded.append(known)
                continue
            (version,) = con.execute("select count(*) from event where subject_id = ?", (event.subject_id,)).fetchone()
            if seen.get(event.subject_id, version) != version:
                raise ReviewRefusedError(
                    f"{event.subject_id} has {version} events on record and not {seen[event.subject_id]}: somebody was "
                    "faster. Nothing was put on record; look at it again with `claims-audit review show`"
                )
            is_new = True
            seq += 1
            values = (
                seq,
                event.event_id,
                event.subject_id,
                version + 1,
                event.kind.value,
                event.reviewer,
                now,
                _as_json(event.details),
                event_hash,
                "",
            )
            one = _recorded(values)
            event_hash = _hash_of(one)
            con.execute(f"insert into event ({_COLUMNS}) values (?,?,?,?,?,?,?,?,?,?)", (*values[:-1], event_hash))
            recorded.append(_recorded((*values[:-1], event_hash)))
            if event.subject_id in seen:
                seen[event.subject_id] = version + 1
        if is_new:
            self.path.chmod(0o600)
        return recorded

    def _known(self, con: sqlite3.Connection, event: Event) -> RecordedEvent | None:
        row = con.execute(f"select {_COLUMNS} from event where event_id = ?", (event.event_id,)).fetchone()
        if row is None:
            return None
        known = _recorded(row)
        if (known.subject_id, known.kind, known.reviewer, dict(known.details)) != (
            event.subject_id,
            event.kind,
            event.reviewer,
            dict(event.details),
        ):
            raise ReviewRefusedError(
                f"the key {event.event_id} stands for another event already; nothing was put on record, take a new key"
            )
        return known


def _broken(path: Path, what: str) -> ReviewRefusedError:
    return ReviewRefusedError(
        f"{path}: the log was changed: {what}. Do not work with it; restore it from a backup (docs/review.md, The log "
        "was changed)"
    )


def _as_json(details: Mapping[str, str]) -> str:
    return json.dumps(dict(details), sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _recorded(row: Sequence[object]) -> RecordedEvent:
    seq, event_id, subject_id, version, kind, reviewer, recorded_at, details, previous_hash, event_hash = row
    return RecordedEvent(
        int(str(seq)),
        str(event_id),
        str(subject_id),
        int(str(version)),
        EventKind(str(kind)),
        str(reviewer),
        datetime.fromisoformat(str(recorded_at)),
        {str(name): str(text) for name, text in json.loads(str(details)).items()},
        str(previous_hash),
        str(event_hash),
    )


def _hash_of(event: RecordedEvent) -> str:
    parts = [
        event.previous_hash,
        event.seq,
        event.event_id,
        event.subject_id,
        event.version,
        event.kind.value,
        event.reviewer,
        event.recorded_at.isoformat(timespec="milliseconds"),
        _as_json(event.details),
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
