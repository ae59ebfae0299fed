"""Who reads: our readers, the readers of others, and for each format the least that any reader has to do (the floor).

A contender goes through files twice: `read` is timed and does nothing but read, `tally` is not and tells what was seen.
A peer of the checks (pandas, Polars, PySpark, plain DuckDB) will be a contender of another race; see race.py.
"""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import pandas as pd
from pyx12.params import params as pyx12_params
from pyx12.segment import Segment
from pyx12.x12file import X12Reader
from pyx12.x12n_document import x12n_document

from bench.data import CSV, FHIR, PROFESSIONAL, REMITTANCE
from bench.tally import CHARGES, Tally, tally_lines, tally_segments
from claims_audit.model import FileTotals, RowBatch
from claims_audit.readers.fhir.resources import read_fhir
from claims_audit.readers.tables.delimited import read_delimited
from claims_audit.readers.x12.transactions import read_x12

OURS: Final = "ours"
PEER: Final = "peer"
FLOOR: Final = "floor"

Paths = Iterable[Path]
Parts = Iterator[Any]  # of a reader of ours: batches, rejected ranges, totals


@dataclass(frozen=True, slots=True)
class Contender:
    """Someone who reads files; `read` gives the number of records, `tally` also claims, lines and charges."""

    name: str
    role: str
    read: Callable[[Paths], int]
    tally: Callable[[Paths], Tally]
    is_slow: bool = False  # gets the small files
    is_yardstick: bool = False  # the others are told as multiples of its speed


def contenders_of(format_code: str) -> list[Contender]:
    """All who read a format, in the order of a round."""
    return _CONTENDERS[format_code]


# Ours


def _ours(read: Callable[[Path], Parts], claims: str) -> Contender:
    def run(paths: Paths) -> int:
        return sum(part.records_in for path in paths for part in read(path) if isinstance(part, FileTotals))

    def tally(paths: Paths) -> Tally:
        records = lines = cents = named = 0
        numbers: set[object] = set()
        for path in paths:
            for part in read(path):
                if isinstance(part, FileTotals):
                    records, lines = records + part.records_in, lines + part.lines_in
                    cents += part.charge_in_cents
                    named += part.segment_counts.get(claims, 0)
                elif isinstance(part, RowBatch) and not claims:
                    numbers.update(part.columns["patient_control_number"])
        return Tally(records, named if claims else len(numbers), lines, cents)

    return Contender("claims-audit reader", OURS, run, tally)


def _read_x12(path: Path) -> Parts:
    with path.open("rb") as stream:
        yield from read_x12(stream)


def _read_csv(path: Path) -> Parts:
    with path.open("rb") as stream:
        yield from read_delimited(stream, path.name)


def _read_fhir(path: Path) -> Parts:
    with path.open("rb") as stream:
        yield from read_fhir(stream, path.name)


# X12


def _pyx12_segments(paths: Paths) -> Iterator[Segment]:
    for path in paths:
        with path.open(encoding="ascii", newline="") as stream, X12Reader(stream) as reader:
            yield from reader


def _pyx12_read(paths: Paths) -> int:
    return sum(1 for _ in _pyx12_segments(paths))


def _pyx12_tally(paths: Paths) -> Tally:
    return tally_segments(_told(segment) for segment in _pyx12_segments(paths))


def _told(segment: Segment) -> tuple[str, str | None]:
    name = segment.get_seg_id()
    return name, segment.get_value(f"{name}{CHARGES[name]:02d}") if name in CHARGES else None


def _validate(paths: Paths, take: Callable[[Segment], None]) -> None:
    logging.getLogger("pyx12").setLevel(logging.CRITICAL)  # it warns of every mistake that the sample holds on purpose
    for path in paths:
        with path.open(encoding="ascii", newline="") as stream:
            x12n_document(pyx12_params(), stream, None, None, callback=lambda segment, *_: take(segment))


def _validator_read(paths: Paths) -> int:
    numbers = count()
    _validate(paths, lambda _: next(numbers))
    return next(numbers)


def _validator_tally(paths: Paths) -> Tally:
    seen: list[tuple[str, str | None]] = []
    _validate(paths, lambda segment: seen.append(_told(segment)))
    return tally_segments(seen)


def _split(path: Path) -> Iterator[list[str]]:
    text = path.read_bytes().decode("latin-1")
    element, terminator = text[3], text[105]
    segments = text.split(terminator)
    del segments[-1]  # what stands behind the last terminator is a line end
    for segment in segments:
        yield segment.split(element)


def _split_tally(paths: Paths) -> Tally:
    return tally_segments(_charged(elements) for path in paths for elements in _split(path))


def _charged(elements: list[str]) -> tuple[str, str | None]:
    name = elements[0].lstrip()
    return name, elements[CHARGES[name]] if name in CHARGES else None


# CSV


def _rows(paths: Paths, read: Callable[[Path], Iterator[list[str]]]) -> Iterator[tuple[str, str]]:
    for path in paths:
        rows = read(path)
        header = next(rows)
        number, charge = header.index("patient_control_number"), header.index("charge_amount")
        for row in rows:
            yield row[number], row[charge]


def _csv_rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.reader(stream)


def _split_rows(path: Path) -> Iterator[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        for line in stream:
            yield line.rstrip("\n").split(",")


def _csv_contender(
    name: str, role: str, rows: Callable[[Path], Iterator[list[str]]], *, is_yardstick: bool = False
) -> Contender:
    return Contender(
        name,
        role,
        lambda paths: sum(sum(1 for _ in rows(path)) - 1 for path in paths),
        lambda paths: tally_lines(_rows(paths, rows)),
        is_yardstick=is_yardstick,
    )


def _pandas_frame(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def _pandas_tally(paths: Paths) -> Tally:
    return tally_lines(
        line
        for frame in map(_pandas_frame, paths)
        for line in zip(frame["patient_control_number"], frame["charge_amount"], strict=True)
    )


# FHIR


def _resources(paths: Paths) -> Iterator[dict[str, Any]]:
    for path in paths:
        with path.open("rb") as stream:
            yield from map(json.loads, stream)


def _json_tally(paths: Paths) -> Tally:
    claims = 0
    charges: list[str] = []
    with closing(_resources(paths)) as resources:
        for resource in resources:
            claims += resource["resourceType"] == "Claim"
            charges += [str(item["net"]["value"]) for item in resource["item"]]
    return Tally(claims, claims, len(charges), tally_lines(("", charge) for charge in charges).charge_cents)


_X12: Final = (
    Contender("pyx12 reader", PEER, _pyx12_read, _pyx12_tally, is_yardstick=True),
    Contender("pyx12 validator", PEER, _validator_read, _validator_tally, is_slow=True),
    Contender("plain split", FLOOR, lambda paths: sum(1 for path in paths for _ in _split(path)), _split_tally),
)
_CONTENDERS: Final[dict[str, list[Contender]]] = {
    PROFESSIONAL: [_ours(_read_x12, "CLM"), *_X12],
    REMITTANCE: [_ours(_read_x12, "CLP"), *_X12],
    CSV: [
        _ours(_read_csv, ""),
        _csv_contender("Python csv", PEER, _csv_rows, is_yardstick=True),
        Contender("pandas read_csv", PEER, lambda paths: sum(map(len, map(_pandas_frame, paths))), _pandas_tally),
        _csv_contender("plain split", FLOOR, _split_rows),
    ],
    FHIR: [
        _ours(_read_fhir, "Claim"),
        Contender("plain json", FLOOR, lambda paths: sum(1 for _ in _resources(paths)), _json_tally, is_yardstick=True),
    ],
}
