"""What a run that nothing disturbed comes to, for those that something did."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from claims_audit import connect
from claims_audit.model import ATTENDANCE_COLUMNS, CLAIM_LINE_COLUMNS


def start(inbox: Path, home: Path, environment: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """A night of its own process; `environment` is added to ours."""
    command = [Path(sys.executable).with_name("claims-audit"), "run", "--plain", "--inbox", inbox, "--home", home]
    env = {**os.environ, **(environment or {})}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Returns when the file is there or the process has ended."""
    while not path.exists() and process.poll() is None:
        time.sleep(0.005)


def holdings(home: Path) -> dict[str, str]:
    """A digest of each table of claims, over what was delivered and not over the keys that the warehouse gives."""
    digests = {}
    with connect(home) as con:
        for table, columns in (
            ("claim_line", (*CLAIM_LINE_COLUMNS, "claim_id", "quality_warnings", "line_sha")),
            ("attendance", ATTENDANCE_COLUMNS),
            ("superseded_line", ("claim_id", "superseded_by_claim_id", "basis_code")),
            ("rejected_range", ("byte_start", "byte_end", "reason_code", "line_count", "charge_cents")),
            ("delivered_file", ("file_name", "sha256", "lines_in", "lines_loaded", "lines_quarantined")),
        ):
            rows = con.execute(f"select {', '.join(columns)} from {table} order by all").fetchall()
            digests[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return digests


def natural(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Findings without what tells in which run they were seen."""
    runs = ("first_seen_run", "last_seen_run", "state")
    return [{name: value for name, value in row.items() if name not in runs} for row in rows]
