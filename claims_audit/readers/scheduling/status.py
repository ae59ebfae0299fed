"""Whether a person came, from what a calendar says of the person and of the event."""

from __future__ import annotations

import re
from typing import Final

from icalendar import Event

from claims_audit.readers.scheduling import names
from claims_audit.readers.scheduling.blocks import CalendarFrame
from claims_audit.readers.scheduling.faults import CONTRADICTION, NO_STATUS, NOT_YET_HELD, UNKNOWN_STATUS, EventFault
from claims_audit.readers.scheduling.people import Person, text_of

# Words of scheduling systems, lower case with `_` for blanks and hyphens.
STATUS_WORDS: Final = {
    "attended": "attended present arrived show showed checked_in checked_out complete completed fulfilled kept seen",
    "no_show": "no_show noshow no_showed absent missed did_not_attend dna",
    "late_cancel": "late_cancel late_cancelled late_canceled late_cancellation cancelled_late canceled_late",
    "cancelled": "cancelled canceled cancel declined rescheduled client_cancelled client_canceled clinician_cancelled "
    "clinician_canceled provider_cancelled provider_canceled entered_in_error",
    "observer": "observer observed observing",
    # What is only planned says nothing of who came; an open plan not even that somebody meant to.
    "": "scheduled confirmed booked planned accepted",
    "open": "tentative pending proposed needs_action delegated in_process",
}
_OPEN: Final = "open"
_UNKNOWN: Final = "unknown"
_STATUS_OF: Final = {word: status for status, words in STATUS_WORDS.items() for word in words.split()}
_BLANKS: Final = re.compile(r"[\s_-]+")


def is_cancelled(event: Event, calendar: CalendarFrame) -> bool:
    """Whether the event is called off, by its STATUS or by the METHOD of its calendar."""
    return calendar.method == "CANCEL" or (text_of(event, "STATUS") or "").upper() in ("CANCELLED", "CANCELED")


def stated_status(event: Event, person: Person, event_is_cancelled: bool) -> str | EventFault | None:
    """The attendance that is stated for a person; None where the calendar holds only a plan.

    What is said of the person goes before the answer to the invitation, and that before what is said of the event.
    """
    said = _said(event, person)
    if _UNKNOWN in said:
        return UNKNOWN_STATUS
    status = next((status for status in said if status and status != _OPEN), None)
    if not event_is_cancelled:
        return status
    return CONTRADICTION if status in ("attended", "observer") else status or "cancelled"


def assumed_status(event: Event, person: Person, is_over: bool) -> str | EventFault:
    """What a plan comes to where nobody has said more.

    A confirmed appointment that is over counts as attended; the caller warns of it. One that is over and was never
    confirmed says nothing, and one that is still to come is no attendance.
    """
    if not is_over:
        return NOT_YET_HELD
    if (text_of(event, "STATUS") or "CONFIRMED").upper() != "CONFIRMED" or _OPEN in _said(event, person):
        return NO_STATUS
    return "observer" if person.role == "NON-PARTICIPANT" else "attended"


def _said(event: Event, person: Person) -> list[str]:
    """All that is said of a person, the most exact first, in words of STATUS_WORDS."""
    own = [*person.statuses, (person.participation or "").removeprefix("X-")]
    return [_normal(text) for text in (*own, *(text_of(event, name) for name in names.ATTENDANCE_STATUSES)) if text]


def _normal(status: str) -> str:
    return _STATUS_OF.get(_BLANKS.sub("_", status.strip().lower()), _UNKNOWN)
