"""What a check can go without: a SELECT that has no row while the payer's answers are empty needs them."""

from __future__ import annotations

import pytest
import sqlglot

from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.needs import checks_without, is_empty_without, needed_views, tables_behind


@pytest.mark.parametrize(
    "query",
    [
        "select a from answer",
        "select a from (select a from answer)",
        "select a from claim inner join answer using (a)",
        "select a from claim join (select a from answer) using (a)",
        "select a from claim cross join answer",
        "select a from claim right join answer using (a)",
        "select a from claim full join answer using (a) inner join other on true",
        "select a from answer left join claim using (a)",
        "select a from answer full join other using (a)",
        "select a from claim semi join answer using (a)",
        "select a from answer anti join claim using (a)",
        "with paid as (select a from answer) select a from paid",
        "with paid as (select a from answer), two as (select a from paid) select a from two",
        "with answered as (select a from answer) select a from claim inner join answered using (a)",
        "with recursive chain as (select a from answer union all select a from chain) select a from chain",
        "select a from answer union all select a from other",
        "select a from answer except select a from claim",
        "select a from answer intersect select a from claim",
        "select a from claim left join answer using (a) inner join other using (a)",
    ],
)
def test_no_row_without_answers(query: str) -> None:
    assert is_empty_without(sqlglot.parse_one(query, dialect="duckdb"), {"answer", "other"})


@pytest.mark.parametrize(
    "query",
    [
        "select 1",
        "select a from claim",
        "select a from claim left join answer using (a)",
        "select a from claim full join answer using (a)",
        "select a from answer full join claim using (a)",
        "select a from answer right join claim using (a)",
        "select a from claim anti join answer using (a)",
        "select a from claim where a in (select a from answer)",
        "select a from answer union all select a from claim",
        "select a from claim union all select a from answer",
        "select a from claim except select a from answer",
        "with paid as (select a from answer) select a from claim left join paid using (a)",
        # A name given anew in the query is not the table.
        "with answer as (select a from claim) select a from answer",
        "with recursive chain as (select a from claim union all select a from chain) select a from chain",
    ],
)
def test_rows_without_answers(query: str) -> None:
    assert not is_empty_without(sqlglot.parse_one(query, dialect="duckdb"), {"answer", "other"})


def test_a_check_without_the_tables_that_it_selects_from_is_left_out() -> None:
    catalog = read_catalog()
    everything = {check.check_id for check in catalog.checks}
    without_answers = {check.check_id for check in checks_without(catalog)}
    assert {"undersized_group", "exact_duplicate_line", "missing_distinct_modifier"} <= without_answers
    assert everything - {check.check_id for check in checks_without(catalog, {"provider_statistic"})} == {
        "provider_outlier"
    }
    # The comparison of clinicians reads numbers that are kept, and no lines.
    assert [one.check_id for one in checks_without(catalog, {"claim_line", "attendance"})] == ["provider_outlier"]


def test_views_come_after_those_that_they_read() -> None:
    catalog = read_catalog()
    views = {view.name for view in catalog.views}
    made: set[str] = set()
    stored: set[str] = set()
    for view in needed_views(catalog, catalog.checks):
        assert view.tables & views <= made, view.name
        made.add(view.name)
        stored |= {view.stored_as} if view.stored_as else set()
    check = catalog.check("oversized_group")
    names = [view.name for view in needed_views(catalog, [check])]
    assert "group_session" in names
    assert "provider_measure" not in names
    assert "provider_measure" in [view.name for view in needed_views(catalog, [check], ["provider_measure"])]
    assert {"claim_line", "attendance", "group_session"} <= tables_behind(catalog, check)
