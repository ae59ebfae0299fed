"""`make bench-smoke`: fails if an audit does more work, or its memory grows faster, than smoke.json says.

No clock decides: rows scanned and passed on, per claim line, are the same on every machine; memory is a ratio of two
audits of one run. After a change that is meant, `python -m bench.smoke --record` writes the file anew.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from bench.history import make_history
from claims_audit.home import Home
from claims_audit.project import ROOT

LINES: Final = 80_000
MONTHS: Final = 12
RECORD: Final = Path(__file__).with_name("smoke.json")
# How much more than recorded is still no regression. Row counts move by less than a thousandth from run to run, with
# the order in which threads meet; one check that reads all claims for each month once more is four hundredths.
MARGINS: Final = {"scanned_rows_per_line": 0.03, "passed_rows_per_line": 0.06, "memory_ratio": 0.20}


def main(arguments: list[str] | None = None) -> None:
    """Measures, prints and judges; status 1 if anything is beyond its margin."""
    parser = argparse.ArgumentParser(prog="python -m bench.smoke", description="Holds the audit to its recorded work.")
    parser.add_argument("--lines", type=int, default=LINES, help="of the smaller history; the other has twice as many")
    parser.add_argument("--record", action="store_true", help="writes what is measured as the new record")
    options = parser.parse_args(arguments)
    measured = measure(options.lines)
    if options.record:
        RECORD.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    for name, value in measured.items():
        print(f"{name}: {value:.3f}, recorded {recorded[name]:.3f}, margin {MARGINS[name]:.0%}")
    if faults := find_regressions(measured, recorded):
        sys.exit("\n".join(faults))


def measure(lines: int) -> dict[str, float]:
    """Rows scanned and passed on per line of a history, and the peak of memory of one twice as long over its own."""
    with tempfile.TemporaryDirectory(prefix="claims-audit-bench-") as folder:
        small, large = (_audit(Path(folder) / str(count), count) for count in (lines, 2 * lines))
    return {
        "scanned_rows_per_line": round(small["scanned_rows"] / lines, 3),
        "passed_rows_per_line": round(small["passed_rows"] / lines, 3),
        "memory_ratio": round(large["peak_bytes"] / small["peak_bytes"], 3),
    }


def find_regressions(measured: Mapping[str, float], recorded: Mapping[str, float]) -> list[str]:
    """A sentence for each measure that is beyond its margin."""
    return [
        f"{name} is {measured[name]:.3f}, more than {1 + margin:.2f} times the {recorded[name]:.3f} of bench/smoke.json"
        for name, margin in MARGINS.items()
        if measured[name] > recorded[name] * (1 + margin)
    ]


def _audit(folder: Path, lines: int) -> dict[str, int]:
    make_history(Home(folder), lines, months=MONTHS)
    command = [sys.executable, "-m", "bench.smoke_child", str(folder)]
    ended = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, int] = json.loads(ended.stdout)
    return told


if __name__ == "__main__":
    main()
