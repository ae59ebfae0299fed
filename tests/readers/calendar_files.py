"""Calendar files for tests, and a reading that holds every one of them against the contract of a reader."""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from claims_audit.model import ATTENDANCE_COLUMNS, FileTotals, RejectedRange, RowBatch
from claims_audit.readers.scheduling.attendance import read_icalendar
from claims_audit.warning_texts import WARNING_TEXTS

NPI, OTHER_NPI = "1234567893", "1999999984"
# What a good single appointment says; a test gives what differs, None takes a line away.
APPOINTMENT = {
    "UID": "made-up-1",
    "DTSTAMP": "20240401T000000Z",
    "DTSTART": "20240304T100000",
    "DTEND": "20240304T110000",
    "X-CLIENT-ID": "C1",
    "X-CLINICIAN-NPI": NPI,
    "X-ATTENDANCE-STATUS": "attended",
}
PLAN = {"X-ATTENDANCE-STATUS": None, "STATUS": "CONFIRMED"}


class Outcome(NamedTuple):
    rows: list[dict[str, Any]]
    rejects: list[RejectedRange]
    totals: FileTotals

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    @property
    def codes(self) -> list[str]:
        return [reject.reason_code for reject in self.rejects]


def appointment(changes: dict[str, str | None], *more: str) -> str:
    """An event; a key may hold parameters (`DTSTART;TZID=...`) and then takes the place of the plain property."""
    plain = {key.partition(";")[0] for key in changes}
    kept = {key: value for key, value in APPOINTMENT.items() if key not in plain} | changes
    lines = [f"{key}:{value}" for key, value in kept.items() if value is not None]
    return "\r\n".join(["BEGIN:VEVENT", *lines, *more, "END:VEVENT", ""])


def group(*attendees: str, **changes: str | None) -> str:
    """One event for a group."""
    return appointment({"X-CLIENT-ID": None, "X-ATTENDANCE-STATUS": None} | changes, *attendees)


def calendar(*events: str, head: Iterable[str] = ()) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *head, "".join(events) + "END:VCALENDAR", ""]).encode()


def read(content: bytes, timezone: str | None = None, batch_lines: int = 20_000) -> Outcome:
    """Reads a calendar and holds the contract of every reader against it."""
    items = list(read_icalendar(io.BytesIO(content), "file.ics", timezone=timezone, batch_lines=batch_lines))
    totals = items.pop()
    assert isinstance(totals, FileTotals)
    rows: list[dict[str, Any]] = []
    rejects: list[RejectedRange] = []
    for item in items:
        if isinstance(item, RowBatch):
            assert item.table == "attendance"
            assert {len(values) for values in item.columns.values()} == {len(item)}
            assert set(ATTENDANCE_COLUMNS) < set(item.columns)
            rows += [{name: values[at] for name, values in item.columns.items()} for at in range(len(item))]
        else:
            assert isinstance(item, RejectedRange)
            rejects.append(item)
    assert totals.lines_in == len(rows) + sum(reject.line_count for reject in rejects)
    assert totals.charge_in_cents == sum(reject.charge_cents for reject in rejects) == 0
    places = {(row["byte_start"], row["byte_end"]) for row in rows}
    ranges = sorted([*places, *((reject.byte_start, reject.byte_end) for reject in rejects)])
    assert all(0 <= start < end <= len(content) for start, end in ranges)
    assert all(before[1] <= after[0] for before, after in pairwise(ranges))
    assert all(totals.warnings[code] > 0 and code in WARNING_TEXTS for code in totals.warnings)
    return Outcome(rows, rejects, totals)


def one(changes: dict[str, str | None], *more: str, timezone: str | None = None) -> dict[str, Any]:
    """The row of a calendar with one appointment."""
    outcome = read(calendar(appointment(changes, *more)), timezone)
    assert not outcome.rejects
    (row,) = outcome.rows
    return row


# A series of four Mondays.
WEEKLY = {"RRULE": "FREQ=WEEKLY;COUNT=4", "DTSTART": "20240304T100000", "DTEND": "20240304T110000"}

FIRST, SECOND, THIRD = (appointment({"UID": str(n), "X-CLIENT-ID": f"C{n}"}) for n in (1, 2, 3))
ALARM = "BEGIN:VALARM\r\nACTION:EMAIL\r\nATTENDEE:mailto:x@example.org\r\nX-CLIENT-ID:99\r\nEND:VALARM\r\n"

# A zone that only the file knows; New York's.
OWN_ZONE = """BEGIN:VTIMEZONE
TZID:Practice Time
X-LIC-LOCATION:Somewhere
BEGIN:STANDARD
DTSTART:16010101T020000
RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
TZNAME:EST
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
RRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
TZNAME:EDT
END:DAYLIGHT
END:VTIMEZONE""".splitlines()
