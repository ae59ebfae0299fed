"""`python -m bench.run`: makes the data, lets everybody read and load it, and writes what came of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench.child import Memory, measure_loading, measure_reading
from bench.data import CSV, FORMATS, PROFESSIONAL, REMITTANCE, Data, make_data
from bench.loading import Loaded
from bench.peers import OURS, contenders_of
from bench.race import DisagreementError, compare_tallies, dataset_of, median_ratio, race
from bench.report import write_report
from bench.results import Result, Results, describe_machine
from bench.tally import Tally
from claims_audit.project import ROOT

DEFAULT_SESSIONS: Final = 20_000
LOADED_FORMATS: Final = (PROFESSIONAL, REMITTANCE, CSV)


def main(arguments: list[str] | None = None) -> None:
    """Runs the benchmark; a failure to agree on what the files hold ends it with a message and status 1."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory(prefix="claims-audit-bench-") as folder:
        try:
            results = run(Path(folder), options.sessions, options.rounds, options.load_rounds)
        except DisagreementError as error:
            sys.exit(str(error))
    print(write_report(results, options.output))


def run(folder: Path, sessions: int, rounds: int, load_rounds: int) -> Results:
    """Measures everything with data of that size below `folder`. Raises DisagreementError."""
    _say(f"making a practice of {sessions:,} sessions")
    data = make_data(folder, sessions)
    reading: list[Result] = []
    tallies: dict[str, Tally] = {}
    for format_code in FORMATS:
        results, tallies[format_code] = _read(format_code, data, rounds)
        reading += results
    return Results(
        sessions=sessions,
        rounds=rounds,
        load_rounds=load_rounds,
        machine=describe_machine(),
        yardsticks={name: next(one.name for one in contenders_of(name) if one.is_yardstick) for name in FORMATS},
        reading=tuple(reading),
        loading=tuple(_load(data, tallies, load_rounds)),
    )


def _read(format_code: str, data: Data, rounds: int) -> tuple[list[Result], Tally]:
    contenders = contenders_of(format_code)
    _say(f"{format_code}: {', '.join(one.name for one in contenders)}")
    seen = compare_tallies(format_code, data, contenders)
    seconds = race(format_code, data, contenders, seen, rounds)
    yardstick = next(one for one in contenders if one.is_yardstick)
    results = []
    for one in contenders:
        dataset = dataset_of(format_code, data, one)
        # Times of other files are compared byte by byte.
        scale = data.whole[format_code].byte_count / dataset.byte_count
        results.append(
            Result(
                format_code,
                one.name,
                one.role,
                dataset.byte_count,
                seen[one.name].lines,
                tuple(seconds[one.name]),
                *measure_reading(format_code, one.name, dataset.paths),
                median_ratio([each * scale for each in seconds[one.name]], seconds[yardstick.name]),
            )
        )
    return results, seen[contenders[0].name]


def _load(data: Data, tallies: dict[str, Tally], rounds: int) -> list[Result]:
    seconds: dict[str, list[float]] = {name: [] for name in LOADED_FORMATS}
    memory = dict.fromkeys(LOADED_FORMATS, Memory(0, 0))
    for number in range(rounds):
        _say(f"loading, round {number + 1} of {rounds}")
        for name in LOADED_FORMATS:
            loaded, taken = measure_loading(name, data.whole[name].paths)
            _require_all(name, loaded, tallies[name])
            seconds[name].append(loaded.seconds)
            memory[name] = max(memory[name], taken)
    return [
        Result(
            name, "into the warehouse", OURS, data.whole[name].byte_count, tallies[name].lines,
            tuple(seconds[name]), *memory[name],
        )
        for name in LOADED_FORMATS
    ]  # fmt: skip


def _require_all(format_code: str, loaded: Loaded, seen: Tally) -> None:
    if loaded[1:] != (seen.records, seen.lines, seen.charge_cents):
        raise DisagreementError(f"{format_code}: the ledger has {loaded[1:]}, the readers saw {seen}")


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.run", description="Measures reading and loading.")
    parser.add_argument("--sessions", type=int, default=DEFAULT_SESSIONS, help="size of the made-up practice")
    parser.add_argument("--rounds", type=int, default=5, help="of reading")
    parser.add_argument("--load-rounds", type=int, default=3, help="of loading")
    parser.add_argument("--output", type=Path, default=ROOT / "docs", help="where performance.* are written")
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
