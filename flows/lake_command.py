"""The part of claims-audit audit that starts Spark: a lake, on a cluster."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from claims_audit.errors import ExitCode, UsageError


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
