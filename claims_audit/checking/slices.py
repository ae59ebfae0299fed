"""The tables of claims and payments, cut to what the shapes of one service month read.

A view that groups before it looks at the day would group the whole history once a month. It reads a slice instead: the
claims of the month, the claims tied to them (other versions, lines that took the place of others, claims over the turn
of a month) and what was paid for all of these. The slices stand in a schema in front of the tables, under their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Final

from claims_audit.checking.query_file import ViewFile
from claims_audit.warehouse.database import Connection, first_row

_SCHEMA: Final = "service_month"
SLICED: Final = frozenset(
    {
        *("claim_line", "claim", "claim_version", "superseded_line"),
        *("remittance_claim_line", "remittance_line", "remittance_adjustment"),
    }
)

# Which claims are read together: those of one chain, those of which a line took the place of lines of the others, and a
# claim that reaches into another month with itself.
TIES: Final = """
create or replace temp table tie as
with bound as (
    select
        concat('chain ', chain_id) as bond,
        claim_id
    from {claim_version}
    union
    select
        concat('successor ', coalesce(superseded_by_claim_id, claim_id)) as bond,
        unnest([claim_id, coalesce(superseded_by_claim_id, claim_id)]) as claim_id
    from {superseded_line}
    union
    select
        concat('months ', claim_id) as bond,
        claim_id
    from {claim}
    where coalesce(date_trunc('month', first_date_of_service) <> date_trunc('month', last_date_of_service), true)
)
select
    bound.bond,
    bound.claim_id,
    claim.first_date_of_service,
    -- Not known of a claim that something else than a load has written: it may reach anywhere.
    coalesce(claim.last_date_of_service, date '9999-12-31') as last_date_of_service
from bound
inner join {claim} as claim on bound.claim_id = claim.claim_id
"""
_TIED: Final = """
create or replace temp table claim_of_month as
select distinct claim_id
from tie
where bond in (select bond from tie where first_date_of_service < $end and last_date_of_service >= $start)
"""


# Their rows of tied claims are copied once, apart from the history.
_TIED_APART: Final = ("claim", "claim_line", "remittance_claim_line")
_IS_TIED: Final = "claim_id in (select claim_id from claim_of_month)"


def tie_claims(con: Connection) -> None:
    """Makes the table `tie`: claims that are read together, by the bond between them."""
    con.execute(
        TIES.format(**{table: _place_of(con, table) for table in ("claim_version", "superseded_line", "claim")})
    )


@contextmanager
def sliced_months(con: Connection, views: Iterable[ViewFile]) -> Iterator[MonthSlices]:
    """Puts slices in front of the tables for as long as the context lasts; `tie_claims` comes before.

    `views` tell how far their windows reach.
    """
    days_before = max((view.days_before for view in views if view.tables & SLICED and not view.is_history), default=0)
    slices = MonthSlices(con, days_before)
    try:
        yield slices
    finally:
        slices.close()


class MonthSlices:
    """Slices of one connection, of one month at a time."""

    def __init__(self, con: Connection, days_before: int) -> None:
        """`days_before` is how far windows reach back before a month."""
        self._con = con
        self._reach = timedelta(days=days_before)
        self._path = str((first_row(con, "select current_setting('search_path')") or ("",))[0])
        self._places = {table: _place_of(con, table) for table in SLICED}
        database = str((first_row(con, "select current_database()") or ("memory",))[0])
        for table in _TIED_APART:
            con.execute(
                f"create or replace temp table tied_{table} as select * from {self._places[table]} "
                "where claim_id in (select claim_id from tie)"
            )
        con.execute(f'create schema if not exists "{database}".{_SCHEMA}')
        con.execute(f"set search_path = '{database}.{_SCHEMA},{self._path or database + '.main'}'")

    def move(self, start: date, end: date) -> None:
        """Cuts the slices of the days from `start` to before `end`, and of the days before that windows reach."""
        span = {"start": start - self._reach, "end": end}
        self._con.execute(_TIED, span)
        days = f"date_of_service >= date '{span['start']}' and date_of_service < date '{end}'"
        # A claim that reaches into another month is tied to itself: any other begins in the month in which it ends.
        claim_days = (
            f"first_date_of_service >= date '{span['start'].replace(day=1)}' and first_date_of_service < date '{end}' "
            f"and last_date_of_service >= date '{span['start']}'"
        )
        # Two simple halves, since an `or` between them would read the whole history for each month.
        self._view("claim_line", f"{days} {_and_tied('claim_line', days)}")
        self._view("claim", f"{claim_days} {_and_tied('claim', claim_days)}")
        for table in ("claim_version", "superseded_line"):
            self._table(table, _IS_TIED)
        self._table("remittance_claim_line", f"{days} {_and_tied('remittance_claim_line', days)}")
        self._table("remittance_line", "remittance_claim_id in (select remittance_claim_id from remittance_claim_line)")
        self._table("remittance_adjustment", "remittance_line_id in (select remittance_line_id from remittance_line)")

    def close(self) -> None:
        """Puts the whole tables in place again."""
        self._con.execute(f"drop schema if exists {_SCHEMA} cascade")
        self._con.execute(f"set search_path = '{self._path}'")

    def _view(self, table: str, condition: str) -> None:
        self._con.execute(
            f"create or replace view {_SCHEMA}.{table} as select * from {self._places[table]} where {condition}"
        )

    def _table(self, table: str, condition: str) -> None:
        self._con.execute(
            f"create or replace table {_SCHEMA}.{table} as select * from {self._places[table]} where {condition}"
        )


def _and_tied(table: str, days: str) -> str:
    return f"union all select * from tied_{table} where not coalesce({days}, false) and {_IS_TIED}"


def _place_of(con: Connection, table: str) -> str:
    """Where an unqualified name leads to, in full."""
    row = first_row(
        con,
        """
        select database_name, schema_name
        from (
            select database_name, schema_name, table_name as name from duckdb_tables()
            union all
            select database_name, schema_name, view_name as name from duckdb_views()
        )
        where name = $name and schema_name = 'main'
        order by case when database_name = current_database() then 0 else 1 end, database_name <> 'warehouse'
        limit 1
        """,
        {"name": table},
    )
    if row is None:
        raise ValueError(f"there is no table {table}")
    return f'"{row[0]}".{row[1]}.{table}'
