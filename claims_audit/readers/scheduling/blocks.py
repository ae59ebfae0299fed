"""Splits an iCalendar file into events, time zones and what is neither, with byte ranges. Nothing is interpreted here.

The frame is found again at every BEGIN:VEVENT, BEGIN:VCALENDAR and END:VCALENDAR, so that a damaged event costs itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, NamedTuple

from claims_audit.readers.scheduling.faults import NOT_UTF8, OUTSIDE_CALENDAR, TOO_LONG, UNFINISHED, EventFault
from claims_audit.readers.scheduling.lines import ContentLine, unfold
from claims_audit.readers.scheduling.names import CALENDAR_PROPERTIES, EVENT_PROPERTIES, VERSION_PROPERTIES

_MARKER: Final = re.compile(rb"\s*(BEGIN|END)\s*:\s*([A-Z0-9-]+)\s*", re.IGNORECASE)
_NAME: Final = re.compile(rb"([A-Za-z0-9-]+)([;:]?)")
_MOST_BYTES: Final = 1 << 20
_MOST_LINES: Final = 5_000
_DEEPEST: Final = 20


@dataclass(slots=True)
class CalendarFrame:
    """What one VCALENDAR says for all of its events: property name to its values, unparsed."""

    properties: dict[str, list[str]] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """METHOD in upper case; empty if the calendar has none."""
        return (self.properties.get("METHOD") or [""])[-1].upper()


@dataclass(slots=True)
class EventBlock:
    """One VEVENT: its byte range, the lines of it that are read, and what is wrong with its frame.

    `versions` holds the lines by which its versions are told apart. `attendee_count` counts its ATTENDEE lines.
    """

    start: int
    end: int
    number: int
    calendar: CalendarFrame | None
    lines: list[bytes] = field(default_factory=list)
    versions: dict[str, bytes] = field(default_factory=dict)
    byte_count: int = 0
    attendee_count: int = 0
    unread_lines: int = 0
    fault: EventFault | None = None


class ZoneBlock(NamedTuple):
    """One VTIMEZONE, as its lines."""

    lines: list[bytes]


class StrayText(NamedTuple):
    """A stretch that stands outside any calendar."""

    start: int
    end: int
    number: int


class CalendarStart(NamedTuple):
    """A VCALENDAR begins; `is_cut_off` if the one before it has no end."""

    is_cut_off: bool


class CalendarCutOff(NamedTuple):
    """The last VCALENDAR of the file has no end."""


Block = EventBlock | ZoneBlock | StrayText | CalendarStart | CalendarCutOff


def read_blocks(
    stream: BinaryIO, offset: int = 0, number: int = 1, calendar: CalendarFrame | None = None
) -> Iterator[Block]:
    """Yields the blocks in order of the file; ranges neither overlap nor leave the file.

    Begins where the stream stands: byte `offset`, physical line `number`, inside `calendar`.
    """
    splitter = _Splitter(calendar)
    for line in unfold(stream, offset, number):
        marker = _MARKER.fullmatch(line.text) if line.text[:1] in b" bBeE" else None
        if marker is None:
            splitter.take_line(line)
        elif marker[1].upper() == b"BEGIN":
            yield from splitter.begin(marker[2].upper(), line)
        else:
            yield from splitter.finish(marker[2].upper(), line)
    yield from splitter.close()


class _Splitter:
    """Where in the frame the reader stands."""

    def __init__(self, calendar: CalendarFrame | None) -> None:
        self._calendar = calendar
        self._event: EventBlock | None = None
        self._nested: list[bytes] = []  # components open inside the event
        self._other: bytes | None = None  # a component open beside the events
        self._zone_lines: list[bytes] = []
        # First line since the last whole component: where an event began whose BEGIN line is damaged.
        self._loose: ContentLine | None = None
        self._stray: StrayText | None = None

    def take_line(self, line: ContentLine) -> None:
        """Takes a line that opens or closes nothing."""
        if self._event is not None:
            self._event.end = line.end
            if not self._nested:
                _take_event_line(self._event, line)
        elif self._calendar is None:
            self._add_stray(line)
        else:
            self._loose = self._loose or line
            if self._other == b"VTIMEZONE":
                if len(self._zone_lines) < _MOST_LINES:
                    self._zone_lines.append(line.text)
            elif self._other is None:
                _take_calendar_line(self._calendar, line)

    def begin(self, name: bytes, line: ContentLine) -> Iterator[Block]:
        """Opens a component."""
        if name == b"VEVENT":
            yield from self._leave_event()
            yield from self._flush_stray()
            self._other = self._loose = None
            self._event = EventBlock(line.start, line.end, line.number, self._calendar)
            if self._calendar is None:
                self._event.fault = OUTSIDE_CALENDAR
        elif name == b"VCALENDAR":
            yield from self._leave_event()
            yield from self._flush_stray()
            yield CalendarStart(self._calendar is not None)
            self._calendar, self._other, self._loose = CalendarFrame(), None, None
        elif self._event is not None:
            self._event.end = line.end
            if len(self._nested) < _DEEPEST:
                self._nested.append(name)
            else:
                self._event.fault = self._event.fault or UNFINISHED
        elif self._calendar is None:
            self._add_stray(line)
        elif self._other is None:
            self._other, self._zone_lines = name, []
            self._loose = self._loose or line
        elif self._other == b"VTIMEZONE" and len(self._zone_lines) < _MOST_LINES:
            self._zone_lines.append(line.text)

    def finish(self, name: bytes, line: ContentLine) -> Iterator[Block]:
        """Closes a component."""
        if name == b"VCALENDAR":
            yield from self._leave_event()
            if self._calendar is None:
                self._add_stray(line)
            self._calendar = self._other = self._loose = None
        elif name == b"VEVENT":
            yield from self._finish_event(line)
        elif self._event is not None:
            self._event.end = line.end
            if self._nested and self._nested[-1] == name:
                self._nested.pop()
            else:
                self._event.fault = self._event.fault or UNFINISHED
        elif self._calendar is None:
            self._add_stray(line)
        elif name == self._other:
            if name == b"VTIMEZONE":
                yield ZoneBlock(self._zone_lines)
            self._other, self._loose, self._zone_lines = None, None, []
        elif self._other == b"VTIMEZONE" and len(self._zone_lines) < _MOST_LINES:
            self._zone_lines.append(line.text)

    def close(self) -> Iterator[Block]:
        """Ends the file."""
        yield from self._leave_event()
        yield from self._flush_stray()
        if self._calendar is not None:
            yield CalendarCutOff()

    def _finish_event(self, line: ContentLine) -> Iterator[Block]:
        event, self._event = self._event, None
        if event is not None:
            event.end = line.end
            if self._nested:
                event.fault = event.fault or UNFINISHED
            self._nested = []
            yield event
            return
        # An end without a beginning is an event all the same; it must not be lost from the count.
        first = self._loose or line
        start, number = first.start, first.number
        if self._calendar is None and self._stray is not None:
            start, number = self._stray.start, self._stray.number
        self._loose = self._other = self._stray = None
        yield EventBlock(start, line.end, number, self._calendar, fault=UNFINISHED)

    def _leave_event(self) -> Iterator[Block]:
        if self._event is not None:
            self._event.fault = self._event.fault or UNFINISHED
            yield self._event
        self._event, self._nested = None, []

    def _add_stray(self, line: ContentLine) -> None:
        start, number = (self._stray.start, self._stray.number) if self._stray else (line.start, line.number)
        self._stray = StrayText(start, line.end, number)

    def _flush_stray(self) -> Iterator[Block]:
        if self._stray is not None:
            yield self._stray
        self._stray = None


def _take_event_line(event: EventBlock, line: ContentLine) -> None:
    """Keeps a line of an event if it is one that is read."""
    match = _NAME.match(line.text)
    name = match[1].upper().decode("ascii") if match else ""
    if name in EVENT_PROPERTIES:
        event.attendee_count += name == "ATTENDEE"
        event.byte_count += len(line.text)
        if not line.is_whole or event.byte_count > _MOST_BYTES or len(event.lines) >= _MOST_LINES:
            event.fault = event.fault or TOO_LONG
        elif event.fault is None:
            event.lines.append(line.text)
            if not line.text.isascii() and not _is_utf8(line.text):
                event.fault = NOT_UTF8
    elif name in VERSION_PROPERTIES:
        event.versions.setdefault(name, line.text)
    elif match is None or not match[2]:
        event.unread_lines += 1


def _take_calendar_line(calendar: CalendarFrame, line: ContentLine) -> None:
    name, colon, value = line.text.partition(b":")
    name = name.partition(b";")[0].strip().upper()
    key = name.decode("ascii", "replace")
    if colon and key in CALENDAR_PROPERTIES and sum(map(len, calendar.properties.values())) < 100:
        calendar.properties.setdefault(key, []).append(value.decode("utf-8", "replace").strip())


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
