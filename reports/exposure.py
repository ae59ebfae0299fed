"""Dollars at risk: each claim line counts once, by the largest of its findings; the buckets are never netted."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import duckdb

from reports.value import BucketCounts, CheckPayerExposure, Money

# One row for each line of each finding. A finding without lines (a session that was never billed) stands for itself.
# C4 and C5 rest on an inferred session or on statistics: leads, which no total of over- or underpayments includes.
EXPOSED_LINE = """
create or replace temp table exposed_line as
select
    coalesce(cast(finding_line.claim_line_id as varchar), finding.finding_id) as line_key,
    finding_line.claim_line_id,
    finding.finding_id,
    finding.check_id,
    finding.state,
    finding.last_seen_run,
    finding.direction,
    finding.certainty,
    coalesce(claim_line.payer_id, finding.payer_id) as payer_id,
    coalesce(claim_line.rendering_provider_npi, finding.rendering_provider_npi) as rendering_provider_npi,
    coalesce(finding_line.exposure_amount, finding.exposure_amount) as exposure_amount,
    -- Checks of money that may still come say so in their evidence, which is canonical JSON.
    replace(finding.evidence, ' ', '') like '%"is_recoverable":true%' as is_recoverable,
    case when payer.program in ('medicare', 'medicaid') then 'federal' else 'other' end as payer_kind,
    case
        when finding.direction = 'lead' then 'leads'
        when finding.direction = 'documentation' then 'documentation'
        when finding.direction = 'overpayment' and finding.certainty in ('C1', 'C2', 'C3') then 'overpayment'
        when finding.direction = 'overpayment' then 'leads'
        when finding.certainty in ('C1', 'C2', 'C3') then 'underpayment'
        else 'underpayment_leads'
    end as bucket
from finding
left join finding_line using (finding_id)
left join claim_line using (claim_line_id)
left join payer on payer.payer_id = coalesce(claim_line.payer_id, finding.payer_id)
"""

LARGEST_BY_LINE = """
select group_key, bucket, sum(largest_amount)
from (
    select {group_by} as group_key, bucket, line_key, max(exposure_amount) as largest_amount
    from exposed_line
    where {condition}
    group by all
)
group by all
"""

# A finding over lines of two payers is counted with both.
FINDINGS_BY_BUCKET = """
select
    {group_by} as group_key,
    count(distinct finding_id) filter (where bucket = 'overpayment'),
    count(distinct finding_id) filter (where bucket = 'underpayment'),
    count(distinct finding_id) filter (where bucket not in ('overpayment', 'underpayment'))
from exposed_line
where {condition}
group by group_key
"""

WEIGHTED = """
select cast(round(coalesce(sum(largest_amount), 0), 2) as decimal(18, 2))
from (
    select
        line_key,
        max(
            exposure_amount * case certainty
                when 'C1' then 1.00 when 'C2' then 0.95 when 'C3' then 0.80 when 'C4' then 0.40 else 0.15
            end
        ) as largest_amount
    from exposed_line
    where direction = 'overpayment' and state <> 'not_seen'
    group by line_key
)
"""

RECOVERABLE = """
select coalesce(sum(largest_amount), 0)
from (
    select line_key, max(exposure_amount) as largest_amount
    from exposed_line
    where is_recoverable and bucket = 'underpayment' and state <> 'not_seen'
    group by line_key
)
"""

UNKNOWN_PAYER = "Payer not known"

IS_OF_RUN = "state <> 'not_seen'"


def prepare_exposure(con: duckdb.DuckDBPyConnection) -> None:
    """Makes the temporary table that the other functions here read."""
    con.execute(EXPOSED_LINE)


def sum_money(
    con: duckdb.DuckDBPyConnection,
    group_by: str,
    condition: str = IS_OF_RUN,
    parameters: Mapping[str, object] | None = None,
) -> dict[Any, Money]:
    """Dollars by a column of exposed_line, or a row of several; groups may share lines and so need not add up."""
    amounts: dict[Any, dict[str, Decimal]] = {}
    statement = LARGEST_BY_LINE.format(group_by=group_by, condition=condition)
    for group_key, bucket, amount in con.execute(statement, dict(parameters or {})).fetchall():
        amounts.setdefault(group_key, {})[bucket] = amount
    return {group_key: Money(**by_bucket) for group_key, by_bucket in amounts.items()}


def count_findings(con: duckdb.DuckDBPyConnection, group_by: str) -> dict[str | None, BucketCounts]:
    """Findings of the run behind the dollars of `sum_money`, by the same column."""
    rows = con.execute(FINDINGS_BY_BUCKET.format(group_by=group_by, condition=IS_OF_RUN)).fetchall()
    return {group_key: BucketCounts(*counts) for group_key, *counts in rows}


def read_check_and_payer(
    con: duckdb.DuckDBPyConnection, payer_names: Mapping[str | None, str]
) -> tuple[CheckPayerExposure, ...]:
    """Potential overpayment by check and payer, the largest first."""
    rows = [
        CheckPayerExposure(check_id, payer_names.get(payer_id) or payer_id or UNKNOWN_PAYER, money.overpayment)
        for (check_id, payer_id), money in sum_money(con, "row(check_id, payer_id)").items()
        if money.overpayment
    ]
    return tuple(sorted(rows, key=lambda row: (-row.overpayment, row.check_id, row.payer_name)))


def total_money(con: duckdb.DuckDBPyConnection) -> Money:
    """Dollars of the whole run."""
    return sum_money(con, "'all'").get("all", Money())


def weighted_overpayment(con: duckdb.DuckDBPyConnection) -> Decimal:
    """Potential overpayment of all certainties, weighted by how sure each is and rounded once, at the end."""
    row = con.execute(WEIGHTED).fetchone()
    return row[0] if row else Decimal("0.00")


def recoverable_underpayment(con: duckdb.DuckDBPyConnection) -> Decimal:
    """What may still be got back: underpaid lines, and denials before their last day at the share that is won."""
    row = con.execute(RECOVERABLE).fetchone()
    return row[0] if row else Decimal("0.00")
