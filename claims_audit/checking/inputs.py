"""What each service month is judged by, as one hash: a month with the hash of last night would be judged alike.

The rows of deliveries never change, so that the files and keys of a month's lines stand for them. What is worked out
again by every load or run (versions of claims, matched payments, views over all months) and what an operator changes
(policies, published tables) is hashed row by row, each for the months in which it can matter.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb

from claims_audit.checking.catalog import Catalog
from claims_audit.checking.needs import tables_behind
from claims_audit.checking.query_file import ViewFile
from claims_audit.checking.selection import Selection
from claims_audit.checking.service_month import MonthBounds
from claims_audit.checking.slices import SLICED
from claims_audit.checking.statistics import STATISTIC_TABLE
from claims_audit.project import VERSION
from claims_audit.warehouse.database import Connection, first_row

# Read by the keys of what was delivered for the month, and never changed.
_DELIVERED: Final = frozenset({"attendance", "remittance", "delivered_file"})
# Read by the edition that speaks of the day.
_OF_EDITIONS: Final = frozenset({"ncci_pair", "ncci_mue", "ncci_add_on", "fee", "diagnosis_code"})
# A window of 31 days before the first of March reaches into January.
_MONTHS_OF_A_WINDOW: Final = 2

# Lines by file: their keys tell which they are, the hash of the file what they say.
_LINES: Final = """
select
    cast(date_trunc('month', {day}) as date) as service_month,
    coalesce(delivered_file.sha256, '') as sha256,
    count(*) as line_count,
    sum({key}) as key_sum
from {table}
left join delivered_file on {table}.file_id = delivered_file.file_id
group by service_month, sha256
order by service_month, sha256
"""

# Of claims that are tied, all that is said of any counts in the months of each.
_TIED: Final = """
with told as (
    select claim_id, hash(claim_version) as row_hash from claim_version
    union all
    select claim_id, hash(superseded_line) as row_hash from superseded_line
    union all
    select claim_id, hash(claim) as row_hash from claim where claim_id in (select claim_id from tie)
    union all
    select claim_id, hash(remittance_claim_line) as row_hash from remittance_claim_line
    where claim_id in (select claim_id from tie)
),

bond_hash as (
    select
        tie.bond,
        sum(told.row_hash) as row_hash
    from told
    inner join tie on told.claim_id = tie.claim_id
    group by tie.bond
),

bond_month as (
    select distinct
        bond,
        cast(unnest(generate_series(
            date_trunc('month', first_date_of_service),
            date_trunc('month', least(last_date_of_service, (select max(date_of_service) from claim_line))),
            interval 1 month
        )) as date) as service_month
    from tie
)

select
    bond_month.service_month,
    sum(bond_hash.row_hash) as row_hash
