"""One day at one site: who is free, which sessions take place, and what is billed for them.

A household comes to one thing a day, so no two planted mistakes can touch. Scenarios (ordinary.py, mistakes.py,
corrections.py) are written in the verbs of `ClinicDay`.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

from claims_audit.sample_practice.deliveries import Deliveries
from claims_audit.sample_practice.encounters import (
    Attendee,
    Claim,
    Denial,
    Line,
    Presence,
    Record,
    Session,
    SessionMark,
)
from claims_audit.sample_practice.numbering import Numbers
from claims_audit.sample_practice.people import (
    Household,
    HouseholdKind,
    Person,
    between,
    pick,
)
from claims_audit.sample_practice.practice import (
    FEES,
    FORMAT_OF_MONTH,
    INDIVIDUAL_CODES,
    OPENING_HOURS,
    ClaimFormat,
    Clinician,
    Payer,
    allowed_cents,
    next_business_day,
)
from claims_audit.sample_practice.remittance_files import Answer, Recoupment
from claims_audit.sample_practice.site import NoRoomError, Site

# Codes of sessions that the audit sees as such.
SESSION_CODES = (*INDIVIDUAL_CODES, "90846", "90847", "90849", "90853")
GROUP_CODES = ("90849", "90853")
MARKS = (
    *(SessionMark.NUMBER_AND_CLOCK,) * 10,
    *(SessionMark.CLOCK,) * 3,
    *(SessionMark.NUMBER,) * 2,
    *(SessionMark.NOTHING,) * 5,
)
ABSENCES = (Presence.NO_SHOW, Presence.LATE_CANCEL)


@dataclass(frozen=True, slots=True)
class Booking:
    """A clinician and hours of the day, in order."""

    clinician: Clinician
    hours: tuple[int, ...]


@dataclass(slots=True)
class Held:
    """A session that took place and the claims for it, one for each person billed, not yet delivered."""

    session: Session
    claims: list[Claim]


class ClinicDay:
    """One day at one site."""

    def __init__(self, site: Site, date: dt.date, rng: random.Random, numbers: Numbers, deliveries: Deliveries) -> None:
        self.date, self.rng = date, rng
        self.claim_format = FORMAT_OF_MONTH[date.month]
        self._site, self._numbers, self._deliveries = site, numbers, deliveries
        self._taken: set[int] = set()  # positions of households that come today
        self._free_hours = {person.number: list(OPENING_HOURS) for person in site.clinicians}
        # Clinician and code of sessions that the audit can only infer: a second one would run together with the first.
        self._inferred: set[tuple[int, str]] = set()
        self._rostered: set[int] = set()  # clinicians with a roster

    @property
    def is_csv(self) -> bool:
        """Whether the claims of the day can name sessions and clock times."""
        return self.claim_format is ClaimFormat.CSV

    def chance(self, share: float) -> bool:
        """Draws whether something that happens in this share of cases happens now."""
        return self.rng.random() < share

    def between(self, least: int, most: int) -> int:
        """Draws a whole number, both ends included."""
        return between(self.rng, least, most)

    # People and hours.

    def draw_household(
        self, payer: Payer | None = None, kind: HouseholdKind | None = None, least_members: int = 1
    ) -> Household:
        """Takes a household that is not yet expected today."""
        positions = self._site.positions.get((payer, kind), [])
        start = int(self.rng.random() * len(positions))
        for step in range(len(positions)):
            position = positions[(start + step) % len(positions)]
            if position in self._taken or len(self._site.household(position).members) < least_members:
                continue
            if self._site.visit(position, self.date):
                self._taken.add(position)
                return self._site.household(position)
        raise NoRoomError

    def invite(
        self,
        payer: Payer,
        kind: HouseholdKind = HouseholdKind.SINGLE,
        covered: tuple[dt.date | None, dt.date | None] = (None, None),
    ) -> Household:
        """Returns a household that comes for one purpose only, and says from when to when its plan covers it."""
        home = self._site.guest_household(payer, kind)
        for person in home.members:
            self._deliveries.reference.add_coverage(person, *covered)
        return home

    def engage(
        self,
        taxonomy_code: str = "",
        enrolled: tuple[dt.date | None, dt.date | None] = (None, None),
        excluded: tuple[dt.date | None, dt.date | None] = (None, None),
        supervisor: Clinician | None = None,
    ) -> Clinician:
        """Returns a clinician who is here for one purpose only, and says how the clinician is enrolled."""
        guest = self._site.guest_clinician(taxonomy_code)
        self._deliveries.reference.add_enrolment(guest, enrolled, excluded, supervisor)
        return guest

    @property
    def clinicians(self) -> tuple[Clinician, ...]:
        """Who works at the site."""
        return self._site.clinicians

    def count(self, name: str) -> None:
        """Counts something over the whole sample."""
        self._deliveries.counts[name] += 1

    def counted(self, name: str) -> int:
        """Returns how often something was counted so far."""
        return self._deliveries.counts[name]

    def go_on(self, days: int, scene: Callable[[ClinicDay], None]) -> None:
        """Lets a scenario go on at the first business day after so many days."""
        date = next_business_day(self.date + dt.timedelta(days=days))
        self._site.appointments.setdefault(date, []).append(scene)

    def authorize(
        self, person: Person, number: str, code: str, units: int, span: tuple[dt.date | None, dt.date | None]
    ) -> None:
        """Notes that a payer authorized units of a code for a person."""
        self._deliveries.reference.add_authorization(person, number, code, units, *span)

    def draw_clients(self, count: int, payer: Payer | None = None) -> list[Person]:
        """Takes clients of as many households, of one payer or of any."""
        return [self.draw_household(payer).client for _ in range(count)]

    def book(
        self,
        hours: int = 1,
        clear_of: Collection[str] = (),
        apart_from: Booking | None = None,
        *,
        without_roster: bool = False,
    ) -> Booking:
        """Books a clinician for as many hours, in order.

        The clinician is one without a session of the codes `clear_of` that could run together with a new one, and,
        like the hours, another than that of the booking `apart_from`. A group that is to have no roster must not stand
        beside the rosters of its clinician: whoever it treated would be on none of them.
        """
        free_hours = {
            person: [hour for hour in self._free_hours[person.number] if not apart_from or hour not in apart_from.hours]
            for person in self._site.clinicians
            if (not apart_from or person is not apart_from.clinician)
            and not any((person.number, code) in self._inferred for code in clear_of)
            and not (without_roster and person.number in self._rostered)
        }
        suitable = [person for person, free in free_hours.items() if len(free) >= hours]
        if not suitable:
            raise NoRoomError
        chosen = pick(self.rng, suitable)
        free = free_hours[chosen]
        booked = tuple(sorted(free.pop(int(self.rng.random() * len(free))) for _ in range(hours)))
        self._free_hours[chosen.number] = [hour for hour in self._free_hours[chosen.number] if hour not in booked]
        return Booking(chosen, booked)

    def book_two_clinicians(self) -> tuple[Booking, Booking]:
        """Books two clinicians for the same hour."""
        first = self.book()
        for person in self._site.clinicians:
            if person is not first.clinician and first.hours[0] in self._free_hours[person.number]:
                self._free_hours[person.number].remove(first.hours[0])
                return first, Booking(person, first.hours)
        raise NoRoomError

    def draw_mark(self) -> SessionMark:
        """Draws what the claim lines of a session are to say about it."""
        return pick(self.rng, MARKS) if self.is_csv else SessionMark.NOTHING

    # Sessions.

    def hold(
        self,
        code: str,
        billed: Sequence[Person],
        *,
        at: Booking | None = None,
        unbilled: Sequence[Person] = (),
        absent: Sequence[Person] = (),
        observers: int = 0,
        with_roster: bool | None = None,
        mark: SessionMark | None = None,
        record: Record | None = None,
    ) -> Held:
        """Holds a session: books it unless that is done, writes its roster if any, makes a claim per person billed.

        Without `with_roster` most group and family sessions get a roster and individual ones get none; a session
        that the audit could not tell from an earlier one always gets one. Who is absent stands on the roster only.
        """
        booking = at or self.book()
        mark = mark or self.draw_mark()
        if code in INDIVIDUAL_CODES and mark is SessionMark.NUMBER and with_roster is None:
            mark = SessionMark.NUMBER_AND_CLOCK
        session = self._session(code, booking.clinician, booking.hours[0], mark, record or Record())
        if self._decide_roster(code, booking.clinician, mark, with_roster):
            people = [*(billed if code != "90846" else ()), *unbilled]
            session.attendees = [_attendee(person, Presence.ATTENDED) for person in people]
            session.attendees += [_attendee(person, pick(self.rng, ABSENCES)) for person in absent]
            session.attendees += [
                Attendee(f"TRAINEE{self.between(1, 9)}{n}", "", Presence.OBSERVER) for n in range(observers)
            ]
            self._write_roster(session)
        return Held(session, [self.bill(session, code, person) for person in billed])

    def hold_co_led(self, billed: Sequence[Person]) -> Held:
        """Holds a group that two clinicians lead; each bills for a part of the members."""
        first, second = self.book_two_clinicians()
        session = self._session("90853", first.clinician, first.hours[0], self.draw_mark(), Record())
        session.clinicians = (first.clinician, second.clinician)
        session.attendees = [_attendee(person, Presence.ATTENDED) for person in billed]
        self._write_roster(session)
        half = len(billed) // 2
        return Held(
            session,
            [
                *(self.bill(session, "90853", person) for person in billed[:half]),
                *(self.bill(session, "90853", person, clinician=second.clinician) for person in billed[half:]),
            ],
        )

    def _session(self, code: str, leader: Clinician, hour: int, mark: SessionMark, record: Record) -> Session:
        return Session(
            session_id=self._numbers.session(),
            start_at=dt.datetime(self.date.year, self.date.month, self.date.day, hour, record.start_minute),
            minutes=record.minutes or FEES[code].minutes,
            clinicians=(leader,),
            mark=mark,
            place_of_service_code=record.place_of_service_code,
            similarity=self._similarity(record) if code in GROUP_CODES else "",
            group_focus=(record.focus or leader.focus) if code == "90853" else "",
            record=record,
        )

    def _similarity(self, record: Record) -> str:
        """How alike the notes are: what all heard is in all of them, and the rest is not."""
        return "" if record.shingles else record.similarity or f"0.{self.between(15, 60)}"

    def _write_roster(self, session: Session) -> None:
        self._rostered.update(leader.number for leader in session.clinicians)
        self._deliveries.add_attendance(session)

    def _decide_roster(self, code: str, leader: Clinician, mark: SessionMark, wanted: bool | None) -> bool:
        if code not in SESSION_CODES:
            return bool(wanted)
        # The client does not attend a 90846: without a session number no roster row would explain the claim.
        can_match = code != "90846" or mark.has_number
        was_open = wanted is None
        if wanted is None:
            wanted = can_match and code not in INDIVIDUAL_CODES and (mark is SessionMark.NUMBER or self.chance(0.85))
        if wanted or mark is not SessionMark.NOTHING:
            return wanted
        if code in GROUP_CODES and was_open and leader.number in self._rostered:
            return True
        if (leader.number, code) in self._inferred and code not in INDIVIDUAL_CODES:
            if not can_match:
                raise NoRoomError
            return True
        self._inferred.add((leader.number, code))
        if code in GROUP_CODES:
            self._free_hours[leader.number] = []
        return False

    # Claims.

    def bill(
        self,
        session: Session,
        code: str,
        person: Person,
        modifiers: tuple[str, ...] = (),
        charge_cents: int = 0,
        units: int = 1,
        clinician: Clinician | None = None,
    ) -> Claim:
        """Makes an original claim of one line, which the payer pays; the first of the clinicians bills."""
        clinician = clinician or session.clinicians[0]
        line = self._line(session, code, person, clinician, modifiers, units)
        if charge_cents:
            line.charge_cents = charge_cents
        return Claim(
            patient_control_number=self._numbers.claim(),
            person=person,
            clinician=clinician,
            date_of_service=self.date,
            place_of_service_code=session.place_of_service_code,
            claim_format=self.claim_format,
            received_date=self.date + dt.timedelta(days=self.between(1, 6)),
            lines=[line],
            payer_number=self._numbers.payer_claim(),
        )

    def add_line(
        self, claim: Claim, code: str, session: Session, modifiers: tuple[str, ...] = (), units: int = 1
    ) -> Line:
        """Adds a line to a claim, which the payer pays too."""
        line = self._line(session, code, claim.person, claim.clinician, modifiers, units)
        line.number = len(claim.lines) + 1
        claim.lines.append(line)
        return line

    def _line(
        self,
        session: Session,
        code: str,
        person: Person,
        clinician: Clinician,
        modifiers: tuple[str, ...],
        units: int,
    ) -> Line:
        line = Line(
            number=1,
            session=session,
            procedure_code=code,
            modifiers=modifiers,
            charge_cents=FEES[code].charge_cents * units,
            allowed_cents=allowed_cents(person.payer, clinician.taxonomy_code, code) * units,
            units=units,
        )
        line.pay(person)
        return line

    def deliver(self, *claims: Claim) -> None:
        """Puts claims into the month's delivery."""
        for claim in claims:
            self._deliveries.add(claim)

    def deliver_later(self, claim: Claim, months: int = 1) -> None:
        """Puts a claim into the delivery of a later month, in the format of its own month."""
        self._deliveries.add_later(claim, self.date.month + months, self.between(12, 25))

    def amend(self, claim: Claim, frequency_code: str) -> Claim:
        """Returns a replacement (7) or void (8) of a claim, with lines of its own that may be changed."""
        return replace(
            claim,
            frequency_code=frequency_code,
            version=claim.version + 1,
            replaced_number=claim.payer_number,
            amends=claim,
            lines=[replace(line) for line in claim.lines],
        )

    def bill_again(self, claim: Claim) -> Claim:
        """Returns the same claim under another number, as if nobody knew that it had been billed."""
        return replace(self.send_again(claim), patient_control_number=self._numbers.claim())

    def send_again(self, claim: Claim) -> Claim:
        """Returns the same claim under the same number, which is a new claim to the payer all the same."""
        return replace(claim, payer_number=self._numbers.payer_claim(), lines=[replace(line) for line in claim.lines])

    # What the payer decides beyond the ordinary.

    def pay(self, claim: Claim) -> None:
        """Lets the payer pay every line of a claim."""
        for line in claim.lines:
            line.pay(claim.person)

    def refuse(self, claim: Claim, denial: Denial) -> None:
        """Lets the payer deny a claim; it takes a replacement or void for a claim of its own."""
        claim.payer_number, claim.version, claim.amends = self._numbers.payer_claim(), 1, None
        for line in claim.lines:
            line.deny(denial)

    def reverse_later(self, claim: Claim, months: int = 1) -> None:
        """Lets the payer take back what it paid for a claim, in a later month than that of its payment."""
        self._deliveries.add_answer_later(Answer(claim, is_reversal=True), self.date.month + months)

    def pay_later(self, claim: Claim, months: int = 1) -> None:
        """Lets the payer decide on a claim in a later month than that of its first decision."""
        self._deliveries.add_answer_later(Answer(claim), self.date.month + months)

    def adjust_later(self, claim: Claim, cents: int, months: int = 1) -> None:
        """Lets the payer hold back money for a claim, or below zero let go of it, beside the claims (PLB)."""
        self._deliveries.add_answer_later(Recoupment(claim.payer, claim.payer_number, cents), self.date.month + months)

    def label_each(self, check_id: str, claims: Sequence[Claim], why: str, codes: Collection[str] = ()) -> None:
        """Notes a planted mistake for each of the claims, where a check looks at one person at a time."""
        for claim in claims:
            self.label(check_id, [claim], why, codes)

    def label(self, check_id: str, claims: Sequence[Claim], why: str, codes: Collection[str] = ()) -> None:
        """Notes a planted mistake; all lines of the claims belong to it, or those of some codes."""
        self._deliveries.add_truth(check_id, claims, why, codes)


def _attendee(person: Person, presence: Presence) -> Attendee:
    return Attendee(person.member_id, person.family_id, presence)


def put_on_one_claim(first: Claim, second: Claim) -> Claim:
    """Moves the line of the second claim to the first, as its second line."""
    line = second.lines[0]
    line.number = 2
    first.lines.append(line)
    return first
