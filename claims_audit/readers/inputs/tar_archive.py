"""The members of a tar archive: ustar, pax and GNU headers.

The standard library's reader takes names and extended headers of any length into memory, and a header that is damaged
for the end of the archive; here both are told. Single headers are parsed by the standard library.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO, Final

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.inputs.member import DamagedError, Member, is_left_out, member_name, require_plain_path
from claims_audit.readers.inputs.source_file import CHUNK

BLOCK: Final = tarfile.BLOCKSIZE
_MAX_EXTENSION: Final = 1 << 16
_LINKS: Final = (tarfile.LNKTYPE, tarfile.SYMTYPE)
_DEVICES: Final = (tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE)
_FILES: Final = (tarfile.REGTYPE, tarfile.AREGTYPE, tarfile.CONTTYPE)
# What speaks of the member behind it: long names and links, and extended headers of POSIX and Solaris.
_EXTENSIONS: Final = (
    tarfile.GNUTYPE_LONGNAME,
    tarfile.GNUTYPE_LONGLINK,
    tarfile.XHDTYPE,
    tarfile.XGLTYPE,
    tarfile.SOLARIS_XHDTYPE,
)


def is_tar(head: bytes) -> bool:
    """Whether the bytes open with a header whose checksum is right."""
    try:
        _parse(head[:BLOCK])
    except DamagedError:
        return False
    return True


def tar_members(stream: BinaryIO, archive_name: str) -> Iterator[Member | UnreadableFileError]:
    """The members in their order; one that may not be unpacked comes as the reason.

    Raises DamagedError or EOFError where the archive breaks off, after the members before that place.
    """
    end, position = stream.seek(0, 2), 0
    extended: dict[str, bytes] = {}
    while any(block := _read_at(stream, position, BLOCK)):
        header = _parse(block)
        start = _past_sparse_maps(stream, position + BLOCK, header, block)
        size = _declared_size(header, extended)
        if start + size > end:
            raise EOFError
        position = start + -(-size // BLOCK) * BLOCK
        if header.type in _EXTENSIONS:
            extended |= _extension(header, stream, start, size)
            continue
        path, extended, known = _path(header, extended), {}, extended
        name = member_name(archive_name, path)
        try:
            if header.isdir():
                continue
            require_plain_path(name, path)
            if is_left_out(path):
                continue
            _require_file(name, header, known)
        except UnreadableFileError as error:
            yield error
        else:
            yield Member(name, size, partial(_chunks, stream, start, size))
    while chunk := _read_at(stream, position, CHUNK, short=True):
        if any(chunk):
            raise DamagedError("bytes that are no tar follow its end")
        position += len(chunk)


def _parse(block: bytes) -> tarfile.TarInfo:
    try:
        return tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
    except (tarfile.HeaderError, ValueError):
        raise DamagedError("a header of it is damaged") from None


def _read_at(stream: BinaryIO, position: int, size: int, *, short: bool = False) -> bytes:
    stream.seek(position)
    content = stream.read(size)
    if len(content) < size and not short:
        raise EOFError
    return content


def _chunks(stream: BinaryIO, start: int, size: int) -> Iterator[bytes]:
    position, end = start, start + size
    while position < end:
        chunk = _read_at(stream, position, min(CHUNK, end - position))
        position += len(chunk)
        yield chunk


def _declared_size(header: tarfile.TarInfo, extended: dict[str, bytes]) -> int:
    """Bytes that follow the header."""
    if header.type in _LINKS or header.type in _DEVICES or header.isdir():
        return 0
    declared = b"" if header.type in _EXTENSIONS else extended.get("size", b"")
    size = int(declared) if declared.isdigit() and len(declared) < 20 else header.size
    if size < 0:
        raise DamagedError("a header of it is damaged")
    return size


def _past_sparse_maps(stream: BinaryIO, position: int, header: tarfile.TarInfo, block: bytes) -> int:
    """Where the bytes of a member begin: GNU's old sparse files have more blocks of header."""
    is_continued = header.type == tarfile.GNUTYPE_SPARSE and block[482]
    while is_continued:
        is_continued = bool(_read_at(stream, position, BLOCK)[504])
        position += BLOCK
    return position


def _extension(header: tarfile.TarInfo, stream: BinaryIO, start: int, size: int) -> dict[str, bytes]:
    if size > _MAX_EXTENSION:
        raise DamagedError(f"an extended header of it is longer than {_MAX_EXTENSION >> 10} KB")
    content = _read_at(stream, start, size)
    if header.type == tarfile.GNUTYPE_LONGNAME:
        return {"path": content.partition(b"\0")[0]}
    # A global header could name what holds for all; programs write comments there.
    return _records(content) if header.type in (tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE) else {}


def _records(content: bytes) -> dict[str, bytes]:
    """The records `length key=value` of a pax header that matter here."""
    found: dict[str, bytes] = {}
    position = 0
    while position < len(content) and content[position]:
        digits = content[position : position + 8].partition(b" ")[0]
        length = int(digits) if digits.isdigit() else 0
        if length <= len(digits) + 1 or position + length > len(content):
            raise DamagedError("an extended header of it is damaged")
        key, _, value = content[position + len(digits) + 1 : position + length - 1].partition(b"=")
        if key in (b"path", b"size"):
            found[key.decode()] = value
        elif key.startswith(b"GNU.sparse."):
            found["sparse"] = b"1"
        position += length
    return found


def _path(header: tarfile.TarInfo, extended: dict[str, bytes]) -> str:
    return extended["path"].decode("utf-8", "surrogateescape") if "path" in extended else header.name


def _require_file(name: str, header: tarfile.TarInfo, extended: dict[str, bytes]) -> None:
    if header.type in _LINKS:
        raise UnreadableFileError(f"{name}: is a link; ask for the file itself")
    if header.type == tarfile.GNUTYPE_SPARSE or "sparse" in extended:
        raise UnreadableFileError(f"{name}: is packed as a sparse file; ask for it packed without holes")
    if header.type not in _FILES:
        raise UnreadableFileError(f"{name}: is no regular file; ask for the file itself")
