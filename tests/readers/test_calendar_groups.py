"""Calendar files: who came, groups, sessions, and versions of one event."""

from __future__ import annotations

import pytest

from claims_audit.model import RejectKind
from claims_audit.readers.scheduling.status import STATUS_WORDS
from tests.readers.calendar_files import NPI, OTHER_NPI, PLAN, appointment, calendar, group, one, read


@pytest.mark.parametrize("status", ["attended", "no_show", "late_cancel", "cancelled", "observer"])
def test_words_for_attendance(status: str) -> None:
    for word in STATUS_WORDS[status].split():
        for spelling in (word, word.replace("_", " ").title(), word.replace("_", "-").upper(), f" {word} "):
            assert one({"X-ATTENDANCE-STATUS": spelling})["attendance_status"] == status
            assert one({"X-ATTENDANCE-STATUS": None, "X-APPOINTMENT-STATUS": spelling})["attendance_status"] == status


@pytest.mark.parametrize(
    ("changes", "head", "status"),
    [
        pytest.param({"STATUS": "CANCELLED", "X-ATTENDANCE-STATUS": None}, [], "cancelled", id="called off"),
        pytest.param({"X-ATTENDANCE-STATUS": None}, ["METHOD:CANCEL"], "cancelled", id="a calendar of cancellations"),
        pytest.param(
            {"STATUS": "CANCELLED", "X-ATTENDANCE-STATUS": "Late Cancel"}, [], "late_cancel", id="the more exact word"
        ),
        pytest.param(
            {"X-ATTENDANCE-STATUS": "scheduled", "X-APPOINTMENT-STATUS": "No Show"},
            [],
            "no_show",
            id="the word that tells",
        ),
        pytest.param(PLAN, [], "attended", id="a confirmed appointment that is over"),
        pytest.param(PLAN | {"STATUS": None}, [], "attended", id="an appointment that is over"),
        pytest.param(
            PLAN | {"ATTENDEE;PARTSTAT=DECLINED": "mailto:a@example.org"}, [], "cancelled", id="the client declined"
        ),
    ],
)
def test_status_of_a_single_appointment(changes: dict[str, str | None], head: list[str], status: str) -> None:
    assert read(calendar(appointment(changes), head=head)).column("attendance_status") == [status]


def test_attendance_that_is_only_planned_is_counted_and_told() -> None:
    outcome = read(calendar(appointment(PLAN), appointment({"UID": "2"})))
    assert outcome.column("attendance_status") == ["attended", "attended"]
    assert outcome.totals.warnings == {"attendance_assumed": 1}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"STATUS": "TENTATIVE"}, "attendance_unknown", id="tentative"),
        pytest.param({"ATTENDEE;PARTSTAT=NEEDS-ACTION": "mailto:a@example.org"}, "attendance_unknown", id="no answer"),
        pytest.param({"X-APPOINTMENT-STATUS": "Pending"}, "attendance_unknown", id="pending"),
        pytest.param({"DTSTART": "20240331T233000", "DTEND": "20240401T003000"}, "not_yet_held", id="still going on"),
        pytest.param({"DTSTART": "20240501T100000", "DTEND": None}, "not_yet_held", id="to come"),
        # Somewhere on earth it is still the day before.
        pytest.param({"DTSTART": "20240331T180000", "DTEND": "20240331T190000"}, "not_yet_held", id="zone unknown"),
        pytest.param({"DTSTAMP": None}, "not_yet_held", id="a file that does not say when it was written"),
    ],
)
def test_a_plan_that_proves_nothing_is_set_aside(changes: dict[str, str | None], code: str) -> None:
    outcome = read(calendar(appointment(PLAN | changes)))
    assert outcome.codes == [code]
    # What is still to come is nothing to worry about.
    assert (outcome.rejects[0].kind is RejectKind.OTHER_TRANSACTION) is (code == "not_yet_held")


def test_an_appointment_is_over_by_the_clock_of_the_practice() -> None:
    content = calendar(appointment(PLAN | {"DTSTART": "20240331T180000", "DTEND": "20240331T190000"}))
    assert read(content, timezone="America/New_York").column("attendance_status") == ["attended"]
    assert read(content, timezone="America/Los_Angeles").codes == ["not_yet_held"]


