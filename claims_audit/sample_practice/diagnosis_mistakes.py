"""The planted mistakes of the family `diagnosis`: diagnoses and notes that say too little about the person."""

from __future__ import annotations

from typing import Final

from claims_audit.sample_practice.clinic_day import ClinicDay
from claims_audit.sample_practice.encounters import Record
from claims_audit.sample_practice.ordinary import hold_group_of_payer
from claims_audit.sample_practice.practice import INDIVIDUAL_CODES, PAYERS

# Salted hashes of what a note says, the same for everybody.
COPIED_NOTE: Final = "e63c05c9;282832bf;3d46d575;517bd266;58e7056e;6d705859;90f2ac28;f9d4e97e"
UNSPECIFIC: Final = (("F99",), ("Z630", "F4323"), ("F39", "F411"), ("R69",))


def plant_unspecific_diagnosis(day: ClinicDay, turn: int) -> None:
    """A first diagnosis that says nothing."""
    codes = UNSPECIFIC[turn % 4]
    held = day.hold(INDIVIDUAL_CODES[turn % 3], day.draw_clients(1, PAYERS[(turn + turn // 4) % 4]))
    held.claims[0].own_diagnosis_codes = codes
    day.deliver(*held.claims)
    day.label("unspecific_diagnosis", held.claims, f"The first diagnosis is {codes[0]}.")


def plant_cloned_diagnoses(day: ClinicDay, turn: int) -> None:
    """Everybody in a group about nothing in particular has the same diagnoses."""
    held = hold_group_of_payer(day, PAYERS[turn % 4], day.between(5, 8), record=Record(focus="communication"))
    codes = (("F411", "F330"), ("F4323", "F4010"))[turn % 2]
    for claim in held.claims:
        claim.own_diagnosis_codes = codes
    day.deliver(*held.claims)
    day.label("cloned_diagnoses", held.claims, f"All {len(held.claims)} members have {' and '.join(codes)}.")


def plant_cloned_notes(day: ClinicDay, turn: int) -> None:
    """The notes of all members of a group are nearly the same."""
    record = Record(shingles=COPIED_NOTE) if turn % 2 else Record(similarity="0.96")
    held = hold_group_of_payer(day, PAYERS[turn % 4], day.between(4, 8), record=record)
    day.deliver(*held.claims)
    day.label_each("cloned_notes", held.claims, f"The notes of {len(held.claims)} members are alike.")
