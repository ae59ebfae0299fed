"""Writes claims as 837P (005010X222A1): an interchange for each receiver, sorted by subscriber."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final

from claims_audit.sample_practice.encounters import Claim, Line
from claims_audit.sample_practice.interchanges import Route, interchange, money
from claims_audit.sample_practice.people import Person
from claims_audit.sample_practice.practice import (
    BILLING_NPI,
    PAYERS,
    PRACTICE_NAME,
    PRACTICE_TAXONOMY,
    Payer,
)

SENDER: Final = "HARBORLIGHT"
PROFESSIONAL: Final = "005010X222A1"
INSTITUTIONAL: Final = "005010X223A2"
CLAIMS_PER_INTERCHANGE: Final = 1000

# How a claim can be broken: each is refused by the reader or the schema.
PROFESSIONAL_FLAWS: Final = ("no_place_of_service", "impossible_date")


class ProfessionalFile:
    """The 837P of a month: claims wait until a receiver's interchange is full, so that memory stays flat."""

    def __init__(self, path: Path, sent_on: dt.date, last_control_number: int) -> None:
        self._stream = path.open("w", encoding="ascii", newline="")
        self._sent_on = sent_on
        self._control_number = last_control_number
        self._waiting: dict[str, list[Claim]] = {payer.receiver: [] for payer in PAYERS}

    def write(self, claim: Claim) -> None:
        """Takes a claim; it is written with the next interchange of its receiver."""
        waiting = self._waiting[claim.payer.receiver]
        waiting.append(claim)
        if len(waiting) >= CLAIMS_PER_INTERCHANGE:
            self._send(claim.payer.receiver)

    def write_institutional(self) -> None:
        """Writes a small 837I, which has no business in a professional audit and is to be set aside."""
        self._interchange("SAMPLEMAC", INSTITUTIONAL, [list(_institutional_body(self._sent_on))])

    def close(self) -> None:
        """Writes what waits and closes the file."""
        for receiver in self._waiting:
            self._send(receiver)
        self._stream.close()

    def _send(self, receiver: str) -> None:
        claims, self._waiting[receiver] = self._waiting[receiver], []
        # A clearinghouse takes several payers: a transaction for each in one group.
        by_payer = [(payer, [claim for claim in claims if claim.payer is payer]) for payer in PAYERS]
        bodies = [list(_professional_body(payer, found)) for payer, found in by_payer if found]
        if bodies:
            self._interchange(receiver, PROFESSIONAL, bodies)

    def _interchange(self, receiver: str, version: str, bodies: list[list[str]]) -> None:
        self._control_number += 1
        control, day = self._control_number, self._sent_on
        route = Route("HC", "837", version, SENDER, receiver)
        named = [
            [f"BHT*0019*00*{control:09d}{number:04d}*{day:%Y%m%d}*0900*CH", *body]
            for number, body in enumerate(bodies, 1)
        ]
        self._stream.write(interchange(route, day, control, named))


def _submitter(receiver_name: str, receiver_id: str) -> Iterator[str]:
    yield f"NM1*41*2*{PRACTICE_NAME}*****46*{SENDER}"
    yield "PER*IC*SAMPLE BILLING*TE*5555550100"
    yield f"NM1*40*2*{receiver_name}*****46*{receiver_id}"
    yield "HL*1**20*1"
    yield f"PRV*BI*PXC*{PRACTICE_TAXONOMY}"
    yield f"NM1*85*2*{PRACTICE_NAME}*****XX*{BILLING_NPI}"
    yield "N3*1 SAMPLE STREET"
    yield "N4*SAMPLETOWN*CT*061039999"
    yield "REF*EI*000000000"


def _professional_body(payer: Payer, claims: list[Claim]) -> Iterator[str]:
    yield from _submitter(payer.name, payer.receiver)
    # The level number goes up by one over subscribers and dependents alike.
    level = 1
    claims = sorted(claims, key=_reading_order)
    for (subscriber_id, is_own, place), of_subscriber in groupby(claims, key=_subscriber_key):
        level += 1
        subscriber_level = level
        found = list(of_subscriber)
        yield f"HL*{level}*1*22*{0 if is_own else 1}"
        yield f"SBR*{place}*{'18' if is_own else ''}*******{payer.filing_code}"
        yield f"NM1*IL*1*SAMPLE*{found[0].person.subscriber_first_name}****MI*{subscriber_id}"
        if is_own:
            yield from _demographics(found[0].person)
        yield f"NM1*PR*2*{payer.name}*****PI*{payer.payer_id}"
        for _, of_patient in groupby(found, key=lambda claim: claim.person.member_id):
            of_person = list(of_patient)
            if not is_own:
                level += 1
                yield f"HL*{level}*{subscriber_level}*23*0"
                yield f"PAT*{of_person[0].person.relationship_code}"
                yield f"NM1*QC*1*SAMPLE*{of_person[0].person.first_name}"
                yield from _demographics(of_person[0].person)
            for claim in of_person:
                yield from _claim(claim)


