"""Shows what the race of the checks measured: for the terminal, and as a part of docs/performance.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

from bench.audit import AUDIT as CORE_PACK
from bench.audit import FLOOR_AT_ONCE
from bench.chart import draw_checks
from bench.check_race import ENGINE, SPARK
from bench.check_results import AUDIT, REFERENCE, Checked, CheckResults, read_check_results

_MB: Final = 1_000_000
_HEADER: Final = (
    "what",
    "who",
    "lines",
    "seconds",
    "least to most",
    "lines/s",
    "times",
    "CPU s",
    "peak MB",
    "rows found",
)
_RESULTS: Final = "performance_checks.json"


class Target(NamedTuple):
    """What is aimed at, what was measured, and whether that is enough; None where it was not measured."""

    text: str
    measured: str
    is_met: bool | None


def write_checks(results: CheckResults, folder: Path) -> str:
    """Writes performance_checks.json and .svg and the page anew; returns the table for the terminal."""
    from bench.report import read_report, write_page

    folder.mkdir(parents=True, exist_ok=True)
    (folder / _RESULTS).write_text(json.dumps(results.as_json(), indent=2) + "\n", encoding="utf-8")
    (folder / "performance_checks.svg").write_text(draw_checks(results), encoding="utf-8")
    if (folder / "performance.json").exists():
        write_page(read_report(folder), folder)
    return render_check_text(results)


def read_checks(folder: Path) -> CheckResults | None:
    """The results that were written into `folder`, if any were."""
    path = folder / _RESULTS
    return read_check_results(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else None


def render_check_text(results: CheckResults) -> str:
    """The tables in columns."""
    rows = [_HEADER, *_rows(results, AUDIT), *_rows(results, REFERENCE)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    targets = [f"{_mark(one.is_met)}: {one.text}: {one.measured}" for one in find_targets(results)]
    return "\n".join([results.machine, "", *lines, "", *targets])


def render_checks(results: CheckResults) -> str:
    """The part of the page about checking."""
    rounds = ", ".join(
        f"{number} round{'s' * (number > 1)} of {lines} lines" for lines, number in results.rounds.items()
    )
    remarks = [f"Not measured: {name}: {reason}." for name, reason in results.left_out.items()]
    told = "".join(f"\n{remark}\n" for remark in (*remarks, results.note) if remark)
    return f"""
## Checking

Measured by `python -m bench.checking`, a part of `make bench`; `make bench-full` adds 100 million lines.

{results.machine}

The data are a payer's history of 36 months from a fixed seed (bench/history.py): groups of 3 to 14, individual and
family sessions, nearly a third visits and other codes, planted mistakes (a line in a hundred), replacements and voids.
Everybody runs in a process of its own, one after the other, round after round (rounds, {rounds}); the time is
that of the work, without starting Python, importing libraries or, for Spark, starting its session. "times" is the time
that one took as a multiple of the yardstick's in the same round. "CPU s" is what all threads of the process computed
meanwhile: where the machine has other work to do, it is the steadier number. The peak is that of the process, for Spark
with its Java.
{told}
![Checking speed](performance_checks.svg)

### Three reference checks

The three are defined in words in bench/reference_checks.py and written once for each peer: more than 12 members in a
session, group and individual therapy on one day without a modifier, and the same code twice. All peers read the same
two Parquet files, of only the columns that are needed. The yardstick is {results.yardsticks[REFERENCE]}.

What is compared, and what is not:

- "claims-audit engine" runs the three as check files (bench/checks) through the engine that runs every check: it reads
  the warehouse and not the Parquet files, makes `current_claim_line` of each month with all of its columns (policy
  classes, fees, what a line is worth), and turns every row into a finding with its lines. Its rows and those of all
  peers are compared as sets: if two differ, there are no results. The peers resolve nothing and price nothing.
- "claims-audit shipped checks" runs the four checks that ask the same with each payer's own limits, exceptions, leads
  and dollars, and what they read (sessions, pairs, policies). It finds other rows by nature, so they are not compared.
- "plain DuckDB" is the same three as plain queries over the Parquet files: what an engine of any kind could save.

{_markdown(_rows(results, REFERENCE))}

### The whole audit

"{CORE_PACK}" is `run_checks` with all checks of the pack, over all months. The floor reads from the same warehouse,
under the same memory limit, the columns that these checks read, and groups them once by session and by patient day: no
audit can do less. It is measured in one query and month by month; the yardstick is "{results.yardsticks[AUDIT]}".

