"""Sessions out of a calendar that holds a group as many simultaneous appointments, from the file to the finding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.run import CheckRun, run_checks
from claims_audit.findings.finding import CheckStatus
from claims_audit.project import SQL
from claims_audit.warehouse.database import open_scratch

NPI, OTHER_NPI = "1234567893", "1999999984"
Row = dict[str, str]
Desk = Any


def appointment(client: int, start: str = "10:00", npi: str = NPI, status: str = "Show", day: str = "20250304") -> str:
    """An appointment of one client, an hour long."""
    hour = int(start[:2])
    return (
        f"BEGIN:VEVENT\r\nUID:{client}-{day}-{start}-{npi}\r\nDTSTAMP:20250401T000000Z\r\n"
        f"DTSTART;TZID=America/New_York:{day}T{start.replace(':', '')}00\r\n"
        f"DTEND;TZID=America/New_York:{day}T{hour + 1:02}{start[3:]}00\r\n"
        f"SUMMARY:SENTINEL client {client}\r\nX-CLIENT-ID:M{client:02}\r\nX-CLINICIAN-NPI:{npi}\r\n"
        f"X-APPOINTMENT-STATUS:{status}\r\nEND:VEVENT\r\n"
    )


def calendar(*events: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(events)}END:VCALENDAR\r\n".encode()


def group_event(clients: int) -> str:
    """The same group as one event."""
    attendees = "".join(
        f"ATTENDEE;X-CLIENT-ID=M{n:02};X-ATTENDANCE-STATUS=attended;CN=SENTINEL:mailto:sentinel{n}@example.org\r\n"
        for n in range(1, clients + 1)
    )
    return (
        "BEGIN:VEVENT\r\nUID:group\r\nDTSTAMP:20250401T000000Z\r\nDTSTART:20250304T100000\r\nDTEND:20250304T110000\r\n"
        f"X-CLINICIAN-NPI:{NPI}\r\n{attendees}END:VEVENT\r\n"
    )


def sessions(desk: Desk) -> list[tuple[str, int]]:
    """Each session of the roster with how many came."""
    attendance, roster = (
        (SQL / "views" / f"{name}.sql").read_text() for name in ("current_attendance", "roster_session")
    )
    rows = desk.rows(
        f"with current_attendance as ({attendance}), roster_session as ({roster}) "
        "select session_key, present_count from roster_session order by session_key"
    )
    return [(key.removeprefix("session:"), count) for key, count in rows]


@pytest.fixture
def load(desk: Desk) -> Callable[[bytes], Any]:
    """Loads a calendar of which nothing may be set aside."""

    def deliver(content: bytes) -> Any:
        report = desk.deliver("schedule.ics", content)
        assert (report.status, report.format, report.lines["quarantined"]) == ("loaded", "attendance_ics", 0)
        return report

    return deliver


TWELVE = [appointment(client) for client in range(1, 13)]


@pytest.mark.parametrize(
    "events", [TWELVE, [group_event(12)], [group_event(6), *TWELVE[6:]]], ids=["singles", "one event", "mixed"]
)
def test_twelve_people_at_one_time_are_one_session_however_they_are_exported(
    desk: Desk, load: Callable[[bytes], Any], events: list[str]
) -> None:
    report = load(calendar(*events))
    assert (report.lines_in, report.lines["loaded"]) == (12, 12)
    assert sessions(desk) == [(f"{NPI}@2025-03-04 10:00@2025-03-04", 12)]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        pytest.param(
            [appointment(n, npi=OTHER_NPI) for n in range(13, 17)],
            [(f"{NPI}@2025-03-04 10:00", 12), (f"{OTHER_NPI}@2025-03-04 10:00", 4)],
            id="two clinicians at the same hour",
        ),
        pytest.param(
            [appointment(n, start="11:00") for n in range(1, 5)],
            [(f"{NPI}@2025-03-04 10:00", 12), (f"{NPI}@2025-03-04 11:00", 4)],
            id="back to back, with some of the same people",
        ),
    ],
)
def test_other_groups_stay_sessions_of_their_own(
    desk: Desk, load: Callable[[bytes], Any], others: list[str], expected: list[tuple[str, int]]
) -> None:
    load(calendar(*TWELVE, *others))
    assert sessions(desk) == [(f"{session}@2025-03-04", count) for session, count in expected]


def test_who_stayed_away_was_not_in_the_room(desk: Desk, load: Callable[[bytes], Any]) -> None:
    load(calendar(*TWELVE[:9], *(appointment(n, status=s) for n, s in ((10, "No Show"), (11, "Late Cancelled")))))
    assert sessions(desk) == [(f"{NPI}@2025-03-04 10:00@2025-03-04", 9)]


def test_a_later_file_corrects_an_earlier_one(desk: Desk, load: Callable[[bytes], Any]) -> None:
    load(calendar(*TWELVE))
    load(calendar(*TWELVE[:10], *(appointment(n, status="No Show") for n in (11, 12))))
    assert sessions(desk) == [(f"{NPI}@2025-03-04 10:00@2025-03-04", 10)]


def test_a_row_session_of_the_same_form_from_another_export_is_the_same_session(
    desk: Desk, load: Callable[[bytes], Any], attended: Callable[..., Row]
) -> None:
    load(calendar(*TWELVE[:6]))
    rows = [
        attended(session_id=f"{NPI}@2025-03-04 10:00", session_start_at="2025-03-04 10:00", member_id=f"M{n:02}")
        for n in range(5, 13)
    ]
    desk.deliver("rest.csv", rows)
    assert sessions(desk) == [(f"{NPI}@2025-03-04 10:00@2025-03-04", 12)]


def claims(clients: int) -> list[Row]:
    return [
        {
            "patient_control_number": f"A{n:02}",
            "claim_line_number": "1",
            "payer_id": "OURPLAN",
            "member_id": f"M{n:02}",
            "billing_provider_npi": OTHER_NPI,
            "rendering_provider_npi": NPI,
            "place_of_service_code": "11",
            "date_of_service": "2025-03-04",
            "procedure_code": "90853",
            "service_units": "1",
            "charge_amount": "60.00",
            "paid_amount": "27.63",
        }
        for n in range(1, clients + 1)
    ]


def audit(desk: Desk) -> CheckRun:
    desk.con.close()
    with open_scratch(desk.home, desk.settings) as con:
        run = run_checks(con, read_catalog())
    assert not [result for result in run.results if result.status is CheckStatus.ERRORED]
    return run


@pytest.mark.parametrize("events", [TWELVE, [group_event(12)]], ids=["single appointments", "one event"])
def test_a_group_over_the_limit_is_found_through_the_calendar(
    desk: Desk, load: Callable[[bytes], Any], events: list[str]
) -> None:
    desk.deliver("claims.csv", claims(12))
    load(calendar(*events))
    (finding,) = [finding for finding in audit(desk).findings if finding.check_id == "oversized_group"]
    # The roster makes it a verified session (C2), where the date alone would have made it a lead.
    assert (finding.rule, finding.certainty, finding.direction) == ("R10", "C2", "overpayment")
    assert len(finding.lines) == 12


def test_two_groups_of_six_are_no_group_of_twelve(desk: Desk, load: Callable[[bytes], Any]) -> None:
    desk.deliver("claims.csv", claims(12))
    load(calendar(*TWELVE[:6], *(appointment(n, start="11:00") for n in range(7, 13))))
    assert [finding for finding in audit(desk).findings if finding.check_id == "oversized_group"] == []


def test_a_schedule_that_is_partly_unusable_still_balances(desk: Desk) -> None:
    nameless = appointment(99).replace("X-CLIENT-ID:M99\r\n", "")
    to_come = appointment(98, day="20250501", status="Confirmed")
    report = desk.deliver("schedule.ics", calendar(*TWELVE[:3], nameless, to_come, "BEGIN:VEVENT\r\n"))
    assert report.lines_in == 6
    assert (report.lines["loaded"], report.lines["quarantined"], report.lines["other"]) == (3, 2, 1)
    assert report.reject_reasons == {"no_client_number": 1, "event_unfinished": 1}


def test_names_stay_at_the_door(desk: Desk, load: Callable[[bytes], Any], tmp_path: Path) -> None:
    report = load(calendar(*TWELVE, group_event(3)))
    told = [str(report.as_dict()), *map(str, desk.rows("select * from attendance"))]
    told += map(str, desk.rows("select * from rejected_range"))
    assert "sentinel" not in " ".join(told).lower()
