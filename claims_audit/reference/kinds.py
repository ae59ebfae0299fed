"""The kinds of table that can be loaded, and what identifies an edition of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """As the command line and reference_edition.kind_code have them."""

    PAIRS = "ncci-ptp"
    UNITS = "ncci-mue"
    ADD_ONS = "ncci-addon"
    FEES = "pfs"
    CONTRACT_FEES = "fee-schedule"
    DIAGNOSES = "icd10"
    REASONS = "carc"
    PLACES = "pos"
    PROVIDERS = "providers"
    ELIGIBILITY = "eligibility"


@dataclass(frozen=True, slots=True)
class Traits:
    """What a kind is made of."""

    title: str
    tables: tuple[str, ...]
    has_program: bool = False
    has_setting: bool = False
    is_dated: bool = False  # editions stand side by side by their dates; else a newer file takes the place of the older


TRAITS: Final = {
    Kind.PAIRS: Traits("NCCI PTP edits", ("ncci_pair",), has_program=True, has_setting=True, is_dated=True),
    Kind.UNITS: Traits(
        "NCCI medically unlikely edits", ("ncci_mue",), has_program=True, has_setting=True, is_dated=True
    ),
    Kind.ADD_ONS: Traits("NCCI add-on code edits", ("ncci_add_on",), has_program=True, is_dated=True),
    Kind.FEES: Traits("Medicare physician fee schedule, national", ("fee",), is_dated=True),
    Kind.CONTRACT_FEES: Traits("Contract fees", ("contract_fee",)),
    Kind.DIAGNOSES: Traits("ICD-10-CM codes", ("diagnosis_code",), is_dated=True),
    Kind.REASONS: Traits("Adjustment reason and remark codes", ("adjustment_reason",)),
    Kind.PLACES: Traits("Place-of-service codes", ("loaded_place",)),
    Kind.PROVIDERS: Traits("Enrolment of clinicians", ("provider_enrolment",)),
    Kind.ELIGIBILITY: Traits("Coverage and authorizations", ("coverage_span", "service_authorization")),
}

PROGRAMS: Final = ("medicare", "medicaid")
SETTINGS: Final = ("practitioner", "outpatient_hospital")
