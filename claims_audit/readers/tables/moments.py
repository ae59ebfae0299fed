"""Days and times of day as exports write them; which number is the day and which the month is told, never guessed."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

# The first day of a workbook's count. Excel takes 1900 for a leap year: days from March 1900 on count from here.
_SERIAL_START: Final = datetime(1899, 12, 30)
# Days of the years 1954 to 2119; smaller and larger numbers are something else (a year, YYYYMMDD).
_SERIAL: Final = re.compile(r"([2-7][0-9]{4})(\.[0-9]+)?")

_TOKEN: Final = re.compile(r"YYYY|YY|MON|MM|M|DD|D")
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONG_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july"),
    *("august", "sept", "september", "october", "november", "december"),
)
_ALWAYS: Final = ("YYYY-MM-DD", "YYYYMMDD")
EXCEL: Final = "excel"

# What may follow a day: a time of day, twelve or twenty-four hours, perhaps with a zone.
_TIME: Final = re.compile(
    r"(?:[Tt]|,?\s+)(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,][0-9]+)?)?)?"
    r"(?:\s*(?P<half>[AaPp])\.?[Mm]\.?)?\s*(?P<zone>[Zz]|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})?"
)
# Without a colon (1430), and as a workbook stores a time of day: the share of the day that is over.
_BARE_TIME: Final = re.compile(r"\s+(?:(?P<clock>[0-9]{3,4})|(?P<share>0?\.[0-9]+))")


class _Moment(NamedTuple):
    at: datetime
    has_time: bool
    has_seconds: bool


class Moments:
    """Reads days and timestamps in the formats given; a moment with a zone becomes the wall clock of `timezone`."""

    def __init__(self, formats: tuple[str, ...], timezone: str | None, *, serial_dates: bool = False) -> None:
        self._shapes = [compile_format(text) for text in dict.fromkeys((*_ALWAYS, *formats)) if text != EXCEL]
        self._zone = ZoneInfo(timezone) if timezone else None
        self._serial_dates = serial_dates or EXCEL in formats

    def as_date(self, text: str) -> str:
        """The day as YYYY-MM-DD; the text itself if it is none."""
        moment = self._read(text)
        return text if moment is None else moment.at.date().isoformat()

    def as_timestamp(self, text: str) -> str:
        """Day and time as YYYY-MM-DD HH:MM[:SS]; the text itself if it is none, or has no time of day."""
        moment = self._read(text)
        if moment is None or not moment.has_time:
            return text
        return moment.at.strftime("%Y-%m-%d %H:%M:%S" if moment.has_seconds else "%Y-%m-%d %H:%M")

    def _read(self, text: str, *, is_rest: bool = False) -> _Moment | None:
        for shape in self._shapes:
            if match := shape.match(text):
                try:
                    day = _day_of(match)
                    rest = text[match.end() :]
                    return self._with_rest(day, rest, is_rest=is_rest) if rest else _Moment(day, False, False)
                except (ValueError, OverflowError):
                    continue
        if self._serial_dates and (match := _SERIAL.match(text)):
            day, rest = _SERIAL_START + timedelta(days=int(match[1])), text[match.end() :]
            if not rest:
                return _with_share(day, float(match[2])) if match[2] else _Moment(day, False, False)
            if match[2] is None:
                return self._with_rest(day, rest, is_rest=is_rest)
        return None

    def _with_rest(self, day: datetime, rest: str, *, is_rest: bool) -> _Moment | None:
        """A day with the time of day behind it; a whole moment behind it says more than the day and stands for it."""
        try:
            found = self._with_time(day, rest) or _with_bare_time(day, rest)
        except ValueError:
            found = None
        # One moment is looked for and no more: a cell may hold any number of days.
        if found is None and not is_rest and rest[0].isspace():
            behind = self._read(rest.lstrip(), is_rest=True)
            found = behind if behind is not None and behind.has_time else None
        return found

    def _with_time(self, day: datetime, rest: str) -> _Moment | None:
        match = _TIME.fullmatch(rest)
        if match is None or not (match["minute"] or match["half"]):
            return None
        hour, half = int(match["hour"]), (match["half"] or "").lower()
        if half and not 1 <= hour <= 12:
            return None
        if half:
            hour = hour % 12 + (12 if half == "p" else 0)
        at = day.replace(hour=hour, minute=int(match["minute"] or 0), second=int(match["second"] or 0))
        if match["zone"] and self._zone is not None:
            offset = "+0000" if match["zone"].isalpha() else match["zone"].replace(":", "")
            aware = datetime.strptime(f"{at:%Y-%m-%d %H:%M:%S} {offset}", "%Y-%m-%d %H:%M:%S %z")
            at = aware.astimezone(self._zone).replace(tzinfo=None)
        return _Moment(at, True, match["second"] is not None)


def _with_bare_time(day: datetime, rest: str) -> _Moment | None:
    match = _BARE_TIME.fullmatch(rest)
    if match is None:
        return None
    if match["share"]:
        return _with_share(day, float(match["share"]))
    clock = match["clock"]
    return _Moment(day.replace(hour=int(clock[:-2]), minute=int(clock[-2:])), True, False)


def _with_share(day: datetime, share: float) -> _Moment:
    """The moment at which that share of the day is over, to the second."""
    seconds = round(share * 86_400)
    return _Moment(day + timedelta(seconds=seconds), True, seconds % 60 != 0)


def compile_format(text: str) -> re.Pattern[str]:
    """A date format as a pattern to match at the start. Raises ValueError unless it has day, month and year once."""
    tokens = _TOKEN.findall(text)
    if sorted(token[0] for token in tokens) != ["D", "M", "Y"]:
        raise ValueError(text)
    # Without separators, only fixed widths tell the parts apart.
    digits = "[0-9]{2}" if _TOKEN.sub("", text) == "" else "[0-9]{1,2}"
    parts = {
        "YYYY": "(?P<year>(?:19|2[01])[0-9]{2})",
        "YY": "(?P<short_year>[0-9]{2})",
        "MON": r"(?P<name>[A-Za-z]{3,9})\.?",
        "MM": f"(?P<month>{digits})",
        "M": f"(?P<month>{digits})",
        "DD": f"(?P<day>{digits})",
        "D": f"(?P<day>{digits})",
    }
    pattern, at = "", 0
    for token in _TOKEN.finditer(text):
        pattern += re.escape(text[at : token.start()]) + parts[token[0]]
        at = token.end()
    return re.compile(pattern + re.escape(text[at:]) + "(?![0-9])")


def _day_of(match: re.Match[str]) -> datetime:
    parts = match.groupdict()
    if parts.get("name"):
        name = parts["name"].lower()
        if name not in _MONTHS and name not in _LONG_MONTHS:
            raise ValueError
        month = _MONTHS.index(name[:3]) + 1
    else:
        month = int(parts["month"])
    if parts.get("short_year"):
        # As the POSIX rule has it: 69 to 99 are of the last century.
        short = int(parts["short_year"])
        year = short + (1900 if short >= 69 else 2000)
    else:
        year = int(parts["year"])
    day = date(year, month, int(parts["day"]))
    return datetime(day.year, day.month, day.day)
