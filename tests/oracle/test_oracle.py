"""A plain reading of the rules in Python and the SQL of the checks find the same in random small practices."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from claims_audit.checking.catalog import read_catalog
from tests.oracle import (
    add_on,
    attendance,
    clock,
    coding,
    coverage,
    diagnosis,
    duplicates,
    frequency,
    group_size,
    lifecycle,
    outliers,
    payment,
    places,
    same_day,
)
from tests.oracle.answers import BATCHES, assert_agreement

FAMILIES = [
    group_size,
    same_day,
    duplicates,
    add_on,
    diagnosis,
    clock,
    frequency,
    payment,
    coverage,
    coding,
    attendance,
    places,
    lifecycle,
    outliers,
]


# A smaller seed is no smaller practice: what differs is made small by the comparison itself.
@settings(
    max_examples=BATCHES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.integers(0, 2**32 - 1))
def test_sql_and_rules_agree(seed: int) -> None:
    assert_agreement(seed, FAMILIES)


def test_every_check_is_told_twice() -> None:
    told = [check_id for family in FAMILIES for check_id in family.CHECKS]
    assert sorted(told) == sorted(check.check_id for check in read_catalog().checks)
