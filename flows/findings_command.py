"""claims-audit findings: what a run found, of a home or of a lake."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from claims_audit.errors import ExitCode, UsageError
from flows.environment import prepare
from flows.options import HOME, AsJson, HomeFolder, LakeFolder

if TYPE_CHECKING:
    from reports.tables import Opening

Severity = Literal["critical", "high", "medium", "low", "info"]
Direction = Literal["overpayment", "underpayment", "documentation", "lead"]


def findings(
    *,
    home: HomeFolder = HOME,
    lake: LakeFolder = None,
    run: Annotated[str | None, Parameter(name="--run", help="Run whose findings are wanted; else the newest.")] = None,
    check: Annotated[list[str] | None, Parameter(help="Only of this check; may be repeated.", negative="")] = None,
    severity: Annotated[
        list[Severity] | None, Parameter(help="Only of this severity; may be repeated.", negative="")
    ] = None,
    direction: Annotated[
        list[Direction] | None, Parameter(help="Only in this direction; may be repeated.", negative="")
    ] = None,
    format: Annotated[Literal["csv", "json", "parquet"] | None, Parameter(name="--format")] = None,  # noqa: A002
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="File; else standard output.")] = None,
    as_json: AsJson = False,
) -> int:
    """Writes the findings of a published run, or of a lake's audit, one row each with its claim lines.

    A terminal shows the first of them as a table; everything else gets CSV unless told otherwise.
    """
    from claims_audit.checking.catalog import read_catalog
    from flows.console import print_json, show_findings
    from reports.tables import (
        FindingFilter,
        findings_as_json,
        findings_frame,
        write_findings_csv,
        write_findings_json,
        write_findings_parquet,
    )

    wanted = FindingFilter(tuple(check or ()), tuple(severity or ()), tuple(direction or ()))
    for check_id in wanted.checks:
        read_catalog().check(check_id)
    source, run_id = _lake_source(lake, run) if lake is not None else _home_source(home, run)
    if as_json and format is None:
        print_json({"run_id": run_id, "findings": findings_as_json(source, run_id, wanted)})
    elif format == "parquet":
        if output is None:
            raise UsageError("Parquet is no text for a terminal; name a file with -o")
        write_findings_parquet(source, run_id, output, wanted)
    elif format == "json":
        write_findings_json(source, run_id, output or sys.stdout, wanted)
    elif format is None and output is None and sys.stdout.isatty():
        show_findings(findings_frame(source, run_id, wanted))
    else:
        write_findings_csv(source, run_id, output or sys.stdout, wanted)
    return int(ExitCode.DONE)


def _home_source(home: Path, run: str | None) -> tuple[Path, str]:
    prepare(home.absolute())
    from claims_audit.home import Home
    from claims_audit.publishing import newest_snapshot

    snapshot = newest_snapshot(Home(home.absolute()), run)
    return snapshot.path, snapshot.run_id


def _lake_source(lake: str, run: str | None) -> tuple[Opening, str]:
    from claims_audit.lake.reading import find_run, open_findings

    if "://" in lake:
        raise UsageError(
            "the findings of a lake are read where they lie on this machine; copy its folder findings here"
        )
    run_id = find_run(Path(lake), run)
    return lambda: open_findings(Path(lake), run_id), run_id
