"""Finding and opening input files: plain, gzip or zip, each content under the SHA-256 of its uncompressed bytes."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from claims_audit.errors import NoInputError, StorageError, UnreadableFileError

_CHUNK: Final = 1 << 20
# A deflated text is at most about 1,030 times its packed size; claims pack 10 to 20 times.
_MAX_RATIO: Final = 300
_RATIO_FLOOR: Final = 50_000_000


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One content: where its uncompressed bytes lie, its name for people, its identity."""

    name: str
    path: Path
    sha256: str
    byte_count: int

    def open(self) -> BinaryIO:
        """Opens the uncompressed bytes."""
        return self.path.open("rb")


def find_inputs(paths: list[Path]) -> list[Path]:
    """All files named or below the folders named, in order of their path; hidden ones, links and folders left out."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += [
                child
                for child in sorted(path.rglob("*"))
                if child.is_file()
                and not child.is_symlink()
                and not any(part.startswith(".") for part in child.relative_to(path).parts)
            ]
        elif path.is_file():
            found.append(path)
        else:
            raise NoInputError(f"{path}: no such file or folder; name the deliveries to load")
    return found


@contextmanager
def open_sources(path: Path, spool: Path, max_bytes: int) -> Iterator[Iterator[SourceFile | UnreadableFileError]]:
    """The contents of one input: itself, or what it unpacks to.

    Unpacked bytes go to files below `spool`, which are removed at the end. A member that cannot be unpacked comes as an
    error value, so that the others still load. Raises nothing for bad input.
    """
    unpacked: list[Path] = []

    def contents() -> Iterator[SourceFile | UnreadableFileError]:
        try:
            with path.open("rb") as stream:
                magic = stream.read(4)
            if magic[:2] == b"\x1f\x8b":
                with gzip.open(path, "rb") as packed:
                    yield _unpack(packed, path.stem, path, max_bytes, spool, unpacked)
            elif magic == b"PK\x03\x04":
                with zipfile.ZipFile(path) as archive:
                    for member in archive.infolist():
                        if not member.is_dir() and not Path(member.filename).name.startswith("."):
                            yield from _unpack_member(archive, member, path, max_bytes, spool, unpacked)
            else:
                yield SourceFile(path.name, path, *_fingerprint(path))
        except UnreadableFileError as error:
            yield error
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
            yield UnreadableFileError(f"{path.name}: cannot be unpacked ({type(error).__name__}); ask for it again")

    try:
        yield contents()
    finally:
        for spooled in unpacked:
            spooled.unlink(missing_ok=True)


def _unpack_member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    path: Path,
    max_bytes: int,
    spool: Path,
    unpacked: list[Path],
) -> Iterator[SourceFile | UnreadableFileError]:
    # The member's own name is only ever shown, never used as a path.
    name = f"{path.name}!{Path(member.filename).name}"
    try:
        with archive.open(member) as packed:
            yield _unpack(packed, name, path, max_bytes, spool, unpacked)
    except UnreadableFileError as error:
        yield error
    except (RuntimeError, NotImplementedError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        yield UnreadableFileError(f"{name}: cannot be unpacked ({type(error).__name__}); ask for it again")


def _unpack(packed: object, name: str, path: Path, max_bytes: int, spool: Path, unpacked: list[Path]) -> SourceFile:
    target = spool / f"unpacked-{len(unpacked)}-{path.stat().st_ino}"
    unpacked.append(target)
    limit = min(max_bytes, max(_RATIO_FLOOR, _MAX_RATIO * path.stat().st_size))
    digest, size = hashlib.sha256(), 0
    with _writable(target) as out:
        while chunk := packed.read(_CHUNK):  # type: ignore[attr-defined]
            size += len(chunk)
            if size > limit:
                raise UnreadableFileError(f"{name}: unpacks to more than {limit:,} bytes; refused as a bomb")
            digest.update(chunk)
            try:
                out.write(chunk)
                out.flush()
            except OSError as error:
                raise _no_room(target, error) from error
    return SourceFile(name, target, digest.hexdigest(), size)


def _writable(target: Path) -> BinaryIO:
    try:
        return target.open("wb")
    except OSError as error:
        raise _no_room(target, error) from error


def _no_room(target: Path, error: OSError) -> StorageError:
    """A fault of the disk must not pass for one of the delivery."""
    return StorageError(f"{target.parent}: cannot be written ({error.strerror}); free space and call again")


def _fingerprint(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size
