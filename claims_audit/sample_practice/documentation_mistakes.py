"""The planted mistakes of the family `documentation`: plans and signatures that are missing."""

from __future__ import annotations

from typing import Final

from claims_audit.sample_practice.clinic_day import ClinicDay
from claims_audit.sample_practice.encounters import Record
from claims_audit.sample_practice.ordinary import hold_group_of_payer
from claims_audit.sample_practice.practice import SUMMIT

FAULTS: Final = (
    (Record(has_plan=False), "No treatment plan covers the day."),
    (Record(days_to_signature=None), "The note was never signed."),
    (Record(plan_elements="type;amount;frequency"), "The plan names neither duration nor goals."),
    (Record(days_to_signature=30), "The note was signed 30 days later; the plan allows 7."),
)


def plant_treatment_plan_missing(day: ClinicDay, turn: int) -> None:
    """A group of a plan that wants treatment plans and signatures, and one of them is not in order."""
    record, why = FAULTS[turn % 4]
    held = hold_group_of_payer(day, SUMMIT, day.between(4, 7), record=record)
    day.deliver(*held.claims)
    day.label_each("treatment_plan_missing", held.claims, why)
