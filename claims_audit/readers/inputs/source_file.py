"""One content on a disk: where its bytes lie, its identity, and how it is opened so that nothing leads elsewhere."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from claims_audit.errors import UnreadableFileError

CHUNK: Final = 1 << 20
_LONGEST_NAME: Final = 200


class Stamp(NamedTuple):
    """By which a file is known to be the same, and unchanged."""

    device: int
    inode: int
    byte_count: int
    modified_ns: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One content: where its uncompressed bytes lie, its name for people, its identity."""

    name: str
    path: Path
    sha256: str
    byte_count: int
    stamp: Stamp | None = None  # of a file that others may still write to

    def open(self) -> BinaryIO:
        """Opens the uncompressed bytes. Raises UnreadableFileError if they are no longer there."""
        return open_regular(self.path)

    def require_unchanged(self) -> None:
        """Raises UnreadableFileError if the file is no longer the one whose hash was taken."""
        if self.stamp is not None:
            with self.open() as stream:
                if _stamp_of(stream) != self.stamp:
                    raise _being_written(self.name)


def shown(name: str) -> str:
    """A name as it may stand in a report: printable, of bounded length."""
    clean = "".join(character if character.isprintable() else "?" for character in name[:_LONGEST_NAME])
    return f"{clean}..." if len(name) > _LONGEST_NAME else clean


def open_regular(path: Path) -> BinaryIO:
    """Opens a regular file; never follows a link and never waits for the other end of a pipe.

    Raises UnreadableFileError that says what stands there instead.
    """
    name = shown(path.name)
    try:
        _require_regular(name, path.lstat().st_mode)
        # What was looked at may be something else by now: the open itself must not follow or wait either.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableFileError(f"{name}: cannot be opened ({error.strerror}); allow it to be read") from None
    stream = os.fdopen(descriptor, "rb")
    try:
        _require_regular(name, os.fstat(descriptor).st_mode)
    except UnreadableFileError:
        stream.close()
        raise
    return stream


def fingerprint(name: str, path: Path, stream: BinaryIO) -> SourceFile:
    """The content of an open file. Raises UnreadableFileError if it changes while it is read."""
    digest, byte_count = hashlib.sha256(), 0
    try:
        before = _stamp_of(stream)
        stream.seek(0)
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            byte_count += len(chunk)
        after = _stamp_of(stream)
    except OSError as error:
        raise UnreadableFileError(f"{name}: cannot be read ({error.strerror}); deliver it again") from None
    if before != after or byte_count != after.byte_count:
        raise _being_written(name)
    return SourceFile(name, path, digest.hexdigest(), byte_count, after)


def _require_regular(name: str, mode: int) -> None:
    if stat.S_ISLNK(mode):
        raise UnreadableFileError(f"{name}: is a link; links are not followed, so put the file itself there")
    if stat.S_ISDIR(mode):
        raise UnreadableFileError(f"{name}: is a folder that cannot be searched; allow it to be read")
    if not stat.S_ISREG(mode):
        raise UnreadableFileError(f"{name}: is a pipe, socket or device; put a file there")


def _stamp_of(stream: BinaryIO) -> Stamp:
    seen = os.fstat(stream.fileno())
    return Stamp(seen.st_dev, seen.st_ino, seen.st_size, seen.st_mtime_ns)


def _being_written(name: str) -> UnreadableFileError:
    return UnreadableFileError(f"{name}: changes while it is read; it is left until the next call")
