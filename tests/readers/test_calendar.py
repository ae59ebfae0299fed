"""The calendar reader: which files it takes, where an appointment says who, and what the page for people says of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from claims_audit.errors import ConfigurationError, UnreadableFileError
from claims_audit.model import ATTENDANCE_COLUMNS, FileTotals, RejectKind
from claims_audit.readers.scheduling import faults as calendar_faults
from claims_audit.readers.scheduling import names as calendar_names
from claims_audit.readers.scheduling.attendance import is_icalendar
from claims_audit.readers.scheduling.faults import EventFault
from claims_audit.readers.scheduling.status import STATUS_WORDS
from tests.docs.pages import rows_of, text_of
from tests.readers.calendar_files import NPI, OTHER_NPI, appointment, calendar, one, read


@pytest.mark.parametrize(
    ("head", "is_one"),
    [
        (b"BEGIN:VCALENDAR\r\nVERSION", True),
        (b"\xef\xbb\xbfBEGIN:VCALENDAR\n", True),
        (b"\r\n \nbegin:vcalendar\n", True),
        (b"BEGIN:VCALENDAR", True),
        (b"BEGIN:VCALENDARS\n", False),
        (b"BEGIN:VCARD\n", False),
        (b"UID,BEGIN:VCALENDAR\n", False),
        (b"", False),
    ],
)
def test_a_calendar_is_known_by_its_first_line(head: bytes, is_one: bool) -> None:
    assert is_icalendar(head) is is_one


@pytest.mark.parametrize(
    "content",
    [b"", b"BEGIN:VCARD\r\nEND:VCARD\r\n", "BEGIN:VCALENDAR\r\n".encode("utf-16"), b"BEGIN:VCALENDAR\rVERSION:2.0\r"],
)
def test_a_file_without_a_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableFileError, match=r"file\.ics: holds no calendar"):
        read(content)


def test_a_calendar_without_events_is_empty() -> None:
    outcome = read(calendar())
    assert (outcome.rows, outcome.rejects, outcome.totals) == ([], [], FileTotals())


def test_an_unknown_time_zone_of_the_practice_is_an_error_of_the_settings() -> None:
    with pytest.raises(ConfigurationError, match="time zone"):
        read(calendar(), timezone="America/Atlantis")


def test_an_appointment_is_one_row() -> None:
    content = calendar(
        appointment(
            {"X-PLACE-OF-SERVICE": "11", "X-GROUP-SIZE": "8", "X-GROUP-FOCUS": "anger", "X-FAMILY-ID": "F3"},
            "SUMMARY:Sentinel Person",
            "DESCRIPTION:Sentinel\\nnotes",
            "LOCATION:Sentinel Street 4",
            "CATEGORIES:Sentinel",
        )
    )
    (row,) = read(content).rows
    assert {name: row[name] for name in ATTENDANCE_COLUMNS} == {
        "session_id": f"{NPI}@2024-03-04 10:00",
        "session_start_at": "2024-03-04 10:00",
        "session_end_at": "2024-03-04 11:00",
        "member_id": "C1",
        "family_id": "F3",
        "attendance_status": "attended",
        "facilitator_npis": NPI,
        "place_of_service_code": "11",
        "documented_group_size": "8",
        "group_focus": "anger",
        # What stands in the note or the plan is not of the calendar.
        "note_signed_at": None,
        "note_similarity": None,
        "note_shingles": None,
        "treatment_plan_from": None,
        "treatment_plan_to": None,
        "treatment_plan_elements": None,
    }
    assert "Sentinel" not in repr(row)
    cut = content[row["byte_start"] : row["byte_end"]]
    assert cut.startswith(b"BEGIN:VEVENT\r\n")
    assert cut.endswith(b"END:VEVENT\r\n")
    assert row["source_line_number"] == 3


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: b"\xef\xbb\xbf" + text, id="byte order mark"),
        pytest.param(lambda text: text.replace(b"\r\n", b"\n"), id="LF"),
        pytest.param(lambda text: text.replace(b"\r\n", b"\r\n\r\n"), id="empty lines"),
        pytest.param(lambda text: text.rstrip(), id="no end of line at the end"),
        pytest.param(lambda text: re.sub(rb"(?m)^(...)", rb"\1\r\n ", text), id="folded after three bytes"),
        pytest.param(lambda text: re.sub(rb"(?m)^(..)", rb"\1\n\t", text), id="folded by LF and tab"),
        pytest.param(lambda text: text.replace(b"VEVENT", b"vevent").replace(b"BEGIN", b"begin"), id="lower case"),
        pytest.param(lambda text: text.replace(b"X-CLIENT-ID", b"x-client-id"), id="properties in lower case"),
    ],
)
def test_the_same_appointment_in_another_dress(change: Any) -> None:
    content = calendar(appointment({}, "DESCRIPTION:x"))
    plain, dressed = read(content), read(change(content))
    assert [row["session_id"] for row in dressed.rows] == [row["session_id"] for row in plain.rows]
    assert dressed.column("member_id") == ["C1"]
    assert not dressed.totals.warnings


@pytest.mark.parametrize(
    ("changes", "member"),
    [
        ({"X-CLIENT-ID": "7"}, "7"),
        ({"X-CLIENT-ID": None, "X-PATIENT-ID": "P-7"}, "P-7"),
        ({"X-CLIENT-ID": "7", "X-MEMBER-ID": "MCD0007"}, "MCD0007"),
        ({"X-CLIENT-ID": None, "ATTENDEE;X-CLIENT-ID=7;CN=Sent Inel": "mailto:sentinel@example.org"}, "7"),
        ({"X-CLIENT-ID": None, 'ATTENDEE;X-MEMBER-ID="M/7"': "mailto:sentinel@example.org"}, "M/7"),
        ({"X-CLIENT-ID": None, "ATTENDEE": "urn:client-id:C7"}, "C7"),
        ({"X-CLIENT-ID": None, "ATTENDEE;X-MEMBER-ID=TRUE": "mailto:m700@example.org"}, "m700"),
        ({"X-CLIENT-ID": "7", "ATTENDEE;CN=Sentinel": "mailto:sentinel@example.org"}, "7"),
        ({"X-CLIENT-ID;X-KIND=chart": " 0007 "}, "0007"),
    ],
)
def test_where_the_client_number_may_stand(changes: dict[str, str | None], member: str) -> None:
    assert one(changes)["member_id"] == member


@pytest.mark.parametrize(
    "changes",
    [
        {"X-CLIENT-ID": None},
        {"X-CLIENT-ID": ""},
        {"X-CLIENT-ID": None, "SUMMARY": "Sentinel Person"},
        {"X-CLIENT-ID": None, "ATTENDEE;CN=Sentinel": "mailto:sentinel12@example.org"},
        {"X-CLIENT-ID": None, "ATTENDEE": "urn:uuid:00000000-0000-0000-0000-000000000012"},
    ],
)
def test_an_event_that_names_nobody_by_number_is_set_aside(changes: dict[str, str | None]) -> None:
    outcome = read(calendar(appointment(changes)))
    assert outcome.codes == ["no_client_number"]
    assert outcome.rejects[0].kind is RejectKind.QUARANTINED
    assert "entinel" not in repr(outcome)


@pytest.mark.parametrize(
    "number", ["Sentinel Person", "sentinel12@example.org", "Sentinel", "12 34", "9" * 81, "1\\n2"]
)
def test_what_looks_like_a_name_or_an_address_is_no_client_number(number: str) -> None:
    outcome = read(calendar(appointment({"X-CLIENT-ID": number})))
    assert outcome.codes in (["client_number_unfit"], ["no_client_number"])
    assert "entinel" not in repr(outcome)


@pytest.mark.parametrize(
    ("changes", "npis"),
    [
        ({"X-CLINICIAN-NPI": None, "X-NPI": NPI}, NPI),
        ({"X-CLINICIAN-NPI": None, "X-PROVIDER-NPI": NPI}, NPI),
        ({"X-CLINICIAN-NPI": None, "X-FACILITATOR-NPIS": f"{OTHER_NPI}; {NPI}"}, f"{NPI};{OTHER_NPI}"),
        ({"X-CLINICIAN-NPI": None, "X-FACILITATOR-NPIS": f"{OTHER_NPI}\\;{NPI}"}, f"{NPI};{OTHER_NPI}"),
        ({"X-CLINICIAN-NPI": None, f"ORGANIZER;CN=Dr. Sentinel;X-NPI={NPI}": "mailto:s@example.org"}, NPI),
        ({"X-CLINICIAN-NPI": None, "ORGANIZER": f"urn:npi:{NPI}"}, NPI),
        ({"X-CLINICIAN-NPI": None, f"ATTENDEE;ROLE=CHAIR;X-NPI={NPI}": "mailto:s@example.org"}, NPI),
        (
            {
                "X-CLINICIAN-NPI": None,
                f"ORGANIZER;X-NPI={NPI}": "mailto:s@example.org",
                f"ATTENDEE;ROLE=CHAIR;X-NPI={OTHER_NPI}": "mailto:t@example.org",
            },
            f"{NPI};{OTHER_NPI}",
        ),
        # What is told for the purpose goes before who wrote the invitation.
        ({f"ORGANIZER;X-NPI={OTHER_NPI}": "mailto:s@example.org"}, NPI),
    ],
)
def test_where_the_clinicians_npi_may_stand(changes: dict[str, str | None], npis: str) -> None:
    row = one(changes)
    assert row["facilitator_npis"] == npis
    assert row["session_id"] == f"{npis}@2024-03-04 10:00"


def test_a_calendar_of_one_clinician_may_say_so_once() -> None:
    content = calendar(appointment({"X-CLINICIAN-NPI": None}), head=[f"X-CLINICIAN-NPI:{NPI}"])
    assert read(content).column("facilitator_npis") == [NPI]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"X-CLINICIAN-NPI": None}, "no_clinician_npi"),
        ({"X-CLINICIAN-NPI": None, "ORGANIZER;CN=Dr. Sentinel": "mailto:s@example.org"}, "no_clinician_npi"),
        ({"X-CLINICIAN-NPI": "Dr. Sentinel"}, "npi_not_ten_digits"),
        ({"X-CLINICIAN-NPI": NPI + "0"}, "npi_not_ten_digits"),
        ({"DTSTART": None}, "no_start"),
        ({"DTSTART": "20240230T100000"}, "event_unreadable"),
        ({"DTSTART": "20240304T250000"}, "event_unreadable"),
        ({"DTSTART": "2024-03-04 10:00"}, "event_unreadable"),
        ({"DTEND": "Sentinel"}, "event_unreadable"),
        # A folder of the zone database.
        ({"DTSTART;TZID=America": "20240304T100000"}, "event_unreadable"),
        ({"DTSTART": "18990304T100000"}, "time_out_of_range"),
        ({"DTSTART": "99991231T235959Z"}, "time_out_of_range"),
        ({"DTEND": None, "DURATION": "P9999999D"}, "time_out_of_range"),
        ({"DTSTART;VALUE=DATE": "20240304"}, "all_day"),
        ({"DTSTART;VALUE=DATE": "20240304", "X-CLIENT-ID": None}, "no_appointment"),
        ({"DTSTART;VALUE=PERIOD": "20240304T100000/PT1H"}, "event_unreadable"),
        ({"X-ATTENDANCE-STATUS": "Sentinel"}, "unknown_attendance_status"),
        ({"STATUS": "CANCELLED"}, "contradicting_status"),
    ],
)
def test_an_event_that_cannot_be_used_says_why(changes: dict[str, str | None], code: str) -> None:
    outcome = read(calendar(appointment({"UID": "2", "X-CLIENT-ID": "C2"}), appointment(changes)))
    assert outcome.column("member_id") == ["C2"]
    assert outcome.codes == [code]
    assert "Sentinel" not in repr(outcome)


@pytest.mark.parametrize("name", sorted(calendar_names.SINGLE_PROPERTIES - {"RRULE", "RDATE"}))
def test_a_property_that_stands_twice_leaves_open_which_is_meant(name: str) -> None:
    value = {"DTSTART": "20240304T100000", "DTEND": "20240304T110000", "DURATION": "PT1H"}.get(name, "confirmed")
    twice = appointment({name: value}, f"{name}:{value}")
    assert read(calendar(twice)).codes == ["property_repeated"]


PAGE = "docs/input_files.md"


def test_the_page_lists_every_property_that_is_read() -> None:
    told = set(re.findall(r"`([A-Z][A-Z-]+)`", " ".join(" ".join(row) for row in rows_of(PAGE, "column", "property"))))
    read_names = calendar_names.EVENT_PROPERTIES | calendar_names.VERSION_PROPERTIES | {"X-WR-TIMEZONE", "METHOD"}
    assert read_names <= told


def test_the_page_lists_every_reason() -> None:
    faults = [value for value in vars(calendar_faults).values() if isinstance(value, EventFault)]
    listed = {row[0].strip("`") for row in rows_of(PAGE, "reason code", "the event")}
    assert listed == {fault.code for fault in faults}


def test_the_page_lists_every_word_for_attendance() -> None:
    told = {row[0].strip("`"): set(re.findall(r"`([^`]+)`", row[1])) for row in rows_of(PAGE, "status", "words")}
    shown = {"": "(a plan)", "open": "(an open plan)"}
    assert told == {shown.get(status, status): set(words.split()) for status, words in STATUS_WORDS.items()}


def test_the_example_on_the_page_is_read() -> None:
    (example,) = re.findall(r"```\n(BEGIN:VEVENT\n.*?)```", text_of(PAGE), re.DOTALL)
    (row,) = read(calendar(example.replace("\n", "\r\n"))).rows
    assert (row["session_id"], row["member_id"], row["attendance_status"]) == (
        f"{NPI}@2024-03-04 10:00",
        "MCD0017",
        "no_show",
    )
