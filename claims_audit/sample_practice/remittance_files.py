"""Writes what payers answer as 835 (005010X221A1): a payment, in an interchange of its own, for each payer.

Everything balances: services (SVC) with their adjustments, claims (CLP) with their services, the payment (BPR) with its
claims less what is adjusted beside them (PLB). A payment is never below zero; what is then owed to the payer is carried
forward to its next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from claims_audit.sample_practice.encounters import Claim, Line
from claims_audit.sample_practice.interchanges import Route, interchange, money
from claims_audit.sample_practice.practice import (
    BILLING_NPI,
    BLUE_HARBOR,
    PAYERS,
    PRACTICE_NAME,
    YEAR,
    Payer,
    payment_date,
)

VERSION: Final = "005010X221A1"
RECEIVER: Final = "HARBORLIGHT"
CLAIMS_PER_PAYMENT: Final = 250
MOST_ADJUSTMENTS: Final = 6  # in one PLB

PRIMARY: Final = "1"
SECONDARY: Final = "2"
DENIED: Final = "4"
REVERSED: Final = "22"

DEDUCTIBLE: Final = "1"
COINSURANCE: Final = "2"
COPAY: Final = "3"
SEQUESTRATION: Final = "253"
LAST_MONTH_OF_DEDUCTIBLES: Final = 3

# CLP06 knows the kinds of plans, not "commercial"; 12 is a preferred provider organization.
FILING_CODES: Final = {"CI": "12"}
# Reasons of a PLB: overpayment recovery, and what is carried forward.
RECOUPED: Final = "WO"
FORWARD: Final = "FB"

Balances = dict[str, tuple[str, int]]  # by payer id: PLB03 and cents that the practice owes after the last payment


@dataclass(frozen=True, slots=True)
class Answer:
    """What a payer decides on one version of a claim, or that it takes its decision back."""

    claim: Claim
    is_reversal: bool = False


@dataclass(frozen=True, slots=True)
class Recoupment:
    """Money that a payer holds back for a claim, or below zero lets go of, beside the claims of a payment."""

    payer: Payer
    reference: str
    cents: int


@dataclass(slots=True)
class OpenPayment:
    """A payment that is still growing."""

    segments: list[str] = field(default_factory=list)
    claim_count: int = 0
    paid_cents: int = 0
    adjustments: list[tuple[str, int]] = field(default_factory=list)  # PLB03 and PLB04


class RemittanceFile:
    """The 835 of a month: answers wait as text until a payment is full, so that memory stays flat."""

    def __init__(self, path: Path, month: int, balances: Balances) -> None:
        self._stream = path.open("w", encoding="ascii", newline="")
        self._month, self._balances = month, balances
        # Beside the control numbers of the month's claims.
        self._control_number = month * 1_000_000 + 500_000
        self._open: dict[str, OpenPayment] = {payer.payer_id: OpenPayment() for payer in PAYERS}

    def write(self, answer: Answer | Recoupment) -> None:
        """Takes an answer; it is written with the next payment of its payer."""
        if isinstance(answer, Recoupment):
            adjustment = f"{RECOUPED}:{answer.reference}", answer.cents
            self._open[answer.payer.payer_id].adjustments.append(adjustment)
            return
        payer = answer.claim.payer
        payment = self._open[payer.payer_id]
        payment.segments += _claim_payment(answer.claim, is_reversal=answer.is_reversal)
        payment.claim_count += 1
        payment.paid_cents += -answer.claim.paid_cents if answer.is_reversal else answer.claim.paid_cents
        if payment.claim_count >= CLAIMS_PER_PAYMENT:
            self._send(payer)

    def close(self) -> None:
        """Writes what waits and closes the file."""
        for payer in PAYERS:
            self._send(payer)
        self._stream.close()

    def _send(self, payer: Payer) -> None:
        payment, self._open[payer.payer_id] = self._open[payer.payer_id], OpenPayment()
        if not payment.segments and not payment.adjustments:
            return
        self._control_number += 1
        control, day = self._control_number, payment_date(payer, self._month)
        trace = f"{payer.member_prefix}{control:09d}"
        paid_cents = self._settle(payer, payment, trace)
        method = "CHK" if paid_cents else "NON"
        body = [
            f"BPR*I*{money(paid_cents)}*C*{method}{'*' * 12}{day:%Y%m%d}",
            f"TRN*1*{trace}*1{PAYERS.index(payer):09d}",
            f"DTM*405*{day:%Y%m%d}",
            f"N1*PR*{payer.name}",
            "N3*3 SAMPLE STREET",
            "N4*SAMPLETOWN*CT*061039999",
            f"REF*2U*{payer.payer_id}",
            "PER*BL*SAMPLE TECHNICAL SUPPORT*TE*5555550101",
            f"N1*PE*{PRACTICE_NAME}*XX*{BILLING_NPI}",
            "REF*TJ*000000000",
            *(["LX*1"] if payment.segments else []),
            *payment.segments,
            *_provider_adjustments(payment.adjustments),
        ]
        route = Route("HP", "835", VERSION, payer.receiver, RECEIVER, has_version_in_header=False)
        self._stream.write(interchange(route, day, control, [body]))

    def _settle(self, payer: Payer, payment: OpenPayment, trace: str) -> int:
        """Returns what is paid, after what is owed from before, and carries forward what is below zero."""
        if payer.payer_id in self._balances:
            payment.adjustments.append(self._balances.pop(payer.payer_id))
        left = payment.paid_cents - sum(cents for _, cents in payment.adjustments)
        if left < 0:
            reason = f"{FORWARD}:{trace}"
            payment.adjustments.append((reason, left))
            self._balances[payer.payer_id] = reason, -left
        return max(left, 0)


def _provider_adjustments(adjustments: list[tuple[str, int]]) -> Iterator[str]:
    for start in range(0, len(adjustments), MOST_ADJUSTMENTS):
        pairs = adjustments[start : start + MOST_ADJUSTMENTS]
        yield f"PLB*{BILLING_NPI}*{YEAR}1231*" + "*".join(f"{reason}*{money(cents)}" for reason, cents in pairs)


def _claim_payment(claim: Claim, *, is_reversal: bool) -> Iterator[str]:
    sign = -1 if is_reversal else 1
    person, payer = claim.person, claim.payer
    charge_cents = sum(line.charge_cents for line in claim.lines)
    patient_cents = sum(line.patient_cents for line in claim.lines)
    patient = money(patient_cents) if patient_cents and not is_reversal else ""
    filing_code = FILING_CODES.get(payer.filing_code, payer.filing_code)
    yield (
        f"CLP*{claim.patient_control_number}*{_status(claim, is_reversal)}*{money(sign * charge_cents)}"
        f"*{money(sign * claim.paid_cents)}*{patient}*{filing_code}*{claim.payer_control_number}"
        f"*{claim.place_of_service_code}*{claim.frequency_code}"
    )
    # A plan knows a dependent by the number of the subscriber.
    own_number = f"****MI*{person.member_id}" if person.is_subscriber else ""
    yield f"NM1*QC*1*SAMPLE*{person.first_name}{own_number}"
    if not person.is_subscriber:
        yield f"NM1*IL*1*SAMPLE*{person.subscriber_first_name}****MI*{person.subscriber_id}"
    yield f"NM1*82*1*CLINICIAN*PERSON{claim.clinician.number:04d}****XX*{claim.clinician.npi}"
    remarks = {line.denial.remark_code for line in claim.lines if line.denial}
    for remark in sorted(remark for remark in remarks if _is_of_claim(remark)):
        yield f"MOA***{remark}"
    if claim.version > 1:
        yield f"REF*F8*{claim.payer_number}"
    for line in claim.lines:
        yield from _service(claim, line, sign)


def _status(claim: Claim, is_reversal: bool) -> str:
    if is_reversal:
        return REVERSED
    if all(line.denial for line in claim.lines):
        return DENIED
    return PRIMARY if claim.person.other_payer is None else SECONDARY


def _service(claim: Claim, line: Line, sign: int) -> Iterator[str]:
    service = ":".join(("HC", line.procedure_code, *line.modifiers))
    yield f"SVC*{service}*{money(sign * line.charge_cents)}*{money(sign * line.paid_cents)}**{line.units}"
    yield f"DTM*472*{claim.date_of_service:%Y%m%d}"
    for group, adjustments in _adjustments(claim, line):
        shares = "**".join(f"{reason}*{money(sign * cents)}" for reason, cents in adjustments)
        yield f"CAS*{group}*{shares}"
    yield f"REF*6R*{claim.patient_control_number}-{line.number}"
    if line.denial is None and sign > 0:
        yield f"AMT*B6*{money(line.allowed_cents)}"
    if line.denial is not None and line.denial.remark_code and not _is_of_claim(line.denial.remark_code):
        yield f"LQ*HE*{line.denial.remark_code}"


def _adjustments(claim: Claim, line: Line) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """What of the charge was not paid, by group; all together are the charge less the payment."""
    if line.denial is not None:
        yield line.denial.group_code, [(line.denial.reason_code, line.charge_cents)]
        return
    if line.charge_cents != line.allowed_cents:
        yield "CO", [("45", line.charge_cents - line.allowed_cents)]
    if line.sequestered_cents:
        yield "CO", [(SEQUESTRATION, line.sequestered_cents)]
    if line.other_paid_cents:
        yield "OA", [("23", line.other_paid_cents)]
    if line.patient_cents:
        yield "PR", _patient_shares(claim, line.patient_cents)


def _patient_shares(claim: Claim, cents: int) -> list[tuple[str, int]]:
    if claim.payer.copay_cents:
        return [(COPAY, cents)]
    if claim.payer is BLUE_HARBOR and claim.date_of_service.month <= LAST_MONTH_OF_DEDUCTIBLES and cents > 1:
        return [(DEDUCTIBLE, cents // 2), (COINSURANCE, cents - cents // 2)]
    return [(COINSURANCE, cents)]


def _is_of_claim(remark_code: str) -> bool:
    """Remarks that begin with MA are about the whole claim (MOA)."""
    return remark_code.startswith("MA")
