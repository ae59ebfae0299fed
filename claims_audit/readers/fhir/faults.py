"""Why a FHIR resource is set aside: codes and sentences that name the element, and never a value from the file."""

from __future__ import annotations

from typing import Final, NamedTuple

from claims_audit.model import RejectKind

MAX_RESOURCE_BYTES: Final = 16 << 20  # the largest claims seen have a few megabytes
MAX_CONTAINERS: Final = 64  # arrays and Bundles inside each other


class Fault(NamedTuple):
    """Why a resource, or some of its lines, are set aside: a code, a sentence with the remedy, the column to blame."""

    code: str
    reason: str
    column_name: str | None = None
    kind: RejectKind = RejectKind.QUARANTINED


class ClaimFaultError(Exception):
    """Ends the reading of one claim; never leaves the reader."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def _missing(element: str, label: str, column_name: str) -> Fault:
    reason = f"{element} ({label}) is missing; ask the sender to fill it and to send the claim again."
    return Fault("missing_element", reason, column_name)


def _unreadable(code: str, element: str, label: str, what: str, column_name: str) -> Fault:
    reason = f"{element} ({label}) is not {what}; ask the sender to correct it and to send the claim again."
    return Fault(code, reason, column_name)


def wrong_type(element: str) -> Fault:
    """An element of ours (its name is in the code, not in the file) that holds text for a list and the like."""
    reason = (
        f"The element {element} has another JSON type than FHIR gives it; ask the sender to correct it and to send the "
        "claim again."
    )
    return Fault("wrong_type", reason)


def other_claim(what: str) -> Fault:
    """A sound claim of another kind, with its kind in words of ours."""
    reason = f"The claim is {what}; the reader of professional claims leaves it out."
    return Fault("other_claim", reason, kind=RejectKind.OTHER_TRANSACTION)


def other_codes(systems: list[str]) -> Fault:
    """Lines whose services are not coded in CPT or HCPCS, with the names of the code systems in words of ours."""
    reason = f"The codes of these lines are {', '.join(systems)}, not CPT or HCPCS; the audit has no rules for them."
    return Fault("other_code_system", reason, "procedure_code", RejectKind.OTHER_TRANSACTION)


NOT_JSON: Final = Fault(
    "not_json", "This is not JSON, so that no line of it can be told; ask the sender for the resource again."
)
CUT_OFF: Final = Fault(
    "resource_cut_off", "The resource ends before its closing bracket; ask the sender for the whole file."
)
TOO_LONG: Final = Fault(
    "resource_too_long",
    f"The resource has more than {MAX_RESOURCE_BYTES >> 20} megabytes, or its closing bracket is missing; ask the "
    "sender to split the claim.",
)
TOO_DEEP: Final = Fault(
    "nested_too_deep", "The JSON is nested deeper than any FHIR resource; ask the sender for the resource again."
)
NOT_UTF8: Final = Fault("not_utf8", "The resource is not UTF-8; ask the sender to export it again.")
LONE_SURROGATE: Final = Fault(
    "not_text", "The resource holds half a character (an unpaired surrogate); ask the sender to export it again."
)
DUPLICATE_KEY: Final = Fault(
    "duplicate_key",
    "An object of the resource holds the same key twice, so that it is uncertain which counts; ask the sender to "
    "correct it and to send the resource again.",
)
NOT_A_RESOURCE: Final = Fault(
    "not_a_resource", "This is JSON but no FHIR resource (no resourceType); ask the sender what it is."
)

NO_ITEMS: Final = _missing("item", "service lines", "procedure_code")
NO_TYPE: Final = _missing("type", "kind of claim", "procedure_code")
NO_NUMBER: Final = _missing("identifier or id", "number of the claim", "patient_control_number")
NO_MEMBER: Final = _missing("patient.reference or patient.identifier", "person treated", "member_id")
NO_PAYER: Final = _missing("insurer or insurance.coverage", "payer", "payer_id")
NO_NPI: Final = _missing("provider or careTeam.provider", "NPI of any provider", "billing_provider_npi")
NO_PROCEDURE: Final = _missing("item.productOrService (STU3 item.service)", "procedure code", "procedure_code")
NO_PLACE: Final = _missing("item.locationCodeableConcept", "place of service", "place_of_service_code")
NO_DATE: Final = _missing("item.servicedDate, item.servicedPeriod or billablePeriod", "date", "date_of_service")
NO_CHARGE: Final = _missing(
    "item.net, item.adjudication of category submitted, or item.unitPrice", "line charge", "charge_amount"
)
BAD_DATE: Final = _unreadable("not_a_date", "item.serviced or billablePeriod", "date", "a day", "date_of_service")
BAD_CHARGE: Final = _unreadable("not_money", "item.net or its kin", "line charge", "an amount", "charge_amount")
BAD_AMOUNT: Final = _unreadable(
    "not_money", "item.adjudication.amount", "allowed or paid amount", "an amount", "paid_amount"
)
BAD_UNITS: Final = _unreadable("not_units", "item.quantity", "service units", "a number", "service_units")
NOT_DOLLARS: Final = _unreadable(
    "not_us_dollars", "item.net or item.adjudication.amount", "amount", "in US dollars", "charge_amount"
)
UNKNOWN_TYPE: Final = _unreadable("unknown_code", "type", "kind of claim", "a known kind of claim", "procedure_code")
UNKNOWN_USE: Final = _unreadable("unknown_code", "use", "claim or estimate", "a known code", "claim_frequency_code")
UNKNOWN_STATUS: Final = _unreadable("unknown_code", "status", "state", "a known code", "claim_frequency_code")
