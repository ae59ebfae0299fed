"""One run of one checker in a process of its own: `python -m bench.check_child WHO HOME FOLDER ANSWER`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from bench.audit import AUDITS
from bench.check_peers import CHECKERS
from bench.memory import peak_bytes
from bench.reference_checks import as_answer
from claims_audit.home import Home


def _main(who: str, home: str, folder: str, answer: str) -> None:
    prepare = {**CHECKERS, **AUDITS}[who]
    run = prepare(Home(Path(home)), Path(folder))  # imports and parsed files are not timed
    start, cpu_start = time.perf_counter(), time.process_time()
    found = run()
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    peak = peak_bytes()
    Path(answer).write_text(json.dumps(as_answer(found)), encoding="utf-8")
    print(json.dumps({"seconds": seconds, "cpu_seconds": cpu_seconds, "peak_bytes": peak}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
