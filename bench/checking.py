"""`python -m bench.checking`: makes histories, lets everybody check them, and writes what came of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from bench.check_race import OUR_NAMES, YARDSTICKS, check_history, find_absent
from bench.check_report import write_checks
from bench.check_results import AUDIT, REFERENCE, Checked, CheckResults, describe_check_machine
from bench.export import export_history
from bench.history import make_history
from bench.race import DisagreementError
from bench.reference_checks import lines_path
from claims_audit.home import Home
from claims_audit.project import ROOT

DEFAULT_LINES: Final = (1_000_000, 10_000_000)
FULL_LINES: Final = (*DEFAULT_LINES, 100_000_000)
# pandas and Spark hold what they read: beyond this, only the audit and its floor run.
_MOST_FOR_PEERS: Final = 10_000_000


def main(arguments: list[str] | None = None) -> None:
    """Runs the race; peers that find different rows end it with a message and status 1."""
    options = _options(arguments)
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="claims-audit-bench-")))
        try:
            results = run(folder, options.lines, options.rounds, options.note)
        except DisagreementError as error:
            sys.exit(str(error))
    print(write_checks(results, options.output))


def run(folder: Path, sizes: Sequence[int], rounds: int, note: str = "") -> CheckResults:
    """Histories of those sizes below `folder`; one that is there is used again. Beyond a million lines, one round."""
    checked: list[Checked] = []
    rounds_of = {lines: rounds if lines <= DEFAULT_LINES[0] else 1 for lines in sizes}
    for lines in sizes:
        home, export = Home(folder / f"home-{lines}"), folder / f"export-{lines}"
        if not home.warehouse.exists():
            _say(f"making a history of {lines:,} lines")
            make_history(home, lines)
        if lines <= _MOST_FOR_PEERS and not lines_path(export).exists():
            export_history(home, export)
        export.mkdir(exist_ok=True)
        races = (REFERENCE, AUDIT) if lines <= _MOST_FOR_PEERS else (AUDIT,)
        checked += check_history(home, export, lines, rounds_of[lines], races, _say)
    return CheckResults(
        machine=describe_check_machine(),
        rounds={f"{lines:,}": number for lines, number in rounds_of.items()},
        yardsticks=YARDSTICKS,
        left_out=find_absent(),
        ours=OUR_NAMES,
        checked=tuple(checked),
        note=note,
    )


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.checking", description="Measures the checks.")
    parser.add_argument("--lines", type=int, nargs="+", default=list(DEFAULT_LINES), help="sizes of the histories")
    parser.add_argument("--full", dest="lines", action="store_const", const=list(FULL_LINES), help="100 million, too")
    parser.add_argument("--rounds", type=int, default=3, help="up to a million lines; one round beyond")
    parser.add_argument("--folder", type=Path, help="keeps the histories there, and uses those that are there")
    parser.add_argument("--note", default="", help="a sentence for the page, such as what else the machine did")
    parser.add_argument("--output", type=Path, default=ROOT / "docs", help="where performance* are written")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
