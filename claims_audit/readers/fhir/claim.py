"""What a FHIR claim says before its lines: whether it is a professional claim at all, which version, when, for what."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from claims_audit.model import DIAGNOSIS_COLUMNS, RejectKind
from claims_audit.readers.fhir.codes import (
    CLAIM_USES,
    DIAGNOSIS_SHAPE,
    NCH_KINDS,
    OTHER_KINDS,
    OTHER_USES,
    PROFESSIONAL,
    RECEIVED,
    REPLACING,
    is_diagnosis_system,
    profile_kind,
)
from claims_audit.readers.fhir.faults import (
    BAD_DATE,
    NO_TYPE,
    UNKNOWN_STATUS,
    UNKNOWN_TYPE,
    UNKNOWN_USE,
    ClaimFaultError,
    Fault,
    other_claim,
)
from claims_audit.readers.fhir.parsing import Json, child, codes, codings, extension, objects, tail, text, texts
from claims_audit.readers.fhir.parties import numbers_of
from claims_audit.readers.fhir.references import Directory, identifiers, reference_id

MAX_DIAGNOSES: Final = len(DIAGNOSIS_COLUMNS)


class Version(NamedTuple):
    """The frequency code of a claim and the payer's number: its own, or of the claim that it replaces."""

    frequency_code: str
    payer_claim_control_number: str | None


class Diagnoses(NamedTuple):
    """Codes in order, the place of each sequence number among them (from 1), and how many could not be read."""

    codes: list[str]
    places: dict[str, str]
    unreadable: int


def fault_of_kind(resource: Json) -> Fault | None:
    """Why a claim is none that the audit is for: another kind, a draft, an estimate."""
    use, status = text(resource, "use"), text(resource, "status")
    if status == "draft":
        return other_claim("a draft")
    if use in OTHER_USES:
        return other_claim(OTHER_USES[use])
    fault = _fault_of_type(resource)
    if fault is not None and fault.kind is RejectKind.OTHER_TRANSACTION:
        return fault
    if use is not None and use not in CLAIM_USES:
        return UNKNOWN_USE
    if status not in (None, "active", "cancelled", "entered-in-error"):
        return UNKNOWN_STATUS
    return fault


def version_of(resource: Json, payers_number: str | None, claims: Directory) -> Version:
    """Original, replacement (7) or void (8); a void names itself, since the version before has the same number."""
    if text(resource, "status") in ("cancelled", "entered-in-error"):
        return Version("8", payers_number)
    for related in objects(resource, "related"):
        if not REPLACING.isdisjoint(codes(related, "relationship")):
            return Version("7", _replaced_number(related, claims) or payers_number)
    return Version(_blue_button_frequency(resource), payers_number)


def received_date_of(resource: Json) -> tuple[str | None, bool]:
    """Day on which the payer received the claim, else on which it was made; and whether a date could not be read."""
    for name in ("supportingInfo", "information"):
        for info in objects(resource, name):
            if not RECEIVED.isdisjoint(codes(info, "category")) and (day := _as_day(text(info, "timingDate"))):
                return day, False
    created = text(resource, "created")
    day = _as_day(created)
    return day, created is not None and day is None


def dates_of(parent: Json, day_name: str, period_name: str) -> tuple[str, str | None] | None:
    """First and last day of a date or a period, as printed; None if neither is there."""
    told = text(parent, day_name) if day_name else None
    period = {} if told is not None else child(parent, period_name)
    first, last = told or text(period, "start"), text(period, "end")
    if first is None and last is None:
        return None
    first_day, last_day = _as_day(first or last), _as_day(last)
    if first_day is None or (last is not None and last_day is None):
        raise ClaimFaultError(BAD_DATE)
    return first_day, last_day


def diagnoses_of(resource: Json) -> Diagnoses:
    """ICD codes of a claim by sequence; those behind a reference or of another code system count as unreadable."""
    found = objects(resource, "diagnosis")
    ordered = sorted(enumerate(found), key=lambda pair: (_as_number(text(pair[1], "sequence")), pair[0]))
    told = Diagnoses([], {}, 0)
    unreadable = 0
    for _, diagnosis in ordered:
        code = _icd_code(diagnosis)
        if code is None or len(told.codes) == MAX_DIAGNOSES:
            unreadable += 1
            continue
        told.codes.append(code)
        sequence = text(diagnosis, "sequence")
        if sequence is not None:
            told.places.setdefault(sequence, str(len(told.codes)))
    return told._replace(unreadable=unreadable)


def _fault_of_type(resource: Json) -> Fault | None:
    """Any code that names another kind decides: Blue Button calls equipment professional in its second code."""
    is_told = is_professional = False
    kinds = [profile_kind(profile) for profile in texts(child(resource, "meta"), "profile")]
    for system, code in codings(resource, "type"):
        is_told = True
        is_nch = system.endswith("nch_clm_type_cd")
        kinds.append(NCH_KINDS.get(code, "") if is_nch else code.lower())
        is_professional |= is_nch and code in ("71", "72")
    for concept in objects(resource, "type"):
        kinds.append((text(concept, "text") or "").lower())
    for kind in kinds:
        if kind in OTHER_KINDS or (kind in NCH_KINDS.values() and kind):
            return other_claim(OTHER_KINDS.get(kind, kind))
        is_professional |= kind in PROFESSIONAL
    if is_professional:
        return None
    return UNKNOWN_TYPE if is_told else NO_TYPE


def _replaced_number(related: Json, claims: Directory) -> str | None:
    """The number of the claim that is replaced: an identifier, else that of the claim in the file, else its id."""
    claim = child(related, "claim")
    for identifier in [*identifiers(claim), *objects(related, "reference")]:
        value = text(identifier, "value")
        if value is not None:
            return value
    address = text(claim, "reference")
    if address is None:
        return None
    numbers = numbers_of(claims.find(address))
    return numbers.payers or numbers.own or reference_id(claim)


def _blue_button_frequency(resource: Json) -> str:
    """The carrier's word on what became of a claim: cancelled (clm_disp_cd 3), credit (3) or replacement debit (5)."""
    entry = text(child(extension(resource, "carr_clm_entry_cd"), "valueCoding"), "code")
    frequency = text(child(extension(resource, "clm_freq_cd"), "valueCoding"), "code")
    for info in objects(resource, "supportingInfo"):
        for system, code in codings(info, "code"):
            if tail(system) == "clm_freq_cd":
                frequency = code
    if entry is not None and text(resource, "disposition") in ("3", "03"):
        return "8"
    return {"3": "8", "5": "7"}.get(entry or "") or (frequency if frequency in ("7", "8") else "1")


def _icd_code(diagnosis: Json) -> str | None:
    told = list(codings(diagnosis, "diagnosisCodeableConcept"))
    for system, code in told:
        if is_diagnosis_system(system):
            return code
    return next((code for system, code in told if not system and DIAGNOSIS_SHAPE.fullmatch(code)), None)


def _as_day(told: str | None) -> str | None:
    """The day of a date or dateTime, as the sender's clock had it; None if it is none, or less than a day."""
    if told is None or (len(told) > 10 and told[10] != "T") or len(told) < 10:
        return None
    try:
        return date.fromisoformat(told[:10]).isoformat()
    except ValueError:
        return None


def _as_number(told: str | None) -> int:
    return int(told) if told is not None and told.isascii() and told.isdigit() and len(told) < 10 else 1 << 30
