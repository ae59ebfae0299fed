"""What happens in the practice and is written down: sessions with the people at them, claims with their lines."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from claims_audit.sample_practice.people import Person
from claims_audit.sample_practice.practice import BILLING_NPI, OFFICE, ClaimFormat, Clinician, Payer

# What a treatment plan has to tell.
PLAN_ELEMENTS: Final = "type;amount;frequency;duration;goals"
ORIGINAL: Final = "1"
REPLACEMENT: Final = "7"
VOID: Final = "8"


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


@dataclass(frozen=True, slots=True)
class Record:
    """What the record of a session says where that is not the usual."""

    minutes: int = 0  # 0: what the code takes
    start_minute: int = 0  # past the hour that was booked
    has_end: bool = True
    documented_size: int | None = None
    similarity: str = ""  # of the notes of two members, 0 to 1; empty: as usual
    shingles: str = ""
    days_to_signature: int | None = 0  # None: never signed
    has_plan: bool = True
    plan_elements: str = PLAN_ELEMENTS
    focus: str = ""
    place_of_service_code: str = OFFICE


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
    record: Record = Record()
    similarity: str = ""

    @property
    def end_at(self) -> dt.datetime:
        """When the session ended."""
        return self.start_at + dt.timedelta(minutes=self.minutes)

    @property
    def told_end_at(self) -> dt.datetime | None:
        """When the session ended, if the record tells."""
        return self.end_at if self.record.has_end else None

    @property
    def signed_at(self) -> dt.datetime | None:
        """When the note was signed."""
        days = self.record.days_to_signature
        return None if days is None else self.end_at + dt.timedelta(days=days, minutes=25)

    @property
    def documented_size(self) -> int | None:
        """How many were in the group, by its note."""
        if self.record.documented_size is not None:
            return self.record.documented_size
        return self.attended_count if self.group_focus else None

    @property
    def attended_count(self) -> int:
        """How many came, by the roster."""
        return sum(attendee.presence is Presence.ATTENDED for attendee in self.attendees)


@dataclass(frozen=True, slots=True)
class Denial:
    """Why a payer pays nothing: adjustment group and reason (CARC), and a remark (RARC) where the reason needs one."""

    group_code: str
    reason_code: str
    remark_code: str = ""


@dataclass(slots=True)
class Line:
    """One service line and what the payer decides on it."""

    number: int
    session: Session
    procedure_code: str
    modifiers: tuple[str, ...]
    charge_cents: int
    allowed_cents: int
    units: int = 1
    paid_cents: int = 0
    other_paid_cents: int = 0  # by the payer before this one
    sequestered_cents: int = 0  # what a federal payer has to keep of its share
    denial: Denial | None = None

    @property
    def patient_cents(self) -> int:
        """What is left to the patient."""
        if self.denial:
            return 0
        return self.allowed_cents - self.other_paid_cents - self.paid_cents - self.sequestered_cents

    def pay(self, person: Person) -> None:
        """Lets the payer pay what the plan of the person provides for."""
        self.denial = None
        if person.other_payer is None:
            share_cents = person.payer.paid_cents(self.allowed_cents)
            self.sequestered_cents = (share_cents * person.payer.sequestered_percent + 50) // 100
            self.paid_cents = share_cents - self.sequestered_cents
        else:
            self.other_paid_cents = person.other_payer.paid_cents(self.allowed_cents)
            self.paid_cents = self.allowed_cents - self.other_paid_cents

    def deny(self, denial: Denial) -> None:
        """Lets the payer pay nothing."""
        self.paid_cents = self.other_paid_cents = self.sequestered_cents = 0
        self.denial = denial


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
    payer_number: str  # under which the payer keeps all versions of the claim
    frequency_code: str = ORIGINAL
    version: int = 1
    replaced_number: str = ""  # what a replacement or void gives as the payer's number of its original
    amends: Claim | None = None  # the version that the payer takes back for this one; None where it finds none
    flaw: str = ""  # how a writer is to break the claim, see the writers
    own_diagnosis_codes: tuple[str, ...] | None = None  # None: those of the person
    supervising_npi: str = ""
    authorization_number: str = ""

    @property
    def payer(self) -> Payer:
        """Who is billed."""
        return self.person.payer

    @property
    def billing_npi(self) -> str:
        """Who is paid."""
        return BILLING_NPI

    @property
    def paid_cents(self) -> int:
        """What the payer pays for all lines."""
        return sum(line.paid_cents for line in self.lines)

    @property
    def payer_control_number(self) -> str:
        """The payer's number of this version: that of the claim, with a suffix from the second on."""
        return self.payer_number if self.version == 1 else f"{self.payer_number}R{self.version - 1}"

    @property
    def diagnosis_codes(self) -> tuple[str, ...]:
        """Why the person is treated, as the claim tells."""
        return self.person.diagnosis_codes if self.own_diagnosis_codes is None else self.own_diagnosis_codes

    @property
    def diagnosis_pointers(self) -> str:
        """Lines point to all diagnoses of the claim; there are never more than the four that are allowed."""
        return ":".join(str(place + 1) for place in range(len(self.diagnosis_codes)))
