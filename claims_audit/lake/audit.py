"""Audits a lake with Spark: the same views and checks as on one machine, and findings that are the same to the byte.

First what is made once for all months, then the months side by side, then the findings of all of them at once; their
manifest comes last, and before it there is nothing that a reader would take for a result.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import duckdb

from claims_audit.checking.catalog import Catalog
from claims_audit.checking.needs import needed_views, tables_behind
from claims_audit.checking.outcome import conclude, results_of_left_out
from claims_audit.checking.selection import Selection, select_checks
from claims_audit.checking.service_month import MonthBounds, service_month
from claims_audit.checking.statistics import COUNTED_VIEWS, STATISTIC_TABLE, ProviderCounts
from claims_audit.errors import NoInputError
from claims_audit.findings.finding import CheckResult, CheckStatus
from claims_audit.lake.findings import FoundInLake, keep_findings
from claims_audit.lake.layout import FINDINGS_MANIFEST, FORMAT_VERSION, MANIFEST, LakeManifest, no_lake, parse_manifest
from claims_audit.lake.months import Month, MonthOutcome, whole_views
from claims_audit.lake.shapes import check_columns
from claims_audit.lake.storage import LakeFolder
from claims_audit.lake.tuning import query_settings
from claims_audit.project import VERSION
from claims_audit.warehouse.database import confine, create_tables
from claims_audit.warehouse.spark import SparkWarehouse


@dataclass(slots=True)
class LakeAudit:
    """One audit of a lake: what it was told, and what came of it."""

    lake: str  # path or URI
    run_id: str
    packs: Sequence[str] | None = None  # None: as the lake was exported
    thresholds: Mapping[str, Mapping[str, object]] | None = None
    months_at_once: int = 2
    tell: Callable[[str], None] = lambda _: None
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    results: list[CheckResult] = field(default_factory=list)
    found: FoundInLake = field(default_factory=FoundInLake)
    notices: list[str] = field(default_factory=list)
    stage_seconds: dict[str, float] = field(default_factory=dict)

    def as_manifest(self, manifest: LakeManifest, engine: str) -> dict[str, Any]:
        """The content of findings.json: counts, hashes and codes, never a value from a claim."""
        return {
            "format_version": FORMAT_VERSION,
            "run_id": self.run_id,
            "exported_run_id": manifest.run_id,
            "exported_at": manifest.exported_at,
            "started_at": self.started_at.isoformat(timespec="seconds"),
            "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "engine": engine,
            "code_version": VERSION,
            "data_view": manifest.data_view,
            "service_months": manifest.service_months,
            "checks": [{**asdict(result), "status": result.status.value} for result in self.results],
            "findings": self.found.finding_count,
            "finding_lines": self.found.line_count,
            "severities": self.found.severities,
            "states": self.found.states,
            "warnings": self.notices,
            "stage_seconds": self.stage_seconds,
        }


def audit_lake(spark: SparkWarehouse, audit: LakeAudit, catalog: Catalog) -> dict[str, Any]:
    """Runs the chosen checks over every month of the lake and keeps what they found in `findings/<run>`.

    `spark` keeps what it makes below `work/<run>` of the lake, which is removed at the end. Returns the manifest of the
    findings. Raises NoInputError or ConfigurationError if the folder is no lake.
    """
    folder = LakeFolder(spark.session, audit.lake)
    if not folder.exists(MANIFEST):
        raise NoInputError(no_lake(audit.lake))
    manifest = parse_manifest(folder.read_text(MANIFEST), folder.at(MANIFEST))
    if manifest.rule_set_sha != catalog.sha256:
        audit.notices.append("the checks are not those of the code that wrote the lake")
    selection = select_checks(
        catalog,
        manifest.packs if audit.packs is None else audit.packs,
        manifest.thresholds if audit.thresholds is None else audit.thresholds,
    )
    audit.results = [CheckResult(check.check_id) for check in selection.checks]
    spark.tune(query_settings(sum(manifest.service_months.values()), _cores(spark)))
    work = f"work/{audit.run_id}"
    try:
        outcomes = _run_months(spark, audit, catalog, selection, manifest, folder, folder.at(work))
        _add_up(audit, selection, outcomes)
        audit.tell("gathering the findings")
        with _timed(audit, "findings"):
            faulty = [result.check_id for result in audit.results if result.status is CheckStatus.ERRORED]
            checks = [check for check in selection.checks if check.check_id not in faulty]
            audit.found = keep_findings(spark, folder, work, audit.run_id, checks if manifest.service_months else [])
        _conclude(audit, selection)
        _keep_results(spark, folder.at(f"findings/{audit.run_id}/check_result"), audit)
        content = audit.as_manifest(manifest, f"spark {spark.session.version}")
        folder.write_text(f"findings/{audit.run_id}/{FINDINGS_MANIFEST}", json.dumps(content, indent=2) + "\n")
    except BaseException:
        folder.delete(f"findings/{audit.run_id}")
        raise
    finally:
        folder.delete(work)
    return content


def _run_months(
    spark: SparkWarehouse,
    audit: LakeAudit,
    catalog: Catalog,
    selection: Selection,
    manifest: LakeManifest,
    folder: LakeFolder,
    work: str,
) -> list[MonthOutcome]:
    compared = [check for check in selection.checks if STATISTIC_TABLE in tables_behind(catalog, check)]
    views = needed_views(catalog, selection.checks, COUNTED_VIEWS if compared else ())
    whole = whole_views(views)
    monthly = [view for view in views if view.stored_as is None and view not in whole]
    with _timed(audit, "history"):
        columns = check_columns(catalog, selection.checks, selection.params)
        for name, table in manifest.tables.items():
            spark.read_table(name, folder.at(table.path), table.columns)
            spark.share(name)
        for view in whole:
            audit.tell(f"making {view.name}")
            spark.make_table(view.name, view.sql, month_of=view.date_column)
            spark.share(view.name)
    largest = query_settings(max(manifest.service_months.values()), _cores(spark))
    months = [Month(spark, work, largest, *bounds) for bounds in _bounds(manifest.service_months)]
    # The comparison of clinicians is over all months, and is told with the last.
    late = [view for view in monthly if _reads_statistics(catalog, view.name)] if compared else []
    early = [view for view in monthly if view not in late]

    def run_month(month: Month) -> MonthOutcome:
        audit.tell(f"checking {month.label}")
        month.borrow(list(manifest.tables), whole)
        month.make(early)
        is_last = month is months[-1]
        if is_last:
            now = [check for check in selection.checks if check not in compared]
        else:
            month.make(late)
            now = list(selection.checks)
        return month.check(catalog, now, selection.params, columns)

    with _timed(audit, "months"):
        with ThreadPoolExecutor(max(audit.months_at_once, 1)) as pool:
            outcomes = list(pool.map(run_month, months))
        if compared and months:
            last = months[-1]
            last.put(STATISTIC_TABLE, _statistics(catalog, spark, months, selection.params[compared[0].check_id]))
            last.make(late)
            outcomes.append(last.check(catalog, compared, selection.params, columns))
    return outcomes


def _cores(spark: SparkWarehouse) -> int:
    return int(spark.session.sparkContext.defaultParallelism)


def _reads_statistics(catalog: Catalog, name: str) -> bool:
    views = needed_views(catalog, (), [name])
    return any(STATISTIC_TABLE in view.tables for view in views)


def _statistics(catalog: Catalog, spark: SparkWarehouse, months: Sequence[Month], params: Mapping[str, object]) -> Any:
    """The comparison of clinicians as a data frame: their counts of each month come here, which are few."""
    with duckdb.connect() as con:
        confine(con)
        create_tables(con)
        columns = {view.name: view.columns for view in catalog.views if view.name in COUNTED_VIEWS}
        counts = ProviderCounts(con, params, columns)
        for month in months:
            for view in COUNTED_VIEWS:
                con.register(view, month.table(view).toArrow())
            counts.add_month(month.start)
            for view in COUNTED_VIEWS:
                con.unregister(view)
        counts.fill()
        return spark.session.createDataFrame(con.sql(f"select * from {STATISTIC_TABLE}").to_arrow_table())


def _bounds(service_months: Mapping[str, int]) -> list[MonthBounds]:
    """The service months of a lake, oldest first."""
    starts = [date.fromisoformat(f"{month}-01") for month in sorted(service_months)]
    return [service_month(start.year, start.month) for start in starts]


def _add_up(audit: LakeAudit, selection: Selection, outcomes: Sequence[MonthOutcome]) -> None:
    for check, result in zip(selection.checks, audit.results, strict=True):
        for outcome in outcomes:
            result.lines_examined += outcome.lines_examined.get(check.check_id, 0)
            result.lines_not_checked += outcome.lines_not_checked.get(check.check_id, 0)
            result.duration_seconds += outcome.seconds.get(check.check_id, 0.0)
            if check.check_id in outcome.faults:
                result.status, result.reason = CheckStatus.ERRORED, outcome.faults[check.check_id]


def _conclude(audit: LakeAudit, selection: Selection) -> None:
    for check, result in zip(selection.checks, audit.results, strict=True):
        if check.check_id in audit.found.faults:
            result.status, result.reason = CheckStatus.ERRORED, audit.found.faults[check.check_id]
        result.finding_count = audit.found.by_check.get(check.check_id, 0)
        conclude(check, result)
    errored = [result.check_id for result in audit.results if result.status is CheckStatus.ERRORED]
    if errored:
        audit.notices.append(f"checks that failed: {', '.join(errored)}")
    audit.results += results_of_left_out(selection)


def _keep_results(spark: SparkWarehouse, path: str, audit: LakeAudit) -> None:
    rows = [
        (
            audit.run_id,
            result.check_id,
            result.status.value,
            result.reason,
            result.lines_examined,
            result.lines_not_checked,
            result.finding_count,
            result.duration_seconds,
        )
        for result in audit.results
    ]
    schema = (
        "run_id string, check_id string, status_code string, reason string, lines_examined bigint, "
        "lines_not_checked bigint, finding_count bigint, duration_seconds double"
    )
    spark.session.createDataFrame(rows, schema).coalesce(1).write.parquet(path)


@contextmanager
def _timed(audit: LakeAudit, stage: str) -> Iterator[None]:
    began = time.perf_counter()
    try:
        yield
    finally:
        audit.stage_seconds[stage] = round(time.perf_counter() - began, 3)
