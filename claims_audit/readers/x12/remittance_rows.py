"""How one claim payment (CLP) of an 835 becomes canonical rows, or is set aside as a whole; and whether it balances.

The payment itself and its provider adjustments are in remittance_payment.py.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from claims_audit.model import MODIFIER_COLUMNS
from claims_audit.readers.values import parse_cents
from claims_audit.readers.x12.elements import amount_text, padded
from claims_audit.readers.x12.faults import Fault
from claims_audit.readers.x12.harvest import Row
from claims_audit.readers.x12.remittance_faults import (
    BAD_DATE,
    CHARGE_NOT_MONEY,
    CLAIM_CHARGE_NOT_MONEY,
    CLAIM_MISMATCH,
    CLAIM_PAID_NOT_MONEY,
    NO_CHARGE,
    NO_CLAIM_CHARGE,
    NO_CLAIM_PAID,
    NO_CONTROL_NUMBER,
    NO_PAID,
    NO_STATUS,
    PAID_NOT_MONEY,
    PATIENT_NOT_MONEY,
    SERVICE_MISMATCH,
)
from claims_audit.readers.x12.remittance_parts import ClaimPayment, Payment, ServicePayment, split_composite

# The order of a row: what its claim payment says, then what the service says.
LINE_LAYOUT: Final = (
    "remittance_position",
    "remittance_claim_position",
    "claim_position",
    "patient_control_number",
    "payer_claim_control_number",
    "original_payer_claim_control_number",
    "claim_status_code",
    "claim_frequency_code",
    "claim_filing_code",
    "claim_charge_amount",
    "claim_paid_amount",
    "claim_patient_amount",
    "claim_adjustments",
    "claim_remark_codes",
    "member_id",
    "place_of_service_code",
    "remittance_line_number",
    "rendering_provider_npi",
    "line_control_number",
    "date_of_service",
    "date_of_service_through",
    "procedure_code",
    *MODIFIER_COLUMNS,
    "paid_procedure_code",
    "paid_modifiers",
    "service_units",
    "paid_units",
    "charge_amount",
    "allowed_amount",
    "paid_amount",
    "adjustments",
    "remark_codes",
    "byte_start",
    "byte_end",
    "line_warnings",
)


class Codes(NamedTuple):
    """A procedure code with its four modifiers, and what is odd about them."""

    procedure: str | None
    modifiers: tuple[str | None, ...]
    joined_modifiers: str | None
    warnings: tuple[str, ...]


_NO_MODIFIERS: Final = (None, None, None, None)
# Qualifiers of SVC01 whose codes stand beside HCPCS; revenue (NU) and drug codes (N4) would be taken for such.
_PROCEDURE_QUALIFIERS: Final = frozenset(("HC", "HP", "AD", "ER", "IV", "WK"))
_CODE_CHANGED: Final = 6  # SVC06 and SVC07: what was submitted, where the payer decided on something else


def make_rows(claim: ClaimPayment, payment: Payment) -> list[Row] | Fault:
    """Makes the rows of a claim payment and judges its balance, or says why it cannot be read as a whole."""
    fault = claim.fault or _find_fault_of_claim(claim)
    if fault is not None:
        return fault
    elements = claim.elements = padded(claim.elements, 10)
    warnings = _judge_claim(claim, payment)
    claim_part = (
        str(payment.start),
        str(claim.start),
        claim.start,
        elements[1].strip(),
        elements[7].strip() or None,
        claim.numbers.get("F8") or claim.numbers.get("1K"),
        elements[2].strip(),
        elements[9].strip() or None,
        elements[6].strip() or None,
        amount_text(elements[3]),
        amount_text(elements[4]),
        amount_text(elements[5]),
        ";".join(claim.adjustments) or None,
        ";".join(claim.remark_codes) or None,
        claim.member_ids.get("QC") or claim.member_ids.get("IL") or claim.member_ids.get("74"),
        elements[8].strip() or None,
    )
    if not claim.services:
        return [claim_part + _make_claim_only_part(claim, payment, warnings)]
    return [
        claim_part + _make_line_part(service, number, claim, payment, warnings)
        for number, service in enumerate(claim.services, start=1)
    ]


def _make_claim_only_part(claim: ClaimPayment, payment: Payment, warnings: list[str]) -> Row:
    """The part of the line for a claim payment without services: it is paid, or denied, as one."""
    return (
        "0",
        claim.rendering_provider_npi,
        None,
        *_dates(claim, claim, payment),
        *(None,) * 9,  # codes and units
        amount_text(claim.elements[3]),
        None,
        amount_text(claim.elements[4]),
        *(None,) * 2,  # adjustments and remarks are those of the claim
        claim.start,
        claim.end,
        ";".join(warnings) or None,
    )


def _make_line_part(
    service: ServicePayment, number: int, claim: ClaimPayment, payment: Payment, warnings: list[str]
) -> Row:
    elements = padded(service.elements, 8)
    if not _is_balanced(elements[2], service.adjusted_cents, elements[3]):
        warnings = [*warnings, SERVICE_MISMATCH]
        payment.totals.warn(SERVICE_MISMATCH)
        payment.faults.add(SERVICE_MISMATCH)
    decided = _codes(elements[1], payment)
    submitted = _codes(elements[_CODE_CHANGED], payment) if elements[_CODE_CHANGED].strip() else decided
    units = elements[5].strip() or None
    return (
        str(number),
        service.rendering_provider_npi or claim.rendering_provider_npi,
        service.control_number,
        *_dates(service, claim, payment),
        submitted.procedure,
        *submitted.modifiers,
        decided.procedure,
        decided.joined_modifiers,
        elements[7].strip() or units or "1",
        units,
        amount_text(elements[2]),
        None if service.allowed is None else amount_text(service.allowed) or "0.00",
        amount_text(elements[3]),
        ";".join(service.adjustments) or None,
        ";".join(service.remark_codes) or None,
        service.start,
        service.end,
        ";".join(warnings) or None,
    )


def _judge_claim(claim: ClaimPayment, payment: Payment) -> list[str]:
    """Compares charge, adjustments and payment of the claim, and its charge with that of its services."""
    warnings = []
    adjusted = claim.adjusted_cents + sum(service.adjusted_cents for service in claim.services)
    if not _is_balanced(claim.elements[3], adjusted, claim.elements[4]):
        warnings.append(CLAIM_MISMATCH)
        payment.faults.add(CLAIM_MISMATCH)
    if claim.services and parse_cents(claim.elements[3]) != claim.cents:
        warnings.append("claim_charge_mismatch")
    for code in warnings:
        payment.totals.warn(code)
    return warnings


def _is_balanced(charge: str, adjusted_cents: int, paid: str) -> bool:
    return (parse_cents(charge) or 0) - adjusted_cents == parse_cents(paid)


def _find_fault_of_claim(claim: ClaimPayment) -> Fault | None:
    elements = padded(claim.elements, 6)
    if not elements[1].strip():
        return NO_CONTROL_NUMBER
    if not elements[2].strip():
        return NO_STATUS
    if parse_cents(elements[3]) is None:
        return CLAIM_CHARGE_NOT_MONEY if elements[3].strip() else NO_CLAIM_CHARGE
    if parse_cents(elements[4]) is None:
        return CLAIM_PAID_NOT_MONEY if elements[4].strip() else NO_CLAIM_PAID
    if parse_cents(elements[5]) is None and elements[5].strip():
        return PATIENT_NOT_MONEY
    for service in claim.services:
        charge, paid = padded(service.elements, 4)[2:4]
        if parse_cents(charge) is None:
            return CHARGE_NOT_MONEY if charge.strip() else NO_CHARGE
        if parse_cents(paid) is None:
            return PAID_NOT_MONEY if paid.strip() else NO_PAID
    return BAD_DATE if _has_bad_date(claim) else None


def _has_bad_date(claim: ClaimPayment) -> bool:
    """The dates of the claim matter only where a service has none of its own."""
    is_needed = not claim.services
    for service in claim.services:
        if not service.dates:
            is_needed = True
        elif None in service.dates.values():
            return True
    return is_needed and None in claim.dates.values()


def _codes(element: str, payment: Payment) -> Codes:
    """The procedure code and modifiers of SVC01 or SVC06; what is odd about them is counted each time."""
    codes = _read_codes(element.strip(), payment.component)
    for code in codes.warnings:
        payment.totals.warn(code)
    return codes


@lru_cache(maxsize=4_096)
def _read_codes(element: str, component: str) -> Codes:
    """Reads qualifier, code, up to four modifiers, description."""
    parts, is_foreign = split_composite(element, component)
    warnings = ("component_separator_mismatch",) if is_foreign else ()
    qualifier, code = (*parts, None)[:2]
    if code is None:
        return Codes(None, _NO_MODIFIERS, None, (*warnings, "remitted_procedure_missing"))
    if (qualifier or "").upper() not in _PROCEDURE_QUALIFIERS:
        return Codes(None, _NO_MODIFIERS, None, (*warnings, "remitted_code_of_other_kind"))
    modifiers = tuple(part.upper() if part else None for part in parts[2:6])
    joined = ":".join(modifier for modifier in modifiers if modifier) or None
    return Codes(code.upper(), (*modifiers, *_NO_MODIFIERS)[:4], joined, warnings)


def _dates(holder: ServicePayment | ClaimPayment, claim: ClaimPayment, payment: Payment) -> tuple[str | None, ...]:
    """First and last day: of the service (472, or 150 to 151), else of the claim (232 to 233)."""
    day = holder.dates.get("472")
    if day is not None:
        return day, None
    first, last = holder.dates.get("150"), holder.dates.get("151")
    if first is None:
        first, last = claim.dates.get("232"), claim.dates.get("233")
    if first is None or last == first:
        return first, None
    if last is not None:
        payment.totals.warn("date_range")
    return first, last
