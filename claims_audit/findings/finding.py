"""A finding as the checks hand it to the store, and how a check ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class CheckStatus(StrEnum):
    """How a check ended, the gravest first."""

    ERRORED = "errored"  # its SQL failed: a bug, or a broken warehouse
    FOUND = "found"
    NOT_CHECKED = "not_checked"  # lines were there, but what it needs to judge them was not
    NOT_APPLICABLE = "not_applicable"  # no line of the kind that it looks at
    CLEAR = "clear"


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One claim line behind a finding, with the dollars of it that are at risk."""

    claim_line_id: int
    patient_control_number: str
    claim_line_number: int
    exposure_amount: Decimal


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer of one check. Dollars are decimals with two places."""

    finding_id: str
    check_id: str
    rule: str
    severity: str
    direction: str
    certainty: str
    verdict: str
    policy_id: str | None
    payer_id: str | None
    member_id: str | None
    rendering_provider_npi: str | None
    date_of_service: date
    session_key: str | None
    exposure_amount: Decimal
    exposure_ceiling_amount: Decimal
    message: str
    recommended_action: str
    evidence: str
    evidence_sha: str
    lines: tuple[FindingLine, ...]
    service_month: date | None = None  # in whose audit it was found; None if it is about all months


@dataclass(slots=True)
class CheckResult:
    """How one check ended over all months of a run."""

    check_id: str
    status: CheckStatus = CheckStatus.CLEAR
    reason: str | None = None
    lines_examined: int = 0
    lines_not_checked: int = 0
    finding_count: int = 0
    duration_seconds: float = 0.0
    pack: str = ""
    is_left_out: bool = False  # its pack was not chosen

    def add(self, lines_examined: int, lines_not_checked: int, finding_count: int) -> None:
        """Adds what was counted in one month."""
        self.lines_examined += lines_examined
        self.lines_not_checked += lines_not_checked
        self.finding_count += finding_count
