"""Holds the mutants of the checks against their cases: which of them would no case notice?"""

from __future__ import annotations

import argparse
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.query_file import CheckFile
from tests.checks.case_file import Case, Row, all_cases
from tests.checks.case_tables import create_tables, finish_tables, insert_case
from tests.checks.engines import DuckDbAnswering, as_rows_of
from tests.mutants.sql_mutants import mutants_of

LEAST_KILLED = 0.90
# Mutants that no case can notice, and why: by check, the fault as it is printed.
ACCEPTED = Path(__file__).with_name("survivors.toml")


@dataclass
class Tally:
    """What became of the mutants of one check."""

    check_id: str
    killed: int = 0
    survivors: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.killed + len(self.survivors)


class Judge:
    """The tables of all cases, made once a data view, over which each mutant is run."""

    def __init__(self) -> None:
        self.catalog = read_catalog()
        self._names: dict[int, str] = {}
        self._tables: dict[str | None, tuple[duckdb.DuckDBPyConnection, DuckDbAnswering]] = {}

    def tally(self, check: CheckFile) -> Tally:
        """Runs every mutant of the check over its cases."""
        cases = [case for case in all_cases() if case.subject == check.check_id]
        assert self._agrees(check, check.sql, cases), f"{check.check_id}: its own cases fail"
        tally = Tally(check.check_id)
        for mutant in mutants_of(check.sql):
            if self._agrees(check, mutant.sql, cases):
                tally.survivors.append(mutant.fault)
            else:
                tally.killed += 1
        return tally

    def _agrees(self, check: CheckFile, sql: str, cases: list[Case]) -> bool:
        for data_view in sorted({case.data_view or "" for case in cases}):
            mine = [case for case in cases if case.data_view == data_view]
            try:
                rows = self._answering(data_view).rows(sql, check.params)
                if not all(_shown(as_rows_of(case, rows, self.catalog, self._names), case) for case in mine):
                    return False
            except (duckdb.Error, AssertionError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
                # A query that fails, or gives what no finding can be made of, is noticed at once.
                return False
        return True

    def _answering(self, data_view: str) -> DuckDbAnswering:
        if data_view not in self._tables:
            con = duckdb.connect()
            con.execute("set memory_limit = '2GB'")
            create_tables(con)
            cases = [case for case in all_cases() if case.data_view == data_view]
            for case in cases:
                self._names |= insert_case(con, case)
            finish_tables(con, cases[0].given["audit_setting"][0])
            answering = DuckDbAnswering()
            answering.make_views(con, self.catalog)
            self._tables[data_view] = (con, answering)
        return self._tables[data_view][1]


def _shown(answer: list[Row], case: Case) -> bool:
    def lines(rows: list[dict[str, Any]]) -> list[str]:
        return sorted(" | ".join(str(row[name]) for name in case.columns or row) for row in rows)

    return lines(answer) == lines(case.expected)


def accepted() -> dict[str, dict[str, str]]:
    """Reasons by check and fault."""
    return tomllib.loads(ACCEPTED.read_text(encoding="utf-8")) if ACCEPTED.exists() else {}


def main() -> int:
    """Prints the score of every check and the survivors; fails below nine in ten, or on a survivor without a reason."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checks", nargs="*", help="Check ids; else all.")
    wanted = parser.parse_args().checks
    judge, reasons = Judge(), accepted()
    killed = total = 0
    low = []
    for check in judge.catalog.checks:
        if wanted and check.check_id not in wanted:
            continue
        tally = judge.tally(check)
        killed, total = killed + tally.killed, total + tally.total
        share = tally.killed / tally.total if tally.total else 1.0
        sys.stdout.write(f"{tally.check_id:<36}{tally.killed:>5} of {tally.total:<5}{share:>7.1%}\n")
        for fault in tally.survivors:
            sys.stdout.write(
                f"    survived: {fault}: {reasons.get(check.check_id, {}).get(fault, 'no reason given')}\n"
            )
        if share < LEAST_KILLED:
            low.append(check.check_id)
        sys.stdout.flush()
    sys.stdout.write(f"{killed} of {total} mutants died on the cases, {killed / max(total, 1):.1%}\n")
    if low:
        sys.stdout.write(f"below {LEAST_KILLED:.0%}: {', '.join(low)}\n")
    return 1 if killed < LEAST_KILLED * total else 0


if __name__ == "__main__":
    raise SystemExit(main())
