"""Finding inputs and opening them: files, folders, standard input, remote folders, whatever they are packed in.

What an input unpacks to is in containers.py, what lies behind a URL in remote.py.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol
from urllib.parse import urlsplit
from urllib.request import url2pathname

from claims_audit.errors import NoInputError, UnreadableFileError, UsageError
from claims_audit.readers.inputs.containers import Contents, Unpacking
from claims_audit.readers.inputs.member import is_left_out
from claims_audit.readers.inputs.remote import find_remote
from claims_audit.readers.inputs.remote_faults import shown_url
from claims_audit.readers.inputs.source_file import CHUNK, SourceFile, fingerprint, open_regular, shown
from claims_audit.readers.inputs.spool import Spool

__all__ = ["Input", "LocalFile", "SourceFile", "StandardInput", "find_inputs", "open_sources", "shown_place"]

_STANDARD_INPUT: Final = "-"
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(::[^/]*)?://")
_LOCAL: Final = ("file", "local")


class Input(Protocol):
    """Something to load; nothing of it has been read yet."""

    @property
    def name(self) -> str:
        """The name for people: no folder of ours, no credentials."""

    @property
    def byte_count(self) -> int:
        """Its size as delivered, in bytes; 0 where that is not known."""

    def contents(self, spool: Spool, max_bytes: int) -> Contents:
        """What it unpacks to; see `open_sources`."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """Whatever stands at a path; that it is a regular file is found out when it is opened."""

    path: Path

    @property
    def name(self) -> str:
        """The last part of the path."""
        return shown(self.path.name)

    @property
    def byte_count(self) -> int:
        """As the folder says."""
        try:
            return self.path.lstat().st_size
        except OSError:
            return 0

    def contents(self, spool: Spool, max_bytes: int) -> Contents:
        """The file, where it lies, or what it unpacks to."""
        with open_regular(self.path) as stream:
            unpacking = Unpacking(spool, os.fstat(stream.fileno()).st_size, max_bytes)
            yield from unpacking.contents(stream, self.name, lambda: fingerprint(self.name, self.path, stream))


@dataclass(frozen=True, slots=True)
class StandardInput:
    """What is piped in; it can be read once."""

    name: str = "standard input"
    byte_count: int = 0

    def contents(self, spool: Spool, max_bytes: int) -> Contents:
        """What came through the pipe, or what it unpacks to."""
        if sys.stdin is None or sys.stdin.isatty():
            raise UnreadableFileError(f"{self.name}: is a terminal; pipe a file into it")
        stored = spool.store(self.name, _piped(self.name, sys.stdin.buffer, max_bytes))
        with stored.open() as stream:
            yield from Unpacking(spool, stored.byte_count, max_bytes).contents(stream, self.name, lambda: stored)


def find_inputs(places: Iterable[str | Path], storage: Mapping[str, Mapping[str, object]] | None = None) -> list[Input]:
    """Everything named or below the folders named, each folder in the order of its paths; hidden files are left out.

    A place is a path, `-` for standard input, or a URL of anything that fsspec can list; `storage` has the options of
    a protocol (`{"s3": {"endpoint_url": ...}}`). A `Path` is always a path. Links, and what is no regular file, are
    found here and refused when they are opened. Raises NoInputError for what is not there, UsageError for a URL that
    is none, and for a URL what `find_remote` raises.
    """
    found: list[Input] = []
    for place in places:
        if isinstance(place, str) and place == _STANDARD_INPUT:
            if StandardInput() in found:
                raise UsageError("- (standard input) is named twice; it can be read once")
            found.append(StandardInput())
        elif isinstance(place, str) and _URL.match(place):
            protocol = place.partition(":")[0].lower()
            if protocol in _LOCAL:
                found += _find_local(_path_of(place))
            else:
                found += find_remote(place, (storage or {}).get(protocol, {}))
        else:
            found += _find_local(Path(place))
    return found


def shown_place(place: str | Path) -> str:
    """A place as it may stand in a message: of a URL only protocol, host and path."""
    return shown_url(place) if isinstance(place, str) and _URL.match(place) else str(place)


@contextmanager
def open_sources(item: Input, spool: Path, max_bytes: int) -> Iterator[Contents]:
    """The contents of one input: itself, or what it unpacks to.

    Unpacked, downloaded and piped bytes go to files below `spool`; each is there until the next content is asked for.
    What cannot be read or unpacked comes as an error value, so that the others still load: nothing is raised for bad
    input. Raises StorageError if the spool takes no more.
    """
    with Spool(spool) as folder:
        contents = _as_values(item.contents(folder, max_bytes))
        try:
            yield contents
        finally:
            contents.close()


def _as_values(contents: Contents) -> Contents:
    try:
        yield from contents
    except UnreadableFileError as error:
        yield error


def _find_local(path: Path) -> list[Input]:
    try:
        is_folder = path.is_dir() and not path.is_symlink()
        path.lstat()
    except (OSError, ValueError):
        raise NoInputError(f"{path}: no such file or folder; name the deliveries to load") from None
    if not is_folder:
        return [LocalFile(path)]
    return [LocalFile(child) for child in sorted(_below(path)) if not is_left_out(child.relative_to(path).as_posix())]


def _below(root: Path) -> Iterator[Path]:
    """All that is no folder, and the folders that cannot be listed; links are not followed."""
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    path = Path(entry.path)
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(path)
                    else:
                        yield path
        except OSError:
            yield folder


def _path_of(url: str) -> Path:
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise UsageError("a file URL names a file of this machine; write it like file:///folder/file")
    return Path(url2pathname(parts.path))


def _piped(name: str, stream: BinaryIO, max_bytes: int) -> Iterator[bytes]:
    left = max_bytes
    while chunk := _read_pipe(name, stream):
        left -= len(chunk)
        if left < 0:
            raise UnreadableFileError(
                f"{name}: has more than {max_bytes:,} bytes; deliver it in parts, or raise max_uncompressed_bytes"
            )
        yield chunk


def _read_pipe(name: str, stream: BinaryIO) -> bytes:
    try:
        return stream.read(CHUNK)
    except OSError as error:
        raise UnreadableFileError(f"{name}: cannot be read ({error.strerror}); pipe it in again") from None
