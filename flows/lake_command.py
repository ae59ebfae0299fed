"""claims-audit export, and the part of claims-audit audit that starts Spark: what is loaded, for a cluster."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from claims_audit.errors import ExitCode, UsageError
from flows.environment import prepare
from flows.options import HOME, AsJson, Config, HomeFolder


def export(
    *,
    parquet: Annotated[Path, Parameter(help="Folder for the lake: empty, or a lake to be replaced.")],
    home: HomeFolder = HOME,
    run: Annotated[str | None, Parameter(name="--run", help="Run to export; else the newest.")] = None,
    config: Config = None,
    replace: Annotated[
        bool, Parameter(negative="", help="Puts the run in the place of the lake that is there; its findings stay.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Writes a published run as Parquet, by month of service, for audits on a Spark cluster and for other tools."""
    home = home.absolute()
    prepare(home)
    from claims_audit.checking.catalog import read_catalog
    from claims_audit.home import Home
    from claims_audit.lake.export import export_lake
    from claims_audit.publishing import newest_snapshot
    from claims_audit.settings import read_settings
    from flows.console import print_json
    from flows.starting import tell_progress

    settings = read_settings(home, config)
    snapshot = newest_snapshot(Home(home), run)
    manifest = export_lake(
        snapshot, parquet.absolute(), read_catalog(), settings, replace=replace, progress=tell_progress
    )
    size = sum(table.byte_count for table in manifest.tables.values())
    lines = sum(manifest.service_months.values())
    if as_json:
        print_json(
            {
                "lake": str(parquet),
                "run_id": manifest.run_id,
                "claim_lines": lines,
                "service_months": len(manifest.service_months),
                "bytes": size,
                "tables": {name: table.row_count for name, table in manifest.tables.items()},
            }
        )
    else:
        sys.stdout.write(
            f"{lines:,} claim lines of {len(manifest.service_months)} service months in {parquet}, "
            f"{len(manifest.tables)} tables, {size:,} bytes\n"
        )
    return int(ExitCode.DONE)


def audit_on_spark(
    lake: str | None,
    master: str | None,
    config: Path | None,
    conf: Sequence[str],
    fail_on: str | None,
    as_json: bool,
) -> int:
    """Audits a lake on Spark and shows how each check ended; returns the exit code."""
    if lake is None:
        raise UsageError("--engine spark audits a lake: name it with --lake; `claims-audit export --parquet` makes one")
    from claims_audit.checking.query_file import SEVERITIES
    from claims_audit.lake.layout import read_manifest
    from claims_audit.lake.starting import start_audit
    from flows.console import print_json, show_lake_audit

    if "://" not in lake:
        # What is wrong with it is told before Java is started.
        read_manifest(Path(lake))
        lake = str(Path(lake).absolute())
    arguments = ["--lake", lake, "--master", master or "local[*]"]
    arguments += ["--config", str(config.absolute())] if config else []
    arguments += [word for setting in conf for word in ("--conf", setting)]
    arguments += ["--progress"] if sys.stderr.isatty() else []
    code, manifest = start_audit(arguments)
    if manifest is None:
        return code if code else int(ExitCode.BUG)
    if as_json:
        print_json(manifest)
    else:
        show_lake_audit(manifest)
    if fail_on is not None and any(manifest["severities"].get(name) for name in _as_grave(fail_on, SEVERITIES)):
        return int(ExitCode.FINDINGS)
    return code


def _as_grave(severity: str, severities: Sequence[str]) -> Sequence[str]:
    return severities[: severities.index(severity) + 1]
