"""From the rows of all checks and months to the findings of a run, on the cluster, in four passes.

Rows become findings that know their lines by id only; the lines' claim numbers are looked up for all of them at once,
since a look-up for each check and month would read every claim line a thousand times; findings get their lines and
their hash; and the last run's findings say which of them are new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from claims_audit.checking.building import FindingForm
from claims_audit.checking.query_file import CheckFile
from claims_audit.lake import gathering
from claims_audit.lake.layout import FINDINGS_MANIFEST
from claims_audit.lake.storage import LakeFolder
from claims_audit.warehouse.spark import SparkWarehouse


@dataclass(slots=True)
class FoundInLake:
    """How many findings there are, by check, severity and state, and which checks gave rows that are none."""

    finding_count: int = 0
    line_count: int = 0
    by_check: dict[str, int] = field(default_factory=dict)
    severities: dict[str, int] = field(default_factory=dict)  # of those that are no leads
    states: dict[str, int] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def keep_findings(
    spark: SparkWarehouse, folder: LakeFolder, work: str, run_id: str, checks: Sequence[CheckFile]
) -> FoundInLake:
    """Writes `finding` and `finding_line` below `findings/<run>` from the rows below `work`.

    None of the findings of a check is kept if one of its rows is no finding, or if two share one grain.
    """
    session = spark.session
    unverified = frozenset(
        row.policy_id for row in session.sql("select policy_id from payer_policy where not is_verified").collect()
    )
    begun = _begin(session, folder, work, checks, unverified)
    found = FoundInLake(faults=_faults_of_rows(session))
    lines = _look_up_lines(session, folder.at(f"{work}/line"))
    found.faults |= _faults_of_lines(session)
    ended = _end(session, folder.at(f"{work}/ended"), list(found.faults))
    before = _runs_before(folder, run_id)
    _write(session, folder, run_id, before[-1] if before else None)
    for name in (*begun, *lines, *ended):
        session.catalog.dropTempView(name)
    _count(session, folder.at(f"findings/{run_id}"), found)
    return found


def _begin(
    session: Any, folder: LakeFolder, work: str, checks: Sequence[CheckFile], unverified: frozenset[str]
) -> list[str]:
    schema, arrow = _schemas(session, gathering.BEGUN_SCHEMA)
    begun = session.createDataFrame([], schema)
    for check in checks:
        place = f"{work}/rows/check_id={check.check_id}"
        if folder.exists(place):
            rows = session.read.parquet(folder.at(place)).drop("service_month")
            begin = gathering.begin_findings(FindingForm.of(check), unverified, arrow)
            begun = begun.unionAll(rows.mapInArrow(begin, gathering.BEGUN_SCHEMA))
    return _keep(session, "begun", begun, folder.at(f"{work}/begun"))


def _faults_of_rows(session: Any) -> dict[str, str]:
    rows = session.sql(
        """
        select
            check_id,
            min(fault) as fault,
            count(*) > count(distinct finding_id) as has_twins
        from begun
        group by check_id
        having min(fault) is not null or count(*) > count(distinct finding_id)
        """
    ).collect()
    return {row.check_id: row.fault or "two rows share one grain" for row in rows}


def _look_up_lines(session: Any, path: str) -> list[str]:
    lines = session.sql(
        """
        with behind as (
            select check_id, finding_id, inline(lines) as (claim_line_id, exposure_amount)
            from begun
            where fault is null
        )
        select
            behind.check_id,
            behind.finding_id,
            behind.claim_line_id,
            claim_line.patient_control_number,
            claim_line.claim_line_number,
            behind.exposure_amount
        from behind
        left join claim_line on behind.claim_line_id = claim_line.claim_line_id
        """
    )
    return _keep(session, "found_line", lines, path)


def _faults_of_lines(session: Any) -> dict[str, str]:
    rows = session.sql("select distinct check_id from found_line where patient_control_number is null").collect()
    return {row.check_id: "claim_lines names a line that there is not" for row in rows}


def _end(session: Any, path: str, faulty: Sequence[str]) -> list[str]:
    _, arrow = _schemas(session, gathering.ENDED_SCHEMA)
    columns = ", ".join(f"begun.{name}" for name in gathering.FINDING_COLUMNS)
    # Names of our own files.
    kept = f"begun.check_id not in ({', '.join(map(repr, faulty))})" if faulty else "true"
    with_lines = session.sql(
        f"""
        with behind as (
            select
                check_id,
                finding_id,
                collect_list(named_struct(
                    'claim_line_id', claim_line_id,
                    'patient_control_number', patient_control_number,
                    'claim_line_number', claim_line_number,
                    'exposure_amount', exposure_amount
                )) as lines
            from found_line
            group by check_id, finding_id
        )
        select {columns}, behind.lines
        from begun
        left join behind on begun.check_id = behind.check_id and begun.finding_id = behind.finding_id
        where {kept}
        """
    )
    return _keep(session, "ended", with_lines.mapInArrow(gathering.end_findings(arrow), gathering.ENDED_SCHEMA), path)


def _runs_before(folder: LakeFolder, run_id: str) -> list[str]:
    """Runs whose findings are whole, oldest first, before this one."""
    runs = [run for run in folder.names("findings") if run < run_id]
    return [run for run in runs if folder.exists(f"findings/{run}/{FINDINGS_MANIFEST}")]


def _write(session: Any, folder: LakeFolder, run_id: str, before: str | None) -> None:
    columns = ", ".join(f"ended.{name}" for name in gathering.FINDING_COLUMNS)
    if before is None:
        session.sql("select finding_id, evidence_sha, '' as first_seen_run from ended limit 0").createOrReplaceTempView(
            "seen_before"
        )
    else:
        session.read.parquet(folder.at(f"findings/{before}/finding")).createOrReplaceTempView("seen_before")
    session.sql(
        f"""
        select
            {columns},
            coalesce(seen_before.first_seen_run, :run_id) as first_seen_run,
            :run_id as last_seen_run,
            case
                when seen_before.finding_id is null then 'new'
                when seen_before.evidence_sha <> ended.evidence_sha then 'changed'
                else 'open'
            end as state
        from ended
        left join seen_before on ended.finding_id = seen_before.finding_id
        """,
        args={"run_id": run_id},
    ).hint("rebalance").write.parquet(folder.at(f"findings/{run_id}/finding"))
    session.sql(
        "select finding_id, inline(lines) as "
        "(claim_line_id, patient_control_number, claim_line_number, exposure_amount) from ended"
    ).hint("rebalance").write.parquet(folder.at(f"findings/{run_id}/finding_line"))
    session.catalog.dropTempView("seen_before")


def _count(session: Any, path: str, found: FoundInLake) -> None:
    counts = (
        session.read.parquet(f"{path}/finding")
        .selectExpr("check_id", "case when direction <> 'lead' then severity end as severity", "state")
        .groupBy("check_id", "severity", "state")
        .count()
        .collect()
    )
    for row in counts:
        # A row's own `count` is a method of tuples.
        number = row["count"]
        found.finding_count += number
        found.by_check[row.check_id] = found.by_check.get(row.check_id, 0) + number
        found.states[row.state] = found.states.get(row.state, 0) + number
        if row.severity is not None:
            found.severities[row.severity] = found.severities.get(row.severity, 0) + number
    found.line_count = session.read.parquet(f"{path}/finding_line").count()


def _keep(session: Any, name: str, frame: Any, path: str) -> list[str]:
    frame.write.parquet(path)
    session.read.schema(frame.schema).parquet(path).createOrReplaceTempView(name)
    return [name]


def _schemas(session: Any, text: str) -> tuple[Any, Any]:
    """A schema in Spark's and in Arrow's words."""
    from pyspark.sql.pandas.types import to_arrow_schema
    from pyspark.sql.types import _parse_datatype_string

    schema = _parse_datatype_string(text)
    return schema, to_arrow_schema(schema)
