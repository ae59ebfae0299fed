"""What reviewers decided, as the reports tell it: beside each finding, beside each check, and the days that run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from claims_audit.review.event import UPHELD, RecordedEvent
from claims_audit.review.standing import store_standing
from reports.value import ClockRow, Precision, Review, Reviews, Suppression

# Who asks for records, or hands a finding on, has not judged it: it says nothing about the check.
PRECISION = """
select
    check_id,
    count(*) filter (where disposition in (select unnest($upheld))),
    count(*)
from finding_disposition
where disposition = 'dismissed' or disposition in (select unnest($upheld))
group by check_id
"""

# A suppression without a payer or provider is one of all. The one that lasts longest is told.
SUPPRESSED = """
create or replace temp table suppressed_finding as
select finding.finding_id, max(check_suppression.suppressed_until) as suppressed_until
from finding
inner join check_suppression
    on
        finding.check_id = check_suppression.check_id
        and check_suppression.is_active
        and (check_suppression.payer_id is null or check_suppression.payer_id = finding.payer_id)
        and (
            check_suppression.rendering_provider_npi is null
            or check_suppression.rendering_provider_npi = finding.rendering_provider_npi
        )
where finding.state <> 'not_seen'
group by finding.finding_id
"""

REVIEWS = """
select
    finding_id, disposition, reason_code, comment, reviewer, decided_at, is_changed_since,
    correct_code, correct_amount, records_requested_on, records_received_on,
    refund_number, refund_amount, refunded_on, referred_to, reviewed_on
from finding_disposition
semi join finding using (finding_id)
"""

COUNTS = """
select
    count(*) filter (where finding_disposition.disposition is not null and not is_changed_since),
    count(*) filter (where finding_disposition.is_changed_since),
    count(*) filter (where finding_disposition.disposition is null),
    count(*) filter (where finding.finding_id in (select finding_id from suppressed_finding))
from finding
left join finding_disposition using (finding_id)
where finding.state <> 'not_seen'
"""

SUPPRESSIONS = """
select
    check_suppression.event_id, check_suppression.check_id, check_suppression.payer_id,
    check_suppression.rendering_provider_npi, check_suppression.reason, check_suppression.reviewer,
    check_suppression.suppressed_until, check_suppression.is_active,
    (
        select count(*)
        from finding
        where
            finding.check_id = check_suppression.check_id
            and finding.state <> 'not_seen'
            and (check_suppression.payer_id is null or check_suppression.payer_id = finding.payer_id)
            and (
                check_suppression.rendering_provider_npi is null
                or check_suppression.rendering_provider_npi = finding.rendering_provider_npi
            )
    )
from check_suppression
order by not check_suppression.is_active, check_suppression.suppressed_until, check_suppression.event_id
"""

# Money that was returned has no clock any more.
CLOCKS = """
select
    finding_id, coalesce(finding.check_id, ''), finding.date_of_service, coalesce(finding.exposure_amount, 0),
    investigation_started_on, identified_on, quantified_on, reported_on, returned_on, due_on, due_basis
from finding_clock
left join finding using (finding_id)
order by returned_on is not null, due_on nulls last, finding_id
"""


@dataclass(frozen=True, slots=True)
class ReadReviews:
    """What read_findings and the checks need, beside the part that is told by itself."""

    reviews: Reviews
    by_finding: dict[str, Review]
    suppressed_until: dict[str, date]
    versions: Mapping[str, int]
    precision: dict[str, Precision]


def read_reviews(con: duckdb.DuckDBPyConnection, events: Sequence[RecordedEvent], today: date) -> ReadReviews:
    """Works out what stands on `today`; only temporary tables of the snapshot's connection are written."""
    store_standing(con, events, today, is_temporary=True)
    con.execute(SUPPRESSED)
    reviewed, changed, unreviewed, suppressed = con.execute(COUNTS).fetchall()[0]
    upheld = {"upheld": [disposition.value for disposition in UPHELD]}
    return ReadReviews(
        reviews=Reviews(
            events=len(events),
            head=events[-1].event_hash if events else None,
            reviewed=reviewed,
            changed_since=changed,
            unreviewed=unreviewed,
            suppressed=suppressed,
            suppressions=tuple(Suppression(*row) for row in con.execute(SUPPRESSIONS).fetchall()),
            clocks=tuple(_clock(row, today) for row in con.execute(CLOCKS).fetchall()),
        ),
        by_finding={row[0]: Review(*row[1:]) for row in con.execute(REVIEWS).fetchall()},
        suppressed_until=dict(con.execute("select finding_id, suppressed_until from suppressed_finding").fetchall()),
        versions=Counter(event.subject_id for event in events),
        precision={row[0]: Precision(*row[1:]) for row in con.execute(PRECISION, upheld).fetchall()},
    )


def _clock(row: tuple[Any, ...], today: date) -> ClockRow:
    returned_on, due_on = row[-3], row[-2]
    return ClockRow(*(*row, (due_on - today).days if due_on and not returned_on else None))
