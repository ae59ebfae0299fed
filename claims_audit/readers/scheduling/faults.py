"""Why an event of a calendar is set aside: codes and sentences with the remedy, never a value from the file."""

from __future__ import annotations

from typing import Final, NamedTuple

from claims_audit.model import RejectKind


class EventFault(NamedTuple):
    """Why an event is set aside. OTHER_TRANSACTION is a sound event that is no attendance, as one still to come."""

    code: str
    reason: str
    kind: RejectKind = RejectKind.QUARANTINED


_AGAIN: Final = "; export the calendar again."

OUTSIDE_CALENDAR: Final = EventFault(
    "outside_calendar", "This stands outside any calendar (BEGIN:VCALENDAR to END:VCALENDAR)" + _AGAIN
)
UNFINISHED: Final = EventFault(
    "event_unfinished", "The event has no whole frame (BEGIN:VEVENT to END:VEVENT, and what it holds)" + _AGAIN
)
TOO_LONG: Final = EventFault(
    "event_too_long", "The event is longer than one of a practice can be; ask the maker of the calendar why."
)
NOT_UTF8: Final = EventFault("not_utf8", "The event is not UTF-8; export the calendar again as UTF-8.")
UNREADABLE: Final = EventFault(
    "event_unreadable", "A property of the event that says who, when or whether it was held cannot be read" + _AGAIN
)
REPEATED: Final = EventFault("property_repeated", "A property that an event may have once stands there twice" + _AGAIN)
NO_START: Final = EventFault("no_start", "The event has no start (DTSTART)" + _AGAIN)
ALL_DAY: Final = EventFault(
    "all_day", "The event lasts whole days and has no clock time; give the appointment its start and end."
)
TIME_OUT_OF_RANGE: Final = EventFault(
    "time_out_of_range", "A time of the event lies outside the years 1900 to 2199" + _AGAIN
)
NO_CLIENT_NUMBER: Final = EventFault(
    "no_client_number",
    "The event names no client number for one of its people; export X-CLIENT-ID or X-MEMBER-ID. Names and mail "
    "addresses are not read.",
)
UNFIT_CLIENT_NUMBER: Final = EventFault(
    "client_number_unfit",
    "A client number is none: it has no digit, or a blank or sign as a name or a mail address has; export the number.",
)
NO_CLINICIAN: Final = EventFault(
    "no_clinician_npi", "The event does not say who led it; export X-CLINICIAN-NPI or X-FACILITATOR-NPIS."
)
UNFIT_NPI: Final = EventFault("npi_not_ten_digits", "An NPI of the event is not ten digits; correct and export again.")
UNKNOWN_STATUS: Final = EventFault(
    "unknown_attendance_status",
    "The attendance status is none of the words that docs/input_files.md lists; export one of them.",
)
CONTRADICTION: Final = EventFault(
    "contradicting_status", "The event is cancelled and says that somebody came; correct one of them and export again."
)
NO_STATUS: Final = EventFault(
    "attendance_unknown",
    "The event is over and does not say whether somebody came (it is tentative, or the invitation was not answered); "
    "export X-ATTENDANCE-STATUS.",
)
RECURRING: Final = EventFault(
    "recurring_event",
    "The event is a series: it says when sessions were planned, not who came; export each appointment on its own.",
)
NOT_YET_HELD: Final = EventFault(
    "not_yet_held",
    "The event is not over by the last change of the calendar, so nobody has come to it yet.",
    RejectKind.OTHER_TRANSACTION,
)
SUPERSEDED: Final = EventFault(
    "superseded_version", "A later version of the same event stands in the file.", RejectKind.OTHER_TRANSACTION
)
NO_SCHEDULE: Final = EventFault(
    "no_schedule",
    "The calendar is a message about an event (METHOD:REPLY, COUNTER or the like), not a schedule.",
    RejectKind.OTHER_TRANSACTION,
)
NO_APPOINTMENT: Final = EventFault(
    "no_appointment",
    "The event lasts whole days and names no client, as a holiday does.",
    RejectKind.OTHER_TRANSACTION,
)
