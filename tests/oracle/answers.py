"""What the SQL finds in many small practices at once, and how that is held against what must be found."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

import duckdb

from claims_audit.checking.catalog import read_catalog
from tests.checks.case_file import Case
from tests.checks.case_tables import create_tables, finish_tables, insert_case, mark_of, without_mark
from tests.checks.engines import DuckDbAnswering
from tests.oracle.practice import Draw, Practice

# A batch stands side by side in one database. `make test-oracle` draws 2,000 practices of each family.
BATCHES = int(os.environ.get("CLAIMS_AUDIT_ORACLE_BATCHES", "1"))
PRACTICES_PER_BATCH = 100 if BATCHES > 1 else 50


@dataclass(frozen=True, order=True)
class Answer:
    """What is compared of a finding; `lines` are `claim number:line` in order."""

    check_id: str
    lines: tuple[str, ...]
    verdict: str
    certainty: str
    direction: str
    exposure: Decimal


class Family(Protocol):
    """A module of this folder: the checks of a family, practices for them, and what must be found there."""

    CHECKS: tuple[str, ...]

    def draw(self, rng: Draw) -> Practice: ...

    def expected(self, practice: Practice) -> Iterable[Answer]: ...


def answer(
    check_id: str,
    lines: Iterable[str],
    verdict: str,
    certainty: str,
    direction: str,
    exposure: Decimal | int | str = 0,
) -> Answer:
    """An answer with its lines in order and its dollars in cents."""
    return Answer(
        check_id, tuple(sorted(lines)), verdict, certainty, direction, Decimal(exposure).quantize(Decimal("0.01"))
    )


def found_in(practices: list[Practice], check_ids: Iterable[str]) -> list[list[Answer]]:
    """What the SQL of the checks finds in each practice, in order."""
    catalog = read_catalog()
    checks = [catalog.check(check_id) for check_id in check_ids]
    answers: list[list[Answer]] = [[] for _ in practices]
    for data_view in sorted({practice.data_view for practice in practices}):
        numbered = [(n, practice) for n, practice in enumerate(practices) if practice.data_view == data_view]
        setting = {"data_view": data_view, "feasible_minutes": "720", "min_group_minutes": "45"}
        with duckdb.connect() as con:
            create_tables(con)
            names: dict[int, str] = {}
            for number, practice in numbered:
                given = {"audit_setting": [setting], "claim_line": [], **practice.tables}
                names |= insert_case(con, Case(number, "", True, f"practice {number}", "hit", given, [], (), {}))
            finish_tables(con, setting)
            answering = DuckDbAnswering()
            answering.make_views(con, catalog)
            for check in checks:
                for row in answering.rows(check.sql, check.params):
                    pairs = [part.split(":") for part in (row["claim_lines"] or "").split(";") if part]
                    lines = [names[int(line_id)] for line_id, _ in pairs]
                    number = next(n for n, _ in numbered if mark_of(n) in str(row))
                    answers[number].append(
                        answer(
                            check.check_id,
                            [without_mark(line) for line in lines],
                            row["verdict"],
                            row["certainty"],
                            row.get("direction") or check.direction,
                            row["exposure_amount"],
                        )
                    )
    return [sorted(found) for found in answers]


def assert_agreement(seed: int, families: Sequence[Family]) -> None:
    """Draws a batch of practices of each family and compares.

    A difference is told for the smallest practice that still shows it.
    """
    drawn = [
        (family, family.draw(Draw(f"{seed}/{number}"))) for family in families for number in range(PRACTICES_PER_BATCH)
    ]
    every_check = [check_id for family in families for check_id in family.CHECKS]
    found = found_in([practice for _, practice in drawn], every_check)
    for (family, practice), answers in zip(drawn, found, strict=True):
        mine = [answer for answer in answers if answer.check_id in family.CHECKS]
        if mine != sorted(family.expected(practice)):
            small = _smallest(practice, family)
            mine, wanted = found_in([small], family.CHECKS)[0], sorted(family.expected(small))
            shown = "\n".join(f"{table}: {row}" for table, rows in small.tables.items() for row in rows)
            raise AssertionError(
                f"seed {seed}, view {small.data_view}\n{shown}\n"
                f"only the SQL: {[a for a in mine if a not in wanted]}\n"
                f"only the rules: {[a for a in wanted if a not in mine]}"
            )


def _smallest(practice: Practice, family: Family) -> Practice:
    """Takes rows away, one by one, as long as the two still differ; all tries of a round stand side by side."""
    small = practice
    while True:
        tries = [
            _without(small, table, place)
            for table, rows in small.tables.items()
            for place in reversed(range(len(rows)))
        ]
        try:
            found = found_in(tries, family.CHECKS) if tries else []
        except (AssertionError, duckdb.Error):
            return small
        differing = (tried for tried, answers in zip(tries, found, strict=True) if _differs(tried, answers, family))
        smaller = next(differing, None)
        if smaller is None:
            return small
        small = smaller


def _differs(practice: Practice, answers: list[Answer], family: Family) -> bool:
    try:
        return answers != sorted(family.expected(practice))
    except (AssertionError, LookupError, ValueError):
        return False  # the rules cannot be asked about what is left


def _without(practice: Practice, table: str, place: int) -> Practice:
    smaller = deepcopy(practice)
    del smaller.tables[table][place]
    return smaller
