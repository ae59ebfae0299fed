"""What is different from the last audited run, and the trend of the runs before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from reports.exposure import sum_money
from reports.snapshot import has_relation
from reports.value import Changes, CheckChange, GoneFinding, Money, RuleChange, StateCount, TrendPoint

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

# The last run had it neither as seen nor is it new: it had been gone.
BY_CHECK = f"""
with before as (
    select finding_id from run_finding where run_id = $previous_run_id and state <> 'not_seen'
),
told as (
    select
        check_id,
        state = 'new' as is_new,
        state <> 'not_seen' and state <> 'new'
            and finding_id not in (select finding_id from before) as is_reopened,
        state = 'changed' as is_changed,
        {GONE} as is_gone
    from finding
)
select
    check_id,
    count(*) filter (where is_new),
    count(*) filter (where is_reopened),
    count(*) filter (where is_changed),
    count(*) filter (where is_gone)
from told
where is_new or is_reopened or is_changed or is_gone
group by check_id
order by count(*) desc, check_id
"""

RULES = """
with now as (select kind_code, rule_id, rule_sha from run_rule where run_id = $run_id),
before as (select kind_code, rule_id, rule_sha from run_rule where run_id = $previous_run_id)
select
    kind_code, rule_id,
    case when before.rule_sha is null then 'added' when now.rule_sha is null then 'removed' else 'changed' end
from now
full join before using (kind_code, rule_id)
where now.rule_sha is distinct from before.rule_sha
    -- A run of an older version told none: then nothing can be compared.
    and exists (select 1 from before)
order by kind_code, rule_id
"""

BY_POLICY = f"""
select
    policy_id,
    count(*) filter (where state = 'new'),
    count(*) filter (where state = 'changed'),
    count(*) filter (where {GONE})
from finding
where policy_id is not null
group by policy_id
"""

HASHES = "select rule_set_sha, policy_sha from audit_run where run_id = $run_id"

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
    by_check: tuple[CheckChange, ...] = ()
    others: tuple[bool | None, bool | None] = (None, None)
    rules: tuple[RuleChange, ...] = ()
    if previous_run_id is not None:
        previous = {"previous_run_id": previous_run_id}
        gone_count = con.execute(f"select count(*) from finding where {GONE}", previous).fetchone()
        counts["not_seen"] = gone_count[0] if gone_count else 0
        money |= sum_money(con, "state", GONE, previous)
        gone = tuple(
            GoneFinding(finding_id, check_id, titles.get(check_id, check_id), *facts)
            for finding_id, check_id, *facts in con.execute(GONE_FINDINGS, previous).fetchall()
        )
        by_check = tuple(
            CheckChange(check_id, titles.get(check_id, check_id), *facts)
            for check_id, *facts in con.execute(BY_CHECK, previous).fetchall()
        )
        others = _compare_hashes(con, run_id, previous_run_id)
        rules = _read_rules(con, run_id, previous_run_id, by_check, titles)
    return Changes(
        previous_run_id=previous_run_id,
        states=tuple(
            StateCount(state, counts.get(state, 0), money.get(state, Money()))
            for state in ("new", "open", "changed", "not_seen")
        ),
        gone=gone,
        trend=tuple(TrendPoint(*point) for point in reversed(con.execute(TREND, {"run_id": run_id}).fetchall())),
        reopened=sum(row.reopened for row in by_check),
        by_check=by_check,
        are_rules_others=others[0],
        are_policies_others=others[1],
        rules=rules,
    )


def _read_rules(
    con: duckdb.DuckDBPyConnection,
    run_id: str,
    previous_run_id: str,
    by_check: Sequence[CheckChange],
    titles: Mapping[str, str],
) -> tuple[RuleChange, ...]:
    """Which rules are others than those of the last run, with what became of their findings."""
    if not has_relation(con, "run_rule"):
        return ()
    by_policy = con.execute(BY_POLICY, {"previous_run_id": previous_run_id}).fetchall()
    counts = {
        "check": {row.check_id: (row.new, row.changed, row.gone) for row in by_check},
        "policy": {policy_id: tuple(found) for policy_id, *found in by_policy},
    }
    changed = con.execute(RULES, {"run_id": run_id, "previous_run_id": previous_run_id}).fetchall()
    return tuple(
        RuleChange(
            kind,
            rule_id,
            titles.get(rule_id, rule_id) if kind == "check" else rule_id,
            how,
            *(counts[kind].get(rule_id, (0, 0, 0)) if kind in counts else (None, None, None)),
        )
        for kind, rule_id, how in changed
    )


def _compare_hashes(con: duckdb.DuckDBPyConnection, run_id: str, previous: str) -> tuple[bool | None, bool | None]:
    now, before = (con.execute(HASHES, {"run_id": run}).fetchall() for run in (run_id, previous))
    if not now or not before:
        return None, None
    rules, policies = (mine != theirs for mine, theirs in zip(now[0], before[0], strict=True))
    return rules, policies