def test_the_last_change_of_any_event_dates_the_file() -> None:
    early = appointment(PLAN | {"DTSTAMP": "20240101T000000Z"})
    late = appointment({"UID": "2", "DTSTAMP": None, "LAST-MODIFIED": "20240305T120000Z"})
    assert read(calendar(early)).codes == ["not_yet_held"]
    assert read(calendar(early, late)).column("attendance_status") == ["attended", "attended"]


def test_a_group_event_is_a_row_for_each_client() -> None:
    content = calendar(
        group(
            f"ATTENDEE;ROLE=CHAIR;X-NPI={NPI};CN=Dr. Sentinel:mailto:dr@example.org",
            "ATTENDEE;X-CLIENT-ID=1;PARTSTAT=ACCEPTED;CN=Sentinel:mailto:sentinel@example.org",
            "ATTENDEE;X-CLIENT-ID=2;PARTSTAT=DECLINED:mailto:b@example.org",
            "ATTENDEE;X-CLIENT-ID=3;X-ATTENDANCE-STATUS=no-show;PARTSTAT=ACCEPTED:mailto:c@example.org",
            "ATTENDEE;X-CLIENT-ID=4;PARTSTAT=COMPLETED;X-FAMILY-ID=F1:mailto:d@example.org",
            "ATTENDEE;X-CLIENT-ID=5;ROLE=NON-PARTICIPANT:mailto:e@example.org",
            "ATTENDEE;CUTYPE=ROOM:mailto:room@example.org",
            "ATTENDEE;ROLE=NON-PARTICIPANT:mailto:parent@example.org",
            "ATTENDEE;PARTSTAT=DECLINED:mailto:stranger@example.org",
        )
    )
    outcome = read(content)
    assert [(row["member_id"], row["attendance_status"]) for row in outcome.rows] == [
        ("1", "attended"),
        ("2", "cancelled"),
        ("3", "no_show"),
        ("4", "attended"),
        ("5", "observer"),
    ]
    assert set(outcome.column("session_id")) == {f"{NPI}@2024-03-04 10:00"}
    assert outcome.column("family_id") == [None, None, None, "F1", None]
    assert len({(row["byte_start"], row["byte_end"]) for row in outcome.rows}) == 1
    assert outcome.totals.warnings == {"attendance_assumed": 2}
    assert outcome.totals.records_in == 1
    assert "entinel" not in repr(outcome)


def test_a_group_of_which_one_has_no_number_is_set_aside_whole() -> None:
    """Read in part, it would pass for a smaller group than it was."""
    content = calendar(
        group(*(f"ATTENDEE;X-CLIENT-ID={n}:mailto:m{n}@example.org" for n in (1, 2)), "ATTENDEE:mailto:x@example.org")
    )
    outcome = read(content)
    assert outcome.codes == ["no_client_number"]
    assert outcome.rejects[0].line_count == 3


def test_the_organizer_who_invites_herself_is_no_client() -> None:
    organizer = {f"ORGANIZER;X-NPI={NPI}": "mailto:dr@example.org"}
    content = calendar(
        group("ATTENDEE;X-CLIENT-ID=1:mailto:a@example.org", "ATTENDEE:MAILTO:dr@example.org", **organizer)
    )
    assert read(content).column("member_id") == ["1"]


def test_numbers_of_a_group_may_stand_in_properties() -> None:
    content = calendar(
        appointment(
            {"X-CLIENT-ID": "1, 2;3", "X-ATTENDANCE-STATUS": "attended"},
            "X-CLIENT-ID;X-ATTENDANCE-STATUS=no_show:4",
        )
    )
    assert [(row["member_id"], row["attendance_status"]) for row in read(content).rows] == [
        ("1", "attended"),
        ("2", "attended"),
        ("3", "attended"),
        ("4", "no_show"),
    ]


def test_appointments_of_one_clinician_and_minute_are_one_session() -> None:
    singles = [appointment({"UID": str(n), "X-CLIENT-ID": f"C{n}"}) for n in range(12)]
    whole = group("ATTENDEE;X-CLIENT-ID=C99:mailto:a@example.org")
    outcome = read(calendar(*singles, whole))
    assert len(outcome.rows) == 13
    assert set(outcome.column("session_id")) == {f"{NPI}@2024-03-04 10:00"}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"X-CLINICIAN-NPI": OTHER_NPI}, id="another clinician"),
        pytest.param({"DTSTART": "20240304T110000", "DTEND": "20240304T120000"}, id="back to back"),
        pytest.param({"DTSTART": "20240305T100000", "DTEND": "20240305T110000"}, id="another day"),
        pytest.param({"X-GROUP-ID": "G2"}, id="another group of the clinician at that time"),
        pytest.param({"X-SESSION-ID": "S2"}, id="a session of its own"),
    ],
)
def test_what_makes_another_session(changes: dict[str, str | None]) -> None:
    outcome = read(calendar(appointment({}), appointment(changes | {"UID": "2", "X-CLIENT-ID": "C2"})))
    assert len(set(outcome.column("session_id"))) == 2


