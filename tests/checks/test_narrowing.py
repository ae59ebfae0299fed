"""Tables of a month carry the columns that are read, and all of those."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import duckdb
import pytest
import sqlglot

from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.counting import counting_query
from claims_audit.checking.narrowing import columns_of, narrowed_views
from claims_audit.checking.needs import needed_views
from claims_audit.checking.query_file import ViewFile
from claims_audit.checking.run import make_month
from claims_audit.warehouse.database import create_tables

_CATALOG = read_catalog()
_COLUMNS = ("member_id", "family_id", "group_size", "paid_amount")


def _view() -> ViewFile:
    return replace(_CATALOG.views[0], name="shape", columns=_COLUMNS)


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("select shape.member_id from shape", {"member_id"}),
        ("select one.member_id from shape as one where one.group_size > 2", {"member_id", "group_size"}),
        # The same name of another table is none of ours; a name without a table may be.
        ("select other.member_id from shape as one inner join other on one.family_id = other.family_id", {"family_id"}),
        ("select member_id from shape inner join other on true", {"member_id"}),
        ("select one.paid_amount from (select s.paid_amount from shape as s) as one", {"paid_amount"}),
        ("with cut as (select family_id from shape) select family_id from cut", {"family_id"}),
        ("select count(*) as line_count from shape", set()),
        (
            "select one.group_size, row_number() over (order by one.family_id) from shape as one",
            {"group_size", "family_id"},
        ),
        ("select shape.member_id from shape inner join other using (family_id)", {"member_id", "family_id"}),
        # Where columns are not named, all may be read.
        ("select * from shape", set(_COLUMNS)),
        ("select one.* from shape as one", set(_COLUMNS)),
        ("select to_json(one) as whole from shape as one", set(_COLUMNS)),
        ("select member_id from shape natural join other", set(_COLUMNS)),
    ],
)
def test_columns_that_a_query_reads(query: str, read: set[str]) -> None:
    assert columns_of(sqlglot.parse_one(query, dialect="duckdb"), _view()) == read


def test_each_check_alone_runs_over_its_narrowed_tables() -> None:
    # Without rows: a column that is missing is an error of the binder.
    for check in _CATALOG.checks:
        views = needed_views(_CATALOG, [check])
        tables = narrowed_views(views, [check])
        with duckdb.connect() as con:
            create_tables(con)
            for view in tables:
                if view.stored_as is None and view.is_history:
                    con.execute(f"create table {view.name} as {view.sql}")
            make_month(con, tables, date(2024, 1, 1), date(2024, 2, 1))
            con.execute(check.sql, dict(check.params))
            con.execute(counting_query(_CATALOG, check))
            for day in check.turns:
                con.execute(f"select {day} from {check.subject}")


def test_a_run_of_one_check_carries_fewer_columns_and_what_is_asked_for_whole_stays() -> None:
    check = _CATALOG.check("oversized_group")
    views = needed_views(_CATALOG, [check])
    widths = {view.name: len(view.columns) for view in views}
    narrowed = {view.name: view for view in narrowed_views(views, [check])}
    assert len(narrowed["current_claim_line"].columns) < widths["current_claim_line"] / 2
    assert "date_of_service" in narrowed["current_claim_line"].columns
    kept = {view.name: view for view in narrowed_views(views, [check], ["current_claim_line"])}
    assert len(kept["current_claim_line"].columns) == widths["current_claim_line"]
