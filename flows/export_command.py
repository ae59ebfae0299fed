"""claims-audit export: a published run for a cluster, or for others who may not know whose claims they are."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from claims_audit.errors import ExitCode, UsageError
from claims_audit.settings import Settings
from flows.environment import prepare
from flows.options import HOME, AsJson, Config, HomeFolder


def export(
    *,
    parquet: Annotated[Path | None, Parameter(help="Folder for the lake: empty, or a lake to be replaced.")] = None,
    deidentified: Annotated[
        Path | None, Parameter(help="New folder for claim lines and findings without identifiers, by Safe Harbor.")
    ] = None,
    home: HomeFolder = HOME,
    run: Annotated[str | None, Parameter(name="--run", help="Run to export; else the newest.")] = None,
    config: Config = None,
    replace: Annotated[
        bool,
        Parameter(
            negative="", help="With --parquet: puts the run in the place of the lake that is there; its findings stay."
        ),
    ] = False,
    crosswalk: Annotated[
        bool, Parameter(help="With --deidentified: keeps in the home which code stands for which number.")
    ] = True,
    as_json: AsJson = False,
) -> int:
    """Writes a published run as Parquet: all of it for audits on a Spark cluster, or without identifiers for others."""
    if (parquet is None) == (deidentified is None):
        raise UsageError("export writes one of two: name a folder with --parquet or with --deidentified")
    if deidentified is not None and replace:
        raise UsageError("--replace goes with --parquet: an export without identifiers goes into a new folder")
    home = home.absolute()
    prepare(home)
    from claims_audit.settings import read_settings

    settings = read_settings(home, config)
    if deidentified is not None:
        return _export_deidentified(home, run, deidentified.absolute(), settings, crosswalk, as_json)
    assert parquet is not None  # noqa: S101 - one of the two is given
    return _export_lake(home, run, parquet, settings, replace, as_json)


def _export_lake(home: Path, run: str | None, parquet: Path, settings: Settings, replace: bool, as_json: bool) -> int:
    from claims_audit.checking.catalog import read_catalog
    from claims_audit.home import Home
    from claims_audit.lake.export import export_lake
    from claims_audit.publishing import newest_snapshot
    from flows.console import print_json
    from flows.starting import tell_progress

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


def _export_deidentified(
    home: Path, run: str | None, folder: Path, settings: Settings, crosswalk: bool, as_json: bool
) -> int:
    from claims_audit.deidentified import export_deidentified
    from claims_audit.home import Home
    from claims_audit.publishing import newest_snapshot
    from flows.console import print_json

    the_home = Home(home)
    done = export_deidentified(newest_snapshot(the_home, run), folder, the_home, settings, keep_crosswalk=crosswalk)
    if as_json:
        print_json(
            {"folder": str(folder), "rows": done.rows, "crosswalk": str(done.crosswalk) if done.crosswalk else None}
        )
    else:
        lines, found = done.rows["claim_line"], done.rows["finding"]
        sys.stdout.write(f"{lines:,} claim lines and {found:,} findings without identifiers in {folder}\n")
        if done.crosswalk:
            sys.stdout.write(f"Which code stands for which number: {done.crosswalk}\n")
    return int(ExitCode.DONE)
