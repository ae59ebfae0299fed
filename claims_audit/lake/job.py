"""The program that audits a lake, to be started with a Python that has PySpark or given to spark-submit.

    python -m claims_audit.lake.job --lake DIR --master local[4]
    spark-submit ... claims_audit/lake/job.py --lake s3a://bucket/lake

Prints the manifest of the findings as one JSON object; progress and errors go to standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

# spark-submit starts this file from wherever it lies: the package is two folders up.
if __package__ in (None, ""):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from claims_audit.checking.catalog import read_catalog
from claims_audit.errors import ExitCode, StorageError, UsageError, exit_code_of, telling
from claims_audit.home import new_run_id
from claims_audit.lake.audit import LakeAudit, audit_lake
from claims_audit.lake.export import holding
from claims_audit.project import ROOT
from claims_audit.settings import read_settings
from claims_audit.warehouse.spark import SparkWarehouse

_DEFAULTS: Final = {
    # Small months leave room for each other, large ones get as many parts as they need.
    "spark.scheduler.mode": "FAIR",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
    "spark.ui.showConsoleProgress": "false",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Audits a lake; returns the exit code."""
    os.umask(0o077)
    try:
        options = _parser().parse_args(arguments)
        content = run(options)
    except (Exception, KeyboardInterrupt) as error:
        sys.stderr.write(f"claims-audit: {_told(error)}\n")
        return int(_code_of(error))
    json.dump(content, sys.stdout)
    sys.stdout.write("\n")
    return int(ExitCode.DONE_WITH_WARNINGS if content["warnings"] else ExitCode.DONE)


def run(options: argparse.Namespace) -> dict[str, Any]:
    """One audit with the options of the command line; returns the manifest of its findings."""
    settings = read_settings(Path(), options.config) if options.config else None
    audit = LakeAudit(
        lake=str(Path(options.lake).resolve()) if _is_local(options.lake) else options.lake,
        run_id=options.run_id or new_run_id(),
        packs=settings.packs if settings else None,
        thresholds=settings.thresholds if settings else None,
        months_at_once=options.months_at_once,
        tell=_tell if options.progress else lambda _: None,
    )
    catalog = read_catalog()
    if _is_local(options.lake):
        lake = Path(audit.lake)
        if not lake.is_dir():
            raise UsageError(f"{options.lake}: no such folder; make a lake with `claims-audit export --parquet`")
        with holding(lake, f"audit {audit.run_id}"):
            return _with_spark(options, audit, catalog)
    return _with_spark(options, audit, catalog)


def _with_spark(options: argparse.Namespace, audit: LakeAudit, catalog: Any) -> dict[str, Any]:
    # What builds findings runs on the executors, with the Python that this one is unless the cluster is told another.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    configuration = _DEFAULTS | dict(_pair(text) for text in options.conf)
    with TemporaryDirectory() as folder:
        package = _package(Path(folder) / "claims_audit.zip")
        spark = SparkWarehouse(f"{audit.lake}/work/{audit.run_id}", options.master, configuration)
        try:
            spark.session.sparkContext.addPyFile(str(package))
            return audit_lake(spark, audit, catalog)
        finally:
            spark.close()


def _package(path: Path) -> Path:
    """Our own code for the executors, so that they need no checkout."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for source in sorted((ROOT / "claims_audit").rglob("*.py")):
            archive.write(source, source.relative_to(ROOT))
    return path


def _is_local(lake: str) -> bool:
    return "://" not in lake


def _tell(text: str) -> None:
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise UsageError(f"--conf {name}: write it like spark.executor.memory=4g")
    return name, value


def _told(error: BaseException) -> str:
    if _is_sparks(error):
        return str(_as_ours(error))
    return telling(error)


def _code_of(error: BaseException) -> ExitCode:
    return exit_code_of(_as_ours(error) if _is_sparks(error) else error)


def _is_sparks(error: BaseException) -> bool:
    return type(error).__module__.startswith(("pyspark", "py4j"))


def _as_ours(error: BaseException) -> StorageError:
    # The text may hold values of rows; with a log level of one's own Spark tells more on the driver.
    kind = getattr(error, "getCondition", lambda: None)() or type(error).__name__
    return StorageError(
        f"Spark ended the audit ({kind}); nothing was written. See that master and workers run and have memory and "
        "disk; --conf spark.log.level=WARN tells more, and may show values of claims"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="claims-audit audit --engine spark", description="Audits a lake with Spark.")
    parser.error = _usage_error  # type: ignore[method-assign,assignment]
    parser.add_argument("--lake", required=True, help="folder or URI of the lake")
    parser.add_argument("--master", help="URL of the cluster; left out under spark-submit")
    parser.add_argument("--config", type=Path, help="audit.toml with packs and thresholds; else those of the lake")
    parser.add_argument("--conf", action="append", default=[], help="a Spark setting, name=value; may be repeated")
    parser.add_argument("--run-id", help="identity of the run; else a new one")
    parser.add_argument("--months-at-once", type=int, default=2, help="service months that run side by side")
    parser.add_argument("--progress", action="store_true", help="tell on standard error what is being done")
    return parser


def _usage_error(message: str) -> None:
    raise UsageError(message)


if __name__ == "__main__":
    raise SystemExit(main())
