"""The findings of DuckDB and of a lake's audit beside each other, every column and every line."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from claims_audit.checking.run import CheckRun
from claims_audit.lake.gathering import FINDING_COLUMNS
from claims_audit.lake.reading import find_run, open_findings


def differences(checked: CheckRun, lake: Path) -> dict[str, Any]:
    """By kind, what one engine has and the other has not; empty if they agree to the last character."""
    ours = {finding.finding_id: finding for finding in checked.findings}
    ended = {
        result.check_id: (result.status.value, result.reason, result.lines_examined, result.lines_not_checked)
        for result in checked.results
    }
    with open_findings(lake, find_run(lake)) as con:
        names = ", ".join(FINDING_COLUMNS)
        theirs = {
            row[0]: dict(zip(FINDING_COLUMNS, row, strict=True))
            for row in con.execute(f"select {names} from finding order by finding_id").fetchall()
        }
        lines = con.execute(
            "select finding_id, claim_line_id, patient_control_number, claim_line_number, exposure_amount "
            "from finding_line order by all"
        ).fetchall()
        told = {
            check_id: rest
            for check_id, *rest in con.execute(
                "select check_id, status_code, reason, lines_examined, lines_not_checked from check_result"
            ).fetchall()
        }
    our_lines = sorted(
        (
            finding.finding_id,
            line.claim_line_id,
            line.patient_control_number,
            line.claim_line_number,
            line.exposure_amount,
        )
        for finding in checked.findings
        for line in finding.lines
    )
    found = {
        "only DuckDB": sorted({ours[key].check_id for key in ours.keys() - theirs.keys()}),
        "only Spark": sorted({theirs[key]["check_id"] for key in theirs.keys() - ours.keys()}),
        "columns": sorted(
            {
                (ours[key].check_id, name)
                for key in ours.keys() & theirs.keys()
                for name, value in asdict(ours[key]).items()
                if name != "lines" and value != theirs[key][name]
            }
        ),
        "lines": len(set(our_lines) ^ set(lines)) + abs(len(our_lines) - len(lines)),
        "results": sorted(check_id for check_id, result in ended.items() if list(result) != list(told[check_id])),
    }
    return {kind: value for kind, value in found.items() if value}
