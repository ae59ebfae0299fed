"""The appointments of a series, where the series is simple and bounded."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any, Final

from dateutil.rrule import rrulestr
from icalendar import Event

from claims_audit.readers.scheduling.faults import RECURRING, EventFault
from claims_audit.readers.scheduling.people import parameter, values
from claims_audit.readers.scheduling.times import EventTimes, as_wall, is_in_utc

MOST_OCCURRENCES: Final = 400
_KNOWN_PARTS: Final = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"}
_FREQUENCIES: Final = {"DAILY", "WEEKLY", "MONTHLY"}
_DAY: Final = re.compile(r"(MO|TU|WE|TH|FR|SA|SU)", re.IGNORECASE)
_DAY_OF_MONTH: Final = re.compile(r"[+-]?[1-5]?(MO|TU|WE|TH|FR|SA|SU)", re.IGNORECASE)


def occurrences(event: Event, times: EventTimes, stands_alone: Callable[[bytes], bool]) -> list[datetime] | EventFault:
    """Wall-clock starts of a series without those of EXDATE and those that `stands_alone` tells by RECURRENCE-ID.

    A fault unless the series is daily, weekly or monthly, ends by COUNT or UNTIL, and has at most 400 appointments:
    other rules could keep the library counting for hours.
    """
    rule = event["RRULE"]
    text = None if "RDATE" in event else _simple_rule(rule, times)
    if text is None:
        return RECURRING
    try:
        starts = list(islice(rrulestr(text, dtstart=times.start), MOST_OCCURRENCES + 1))
    except (ValueError, TypeError, OverflowError):
        return RECURRING
    if len(starts) > MOST_OCCURRENCES:
        return RECURRING
    left_out = _exceptions(event, times)
    return [
        start
        for start in starts
        if start not in left_out
        and start.date() not in left_out
        and not any(stands_alone(form) for form in _recurrence_ids(start, times))
    ]


def _simple_rule(rule: Any, times: EventTimes) -> str | None:
    """The rule for the wall clock, as text; None if it is not a simple one."""
    if not set(rule) <= _KNOWN_PARTS or any(len(rule[part]) != 1 for part in rule if part != "BYDAY"):
        return None
    parts = {part: rule[part][0] for part in rule if part not in ("BYDAY", "UNTIL")}
    frequency, count, interval = str(parts.get("FREQ")).upper(), parts.get("COUNT"), parts.get("INTERVAL", 1)
    day = _DAY_OF_MONTH if frequency == "MONTHLY" else _DAY
    days = [str(value) for value in rule.get("BYDAY", [])]
    if frequency not in _FREQUENCIES or not 1 <= interval <= 366 or not all(day.fullmatch(value) for value in days):
        return None
    if (count is None) == ("UNTIL" not in rule) or (count is not None and not 1 <= count <= MOST_OCCURRENCES):
        return None
    until = f"UNTIL={_last_moment(rule['UNTIL'][0], times):%Y%m%dT%H%M%S}" if count is None else f"COUNT={count}"
    by_day = f";BYDAY={','.join(days)}" if days else ""
    week = f";WKST={parts['WKST']}" if "WKST" in parts else ""
    return f"FREQ={frequency};INTERVAL={interval};{until}{by_day}{week}"


def _last_moment(until: date, times: EventTimes) -> datetime:
    if isinstance(until, datetime):
        return as_wall(until, until.tzinfo is not None, times.zone)
    return datetime.combine(until, time.max)


def _exceptions(event: Event, times: EventTimes) -> set[date]:
    """Days and wall-clock starts that EXDATE takes out of the series."""
    found: set[date] = set()
    for value in values(event, "EXDATE"):
        for item in getattr(value, "dts", []):
            moment = item.dt
            if isinstance(moment, datetime):
                moment = as_wall(moment, is_in_utc(moment, parameter(value, "TZID")), times.zone)
            if isinstance(moment, date):
                found.add(moment)
    return found


def _recurrence_ids(start: datetime, times: EventTimes) -> list[bytes]:
    """The ways in which RECURRENCE-ID may name a start: by its day, its wall clock, or in UTC."""
    forms = [f"{start:%Y%m%d}", f"{start:%Y%m%dT%H%M%S}"]
    if times.zone is not None:
        forms.append(f"{start.replace(tzinfo=times.zone).astimezone(UTC):%Y%m%dT%H%M%SZ}")
    return [form.encode() for form in forms]
