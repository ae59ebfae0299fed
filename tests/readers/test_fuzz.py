"""Real files, broken at random in every way that bytes can be broken: whatever comes, a reader keeps its contract.

`CLAIMS_AUDIT_MUTANTS=100000` makes as many mutants, `CLAIMS_AUDIT_FIRST_MUTANT=4711` begins with that one. A mutant is
made from its number alone, so that a failing one can be made again.
"""

from __future__ import annotations

import hashlib
import os
import random
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import pytest

from claims_audit.errors import UnreadableFileError
from claims_audit.model import FileTotals, RejectedRange, RowBatch
from claims_audit.project import ROOT
from claims_audit.readers import Detected, detect, read_source
from claims_audit.readers.inputs.source import SourceFile
from claims_audit.readers.tables.profile_file import shipped_profiles
from claims_audit.readers.values import parse_cents
from tests.readers.calendar_files import FIRST, OWN_ZONE, SECOND, WEEKLY, appointment, calendar

SHARED = ROOT.parent / "shared" / "data"
FOLDERS = [*(SHARED / name for name in ("x12", "fhir", "csv")), ROOT / "data" / "sample" / "inbox"]
# Reading a file of a megabyte tells no more than reading one of a tenth of it.
LARGEST = 100_000
MUTANTS = int(os.environ.get("CLAIMS_AUDIT_MUTANTS", "5000"))
FIRST_MUTANT = int(os.environ.get("CLAIMS_AUDIT_FIRST_MUTANT", "0"))
CHUNKS = 5
PROFILES = shipped_profiles()
# No file here takes more than a blink; what is still read after this long never ends.
LONGEST_SECONDS = 60
MOST_MEMORY_KB = 400_000
# Rows of these are the lines that a file is reconciled by.
LINE_TABLES = {"claim_line", "attendance", "remittance_line"}
SENTINEL = b"SENTINEL7"
SEPARATORS = b"*~:^|,;\t\n\r\"{}[]'= "

Items = list[RowBatch | RejectedRange | FileTotals]


class Mutant(NamedTuple):
    """A broken file and what was done to it, in order."""

    content: bytes
    steps: list[str]


def corpus() -> dict[str, bytes]:
    """The files to break, by their path."""
    paths = sorted(path for folder in FOLDERS for path in folder.rglob("*") if path.is_file())
    found = {path.name: content for path in paths if 0 < len(content := path.read_bytes()) <= LARGEST}
    return found | {"made-up.ics": calendar(FIRST, appointment(WEEKLY | {"UID": "weekly"}), SECOND, head=OWN_ZONE)}


def mutate(number: int, files: dict[str, bytes]) -> Mutant:
    """Makes the mutant of that number."""
    chance = random.Random(number)
    # Every kind of file as often as any other, however many there are.
    kind = chance.choice(sorted({Path(name).suffix for name in files}))
    name = chance.choice([name for name in files if name.endswith(kind)])
    content, steps = files[name], [name]
    for _ in range(chance.randint(1, 6)):
        step = chance.choice(STEPS)
        content = step(content, chance, files) or b"\n"
        steps.append(step.__name__)
    return Mutant(content, steps)


def flip(content: bytes, chance: random.Random, _: dict[str, bytes]) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + bytes([chance.choice((chance.randrange(256), *SEPARATORS))]) + content[at + 1 :]


def cut(content: bytes, chance: random.Random, _: dict[str, bytes]) -> bytes:
    at = chance.randrange(len(content))
    length = chance.choice((1, 5, 60, 700))
    return content[:at] + content[at + chance.randint(1, length) :]


def cut_off(content: bytes, chance: random.Random, _: dict[str, bytes]) -> bytes:
    return content[: chance.randrange(len(content))]


def repeat(content: bytes, chance: random.Random, _: dict[str, bytes]) -> bytes:
    start, at = chance.randrange(len(content)), chance.randrange(len(content))
    stretch = content[start : start + chance.choice((1, 20, 400, 4_000))]
    return content[:at] + stretch * chance.choice((1, 1, 3)) + content[at:]


def splice(content: bytes, chance: random.Random, files: dict[str, bytes]) -> bytes:
    other = chance.choice(list(files.values()))
    return content[: chance.randrange(len(content))] + other[chance.randrange(len(other)) :]


