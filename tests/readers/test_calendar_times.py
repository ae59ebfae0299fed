"""Calendar files: the clock on the wall of the practice, and series of appointments."""

from __future__ import annotations

import re

import pytest

from tests.readers.calendar_files import NPI, OWN_ZONE, PLAN, WEEKLY, Outcome, appointment, calendar, one, read


@pytest.mark.parametrize(
    ("changes", "timezone", "start", "end"),
    [
        pytest.param({}, None, "10:00", "11:00", id="floating"),
        pytest.param({}, "America/New_York", "10:00", "11:00", id="floating is the practice's already"),
        pytest.param({"DTEND": None, "DURATION": "PT90M"}, None, "10:00", "11:30", id="duration"),
        pytest.param({"DTEND": None}, None, "10:00", None, id="no end"),
        pytest.param({"DTEND;VALUE=DATE": "20240305"}, None, "10:00", None, id="an end without a time"),
        pytest.param({"DTSTART": "20240304T100030"}, None, "10:00:30", "11:00", id="seconds"),
        pytest.param(
            {"DTSTART;TZID=America/Denver": "20240304T100000", "DTEND;TZID=America/Denver": "20240304T110000"},
            "America/New_York",
            "10:00",
            "11:00",
            id="a named zone stays as written",
        ),
        pytest.param(
            {"DTSTART;TZID=Nowhere/Land": "20240304T100000", "DTEND;TZID=Nowhere/Land": "20240304T110000"},
            "America/New_York",
            "10:00",
            "11:00",
            id="so does an unknown one",
        ),
        pytest.param(
            {"DTSTART": "20240304T150000Z", "DTEND": "20240304T160000Z"},
            "America/New_York",
            "10:00",
            "11:00",
            id="UTC goes to the practice",
        ),
        pytest.param(
            {"DTSTART;TZID=Etc/UTC": "20240304T150000", "DTEND;TZID=UTC": "20240304T160000"},
            "America/New_York",
            "10:00",
            "11:00",
            id="UTC by name",
        ),
        pytest.param(
            {"DTSTART;TZID=Eastern Standard Time": "20240304T100000", "DTEND": "20240304T160000Z"},
            None,
            "10:00",
            "11:00",
            id="an end in UTC comes to the zone of the start",
        ),
        pytest.param(
            {"DTSTART;TZID=Practice Time": "20240304T100000", "DTEND": "20240304T160000Z"},
            None,
            "10:00",
            "11:00",
            id="the zone of the file",
        ),
        pytest.param(
            {"DTSTART;TZID=Nowhere/Land": "20240304T100000", "DTEND": "20240304T160000Z"},
            None,
            "10:00",
            None,
            id="an end in another zone that is not known",
        ),
    ],
)
def test_the_clock_on_the_wall_counts(
    changes: dict[str, str | None], timezone: str | None, start: str, end: str | None
) -> None:
    outcome = read(calendar(appointment(changes), head=OWN_ZONE), timezone)
    (row,) = outcome.rows
    assert row["session_start_at"] == f"2024-03-04 {start}"
    assert row["session_end_at"] == (None if end is None else f"2024-03-04 {end}")
    assert "utc_times_without_zone" not in outcome.totals.warnings


def test_utc_goes_to_the_zone_of_the_calendar_where_none_is_set() -> None:
    utc = appointment({"DTSTART": "20240305T010000Z", "DTEND": "20240305T020000Z"})
    (row,) = read(calendar(utc, head=["X-WR-TIMEZONE:America/New_York"])).rows
    assert (row["session_start_at"], row["session_end_at"]) == ("2024-03-04 20:00", "2024-03-04 21:00")
    outcome = read(calendar(utc, head=["X-WR-TIMEZONE:Sentinel/Land"]))
    assert outcome.column("session_start_at") == ["2024-03-05 01:00"]
    assert outcome.totals.warnings == {"utc_times_without_zone": 1}


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        pytest.param("20240310T023000", "PT1H", "2024-03-10 04:30", id="in the hour that is left out"),
        pytest.param("20240310T013000", "PT1H", "2024-03-10 03:30", id="over the hour that is left out"),
        pytest.param("20241103T013000", "PT1H", "2024-11-03 01:30", id="into the hour that comes twice"),
        pytest.param("20240228T233000", "PT1H", "2024-02-29 00:30", id="into a leap day"),
        pytest.param("20240229T100000", "PT1H", "2024-02-29 11:00", id="on a leap day"),
    ],
)
def test_days_on_which_the_clock_is_odd(start: str, duration: str, end: str) -> None:
    row = one(
        {"DTSTAMP": "20250101T000000Z", "DTSTART;TZID=America/New_York": start, "DTEND": None, "DURATION": duration}
    )
    assert row["session_start_at"].replace("-", "").replace(":", "").replace(" ", "T") == start[:13]
    assert row["session_end_at"] == end


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=SECONDLY",
        "FREQ=YEARLY;BYHOUR=0,1;BYMINUTE=0,1,2,3;BYSECOND=1,2,3,4,5,6,7,8,9",
        "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=0",
    ],
)
def test_a_hostile_zone_is_no_zone(rule: str) -> None:
    zone = [re.sub("RRULE:.*", f"RRULE:{rule}", line) for line in OWN_ZONE]
    content = calendar(
        appointment({"DTSTART;TZID=Practice Time": "20240304T100000", "DTEND": "20240304T160000Z"}), head=zone
    )
    (row,) = read(content).rows
    assert (row["session_start_at"], row["session_end_at"]) == ("2024-03-04 10:00", None)


