"""What happens in the practice and is written down: sessions with the people at them, claims with their lines."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

from claims_audit.sample_practice.people import Person
from claims_audit.sample_practice.practice import BILLING_NPI, ClaimFormat, Clinician, Payer


class SessionMark(StrEnum):
    """What a claim line in the native CSV says about its session; an 837P can say nothing."""

    NUMBER_AND_CLOCK = "number_and_clock"
    NUMBER = "number"
    CLOCK = "clock"
    NOTHING = "nothing"

    @property
    def has_number(self) -> bool:
        """Whether the line names its session."""
        return self in (SessionMark.NUMBER_AND_CLOCK, SessionMark.NUMBER)

    @property
    def has_clock(self) -> bool:
        """Whether the line tells when its session began and ended."""
        return self in (SessionMark.NUMBER_AND_CLOCK, SessionMark.CLOCK)


class Presence(StrEnum):
    """The attendance statuses of the canonical model."""

    ATTENDED = "attended"
    NO_SHOW = "no_show"
    LATE_CANCEL = "late_cancel"
    OBSERVER = "observer"


@dataclass(frozen=True, slots=True)
class Attendee:
    """One row of a roster."""

    member_id: str
    family_id: str
    presence: Presence


@dataclass(slots=True)
class Session:
    """One session, whatever it was billed as."""

    session_id: str
    start_at: dt.datetime
    minutes: int
    clinicians: tuple[Clinician, ...]
    mark: SessionMark
    place_of_service_code: str
    attendees: list[Attendee] = field(default_factory=list)
    group_focus: str = ""

    @property
    def end_at(self) -> dt.datetime:
        """When the session ended."""
        return self.start_at + dt.timedelta(minutes=self.minutes)

    @property
    def attended_count(self) -> int:
        """How many came, by the roster."""
        return sum(attendee.presence is Presence.ATTENDED for attendee in self.attendees)


@dataclass(slots=True)
class Line:
    """One service line."""

    number: int
    session: Session
    procedure_code: str
    modifiers: tuple[str, ...]
    charge_cents: int
    allowed_cents: int
    paid_cents: int


@dataclass(slots=True)
class Claim:
    """One version of a claim."""

    patient_control_number: str
    person: Person
    clinician: Clinician
    date_of_service: dt.date
    place_of_service_code: str
    claim_format: ClaimFormat
    received_date: dt.date
    lines: list[Line]
    frequency_code: str = "1"
    replaced_number: str = ""  # the payer's number of the version that this one replaces or voids
    flaw: str = ""  # how a writer is to break the claim, see the writers

    @property
    def payer(self) -> Payer:
        """Who is billed."""
        return self.person.payer

    @property
    def billing_npi(self) -> str:
        """Who is paid."""
        return BILLING_NPI

    @property
    def diagnosis_pointers(self) -> str:
        """Lines point to all diagnoses of the claim; there are never more than the four that are allowed."""
        return ":".join(str(place + 1) for place in range(len(self.person.diagnosis_codes)))
