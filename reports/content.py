"""Builds the AuditReport of one run from a published snapshot; page.py and workbook.py render it and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from scipy.stats import binomtest

from claims_audit.review.event import RecordedEvent
from reports.changes import read_changes
from reports.exposure import (
    IS_OF_RUN,
    UNKNOWN_PAYER,
    count_findings,
    prepare_exposure,
    read_check_and_payer,
    recoverable_underpayment,
    sum_money,
    total_money,
    weighted_overpayment,
)
from reports.findings import payer_names, prepare_findings, read_claim_lines, read_findings, read_policies
from reports.quality import read_quality
from reports.reviews import read_reviews
from reports.snapshot import has_relation, open_snapshot, require_run
from reports.value import (
    AuditReport,
    BucketCounts,
    CheckInfo,
    CheckOutcome,
    DayCount,
    GroupSizes,
    Money,
    PayerExposure,
    Precision,
    Provenance,
    ProviderRow,
    QuarterCount,
    Run,
    SizeBar,
    Totals,
)
from reports.verdict import judge_run

__all__ = ["FINDING_LIMIT", "AuditReport", "CheckInfo", "Provenance", "build_report"]

# What one page and one workbook can carry in comfort; all totals count every finding, and so do the exports.
FINDING_LIMIT = 100_000

# A share of fewer lines says little about a provider; the row is shown, greyed.
SMALL_DENOMINATOR = 30

# Lines that count: of a claim version that was neither replaced nor voided. Read from the tables, so that a report
# does not wait for the wide view of the checks.
COUNTED_LINE = """
create or replace temp view counted_line as
select claim_line_id, claim_id, payer_id, member_id, rendering_provider_npi, date_of_service
from claim_line
anti join superseded_line using (claim_line_id)
"""

RUN = """
select run_id, started_at, ended_at, status_code, exit_code, code_version, rule_set_sha, policy_sha, data_view
from audit_run
where run_id = $run_id
"""

TOTALS = """
select count(*), count(distinct claim_id), count(distinct (payer_id, member_id)),
    min(date_of_service), max(date_of_service)
from counted_line
"""

PAYERS = f"""
with examined as (select payer_id, count(*) as line_count from counted_line group by payer_id),
found as (
    select payer_id, count(distinct finding_id) as finding_count from exposed_line where {IS_OF_RUN} group by payer_id
)
select payer_id, coalesce(line_count, 0), coalesce(finding_count, 0)
from examined
full join found using (payer_id)
"""

CHECK_RESULTS = """
select check_id, status_code, reason, lines_examined, lines_not_checked, duration_seconds
from check_result
where run_id = $run_id
"""

FINDINGS_BY_CHECK = f"""
select check_id, count(distinct finding_id), count(distinct claim_line_id)
from exposed_line
where {IS_OF_RUN}
group by check_id
"""

PROVIDERS = f"""
with examined as (
    select rendering_provider_npi, count(*) as line_count from counted_line group by rendering_provider_npi
),
found as (
    select
        rendering_provider_npi,
        count(distinct finding_id) as finding_count,
        count(distinct claim_line_id) filter (
            where direction <> 'lead' and certainty in ('C1', 'C2', 'C3')
            and claim_line_id in (select claim_line_id from counted_line)
        ) as flagged_count
    from exposed_line
    where {IS_OF_RUN} and rendering_provider_npi is not null
    group by rendering_provider_npi
)
select rendering_provider_npi, coalesce(line_count, 0), coalesce(flagged_count, 0), coalesce(finding_count, 0)
from examined
full join found using (rendering_provider_npi)
"""

# Eight quarters, or as many as there are: two years, so that a season stands beside the same season.
QUARTERS = f"""
with told as (
    select
        date_trunc('quarter', max(date_of_service)) as last_quarter,
        greatest(last_quarter - interval 21 months, date_trunc('quarter', min(date_of_service))) as first_quarter
    from counted_line
),
flagged as (
    select distinct claim_line_id
    from exposed_line
    where {IS_OF_RUN} and direction <> 'lead' and certainty in ('C1', 'C2', 'C3')
),
counted as (
    select
        rendering_provider_npi,
        cast(date_trunc('quarter', date_of_service) as date) as quarter,
        count(*) as line_count,
        count(flagged.claim_line_id) as flagged_count
    from counted_line
    left join flagged using (claim_line_id)
    where date_of_service >= (select first_quarter from told)
    group by all
)
select rendering_provider_npi, quarter, coalesce(line_count, 0), coalesce(flagged_count, 0)
from (select distinct rendering_provider_npi from counted)
cross join (
    select cast(unnest(range(first_quarter, last_quarter + interval 1 month, interval 3 months)) as date) as quarter
    from told
)
left join counted using (rendering_provider_npi, quarter)
order by rendering_provider_npi, quarter
"""

GROUP_SIZES = """
select member_count, size_basis, count(*)
from group_session
where session_class = 'group' and member_count is not null
group by member_count, size_basis
order by member_count, size_basis
"""

# The default limits of the group code; a payer's own limits are with each finding.
SEED_LIMITS = """
select rule_key, max(try_cast(rule_value as integer))
from payer_policy
where payer_id = 'SEED' and procedure_code = '90853' and rule_key in ('min_size', 'max_size') and eff_to is null
group by rule_key
"""

# The last 53 weeks that have findings: what a wall calendar of a year shows.
CALENDAR = """
select date_of_service, count(*)
from finding
where state <> 'not_seen'
    and date_of_service > (select max(date_of_service) - 371 from finding where state <> 'not_seen')
