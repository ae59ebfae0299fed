"""Finds the Python and the Java that Spark needs, and starts the audit of a lake with them.

PySpark stays below pandas 3 and so lives in an environment of its own: `.venv-spark`, which `make setup-spark` makes.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from claims_audit.errors import UnavailableError
from claims_audit.project import ROOT

PYTHON_VARIABLE: Final = "CLAIMS_AUDIT_SPARK_PYTHON"
_LEAST_JAVA: Final = 17
_JAVA_VERSION: Final = re.compile(r'version "(\d+)')


def spark_python() -> Path:
    """The Python that has PySpark. Raises UnavailableError that says how to get one."""
    if find_spec("pyspark") is not None:
        return Path(sys.executable)
    named = os.environ.get(PYTHON_VARIABLE)
    python = Path(named) if named else ROOT / ".venv-spark" / "bin" / "python"
    if python.is_file():
        return python
    if named:
        raise UnavailableError(f"{PYTHON_VARIABLE}: {named} is no Python; name one that has requirements-spark.lock")
    raise UnavailableError(
        f"Spark is not installed: call `make setup-spark`, which makes {python.parent.parent.name}, or name a Python "
        f"that has requirements-spark.lock in {PYTHON_VARIABLE}"
    )


def require_java() -> Path:
    """The Java that Spark will start. Raises UnavailableError if there is none, or only an old one."""
    named = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(named) / "bin")) if named else shutil.which("java")
    remedy = f"install Java {_LEAST_JAVA} or newer (Debian: openjdk-{_LEAST_JAVA}-jre-headless), or set JAVA_HOME"
    if found is None:
        raise UnavailableError(f"Spark needs Java, and there is none{f' below {named}' if named else ''}; {remedy}")
    told = subprocess.run([found, "-version"], capture_output=True, text=True, check=False)  # noqa: S603
    match = _JAVA_VERSION.search(told.stderr + told.stdout)
    if match is None or int(match[1]) < _LEAST_JAVA:
        raise UnavailableError(f"{found}: Spark needs a newer Java; {remedy}")
    return Path(found)


def start_audit(arguments: Sequence[str]) -> tuple[int, dict[str, Any] | None]:
    """Audits a lake in a process of its own; returns its exit code and the manifest of the findings, if it got there.

    What it has to tell it tells on standard error itself.
    """
    python = spark_python()
    require_java()
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYSPARK_PYTHON": os.environ.get("PYSPARK_PYTHON", str(python)),
    }
    ended = subprocess.run(  # noqa: S603
        [str(python), "-m", "claims_audit.lake.job", *arguments],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
        check=False,
    )
    try:
        return ended.returncode, json.loads(ended.stdout)
    except ValueError:
        return ended.returncode, None
