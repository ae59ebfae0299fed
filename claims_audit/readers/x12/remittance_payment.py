"""How the payment of an 835 (its header and sums) and its provider adjustments (PLB) become canonical rows."""

from __future__ import annotations

from typing import Final

from claims_audit.readers.values import format_cents, parse_cents, parse_dates
from claims_audit.readers.x12.envelope import Elements, element_text
from claims_audit.readers.x12.faults import Fault
from claims_audit.readers.x12.harvest import Row
from claims_audit.readers.x12.remittance_faults import (
    NO_PLB_AMOUNT,
    NO_PLB_REASON,
    NOT_JUDGED,
    PAYMENT_MISMATCH,
    PLB_NOT_MONEY,
    UNFINISHED_PAYMENT,
)
from claims_audit.readers.x12.remittance_parts import Payment, split_composite

PAYMENT_LAYOUT: Final = (
    "remittance_position",
    "payer_id",
    "payer_name",
    "payee_npi",
    "payee_tax_id",
    "trace_number",
    "payer_trace_id",
    "payment_method_code",
    "payment_date",
    "payment_amount",
    "claim_paid_amount",
    "provider_adjustment_amount",
    "claim_count",
    "balance_faults",
    "byte_start",
    "byte_end",
)
ADJUSTMENT_LAYOUT: Final = (
    "remittance_position",
    "provider_id",
    "fiscal_period_date",
    "adjustment_reason_code",
    "adjustment_reference",
    "adjustment_amount",
    "byte_start",
    "byte_end",
)

# REF01 of loop 1000A in the order in which they are taken: the payer's number at this clearing house, the NAIC company
# code, a submitter's number, and (4010) a health industry number.
_PAYER_QUALIFIERS: Final = ("2U", "NF", "EO", "HI")
_PAYEE_TAX_NUMBER: Final = ("PE", "TJ")
# What is read of the REF of a header, by N101 and REF01.
HEADER_NUMBERS: Final = frozenset(("PR", qualifier) for qualifier in _PAYER_QUALIFIERS) | {_PAYEE_TAX_NUMBER}
_UNREADABLE: Final = "remittance_value_unreadable"


def make_payment_row(payment: Payment) -> Row:
    """Makes the row of a payment, which stands for its header; what cannot be read is empty and counted."""
    bpr, trn, payee = payment.bpr or [], payment.trn or [], payment.payee
    cents = parse_cents(element_text(bpr, 2) or "")
    trace_number, payer_trace_id = element_text(trn, 2), element_text(trn, 3)
    for value in (cents, trace_number):
        if value is None:
            payment.totals.warn(_UNREADABLE)
    payee_qualifier, payee_number = element_text(payee, 3), element_text(payee, 4)
    _judge_payment(payment, cents)
    return (
        str(payment.start),
        _payer_id(payment, payer_trace_id),
        element_text(payment.payer, 2),
        payee_number if payee_qualifier == "XX" else None,
        payee_number if payee_qualifier == "FI" else payment.numbers.get(_PAYEE_TAX_NUMBER),
        trace_number,
        payer_trace_id,
        element_text(bpr, 4),
        _day(element_text(bpr, 16), payment) or _day(payment.production_date, payment),
        None if cents is None else format_cents(cents),
        format_cents(payment.paid_cents),
        format_cents(payment.adjustment_cents),
        str(payment.claim_count),
        ";".join(sorted(payment.faults)) or None,
        payment.start,
        payment.header_end,
    )


def make_adjustment_rows(elements: Elements, start: int, payment: Payment) -> list[Row] | Fault:
    """Makes one row of each pair of a PLB (03 and 04 to 13 and 14), each with its own stretch of the segment.

    The last stretch includes the terminator. Adds the amounts to those of the payment.
    """
    provider_id, fiscal_period_date = element_text(elements, 1), _day(element_text(elements, 2), payment)
    rows: list[Row] = []
    sum_cents = 0
    pair_start = start
    pair_end = start + sum(map(len, elements[:3])) + 3
    for position in range(3, len(elements), 2):
        pair_end += sum(map(len, elements[position : position + 2])) + len(elements[position : position + 2])
        reason, amount = element_text(elements, position), element_text(elements, position + 1)
        if reason is None and amount is None:
            continue
        cents = parse_cents(amount or "")
        if cents is None:
            return NO_PLB_AMOUNT if amount is None else PLB_NOT_MONEY
        parts, is_foreign = split_composite(reason or "", payment.component)
        if is_foreign:
            payment.totals.warn("component_separator_mismatch")
        code, reference = (*parts, None)[:2]
        if code is None:
            return NO_PLB_REASON
        sum_cents += cents
        rows.append(
            (
                str(payment.start),
                provider_id,
                fiscal_period_date,
                code.upper(),
                reference,
                format_cents(cents),
                pair_start,
                pair_end,
            )
        )
        pair_start = pair_end
    if not rows:
        return NO_PLB_REASON
    payment.adjustment_cents += sum_cents
    return rows


def _judge_payment(payment: Payment, cents: int | None) -> None:
    if UNFINISHED_PAYMENT in payment.faults:
        return
    if cents is None or not payment.is_whole:
        payment.faults.add(NOT_JUDGED)
    elif cents != payment.paid_cents - payment.adjustment_cents:
        payment.faults.add(PAYMENT_MISMATCH)
        payment.totals.warn(PAYMENT_MISMATCH)


def _payer_id(payment: Payment, payer_trace_id: str | None) -> str | None:
    numbers = [element_text(payment.payer, 4), *(payment.numbers.get(("PR", name)) for name in _PAYER_QUALIFIERS)]
    number = next((number for number in numbers if number is not None), None)
    if number is None and payer_trace_id is not None:
        payment.totals.warn("payer_from_trace")
    return number or payer_trace_id


def _day(text: str | None, payment: Payment) -> str | None:
    """A date of the header in ISO form; one that is there but cannot be read is counted."""
    dates = parse_dates(text) if text is not None else None
    if text is not None and dates is None:
        payment.totals.warn(_UNREADABLE)
    return dates[0] if dates is not None else None