from bond_month
inner join bond_hash on bond_month.bond = bond_hash.bond
group by bond_month.service_month
order by bond_month.service_month
"""

# How a row of a history finds the months in which it can matter: a query of service_month and the row's hash.
_HISTORY: Final = {
    "day": """
        select cast(date_trunc('month', date_of_service) as date) as service_month, hash({view}) as row_hash
        from {view}
    """,
    "quarter": """
        select
            cast(unnest(generate_series(
                make_date(service_year, service_quarter * 3 - 2, 1),
                make_date(service_year, service_quarter * 3, 1),
                interval 1 month
            )) as date) as service_month,
            hash({view}) as row_hash
        from {view}
    """,
    "edition": """
        select edition_month.service_month, hash({view}) as row_hash
        from {view} inner join edition_month on {view}.edition_id = edition_month.edition_id
    """,
    # A line is in one month: nothing to make distinct.
    "line": """
        select cast(date_trunc('month', claim_line.date_of_service) as date) as service_month, hash({view}) as row_hash
        from {view} inner join claim_line on {view}.claim_line_id = claim_line.claim_line_id
    """,
    **{
        kind: f"""
        select keyed_month.service_month, hash({{view}}) as row_hash
        from {{view}}
        inner join (
            select distinct cast(date_trunc('month', date_of_service) as date) as service_month, {key}
            from claim_line
        ) as keyed_month on {{view}}.{key} = keyed_month.{key}
    """
        for kind, key in (("member", "member_id"), ("file", "file_id"))
    },
}


def month_inputs(
    con: Connection, catalog: Catalog, chosen: Selection, views: Sequence[ViewFile], months: Sequence[MonthBounds]
) -> dict[date, str]:
    """The hash of what each month is judged by, by its first day.

    Ties of claims and the views over all months have to be made already. The day of the audit is no part of it: see
    `MonthRecord.valid_until`.
    """
    parts: dict[date, list[object]] = {start: [_same_for_all(con, catalog, chosen)] for start, _ in months}
    tables = frozenset().union(*(tables_behind(catalog, check) for check in chosen.checks))
    needed = {view.name: view for view in views}
    claim_window, attendance_window = _windows(views)
    _edition_months(con, needed)
    _add(
        parts,
        "claim_line",
        _grouped(con, _LINES.format(table="claim_line", day="date_of_service", key="claim_line_id")),
        claim_window,
    )
    _add(parts, "tied", _grouped(con, _TIED), claim_window)
    if "attendance" in tables:
        query = _LINES.format(table="attendance", day="session_start_at", key="attendance_id")
        _add(parts, "attendance", _grouped(con, query), attendance_window)
    if "remittance_claim_line" in tables:
        _add(
            parts,
            "remittance_claim_line",
            _hashed(con, _HISTORY["day"].format(view="remittance_claim_line")),
            claim_window,
        )
    anywhere = {name for view in views for name in view.any_month}
    for view in needed.values():
        if view.is_history and view.name in anywhere:
            _add_to_all(parts, view.name, _whole(con, view.name))
        elif view.is_history and view.rows_of is not None:
            window = _MONTHS_OF_A_WINDOW if view.days_before else 0
            _add(parts, view.name, _hashed(con, _HISTORY[view.rows_of].format(view=view.name)), window)
    for table in sorted(tables - needed.keys() - SLICED - _DELIVERED - {"audit_setting", STATISTIC_TABLE}):
        _add_reference(con, parts, table, months)
    return {start: _sha(told) for start, told in parts.items()}


def _same_for_all(con: Connection, catalog: Catalog, chosen: Selection) -> object:
    """Code, rules, thresholds and settings."""
    code = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        code.update(path.read_bytes())
    setting = first_row(
        con, "select hash(audit_setting) from (select * exclude (audit_date) from audit_setting) as audit_setting"
    )
    return [
        VERSION,
        code.hexdigest(),
        duckdb.__version__,
        catalog.sha256,
        {check.check_id: dict(chosen.params[check.check_id]) for check in chosen.checks},
        str(setting),
    ]


def _windows(views: Iterable[ViewFile]) -> tuple[int, int]:
    """How many months before its own a month looks at, of claims and of attendance."""
    reaching = [view for view in views if view.days_before and not view.is_history]
    claims = any(view.tables & SLICED for view in reaching)
    attendance = any("attendance" in view.tables for view in reaching)
    return (_MONTHS_OF_A_WINDOW if claims else 0), (_MONTHS_OF_A_WINDOW if attendance else 0)


def _edition_months(con: Connection, needed: dict[str, ViewFile]) -> None:
    """Which editions of published tables speak of a day of each month."""
    source = (
        "select distinct cast(date_trunc('month', date_of_service) as date) as service_month, edition_id "
        "from edition_in_force"
        if "edition_in_force" in needed
        else "select cast(null as date) as service_month, cast(null as varchar) as edition_id where false"
    )
    con.execute(f"create or replace temp table edition_month as {source}")


def _add_reference(con: Connection, parts: dict[date, list[object]], table: str, months: Sequence[MonthBounds]) -> None:
    if table in _OF_EDITIONS:
        _add(parts, table, _hashed(con, _HISTORY["edition"].format(view=table)), 0)
    elif table in ("payer_policy", "reference_edition"):
        first, last, always = (
            ("eff_from", "eff_to", "false")
            if table == "payer_policy"
            # A shipped edition stands in where none covers the day.
            else ("valid_from", "valid_to", "is_shipped")
        )
        for start, end in months:
            row = first_row(
                con,
                f"select sum(hash({table})) from {table} where {always} "
                f"or (coalesce({first}, date '0001-01-01') < $end and coalesce({last}, date '9999-12-31') >= $start)",
                {"start": start, "end": end},
            )
            parts[start].append([table, str(row)])
    else:
        _add_to_all(parts, table, _whole(con, table))


def _grouped(con: Connection, query: str) -> dict[date, list[object]]:
    """The rows of a query by the month that it names first."""
    told: dict[date, list[object]] = defaultdict(list)
    for month, *values in con.execute(query).fetchall():
        if month is not None:
            told[month].append([str(value) for value in values])
    return told


def _hashed(con: Connection, query: str) -> dict[date, list[object]]:
    return _grouped(
        con,
        f"select service_month, count(*), sum(row_hash) from ({query}) where service_month is not null "
        "group by service_month order by service_month",
    )


def _whole(con: Connection, table: str) -> str:
    return str(first_row(con, f"select count(*), sum(hash({table})) from {table}"))


def _add(parts: dict[date, list[object]], name: str, told: dict[date, list[object]], months_before: int) -> None:
    for start, own in parts.items():
        months = [start]
        for _ in range(months_before):
            months.append((months[-1] - timedelta(days=1)).replace(day=1))
        own.append([name, [told.get(month, []) for month in months]])


def _add_to_all(parts: dict[date, list[object]], name: str, told: str) -> None:
    for own in parts.values():
        own.append([name, told])


def _sha(told: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()
