"""Codes, dates and numbers as the publishers write them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

CODE: Final = re.compile(r"[0-9A-Z]{5}")
_OPEN: Final = ("", "*")
_FORMS: Final = (
    (re.compile(r"\d{8}"), "%Y%m%d"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "%Y-%m-%d"),
    (re.compile(r"\d{1,2}/\d{1,2}/\d{4}"), "%m/%d/%Y"),
)
_DAY_OF_YEAR: Final = re.compile(r"(\d{4})(\d{3})")
_MIDNIGHT: Final = " 00:00:00"


def parse_day(text: str) -> date | None:
    """A day as 20251001, 2025274 (day of the year), 2025-10-01 or 10/01/2025; None if it is open.

    Raises ValueError if it is none that exists.
    """
    text = text.strip().removesuffix(_MIDNIGHT)
    if text in _OPEN:
        return None
    if match := _DAY_OF_YEAR.fullmatch(text):
        day = date(int(match[1]), 1, 1) + timedelta(days=int(match[2]) - 1)
        if day.year != int(match[1]):
            raise ValueError
        return day
    for pattern, form in _FORMS:
        if pattern.fullmatch(text):
            return datetime.strptime(text, form).date()
    raise ValueError


def parse_number(text: str) -> Decimal:
    """A number that is not below zero. Raises ValueError if it is none."""
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation:
        raise ValueError from None
    if not number.is_finite() or number < 0:
        raise ValueError
    return number