{_markdown(_rows(results, AUDIT))}

### Growth

The exponent b in time = a * lines^b, by least squares over the logarithms of the sizes: 1 is proportional.

{_growth(results)}

### Targets

{_target_table(results)}
"""


def find_targets(results: CheckResults) -> list[Target]:
    """What issue and design aim at, held against the largest history that was measured for it."""
    of = {(one.name, one.line_count): one for one in results.checked}
    sizes = sorted({one.line_count for one in results.checked if one.name == CORE_PACK})
    targets = [*_audit_targets(results, of.get((CORE_PACK, sizes[-1])) if sizes else None)]
    for name, wanted in (("Polars streaming", 2), ("pandas", 5), (SPARK, 5)):
        ours, peer = of.get((ENGINE, 10_000_000)), of.get((name, 10_000_000))
        ratio = median(peer.seconds) / median(ours.seconds) if ours and peer else None
        targets.append(
            Target(
                f"three reference checks at 10 million lines at least {wanted}x faster than {name}",
                "not measured" if ratio is None else f"{ratio:.2g}x",
                None if ratio is None else ratio >= wanted,
            )
        )
    exponents = results.exponents().get((AUDIT, CORE_PACK))
    targets.append(
        Target(
            "growth exponent of the whole audit at most 1.1",
            f"{exponents[0]:.2f}" if exponents else "not measured",
            exponents[0] <= 1.1 if exponents else None,
        )
    )
    small, large = of.get((CORE_PACK, 10_000_000)), of.get((CORE_PACK, 100_000_000))
    change = large.peak_bytes / small.peak_bytes - 1 if small and large else None
    targets.append(
        Target(
            "memory flat (20 % up or down) from 10 to 100 million lines",
            "not measured" if change is None else f"{change:+.0%}",
            None if change is None else abs(change) <= 0.2,
        )
    )
    return targets


def _audit_targets(results: CheckResults, audit: Checked | None) -> Iterator[Target]:
    if audit is None:
        return
    ratio = results.ratio(audit)
    where = f"the whole audit of {audit.line_count:,} lines"
    if ratio is not None:
        yield Target(f"{where} in at most 4x the time of the {FLOOR_AT_ONCE}", f"{ratio:.3g}x", ratio <= 4)
    yield Target(f"{where} in at most 2,000 MB", f"{audit.peak_bytes / _MB:,.0f} MB", audit.peak_bytes <= 2e9)


def _rows(results: CheckResults, race: str) -> list[tuple[str, ...]]:
    rows = []
    for one in sorted((one for one in results.checked if one.race == race), key=lambda one: one.line_count):
        ratio = results.ratio(one)
        rows.append(
            (
                race,
                one.name,
                f"{one.line_count:,}",
                f"{median(one.seconds):.3g}",
                f"{min(one.seconds):.3g} to {max(one.seconds):.3g}",
                f"{one.lines_per_second:,.0f}",
                "" if ratio is None else f"{ratio:.2g}",
                f"{median(one.cpu_seconds):.3g}",
                f"{one.peak_bytes / _MB:,.0f}",
                f"{one.found_count:,}" if one.found_count else "",
            )
        )
    return rows


def _markdown(rows: list[tuple[str, ...]]) -> str:
    """Without the first column, which the heading says."""
    rule = "| --- |" + " ---: |" * (len(_HEADER) - 2)
    first, *others = [f"| {' | '.join(row[1:])} |" for row in (_HEADER, *rows)]
    return "\n".join([first, rule, *others])


def _growth(results: CheckResults) -> str:
    rows = [
        f"| {race} | {name} | {seconds:.2f} | {memory:.2f} |"
        for (race, name), (seconds, memory) in results.exponents().items()
    ]
    return "\n".join(["| what | who | time | memory |", "| --- | --- | ---: | ---: |", *rows])


def _target_table(results: CheckResults) -> str:
    rows = [f"| {one.text} | {one.measured} | {_mark(one.is_met)} |" for one in find_targets(results)]
    return "\n".join(["| target | measured | |", "| --- | ---: | --- |", *rows])


def _mark(is_met: bool | None) -> str:
    return "open" if is_met is None else "met" if is_met else "not met"
