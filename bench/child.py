"""One reading or one load in a process of its own, so that its peak of memory is nobody else's."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.loading import Loaded, load
from bench.peers import contenders_of
from claims_audit.project import ROOT

_LOAD: Final = "load"
_STATUS: Final = Path("/proc/self/status")


class Measured(NamedTuple):
    """What a child process says of itself; `loaded` only if it loaded."""

    peak_bytes: int
    loaded: Loaded | None


def measure_reading(format_code: str, contender: str, paths: Sequence[Path]) -> int:
    """The most memory, in bytes, that a process took to read the files once, with the libraries it imports."""
    return _call(format_code, contender, paths).peak_bytes


def measure_loading(format_code: str, paths: Sequence[Path]) -> tuple[Loaded, int]:
    """One load into a fresh home, and the most memory, in bytes, that its process took."""
    measured = _call(format_code, _LOAD, paths)
    assert measured.loaded is not None
    return measured.loaded, measured.peak_bytes


def _call(format_code: str, what: str, paths: Sequence[Path]) -> Measured:
    command = [sys.executable, "-m", "bench.child", format_code, what, *map(str, paths)]
    ended = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(ended.stdout)
    return Measured(told["peak_bytes"], Loaded(*told["loaded"]) if told["loaded"] else None)


def _main(format_code: str, what: str, *names: str) -> None:
    paths = [Path(name) for name in names]
    loaded = None
    if what == _LOAD:
        loaded = load(paths)
    else:
        next(one for one in contenders_of(format_code) if one.name == what).read(paths)
    print(json.dumps({"peak_bytes": _peak_bytes(), "loaded": loaded}))


def _peak_bytes() -> int:
    if _STATUS.exists():
        # Of Linux, ru_maxrss would start at what the parent had taken.
        (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    _main(*sys.argv[1:])
