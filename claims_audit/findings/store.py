"""Keeps findings across runs: one transaction that makes new, open, changed and not_seen out of what a run found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path

from claims_audit.findings.finding import CheckResult, CheckStatus, Finding
from claims_audit.findings.months import Memory, remember
from claims_audit.findings.rows import COLUMNS, FindingFolder, attach_findings
from claims_audit.warehouse.database import Connection, first_row, transaction


def record_findings(
    con: Connection,
    run_id: str,
    findings: Sequence[Finding] | FindingFolder,
    results: Sequence[CheckResult],
    memory: Memory | None = None,
) -> dict[str, int]:
    """Writes one run's findings and check results; returns how many findings are in which state.

    Findings of the months that `memory` says were kept are seen again as they are; without memory all months were
    audited, and the next run audits all of them.
    A finding that a check no longer raises becomes not_seen and stays; one of a check that errored keeps its state.
    Nothing is left behind if this fails in the middle.
    """
    ended = [result.check_id for result in results if result.status is not CheckStatus.ERRORED]
    if isinstance(findings, FindingFolder):
        findings.attach(con)
    else:
        attach_findings(con, findings)
    try:
        with transaction(con):
            _see_kept(con, run_id, ended, [record.service_month for record in memory.kept] if memory else [])
            _merge(con, run_id, ended)
            remember(con, run_id, memory if len(ended) == len(results) else None)
            for result in results:
                _store_result(con, run_id, result)
            con.execute(
                "insert into run_finding select $run_id, finding_id, state, exposure_amount from finding "
                "where state <> 'not_seen' or last_seen_run = $previous",
                {"run_id": run_id, "previous": _previous_run(con, run_id)},
            )
    finally:
        con.unregister("seen_finding")
        con.unregister("seen_line")
    rows = con.execute("select state, count(*) from finding group by state").fetchall()
    return {state: count for state, count in rows}


def forget_unpublished(con: Connection, published: tuple[str, Path] | None) -> None:
    """Takes back what was recorded after the last published run, given with its snapshot; None if there is none.

    Nobody has seen what a run recorded that was killed, or failed, before it published: its findings are still new.
    """
    last_run, snapshot = published or ("", None)
    recorded, closed = first_row(
        con,
        """
        select
            (select count(*) from check_result where run_id > $last_run),
            (select count(*) from audit_run where run_id > $last_run and status_code = 'published')
        """,
        {"last_run": last_run},
    ) or (0, 0)
    # Several runs that were published, and no snapshot: the operator has removed them, and the findings are known.
    if not recorded or (snapshot is None and closed > 1):
        return
    if snapshot is not None:
        quoted = str(snapshot.resolve()).replace("'", "''")
        con.execute(f"attach '{quoted}' as published (read_only)")
    try:
        with transaction(con):
            for table in ("finding", "finding_line"):
                con.execute(f"delete from {table}")
                if snapshot is not None:
                    con.execute(f"insert into {table} by name select * from published.{table}")
            for table in ("run_finding", "check_result", "run_rule"):
                con.execute(f"delete from {table} where run_id > $last_run", {"last_run": last_run})
            # Their months belong to the findings that are taken back.
            remember(con, "", None)
            con.execute(
                "update audit_run set status_code = 'crashed' where status_code = 'published' and run_id > $last_run",
                {"last_run": last_run},
            )
    finally:
        if snapshot is not None:
            con.execute("detach published")


def _see_kept(con: Connection, run_id: str, ended: list[str], months: list[date]) -> None:
    con.execute(
        "update finding set last_seen_run = $run_id, state = 'open' where state <> 'not_seen' "
        "and service_month in (select unnest($months)) and check_id in (select unnest($ended))",
        {"run_id": run_id, "months": months, "ended": ended},
    )


def _merge(con: Connection, run_id: str, ended: list[str]) -> None:
    bound = {"run_id": run_id, "ended": ended}
    # Half of a check's findings would look like the whole: of one that failed, none is taken.
    seen = "(select * from seen_finding where check_id in (select unnest($ended))) as seen"
    updates = ", ".join(f"{name} = seen.{name}" for name in COLUMNS if name != "finding_id")
    con.execute(
        f"""
        update finding
        set
            {updates},
            last_seen_run = $run_id,
            state = case when finding.evidence_sha <> seen.evidence_sha then 'changed' else 'open' end
        from {seen}
        where finding.finding_id = seen.finding_id
        """,
        bound,
    )
    con.execute(
        f"""
        insert into finding by name
        select seen.*, $run_id as first_seen_run, $run_id as last_seen_run, 'new' as state
        from {seen}
        anti join finding on seen.finding_id = finding.finding_id
        """,
        bound,
    )
    con.execute(
        "update finding set state = 'not_seen' where last_seen_run <> $run_id and check_id in (select unnest($ended))",
        bound,
    )
    con.execute(
        "delete from finding_line where finding_id in (select finding_id from seen_finding "
        "where check_id in (select unnest($ended)))",
        {"ended": ended},
    )
    con.execute(
        "insert into finding_line by name select * exclude (check_id) from seen_line "
        "where check_id in (select unnest($ended))",
        {"ended": ended},
    )


def _store_result(con: Connection, run_id: str, result: CheckResult) -> None:
    values = asdict(result)
    del values["pack"], values["is_left_out"]  # the reason tells it
    values["status_code"] = values.pop("status").value
    names = ", ".join(values)
    bound = ", ".join(f"${name}" for name in values)
    con.execute(f"insert into check_result (run_id, {names}) values ($run_id, {bound})", {"run_id": run_id, **values})


def _previous_run(con: Connection, run_id: str) -> str:
    """The last run before this one that recorded findings; an empty text if there is none."""
    row = first_row(con, "select max(run_id) from check_result where run_id < $run_id", {"run_id": run_id})
    return str(row[0]) if row and row[0] else ""
