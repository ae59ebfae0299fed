"""Why a claim of an 837P is set aside: codes and sentences that name loop, segment and element, and never a value."""

from __future__ import annotations

from typing import Final

from claims_audit.readers.x12.faults import MAX_LINES_PER_CLAIM, Fault, missing, unreadable

NO_CONTROL_NUMBER: Final = missing("Loop 2300 CLM01", "patient control number", "patient_control_number")
NO_TOTAL: Final = missing("Loop 2300 CLM02", "total charge", "charge_amount")
NO_CLAIM_TYPE: Final = missing("Loop 2300 CLM05", "place of service and frequency code", "place_of_service_code")
NO_PLACE: Final = missing("Loop 2300 CLM05-1", "place of service", "place_of_service_code")
NO_BILLING_NPI: Final = Fault(
    "missing_element",
    "Loop 2010AA NM1*85 NM109 (billing provider) carries no NPI (qualifier XX); ask the sender to fill it and to send "
    "the claim again.",
    "NM1",
    "billing_provider_npi",
)
NO_SUBSCRIBER_ID: Final = Fault(
    "missing_element",
    "Loop 2010BA NM1*IL NM109 (subscriber's number) is missing; ask the sender to fill it and to send the claim again.",
    "NM1",
    "subscriber_id",
)
NO_MEMBER: Final = Fault(
    "missing_element",
    "Loop 2010CA NM1*QC has no number, first name or birth date by which to tell the dependent; ask the sender to fill "
    "them and to send the claim again.",
    "NM1",
    "member_id",
)
NO_PAYER_ID: Final = Fault(
    "missing_element",
    "Loop 2010BB NM1*PR NM109 (payer's number) is missing; ask the sender to fill it and to send the claim again.",
    "NM1",
    "payer_id",
)
NO_LINES: Final = missing("Loop 2400 SV1", "service line", "procedure_code")
NO_PROCEDURE: Final = missing("Loop 2400 SV101-2", "procedure code", "procedure_code")
NO_CHARGE: Final = missing("Loop 2400 SV102", "line charge", "charge_amount")
NO_UNITS: Final = missing("Loop 2400 SV104", "service units", "service_units")
NO_DATE: Final = missing("Loop 2400 DTP*472", "date of service", "date_of_service")
TOTAL_NOT_MONEY: Final = unreadable("not_money", "Loop 2300 CLM02", "total charge", "an amount", "charge_amount")
CHARGE_NOT_MONEY: Final = unreadable("not_money", "Loop 2400 SV102", "line charge", "an amount", "charge_amount")
BAD_DATE: Final = unreadable("not_a_date", "Loop 2400 DTP*472", "date of service", "a date", "date_of_service")
TOO_MANY_LINES: Final = Fault(
    "too_many_lines",
    f"Loop 2400 repeats more than {MAX_LINES_PER_CLAIM} times in one claim; ask the sender to split the claim.",
    "SV1",
)
FOREIGN_LINE: Final = Fault(
    "foreign_service_line",
    "Loop 2400 holds a service line of another kind of claim (SV2, SV3, SVC); ask the sender to send it in its own "
    "transaction.",
    "SV1",
)
OUT_OF_PLACE: Final = Fault(
    "segment_out_of_place",
    "A segment that opens a level stands inside a claim, or one stands there that the 837P does not have, so that it "
    "is uncertain to whom the claims up to the next subscriber belong; ask the sender to send them again.",
)
LINE_OUTSIDE_CLAIM: Final = Fault(
    "line_outside_claim",
    "A service line stands before any claim (CLM) of its level; ask the sender to send the claim again.",
    "SV1",
)
