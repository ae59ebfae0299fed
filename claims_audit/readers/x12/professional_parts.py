"""What a claim of an 837P is made of while it is being read: the parties above it, the claim, its lines.

professional_loops.py fills these parts, professional_rows.py makes rows of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from claims_audit.model import DIAGNOSIS_COLUMNS
from claims_audit.readers.x12.faults import Fault
from claims_audit.readers.x12.loops import Counted

MAX_DIAGNOSES: Final = len(DIAGNOSIS_COLUMNS)


@dataclass(slots=True)
class Provider:
    """An NPI with the taxonomy that the claim gives it."""

    npi: str | None = None
    taxonomy: str | None = None


@dataclass(slots=True)
class Subscriber:
    """Loops 2000B, 2010BA and 2010BB."""

    subscriber_id: str | None = None
    relationship_code: str | None = None
    names_payer: bool = False
    payer_id: str | None = None
    payer_name: str | None = None


@dataclass(slots=True)
class Dependent:
    """Loops 2000C and 2010CA; the name stays here and ends in the derived number only."""

    member_id: str | None = None
    relationship_code: str | None = None
    first_name: str = ""
    birth_date: str = ""


@dataclass(slots=True)
class Parties:
    """Whom the claims that follow concern: what the loops above 2300 said last."""

    received_date: str | None = None
    receiver_id: str | None = None
    billing: Provider = field(default_factory=Provider)
    subscriber: Subscriber = field(default_factory=Subscriber)
    dependent: Dependent | None = None


class Services:
    """What loop 2310 says for a claim and loop 2420 for one of its lines; the line's word goes first.

    Not a dataclass: most of it stays unsaid, and class attributes make an empty one quickly.
    """

    rendering: Provider | None = None
    supervising_npi: str | None = None
    facility_npi: str | None = None
    prior_authorization_number: str | None = None
    dates: tuple[str, str | None] | None = None
    has_bad_date = False


class Line(Services):
    """Loop 2400."""

    end = 0
    number: str | None = None
    elements: list[str] | None = None  # of its SV1
    control_number: str | None = None

    def __init__(self, start: int) -> None:
        self.start = start


class Claim(Services, Counted):
    """Loop 2300 with its lines."""

    payer_claim_control_number: str | None = None
    diagnoses_unreadable = 0
    has_ranges = False
    fault: Fault | None = None

    def __init__(self, start: int, elements: list[str]) -> None:
        self.start = start
        self.elements = elements
        self.diagnoses: list[str] = []
        self.lines: list[Line] = []


def read_diagnoses(claim: Claim, elements: list[str], component: str) -> None:
    """Adds the diagnoses of an HI segment to the claim; other qualifiers (procedures, conditions) stay out."""
    diagnoses = claim.diagnoses
    for element in elements[1:]:
        code = _read_diagnosis(element, component)
        if code is None:
            continue
        if code and len(diagnoses) < MAX_DIAGNOSES:
            diagnoses.append(code)
        else:
            claim.diagnoses_unreadable += 1


@lru_cache(maxsize=4_096)
def _read_diagnosis(element: str, component: str) -> str | None:
    """Gives the code of one diagnosis; '' when it cannot be read, None when the element is about something else."""
    qualifier, _, rest = element.partition(component)
    if qualifier.strip() in ("ABK", "ABF", "BK", "BF"):
        return rest.partition(component)[0].strip().upper().replace(".", "")
    # A code without its qualifier, or the other way round.
    return "" if not rest and element.strip() else None
