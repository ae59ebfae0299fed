"""The members of a zip archive, each checked before it is opened; a document that is zip inside is told apart."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, Final

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.inputs.member import DamagedError, Member, is_left_out, member_name, require_plain_path
from claims_audit.readers.inputs.source_file import CHUNK

# zipfile reads the directory in one piece; 10,000 members have one of about a megabyte.
_MAX_DIRECTORY: Final = 4 << 20
_LOCAL_HEADER: Final = 30
_ENCRYPTED: Final = 0x1 | 0x40
# zipfile unpacks these two in bounded memory, bzip2 and LZMA as a whole.
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_OTHER_METHODS: Final = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd"}
_ODF: Final = b"application/vnd.oasis.opendocument."


def open_zip(stream: BinaryIO) -> zipfile.ZipFile:
    """Reads the directory. Raises DamagedError, or what zipfile raises, if it is none."""
    archive = zipfile.ZipFile(_Reading(stream))
    _require_apart(archive, stream)
    return archive


def is_document(archive: zipfile.ZipFile) -> bool:
    """Whether the archive is one document: Office Open XML (xlsx, docx) or OpenDocument (ods)."""
    names = archive.NameToInfo
    if "[Content_Types].xml" in names:
        return any(name.startswith(("xl/", "word/", "ppt/")) for name in names)
    kind = names.get("mimetype")
    if kind is None or kind.compress_type not in _METHODS or kind.flag_bits & _ENCRYPTED:
        return False
    with archive.open(kind) as content:
        return content.read(200).startswith(_ODF)


def zip_members(archive: zipfile.ZipFile, archive_name: str) -> Iterator[Member | UnreadableFileError]:
    """The members in the order of the directory; one that may not be unpacked comes as the reason."""
    for entry in archive.infolist():
        path = entry.orig_filename
        if path.endswith("/") and entry.file_size == 0:
            continue
        name = member_name(archive_name, path)
        try:
            require_plain_path(name, path)
            if is_left_out(path):
                continue
            _require_readable(name, entry)
        except UnreadableFileError as error:
            yield error
        else:
            yield Member(name, entry.file_size, partial(_chunks, archive, entry))


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(entry) as packed:
        while chunk := packed.read(CHUNK):
            yield chunk


def _require_readable(name: str, entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise UnreadableFileError(f"{name}: is a link; ask for the file itself")
    if kind not in (0, stat.S_IFREG):
        raise UnreadableFileError(f"{name}: is no regular file; ask for the file itself")
    if entry.flag_bits & _ENCRYPTED:
        raise UnreadableFileError(f"{name}: is encrypted; ask for it without a password")
    if entry.compress_type not in _METHODS:
        method = _OTHER_METHODS.get(entry.compress_type, f"method {entry.compress_type}")
        raise UnreadableFileError(f"{name}: is compressed with {method}; ask for it with plain deflate, or as gzip")


def _require_apart(archive: zipfile.ZipFile, stream: BinaryIO) -> None:
    """Members that share packed bytes are how a small zip holds petabytes; no program packs like that."""
    behind = 0
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        if entry.header_offset < behind:
            raise DamagedError("its members overlap, as those of a bomb do")
        stream.seek(entry.header_offset + 26)
        lengths = stream.read(4)
        names = sum(struct.unpack("<HH", lengths)) if len(lengths) == 4 else 0
        behind = entry.header_offset + _LOCAL_HEADER + names + entry.compress_size
    if behind > archive.start_dir:
        raise DamagedError("its members reach into its directory")


class _Reading(io.RawIOBase):
    """The stream as zipfile sees it: no read is larger than a directory may be."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        """Reads; raises DamagedError instead of filling the memory."""
        content = self._stream.read(size if 0 <= size <= _MAX_DIRECTORY else _MAX_DIRECTORY + 1)
        if len(content) > _MAX_DIRECTORY:
            raise DamagedError(f"its directory is larger than {_MAX_DIRECTORY >> 20} MB")
        return content

    def seek(self, offset: int, whence: int = 0) -> int:
        """Moves to a place."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """The place."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """Always."""
        return True
