"""Night after night, only what changed is audited again: the findings are those of an audit of everything.

`make test-nights` plays twenty stories over the files of a whole year; one over the first months is played by default.
"""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.schemas import ROW_SCHEMAS
from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.run import CheckRun, run_checks
from claims_audit.checking.selection import Selection, select_checks
from claims_audit.findings.months import months_audited_before
from claims_audit.findings.store import record_findings
from claims_audit.home import Home
from claims_audit.intake.load import load_paths
from claims_audit.settings import Settings
from claims_audit.warehouse.database import Connection, open_scratch, open_warehouse
from claims_audit.warehouse.reference import load_reference

pytestmark = pytest.mark.slow

STORIES = int(os.environ.get("CLAIMS_AUDIT_NIGHTS", "1"))
FILES = int(os.environ.get("CLAIMS_AUDIT_NIGHT_FILES", "14"))
CATALOG = read_catalog()
# The other packs judge by the day, or by when anybody was billed at all: with them, more is audited again.
SELECTIONS = (
    select_checks(CATALOG, ["core"]),
    select_checks(CATALOG, ["core", "ncci", "medicare", "telehealth", "integrity"]),
    Selection.of_all(CATALOG),
)
PARTS = (
    *("finding_id", "check_id", "certainty", "verdict", "direction", "severity", "policy_id", "date_of_service"),
    *("exposure_amount", "exposure_ceiling_amount", "message", "evidence", "evidence_sha", "service_month"),
)


@dataclass
class Story:
    """A home in which nights go by; the settings carry the day."""

    home: Home
    settings: Settings
    number: int = 0

    def load(self, paths: list[Path]) -> None:
        with open_warehouse(self.home, self.settings) as con:
            load_reference(con, self.home, self.settings, ROW_SCHEMAS)
            reports = load_paths(con, paths, self.home, self.settings, ROW_SCHEMAS, self.run_id)
            assert {report.status for report in reports} <= {"loaded"}

    @property
    def run_id(self) -> str:
        return f"20240101T{self.number:06d}-aaaaaa"

    def audit(self, selection: Selection) -> CheckRun:
        """One night, and the proof that it found what an audit of all months finds."""
        self.number += 1
        with open_scratch(self.home, self.settings) as con:
            run = run_checks(con, CATALOG, selection, before=months_audited_before(con))
        with open_scratch(self.home, self.settings) as con:
            whole = run_checks(con, CATALOG, selection)
        with open_warehouse(self.home, self.settings) as con:
            record_findings(con, self.run_id, run.findings, run.results, run.memory)
            assert kept_findings(con, self.run_id) == sorted(
                (tuple(getattr(found, part) for part in PARTS), sorted(line.claim_line_id for line in found.lines))
                for found in whole.findings
            )
        assert [told(result) for result in run.results] == [told(result) for result in whole.results]
        return run


def kept_findings(con: Connection, run_id: str) -> list[Any]:
    rows = con.execute(
        f"select {', '.join(f'finding.{part}' for part in PARTS)}, list_sort(list(finding_line.claim_line_id)) "
        "from finding left join finding_line on finding.finding_id = finding_line.finding_id "
        "where finding.state <> 'not_seen' and finding.last_seen_run = $run_id group by all",
        {"run_id": run_id},
    ).fetchall()
    return sorted((row[:-1], [line for line in row[-1] if line is not None]) for row in rows)


def told(result: Any) -> tuple[Any, ...]:
    return (
        result.check_id, result.status, result.reason, result.lines_examined, result.lines_not_checked,
        result.finding_count,
    )  # fmt: skip


@pytest.fixture
def begin(tmp_path: Path) -> Callable[[str], Story]:
    def make(name: str) -> Story:
        home = Home(tmp_path / name)
        home.create()
        home.policy.mkdir()
        return Story(home, Settings(threads=2, today=date(2024, 9, 2)))

    return make


@pytest.mark.parametrize("seed", range(STORIES))
def test_nights_find_what_an_audit_of_everything_finds(
    begin: Callable[[str], Story], small_practices: list[Path], seed: int
) -> None:
    chance = random.Random(seed)
    story = begin(f"story-{seed}")
    selection = chance.choice(SELECTIONS)
    practice = small_practices[0]
    shutil.copytree(practice / "policy", story.home.policy, dirs_exist_ok=True)
    # Of the first months of the year, as they overlap; late claims and remittances are among them.
    files = sorted((practice / "inbox").iterdir())[:FILES]
    chance.shuffle(files)
    kept = 0
    while files:
        count = chance.randint(max(len(files) // 3, 1), max(len(files) // 2, 1))
        night, files = files[:count], files[count:]
        story.load(night)
        if chance.random() < 0.4:
            story.settings = replace(
                story.settings, today=story.settings.audit_day + timedelta(days=chance.choice((-3, 1, 1, 40)))
            )
        if chance.random() < 0.4:
            change_policy(story.home.policy, chance)
        story.load([])
        kept += len(story.audit(selection).memory.kept)
    kept += len(story.audit(selection).memory.kept)
    assert kept > 0


def change_policy(folder: Path, chance: random.Random) -> None:
    begins = chance.choice(("", "2024-08-01", "2025-01-01"))
    (folder / "own.csv").write_text(
        "policy_id,rule_key,payer_id,rule_value,eff_from,source_title,source_kind,is_verified\n"
        f"own-max,max_size,BLUEHARBOR,{chance.randint(5, 9)},{begins},Contract,official,true\n",
        encoding="utf-8",
    )
