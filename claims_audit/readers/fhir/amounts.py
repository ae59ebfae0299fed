"""Charges, allowed and paid amounts of FHIR claims, in cents. Reconciliation and rows read them here."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from claims_audit.readers.fhir.codes import ALLOWED, PAID, PAID_PARTS, SUBMITTED, SUBMITTED_TOTAL
from claims_audit.readers.fhir.faults import (
    BAD_AMOUNT,
    BAD_CHARGE,
    BAD_UNITS,
    NO_CHARGE,
    NOT_DOLLARS,
    ClaimFaultError,
    Fault,
)
from claims_audit.readers.fhir.parsing import Json, child, codes, extension, objects, text
from claims_audit.readers.values import format_cents, parse_cents

# JSON numbers with an exponent; the bounds keep Decimal quick on numbers made to be slow.
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
_LARGEST: Final = Decimal(10) ** 13
_MINUTES: Final = frozenset({"min", "minute", "minutes", "mj"})


def line_charges(resource: Json) -> list[int | Fault]:
    """The charge in cents, or what is wrong with it, of every line: as many as `item` has entries, at least one.

    A claim without lines, or without a readable charge on any of them, has its total as the charge of the first.
    """
    value = resource.get("item")
    items = value if isinstance(value, list) and value else [value]
    charges = [_charge_or_fault(item) for item in items]
    if not any(isinstance(charge, int) for charge in charges):
        charges[0] = _total(resource) or charges[0]
    return charges


def allowed_and_paid(item: Json) -> tuple[str | None, str | None]:
    """Allowed and paid amount of a line as plain decimals; None where the payer has not told one."""
    told = _adjudications(item)
    paid = _first_cents(told, PAID)
    if paid is None:
        parts = [cents for names in PAID_PARTS if (cents := _first_cents(told, names)) is not None]
        paid = sum(parts) if parts else None
    allowed = _first_cents(told, ALLOWED)
    return None if allowed is None else format_cents(allowed), None if paid is None else format_cents(paid)


def units_of(item: Json) -> tuple[str, bool, str]:
    """Units of a line as a plain decimal, whether they are told at all (else 1), and the unit basis (UN or MJ)."""
    quantity = child(item, "quantity")
    value = text(quantity, "value")
    if value is None:
        return "1", False, "UN"
    number = _parse_number(value)
    if number is None:
        raise ClaimFaultError(BAD_UNITS)
    unit = (text(quantity, "code") or text(quantity, "unit") or "").lower()
    plain = f"{number:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain, True, "MJ" if unit in _MINUTES else "UN"


def _charge_or_fault(item: object) -> int | Fault:
    if not isinstance(item, dict):
        return NO_CHARGE
    try:
        return _read_charge(item)
    except ClaimFaultError as error:
        return error.fault


def _read_charge(item: Json) -> int:
    net = child(item, "net")
    if text(net, "value") is not None:
        return _cents(net, BAD_CHARGE)
    told = _adjudications(item)
    for name in SUBMITTED:
        if name in told:
            return _cents(told[name], BAD_CHARGE)
    for name in SUBMITTED:
        money = child(extension(item, name), "valueMoney")
        if text(money, "value") is not None:
            return _cents(money, BAD_CHARGE)
    price = child(item, "unitPrice")
    if text(price, "value") is None:
        raise ClaimFaultError(NO_CHARGE)
    return _multiply(price, item)


def _multiply(price: Json, item: Json) -> int:
    """Price times quantity times factor, to the cent; a price may have more than two decimals."""
    _require_dollars(price)
    factors = [text(price, "value") or "", text(child(item, "quantity"), "value") or "1", text(item, "factor") or "1"]
    product = Decimal(1)
    for factor in factors:
        number = _parse_number(factor)
        if number is None:
            raise ClaimFaultError(BAD_CHARGE)
        product *= number
    if abs(product) >= _LARGEST:
        raise ClaimFaultError(BAD_CHARGE)
    return int((product * 100).to_integral_value(ROUND_HALF_UP))


def _adjudications(item: Json) -> dict[str, Json]:
    """Amounts of a line by category; the first of a category counts."""
    told: dict[str, Json] = {}
    for adjudication in objects(item, "adjudication"):
        amount = child(adjudication, "amount")
        if "value" in amount:
            for code in codes(adjudication, "category"):
                told.setdefault(code, amount)
    return told


def _first_cents(told: dict[str, Json], names: tuple[str, ...]) -> int | None:
    return next((_cents(told[name], BAD_AMOUNT) for name in names if name in told), None)


def _total(resource: Json) -> int | None:
    """The total of a claim; None if there is none that can be read."""
    try:
        for name in ("total", "totalCost"):
            for total in objects(resource, name):
                if text(total, "value") is not None:  # Claim, and ExplanationOfBenefit in STU3
                    return _cents(total, BAD_CHARGE)
                if any(code in SUBMITTED_TOTAL for code in codes(total, "category")):
                    return _cents(child(total, "amount"), BAD_CHARGE)
        for name in SUBMITTED_TOTAL:
            money = child(extension(resource, name), "valueMoney")
            if money:
                return _cents(money, BAD_CHARGE)
    except ClaimFaultError:
        return None
    return None


def _cents(money: Json, fault: Fault) -> int:
    _require_dollars(money)
    value = text(money, "value") or ""
    cents = parse_cents(value)
    if cents is not None:
        return cents
    number = _parse_number(value)
    if number is None:
        raise ClaimFaultError(fault)
    # Sums of binary floats end in 0.00000000001; a true fraction of a cent is no amount.
    rounded = (number * 100).to_integral_value(ROUND_HALF_UP)
    if abs(number * 100 - rounded) > Decimal("0.0001"):
        raise ClaimFaultError(fault)
    return int(rounded)


def _require_dollars(money: Json) -> None:
    currency = text(money, "currency")  # R4; STU3 has a Quantity with a code
    if currency is None and "4217" in (text(money, "system") or ""):
        currency = text(money, "code")
    if currency is not None and currency.upper() != "USD":
        raise ClaimFaultError(NOT_DOLLARS)


def _parse_number(value: str) -> Decimal | None:
    if _NUMBER.fullmatch(value) is None:
        return None
    number = Decimal(value)
    return number if abs(number) < _LARGEST else None
