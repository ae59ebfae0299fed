"""Broken files all the way into the warehouse: lines, cents and bytes add up for each of them."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.readers.test_fuzz import SHARED, corpus, mutate

# A tenth of a second each: a few for every run of the tests, as many as wanted by hand.
MUTANTS = int(os.environ.get("CLAIMS_AUDIT_LOADED_MUTANTS", "60"))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the files to break come from outside this project")
def test_whatever_is_broken_everything_is_accounted_for(desk: Any) -> None:
    files = corpus()
    names = [desk.write(f"{number}.bin", mutate(number, files).content) for number in range(MUTANTS)]
    reports = desk.load(*names)  # asserts the identity of each
    assert len(reports) == MUTANTS
    assert {report.status for report in reports} <= {"loaded", "already_loaded", "refused", "ignored"}
    assert sum(report.status == "loaded" for report in reports) > MUTANTS // 4
    stored = desk.rows("select sum(lines_in), sum(charge_in_cents), sum(byte_count) from delivered_file")
    loaded = [report for report in reports if report.status == "loaded"]
    assert stored == [
        (
            sum(report.lines_in for report in loaded),
            sum(report.charge_in_cents for report in loaded),
            sum(report.bytes for report in loaded),
        )
    ]
