"""The findings of a snapshot with what stands on each now, for whoever lists, shows or decides them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import duckdb

from claims_audit.errors import UsageError
from claims_audit.review.event import RecordedEvent
from claims_audit.review.standing import store_standing

SHORTEST_PREFIX = 6

_FINDINGS = """
select
    finding.finding_id, finding.check_id, finding.rule, finding.severity, finding.direction, finding.certainty,
    finding.date_of_service, finding.payer_id, finding.rendering_provider_npi, finding.exposure_amount,
    finding.message, finding.state, finding.evidence_sha,
    finding_disposition.disposition, coalesce(finding_disposition.is_changed_since, false),
    finding_disposition.reviewer, finding_disposition.decided_at,
    (
        select max(check_suppression.suppressed_until)
        from check_suppression
        where
            check_suppression.is_active
            and check_suppression.check_id = finding.check_id
            and (check_suppression.payer_id is null or check_suppression.payer_id = finding.payer_id)
            and (
                check_suppression.rendering_provider_npi is null
                or check_suppression.rendering_provider_npi = finding.rendering_provider_npi
            )
    ) as suppressed_until,
    finding_clock.due_on
from finding
left join finding_disposition using (finding_id)
left join finding_clock using (finding_id)
order by
    list_position(['critical', 'high', 'medium', 'low', 'info'], finding.severity) nulls last,
    finding.certainty, finding.exposure_amount desc, finding.finding_id
"""


@dataclass(frozen=True, slots=True)
class ReviewedFinding:
    """A finding of the snapshot, and what was decided about it up to now. Dollars have two places."""

    finding_id: str
    check_id: str
    rule: str
    severity: str
    direction: str
    certainty: str
    date_of_service: date
    payer_id: str | None
    rendering_provider_npi: str | None
    exposure_amount: Decimal
    message: str
    state: str
    evidence_sha: str
    disposition: str | None
    is_changed_since: bool
    reviewer: str | None
    decided_at: datetime | None
    suppressed_until: date | None
    due_on: date | None

    @property
    def review_state(self) -> str:
        """Its disposition, or why there is none that stands: unreviewed, or changed_since."""
        if self.disposition is None:
            return "unreviewed"
        return "changed_since" if self.is_changed_since else self.disposition


def list_findings(
    con: duckdb.DuckDBPyConnection, events: Sequence[RecordedEvent], today: date
) -> list[ReviewedFinding]:
    """All findings of a snapshot, those no longer seen included, the most pressing first."""
    store_standing(con, events, today, is_temporary=True)
    return [ReviewedFinding(*row) for row in con.execute(_FINDINGS).fetchall()]


def choose(findings: Sequence[ReviewedFinding], wanted: Sequence[str]) -> list[ReviewedFinding]:
    """Those of the ids or their beginnings. Raises UsageError for one that fits none, or several."""
    chosen = []
    for prefix in dict.fromkeys(wanted):
        fitting = [found for found in findings if found.finding_id.startswith(prefix)]
        if len(prefix) < SHORTEST_PREFIX or len(fitting) > 1:
            raise UsageError(f"{prefix} is too short to tell one finding from others; give more of its id")
        if not fitting:
            raise UsageError(f"no finding {prefix} in this snapshot; `claims-audit review list` has the ids")
        chosen += fitting
    return list(dict.fromkeys(chosen))
