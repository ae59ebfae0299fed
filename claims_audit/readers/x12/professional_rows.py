"""How one claim of an 837P becomes canonical rows, or is set aside as a whole.

What a claim is made of is in professional_parts.py, which segment fills what in professional_loops.py.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Final

from claims_audit.model import DIAGNOSIS_COLUMNS, MODIFIER_COLUMNS, FileTotals
from claims_audit.readers.values import parse_cents
from claims_audit.readers.x12.elements import amount_text, padded
from claims_audit.readers.x12.envelope import element_text
from claims_audit.readers.x12.faults import Fault
from claims_audit.readers.x12.harvest import Row
from claims_audit.readers.x12.professional_faults import (
    BAD_DATE,
    CHARGE_NOT_MONEY,
    NO_BILLING_NPI,
    NO_CHARGE,
    NO_CLAIM_TYPE,
    NO_CONTROL_NUMBER,
    NO_DATE,
    NO_LINES,
    NO_MEMBER,
    NO_PAYER_ID,
    NO_PLACE,
    NO_PROCEDURE,
    NO_SUBSCRIBER_ID,
    NO_TOTAL,
    NO_UNITS,
    TOTAL_NOT_MONEY,
)
from claims_audit.readers.x12.professional_parts import MAX_DIAGNOSES, Claim, Line, Parties, Provider

_NO_MODIFIERS: Final = (None, None, None, None)

# The order of a row: what its claim says, then what the line says. An 837P has nothing for the columns not named here.
ROW_COLUMNS: Final = (
    "patient_control_number",
    "claim_frequency_code",
    "payer_claim_control_number",
    "payer_id",
    "payer_name",
    "member_id",
    "subscriber_id",
    "relationship_code",
    "billing_provider_npi",
    "received_date",
    "claim_position",
    *DIAGNOSIS_COLUMNS,
    "claim_line_number",
    "rendering_provider_npi",
    "rendering_taxonomy_code",
    "supervising_provider_npi",
    "service_facility_npi",
    "place_of_service_code",
    "date_of_service",
    "date_of_service_through",
    "procedure_code",
    *MODIFIER_COLUMNS,
    "service_units",
    "unit_basis_code",
    "charge_amount",
    "diagnosis_pointers",
    "prior_authorization_number",
    "line_control_number",
    "byte_start",
    "byte_end",
    "line_warnings",
)


def dependent_member_id(subscriber_id: str, first_name: str, birth_date: str) -> str:
    """Derives the number of a dependent who has none; `birth_date` as YYYYMMDD (dashes do not matter)."""
    who = f"{subscriber_id}|{first_name.strip().upper()}|{birth_date.strip().replace('-', '')}"
    return f"{subscriber_id}-{sha256(who.encode()).hexdigest()[:10]}"


def make_rows(claim: Claim, parties: Parties, component: str, totals: FileTotals) -> list[Row] | Fault:
    """Makes the rows of a claim and counts its warnings, or says why the claim cannot be read as a whole."""
    fault = claim.fault or _find_fault_of_parties(parties) or _find_fault_of_claim(claim)
    if fault is not None:
        return fault
    place, frequency = _read_place(claim.elements[5], component)
    member_id, relationship_code, is_derived = _identify_member(parties)
    is_mismatched = parse_cents(claim.elements[2]) != claim.cents
    subscriber = parties.subscriber
    claim_part = (
        claim.elements[1].strip(),
        frequency,
        claim.payer_claim_control_number,
        subscriber.payer_id if subscriber.names_payer else parties.receiver_id,
        subscriber.payer_name,
        member_id,
        subscriber.subscriber_id,
        relationship_code,
        parties.billing.npi,
        parties.received_date,
        claim.start,
        *claim.diagnoses,
        *(None,) * (MAX_DIAGNOSES - len(claim.diagnoses)),
    )
    warnings = ["claim_total_mismatch"] * is_mismatched + ["member_id_from_subscriber"] * is_derived
    rows: list[Row] = []
    for number, line in enumerate(claim.lines, start=1):
        line_part = _make_line_part(line, number, claim, parties.billing, place, component, warnings)
        if isinstance(line_part, Fault):
            return line_part
        rows.append(claim_part + line_part)
    _count_warnings(totals, claim, is_mismatched, not subscriber.names_payer)
    return rows


def _make_line_part(
    line: Line, number: int, claim: Claim, billing: Provider, place: str | None, component: str, warnings: list[str]
) -> Row | Fault:
    elements = padded(line.elements or [], 8)
    procedure, *modifiers = _read_codes(elements[1], component)
    place = elements[5].strip() or place
    units = elements[4].strip()
    dates = line.dates or claim.dates
    has_bad_date = line.has_bad_date or (line.dates is None and claim.has_bad_date)
    if procedure is None or place is None or not units or dates is None or has_bad_date:
        return _find_fault_of_line(procedure, place, units, has_bad_date)
    rendering = line.rendering or claim.rendering
    if rendering is None:
        rendering = billing
        warnings = [*warnings, "rendering_provider_from_billing"]
    elif rendering.taxonomy is None and claim.rendering is not None and rendering.npi == claim.rendering.npi:
        rendering = claim.rendering
    return (
        line.number or str(number),
        rendering.npi,
        rendering.taxonomy,
        line.supervising_npi or claim.supervising_npi,
        line.facility_npi or claim.facility_npi,
        place,
        *dates,
        procedure,
        *modifiers,
        units,
        elements[3].strip() or None,
        amount_text(elements[2]),
        elements[7].strip().replace(component, ":") or None,
        line.prior_authorization_number or claim.prior_authorization_number,
        line.control_number,
        line.start,
        line.end,
        ";".join(warnings) if warnings else None,
    )


@lru_cache(maxsize=4_096)
def _read_codes(element: str, component: str) -> tuple[str | None, ...]:
    """Reads the procedure code and its four modifiers from SV101: qualifier, code, modifiers, description and so on."""
    _, _, code_and_modifiers = element.upper().partition(component)
    codes = [part.strip() or None for part in code_and_modifiers.split(component)]
    return (*codes, *_NO_MODIFIERS)[:5]


@lru_cache(maxsize=1_024)
def _read_place(element: str, component: str) -> tuple[str | None, str]:
    """Reads the place of service and the frequency code, which is 1 (original) unless told, from CLM05."""
    parts = [part.strip() for part in element.split(component)]
    return parts[0] or None, (parts[2] if len(parts) > 2 else "") or "1"


def _find_fault_of_parties(parties: Parties) -> Fault | None:
    if parties.billing.npi is None:
        return NO_BILLING_NPI
    subscriber, dependent = parties.subscriber, parties.dependent
    if dependent is not None and dependent.member_id is None and not (dependent.first_name or dependent.birth_date):
        return NO_MEMBER
    if subscriber.subscriber_id is None and (dependent is None or dependent.member_id is None):
        return NO_SUBSCRIBER_ID
    if subscriber.payer_id is None and (subscriber.names_payer or parties.receiver_id is None):
        return NO_PAYER_ID
    return None


def _find_fault_of_claim(claim: Claim) -> Fault | None:
    """Judges what must hold before the lines can be looked at one by one."""
    elements = padded(claim.elements, 6)
    if not elements[1].strip():
        return NO_CONTROL_NUMBER
    if parse_cents(elements[2]) is None:
        return TOTAL_NOT_MONEY if elements[2].strip() else NO_TOTAL
    if not elements[5].strip():
        return NO_CLAIM_TYPE  # even when each line has its place: nothing tells an original from a void
    if not claim.lines:
        return NO_LINES
    for line in claim.lines:
        if line.elements is None:  # an LX without its SV1
            return NO_LINES
        if len(line.elements) < 3 or parse_cents(line.elements[2]) is None:
            return NO_CHARGE if element_text(line.elements, 2) is None else CHARGE_NOT_MONEY
    return None


def _find_fault_of_line(procedure: str | None, place: str | None, units: str, has_bad_date: bool) -> Fault:
    if procedure is None:
        return NO_PROCEDURE
    if place is None:
        return NO_PLACE
    if not units:
        return NO_UNITS
    return BAD_DATE if has_bad_date else NO_DATE


def _identify_member(parties: Parties) -> tuple[str | None, str | None, bool]:
    """Gives the number of the person treated, the relationship to the subscriber, and whether the number is derived."""
    subscriber, dependent = parties.subscriber, parties.dependent
    if dependent is None:
        return subscriber.subscriber_id, subscriber.relationship_code, False
    if dependent.member_id is not None:
        return dependent.member_id, dependent.relationship_code, False
    derived = dependent_member_id(subscriber.subscriber_id or "", dependent.first_name, dependent.birth_date)
    return derived, dependent.relationship_code, True


def _count_warnings(totals: FileTotals, claim: Claim, is_mismatched: bool, lacks_payer: bool) -> None:
    if is_mismatched:
        totals.warn("claim_total_mismatch")
    if lacks_payer:
        totals.warn("payer_from_receiver")
    if claim.diagnoses_unreadable:
        totals.warn("diagnosis_unreadable", claim.diagnoses_unreadable)
    if claim.has_ranges:
        all_dates = [line.dates or claim.dates or ("", None) for line in claim.lines]
        ranges = sum(last is not None and last != first for first, last in all_dates)
        if ranges:
            totals.warn("date_range", ranges)
