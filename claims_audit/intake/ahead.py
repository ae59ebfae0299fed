"""Reads several files at once, each in a process of its own, ahead of the one that stores them in the order given.

A process keeps, reads and checks its file and leaves the good rows as Arrow files below the home's folder for
temporary files; the one writer takes them up from there. What is stored, and in which order, does not depend on how
many processes there are.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from multiprocessing.connection import wait
from multiprocessing.util import Finalize
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import pyarrow as pa

from claims_audit.errors import UnreadableFileError
from claims_audit.home import Home
from claims_audit.intake.reading import CheckedRows, FileReading, Reading, ReadOptions, Schemas
from claims_audit.intake.report import FileReport
from claims_audit.model import RejectedRange, RejectKind
from claims_audit.readers.inputs.source import Input, LocalFile, SourceFile, open_sources
from claims_audit.readers.tables.profile import Profile
from claims_audit.settings import Settings

# Less than this is read sooner than a process has imported its libraries.
WORTH_BYTES: Final = 16_000_000
MOST_WORKERS: Final = 4
# Inputs that are read before their turn, by worker: so much lies in the folder for temporary files.
_AHEAD: Final = 2
_REJECTS_AT_ONCE: Final = 10_000


class Content(NamedTuple):
    """One content of an input; or, in place of source and reading, why it cannot be read."""

    item: Input
    source: SourceFile | None
    reading: Reading | None
    fault: UnreadableFileError | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """All that it takes to read an input; the same in every process."""

    home: Home
    max_bytes: int
    schemas: Schemas
    options: ReadOptions
    known: frozenset[str] = frozenset()  # hashes of contents that are in the ledger

    def contents(self, item: Input) -> Iterator[Content]:
        """What an input unpacks to; each content has to be read before the next one is asked for."""
        with open_sources(item, self.home.temporary, self.max_bytes) as sources:
            for source in sources:
                if isinstance(source, UnreadableFileError):
                    yield Content(item, None, None, source)
                else:
                    yield Content(item, source, FileReading(source, self.home, self.schemas, self.options))


def read_inputs(inputs: Iterable[Input], reader: Reader, settings: Settings) -> Iterator[Content]:
    """The contents of all inputs, in order: read by other processes where there are cores and files enough for it."""
    inputs = list(inputs)
    local = [item for item in inputs if isinstance(item, LocalFile)]
    workers = min(worker_count(settings), len(local))
    if workers < 2 or sum(item.byte_count for item in local) < WORTH_BYTES:
        for item in inputs:
            yield from reader.contents(item)
        return
    with TemporaryDirectory(dir=reader.home.temporary, prefix="ahead-") as folder:
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _prepare, (reader,))
        try:
            yield from _read_ahead(inputs, reader, pool, Path(folder), workers * _AHEAD)
        finally:
            pool.shutdown(cancel_futures=True)


def worker_count(settings: Settings) -> int:
    """How many processes may read: as set, else one a core that is ours, and not more than MOST_WORKERS."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return settings.load_workers or min(cores, MOST_WORKERS)


def _read_ahead(
    inputs: list[Input], reader: Reader, pool: ProcessPoolExecutor, folder: Path, window: int
) -> Iterator[Content]:
    waiting = deque(enumerate(inputs))
    begun: deque[tuple[Input, Future[list[_Left]] | None]] = deque()
    while waiting or begun:
        while waiting and len(begun) < window:
            number, item = waiting.popleft()
            begun.append((item, _submit(pool, item, folder / str(number)) if isinstance(item, LocalFile) else None))
        item, future = begun.popleft()
        try:
            left = None if future is None else future.result()
        except BrokenProcessPool:
            # A process was ended from outside, for want of memory as a rule: the file is read here, by itself.
            left = None
        if left is None:
            yield from reader.contents(item)
            continue
        for one in left:
            if one.error is not None and not isinstance(one.error, UnreadableFileError):
                raise one.error
            if one.source is None:
                yield Content(item, None, None, one.error)
            else:
                yield Content(item, one.source, one.reading)


def _submit(pool: ProcessPoolExecutor, item: LocalFile, folder: Path) -> Future[list[_Left]] | None:
    try:
        return pool.submit(_leave, item, folder)
    except BrokenProcessPool:
        return None


@dataclass(slots=True)
class _Left:
    """What a process left of one content; without a source, the error with which the input ended."""

    source: SourceFile | None = None
    reading: LeftReading | None = None
    error: Exception | None = None


@dataclass(slots=True)
class LeftReading:
    """A content that was read by another process. Its items can be had once: their files are removed on the way."""

    report: FileReport
    profile: Profile | None = None
    files: list[tuple[str, Path]] = field(default_factory=list)  # table, or none for ranges set aside
    fault: UnreadableFileError | None = None

    def items(self) -> Iterator[CheckedRows | RejectedRange]:
        """Good rows and ranges set aside, in the order of the file."""
        for table, path in self.files:
            with pa.memory_map(str(path)) as stream:
                rows = pa.ipc.open_file(stream).read_all()
                if table:
                    yield CheckedRows(table, rows)
                else:
                    for row in rows.to_pylist():
                        yield RejectedRange(**row | {"kind": RejectKind(row["kind"])})
            path.unlink()
        if self.fault is not None:
            raise self.fault


_READERS: list[Reader] = []  # of a process that reads: the one that it was given at its start


def _prepare(reader: Reader) -> None:
    """Readies a process: it ends with the one that started it, however that ended."""
    _READERS[:] = [reader]
    # DuckDB's module lists on standard error, when Python takes itself apart, what is still there of it.
    Finalize(None, os._exit, args=(0,), exitpriority=-100)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel, os._exit), daemon=True).start()


def _end_with(sentinel: int, end: Callable[[int], None]) -> None:
    wait([sentinel])
    end(1)


def _leave(item: LocalFile, folder: Path) -> list[_Left]:
    """Reads one input in a process of its own."""
    (reader,) = _READERS
    folder.mkdir()
    left: list[_Left] = []
    try:
        for number, content in enumerate(reader.contents(item)):
            if content.source is None or content.reading is None:
                left.append(_Left(error=content.fault))
            elif content.source.sha256 in reader.known:
                # Whose content is known is not read again; the ledger says what there is to say.
                left.append(_Left(content.source, LeftReading(content.reading.report)))
            else:
                left.append(_Left(content.source, _write(content.reading, folder, number)))
    except Exception as error:  # told by the process that stores, when it is this input's turn
        left.append(_Left(error=error))
    return left


def _write(reading: Reading, folder: Path, number: int) -> LeftReading:
    left = LeftReading(reading.report)
    rejects: list[RejectedRange] = []

    def write(table: str, rows: pa.Table) -> None:
        path = folder / f"{number}-{len(left.files)}.arrow"
        with pa.OSFile(str(path), "wb") as stream, pa.ipc.new_file(stream, rows.schema) as writer:
            writer.write_table(rows)
        left.files.append((table, path))

    def write_rejects() -> None:
        if rejects:
            write("", pa.Table.from_pylist([asdict(item) for item in rejects]))
            rejects.clear()

    try:
        for item in reading.items():
            if isinstance(item, RejectedRange):
                rejects.append(item)
                if len(rejects) < _REJECTS_AT_ONCE:
                    continue
            write_rejects()
            if isinstance(item, CheckedRows):
                write(*item)
        write_rejects()
    except UnreadableFileError as error:
        left.fault = error
    left.report, left.profile = reading.report, reading.profile
    return left
