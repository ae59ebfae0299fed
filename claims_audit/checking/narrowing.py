"""Which columns of a view its readers read: a month's tables are written with these and no others.

A shape is made for many checks, and a run that has chosen a few of them, or whose checks look at a few columns, need
not carry the rest through every line. Read from the parse trees, as all that a query needs is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import sqlglot
from sqlglot import exp

from claims_audit.checking.query_file import CheckFile, ViewFile


def narrowed_views(
    views: Sequence[ViewFile], checks: Iterable[CheckFile], whole: Iterable[str] = ()
) -> tuple[ViewFile, ...]:
    """The views without the columns that neither the other views nor the checks read.

    Those named in `whole`, those that nothing reads and those that the load keeps stay as they are.
    """
    chosen, kept = tuple(checks), frozenset(whole)
    return tuple(
        view if view.name in kept or view.stored_as is not None else _narrowed(view, _columns_read(view, views, chosen))
        for view in views
    )


def _narrowed(view: ViewFile, read: frozenset[str]) -> ViewFile:
    columns = tuple(column for column in view.columns if column in read)
    if not columns or columns == view.columns:
        return view
    return replace(view, sql=f"select {', '.join(columns)} from ({view.sql}) as whole", columns=columns)


def _columns_read(view: ViewFile, views: Sequence[ViewFile], checks: Sequence[CheckFile]) -> frozenset[str]:
    read: set[str] = set()
    readers: list[ViewFile | CheckFile] = [*views, *checks]
    for reader in readers:
        if view.name in reader.tables:
            read |= columns_of(reader.query, view)
    for check in checks:
        if check.subject == view.name:
            # What the lines of a check are counted by, and the days that turn its answers.
            told = sqlglot.parse_one(f"[{', '.join([check.checkable or 'true', *check.turns])}]", dialect="duckdb")
            read |= {column.name for column in told.find_all(exp.Column)} | {"line_count", "procedure_class"}
    if read and view.date_column is not None:
        read.add(view.date_column)
    return frozenset(read)


def columns_of(query: exp.Expr, view: ViewFile) -> frozenset[str]:
    """The columns of a view that a query may read: those it names, or all where it does not name them.

    A name without a table may be anybody's, and counts.
    """
    aliases = {table.alias_or_name for table in query.find_all(exp.Table) if table.name == view.name}
    named: set[str] = set()
    for column in query.find_all(exp.Column):
        is_of_view = not column.table or column.table in aliases
        if is_of_view and (isinstance(column.this, exp.Star) or (not column.table and column.name in aliases)):
            return frozenset(view.columns)
        if is_of_view:
            named.add(column.name)
    if any(not isinstance(star.parent, (exp.Count, exp.Column)) for star in query.find_all(exp.Star)):
        return frozenset(view.columns)
    for join in query.find_all(exp.Join):
        named |= {identifier.name for identifier in join.args.get("using") or ()}
        if str(join.method or "").upper() == "NATURAL":
            return frozenset(view.columns)
    return frozenset(named & set(view.columns))
