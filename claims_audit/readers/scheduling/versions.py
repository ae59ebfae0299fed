"""First pass over a calendar file: which versions of events are replaced, when it was last changed, its time zones."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b
from typing import BinaryIO, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from claims_audit.readers.scheduling.blocks import CalendarFrame, CalendarStart, EventBlock, ZoneBlock, read_blocks
from claims_audit.readers.scheduling.names import MESSAGE_METHODS

_STAMP: Final = re.compile(
    rb"((?:19|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))T((?:[01]\d|2[0-3])[0-5]\d[0-5]\d)Z?"
)
_MOST_ZONES: Final = 200
_LARGEST_SEQUENCE: Final = 10**9

# The client of an event that names just one; None for any other event.
ClientOf = Callable[[EventBlock], str | None]


class FileVersions(NamedTuple):
    """What the first pass found out about the file.

    `last_change` is the latest DTSTAMP, LAST-MODIFIED or CREATED of any event: the file is not older than that.
    `superseded` holds the byte offsets of events of which a later version stands in the file, `keys` the sorted keys
    of all occurrences that stand there on their own.
    """

    calendar_count: int
    event_count: int
    last_change: datetime | None
    superseded: frozenset[int]
    keys: NDArray[np.uint64]
    zones: list[list[bytes]]

    def has_occurrence(self, uid: bytes, recurrence: bytes) -> bool:
        """Whether an occurrence of a series stands in the file as an event of its own."""
        key = np.uint64(_key(uid, recurrence))
        at = int(np.searchsorted(self.keys, key))
        return at < len(self.keys) and bool(self.keys[at] == key)


def read_versions(stream: BinaryIO, client_of: ClientOf) -> FileVersions:
    """Goes once through the file, from where the stream stands (its beginning).

    Keeps 32 bytes an event. `client_of` is asked for events whose UID comes more than once.
    """
    keys, ranks, stamps, places, numbers = (array("Q") for _ in range(5))
    zones: list[list[bytes]] = []
    calendars = events = latest = 0
    for block in read_blocks(stream):
        if isinstance(block, CalendarStart):
            calendars += 1
        elif isinstance(block, ZoneBlock):
            if len(zones) < _MOST_ZONES:
                zones.append(block.lines)
        elif isinstance(block, EventBlock):
            events += 1
            stamp = _stamp_of(block)
            if stamp > latest and _moment(stamp) is not None:
                latest = stamp
            uid = uid_of(block)
            if uid and block.fault is None and _is_version(block):
                keys.append(_key(uid, _recurrence_of(block)))
                ranks.append(_sequence_of(block))
                stamps.append(stamp)
                places.append(block.start)
                numbers.append(block.number)
    columns = [np.frombuffer(column, dtype=np.uint64) for column in (keys, ranks, stamps, places, numbers)]
    superseded = _superseded(stream, columns, client_of) if len(keys) else frozenset()
    return FileVersions(calendars, events, _moment(latest), superseded, np.unique(columns[0]), zones)


def uid_of(block: EventBlock) -> bytes:
    """The UID of an event; empty if it has none."""
    return _value(block, "UID")


def _superseded(stream: BinaryIO, columns: list[NDArray[np.uint64]], client_of: ClientOf) -> frozenset[int]:
    """Offsets of events that a later version replaces.

    The later of two is that with the higher SEQUENCE, then the later stamp, then the later place. Systems that export
    a group as one appointment for each client may give all of them one UID: two events that each name one client, and
    not the same one, are no versions of each other.
    """
    keys, ranks, stamps, places, numbers = columns
    order = np.lexsort((places, stamps, ranks, keys))
    ordered = keys[order]
    replaced: list[int] = []
    is_repeated = np.zeros(len(ordered), dtype=bool)
    same = ordered[1:] == ordered[:-1]
    is_repeated[1:] |= same
    is_repeated[:-1] |= same
    key, clients, has_whole = None, set[str](), False
    for at in np.flatnonzero(is_repeated)[::-1]:
        row = order[at]
        if key != ordered[at]:
            key, clients, has_whole = ordered[at], set(), False
        client = client_of(_block_at(stream, int(places[row]), int(numbers[row])))
        if has_whole or client in clients or (client is None and clients):
            replaced.append(int(places[row]))
        if client is None:
            has_whole = True
        else:
            clients.add(client)
    return frozenset(replaced)


def _block_at(stream: BinaryIO, offset: int, number: int) -> EventBlock:
    stream.seek(offset)
    blocks = read_blocks(stream, offset, number, CalendarFrame())
    return next(block for block in blocks if isinstance(block, EventBlock))


def _key(uid: bytes, recurrence: bytes) -> int:
    return int.from_bytes(blake2b(uid + b"\0" + recurrence, digest_size=8).digest(), "big")


def _value(block: EventBlock, name: str) -> bytes:
    # Quoted parameters may hold a colon; the value begins after the last quotation mark before it.
    text = block.versions.get(name, b"")
    _, quote, tail = text.rpartition(b'"')
    return (tail if quote and b":" in tail else text).partition(b":")[2].strip()


def _recurrence_of(block: EventBlock) -> bytes:
    return _value(block, "RECURRENCE-ID").upper()


def _sequence_of(block: EventBlock) -> int:
    text = _value(block, "SEQUENCE")
    return min(int(text), _LARGEST_SEQUENCE) if text.isdigit() and len(text) < 20 else 0


def _stamp_of(block: EventBlock) -> int:
    """The latest stamp of the event as the number YYYYMMDDHHMMSS; 0 if it has none."""
    found = [_STAMP.fullmatch(_value(block, name)) for name in ("DTSTAMP", "LAST-MODIFIED", "CREATED")]
    return max((int(match[1] + match[2]) for match in found if match), default=0)


def _moment(stamp: int) -> datetime | None:
    try:
        return datetime.strptime(str(stamp), "%Y%m%d%H%M%S").replace(tzinfo=UTC) if stamp else None
    except ValueError:
        return None


def _is_version(block: EventBlock) -> bool:
    """Whether an event stands for the whole of its UID: no message about it, and no cancellation for some attendees.

    The latter has METHOD:CANCEL and no STATUS:CANCELLED (RFC 5546, 3.2.5).
    """
    method = block.calendar.method if block.calendar else ""
    is_cancelled = any(line.upper().startswith(b"STATUS") and b"CANCELLED" in line.upper() for line in block.lines)
    return method not in MESSAGE_METHODS and (method != "CANCEL" or is_cancelled)
