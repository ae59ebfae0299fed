"""Reads money and dates as the inputs write them; the same functions serve every reader and its reconciliation."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

# Data element type R without an exponent; more than two decimals are no amount of dollars.
_MONEY = re.compile(r"(-?)([0-9]{0,13})(?:\.([0-9]{0,2}))?")
_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


@lru_cache(maxsize=16_384)
def parse_cents(text: str) -> int | None:
    """Reads an amount of dollars as cents; None when it is none."""
    match = _MONEY.fullmatch(text.strip())
    if match is None:
        return None
    sign, dollars, cents = match.groups()
    if not dollars and not cents:
        return None
    amount = int(dollars or "0") * 100 + int(((cents or "") + "00")[:2])
    return -amount if sign else amount


@lru_cache(maxsize=16_384)
def format_cents(cents: int) -> str:
    """Writes cents as a plain decimal: 5010 as '50.10'."""
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


@lru_cache(maxsize=4_096)
def parse_dates(text: str) -> tuple[str, str | None] | None:
    """Reads D8 (CCYYMMDD) or RD8 (CCYYMMDD-CCYYMMDD) as the first and last day in ISO form; None when it is neither.

    Goes by the shape of the text, since senders label a range D8 and a day RD8.
    """
    first, dash, last = text.strip().partition("-")
    first_day, last_day = _parse_day(first), _parse_day(last)
    if first_day is None or (dash and last_day is None):
        return None
    return first_day, last_day


def _parse_day(text: str) -> str | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(*map(int, match.groups())).isoformat()
    except ValueError:
        return None


@lru_cache(maxsize=65_536)
def has_check_digit(npi: str) -> bool:
    """Whether the last of ten digits is right for an NPI: Luhn over it with the prefix 80840 (45 CFR 162.406)."""
    # Fifteen digits: every second one, from the left, is doubled, and the check digit at the end is not.
    digits = [int(digit) for digit in "80840" + npi]
    doubled = [digit * 2 if at % 2 else digit for at, digit in enumerate(digits)]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0
