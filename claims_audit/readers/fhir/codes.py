"""Code systems and codes of FHIR claims: base R4 and STU3, CARIN Blue Button (C4BB), CMS Blue Button 2.0 and BCDA."""

from __future__ import annotations

import re
from typing import Final

BLUE_BUTTON: Final = "bluebutton.cms.gov"

# Kinds of claims that are not professional, in our words; Blue Button has eob-type, C4BB the names of its profiles.
OTHER_KINDS: Final = {
    "institutional": "institutional",
    "inpatient": "institutional (inpatient)",
    "inpatient-facility": "institutional (inpatient)",
    "outpatient": "institutional (outpatient)",
    "outpatient-facility": "institutional (outpatient)",
    "snf": "of a skilled nursing facility",
    "hospice": "of a hospice",
    "hha": "of a home health agency",
    "pharmacy": "of a pharmacy",
    "pde": "of a pharmacy (Part D event)",
    "dme": "for durable medical equipment",
    "oral": "dental",
    "dental": "dental",
    "vision": "for vision care",
}
PROFESSIONAL: Final = frozenset({"professional", "professional-nonclinician", "carrier"})
# NCH claim types, which are numbers and mean something in their own system only.
NCH_KINDS: Final = {
    "10": "of a home health agency",
    "20": "of a skilled nursing facility",
    "30": "of a skilled nursing facility",
    "40": "institutional (outpatient)",
    "50": "of a hospice",
    "60": "institutional (inpatient)",
    "61": "institutional (inpatient)",
    "62": "institutional (inpatient)",
    "63": "institutional (inpatient)",
    "64": "institutional (inpatient)",
    "71": "",
    "72": "",
    "81": "for durable medical equipment",
    "82": "for durable medical equipment",
}
_PROFILE: Final = re.compile(
    r"(inpatient|outpatient|pharmacy|oral|dental|vision|professional)(?:-\w+)*(?:\|.*)?$", re.IGNORECASE
)

OTHER_USES: Final = {
    "preauthorization": "a request for prior authorization",
    "predetermination": "a predetermination",
    "proposed": "a predetermination (proposed)",
    "exploratory": "a predetermination (exploratory)",
    "other": "not sent for payment (use other)",
}
CLAIM_USES: Final = frozenset({"claim", "complete"})

REPLACING: Final = frozenset({"prior", "replaces", "associated-prior", "replaced"})

PERFORMING: Final = {"performing": 0, "rendering": 0, "primary": 1}
SUPERVISING: Final = frozenset({"supervising", "supervisor"})

SUBMITTED: Final = ("submitted", "line_sbmtd_chrg_amt", "rev_cntr_tot_chrg_amt", "tot_rx_cst_amt")
SUBMITTED_TOTAL: Final = ("submitted", "clm_tot_chrg_amt", "nch_carr_clm_sbmtd_chrg_amt")
ALLOWED: Final = ("eligible", "allowed", "line_alowd_chrg_amt")
PAID: Final = ("benefit", "line_nch_pmt_amt")
PAID_PARTS: Final = (("paidtoprovider", "line_prvdr_pmt_amt"), ("paidtopatient", "line_bene_pmt_amt"))
RECEIVED: Final = frozenset({"clmrecvddate", "nch_wkly_proc_dt"})

# Relationship of the patient to the policy holder, as X12 codes it (data element 1069).
RELATIONSHIPS: Final = {
    "self": "18",
    "spouse": "01",
    "child": "19",
    "common": "53",
    "parent": "G8",
    "other": "G8",
}

_PROCEDURE_SYSTEM: Final = re.compile(
    r"hcpcs|ama-assn\.org/go/cpt|[/:]cpt/?$|2\.16\.840\.1\.113883\.6\.(?:12|14|285)$", re.IGNORECASE
)
_OTHER_SYSTEMS: Final = (
    (re.compile(r"snomed", re.IGNORECASE), "SNOMED CT"),
    (re.compile(r"/ndc|2\.16\.840\.1\.113883\.6\.69$", re.IGNORECASE), "NDC"),
    (re.compile(r"rxnorm", re.IGNORECASE), "RxNorm"),
    (re.compile(r"icd-?(?:9|10)|2\.16\.840\.1\.113883\.6\.(?:90|103|104|4)$", re.IGNORECASE), "ICD"),
    (re.compile(r"ada\.org|cdt|2\.16\.840\.1\.113883\.6\.13$", re.IGNORECASE), "CDT"),
    (re.compile(r"nubc|revenue|rev_cntr", re.IGNORECASE), "revenue codes"),
    (re.compile(r"loinc", re.IGNORECASE), "LOINC"),
    (re.compile(r"hipps", re.IGNORECASE), "HIPPS"),
)
_ABSENT: Final = "data-absent-reason"
_DIAGNOSIS_SYSTEM: Final = re.compile(r"icd-?(?:9|10)|2\.16\.840\.1\.113883\.6\.(?:90|103|42|3)$", re.IGNORECASE)
_NPI_SYSTEM: Final = re.compile(r"us-npi|2\.16\.840\.1\.113883\.4\.6$|_npi(?:_num)?$", re.IGNORECASE)
TAXONOMY: Final = re.compile(r"[0-9A-Z]{9}X", re.IGNORECASE)
PROCEDURE_SHAPE: Final = re.compile(r"[0-9A-Z][0-9]{3}[0-9A-Z]", re.IGNORECASE)
MODIFIER_SHAPE: Final = re.compile(r"[0-9A-Z]{2}", re.IGNORECASE)
DIAGNOSIS_SHAPE: Final = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.?[0-9A-Z]{1,4})?", re.IGNORECASE)
PLACE_SHAPE: Final = re.compile(r"[0-9]{2}")


def is_procedure_system(system: str) -> bool:
    """Whether a code system is CPT or HCPCS under one of its names."""
    return _PROCEDURE_SYSTEM.search(system) is not None


def other_system(system: str) -> str | None:
    """A code system that is neither CPT nor HCPCS, in words of ours; None if it says that there is no code."""
    if _ABSENT in system:
        return None
    return next((name for pattern, name in _OTHER_SYSTEMS if pattern.search(system)), "of another code system")


def is_diagnosis_system(system: str) -> bool:
    """Whether a code system is ICD-9-CM or ICD-10-CM under one of its names."""
    return _DIAGNOSIS_SYSTEM.search(system) is not None


def is_npi_system(system: str) -> bool:
    """Whether identifiers of a system are NPIs; Blue Button names the field of the file that an NPI came from."""
    return _NPI_SYSTEM.search(system) is not None


def profile_kind(profile: str) -> str | None:
    """The kind of claim that the name of a profile tells: 'professional', 'pharmacy' and so on."""
    if "ExplanationOfBenefit" not in profile and "Claim" not in profile:
        return None
    found = _PROFILE.search(profile)
    return found[1].lower() if found is not None else None
