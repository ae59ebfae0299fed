"""What a check needs: the views that have to be made for it, the tables behind them, and what it can go without.

All of it is read from the parse trees, so that a new check or view has nothing to declare.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import Final

from sqlglot import exp

from claims_audit.checking.catalog import Catalog
from claims_audit.checking.query_file import CheckFile, ViewFile

# What only the payer's answer fills.
REMITTANCE_TABLES: Final = frozenset(
    {"remittance", "remittance_line", "remittance_adjustment", "provider_adjustment", "remittance_claim_line"}
)


def needed_views(catalog: Catalog, checks: Iterable[CheckFile], more: Iterable[str] = ()) -> tuple[ViewFile, ...]:
    """The views that the checks read, those named in `more`, and those behind them, in an order to make them in."""
    views = {view.name: view for view in catalog.views}
    stored = {view.stored_as: view.name for view in catalog.views if view.stored_as is not None}
    needed: set[str] = set()
    waiting = [*more, *(name for check in checks for name in (check.subject, *check.tables))]
    while waiting:
        name = waiting.pop()
        name = stored.get(name, name)
        if name in views and name not in needed:
            needed.add(name)
            waiting += views[name].tables
    return tuple(view for view in catalog.views if view.name in needed)


def tables_behind(catalog: Catalog, check: CheckFile) -> frozenset[str]:
    """Every table and view that the check reads, itself or through views."""
    views = needed_views(catalog, [check])
    return check.tables.union(*(view.tables for view in views), *({view.name} for view in views))


def reads_today(catalog: Catalog, check: CheckFile) -> bool:
    """Whether the day of the audit has a part in what the check finds."""
    queries = [check.query, *(view.query for view in needed_views(catalog, [check]))]
    return any(column.name == "audit_date" for query in queries for column in query.find_all(exp.Column))


def checks_without(catalog: Catalog, absent: Set[str] = REMITTANCE_TABLES) -> tuple[CheckFile, ...]:
    """The checks that may find something although the tables `absent` are empty.

    A check needs a table if it can have no row while the table is empty: it selects from it, or joins it without
    `left`, itself or through a view. What is only joined on the left (a price, a payment) is used where it is there.
    """
    empty = set(absent)
    for view in catalog.views:
        if is_empty_without(view.query, empty):
            empty.add(view.name)
            if view.stored_as is not None:
                empty.add(view.stored_as)
    return tuple(check for check in catalog.checks if not is_empty_without(check.query, empty))


def is_empty_without(query: exp.Expr, empty: Set[str]) -> bool:
    """Whether a SELECT can have no row as long as the tables `empty` have none."""
    known = set(empty)
    for cte in query.ctes if isinstance(query, exp.Query) else ():
        # A recursive one reads itself, which adds nothing to nothing.
        if is_empty_without(cte.this, known | {cte.alias}):
            known.add(cte.alias)
        else:
            known.discard(cte.alias)
    if isinstance(query, exp.Subquery):
        return is_empty_without(query.this, known)
    if isinstance(query, exp.SetOperation):
        sides = (is_empty_without(query.left, known), is_empty_without(query.right, known))
        return all(sides) if isinstance(query, exp.Union) else sides[0]
    if not isinstance(query, exp.Select):
        return False
    source = query.args.get("from_") or query.args.get("from")
    is_empty = source is not None and _is_empty_source(source.this, known)
    for join in query.args.get("joins") or ():
        joined = _is_empty_source(join.this, known)
        side, kind = str(join.side or "").upper(), str(join.kind or "").upper()
        if side == "FULL":
            is_empty = is_empty and joined
        elif side == "RIGHT":
            is_empty = joined
        elif side != "LEFT" and kind != "ANTI":
            is_empty = is_empty or joined
    return is_empty


def _is_empty_source(source: exp.Expr, empty: Set[str]) -> bool:
    if isinstance(source, exp.Table):
        return source.name in empty
    return is_empty_without(source, empty)