def append(content: bytes, chance: random.Random, files: dict[str, bytes]) -> bytes:
    return content + chance.choice(list(files.values()))


def exchange_separator(content: bytes, chance: random.Random, _: dict[str, bytes]) -> bytes:
    old, new = bytes([chance.choice(SEPARATORS)]), bytes([chance.choice(SEPARATORS)])
    start = chance.choice((0, chance.randrange(len(content))))
    return content[:start] + content[start:].replace(old, new)


def insert_odd(content: bytes, chance: random.Random, _: dict[str, bytes]) -> bytes:
    at = chance.randrange(len(content))
    odd = chance.choice((b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"-", b"9" * 30, b"\r", b"\n\n", b'"', b"1e9", b"\xc3"))
    return content[:at] + odd + content[at:]


def plant(content: bytes, chance: random.Random, _: dict[str, bytes]) -> bytes:
    """Puts a value into the body, as a patient's; what stands in the first line may be a column, which may be told."""
    head = content.find(b"\n", 0, LARGEST // 2) + 1
    at = chance.randrange(head, len(content)) if head < len(content) else head
    length = chance.choice((0, len(SENTINEL)))
    return content[:at] + SENTINEL + content[at + length :]


STEPS: list[Callable[[bytes, random.Random, dict[str, bytes]], bytes]] = [
    flip,
    flip,
    cut,
    cut_off,
    repeat,
    splice,
    append,
    exchange_separator,
    insert_odd,
    plant,
    plant,
]


def read_all(content: bytes, path: Path) -> tuple[str | None, Items]:
    """What the readers make of a content: the one place that knows how they are called."""
    path.write_bytes(content)
    source = SourceFile("mutant", path, hashlib.sha256(content).hexdigest(), len(content))
    found = detect(source, PROFILES) or Detected("unknown")
    if found.format_code == "labels":
        return found.format_code, [FileTotals()]
    return found.format_code, list(read_source(source, found.format_code, profile=found.profile))


def broken_promises(content: bytes, items: Items) -> list[str]:
    """What is wrong with a reading; empty if nothing is."""
    totals = [item for item in items if isinstance(item, FileTotals)]
    if len(totals) != 1 or items[-1] is not totals[0]:
        return ["not exactly one FileTotals, at the end"]
    batches = [item for item in items if isinstance(item, RowBatch)]
    rejects = [item for item in items if isinstance(item, RejectedRange)]
    lines = [batch for batch in batches if batch.table in LINE_TABLES]
    wrong = [f"columns of {batch.table} differ in length" for batch in batches if len(_lengths(batch)) != 1]
    line_count = sum(len(batch) for batch in lines) + sum(reject.line_count for reject in rejects)
    if line_count != totals[0].lines_in:
        wrong.append(f"{totals[0].lines_in} lines went in, {line_count} came out")
    cents = sum(
        parse_cents(str(charge)) or 0
        for batch in lines
        for charge in batch.columns.get("charge_amount", [])
        if charge is not None
    ) + sum(reject.charge_cents for reject in rejects)
    if cents != totals[0].charge_in_cents:
        wrong.append(f"{totals[0].charge_in_cents} cents went in, {cents} came out")
    wrong += _wrong_ranges(len(content), lines, rejects)
    if any(SENTINEL.decode().lower() in repr(reject).lower() for reject in rejects):
        wrong.append("a reason tells a value")
    return wrong


def _lengths(batch: RowBatch) -> set[int]:
    return {len(values) for values in batch.columns.values()}


def _wrong_ranges(size: int, lines: list[RowBatch], rejects: list[RejectedRange]) -> list[str]:
    kept = {
        (int(str(start)), int(str(end)))
        for batch in lines
        for start, end in zip(batch.columns["byte_start"], batch.columns["byte_end"], strict=True)
    }
    refused = sorted((reject.byte_start, reject.byte_end) for reject in rejects)
    wrong = []
    if any(not 0 <= start <= end <= size for start, end in [*kept, *refused]):
        wrong.append("a range leaves the file")
    if any(before[1] > after[0] for before, after in pairwise(refused)):
        wrong.append("two rejected ranges overlap")
    # What one record holds shares its range, rows and rejected lines alike; those of two records never meet.
    marked = sorted([*((*place, 0) for place in kept), *((*place, 1) for place in refused if place not in kept)])
    reach = [0, 0]
    for start, end, kind in marked:
        if start < reach[1 - kind] and end > start:
            wrong.append("a row lies in a rejected range")
            break
        reach[kind] = max(reach[kind], end)
    return wrong


def reading(*places: tuple[int, int], lines_in: int = 2, cents: int = 400, reason: str = "") -> Items:
    """A row of 1.50 dollars in each place but the last, which is rejected with 2.50."""
    *rows, (start, end) = places
    columns: dict[str, list[object]] = {
        "byte_start": [place[0] for place in rows],
        "byte_end": [place[1] for place in rows],
        "charge_amount": ["1.50"] * len(rows),
    }
    reject = RejectedRange("claim_line", start, end, "code", reason, line_count=1, charge_cents=250)
    return [RowBatch("claim_line", columns), reject, FileTotals(lines_in=lines_in, charge_in_cents=cents)]


@pytest.mark.parametrize(
    ("items", "wrong"),
    [
        (reading((0, 4), (4, 9)), []),
        (reading((4, 9), (0, 4)), []),
        (reading((0, 4), (0, 4)), []),
        (reading((0, 4), (4, 9))[:2], ["not exactly one FileTotals, at the end"]),
        (reading((0, 4), (4, 9))[::-1], ["not exactly one FileTotals, at the end"]),
        (reading((0, 4), (4, 9), lines_in=3), ["3 lines went in, 2 came out"]),
        (reading((0, 4), (4, 9), cents=150), ["150 cents went in, 400 came out"]),
        (reading((0, 4), (4, 11)), ["a range leaves the file"]),
        (reading((0, 5), (4, 9)), ["a row lies in a rejected range"]),
        (reading((5, 6), (4, 9)), ["a row lies in a rejected range"]),
        (reading((0, 9), (4, 5)), ["a row lies in a rejected range"]),
        (reading((0, 4), (4, 9), reason="of sentinel7"), ["a reason tells a value"]),
        (
            [*reading((0, 1), (4, 9))[:2], *reading((1, 2), (8, 9), lines_in=4, cents=800)],
            ["two rejected ranges overlap"],
        ),
    ],
)
def test_a_broken_promise_is_noticed(items: Items, wrong: list[str]) -> None:
    assert broken_promises(b"0123456789", items) == wrong


@contextmanager
def ends_soon() -> Iterator[None]:
    """Turns a reader that hangs into one that fails."""

    def give_up(*_: object) -> None:
        raise TimeoutError(f"still reading after {LONGEST_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LONGEST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    if not SHARED.is_dir():
        pytest.skip(f"{SHARED} is not there: the files to break come from outside this project")
    return corpus()


def test_the_files_themselves_are_read(files: dict[str, bytes], tmp_path: Path) -> None:
    formats = set()
    for name, content in files.items():
        try:
            format_code, items = read_all(content, tmp_path / "file")
        except UnreadableFileError:
            continue
        formats.add(format_code)
        assert broken_promises(content, items) == [], name
    assert {"837p", "claim_csv", "attendance_csv", "attendance_ics"} <= formats


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_whatever_is_broken_the_readers_keep_their_contract(
    chunk: int, files: dict[str, bytes], tmp_path: Path
) -> None:
    memory_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(FIRST_MUTANT + chunk, FIRST_MUTANT + max(MUTANTS, CHUNKS), CHUNKS):
        mutant = mutate(number, files)
        told = f"CLAIMS_AUDIT_FIRST_MUTANT={number}: {', '.join(mutant.steps)}"
        try:
            with ends_soon():
                format_code, items = read_all(mutant.content, tmp_path / "mutant")
        except UnreadableFileError as error:
            # A table that does not fit is refused by the names of its columns.
            if "columns" not in str(error):
                assert SENTINEL.decode().lower() not in str(error).lower(), told
            continue
        except Exception as error:
            pytest.fail(f"{told}: {type(error).__name__}: {error}", pytrace=True)
        assert broken_promises(mutant.content, items) == [], f"{told} ({format_code})"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory_before < MOST_MEMORY_KB