def _subscriber_key(claim: Claim) -> tuple[str, bool, str]:
    person = claim.person
    return person.subscriber_id, person.is_subscriber, "P" if person.other_payer is None else "S"


def _reading_order(claim: Claim) -> tuple[str, bool, str, str]:
    person = claim.person
    return person.subscriber_id, person.is_subscriber, person.member_id, claim.patient_control_number


def _demographics(person: Person) -> Iterator[str]:
    yield "N3*2 SAMPLE STREET"
    yield "N4*SAMPLETOWN*CT*061039999"
    yield f"DMG*D8*{person.birth_date}*{person.sex_code}"


def _claim(claim: Claim) -> Iterator[str]:
    place = "" if claim.flaw == "no_place_of_service" else claim.place_of_service_code
    total = sum(line.charge_cents for line in claim.lines)
    yield f"CLM*{claim.patient_control_number}*{money(total)}***{place}:B:{claim.frequency_code}*Y*A*Y*Y"
    if claim.replaced_number:
        yield f"REF*F8*{claim.replaced_number}"
    if claim.authorization_number:
        yield f"REF*G1*{claim.authorization_number}"
    first, *more = claim.diagnosis_codes
    yield "HI*" + "*".join([f"ABK:{first}", *(f"ABF:{code}" for code in more)])
    yield f"NM1*82*1*CLINICIAN*PERSON{claim.clinician.number:04d}****XX*{claim.clinician.npi}"
    yield f"PRV*PE*PXC*{claim.clinician.taxonomy_code}"
    if claim.supervising_npi:
        yield f"NM1*DQ*1*CLINICIAN*SUPERVISOR****XX*{claim.supervising_npi}"
    if claim.person.other_payer is not None:
        yield from _other_payer(claim, claim.person.other_payer)
    for line in claim.lines:
        yield from _line(claim, line)


def _other_payer(claim: Claim, payer: Payer) -> Iterator[str]:
    """What the payer before this one paid (2320, 2330A and B)."""
    yield f"SBR*P*18*******{payer.filing_code}"
    yield f"AMT*D*{money(sum(payer.paid_cents(line.allowed_cents) for line in claim.lines))}"
    yield "OI***Y***Y"
    yield f"NM1*IL*1*SAMPLE*{claim.person.first_name}****MI*{payer.member_prefix}{claim.person.first_name[-7:]}"
    yield f"NM1*PR*2*{payer.name}*****PI*{payer.payer_id}"


def _line(claim: Claim, line: Line) -> Iterator[str]:
    day = "20240230" if claim.flaw == "impossible_date" else f"{claim.date_of_service:%Y%m%d}"
    yield f"LX*{line.number}"
    service = ":".join(("HC", line.procedure_code, *line.modifiers))
    yield f"SV1*{service}*{money(line.charge_cents)}*UN*{line.units}***{claim.diagnosis_pointers}"
    yield f"DTP*472*D8*{day}"
    yield f"REF*6R*{claim.patient_control_number}-{line.number}"


def _institutional_body(day: dt.date) -> Iterator[str]:
    yield from _submitter("MEDICARE", "SAMPLEMAC")
    yield "HL*2*1*22*0"
    yield "SBR*P*18*******MA"
    yield "NM1*IL*1*SAMPLE*PERSON0000000****MI*MCR0000000"
    yield "N3*2 SAMPLE STREET"
    yield "N4*SAMPLETOWN*CT*061039999"
    yield "DMG*D8*19400101*F"
    yield "NM1*PR*2*MEDICARE*****PI*MEDICARE"
    yield "CLM*HLI00000001*90***13:A:1**A*Y*Y"
    yield f"DTP*434*RD8*{day:%Y%m}01-{day:%Y%m}01"
    yield "CL1*3**30"
    yield "HI*ABK:F331"
    yield "NM1*71*1*CLINICIAN*PERSON0000****XX*" + BILLING_NPI
    yield "LX*1"
    yield "SV2*0915*HC:90853*90*UN*1"
    yield f"DTP*472*D8*{day:%Y%m}01"
