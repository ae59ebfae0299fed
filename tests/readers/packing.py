"""Containers made of real bytes, for the tests of how they are unpacked."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable

import zstandard

Members = Iterable[tuple[str | zipfile.ZipInfo | tarfile.TarInfo, bytes]]


def zipped(members: Members, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive; names may repeat."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            assert not isinstance(name, tarfile.TarInfo)
            # Without a time of its own, so that the same members give the same bytes.
            entry = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            archive.writestr(entry, content, method)
    return out.getvalue()


def tarred(members: Members, form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for name, content in members:
            assert not isinstance(name, zipfile.ZipInfo)
            entry = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


def zstd(content: bytes, **options: int) -> bytes:
    """One Zstandard frame."""
    chosen = zstandard.ZstdCompressionParameters.from_level(3, **options)
    return zstandard.ZstdCompressor(compression_params=chosen).compress(content)


def overlapping(copies: int, packed: bytes, size: int, crc: int) -> bytes:
    """A zip whose members are all the same packed bytes: `copies` entries of one local file."""
    sizes = struct.pack("<LLL", crc, len(packed), size)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 0x21) + sizes + struct.pack("<HH", 1, 0) + b"a"
    entry = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 0x21) + sizes
    entry += struct.pack("<HHHHHLL", 1, 0, 0, 0, 0, 0, 0) + b"a"
    start = len(local) + len(packed)
    directory = entry * copies
    end = b"PK\x05\x06" + struct.pack(
        "<HHHHLLH", 0, 0, min(copies, 65_535), min(copies, 65_535), len(directory), start, 0
    )
    return local + packed + directory + end


def deflated(content: bytes) -> bytes:
    """The raw deflate stream, as it stands in a zip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()
