"""Why a claim payment (CLP) or provider adjustment (PLB) of an 835 is set aside, and what does not balance.

The sentences name loop, segment and element, and never a value.
"""

from __future__ import annotations

from functools import partial
from typing import Final

from claims_audit.readers.x12 import faults as x12_faults
from claims_audit.readers.x12.faults import MAX_LINES_PER_CLAIM, Fault

MAX_ADJUSTMENTS_PER_CLAIM: Final = 10_000  # the guide allows 6 x 99 for a service; past this bound the claim is counted

# Balances (front matter of the guide, section 1.10.2.1), as warnings of the file and in remittance.balance_faults.
SERVICE_MISMATCH: Final = "service_payment_mismatch"
CLAIM_MISMATCH: Final = "claim_payment_mismatch"
PAYMENT_MISMATCH: Final = "payment_total_mismatch"
# What keeps the balance of the payment from being judged.
UNFINISHED_PAYMENT: Final = "unfinished"
NOT_JUDGED: Final = "not_judged"

_missing = partial(x12_faults.missing, unit="remittance")
_unreadable = partial(x12_faults.unreadable, unit="remittance")


def _no_money(element: str, label: str, column_name: str) -> Fault:
    return _unreadable("not_money", element, label, "an amount", column_name)


NO_CONTROL_NUMBER: Final = _missing("Loop 2100 CLP01", "patient control number", "patient_control_number")
NO_STATUS: Final = _missing("Loop 2100 CLP02", "claim status code", "claim_status_code")
NO_CLAIM_CHARGE: Final = _missing("Loop 2100 CLP03", "total charge", "claim_charge_amount")
NO_CLAIM_PAID: Final = _missing("Loop 2100 CLP04", "amount paid", "claim_paid_amount")
NO_CHARGE: Final = _missing("Loop 2110 SVC02", "line charge", "charge_amount")
NO_PAID: Final = _missing("Loop 2110 SVC03", "amount paid for the line", "paid_amount")
NO_REASON: Final = _missing("Loops 2100 and 2110 CAS02", "adjustment reason code", "adjustments")
NO_ADJUSTMENT: Final = _missing("Loops 2100 and 2110 CAS03", "adjustment amount", "adjustments")
CLAIM_CHARGE_NOT_MONEY: Final = _no_money("Loop 2100 CLP03", "total charge", "claim_charge_amount")
CLAIM_PAID_NOT_MONEY: Final = _no_money("Loop 2100 CLP04", "amount paid", "claim_paid_amount")
PATIENT_NOT_MONEY: Final = _no_money("Loop 2100 CLP05", "patient responsibility", "claim_patient_amount")
CHARGE_NOT_MONEY: Final = _no_money("Loop 2110 SVC02", "line charge", "charge_amount")
PAID_NOT_MONEY: Final = _no_money("Loop 2110 SVC03", "amount paid for the line", "paid_amount")
ALLOWED_NOT_MONEY: Final = _no_money("Loop 2110 AMT*B6 AMT02", "allowed amount", "allowed_amount")
ADJUSTMENT_NOT_MONEY: Final = _no_money("Loops 2100 and 2110 CAS03", "adjustment amount", "adjustments")
QUANTITY_NOT_A_NUMBER: Final = _unreadable(
    "not_a_number", "Loops 2100 and 2110 CAS04", "adjustment quantity", "a number", "adjustments"
)
ADJUSTMENT_NOT_A_CODE: Final = _unreadable(
    "not_a_code", "Loops 2100 and 2110 CAS01", "group or CAS02 reason of an adjustment", "a code", "adjustments"
)
REMARK_NOT_A_CODE: Final = _unreadable(
    "not_a_code", "Loop 2110 LQ02", "remark code, also in MOA and MIA of loop 2100", "a code", "remark_codes"
)
BAD_DATE: Final = _unreadable(
    "not_a_date", "Loop 2110 DTM*472 or 150 and 151, loop 2100 DTM*232", "date of service", "a date", "date_of_service"
)
TOO_MANY_LINES: Final = Fault(
    "too_many_lines",
    f"Loop 2110 repeats more than {MAX_LINES_PER_CLAIM} times in one claim payment; ask the sender to split it.",
    "SVC",
)
TOO_MANY_ADJUSTMENTS: Final = Fault(
    "too_many_adjustments",
    f"One claim payment holds more than {MAX_ADJUSTMENTS_PER_CLAIM} adjustments and remarks (CAS, LQ); ask the sender "
    "for the remittance again.",
    "CAS",
)
FOREIGN_LINE: Final = Fault(
    "foreign_service_line",
    "A claim payment holds a service line of a claim (SV1, SV2, SV3); ask the sender to send it in its own "
    "transaction.",
    "SVC",
)
OUT_OF_PLACE: Final = Fault(
    "segment_out_of_place",
    "A segment stands in the remittance where none of its kind may, so that it is uncertain to which claim or payment "
    "the segments around it belong; ask the sender to send the remittance again.",
)
LINE_OUTSIDE_CLAIM: Final = Fault(
    "line_outside_claim",
    "A service payment (SVC) stands outside any claim payment (CLP); ask the sender to send the remittance again.",
    "SVC",
)
NO_PLB_REASON: Final = _missing("PLB03-1", "adjustment reason code", "adjustment_reason_code")
NO_PLB_AMOUNT: Final = _missing("PLB04", "adjustment amount", "adjustment_amount")
PLB_NOT_MONEY: Final = _no_money("PLB04", "adjustment amount", "adjustment_amount")
