"""What-if: which findings would come, go or change under a proposed file of policies or payers.

The checks run twice over what is loaded, in scratch databases: once with the rows that hold now, once with the file's
rows on top. Nothing is kept.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pyarrow as pa

from claims_audit.checking.catalog import Catalog, read_catalog
from claims_audit.checking.needs import tables_behind
from claims_audit.checking.run import CheckRun, run_checks
from claims_audit.checking.selection import Selection, select_checks
from claims_audit.errors import NoInputError
from claims_audit.findings.finding import CheckStatus, Finding
from claims_audit.home import Home
from claims_audit.intake.lifecycle import resolve_lifecycle
from claims_audit.rejecting import RejectsRows
from claims_audit.settings import Settings
from claims_audit.stand_in import complete_warehouse, put_in_place, read_reference_tables
from claims_audit.warehouse.database import first_row, open_scratch

_POLICY_TABLES: Final = frozenset({"payer", "payer_policy"})
# What makes a finding another one although it is about the same thing; its sentence follows from these.
COMPARED: Final = (
    *("verdict", "certainty", "direction", "severity"),
    *("exposure_amount", "exposure_ceiling_amount", "policy_id"),
)


@dataclass(frozen=True, slots=True)
class FindingChange:
    """One finding under one of the policies, or under both: what differs, before and after."""

    kind: str  # added, gone or changed
    finding: Finding  # as it would be; of one that is gone, as it is
    before: dict[str, object] = field(default_factory=dict)
    after: dict[str, object] = field(default_factory=dict)

    @property
    def claim_lines(self) -> list[str]:
        """Claim number and line of each line behind it."""
        return [f"{line.patient_control_number}:{line.claim_line_number}" for line in self.finding.lines]


@dataclass(slots=True)
class PolicyChange:
    """All that would change. Dollars by direction, over- and underpayment never netted."""

    changes: list[FindingChange]
    finding_count_before: int
    finding_count_after: int
    dollars_before: dict[str, Decimal]
    dollars_after: dict[str, Decimal]
    checks_run: list[str]
    checks_failed: list[str]

    def count(self, kind: str) -> int:
        """How many findings are of that kind."""
        return sum(change.kind == kind for change in self.changes)


def compare_policies(
    path: Path,
    home: Home,
    settings: Settings,
    schemas: Mapping[str, RejectsRows],
    progress: Callable[[str], None] = lambda _: None,
) -> PolicyChange:
    """Runs the chosen checks under the policies at hand and under those with the file on top, and compares.

    The caller holds the lock of the home. Raises NoInputError if nothing is loaded, ConfigurationError if the file or
    the home's own files are malformed.
    """
    if not home.warehouse.is_file():
        raise NoInputError(f"{home.path}: nothing is loaded yet; call `claims-audit load` first")
    catalog = read_catalog()
    selection = select_checks(catalog, settings.packs, settings.thresholds)
    current = read_reference_tables(home, settings, schemas)
    with _home_with(path, home) as proposed_home:
        proposed = read_reference_tables(proposed_home, settings, schemas)
    # Which lines count depends on the payers' rules about replacements.
    is_lifecycle_touched = _replacement_rules(current) != _replacement_rules(proposed)
    if not is_lifecycle_touched:
        selection = _reading_policies(catalog, selection)
    runs = []
    for told, tables in (("current policies", current), ("proposed policies", proposed)):
        runs.append(_run(home, settings, catalog, selection, tables, is_lifecycle_touched, told, progress))
    return _compare(*runs)


@contextmanager
def _home_with(path: Path, home: Home) -> Iterator[Home]:
    """A home that holds nothing but policies: those of the home, and the file, read after all others."""
    with TemporaryDirectory() as folder:
        proposed = Home(Path(folder))
        proposed.policy.mkdir()
        own = [other for other in sorted(home.policy.glob("*.csv")) if other.resolve() != path.resolve()]
        for place, source in enumerate([*own, path]):
            shutil.copyfile(source, proposed.policy / f"{place:06d}.csv")
        yield proposed


def _replacement_rules(tables: Mapping[str, pa.Table]) -> tuple[object, ...]:
    rules = [row for row in tables["payer_policy"].to_pylist() if row["rule_key"] == "replacement_scope"]
    return rules, tables["payer"].to_pylist() if rules else None


def _reading_policies(catalog: Catalog, selection: Selection) -> Selection:
    chosen = tuple(check for check in selection.checks if _POLICY_TABLES & tables_behind(catalog, check))
    return Selection(chosen, (), selection.params)


def _run(
    home: Home,
    settings: Settings,
    catalog: Catalog,
    selection: Selection,
    tables: Mapping[str, pa.Table],
    with_lifecycle: bool,
    told: str,
    progress: Callable[[str], None],
) -> CheckRun:
    with open_scratch(home, settings) as con:
        put_in_place(con, tables)
        complete_warehouse(con)
        if not first_row(con, "select 1 from claim_line limit 1"):
            raise NoInputError(f"{home.path}: no claim line is loaded yet; call `claims-audit load` first")
        if with_lifecycle:
            for table in ("claim_version", "superseded_line"):
                con.execute(f"create or replace table memory.main.{table} as select * from {table} limit 0")
            resolve_lifecycle(con)
        return run_checks(con, catalog, selection, progress=lambda text: progress(f"{told}: {text}"))


def _compare(current: CheckRun, proposed: CheckRun) -> PolicyChange:
    failed = sorted(
        {
            result.check_id
            for run in (current, proposed)
            for result in run.results
            if result.status is CheckStatus.ERRORED
        }
    )
    # A check that failed on one side would look as if all of its findings came or went.
    before = {found.finding_id: found for found in current.findings if found.check_id not in failed}
    after = {found.finding_id: found for found in proposed.findings if found.check_id not in failed}
    changes = []
    for finding_id in before.keys() | after.keys():
        old, new = before.get(finding_id), after.get(finding_id)
        if old is None and new is not None:
            changes.append(FindingChange("added", new))
        elif old is not None and new is None:
            changes.append(FindingChange("gone", old))
        elif old is not None and new is not None:
            differing = [name for name in COMPARED if getattr(old, name) != getattr(new, name)]
            if differing:
                changes.append(
                    FindingChange(
                        "changed",
                        new,
                        {name: getattr(old, name) for name in differing},
                        {name: getattr(new, name) for name in differing},
                    )
                )
    changes.sort(key=_order)
    return PolicyChange(
        changes=changes,
        finding_count_before=len(before),
        finding_count_after=len(after),
        dollars_before=_dollars(before.values()),
        dollars_after=_dollars(after.values()),
        checks_run=[result.check_id for result in current.results if result.check_id not in failed],
        checks_failed=failed,
    )


def _order(change: FindingChange) -> tuple[str, str, date, str]:
    return change.kind, change.finding.check_id, change.finding.date_of_service, change.finding.finding_id


def _dollars(findings: Iterable[Finding]) -> dict[str, Decimal]:
    """The findings' own dollars by direction; a line under two findings is in both."""
    totals: dict[str, Decimal] = {}
    for found in findings:
        totals[found.direction] = totals.get(found.direction, Decimal("0.00")) + found.exposure_amount
    return dict(sorted(totals.items()))