def test_session_and_group_by_name() -> None:
    assert one({"X-SESSION-ID": "S77"})["session_id"] == "S77"
    assert one({"X-GROUP-ID": "G7"})["session_id"] == "G7@2024-03-04 10:00"


@pytest.mark.parametrize("order", [1, -1])
def test_the_version_with_the_higher_sequence_counts_wherever_it_stands(order: int) -> None:
    old = appointment({"SEQUENCE": "2"})
    moved = appointment({"SEQUENCE": "10", "DTSTART": "20240304T140000", "DTEND": "20240304T150000"})
    outcome = read(calendar(*[old, moved][::order]))
    assert outcome.column("session_start_at") == ["2024-03-04 14:00"]
    assert outcome.codes == ["superseded_version"]
    assert outcome.rejects[0].kind is RejectKind.OTHER_TRANSACTION


def test_of_equal_sequence_the_later_stamp_and_then_the_later_place_counts() -> None:
    first = appointment({"DTSTAMP": "20240402T000000Z", "X-ATTENDANCE-STATUS": "no_show"})
    second = appointment({"DTSTAMP": "20240401T000000Z"})
    assert read(calendar(first, second)).column("attendance_status") == ["no_show"]
    assert read(calendar(first, first)).column("byte_start")[0] > 60


def test_a_cancellation_takes_its_event_with_it_even_if_it_names_nobody() -> None:
    cancelled = {"SEQUENCE": "1", "STATUS": "CANCELLED", "X-ATTENDANCE-STATUS": None}
    outcome = read(calendar(appointment({}), appointment(cancelled)))
    assert outcome.column("attendance_status") == ["cancelled"]
    assert outcome.codes == ["superseded_version"]
    outcome = read(calendar(appointment({}), appointment(cancelled | {"X-CLIENT-ID": None})))
    assert outcome.codes == ["superseded_version", "no_client_number"]
    assert not outcome.rows


def test_clients_of_a_group_that_share_a_uid_are_no_versions_of_each_other() -> None:
    outcome = read(
        calendar(*(appointment({"X-CLIENT-ID": f"C{n}"}) for n in range(5)), appointment({"X-CLIENT-ID": "C0"}))
    )
    assert sorted(outcome.column("member_id")) == [f"C{n}" for n in range(5)]
    assert outcome.codes == ["superseded_version"]


def test_a_new_version_of_a_group_replaces_its_members() -> None:
    first = group(*(f"ATTENDEE;X-CLIENT-ID={n}:mailto:m{n}@example.org" for n in (1, 2, 3)))
    second = group("ATTENDEE;X-CLIENT-ID=1:mailto:m1@example.org", SEQUENCE="1")
    outcome = read(calendar(first, second))
    assert outcome.column("member_id") == ["1"]
    assert outcome.rejects[0].line_count == 3


def test_a_cancellation_for_some_leaves_the_others_in_the_group() -> None:
    whole = calendar(group(*(f"ATTENDEE;X-CLIENT-ID={n}:mailto:m{n}@example.org" for n in (1, 2, 3))))
    some = calendar(group("ATTENDEE;X-CLIENT-ID=3:mailto:m3@example.org", SEQUENCE="1"), head=["METHOD:CANCEL"])
    outcome = read(whole + some)
    assert [(row["member_id"], row["attendance_status"]) for row in outcome.rows] == [
        ("1", "attended"),
        ("2", "attended"),
        ("3", "attended"),
        ("3", "cancelled"),
    ]


@pytest.mark.parametrize("method", ["REPLY", "COUNTER", "refresh"])
def test_a_message_about_an_event_is_no_version_of_it(method: str) -> None:
    answer = calendar(appointment({"SEQUENCE": "9", "DTSTART": "20240304T170000"}), head=[f"METHOD:{method}"])
    outcome = read(calendar(appointment({})) + answer)
    assert outcome.column("session_start_at") == ["2024-03-04 10:00"]
    assert outcome.codes == ["no_schedule"]
    assert outcome.rejects[0].kind is RejectKind.OTHER_TRANSACTION
