"""By when an overpayment is to be reported and returned (42 CFR 401.305), from days that a person has entered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

DAYS_TO_RETURN: Final = timedelta(days=60)
LONGEST_SUSPENSION: Final = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class DueDay:
    """The last day, and in a sentence how it was worked out."""

    due_on: date
    basis: str


def work_out_due_day(days: Mapping[str, date], *, is_federal: bool) -> DueDay | None:
    """The last day to report and return; None as long as nobody has entered what it is counted from.

    `days` are those of event.CLOCKS. The 60 days are those of Medicare and Medicaid; with others the contract decides,
    and a contract's day that was entered stands for every payer.
    """
    if contract := days.get("contract_due"):
        return DueDay(contract, "entered: the contract's last day")
    identified = days.get("identified")
    if not is_federal or identified is None:
        return None
    begun = days.get("investigation_started")
    if begun is None:
        return DueDay(identified + DAYS_TO_RETURN, f"60 days from {identified}, when it was identified")
    # While a timely investigation runs, the 60 days stand still: until it has an amount, and 180 days at most.
    still_from = max(begun, identified)
    still_to = identified + LONGEST_SUSPENSION
    if quantified := days.get("quantified"):
        still_to = min(still_to, quantified)
    if still_to <= still_from or still_from >= identified + DAYS_TO_RETURN:
        return DueDay(identified + DAYS_TO_RETURN, f"60 days from {identified}; no investigation ran in them")
    return DueDay(
        still_to + DAYS_TO_RETURN - (still_from - identified),
        f"60 days from {identified}, which stood still from {still_from} to {still_to} for the investigation",
    )
