"""What an 835 is made of while it is being read: the payment, its claim payments and their services.

remittance_loops.py fills these parts, remittance_rows.py makes rows of them.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from claims_audit.model import FileTotals
from claims_audit.readers.values import format_cents, parse_cents
from claims_audit.readers.x12.envelope import Elements
from claims_audit.readers.x12.faults import Fault
from claims_audit.readers.x12.loops import Counted
from claims_audit.readers.x12.remittance_faults import (
    ADJUSTMENT_NOT_A_CODE,
    ADJUSTMENT_NOT_MONEY,
    MAX_ADJUSTMENTS_PER_CLAIM,
    NO_ADJUSTMENT,
    NO_REASON,
    QUANTITY_NOT_A_NUMBER,
    REMARK_NOT_A_CODE,
    TOO_MANY_ADJUSTMENTS,
)

# Adjustment groups and reasons, remark codes: they are joined by colons and semicolons, so nothing else may be in them.
_CODE: Final = re.compile(r"[A-Za-z0-9]{1,10}")
_NUMBER: Final = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})")


class Adjusted:
    """What loops 2100 and 2110 may both hold: adjustments and remarks; dates by their qualifier, None if unreadable."""

    def __init__(self, start: int, elements: Elements) -> None:
        self.start = start
        self.elements = elements  # of its CLP or SVC
        self.adjustments: list[str] = []  # group:reason:amount:quantity
        self.adjusted_cents = 0
        self.remark_codes: list[str] = []
        self.dates: dict[str, str | None] = {}


class ServicePayment(Adjusted):
    """Loop 2110."""

    end = 0
    control_number: str | None = None
    rendering_provider_npi: str | None = None
    allowed: str | None = None


class ClaimPayment(Adjusted, Counted):
    """Loop 2100 with its services."""

    end = 0
    rendering_provider_npi: str | None = None
    adjustment_count = 0  # of the services too, and remarks
    fault: Fault | None = None

    def __init__(self, start: int, elements: Elements) -> None:
        super().__init__(start, elements)
        self.services: list[ServicePayment] = []
        self.member_ids: dict[str, str | None] = {}  # by NM101
        self.numbers: dict[str, str | None] = {}  # by REF01


class Payment:
    """Header of a transaction and what its claims and adjustments add up to; `totals` takes what is noticed."""

    bpr: Elements | None = None
    trn: Elements | None = None
    production_date: str | None = None  # DTM*405
    claim_count = 0
    paid_cents = 0
    adjustment_cents = 0  # PLB
    is_whole = True  # nothing of it was set aside

    def __init__(self, start: int, header_end: int, component: str, totals: FileTotals) -> None:
        self.start = start
        self.header_end = header_end
        self.component = component  # separator of composites
        self.totals = totals
        self.payer: Elements = []  # N1*PR
        self.payee: Elements = []  # N1*PE
        self.numbers: dict[tuple[str, str], str | None] = {}  # by N101 and REF01
        self.faults: set[str] = set()


def add_adjustments(claim: ClaimPayment, holder: Adjusted, elements: Elements) -> Fault | None:
    """Adds the triplets of a CAS (reason, amount, quantity) to the claim or one of its services."""
    group = elements[1].strip() if len(elements) > 1 else ""
    if not _CODE.fullmatch(group):
        return ADJUSTMENT_NOT_A_CODE
    found = 0
    last = len(elements) - 1
    for position in range(2, last + 1, 3):
        adjustment = _read_adjustment(
            group,
            elements[position],
            elements[position + 1] if position < last else "",
            elements[position + 2] if position + 1 < last else "",
        )
        if adjustment is None:
            continue
        if isinstance(adjustment, Fault):
            return adjustment
        found += 1
        holder.adjustments.append(adjustment[0])
        holder.adjusted_cents += adjustment[1]
    return _count_adjustments(claim, found) if found else NO_REASON


@lru_cache(maxsize=16_384)
def _read_adjustment(group: str, reason: str, amount: str, quantity: str) -> tuple[str, int] | Fault | None:
    """Reads one triplet of a CAS as group:reason:amount:quantity with its cents; None when it is left empty."""
    reason, amount, quantity = reason.strip(), amount.strip(), quantity.strip()
    if not reason and not amount and not quantity:
        return None
    if not reason:
        return NO_REASON
    if not amount:
        return NO_ADJUSTMENT
    cents = parse_cents(amount)
    if cents is None:
        return ADJUSTMENT_NOT_MONEY
    if not _CODE.fullmatch(reason):
        return ADJUSTMENT_NOT_A_CODE
    if quantity and not _NUMBER.fullmatch(quantity):
        return QUANTITY_NOT_A_NUMBER
    return f"{group}:{reason}:{format_cents(cents)}:{quantity}", cents


def add_remarks(claim: ClaimPayment, holder: Adjusted, codes: list[str | None]) -> Fault | None:
    """Adds remark codes; those that are absent are passed over."""
    present = [code for code in codes if code is not None]
    if not all(map(_CODE.fullmatch, present)):
        return REMARK_NOT_A_CODE
    holder.remark_codes += present
    return _count_adjustments(claim, len(present))


def _count_adjustments(claim: ClaimPayment, count: int) -> Fault | None:
    claim.adjustment_count += count
    return TOO_MANY_ADJUSTMENTS if claim.adjustment_count > MAX_ADJUSTMENTS_PER_CLAIM else None


@lru_cache(maxsize=16_384)
def split_composite(text: str, component: str) -> tuple[tuple[str | None, ...], bool]:
    """Splits an element whose first component is a code of two characters, as SVC01 and PLB03 have.

    Some translators write composites with another separator than that of the ISA: what stands after the two characters
    is believed, and the second value tells that it differs.
    """
    text = text.strip()
    mark = text[2:3]
    is_foreign = mark != component and bool(re.fullmatch(r"[A-Za-z0-9]{2}[^A-Za-z0-9\s]", text[:3]))
    parts = text.split(mark if is_foreign else component)
    return tuple(part.strip() or None for part in parts), is_foreign
