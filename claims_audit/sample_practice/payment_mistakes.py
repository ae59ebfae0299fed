"""The planted mistakes of the family `payment`: what payers denied, or paid at another rate than the contract's."""

from __future__ import annotations

from typing import Final

from claims_audit.sample_practice.clinic_day import ClinicDay, Held
from claims_audit.sample_practice.encounters import Denial
from claims_audit.sample_practice.people import pick
from claims_audit.sample_practice.practice import (
    BLUE_HARBOR,
    FEES,
    INDIVIDUAL_CODES,
    MEDICARE,
    PAYERS,
    SUMMIT,
    Payer,
)

# Diagnosis missing, no authorization, records wanted, part of another service.
DENIALS: Final = (
    Denial("CO", "16", "MA63"),
    Denial("CO", "197"),
    Denial("CO", "252", "N706"),
    Denial("CO", "97", "M15"),
)
# Medicaid may come second, and then owes only what the first payer left.
PAYERS_BY_CONTRACT: Final = (BLUE_HARBOR, SUMMIT, MEDICARE)
SHORT_PAID_CENTS: Final = 800


def plant_denied_but_correctable(day: ClinicDay, turn: int) -> None:
    """A denial that can be put right. Only a remittance tells why, so this needs an 837P."""
    held = _hold_for(day, PAYERS[(turn + turn // 4) % 4], turn)
    denial = DENIALS[turn % 4]
    held.claims[0].lines[0].deny(denial)
    day.deliver(*held.claims)
    remark = f" with {denial.remark_code}" if denial.remark_code else ""
    day.label("denied_but_correctable", held.claims[:1], f"Denied as {denial.group_code} {denial.reason_code}{remark}.")


def plant_underpaid(day: ClinicDay, turn: int) -> None:
    """The payer allowed less than its contract says."""
    held = _hold_for(day, PAYERS_BY_CONTRACT[turn % 3], turn)
    line = held.claims[0].lines[0]
    line.allowed_cents -= SHORT_PAID_CENTS
    line.pay(held.claims[0].person)
    day.deliver(*held.claims)
    day.label("underpaid", held.claims[:1], f"${SHORT_PAID_CENTS // 100} less was allowed than by the contract.")


def plant_group_paid_at_other_rate(day: ClinicDay, turn: int) -> None:
    """A group that was paid like an individual session."""
    held = day.hold("90853", [*day.draw_clients(1, PAYERS[turn % 4]), *day.draw_clients(day.between(3, 7))])
    line = held.claims[0].lines[0]
    line.charge_cents = FEES["90834"].charge_cents
    line.allowed_cents = FEES["90834"].allowed_cents
    line.pay(held.claims[0].person)
    day.deliver(*held.claims)
    day.label("group_paid_at_other_rate", held.claims[:1], "90853 was paid at the rate of 90834.")


def _hold_for(day: ClinicDay, payer: Payer, turn: int) -> Held:
    if turn % 2:
        return day.hold(pick(day.rng, INDIVIDUAL_CODES), day.draw_clients(1, payer))
    return day.hold("90853", [*day.draw_clients(1, payer), *day.draw_clients(day.between(3, 7))])
