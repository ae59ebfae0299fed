"""Faults put into a query on purpose, one at a time: each comparison changed, each condition dropped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

# What a slip of the hand makes of a comparison: the boundary moved, and the sense turned round.
_SLIPS: dict[type[exp.Expression], tuple[type[exp.Expression], ...]] = {
    exp.EQ: (exp.NEQ,),
    exp.NEQ: (exp.EQ,),
    exp.LT: (exp.LTE, exp.GTE),
    exp.LTE: (exp.LT, exp.GT),
    exp.GT: (exp.GTE, exp.LTE),
    exp.GTE: (exp.GT, exp.LT),
    exp.NullSafeEQ: (exp.NullSafeNEQ,),
    exp.NullSafeNEQ: (exp.NullSafeEQ,),
}
_TRUTHS = (exp.In, exp.Is, exp.Like, exp.Exists, exp.Between)


@dataclass(frozen=True)
class Mutant:
    """A query with one fault, and what the fault is."""

    fault: str
    sql: str


def mutants_of(sql: str) -> Iterator[Mutant]:
    """Every mutant of a query in the DuckDB dialect."""
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    size = sum(1 for _ in tree.walk())
    seen = {tree.sql("duckdb")}
    for place in range(size):
        for change, fault in _changes(_nth(tree, place)):
            copy = tree.copy()
            node = _nth(copy, place)
            node.replace(change(node))
            text = copy.sql("duckdb")
            if text not in seen:
                seen.add(text)
                yield Mutant(f"{fault}, place {place}", text)


def _nth(tree: exp.Expression, place: int) -> exp.Expression:
    for number, node in enumerate(tree.walk()):
        if number == place:
            return node
    raise IndexError(place)


def _changes(node: exp.Expression):  # type: ignore[no-untyped-def]
    """The ways to spoil one node, each with its sentence."""
    shown = node.sql("duckdb")
    for slip in _SLIPS.get(type(node), ()):
        yield (
            (lambda old, slip=slip: slip(this=old.left.copy(), expression=old.right.copy())),
            (f"`{shown}` with {slip.__name__}"),
        )
    if isinstance(node, _TRUTHS) and not isinstance(node.parent, exp.Not):
        yield (lambda old: exp.Not(this=exp.Paren(this=old.copy()))), f"not `{shown}`"
    if isinstance(node, exp.Not):
        yield (lambda old: exp.Paren(this=old.this.copy())), f"`{shown}` without not"
    if _is_condition(node):
        kept = "false" if isinstance(node.parent, exp.Or) else "true"
        yield (lambda old, kept=kept: sqlglot.parse_one(kept)), f"`{shown}` dropped"


def _is_condition(node: exp.Expression) -> bool:
    """Whether the node is one of the conditions joined by and, or, where, having, on, when or filter."""
    if isinstance(node, (exp.And, exp.Or, exp.Paren, exp.Boolean)):
        return False
    parent = node.parent
    while isinstance(parent, exp.Paren):
        parent = parent.parent
    if isinstance(parent, (exp.And, exp.Or, exp.Where, exp.Having, exp.Qualify)):
        return True
    if isinstance(parent, exp.Join):
        return node.arg_key == "on"
    return isinstance(parent, exp.If) and node.arg_key == "this"
