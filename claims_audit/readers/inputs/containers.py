"""What a delivered file unpacks to, layer by layer: gzip, Zstandard, zip and tar, told by their content.

Bounded in time, memory and disk whatever is delivered: so many layers, so many files, so many bytes on each layer.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import BinaryIO, Final

import zstandard

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.inputs.member import DamagedError, Member
from claims_audit.readers.inputs.packed_streams import gunzip, is_zstandard, unzstd
from claims_audit.readers.inputs.source_file import SourceFile
from claims_audit.readers.inputs.spool import Spool
from claims_audit.readers.inputs.tar_archive import is_tar, tar_members
from claims_audit.readers.inputs.zip_archive import is_document, open_zip, zip_members

Contents = Generator[SourceFile | UnreadableFileError, None, None]

_MAX_LAYERS: Final = 3
_MAX_FILES: Final = 10_000
# A deflated text is at most about 1,030 times its packed size; claims pack 10 to 20 times.
_MAX_RATIO: Final = 300
_RATIO_FLOOR: Final = 50_000_000

_HEAD: Final = 512
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
# Told by name, so that the sender can be asked for another form.
_UNKNOWN_PACKINGS: Final = (
    (re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), "packed with bzip2"),
    (re.compile(rb"\xfd7zXZ\0"), "packed with xz"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c"), "packed with 7-Zip"),
    (re.compile(rb"Rar!\x1a\x07"), "packed with RAR"),
    (re.compile(rb"\x1f\x9d"), "packed with compress"),
    (re.compile(rb"\x04\x22\x4d\x18"), "packed with LZ4"),
    (re.compile(rb"-----BEGIN PGP MESSAGE-----"), "encrypted with PGP"),
)
# The name that is inside, by the ending of the packed one.
_ENDINGS: Final = {".gz": "", ".gzip": "", ".tgz": ".tar", ".zst": "", ".zstd": "", ".tzst": ".tar"}

# Everything that zipfile and the decoders are known to raise over hostile bytes.
_BROKEN: Final = (
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    zstandard.ZstdError,
    struct.error,
    ValueError,
    RuntimeError,
    OverflowError,
)


class Unpacking:
    """The unpacking of one delivered file."""

    def __init__(self, spool: Spool, delivered_bytes: int, max_bytes: int) -> None:
        self._spool = spool
        self._limit = min(max_bytes, max(_RATIO_FLOOR, _MAX_RATIO * delivered_bytes))
        self._bytes_left = [self._limit] * _MAX_LAYERS
        self._files_left = _MAX_FILES

    def contents(self, stream: BinaryIO, name: str, whole: Callable[[], SourceFile], layer: int = 0) -> Contents:
        """The contents of an open file: `whole` if it is no container, or what it holds, one after the other.

        A content is there until the next one is asked for. What cannot be unpacked comes as the reason.
        """
        try:
            head = stream.read(_HEAD)
            _require_known(name, head)
            members = self._members(stream, name, head, layer)
            if members is None:
                yield whole()
                return
            for member in members:
                if isinstance(member, Member):
                    self._count_files(name, 1)
                    yield from self._unpack(member, layer)
                else:
                    yield member
        except UnreadableFileError as error:
            yield error
        except _BROKEN as error:
            yield UnreadableFileError(f"{name}: cannot be unpacked ({_cause(error)}); ask for it again")

    def _members(
        self, stream: BinaryIO, name: str, head: bytes, layer: int
    ) -> Iterator[Member | UnreadableFileError] | None:
        """What the container holds; None if the file is none."""
        stream.seek(0)
        members: Iterator[Member | UnreadableFileError]
        if head[:2] == b"\x1f\x8b":
            members = iter([Member(_inner_name(name), None, partial(gunzip, stream))])
        elif is_zstandard(head):
            members = iter([Member(_inner_name(name), None, partial(unzstd, stream))])
        elif head.startswith(_ZIP):
            archive = open_zip(stream)
            self._require_files_left(name, len(archive.infolist()))
            if is_document(archive):
                return None
            members = zip_members(archive, name)
        elif is_tar(head):
            members = tar_members(stream, name)
        else:
            return None
        if layer == _MAX_LAYERS:
            raise UnreadableFileError(f"{name}: is packed more than {_MAX_LAYERS} times over; refused as a bomb")
        return members

    def _unpack(self, member: Member, layer: int) -> Contents:
        """The contents of one member, which lie in the spool while they are looked at."""
        try:
            if (member.byte_count or 0) > self._bytes_left[layer]:
                raise self._too_large(member.name)
            stored = self._spool.store(member.name, self._metered(member, layer))
        except UnreadableFileError as error:
            yield error
            return
        except _BROKEN as error:
            yield UnreadableFileError(f"{member.name}: cannot be unpacked ({_cause(error)}); ask for it again")
            return
        try:
            with stored.open() as stream:
                yield from self.contents(stream, member.name, lambda: stored, layer + 1)
        finally:
            self._spool.drop(stored)

    def _metered(self, member: Member, layer: int) -> Iterator[bytes]:
        for chunk in member.chunks():
            self._bytes_left[layer] -= len(chunk)
            if self._bytes_left[layer] < 0:
                raise self._too_large(member.name)
            yield chunk

    def _too_large(self, name: str) -> UnreadableFileError:
        return UnreadableFileError(
            f"{name}: unpacks to more than {self._limit:,} bytes; refused as a bomb; if it is sound, deliver it plain"
        )

    def _count_files(self, name: str, count: int) -> None:
        self._require_files_left(name, count)
        self._files_left -= count

    def _require_files_left(self, name: str, count: int) -> None:
        if count > self._files_left:
            raise UnreadableFileError(
                f"{name}: holds more than {_MAX_FILES:,} files; refused as a bomb; if it is sound, deliver it in parts"
            )


def _require_known(name: str, head: bytes) -> None:
    for magic, packing in _UNKNOWN_PACKINGS:
        if magic.match(head):
            raise UnreadableFileError(f"{name}: is {packing}, which is not read; deliver it plain, or as gzip or zip")


def _inner_name(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    inner = _ENDINGS.get(f"{dot}{ending}".lower())
    return name if inner is None or not stem else f"{stem}{inner}"


def _cause(error: Exception) -> str:
    """Why unpacking failed, without a word that comes from the file."""
    if isinstance(error, DamagedError):
        return str(error)
    if isinstance(error, EOFError):
        return "it ends too early"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return f"it is damaged: {type(error).__name__}"
