"""The most memory that this process has held."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")


def peak_bytes(status: Path = _STATUS) -> int:
    """Bytes, of this process or of the one whose status file is given."""
    if status.exists():
        # On Linux, ru_maxrss would start at what the parent had taken.
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
