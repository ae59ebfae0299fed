"""When an event was: its start and end as the clock on the wall of the practice showed them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Final, NamedTuple

from icalendar import Event

from claims_audit.readers.scheduling.faults import ALL_DAY, NO_START, TIME_OUT_OF_RANGE, UNREADABLE, EventFault
from claims_audit.readers.scheduling.zones import UTC_NAMES, TimeZones

# A time of an unknown zone is taken for over when it is so everywhere: UTC-12 is the last to get there.
_LAST_ZONE: Final = timedelta(hours=12)


class EventTimes(NamedTuple):
    """Wall-clock start and end (naive), and the moment (UTC) by which the event is certainly over.

    `zone` is that of the wall clock; None if it is not known. `is_kept_as_utc` tells a time in UTC for which no zone of
    the practice is known.
    """

    start: datetime
    end: datetime | None
    over_at: datetime
    zone: tzinfo | None
    is_kept_as_utc: bool


def read_times(event: Event, zones: TimeZones, practice_zone: tzinfo | None) -> EventTimes | EventFault:
    """Reads DTSTART and DTEND or DURATION. Times with a TZID stay as written; those in UTC go to `practice_zone`."""
    found = event.get("DTSTART")
    if found is None:
        return NO_START
    start = getattr(found, "dt", None)
    if not isinstance(start, datetime):
        return ALL_DAY if isinstance(start, date) else UNREADABLE
    zone, is_utc = _zone_of(start, _tzid(found), zones, practice_zone)
    try:
        wall = as_wall(start, is_utc, zone)
        if not 1900 <= wall.year <= 2199:
            return TIME_OUT_OF_RANGE
        end = _end(event, wall, zone, zones, practice_zone)
        if isinstance(end, EventFault):
            return end
        last = end or wall
        over_at = last.replace(tzinfo=UTC) + _LAST_ZONE if zone is None else last.replace(tzinfo=zone).astimezone(UTC)
    except (OverflowError, ValueError):
        return TIME_OUT_OF_RANGE
    return EventTimes(wall, end, over_at, zone, is_utc and practice_zone is None)


def as_wall(moment: datetime, is_utc: bool, zone: tzinfo | None) -> datetime:
    """A time as the clock of `zone` shows it; as written unless it is in UTC."""
    if is_utc and zone is not None:
        moment = moment.replace(tzinfo=UTC).astimezone(zone)
    return moment.replace(tzinfo=None, fold=0)


def is_in_utc(moment: datetime, tzid: str | None) -> bool:
    """Whether a time is written in UTC: with a Z, or with a TZID that says so."""
    return moment.tzinfo is not None if tzid is None else tzid.strip("/").upper() in UTC_NAMES


def wall_text(moment: datetime) -> str:
    """YYYY-MM-DD HH:MM, with seconds where there are any."""
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment.second else f"{moment:%Y-%m-%d %H:%M}"


def _tzid(found: object) -> str | None:
    tzid = getattr(found, "params", {}).get("TZID")
    return tzid if tzid is None or isinstance(tzid, str) else ",".join(tzid)


def _zone_of(
    moment: datetime, tzid: str | None, zones: TimeZones, practice_zone: tzinfo | None
) -> tuple[tzinfo | None, bool]:
    """The zone in which a time is kept, if it is known, and whether the time is written in UTC."""
    if is_in_utc(moment, tzid):
        return practice_zone or UTC, True
    return (practice_zone if tzid is None else zones.find(tzid)), False


def _end(
    event: Event, start: datetime, zone: tzinfo | None, zones: TimeZones, practice_zone: tzinfo | None
) -> datetime | EventFault | None:
    """The end on the clock of the start; None where there is none, or in a zone that is not known."""
    found = event.get("DTEND")
    if found is None:
        length = getattr(event.get("DURATION"), "dt", None)
        if length is None and "DURATION" not in event:
            return None
        return _later(start, length, zone) if isinstance(length, timedelta) else UNREADABLE
    end = getattr(found, "dt", None)
    if not isinstance(end, datetime):
        return None if isinstance(end, date) else UNREADABLE
    end_zone, is_utc = _zone_of(end, _tzid(found), zones, practice_zone)
    wall = as_wall(end, is_utc, end_zone)
    if (end_zone is zone and zone is not None) or (_tzid(found) == _tzid(event["DTSTART"]) and not is_utc):
        return wall
    if zone is None or end_zone is None:
        return None
    return wall.replace(tzinfo=end_zone).astimezone(zone).replace(tzinfo=None, fold=0)


def _later(start: datetime, length: timedelta, zone: tzinfo | None) -> datetime:
    """A length of time later on the same clock, which may have been set forward or back in between."""
    if zone is None:
        return start + length
    return (start.replace(tzinfo=zone).astimezone(UTC) + length).astimezone(zone).replace(tzinfo=None, fold=0)
