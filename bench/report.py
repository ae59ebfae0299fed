"""Shows results: as a table for the terminal, and as performance.json, performance.md and performance.svg."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from bench.chart import draw
from bench.check_report import read_checks, render_checks
from bench.check_results import CheckResults
from bench.results import Result, Results, read_results

_MB: Final = 1_000_000
_HEADER: Final = ("format", "who", "MB/s", "least to most", "lines/s", "times", "peak MB", "of it own")


def write_report(results: Results, folder: Path) -> str:
    """Writes the three files into `folder` and returns the table for the terminal."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "performance.json").write_text(json.dumps(results.as_json(), indent=2) + "\n", encoding="utf-8")
    (folder / "performance.svg").write_text(draw(results.reading), encoding="utf-8")
    write_page(results, folder)
    return render_text(results)


def write_page(results: Results, folder: Path) -> None:
    """Writes performance.md, with the part about checking if its results are in `folder`, too."""
    (folder / "performance.md").write_text(render_page(results, read_checks(folder)), encoding="utf-8")


def read_report(folder: Path) -> Results:
    """The results that were written into `folder`."""
    told = json.loads((folder / "performance.json").read_text(encoding="utf-8"))
    return read_results(told)


def render_text(results: Results) -> str:
    """The table in columns."""
    rows = [_HEADER, *_rows([*results.reading, *results.loading])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    lines = [
        "  ".join(
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([results.machine, "", *lines])


def render_page(results: Results, checks: CheckResults | None = None) -> str:
    """The page of docs/."""
    yardsticks = ", ".join(f"{name}: {who}" for name, who in results.yardsticks.items())
    whole, small = _sizes(results.reading, max), _sizes(results.reading, min)
    sizes = ", ".join(f"{size / _MB:.1f} MB of {name}" for name, size in whole.items())
    small_sizes = ", ".join(f"{size / _MB:.2f} MB of {name}" for name, size in small.items() if size < whole[name])
    return f"""# Performance

Measured by `make bench`, which writes this page; `make bench-full` does the same with ten times the data. This part is
about reading and loading, "Checking" below about the audit itself.

{results.machine}

**Only ratios within one run count.** Machines differ, and this one may be busy with other things: absolute speeds of
two runs say nothing about each other. Within a run everybody takes a turn in each of {results.rounds} rounds, so that
what slows the machine slows all of them alike. The column "times" is the median over the rounds of how many times
faster one was than the yardstick of its format in the same round: {yardsticks}.

The data are a made-up practice of {results.sessions:,} sessions from a fixed seed:
{sizes}.
Before anything is timed, everybody has to see the same: segments or rows, claims, service lines and the sum of their
charges, to the cent. If one does not, there are no results.

## Reading

![Reading speed by format](performance.svg)

{_markdown(results.reading)}

MB are millions of bytes of the input; lines are service lines. The peak is the memory of a process of its own that
reads the files once; "of it own" is what came on top of the most that Python and all libraries of the benchmark had
taken before, so it is 0 for whoever needed less than that.

Our readers do what the others leave to their caller: claims, dates, money, where in the file every line stood, and what
is set aside with its reason. "plain split" and "plain json" take the text apart and throw the parts away: what is left
to gain for a reader that does the same in Python. The pyx12 validator, which checks every element against the
implementation guide, reads a smaller file ({small_sizes}); its "times" compare bytes per second,
and its seconds hold the loading of its maps, once a file.

## The whole way

From the file to the committed rows of a fresh home (`claims_audit.intake.load.load_paths`): hash and archive, reader,
schemas, storing, lifecycle, reconciliation. {results.load_rounds} rounds, each load in a process of its own, each
format by itself: the 835 find no claims to be matched with.

{_markdown(results.loading)}

Of 4.1 seconds of processor time for nine files of 837P with 45,000 lines, the reader took about 1.5, working out the
versions of claims anew after each file 0.9 (DuckDB; some 45 ms a file go into planning alone), the rules of the schemas
0.35 and the spelling 0.15 (pandera, pyarrow), casting and hashing 0.4, storing 0.45 and committing 0.25 (DuckDB), the
archive 0.07 (gzip).

The schemas judge the distinct values of a column, and CSV and Parquet are taken apart column by column with pyarrow.
That is the difference between two versions in turn on one busy machine, in processor time, without the warehouse:
a CSV of 210,000 lines went from 14,000 to 190,000 lines a second (reader 0.8 s, schema 0.25 s), a Parquet file of the
same lines from 18,000 to 400,000 (0.25 and 0.25 s). In two rounds,
whole loads took 0.66 and 0.69 (837P), 0.65 and 0.94 (835), 0.54 and 0.47 (CSV) of the processor time from before.
{render_checks(checks) if checks is not None else ""}"""


def _sizes(results: Sequence[Result], choose: Callable[..., int]) -> dict[str, int]:
    """Bytes by format: the most, or the least, that anybody read."""
    names = dict.fromkeys(one.format for one in results)
    return {name: choose(one.byte_count for one in results if one.format == name) for name in names}


def _markdown(results: Sequence[Result]) -> str:
    rows = [("| " + " | ".join(row) + " |") for row in (_HEADER, *_rows(results))]
    rule = "| --- | --- |" + " ---: |" * (len(_HEADER) - 2)
    return "\n".join([rows[0], rule, *rows[1:]])


def _rows(results: Sequence[Result]) -> list[tuple[str, ...]]:
    rows = []
    for one in results:
        middle, least, most = one.rates
        rows.append(
            (
                one.format,
                one.name,
                f"{middle:.3g}",
                f"{least:.3g} to {most:.3g}",
                f"{one.lines_per_second:,.0f}",
                "" if one.ratio is None else f"{one.ratio:.2g}",
                f"{one.peak_bytes / _MB:.0f}",
                f"{(one.peak_bytes - one.start_bytes) / _MB:.0f}",
            )
        )
    return rows
