"""Whether a file is a workbook, and whether it may be opened: no bomb, no document type, no encryption."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from typing import Final

from claims_audit.errors import UnreadableFileError

_ZIP: Final = b"PK\x03\x04"
_COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPEN_DOCUMENT: Final = b"application/vnd.oasis.opendocument.spreadsheet"

MAX_UNPACKED: Final = 1_000_000_000
MAX_MEMBERS: Final = 5_000
# Sheets of claims pack 10 to 20 times; the repeated cells of an empty template somewhat more.
_MAX_RATIO: Final = 200
_RATIO_FLOOR: Final = 20_000_000
_CHUNK: Final = 1 << 20
# In each encoding that XML may come in; a document type is needed for an entity to be declared.
_DECLARATIONS: Final = tuple(
    word.encode(encoding) for word in ("<!DOCTYPE", "<!ENTITY") for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)


def is_workbook(path: Path) -> bool:
    """Whether the content is an Excel workbook (.xlsx, .xlsm, .xlsb, .xls) or an OpenDocument sheet."""
    try:
        with path.open("rb") as stream:
            magic = stream.read(8)
        if magic == _COMPOUND:
            return True
        if not magic.startswith(_ZIP):
            return False
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "[Content_Types].xml" in names:
                return any(name.startswith("xl/") for name in names)
            if {"mimetype", "content.xml"} <= names:
                with archive.open("mimetype") as member:
                    return member.read(100).strip() == _OPEN_DOCUMENT
    except (OSError, RuntimeError, NotImplementedError, ValueError, zlib.error, zipfile.BadZipFile, EOFError):
        return False
    return False


def require_safe(path: Path, name: str) -> None:
    """Raises UnreadableFileError for a workbook that must not be opened."""
    with path.open("rb") as stream:
        if not stream.read(4).startswith(_ZIP):
            return
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            unpacked = sum(member.file_size for member in members)
            limit = min(MAX_UNPACKED, max(_RATIO_FLOOR, _MAX_RATIO * path.stat().st_size))
            if unpacked > limit or len(members) > MAX_MEMBERS:
                raise UnreadableFileError(f"{name}: unpacks to more than {limit:,} bytes; refused as a bomb")
            if any(member.flag_bits & 1 for member in members):
                raise UnreadableFileError(f"{name}: is protected by a password; save it without one")
            read = 0
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels", ".vml")):
                    read += _require_plain_xml(archive, member, name, limit - read)
    except (OSError, RuntimeError, NotImplementedError, ValueError, zlib.error, zipfile.BadZipFile, EOFError):
        raise UnreadableFileError(f"{name}: is damaged; ask for it again") from None


def _require_plain_xml(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, limit: int) -> int:
    """The bytes of one member, all of which are looked at: what stands before a document type may be of any length."""
    seen, before = 0, b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            seen += len(chunk)
            if seen > limit:
                raise UnreadableFileError(f"{name}: unpacks to more than it says; refused as a bomb")
            text = before + chunk
            if any(word in text for word in _DECLARATIONS):
                raise UnreadableFileError(
                    f"{name}: declares a document type, which no workbook of a spreadsheet program does; refused"
                )
            before = text[-32:]
    return seen
