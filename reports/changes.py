"""What is different from the last audited run, and the trend of the runs before."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from reports.exposure import sum_money
from reports.value import Changes, GoneFinding, Money, StateCount, TrendPoint

TREND_RUNS = 12
GONE_LIMIT = 200

# A run that audited has check results even when it raised nothing; ids of runs sort by time.
PREVIOUS_RUN = """
select max(run_id)
from (select run_id from check_result union select run_id from run_finding)
where run_id < $run_id
"""

STATES = "select state, count(*) from finding where state <> 'not_seen' group by state"

# Findings that went earlier were told earlier; of those gone now, the last run still had them.
GONE = "state = 'not_seen' and last_seen_run >= $previous_run_id"

GONE_FINDINGS = f"""
select finding_id, check_id, date_of_service, direction, exposure_amount, message
from finding
where {GONE}
order by exposure_amount desc, finding_id
limit {GONE_LIMIT}
"""

TREND = f"""
with audited as (
    select distinct run_id from check_result where run_id <= $run_id
    union
    select distinct run_id from run_finding where run_id <= $run_id
),
counted as (
    select run_id, count(*) as finding_count from run_finding where state <> 'not_seen' group by run_id
)
select audited.run_id, audit_run.started_at, coalesce(counted.finding_count, 0)
from audited
left join counted using (run_id)
left join audit_run using (run_id)
order by audited.run_id desc
limit {TREND_RUNS}
"""


def read_changes(con: duckdb.DuckDBPyConnection, run_id: str, titles: Mapping[str, str]) -> Changes:
    """Counts and dollars by state, what is gone, and the trend, oldest run first."""
    row = con.execute(PREVIOUS_RUN, {"run_id": run_id}).fetchone()
    previous_run_id = row[0] if row else None
    counts = dict(con.execute(STATES).fetchall())
    money = sum_money(con, "state")
    gone: tuple[GoneFinding, ...] = ()
    if previous_run_id is not None:
        previous = {"previous_run_id": previous_run_id}
        gone_count = con.execute(f"select count(*) from finding where {GONE}", previous).fetchone()
        counts["not_seen"] = gone_count[0] if gone_count else 0
        money |= sum_money(con, "state", GONE, previous)
        gone = tuple(
            GoneFinding(finding_id, check_id, titles.get(check_id, check_id), *facts)
            for finding_id, check_id, *facts in con.execute(GONE_FINDINGS, previous).fetchall()
        )
    return Changes(
        previous_run_id=previous_run_id,
        states=tuple(
            StateCount(state, counts.get(state, 0), money.get(state, Money()))
            for state in ("new", "open", "changed", "not_seen")
        ),
        gone=gone,
        trend=tuple(TrendPoint(*point) for point in reversed(con.execute(TREND, {"run_id": run_id}).fetchall())),
    )
