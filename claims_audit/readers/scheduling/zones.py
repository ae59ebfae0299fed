"""Time zones of a calendar file: the zone database by name, else the VTIMEZONE that the file brings along."""

from __future__ import annotations

import re
import warnings
from datetime import datetime, tzinfo
from io import StringIO
from typing import Final

from dateutil.tz import tzical
from icalendar.error import GloballyUniqueTZIDGuessed
from icalendar.timezone import tzp

UTC_NAMES: Final = frozenset({"UTC", "ETC/UTC", "GMT", "ETC/GMT", "Z", "ZULU", "ETC/ZULU"})

_ZONE_LINE: Final = re.compile(
    r"(?:BEGIN|END):(?:STANDARD|DAYLIGHT)|TZOFFSET(?:FROM|TO):[+-]\d{4}(?:\d\d)?|"
    r"(?:DTSTART|RDATE):(?:1[6-9]|20|21)\d{6}T\d{6}",
    re.IGNORECASE,
)
# The rule of a zone comes a few times a year. dateutil would count through every second of a hostile one.
_ZONE_RULE: Final = re.compile(
    r"RRULE:(?:;?(?:FREQ=YEARLY|BYMONTH=\d\d?|BYDAY=[+-]?[1-5]?(?:MO|TU|WE|TH|FR|SA|SU)|WKST=(?:MO|SU)|"
    r"UNTIL=\d{8}T\d{6}Z?|BYMONTHDAY=(?:\d\d?,?){1,7}))+",
    re.IGNORECASE,
)
_MOST_LINES: Final = 300


class TimeZones:
    """The zones of one file."""

    def __init__(self, blocks: list[list[bytes]]) -> None:
        self._own = {name: lines for lines in blocks if (name := _zone_name(lines))}
        self._known: dict[str, tzinfo | None] = {}

    def find(self, name: str) -> tzinfo | None:
        """The zone of a TZID, IANA, Windows or the file's own; None if there is none."""
        if name not in self._known:
            if len(self._known) > 1_000:
                self._known.clear()
            self._known[name] = named_zone(name) or _own_zone(name, self._own.get(name))
        return self._known[name]


def named_zone(name: str) -> tzinfo | None:
    """A zone of the zone database by its IANA or Windows name; None if there is none."""
    with warnings.catch_warnings():
        # A vendor's prefix before an IANA name is dropped by the library, which says so with the name.
        warnings.simplefilter("ignore", GloballyUniqueTZIDGuessed)
        try:
            return tzp.timezone(name) if name.strip("/ ") else None
        except (OSError, ValueError):
            return None  # a name that is a folder of the database, or no file name at all


def _zone_name(lines: list[bytes]) -> str:
    for line in lines:
        if line[:5].upper() == b"TZID:":
            return line[5:].decode("utf-8", "replace").strip()
    return ""


def _own_zone(name: str, lines: list[bytes] | None) -> tzinfo | None:
    if not lines or len(lines) > _MOST_LINES:
        return None
    texts = [line.decode("utf-8", "replace").strip() for line in lines]
    if any(text[:5].upper() == "RRULE" and not _ZONE_RULE.fullmatch(text) for text in texts):
        return None
    kept = [text.upper() for text in texts if _ZONE_LINE.fullmatch(text) or _ZONE_RULE.fullmatch(text)]
    source = "\n".join(["BEGIN:VTIMEZONE", "TZID:X", *kept, "END:VTIMEZONE"])
    try:
        zone = tzical(StringIO(source)).get("X")
        if zone is not None:
            datetime(2024, 1, 1, tzinfo=zone).utcoffset()
    except (ValueError, TypeError, AttributeError, OverflowError):
        return None
    return zone
