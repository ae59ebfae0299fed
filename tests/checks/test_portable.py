"""Views and checks keep to the SQL that DuckDB and Spark answer alike: an allow-list over the parse tree.

Spark fails late or, worse, answers otherwise, and SQLGlot does not warn; so what is not known to be alike is not used.
A construct joins the lists below once a case proves it on both engines.
"""

from __future__ import annotations

import re

import pytest
import sqlglot
from sqlglot import exp

from claims_audit.checking.catalog import read_catalog
from claims_audit.warehouse.dialect import to_spark

CATALOG = read_catalog()
QUERIES = {query.path.stem: query.sql for query in (*CATALOG.views, *CATALOG.checks)}

# Structure, names, literals, comparisons and logic.
STRUCTURE = {
    exp.Alias,
    exp.Boolean,
    exp.Column,
    exp.ColumnDef,
    exp.CTE,
    exp.DataType,
    exp.DataTypeParam,
    exp.Distinct,
    exp.Filter,
    exp.From,
    exp.Group,
    exp.Having,
    exp.Identifier,
    exp.If,
    exp.Join,
    exp.Literal,
    exp.Null,
    exp.Order,
    exp.Ordered,
    exp.Paren,
    exp.Placeholder,
    exp.Qualify,
    exp.Select,
    exp.Star,
    exp.Subquery,
    exp.Table,
    exp.TableAlias,
    exp.Union,
    exp.Var,
    exp.Where,
    exp.Window,
    exp.With,
}
OPERATORS = {
    exp.Add,
    exp.And,
    exp.Between,
    exp.Div,
    exp.EQ,
    exp.Exists,
    exp.GT,
    exp.GTE,
    exp.In,
    exp.IntDiv,
    exp.Is,
    exp.Like,
    exp.LT,
    exp.LTE,
    exp.Mul,
    exp.Neg,
    exp.NEQ,
    exp.Not,
    exp.NullSafeEQ,
    exp.NullSafeNEQ,
    exp.Or,
    exp.Sub,
}
FUNCTIONS = {
    exp.Abs,
    exp.Case,
    exp.Cast,
    exp.Coalesce,
    exp.Concat,
    exp.Count,
    exp.DateDiff,
    exp.DateFromParts,
    exp.Day,
    exp.Explode,
    exp.Greatest,
    exp.GroupConcat,
    exp.Least,
    exp.Length,
    exp.Lower,
    exp.Max,
    exp.Median,
    exp.Min,
    exp.Month,
    exp.Quarter,
    exp.Replace,
    exp.Round,
    exp.RowNumber,
    exp.Split,
    exp.Sum,
    exp.Trim,
    exp.Year,
}
# Whole seconds and days between two moments are the same everywhere; DuckDB counts the minutes that begin, Spark those
# that are full.
SPANS = {"DAY", "SECOND"}
TYPES = {"BIGINT", "BOOLEAN", "DATE", "DECIMAL", "DOUBLE", "INT", "TEXT", "TIMESTAMP", "VARCHAR"}


@pytest.mark.parametrize("name", QUERIES)
def test_query_keeps_to_the_portable_subset(name: str) -> None:
    assert faults(QUERIES[name]) == []


@pytest.mark.parametrize("name", QUERIES)
def test_query_can_be_told_to_spark(name: str) -> None:
    assert "$" not in to_spark(QUERIES[name])


