"""A command in a process of its own, as a timer starts it: without this test's settings, in the folder of nobody."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path


def run_by_nobody(command: Sequence[str | Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs it in `folder`; the user's home directory is `folder / "nobody"`, which is not there."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "CLAIMS_AUDIT_"))}
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env={**clean, "HOME": str(folder / "nobody")},
        cwd=folder,
        timeout=240,
    )
