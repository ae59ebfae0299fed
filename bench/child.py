"""One reading or one load in a process of its own, so that its peak of memory is nobody else's."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from bench.loading import Loaded, load
from bench.memory import peak_bytes
from bench.peers import contenders_of
from claims_audit.project import ROOT

_LOAD: Final = "load"


class Memory(NamedTuple):
    """Bytes of a process: the most that it held, and what it held when all libraries were there."""

    peak: int
    start: int


class Measured(NamedTuple):
    """What a child process says of itself; `loaded` only if it loaded."""

    memory: Memory
    loaded: Loaded | None


def measure_reading(format_code: str, contender: str, paths: Sequence[Path]) -> Memory:
    """The memory of a process that reads the files once."""
    return _call(format_code, contender, paths).memory


def measure_loading(format_code: str, paths: Sequence[Path]) -> tuple[Loaded, Memory]:
    """One load into a fresh home, and the memory of its process."""
    measured = _call(format_code, _LOAD, paths)
    assert measured.loaded is not None
    return measured.loaded, measured.memory


def _call(format_code: str, what: str, paths: Sequence[Path]) -> Measured:
    command = [sys.executable, "-m", "bench.child", format_code, what, *map(str, paths)]
    ended = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(ended.stdout)
    return Measured(Memory(*told["memory"]), Loaded(*told["loaded"]) if told["loaded"] else None)


def _main(format_code: str, what: str, *names: str) -> None:
    paths = [Path(name) for name in names]
    loaded = None
    start = peak_bytes()
    if what == _LOAD:
        loaded = load(paths)
    else:
        next(one for one in contenders_of(format_code) if one.name == what).read(paths)
    print(json.dumps({"memory": Memory(peak_bytes(), start), "loaded": loaded}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
