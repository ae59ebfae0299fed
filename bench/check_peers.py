"""The three reference checks, written for each peer as somebody who knows the library would write them.

Each function reads the Parquet export, or the home for ours, and returns the rows that it found, by check. PySpark has
a process and a file of its own, spark_checks.py.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from bench.reference_checks import (
    BESIDE,
    DISTINCT,
    GROUP,
    INDIVIDUAL,
    KEYS,
    LINE_COLUMNS,
    MAX_SIZE,
    MODIFIERS,
    SESSION,
    TWICE,
    lines_path,
    superseded_path,
)
from claims_audit.home import Home

Rows = dict[str, Sequence[Sequence[object]]]

_CHECKS: Final = Path(__file__).parent / "checks" / "reference"
# The shipped checks that ask what the three ask, with the payers' own limits, exceptions and dollars.
SHIPPED: Final = ("oversized_group", "missing_distinct_modifier", "same_code_twice_in_day", "exact_duplicate_line")


def ours(home: Home, folder: Path) -> Callable[[], Rows]:
    """The engine of the audit, month by month over the warehouse, with the three as check files."""
    del folder
    from claims_audit.checking.catalog import Catalog, read_catalog
    from claims_audit.checking.query_file import read_check

    views = read_catalog().views
    catalog = Catalog(tuple(read_check(_CHECKS / f"{name}.sql") for name in KEYS), views, "")

    def rows() -> Rows:
        found: dict[str, list[list[object]]] = {name: [] for name in KEYS}
        for finding in _run(home, catalog, None).findings:
            seen = json.loads(finding.evidence)
            found[finding.check_id].append(
                [seen.get(name) if name in seen else getattr(finding, name, None) for name in KEYS[finding.check_id]]
            )
        return found

    return rows


def ours_shipped(home: Home, folder: Path) -> Callable[[], Rows]:
    """The same with the shipped checks; what they find is more, and is not compared."""
    del folder
    from claims_audit.checking.catalog import read_catalog
    from claims_audit.checking.selection import Selection

    catalog = read_catalog()
    checks = tuple(catalog.check(name) for name in SHIPPED)

    def rows() -> Rows:
        run = _run(home, catalog, Selection(checks, (), {check.check_id: check.params for check in checks}))
        return {name: [[one.finding_id] for one in run.findings if one.check_id == name] for name in SHIPPED}

    return rows


def _run(home: Home, catalog: Any, selection: Any) -> Any:
    from claims_audit.checking.run import run_checks
    from claims_audit.settings import read_settings
    from claims_audit.warehouse.database import open_scratch

    with open_scratch(home, read_settings(home.path)) as con:
        run = run_checks(con, catalog, selection)
    if faults := [result.reason for result in run.results if result.status == "errored"]:
        raise RuntimeError("; ".join(map(str, faults)))
    return run


def plain_duckdb(home: Home, folder: Path) -> Callable[[], Rows]:
    """DuckDB alone: three queries over the Parquet files."""
    del home
    import duckdb

    unmarked = " and ".join(f"coalesce({name}, '') not in {DISTINCT}" for name in MODIFIERS)

    def rows() -> Rows:
        con = duckdb.connect()
        con.execute("set memory_limit = '2GB'")
        con.execute(
            f"create view line as select * from '{lines_path(folder)}' anti join '{superseded_path(folder)}' "
            "using (claim_line_id)"
        )
        queries = {
            SESSION: f"where procedure_code = '{GROUP}' group by all having count(distinct member_id) > {MAX_SIZE}",
            BESIDE: f"where procedure_code in {(GROUP, *INDIVIDUAL)} and {unmarked} group by all "
            f"having bool_or(procedure_code = '{GROUP}') and bool_or(procedure_code <> '{GROUP}')",
            TWICE: "group by all having count(*) > 1",
        }
        return {
            name: con.execute(f"select {', '.join(KEYS[name])} from line {rest}").fetchall()
            for name, rest in queries.items()
        }

    return rows


def pandas(home: Home, folder: Path) -> Callable[[], Rows]:
    """pandas over Arrow columns; of the lines, only the columns that the checks need."""
    del home
    import pandas as pd

    def rows() -> Rows:
        line = pd.read_parquet(lines_path(folder), columns=list(LINE_COLUMNS), dtype_backend="pyarrow")
        gone = pd.read_parquet(superseded_path(folder), dtype_backend="pyarrow")["claim_line_id"]
        line = line[~line["claim_line_id"].isin(gone)]
        keys = {name: list(columns) for name, columns in KEYS.items()}

        group = line[line["procedure_code"] == GROUP]
        sizes = group.groupby(keys[SESSION], dropna=False, sort=False)["member_id"].nunique()

        therapy = line[line["procedure_code"].isin([GROUP, *INDIVIDUAL])]
        therapy = therapy[~therapy[list(MODIFIERS)].isin(list(DISTINCT)).any(axis=1)]
        is_group = therapy["procedure_code"] == GROUP
        beside = therapy.loc[is_group, keys[BESIDE]].drop_duplicates()
        beside = beside.merge(therapy.loc[~is_group, keys[BESIDE]].drop_duplicates(), on=keys[BESIDE])

        counts = line.groupby(keys[TWICE], dropna=False, sort=False).size()
        return {
            SESSION: sizes[sizes > MAX_SIZE].index.tolist(),
            BESIDE: list(beside.itertuples(index=False, name=None)),
            TWICE: counts[counts > 1].index.tolist(),
        }

    return rows


def polars(home: Home, folder: Path) -> Callable[[], Rows]:
    """Polars, lazily, all three in one plan, on its streaming engine."""
    del home
    import polars as pl

    def rows() -> Rows:
        line = pl.scan_parquet(lines_path(folder)).join(
            pl.scan_parquet(superseded_path(folder)), on="claim_line_id", how="anti"
        )
        code = pl.col("procedure_code")
        is_marked = pl.any_horizontal(pl.col(name).is_in(DISTINCT).fill_null(value=False) for name in MODIFIERS)
        plans = {
            SESSION: line.filter(code == GROUP)
            .group_by(KEYS[SESSION])
            .agg(pl.col("member_id").n_unique().alias("members"))
            .filter(pl.col("members") > MAX_SIZE),
            BESIDE: line.filter(code.is_in([GROUP, *INDIVIDUAL]) & ~is_marked)
            .group_by(KEYS[BESIDE])
            .agg((code == GROUP).any().alias("group"), (code != GROUP).any().alias("other"))
            .filter(pl.col("group") & pl.col("other")),
            TWICE: line.group_by(KEYS[TWICE]).agg(pl.len().alias("lines")).filter(pl.col("lines") > 1),
        }
        frames = pl.collect_all([plan.select(KEYS[name]) for name, plan in plans.items()], engine="streaming")
        return {name: frame.rows() for name, frame in zip(plans, frames, strict=True)}

    return rows


CHECKERS: Final = {
    "claims-audit engine": ours,
    "claims-audit shipped checks": ours_shipped,
    "plain DuckDB": plain_duckdb,
    "Polars streaming": polars,
    "pandas": pandas,
}