group by date_of_service
order by date_of_service
"""

# The same findings on the same evidence give the same digest, whatever the order or the machine.
DIGEST = """
select sha256(coalesce(string_agg(finding_id || ':' || evidence_sha, chr(10) order by finding_id), ''))
from finding
where state <> 'not_seen'
"""

STATUS_ORDER = ("errored", "found", "not_checked", "clear", "not_applicable", "no_result")


def build_report(
    snapshot: Path,
    run_id: str,
    *,
    checks: Sequence[CheckInfo],
    provenance: Provenance,
    not_published: str | None = None,
    finding_limit: int = FINDING_LIMIT,
    reviewed: Sequence[RecordedEvent] = (),
    today: date | None = None,
) -> AuditReport:
    """Reads all that the reports of a run say.

    `not_published` is the reason why a later run published nothing; the report then shows the last good state under a
    FAILED band. The findings beyond `finding_limit` are counted in every total but not listed. `reviewed` is the log of
    the review; suppressions and clocks are those of `today`, by default the real one.
    """
    with open_snapshot(snapshot) as con:
        require_run(con, run_id)
        con.execute(COUNTED_LINE)
        prepare_exposure(con)
        prepare_findings(con, finding_limit)
        run = Run(*_one_row(con, RUN, run_id))
        lines, claims, members, data_from, data_through = _one_row(con, TOTALS)
        read = read_reviews(con, reviewed, today or date.today())
        outcomes = _read_checks(con, run_id, checks, read.precision)
        quality = read_quality(con, run_id)
        titles = {outcome.info.check_id: outcome.info.title for outcome in outcomes}
        (finding_count,) = _one_row(con, "select count(*) from finding where state <> 'not_seen'")
        (flagged_lines,) = _one_row(con, f"select count(distinct claim_line_id) from exposed_line where {IS_OF_RUN}")
        by_kind = sum_money(con, "payer_kind")
        names = payer_names(con)
        (digest,) = _one_row(con, DIGEST)
        return AuditReport(
            run=run,
            provenance=provenance,
            findings_digest=digest,
            verdict=judge_run(run, provenance, outcomes, quality, data_from, data_through, not_published),
            totals=Totals(
                lines=lines,
                claims=claims,
                members=members,
                findings=finding_count,
                flagged_lines=flagged_lines,
                money=total_money(con),
                weighted_overpayment=weighted_overpayment(con),
                recoverable=recoverable_underpayment(con),
                federal=by_kind.get("federal", Money()),
                other_payers=by_kind.get("other", Money()),
                counts=count_findings(con, "'all'").get("all", BucketCounts()),
            ),
            changes=read_changes(con, run_id, titles),
            payers=_read_payers(con, names),
            exposure=read_check_and_payer(con, names),
            checks=outcomes,
            providers=_read_providers(con),
            group_sizes=_read_group_sizes(con),
            calendar=tuple(DayCount(*row) for row in con.execute(CALENDAR).fetchall()),
            findings=read_findings(con, read),
            claim_lines=read_claim_lines(con),
            policies=read_policies(con),
            quality=quality,
            reviews=read.reviews,
        )


def _one_row(con: duckdb.DuckDBPyConnection, statement: str, run_id: str | None = None) -> tuple[Any, ...]:
    row = con.execute(statement, {} if run_id is None else {"run_id": run_id}).fetchone()
    assert row is not None  # noqa: S101 - each of these statements gives exactly one row
    return row


def _read_payers(con: duckdb.DuckDBPyConnection, names: Mapping[str | None, str]) -> tuple[PayerExposure, ...]:
    money, counts = sum_money(con, "payer_id"), count_findings(con, "payer_id")
    rows = [
        PayerExposure(
            payer_id,
            names.get(payer_id) or payer_id or UNKNOWN_PAYER,
            lines,
            findings,
            money.get(payer_id, Money()),
            counts.get(payer_id, BucketCounts()),
        )
        for payer_id, lines, findings in con.execute(PAYERS).fetchall()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.money.overpayment, -row.findings, row.payer_name)))


def _read_checks(
    con: duckdb.DuckDBPyConnection, run_id: str, checks: Sequence[CheckInfo], precision: Mapping[str, Precision]
) -> tuple[CheckOutcome, ...]:
    results = {row[0]: row[1:] for row in con.execute(CHECK_RESULTS, {"run_id": run_id}).fetchall()}
    found = {row[0]: row[1:] for row in con.execute(FINDINGS_BY_CHECK).fetchall()}
    money, counts = sum_money(con, "check_id"), count_findings(con, "check_id")
    known = {check.check_id: check for check in checks}
    # A check that has left the catalog is still shown while the snapshot holds results or findings of it.
    unknown = (set(results) | set(found)) - set(known)
    known |= {check_id: CheckInfo(check_id, "", check_id.replace("_", " "), "", "", "", "", "") for check_id in unknown}
    outcomes = [
        replace(
            _outcome(info, results.get(check_id), found.get(check_id, (0, 0)), money.get(check_id, Money())),
            precision=precision.get(check_id, Precision()),
            counts=counts.get(check_id, BucketCounts()),
        )
        for check_id, info in known.items()
    ]
    return tuple(sorted(outcomes, key=_order_of_check))


def _outcome(info: CheckInfo, result: tuple[Any, ...] | None, found: tuple[int, int], money: Money) -> CheckOutcome:
    status, reason, examined, not_checked, seconds = result or ("no_result", "No result in this run.", 0, 0, 0.0)
    findings, flagged_lines = found
    # The check looked only at the months that changed and was clear there; older findings of it still stand.
    if status == "clear" and findings:
        status = "found"
    rate = flagged_lines / examined if examined and flagged_lines <= examined else None
    return CheckOutcome(info, status, reason, examined, not_checked, findings, flagged_lines, rate, money, seconds)


def _order_of_check(outcome: CheckOutcome) -> tuple[int, object, str, str]:
    place = STATUS_ORDER.index(outcome.status) if outcome.status in STATUS_ORDER else len(STATUS_ORDER)
    return place, -outcome.money.overpayment, outcome.info.rule, outcome.info.check_id


def _read_providers(con: duckdb.DuckDBPyConnection) -> tuple[ProviderRow, ...]:
    money, counts = sum_money(con, "rendering_provider_npi"), count_findings(con, "rendering_provider_npi")
    quarters: dict[str, list[QuarterCount]] = defaultdict(list)
    for npi, first_day, lines, flagged in con.execute(QUARTERS).fetchall():
        quarters[npi].append(QuarterCount(first_day, lines, flagged))
    rows = [
        replace(
            _provider(npi, lines, flagged, findings, money.get(npi, Money())),
            counts=counts.get(npi, BucketCounts()),
            quarters=tuple(quarters.get(npi, ())),
        )
        for npi, lines, flagged, findings in con.execute(PROVIDERS).fetchall()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.money.overpayment, -row.findings, -row.lines, row.npi)))


def _provider(npi: str, lines: int, flagged: int, findings: int, money: Money) -> ProviderRow:
    row = ProviderRow(npi, lines, flagged, findings, 0.0, 0.0, 1.0, lines < SMALL_DENOMINATOR, money)
    if not lines:
        return row
    interval = binomtest(flagged, lines).proportion_ci(confidence_level=0.95, method="wilson")
    return replace(row, rate=flagged / lines, rate_low=float(interval.low), rate_high=float(interval.high))


def _read_group_sizes(con: duckdb.DuckDBPyConnection) -> GroupSizes:
    limits: Mapping[str, int | None] = dict(con.execute(SEED_LIMITS).fetchall())
    bars: dict[int, dict[str, int]] | None = None
    if has_relation(con, "group_session"):
        bars = {}
        for member_count, basis, sessions in con.execute(GROUP_SIZES).fetchall():
            bars.setdefault(member_count, {})[basis] = sessions
    return GroupSizes(
        bars=None if bars is None else tuple(SizeBar(size, by_basis) for size, by_basis in bars.items()),
        min_size=limits.get("min_size"),
        max_size=limits.get("max_size"),
    )
