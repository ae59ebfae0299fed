"""Writing a report file so that a reader sees all of it or none of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from claims_audit.errors import StorageError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yields a name to write to; on success the file there becomes `path`, on failure it is removed.

    Reports hold protected health information, so the file is for its owner only.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.touch(mode=0o600)
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(path)
    except OSError as error:
        raise StorageError(
            f"The file {path.name} could not be written: {error.strerror or 'unknown error'}."
        ) from error
    finally:
        draft.unlink(missing_ok=True)
