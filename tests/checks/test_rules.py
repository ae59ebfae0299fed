"""By which rules a run judged: each check with its thresholds, each view, each policy row; of the last two runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.rules import record_rules
from claims_audit.checking.selection import select_checks

Desk = Any
PACKS = ("core", "integrity")


def record(desk: Desk, run_id: str, packs: tuple[str, ...] = PACKS, **thresholds: Mapping[str, object]) -> None:
    record_rules(desk.con, run_id, read_catalog(), select_checks(read_catalog(), packs, thresholds))


def differing(desk: Desk) -> list[tuple[str, str]]:
    return desk.con.execute(
        """
        select distinct kind_code, rule_id
        from (
            select kind_code, rule_id, rule_sha, count(*) over (partition by kind_code, rule_id, rule_sha) as runs
            from run_rule
        )
        where runs = 1
        order by all
        """
    ).fetchall()


@pytest.fixture(autouse=True)
def policy(desk: Desk) -> None:
    desk.con.execute(
        "insert into payer_policy (policy_id, payer_id, rule_key, rule_value, source_title, source_kind, is_verified) "
        "values ('acme-max', 'ACME', 'max_size', '9', 'A manual', 'manual', false)"
    )


def test_the_same_rules_are_the_same(desk: Desk) -> None:
    record(desk, "R1")
    record(desk, "R2")
    assert differing(desk) == []
    kinds = dict(
        desk.con.execute("select kind_code, count(*) from run_rule where run_id = 'R2' group by all").fetchall()
    )
    catalog = read_catalog()
    assert kinds["view"] == len(catalog.views)
    assert kinds["check"] == sum(check.pack in PACKS for check in catalog.checks)
    assert kinds["policy"] == desk.con.execute("select count(*) from payer_policy").fetchone()[0]


def test_a_threshold_makes_a_check_another(desk: Desk) -> None:
    record(desk, "R1")
    check = next(check for check in read_catalog().checks if check.pack in PACKS and check.params)
    name, value = next(iter(check.params.items()))
    other = value + 1 if isinstance(value, int) else f"{value} "
    record(desk, "R2", **{check.check_id: {name: other}})
    assert differing(desk) == [("check", check.check_id)]


def test_a_policy_row_with_another_value_is_another(desk: Desk) -> None:
    record(desk, "R1")
    desk.con.execute("update payer_policy set rule_value = '8' where policy_id = 'acme-max'")
    record(desk, "R2")
    assert differing(desk) == [("policy", "acme-max")]


def test_a_pack_that_is_left_out_is_no_rule_of_the_run(desk: Desk) -> None:
    record(desk, "R1")
    record(desk, "R2", ("core",))
    assert {kind for kind, _ in differing(desk)} == {"check"}
    assert len(differing(desk)) == sum(check.pack == "integrity" for check in read_catalog().checks)


def test_only_the_run_before_is_kept(desk: Desk) -> None:
    for run_id in ("R1", "R2", "R3", "R3"):
        record(desk, run_id)
    assert desk.con.execute("select distinct run_id from run_rule order by 1").fetchall() == [("R2",), ("R3",)]
