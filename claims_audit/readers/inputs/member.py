"""One member of an archive, and what its name may be. The name is only ever shown, never used as a path."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.inputs.source_file import shown

_DRIVE: Final = re.compile(r"[A-Za-z]:")
_SEPARATORS: Final = re.compile(r"[/\\:\0]")
# What Windows and macOS put beside people's files.
_FURNITURE: Final = ("__MACOSX", "Thumbs.db", "desktop.ini")


class DamagedError(ValueError):
    """A container that contradicts its own format; the text says how, after the words "it" or "its"."""


@dataclass(frozen=True, slots=True)
class Member:
    """What one container holds: a name for people, and the bytes, on demand."""

    name: str
    byte_count: int | None  # as declared, and no more than that come out; None where nothing is declared
    chunks: Callable[[], Iterator[bytes]]


def member_name(archive: str, path: str) -> str:
    """The name for people: the archive's, and the last part of the member's own."""
    return f"{archive}!{shown(_SEPARATORS.split(path.rstrip('/'))[-1]) or '?'}"


def is_left_out(path: str) -> bool:
    """Whether a file below a folder or in an archive is hidden, or an operating system's own."""
    return any(part in _FURNITURE or (part.startswith(".") and part not in (".", "..")) for part in path.split("/"))


def require_plain_path(name: str, path: str) -> None:
    """Raises UnreadableFileError if a member's name would lead out of the folder it is unpacked into."""
    if path.startswith("/") or "\\" in path or "\0" in path or _DRIVE.match(path) or ".." in path.split("/"):
        raise UnreadableFileError(
            f"{name}: its name in the archive is a path that leads elsewhere; ask for it under a plain name"
        )