@pytest.mark.parametrize(
    ("sql", "fault"),
    [
        ("select session_end_at - session_start_at from t", "arithmetic on session_end_at"),
        ("select date_of_service - received_date from t", "arithmetic on date_of_service"),
        ("select date_of_service + interval 7 day from t", "Interval"),
        ("select date_trunc('month', date_of_service) from t", "TimestampTrunc"),
        ("select dayofweek(date_of_service) from t", "DayOfWeek"),
        ("select isodow(date_of_service) from t", "DayOfWeekIso"),
        ("select epoch(session_start_at) from t", "TimeToUnix"),
        ("select date_diff('month', date_of_service, received_date) from t", "DateDiff"),
        ("select date_diff('minute', session_start_at, session_end_at) from t", "DateDiff"),
        ("select paid_amount / 2 from t", "division"),
        ("select list(member_id order by member_id) from t", "ArrayAgg"),
        ("select list_has_any(a, b) from t", "ArrayOverlaps"),
        ("select [1, 2, 3] from t", "Array"),
        ("select {'a': 1} from t", "Struct"),
        ("select quantile_cont(paid_amount, 0.5) from t", "PercentileCont"),
        ("select percentile_cont(0.5) within group (order by paid_amount) from t", "PercentileCont"),
        ("select t.a from t asof join u on t.a >= u.a", "asof join"),
        ("select regexp_replace(a, 'b', 'c') from t", "RegexpReplace"),
        ("select format('{}', a) from t", "Format"),
        ("select hash(a) from t", "hash"),
        ("select a from t using sample 10", "TableSample"),
        ("select * replace (a as b) from t", "star"),
        ("select * exclude (a) from t", "star"),
        ("select columns('a.*') from t", "Columns"),
        ("select a from range(10) as r(a)", "GenerateSeries"),
        ("select first(a order by b) from t", "First"),
        ("select cast(a as float) from t", "type FLOAT"),
        ("with c as materialized (select a from t) select a from c", "materialized"),
        ("select a from t union by name select a from u", "union by name"),
        ("select a from t order by a limit 1", "Limit"),
        ("select t.a from t join u on t.b = u.b qualify t.a = min(t.a) over (partition by u.c)", "qualify on t.a"),
        ("select sum(a) over (order by b rows between 1 preceding and current row) from t", "WindowSpec"),
    ],
)
def test_what_the_engines_answer_differently_is_found(sql: str, fault: str) -> None:
    assert any(fault.lower() in found.lower() for found in faults(sql)), faults(sql)


def faults(sql: str) -> list[str]:
    found = []
    for node in sqlglot.parse_one(sql, dialect="duckdb").walk():
        kind = type(node)
        if kind is exp.Anonymous:
            found.append(f"function {node.name}")
        elif isinstance(node, exp.DateDiff):
            found += [] if str(node.args["unit"]).upper() in SPANS else ["DateDiff"]
        elif isinstance(node, exp.Var) and isinstance(node.parent, exp.DateDiff):
            continue
        elif kind not in STRUCTURE | OPERATORS | FUNCTIONS:
            found.append(kind.__name__)
        elif isinstance(node, (exp.Add, exp.Sub)):
            # Dates and timestamps end in _date, _at or are the date of service.
            found += [f"arithmetic on {side.name}" for side in (node.left, node.right) if _is_moment(side)]
        elif isinstance(node, exp.Div) and not all(_is_double(side) for side in (node.left, node.right)):
            # Of decimals DuckDB makes a double and Spark a decimal, and the cents come out otherwise.
            found.append("division of other than doubles")
        elif isinstance(node, exp.Join) and node.args.get("method"):
            found.append(f"{node.args['method']} join")
        elif isinstance(node, exp.Qualify):
            # Spark has none: the SELECT becomes a subquery, outside of which its tables have no names.
            found += [f"qualify on {column.sql()}" for column in node.find_all(exp.Column) if _is_of_table(column)]
        elif isinstance(node, exp.Star) and any(node.args.values()):
            found.append("star with exceptions")
        elif isinstance(node, exp.CTE) and node.args.get("materialized") is not None:
            found.append("materialized")
        elif isinstance(node, exp.Union) and node.args.get("by_name"):
            found.append("union by name")
        elif isinstance(node, exp.DataType) and node.this.name not in TYPES:
            found.append(f"type {node.this.name}")
    return found


def _is_double(node: exp.Expression) -> bool:
    return isinstance(node, exp.Cast) and node.to.this is exp.DataType.Type.DOUBLE


def _is_of_table(column: exp.Column) -> bool:
    return bool(column.table) and isinstance(column.find_ancestor(exp.Window, exp.Qualify), exp.Qualify)


def _is_moment(node: exp.Expression) -> bool:
    return isinstance(node, exp.Column) and bool(re.search(r"_date$|_at$|^date_of_service", node.name))