def starts(outcome: Outcome) -> list[str]:
    return [row["session_start_at"][5:10] for row in outcome.rows]


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        pytest.param({}, ["03-04", "03-11", "03-18", "03-25"], id="COUNT"),
        pytest.param({"RRULE": "FREQ=WEEKLY;UNTIL=20240318T100000"}, ["03-04", "03-11", "03-18"], id="UNTIL"),
        pytest.param({"RRULE": "FREQ=WEEKLY;UNTIL=20240317"}, ["03-04", "03-11"], id="UNTIL a day"),
        pytest.param({"EXDATE": "20240311T100000,20240318T100000"}, ["03-04", "03-25"], id="EXDATE"),
        pytest.param({"EXDATE;VALUE=DATE": "20240311"}, ["03-04", "03-18", "03-25"], id="EXDATE of a day"),
        pytest.param({"RRULE": "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=3"}, ["03-04", "03-06", "03-11"], id="BYDAY"),
        pytest.param({"RRULE": "FREQ=MONTHLY;BYDAY=1MO;COUNT=1"}, ["03-04"], id="monthly"),
        pytest.param({"RRULE": "FREQ=DAILY;INTERVAL=2;COUNT=2"}, ["03-04", "03-06"], id="daily"),
        pytest.param(
            {
                "DTSTART;TZID=America/New_York": "20240304T200000",
                "DTEND;TZID=America/New_York": "20240304T210000",
                "RRULE": "FREQ=WEEKLY;UNTIL=20240319T000000Z",
                "EXDATE": "20240312T000000Z",
            },
            ["03-04", "03-18"],
            id="UNTIL and EXDATE in UTC, over the change of the clock",
        ),
    ],
)
def test_a_short_series_that_states_attendance_is_taken_apart(changes: dict[str, str | None], days: list[str]) -> None:
    base = {name: value for name, value in WEEKLY.items() if f"{name};TZID=America/New_York" not in changes}
    outcome = read(calendar(appointment(base | changes)))
    assert starts(outcome) == days
    assert all(row["session_id"] == f"{NPI}@{row['session_start_at']}" for row in outcome.rows)
    assert all(row["session_end_at"][:10] == row["session_start_at"][:10] for row in outcome.rows)


def test_an_appointment_of_a_series_that_stands_on_its_own_is_read_once() -> None:
    missed = {"RECURRENCE-ID": "20240311T100000", "DTSTART": "20240311T160000", "DTEND": "20240311T170000"}
    outcome = read(calendar(appointment(WEEKLY), appointment(missed | {"X-ATTENDANCE-STATUS": "no_show"})))
    assert [(row["session_start_at"], row["attendance_status"]) for row in outcome.rows] == [
        ("2024-03-04 10:00", "attended"),
        ("2024-03-18 10:00", "attended"),
        ("2024-03-25 10:00", "attended"),
        ("2024-03-11 16:00", "no_show"),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(PLAN, id="a plan only"),
        pytest.param({"RRULE": "FREQ=WEEKLY"}, id="without end"),
        pytest.param({"RRULE": "FREQ=WEEKLY;COUNT=9"}, id="not over yet"),
        pytest.param({"RRULE": "FREQ=DAILY;COUNT=401"}, id="too many"),
        pytest.param({"RRULE": "FREQ=DAILY;UNTIL=99991231"}, id="ends with the calendar"),
        pytest.param({"RRULE": "FREQ=SECONDLY;COUNT=10;BYMONTH=2;BYMONTHDAY=30"}, id="never comes"),
        pytest.param({"RRULE": "FREQ=DAILY;COUNT=10;INTERVAL=0"}, id="stands still"),
        pytest.param({"RRULE": "FREQ=MONTHLY;COUNT=10;BYDAY=99MO"}, id="no such day"),
        pytest.param({"RRULE": "FREQ=WEEKLY;COUNT=3;UNTIL=20240318"}, id="two ends"),
        pytest.param({"RRULE": "FREQ=WEEKLY;COUNT=3;BYHOUR=1"}, id="hours of its own"),
        pytest.param({"RRULE": None, "RDATE": "20240311T100000"}, id="dates of its own"),
        pytest.param(
            {"RRULE": None, "RECURRENCE-ID;RANGE=THISANDFUTURE": "20240304T100000"}, id="this and all to come"
        ),
    ],
)
def test_other_series_are_set_aside(changes: dict[str, str | None]) -> None:
    outcome = read(calendar(appointment(WEEKLY | changes), appointment({"UID": "2"})))
    assert outcome.codes == ["recurring_event"]
    assert len(outcome.rows) == 1
