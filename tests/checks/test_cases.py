"""Every case of every check and view, on every engine."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from claims_audit.checking.catalog import read_catalog
from tests.checks.case_file import KINDS, Case, Row, all_cases
from tests.checks.engines import Engine

ENGINES = [
    "duckdb",
    pytest.param(
        "spark",
        marks=[pytest.mark.spark, pytest.mark.skipif(not find_spec("pyspark"), reason="PySpark: make test-spark")],
    ),
]


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
@pytest.mark.parametrize("case", all_cases(), ids=lambda case: f"{case.subject}: {case.name}")
def test_case(case: Case, engine: Engine) -> None:
    assert shown(engine.answer(case), case.columns) == shown(case.expected, case.columns)


@pytest.mark.parametrize("check_id", [check.check_id for check in read_catalog().checks])
def test_check_has_a_case_of_each_kind(check_id: str) -> None:
    kinds = {case.kind for case in all_cases() if case.subject == check_id}
    assert {"hit", "near_miss", "reversed", "null"} <= kinds <= set(KINDS)


def test_case_names_differ() -> None:
    names = [(case.subject, case.name) for case in all_cases()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: f"{case.subject}: {case.name}")
def test_case_is_what_its_kind_says(case: Case) -> None:
    assert case.kind in KINDS
    if case.is_check and case.kind in ("hit", "near_miss"):
        assert bool(case.expected) == (case.kind == "hit")


def shown(rows: list[Row], columns: tuple[str, ...]) -> list[str]:
    """The columns that a case names, or all where it expects no row, a line a row, in an order of their own."""
    return sorted(" | ".join(str(row[name]) for name in columns or row) for row in rows)
