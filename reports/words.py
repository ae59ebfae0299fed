"""Codes in the words of the person who reads the report, and figures as text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

# Typographic signs, named so that nobody mistakes them for a hyphen.
DASH: Final = "\N{EN DASH}"
MINUS: Final = "\N{MINUS SIGN}"

SEVERITIES: Final = ("critical", "high", "medium", "low", "info")

DIRECTIONS: Final = {
    "overpayment": "Potential overpayment",
    "underpayment": "Potential underpayment",
    "documentation": "Documentation",
    "lead": "Lead",
}

CERTAINTIES: Final = {
    "C1": "On the claim",
    "C2": "Roster",
    "C3": "Forced by inference",
    "C4": "Plausible",
    "C5": "Statistical",
}

CERTAINTY_SENTENCES: Final = {
    "C1": "The claim itself shows it; no assumption is needed.",
    "C2": "The attendance roster of the session shows it.",
    "C3": "The session is inferred, and no reading of the claims that fits them avoids the problem.",
    "C4": "The session is inferred, and another reading is possible: a lead to look into, not part of any total.",
    "C5": "A statistical pattern: a reason to look, not evidence about any one line, and not part of any total.",
}

VERDICTS: Final = {
    "violates_payer": "Breaks the payer's rule",
    "violates_seed_only": "Breaks the default rule only",
    "no_policy": "No payer policy on file",
}

VERDICT_SENTENCES: Final = {
    "violates_payer": "It breaks the rule of this payer that was in force on the date of service.",
    "violates_seed_only": "It breaks the default rule only; the payer's own rule is met. Treat it as advice.",
    "no_policy": "No policy of this payer is on file; the default rule was used. Confirm with the payer's manual.",
}

STATES: Final = {"new": "New", "open": "Still open", "changed": "Changed", "not_seen": "No longer seen"}

REVIEW_STATES: Final = {
    "unreviewed": "Not reviewed",
    "changed_since": "Changed since reviewed",
    "confirmed": "Confirmed",
    "dismissed": "Dismissed",
    "needs_records": "Needs records",
    "corrected": "Corrected",
    "refunded": "Refunded",
    "referred": "Referred",
}

STATUSES: Final = {
    "errored": "Errored",
    "found": "Found",
    "not_checked": "Not checked",
    "clear": "Clear",
    "not_applicable": "Not applicable",
    "no_result": "No result",
}

SIZE_BASES: Final = {
    "roster": "Roster",
    "session_id": "Session id",
    "clock": "Clock times",
    "date": "Date only",
}

FORMATS: Final = {
    "837p": "837P",
    "claim_csv": "Claims, CSV",
    "claim_parquet": "Claims, Parquet",
    "attendance_csv": "Attendance, CSV",
    "attendance_parquet": "Attendance, Parquet",
}

DATA_VIEWS: Final = {
    "provider": "all claims of the practice",
    "provider_partial": "claims of the practice, some payers or self-pay missing",
    "payer": "claims of one payer",
}


# The reasons of a verdict for readers who are shown no file, number or message.
REASONS: Final = {
    "not_published": "Nothing was published; the internal report says why.",
    "run_status": "The run did not end as it should.",
    "gate_critical": "The gate did not pass.",
    "imbalance": "Lines or dollars do not add up.",
    "errored": "A check ended in an error, so its question is open.",
    "quarantined": "Lines could not be read or broke a rule of the format, and were set aside.",
    "gate_warning": "The gate noticed something about the delivery.",
    "file_alert": "A file needs a look.",
    "notice": "The run gave a warning.",
}

WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def count_of(count: int, noun: str) -> str:
    """A count with its noun, in the plural where there is not exactly one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def as_money(amount: Decimal | None) -> str:
    """Dollars with thousands separators and cents; a dash where the amount is not known."""
    if amount is None:
        return DASH
    sign = MINUS if amount < 0 else ""
    return f"{sign}${abs(amount):,.2f}"


def as_money_of_cents(cents: int) -> str:
    """Dollars of a count of cents."""
    return as_money(Decimal(cents) / 100)


def as_count(number: int) -> str:
    """A whole number with thousands separators."""
    return f"{number:,}"


def as_percent(share: float | None) -> str:
    """A share with one decimal; a dash where there is none."""
    return DASH if share is None else f"{share * 100:.1f}%"


def as_units(units: Decimal) -> str:
    """Units without the zeros that the column's scale adds."""
    return f"{units.normalize():f}"


def as_long_date(day: date | None) -> str:
    """A date in words, as a letter would carry it."""
    return DASH if day is None else f"{day:%B} {day.day}, {day.year}"


def as_label(code: str) -> str:
    """A snake-case name as words."""
    return code.replace("_", " ").strip().capitalize()
