"""Calendar files that are broken, and whatever else may come: nothing is ever lost, nothing is told."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims_audit.errors import UnreadableFileError
from tests.readers.calendar_files import (
    ALARM,
    FIRST,
    OWN_ZONE,
    SECOND,
    THIRD,
    WEEKLY,
    appointment,
    calendar,
    group,
    read,
)


@pytest.mark.parametrize(
    ("second", "code"),
    [
        pytest.param(SECOND.replace("END:VEVENT\r\n", ""), "event_unfinished", id="no end"),
        pytest.param(SECOND.replace("BEGIN:VEVENT\r\n", ""), "event_unfinished", id="no beginning"),
        pytest.param(SECOND.replace("BEGIN:VEVENT", "BEGIN:VEVXNT"), "event_unfinished", id="another beginning"),
        pytest.param(
            SECOND.replace("END:VEVENT", ALARM.replace("END:VALARM\r\n", "") + "END:VEVENT"),
            "event_unfinished",
            id="an alarm without end",
        ),
        pytest.param(SECOND.replace("C2", "C2" * 40_000), "event_too_long", id="an endless line"),
        pytest.param(SECOND.replace("X-CLIENT-ID:C2", "X-CLIENT-ID"), "event_unreadable", id="no value"),
        pytest.param(
            SECOND.replace("END:VEVENT", "ATTENDEE;=x:a\r\nEND:VEVENT"), "event_unreadable", id="no parameter"
        ),
        pytest.param(SECOND.replace("C2", "C2\r\nX-GROUP-FOCUS:\xe9"), "not_utf8", id="Latin-1"),
    ],
)
def test_a_broken_event_costs_itself_only(second: str, code: str) -> None:
    head = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
    broken = second.encode("latin-1")
    content = head + FIRST.encode() + broken + THIRD.encode() + b"END:VCALENDAR\r\n"
    outcome = read(content)
    assert outcome.column("member_id") == ["C1", "C3"]
    assert outcome.codes == [code]
    (reject,) = outcome.rejects
    assert content[reject.byte_start : reject.byte_end] == broken
    assert reject.source_line_number == content[: reject.byte_start].count(b"\n") + 1
    assert reject.line_count == 1
    assert outcome.totals.records_in == outcome.totals.lines_in == 3


def test_an_event_of_thousands_is_no_session() -> None:
    crowd = appointment({"X-CLIENT-ID": ",".join(f"C{n}" for n in range(1_001))})
    outcome = read(calendar(FIRST, crowd))
    assert outcome.column("member_id") == ["C1"]
    assert [(reject.reason_code, reject.line_count) for reject in outcome.rejects] == [("event_too_long", 1_001)]
    daily = {"RRULE": "FREQ=DAILY;COUNT=300", "DTSTAMP": "20260101T000000Z"}
    half = appointment(WEEKLY | daily | {"X-CLIENT-ID": ",".join(f"C{n}" for n in range(99))})
    assert read(calendar(half)).codes == ["recurring_event"]


def test_alarms_and_other_components_say_nothing() -> None:
    todo = "BEGIN:VTODO\r\nX-CLIENT-ID:98\r\nBEGIN:VALARM\r\nEND:VALARM\r\nEND:VTODO\r\n"
    outcome = read(calendar(FIRST.replace("END:VEVENT", ALARM + "END:VEVENT"), todo, SECOND, head=OWN_ZONE))
    assert outcome.column("member_id") == ["C1", "C2"]
    assert not outcome.rejects


def test_raw_line_breaks_in_a_description_are_passed_over() -> None:
    torn = FIRST.replace("END:VEVENT", "DESCRIPTION:one\r\nSentinel came late\r\n!\r\nEND:VEVENT")
    outcome = read(calendar(torn))
    assert outcome.column("member_id") == ["C1"]
    assert outcome.totals.warnings == {"event_line_unreadable": 2}


def test_a_calendar_without_end_is_told_and_the_next_one_read() -> None:
    cut = calendar(FIRST).replace(b"END:VCALENDAR\r\n", b"")
    outcome = read(cut + calendar(SECOND) + cut)
    assert outcome.column("member_id") == ["C2", "C1"]
    assert outcome.totals.warnings == {"calendar_cut_off": 2, "superseded_version": 1}


def test_what_stands_outside_any_calendar_is_set_aside() -> None:
    content = b"Sentinel\r\n" + calendar(FIRST) + SECOND.encode() + b"more\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    outcome = read(content)
    assert outcome.column("member_id") == ["C1"]
    assert [(reject.reason_code, reject.line_count) for reject in outcome.rejects] == [
        ("outside_calendar", 0),
        ("outside_calendar", 1),
        ("event_unfinished", 1),
        ("outside_calendar", 0),
    ]
    assert content[outcome.rejects[0].byte_start : outcome.rejects[0].byte_end] == b"Sentinel\r\n"


def test_a_file_that_is_cut_anywhere_keeps_what_was_whole() -> None:
    content = calendar(FIRST, SECOND)
    for cut in range(20, len(content), 7):
        outcome = read(content[:cut])
        assert outcome.totals.records_in >= len(outcome.rows) == content[:cut].count(b"END:VEVENT")


def test_batches_hold_what_one_batch_would() -> None:
    content = calendar(FIRST, SECOND, THIRD)
    assert read(content, batch_lines=1) == read(content, batch_lines=2) == read(content)


def test_an_attachment_may_be_longer_than_all_that_is_read() -> None:
    attachment = "ATTACH;ENCODING=BASE64:" + "A" * (3 << 20)
    outcome = read(calendar(FIRST.replace("END:VEVENT", attachment + "\r\nEND:VEVENT"), SECOND))
    assert outcome.column("member_id") == ["C1", "C2"]


NUMBERS = st.from_regex(r"[A-Z]{0,3}[0-9]{1,6}", fullmatch=True)
EVENTS = st.lists(
    st.tuples(
        st.lists(st.tuples(NUMBERS, st.sampled_from(["attended", "no_show", "late_cancel", "observer"])), max_size=5),
        st.datetimes(datetime(1900, 1, 1), datetime(2199, 1, 1)).map(lambda moment: moment.replace(second=0)),
        st.integers(1, 600),
        st.sets(st.from_regex(r"[0-9]{10}", fullmatch=True), min_size=1, max_size=3),
        st.integers(1, 70),
    ),
    max_size=6,
)


def folded(text: str, width: int) -> str:
    return "\r\n".join(
        "\r\n ".join(line[at : at + width] for at in range(0, max(len(line), 1), width)) for line in text.split("\r\n")
    )


@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_what_is_written_is_read_back(events: list[Any]) -> None:
    written, expected = [], []
    for at, (people, start, minutes, npis, width) in enumerate(events):
        changes = {
            "UID": f"u{at}",
            "DTSTART": f"{start:%Y%m%dT%H%M%S}",
            "DTEND": None,
            "DURATION": f"PT{minutes}M",
            "X-CLINICIAN-NPI": None,
            "X-FACILITATOR-NPIS": ";".join(npis),
        }
        attendees = [
            f'ATTENDEE;CN="Sentinel, {n}";X-CLIENT-ID={number};X-ATTENDANCE-STATUS={status}:mailto:s{n}@example.org'
            for n, (number, status) in enumerate(people)
        ]
        written.append(folded(group(*attendees, **changes), width))
        facilitators = ";".join(sorted(npis))
        expected += [
            (
                f"{facilitators}@{start:%Y-%m-%d %H:%M}",
                f"{start:%Y-%m-%d %H:%M}",
                f"{start + timedelta(minutes=minutes):%Y-%m-%d %H:%M}",
                number,
                status,
                facilitators,
            )
            for number, status in people
        ]
    outcome = read(calendar(*written))
    names = ("session_id", "session_start_at", "session_end_at", "member_id", "attendance_status", "facilitator_npis")
    assert [tuple(row[name] for name in names) for row in outcome.rows] == expected
    assert outcome.codes == ["no_client_number"] * sum(not people for people, *_ in events)


ODD_BYTES = b'\r\n :;,="\\TZ90\0\xff\xc3BEGINDX-'
ODD_LINES = [
    b"BEGIN:VEVENT\r\n",
    b"END:VEVENT\r\n",
    b"BEGIN:VALARM\r\n",
    b"END:VALARM\r\n",
    b"BEGIN:VCALENDAR\r\n",
    b"END:VCALENDAR\r\n",
    b"RRULE:FREQ=DAILY;COUNT=3\r\n",
    b"RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30\r\n",
    b"DTSTART;TZID=Practice Time:20240304T100000\r\n",
    b"DURATION:-P1000000D\r\n",
    b"ATTENDEE;X-CLIENT-ID=SENTINEL7;PARTSTAT=ACCEPTED:mailto:s@example.org\r\n",
    b"STATUS:CANCELLED\r\n",
    b"SEQUENCE:99999999999999999999\r\n",
]


def test_nothing_is_lost_whatever_is_broken() -> None:
    """Every mutant keeps the contract that `read` checks: nothing lost, ranges sound, no value told."""
    content = calendar(
        FIRST,
        SECOND.replace("END:VEVENT", ALARM + "END:VEVENT"),
        group(*(f"ATTENDEE;X-CLIENT-ID=SENTINEL{n};PARTSTAT=ACCEPTED:mailto:s{n}@example.org" for n in range(4))),
        appointment(WEEKLY | {"UID": "w"}),
        head=OWN_ZONE,
    )
    chance = random.Random(20240701)
    for _ in range(400):
        mutant = bytearray(content)
        for _ in range(chance.randint(1, 5)):
            at = chance.randrange(len(mutant))
            match chance.randrange(5):
                case 0:
                    mutant[at] = chance.choice(ODD_BYTES)
                case 1:
                    del mutant[at : at + chance.randint(1, 40)]
                case 2:
                    mutant[at:at] = mutant[chance.randrange(len(mutant)) :][: chance.randint(1, 300)]
                case 3:
                    line = bytes(mutant).find(b"\n", at) + 1
                    mutant[line:line] = chance.choice(ODD_LINES)
                case _:
                    del mutant[at:]
            mutant = mutant or bytearray(b"\n")
        try:
            outcome = read(bytes(mutant), batch_lines=chance.choice((1, 5, 100)))
        except UnreadableFileError:
            assert not re.search(rb"(?im)^BEGIN:VCALENDAR\s*$", mutant)
            continue
        assert outcome.totals.records_in <= outcome.totals.lines_in
        for reject in outcome.rejects:
            assert "SENTINEL" not in reject.reason + reject.reason_code
