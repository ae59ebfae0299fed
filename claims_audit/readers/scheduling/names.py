"""What is read of an event of a calendar, by name. A practice can be told to export exactly these; docs/input_files.md.

Names, e-mail addresses, SUMMARY, DESCRIPTION and LOCATION are not here: their lines are never even decoded.
"""

from __future__ import annotations

from typing import Final

# Each is a property of the event or a parameter of an ATTENDEE; the first that is given counts. `member_id` has to be
# the number on the claims, so the member's number goes before the practice's own number of the client.
CLIENT_NUMBERS: Final = ("X-MEMBER-ID", "X-CLIENT-ID", "X-PATIENT-ID")
# Properties of the event or of the calendar; X-NPI also a parameter of ORGANIZER and ATTENDEE.
CLINICIAN_NUMBERS: Final = ("X-FACILITATOR-NPIS", "X-CLINICIAN-NPI", "X-PROVIDER-NPI", "X-NPI")
ATTENDANCE_STATUSES: Final = ("X-ATTENDANCE-STATUS", "X-APPOINTMENT-STATUS")

SESSION: Final = "X-SESSION-ID"
GROUP: Final = "X-GROUP-ID"
FAMILY: Final = "X-FAMILY-ID"
# Columns that take a property as it stands.
PLAIN_COLUMNS: Final = {
    "place_of_service_code": "X-PLACE-OF-SERVICE",
    "documented_group_size": "X-GROUP-SIZE",
    "group_focus": "X-GROUP-FOCUS",
}

# The lines of an event that the iCalendar library is given.
EVENT_PROPERTIES: Final = frozenset(
    {
        "ATTENDEE",
        "DTEND",
        "DTSTART",
        "DURATION",
        "EXDATE",
        "ORGANIZER",
        "RDATE",
        "RRULE",
        "STATUS",
        SESSION,
        GROUP,
        FAMILY,
        *CLIENT_NUMBERS,
        *CLINICIAN_NUMBERS,
        *ATTENDANCE_STATUSES,
        *PLAIN_COLUMNS.values(),
    }
)
# The lines by which versions of one event are told apart.
VERSION_PROPERTIES: Final = frozenset({"UID", "RECURRENCE-ID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "CREATED"})
# The lines of a calendar that hold for all of its events.
CALENDAR_PROPERTIES: Final = frozenset({"METHOD", "X-WR-TIMEZONE", *CLINICIAN_NUMBERS})
# Properties that an event may have once.
SINGLE_PROPERTIES: Final = EVENT_PROPERTIES - {"ATTENDEE", "ORGANIZER", "EXDATE", *CLIENT_NUMBERS, *CLINICIAN_NUMBERS}
# Values of METHOD that make a calendar a message about an event (RFC 5546) and no schedule.
MESSAGE_METHODS: Final = frozenset({"REPLY", "COUNTER", "DECLINECOUNTER", "REFRESH"})
