"""Attendance from iCalendar files (.ics, RFC 5545), as scheduling systems export them.

Two shapes are read: an event for each client's appointment, of which those of the same clinician and minute make up a
group, and an event for the group with its clients as ATTENDEEs. What is read by name is in names.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from claims_audit.errors import ConfigurationError, UnreadableFileError
from claims_audit.model import ATTENDANCE_COLUMNS, POSITION_COLUMNS, FileTotals, RejectedRange, RejectKind, RowBatch
from claims_audit.readers.scheduling.blocks import (
    CalendarCutOff,
    CalendarStart,
    EventBlock,
    StrayText,
    read_blocks,
)
from claims_audit.readers.scheduling.events import Attendance, AttendanceRow, EventReader, client_of
from claims_audit.readers.scheduling.faults import OUTSIDE_CALENDAR
from claims_audit.readers.scheduling.lines import BOM
from claims_audit.readers.scheduling.versions import read_versions
from claims_audit.readers.scheduling.zones import named_zone

_TABLE: Final = "attendance"
_BEGIN: Final = b"BEGIN:VCALENDAR"


def is_icalendar(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a calendar."""
    start = head.removeprefix(BOM).lstrip()
    return start[: len(_BEGIN)].upper() == _BEGIN and start[len(_BEGIN) : len(_BEGIN) + 1] in (b"", b"\r", b"\n", b" ")


def read_icalendar(
    stream: BinaryIO, name: str, *, timezone: str | None = None, batch_lines: int = 20_000
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    """Reads a calendar in two passes over a stream that can seek; yields FileTotals last.

    `timezone` (IANA) is the practice's, to which times in UTC are taken. `lines_in` counts people in events, one at
    least for each event; `records_in` counts events. Raises UnreadableFileError if the file holds no calendar, and
    ConfigurationError if the time zone is unknown.
    """
    zone = None
    if timezone is not None and (zone := named_zone(timezone)) is None:
        raise ConfigurationError("the time zone of the practice is unknown; write it like America/New_York")
    versions = read_versions(stream, client_of)
    if not versions.calendar_count:
        raise UnreadableFileError(f"{name}: holds no calendar (BEGIN:VCALENDAR); export it again as iCalendar")
    return _read_events(stream, EventReader(versions, zone), batch_lines)


def _read_events(
    stream: BinaryIO, reader: EventReader, batch_lines: int
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    totals = FileTotals()
    batch = _Batch()
    stream.seek(0)
    for block in read_blocks(stream):
        if isinstance(block, EventBlock):
            totals.records_in += 1
            if block.unread_lines:
                totals.warn("event_line_unreadable", block.unread_lines)
            found = reader.read(block)
            if isinstance(found, Attendance):
                totals.lines_in += len(found.rows)
                _warn(totals, found)
                batch.extend(block, found)
                if len(batch) >= batch_lines:
                    yield batch.finish()
                    batch = _Batch()
            else:
                totals.lines_in += found.person_count
                if found.fault.kind is RejectKind.OTHER_TRANSACTION:
                    totals.warn(found.fault.code)
                yield RejectedRange(
                    _TABLE,
                    block.start,
                    block.end,
                    found.fault.code,
                    found.fault.reason,
                    found.fault.kind,
                    source_line_number=block.number,
                    line_count=found.person_count,
                )
        elif isinstance(block, StrayText):
            fault = OUTSIDE_CALENDAR
            yield RejectedRange(
                _TABLE, block.start, block.end, fault.code, fault.reason, source_line_number=block.number
            )
        elif isinstance(block, CalendarCutOff) or (isinstance(block, CalendarStart) and block.is_cut_off):
            totals.warn("calendar_cut_off")
    if len(batch):
        yield batch.finish()
    yield totals


def _warn(totals: FileTotals, found: Attendance) -> None:
    if found.assumed_count:
        totals.warn("attendance_assumed", found.assumed_count)
    if found.is_kept_as_utc:
        totals.warn("utc_times_without_zone")


class _Batch:
    """Rows on their way to one RowBatch."""

    def __init__(self) -> None:
        self._rows: list[AttendanceRow] = []
        self._positions: list[tuple[int, int, int, None, None]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def extend(self, block: EventBlock, found: Attendance) -> None:
        """Adds the rows of one event, all of which stood in its range."""
        self._rows += found.rows
        self._positions += [(block.start, block.end, block.number, None, None)] * len(found.rows)

    def finish(self) -> RowBatch:
        columns: dict[str, list[object]] = {name: [row.get(name) for row in self._rows] for name in ATTENDANCE_COLUMNS}
        placed: list[list[object]] = [list(column) for column in zip(*self._positions, strict=True)]
        return RowBatch(_TABLE, columns | dict(zip(POSITION_COLUMNS, placed, strict=True)))
