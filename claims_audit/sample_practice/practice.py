"""The made-up practice: its payers, clinicians, fees and working days. The people it treats are in people.py."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final

PRACTICE_NAME: Final = "HARBOR LIGHT COUNSELING"
PRACTICE_TAXONOMY: Final = "261QM0801X"
YEAR: Final = 2024
DEFAULT_SEED: Final = 20240701
MONTHS: Final = range(1, 10)
OPENING_HOURS: Final = (8, 9, 10, 11, 13, 14, 15, 16, 17)
CLINICIANS_PER_SITE: Final = 8
OFFICE: Final = "11"
TELEHEALTH_HOME: Final = "10"
HOSPITAL_OUTPATIENT: Final = "22"
PARTIAL_HOSPITAL: Final = "52"
LAST_AUDITED_DAY: Final = dt.date(2024, 12, 2)  # well after the last delivery

HOLIDAYS: Final = frozenset(
    {
        dt.date(2024, 1, 1),
        dt.date(2024, 1, 15),
        dt.date(2024, 2, 19),
        dt.date(2024, 5, 27),
        dt.date(2024, 6, 19),
        dt.date(2024, 7, 4),
        dt.date(2024, 9, 2),
    }
)


class ClaimFormat(StrEnum):
    """In which form the claims of a month are delivered."""

    PROFESSIONAL = "837"
    CSV = "csv"


# The clearinghouse was changed more than once. The year ends with CSV, which can carry every planted mistake.
FORMAT_OF_MONTH: Final = {
    month: ClaimFormat.CSV if month in (3, 6, 8, 9) else ClaimFormat.PROFESSIONAL for month in MONTHS
}


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays, how it is reached, which share of the allowed amount it pays and when."""

    payer_id: str
    name: str
    member_prefix: str
    filing_code: str
    receiver: str
    paid_percent: int
    pay_day: int  # of the month after the claims were sent
    copay_cents: int = 0
    sequestered_percent: int = 0  # of its share

    def paid_cents(self, allowed_cents: int) -> int:
        """Returns what the plan pays of an allowed amount, as the first to pay; the rest is the patient's."""
        return (allowed_cents * self.paid_percent + 50) // 100 - self.copay_cents


MEDICARE: Final = Payer("MEDICARE", "MEDICARE", "MCR", "MB", "SAMPLEMAC", 80, 18, sequestered_percent=2)
CT_MEDICAID: Final = Payer("CTMCD", "CONNECTICUT MEDICAID", "CTM", "MC", "CTMCD", 100, 14)
BLUE_HARBOR: Final = Payer("BLUEHARBOR", "BLUE HARBOR HEALTH PLAN", "BHB", "CI", "SAMPLEHOUSE", 80, 21)
SUMMIT: Final = Payer("SUMMITHLTH", "SUMMIT HEALTH", "SMT", "CI", "SAMPLEHOUSE", 100, 24, copay_cents=500)
PAYERS: Final = (BLUE_HARBOR, CT_MEDICAID, SUMMIT, MEDICARE)
PAYERS_OF_MULTI_FAMILY_GROUPS: Final = (BLUE_HARBOR, CT_MEDICAID, SUMMIT)  # Medicare does not cover 90849


@dataclass(frozen=True, slots=True)
class Fee:
    """What the practice charges for a code, what payers allow for it, and how long it takes."""

    charge_cents: int
    allowed_cents: int
    minutes: int


# Allowed: national non-facility amounts of July 2024.
FEES: Final = {
    "90832": Fee(11000, 7823, 30),
    "90834": Fee(15000, 10319, 45),
    "90837": Fee(20000, 15212, 55),
    "90846": Fee(15000, 9753, 50),
    "90847": Fee(16000, 10219, 50),
    "90849": Fee(7000, 3761, 60),
    "90853": Fee(6000, 2763, 60),
    "90785": Fee(3000, 1465, 0),
    "90791": Fee(25000, 17210, 60),
    "90839": Fee(22000, 14647, 60),
    "99213": Fee(14000, 9087, 20),
    "99214": Fee(19000, 12816, 30),
    "G0410": Fee(9000, 5125, 50),
}
INDIVIDUAL_CODES: Final = ("90832", "90834", "90837")

PRESCRIBER: Final = "2084P0800X"
COUNSELOR: Final = "101YP2500X"
SOCIAL_WORKER: Final = "1041C0700X"
# Clinicians who are here for one purpose only, and are drawn for nothing else, are counted from this number on.
FIRST_GUEST: Final = 1_000_000
GUESTS_PER_SITE: Final = 1000
TAXONOMIES: Final = ("101YM0800X", "1041C0700X", "106H00000X", "103TC0700X")
FOCUSES: Final = (
    "anxiety skills",
    "grief",
    "mood skills",
    "parenting",
    "trauma recovery",
    "early recovery",
    "social skills",
    "stress and work",
)


@dataclass(frozen=True, slots=True)
class Clinician:
    """A rendering provider."""

    number: int
    npi: str
    taxonomy_code: str
    focus: str


def luhn_digit(digits: str) -> str:
    """Returns the check digit that completes the digits."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit)
        if place % 2 == 0:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return str(-total % 10)


def made_up_npi(number: int) -> str:
    """Returns a valid NPI that begins with 2, a range from which none has been given out."""
    stem = f"2{number:08d}"
    return stem + luhn_digit("80840" + stem)


BILLING_NPI: Final = made_up_npi(10000000)


def allowed_cents(payer: Payer, taxonomy_code: str, code: str) -> int:
    """Returns what a payer agreed to allow for a unit; Medicare pays a clinical social worker three quarters."""
    full = FEES[code].allowed_cents
    return (full * 75 + 50) // 100 if payer is MEDICARE and taxonomy_code == SOCIAL_WORKER else full


@lru_cache(maxsize=4096)
def clinician(number: int, taxonomy_code: str = "") -> Clinician:
    """Returns the clinician of that number, counted from 0 over all sites."""
    return Clinician(
        number=number,
        npi=made_up_npi(20000001 + number * 7),
        taxonomy_code=taxonomy_code or TAXONOMIES[number % len(TAXONOMIES)],
        focus=FOCUSES[number % len(FOCUSES)],
    )


def business_days() -> list[dt.date]:
    """Returns the days on which the practice is open, in order."""
    first, last = dt.date(YEAR, MONTHS[0], 1), dt.date(YEAR, MONTHS[-1] + 1, 1)
    days = (first + dt.timedelta(days=n) for n in range((last - first).days))
    return [day for day in days if day.weekday() < 5 and day not in HOLIDAYS]


def next_business_day(day: dt.date) -> dt.date:
    """Returns the day, or the first one after it on which the practice is open."""
    while day.weekday() >= 5 or day in HOLIDAYS:
        day += dt.timedelta(days=1)
    return day


def delivery_date(month: int) -> dt.date:
    """Returns the day on which a month's claims are sent: the first weekday from the second of the next month."""
    return _weekday_from(dt.date(YEAR, month + 1, 2))


def payment_date(payer: Payer, month: int) -> dt.date:
    """Returns the day on which a payer pays in a month: a weekday, and well after claims were sent."""
    return _weekday_from(dt.date(YEAR, month, payer.pay_day))


def _weekday_from(day: dt.date) -> dt.date:
    while day.weekday() >= 5:
        day += dt.timedelta(days=1)
    return day
