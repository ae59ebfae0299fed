"""Runs the checks, one service month at a time: the shapes of the month first, then every check over them.

The month lives in a scratch database; the warehouse is attached read-only behind it and cannot be changed. An errored
check does not stop the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import duckdb

from claims_audit.checking.building import FindingForm, begin_finding, parse_lines, with_lines
from claims_audit.checking.catalog import Catalog
from claims_audit.checking.counting import counting_query
from claims_audit.checking.inputs import month_inputs
from claims_audit.checking.narrowing import narrowed_views
from claims_audit.checking.needs import needed_views, tables_behind
from claims_audit.checking.outcome import conclude, results_of_left_out
from claims_audit.checking.query_file import CheckFile, ViewFile
from claims_audit.checking.selection import Selection
from claims_audit.checking.service_month import MonthBounds, service_months
from claims_audit.checking.slices import sliced_months, tie_claims
from claims_audit.checking.statistics import COUNTED_VIEWS, STATISTIC_TABLE, ProviderCounts
from claims_audit.checking.today import audit_date, valid_until
from claims_audit.findings.finding import CheckResult, CheckStatus, Finding, FindingLine
from claims_audit.findings.months import CheckCount, Memory, MonthRecord
from claims_audit.warehouse.database import Connection, first_row


@dataclass(slots=True)
class CheckRun:
    """What all checks found, and how each ended over all months; findings of kept months are in the warehouse."""

    findings: list[Finding] = field(default_factory=list)
    results: list[CheckResult] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)


def run_checks(
    con: Connection,
    catalog: Catalog,
    selection: Selection | None = None,
    progress: Callable[[str], None] = lambda _: None,
    months: Sequence[MonthBounds] | None = None,
    before: Mapping[date, MonthRecord] | None = None,
    take: Callable[[list[Finding]], None] | None = None,
) -> CheckRun:
    """Runs the chosen checks, by default all, over every service month. `con` is a scratch database over the warehouse.

    A check that is not chosen has a result, too, which says so. `months` are the only ones to look at, as
    `service_months` gives them. `before` are months as an earlier run audited them: those that would be judged alike
    are kept, and only counted. `take` is given the findings month by month, those of checks that fail later among
    them; without it they are collected in the run.
    """
    chosen = selection or Selection.of_all(catalog)
    run = CheckRun(results=[CheckResult(check.check_id) for check in chosen.checks])
    take = take or run.findings.extend
    counts = _provider_counts(con, catalog, chosen, months)
    counted = COUNTED_VIEWS if counts else ()
    views = needed_views(catalog, chosen.checks, counted)
    tables = narrowed_views(views, chosen.checks, counted)
    for view in tables:
        if view.is_history:
            con.execute(f"create or replace table {view.name} as {view.sql}")
    tie_claims(con)
    unverified = frozenset(
        row[0] for row in con.execute("select policy_id from payer_policy where not is_verified").fetchall()
    )
    looked_at = service_months(con) if months is None else months
    inputs = {} if before is None else month_inputs(con, catalog, chosen, views, looked_at)
    today = audit_date(con)
    # What compares all months is asked at the end.
    closing = [STATISTIC_TABLE in tables_behind(catalog, check) and counts is not None for check in chosen.checks]
    with sliced_months(con, views) as slices:
        for start, end in looked_at:
            record = (before or {}).get(start)
            if record is not None and record.holds(inputs[start], today):
                _keep_month(run, record, counts)
                continue
            progress(f"checking {start:%Y-%m}")
            slices.move(start, end)
            make_month(con, tables, start, end)
            if counts:
                counts.add_month(start)
            tally: dict[str, CheckCount] = {}
            found_in_month: list[Finding] = []
            for check, result, is_last in zip(chosen.checks, run.results, closing, strict=True):
                if not is_last:
                    params = chosen.params[check.check_id]
                    found, count = _try_check(con, catalog, check, params, unverified, start, result)
                    tally[check.check_id] = count
                    found_in_month += [replace(finding, service_month=start) for finding in found]
            take(found_in_month)
            if before is not None:
                until = valid_until(con, catalog, chosen, today)
                run.memory.audited.append(MonthRecord(start, inputs[start], today, until, tally))
    if counts and looked_at:
        counts.fill()
        run.memory.counted = counts.counted
        last = [
            pair for pair, is_last in zip(zip(chosen.checks, run.results, strict=True), closing, strict=True) if is_last
        ]
        take(_compare_months(con, catalog, last, tables, chosen.params, unverified))
    errored = {result.check_id for result in run.results if result.status is CheckStatus.ERRORED}
    # Half of a check's findings would look like the whole: none of an errored check is kept.
    run.findings = [finding for finding in run.findings if finding.check_id not in errored]
    for check, result in zip(chosen.checks, run.results, strict=True):
        conclude(check, result)
    run.results += results_of_left_out(chosen)
    return run


def _keep_month(run: CheckRun, record: MonthRecord, counts: ProviderCounts | None) -> None:
    run.memory.kept.append(record)
    if counts:
        counts.keep_month(record.service_month)
    for result in run.results:
        result.add(*record.counts.get(result.check_id, CheckCount(0, 0, 0)))


def _compare_months(
    con: Connection,
    catalog: Catalog,
    checks: Sequence[tuple[CheckFile, CheckResult]],
    views: Sequence[ViewFile],
    params: Mapping[str, Mapping[str, object]],
    unverified: frozenset[str],
) -> list[Finding]:
    """What the checks find that compare all months with each other; they are told of the last one."""
    start, end = service_months(con)[-1]
    make_month(con, tuple(view for view in views if STATISTIC_TABLE in view.tables), start, end)
    findings = []
    for check, result in checks:
        found, _ = _try_check(con, catalog, check, params[check.check_id], unverified, start, result)
        findings += found
    return findings


def _try_check(
    con: Connection,
    catalog: Catalog,
    check: CheckFile,
    params: Mapping[str, object],
    unverified: frozenset[str],
    month: date,
    result: CheckResult,
) -> tuple[list[Finding], CheckCount]:
    """What a check finds in the month at hand, counted in its result; an errored one finds nothing and says so."""
    began = time.perf_counter()
    found: list[Finding] = []
    count = CheckCount(0, 0, 0)
    try:
        found = run_check(con, check, unverified, params)
        _, examined, not_judged = first_row(con, counting_query(catalog, check)) or (None, 0, 0)
        count = CheckCount(int(examined), int(not_judged), len(found))
    except duckdb.Error as error:
        # The text of a DuckDB error can carry values of rows: its kind and the month are all that is told.
        result.status = CheckStatus.ERRORED
        result.reason = f"{type(error).__name__} in {month:%Y-%m}"
    except ValueError as error:
        result.status, result.reason = CheckStatus.ERRORED, f"{error} in {month:%Y-%m}"
    result.add(*count)
    result.duration_seconds += time.perf_counter() - began
    return found, count


def _provider_counts(
    con: Connection, catalog: Catalog, chosen: Selection, months: Sequence[tuple[date, date]] | None
) -> ProviderCounts | None:
    """What counts for the comparison of clinicians, if a check reads it; it is over all months or not at all."""
    readers = [check for check in chosen.checks if STATISTIC_TABLE in tables_behind(catalog, check)]
    if not readers or months is not None:
        return None
    columns = {view.name: view.columns for view in catalog.views if view.name in COUNTED_VIEWS}
    return ProviderCounts(con, chosen.params[readers[0].check_id], columns)


def make_month(con: Connection, views: tuple[ViewFile, ...], start: date, end: date) -> None:
    """Makes the tables that the checks of one month read: half open, from `start` to before `end`."""
    for view in views:
        if view.stored_as is not None:
            continue
        if view.date_column is not None:
            con.execute(
                f"create or replace table {view.name} as select * from ({view.sql}) "
                f"where {view.date_column} >= $start and {view.date_column} < $end",
                {"start": start - timedelta(days=view.days_before), "end": end},
            )
        elif not view.is_history:
            con.execute(f"create or replace table {view.name} as {view.sql}")


def run_check(
    con: Connection,
    check: CheckFile,
    unverified: frozenset[str] = frozenset(),
    params: Mapping[str, object] | None = None,
) -> list[Finding]:
    """Runs one check over the month at hand; `unverified` are the policy rows that nobody has read at the source.

    `params` are its thresholds, by default those of its header. Raises ValueError if two rows claim to be the same
    finding.
    """
    cursor = con.execute(check.sql, dict(check.params if params is None else params))
    names = [column[0] for column in cursor.description or ()]
    rows = [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
    keys = _line_keys(con, rows)
    findings = [_as_finding(check, row, keys, unverified) for row in rows]
    if len({finding.finding_id for finding in findings}) != len(findings):
        raise ValueError("two rows share one grain")
    return findings


def _as_finding(
    check: CheckFile, row: dict[str, object], keys: dict[int, tuple[str, int]], unverified: frozenset[str]
) -> Finding:
    lines = [FindingLine(line_id, *keys[line_id], amount) for line_id, amount in parse_lines(str(row["claim_lines"]))]
    return with_lines(begin_finding(FindingForm.of(check), row, unverified), lines)


def _line_keys(con: Connection, rows: list[dict[str, object]]) -> dict[int, tuple[str, int]]:
    ids = sorted({line_id for row in rows for line_id, _ in parse_lines(str(row["claim_lines"]))})
    if not ids:
        return {}
    found = con.execute(
        "select claim_line_id, patient_control_number, claim_line_number from claim_line "
        "where claim_line_id in (select unnest($ids))",
        {"ids": ids},
    ).fetchall()
    if len(found) < len(ids):
        raise ValueError("claim_lines names a line that there is not")
    return {line_id: (number, line) for line_id, number, line in found}
