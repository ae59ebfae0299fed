"""A private folder for bytes on their way: unpacked, downloaded or piped in. Nothing of it stays."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import RawIOBase
from pathlib import Path
from types import TracebackType

from claims_audit.errors import StorageError
from claims_audit.readers.inputs.source_file import SourceFile


class Spool:
    """Files below `parent`, for their owner only; the folder is made when first needed and removed at the end."""

    def __init__(self, parent: Path) -> None:
        self._parent = parent
        self._folder: Path | None = None
        self._count = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def store(self, name: str, chunks: Iterable[bytes]) -> SourceFile:
        """Writes the chunks to a file of its own. What taking a chunk raises passes through, and leaves no file.

        Raises StorageError if the disk takes no more: a fault of ours must not pass for one of the delivery.
        """
        target = self._next_target()
        digest, byte_count = hashlib.sha256(), 0
        try:
            with _writing_to(self._parent):
                # Without a buffer: one that could not be emptied would raise once more when it is closed.
                out = target.open("xb", buffering=0)
            with out:
                for chunk in chunks:
                    digest.update(chunk)
                    byte_count += len(chunk)
                    with _writing_to(self._parent):
                        _write_all(out, chunk)
        except BaseException:
            target.unlink(missing_ok=True)
            raise
        return SourceFile(name, target, digest.hexdigest(), byte_count)

    def drop(self, stored: SourceFile) -> None:
        """Removes a file that was stored here."""
        stored.path.unlink(missing_ok=True)

    def _next_target(self) -> Path:
        if self._folder is None:
            with _writing_to(self._parent):
                self._folder = Path(tempfile.mkdtemp(prefix="spool-", dir=self._parent))
        self._count += 1
        return self._folder / str(self._count)


def _write_all(out: RawIOBase, chunk: bytes) -> None:
    waiting = memoryview(chunk)
    while waiting:
        waiting = waiting[out.write(waiting) or 0 :]


@contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror}); free space and call again") from error
