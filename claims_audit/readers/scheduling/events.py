"""From one event of a calendar to its attendance, or to the reason why it is none. An event is read whole or not."""

from __future__ import annotations

import warnings
from datetime import tzinfo
from typing import Final, NamedTuple

from icalendar import Event

from claims_audit.readers.scheduling import names
from claims_audit.readers.scheduling.blocks import CalendarFrame, EventBlock
from claims_audit.readers.scheduling.faults import (
    ALL_DAY,
    NO_APPOINTMENT,
    NO_SCHEDULE,
    RECURRING,
    REPEATED,
    SUPERSEDED,
    TIME_OUT_OF_RANGE,
    TOO_LONG,
    UNREADABLE,
    EventFault,
)
from claims_audit.readers.scheduling.people import People, Person, read_clients, read_people, text_of
from claims_audit.readers.scheduling.recurrence import occurrences
from claims_audit.readers.scheduling.status import assumed_status, is_cancelled, stated_status
from claims_audit.readers.scheduling.times import EventTimes, read_times, wall_text
from claims_audit.readers.scheduling.versions import FileVersions, uid_of
from claims_audit.readers.scheduling.zones import TimeZones

_MOST_PERSONS: Final = 1_000
_MOST_ROWS: Final = 20_000  # of a series

# One row of `attendance`: its columns that are known, by name.
AttendanceRow = dict[str, str | None]


class Attendance(NamedTuple):
    """The rows of one event, how many of them rest on a plan alone, and whether their times are in UTC."""

    rows: list[AttendanceRow]
    assumed_count: int
    is_kept_as_utc: bool


class Refusal(NamedTuple):
    """An event that is set aside, with the number of people in it, one at least."""

    fault: EventFault
    person_count: int


class EventReader:
    """Reads the events of one file.

    `practice_zone` is that to which times in UTC are taken; None leaves it to each calendar (X-WR-TIMEZONE).
    """

    def __init__(self, versions: FileVersions, practice_zone: tzinfo | None) -> None:
        self._versions = versions
        self._practice_zone = practice_zone
        self._zones = TimeZones(versions.zones)

    def read(self, block: EventBlock) -> Attendance | Refusal:
        """Reads one event."""
        event = parse_event(block)
        if isinstance(event, EventFault):
            return Refusal(event, max(1, block.attendee_count))
        persons, nameless = read_clients(event)
        count = max(1, len(persons) + nameless)
        if count > _MOST_PERSONS:
            return Refusal(TOO_LONG, count)
        if block.calendar is not None and block.calendar.method in names.MESSAGE_METHODS:
            return Refusal(NO_SCHEDULE, count)
        if block.start in self._versions.superseded:
            return Refusal(SUPERSEDED, count)
        found = self._attendance(block, event, has_people=bool(persons or nameless))
        return Refusal(found, count) if isinstance(found, EventFault) else found

    def _attendance(self, block: EventBlock, event: Event, has_people: bool) -> Attendance | EventFault:
        calendar = block.calendar or CalendarFrame()
        times = read_times(event, self._zones, self._practice_zone or self._zone_of(calendar))
        if isinstance(times, EventFault):
            return NO_APPOINTMENT if times is ALL_DAY and not has_people else times
        people = read_people(event, calendar)
        if isinstance(people, EventFault):
            return people
        if "RRULE" in event or "RDATE" in event or b"THISANDFUTURE" in block.versions.get("RECURRENCE-ID", b"").upper():
            return self._series(block, event, calendar, times, people)
        is_over = self._is_over(times)
        called_off = is_cancelled(event, calendar)
        rows: list[AttendanceRow] = []
        assumed_count = 0
        for person in people.persons:
            status = stated_status(event, person, called_off)
            if status is None:
                status = assumed_status(event, person, is_over)
                assumed_count += 1
            if isinstance(status, EventFault):
                return status
            rows.append(_row(event, times, people, person, status))
        return Attendance(rows, assumed_count, times.is_kept_as_utc)

    def _series(
        self, block: EventBlock, event: Event, calendar: CalendarFrame, times: EventTimes, people: People
    ) -> Attendance | EventFault:
        """The appointments of a series that is over and states the attendance; a plan of a series proves nothing."""
        called_off = is_cancelled(event, calendar)
        stated = [stated_status(event, person, called_off) for person in people.persons]
        for status in stated:
            if isinstance(status, EventFault):
                return status
        if None in stated or "RRULE" not in event or block.versions.get("RECURRENCE-ID"):
            return RECURRING
        uid = uid_of(block)
        starts = occurrences(event, times, lambda form: self._versions.has_occurrence(uid, form))
        if isinstance(starts, EventFault):
            return starts
        if len(starts) * len(stated) > _MOST_ROWS:
            return RECURRING
        rows: list[AttendanceRow] = []
        for start in starts:
            try:
                moved = start - times.start
                one = times._replace(start=start, end=times.end and times.end + moved, over_at=times.over_at + moved)
            except OverflowError:
                return TIME_OUT_OF_RANGE
            if not self._is_over(one):
                return RECURRING
            for person, status in zip(people.persons, stated, strict=True):
                rows.append(_row(event, one, people, person, str(status)))
        return Attendance(rows, 0, times.is_kept_as_utc) if rows else SUPERSEDED

    def _is_over(self, times: EventTimes) -> bool:
        last_change = self._versions.last_change
        return last_change is not None and times.over_at <= last_change

    def _zone_of(self, calendar: CalendarFrame) -> tzinfo | None:
        name = (calendar.properties.get("X-WR-TIMEZONE") or [""])[0]
        return self._zones.find(name) if name else None


def client_of(block: EventBlock) -> str | None:
    """The number of the client of an event that names just one; None for any other event."""
    event = parse_event(block)
    if isinstance(event, EventFault):
        return None
    persons, nameless = read_clients(event)
    return persons[0].member_id if len(persons) == 1 and not nameless else None


def parse_event(block: EventBlock) -> Event | EventFault:
    """Has the library read the lines of an event that are of interest."""
    if block.fault is not None:
        return block.fault
    try:
        with warnings.catch_warnings():
            # What the library has to say of an odd event, it says with its values.
            warnings.simplefilter("ignore")
            event = Event.from_ical(b"\r\n".join([b"BEGIN:VEVENT", *block.lines, b"END:VEVENT", b""]))
    except Exception:
        # Whatever the library makes of hostile bytes costs this event and no other.
        return UNREADABLE
    if not isinstance(event, Event) or event.errors:
        return UNREADABLE
    if any(isinstance(event.get(name), list) for name in names.SINGLE_PROPERTIES):
        return REPEATED
    return event


def _row(event: Event, times: EventTimes, people: People, person: Person, status: str) -> AttendanceRow:
    """One person at one appointment.

    Appointments of the same clinicians at the same minute are one session, however many events they are exported as.
    """
    named = text_of(event, names.GROUP) or people.facilitator_npis
    return {
        "session_id": text_of(event, names.SESSION) or f"{named}@{times.start:%Y-%m-%d %H:%M}",
        "session_start_at": wall_text(times.start),
        "session_end_at": wall_text(times.end) if times.end else None,
        "member_id": person.member_id,
        "family_id": person.family_id,
        "attendance_status": status,
        "facilitator_npis": people.facilitator_npis,
        **{column: text_of(event, name) for column, name in names.PLAIN_COLUMNS.items()},
    }
