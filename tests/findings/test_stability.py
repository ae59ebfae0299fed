"""The same claims in another order of arrival: the same findings, to the cent."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.run import CheckRun, run_checks
from claims_audit.settings import Settings
from claims_audit.warehouse.database import open_scratch

pytestmark = pytest.mark.slow

Desk = Any
SETTINGS = Settings(threads=2)


def audited(desk: Desk) -> CheckRun:
    desk.con.close()
    with open_scratch(desk.home, SETTINGS) as con:
        return run_checks(con, read_catalog())


def natural(checked: CheckRun) -> list[tuple[Any, ...]]:
    """All of a finding but the keys that the warehouse gives to lines."""
    return sorted(
        (
            found.finding_id,
            found.check_id,
            found.certainty,
            found.verdict,
            found.policy_id,
            found.exposure_amount,
            found.exposure_ceiling_amount,
            found.message,
            found.evidence,
            found.evidence_sha,
            sorted((line.patient_control_number, line.claim_line_number, line.exposure_amount) for line in found.lines),
        )
        for found in checked.findings
    )


def test_findings_do_not_hang_on_the_order_of_files_or_lines(
    new_desk: Callable[[str], Desk], small_practices: list[Path]
) -> None:
    files = sorted((small_practices[1] / "inbox").iterdir())
    chance = random.Random(5)
    seen = []
    for name, order in (("named", files), ("backwards", files[::-1]), ("shuffled", chance.sample(files, len(files)))):
        desk = new_desk(name)
        for path in order:
            content = path.read_bytes()
            if path.suffix == ".csv" and name == "backwards":
                header, *lines = content.splitlines(keepends=True)
                content = b"".join([header, *lines[::-1]])
            assert desk.deliver(path.name, content).status == "loaded"
        checked = audited(desk)
        assert {result.status.value for result in checked.results} <= {"found", "clear", "not_checked"}
        seen.append(natural(checked))
    assert len(seen[0]) > 15
    assert seen[1] == seen[0]
    assert seen[2] == seen[0]
