"""Who is in an event: the clients by number, and the clinicians by NPI. Names and mail addresses are not looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from icalendar import Event

from claims_audit.readers.scheduling import names
from claims_audit.readers.scheduling.blocks import CalendarFrame
from claims_audit.readers.scheduling.faults import (
    NO_CLIENT_NUMBER,
    NO_CLINICIAN,
    UNFIT_CLIENT_NUMBER,
    UNFIT_NPI,
    EventFault,
)

# A number has a digit; a name has none, and a mail address has an @.
_CLIENT_NUMBER: Final = re.compile(r"(?=.*[0-9])[A-Za-z0-9][A-Za-z0-9._/-]{0,79}")
_NPI: Final = re.compile(r"[0-9]{10}")
_SEPARATORS: Final = re.compile(r"\\?[;,]")
# A parameter of this value says that the address itself, up to an @, is the number.
_MARKED: Final = "TRUE"
_NO_PEOPLE: Final = frozenset({"ROOM", "RESOURCE"})


@dataclass(slots=True)
class Person:
    """One client in an event, with what is said of this client alone (upper case; None where nothing is)."""

    member_id: str
    family_id: str | None
    statuses: tuple[str, ...] = ()
    participation: str | None = None
    role: str | None = None


class People(NamedTuple):
    """The clients of an event and who led it."""

    persons: list[Person]
    facilitator_npis: str


def read_clients(event: Event) -> tuple[list[Person], int]:
    """The clients that have a number, and how many attendees have none though they may be clients.

    Clients stand in properties of the event, or are its ATTENDEEs; where properties name them, an ATTENDEE without a
    number (a client's mail address) is nobody new.
    """
    named = _named_clients(event)
    organizers = {str(address).lower() for address in values(event, "ORGANIZER")}
    numbered: list[Person] = []
    nameless: list[Any] = []
    for attendee in values(event, "ATTENDEE"):
        if _npi_of(attendee) is not None or (parameter(attendee, "CUTYPE") or "").upper() in _NO_PEOPLE:
            continue
        number = _number_of(attendee, names.CLIENT_NUMBERS)
        role = (parameter(attendee, "ROLE") or "").upper() or None
        if number is not None:
            numbered.append(_person(attendee, number, role))
        elif role not in ("CHAIR", "NON-PARTICIPANT") and str(attendee).lower() not in organizers:
            nameless.append(attendee)
    if not named:
        # Who declined was not there, with or without a number.
        absent = sum((parameter(attendee, "PARTSTAT") or "").upper() == "DECLINED" for attendee in nameless)
        return numbered, len(nameless) - absent
    if len(named) == 1 and len(nameless) == 1 and not numbered:
        named[0].participation = (parameter(nameless[0], "PARTSTAT") or "").upper() or None
    known = {person.member_id for person in numbered}
    return numbered + [person for person in named if person.member_id not in known], 0


def read_people(event: Event, calendar: CalendarFrame) -> People | EventFault:
    """The people of an event; a fault if one of them has no number that fits."""
    persons, nameless = read_clients(event)
    if nameless or not persons:
        return NO_CLIENT_NUMBER
    family = text_of(event, names.FAMILY)
    for person in persons:
        person.family_id = person.family_id or family
    if not all(_CLIENT_NUMBER.fullmatch(person.member_id) for person in persons):
        return UNFIT_CLIENT_NUMBER
    npis = _facilitators(event, calendar)
    if not npis:
        return NO_CLINICIAN
    if not all(_NPI.fullmatch(npi) for npi in npis):
        return UNFIT_NPI
    return People(persons, ";".join(sorted(npis)))


def values(event: Event, name: str) -> list[Any]:
    """All values of a property, in order; empty if the event has none."""
    found = event.get(name)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def text_of(event: Event, name: str) -> str | None:
    """The trimmed text of a property; None if it is absent or empty."""
    found = values(event, name)
    return str(found[0]).strip() or None if found else None


def parameter(value: object, name: str) -> str | None:
    """A parameter of a property; None if it is absent or empty."""
    found = getattr(value, "params", {}).get(name)
    text = ",".join(map(str, found)) if isinstance(found, list) else str(found or "")
    return text.strip() or None


def _named_clients(event: Event) -> list[Person]:
    for name in names.CLIENT_NUMBERS:
        clients = [
            _person(value, number, None) for value in values(event, name) for number in _SEPARATORS.split(str(value))
        ]
        if clients := [client for client in clients if client.member_id]:
            return clients
    return []


def _person(value: object, number: str, role: str | None) -> Person:
    statuses = [parameter(value, name) for name in names.ATTENDANCE_STATUSES]
    return Person(
        number.strip(),
        parameter(value, names.FAMILY),
        tuple(status for status in statuses if status),
        (parameter(value, "PARTSTAT") or "").upper() or None,
        role,
    )


def _facilitators(event: Event, calendar: CalendarFrame) -> set[str]:
    """NPIs of the properties of the event, else of its organizer and attendees, else of the calendar."""
    properties = [str(value) for name in names.CLINICIAN_NUMBERS for value in values(event, name)]
    if npis := _split(properties):
        return npis
    addresses = values(event, "ORGANIZER") + values(event, "ATTENDEE")
    if npis := _split([npi for address in addresses if (npi := _npi_of(address)) is not None]):
        return npis
    return _split([text for name in names.CLINICIAN_NUMBERS for text in calendar.properties.get(name, [])])


def _split(texts: list[str]) -> set[str]:
    return {part.strip() for text in texts for part in _SEPARATORS.split(text) if part.strip()}


def _npi_of(address: object) -> str | None:
    return _number_of(address, ("X-NPI", "X-CLINICIAN-NPI", "X-PROVIDER-NPI"))


def _number_of(address: object, accepted: tuple[str, ...]) -> str | None:
    """The number of an ORGANIZER or ATTENDEE: a parameter, else an address like urn:client-id:12."""
    uri = str(address).strip()
    for name in accepted:
        number = parameter(address, name)
        if number is not None:
            return uri.partition("@")[0].rpartition(":")[2] if number.upper() == _MARKED else number
        prefix = f"urn:{name[2:].lower()}:"
        if uri.lower().startswith(prefix):
            return uri[len(prefix) :]
    return None
