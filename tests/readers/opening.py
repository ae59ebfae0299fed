"""Everything in one input as plain values, for the tests of how inputs are found and opened."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import NamedTuple

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.inputs.source import Input, LocalFile, open_sources

TEXT = b"patient_control_number,claim_line_number\n" + b"P1,1\n" * 50


class Opened(NamedTuple):
    """A content, or the reason why there is none."""

    name: str
    content: bytes
    fault: str = ""


def opened(item: Input | Path, max_bytes: int = 10**9, spool: Path | None = None) -> list[Opened]:
    """What comes out of one input; nothing may stay in the spool, and sizes and hashes must be right."""
    folder = spool or (item if isinstance(item, Path) else Path()).parent / ".spool"
    folder.mkdir(exist_ok=True)
    found = []
    with open_sources(LocalFile(item) if isinstance(item, Path) else item, folder, max_bytes) as sources:
        for source in sources:
            if isinstance(source, UnreadableFileError):
                found.append(Opened("", b"", str(source)))
                continue
            source.require_unchanged()
            with source.open() as stream:
                found.append(Opened(source.name, stream.read()))
            assert source.byte_count == len(found[-1].content)
            assert source.sha256 == hashlib.sha256(found[-1].content).hexdigest()
    assert not list(folder.iterdir()), "bytes are left in the spool"
    return found


def fault_of(item: Input | Path, max_bytes: int = 10**9, spool: Path | None = None) -> str:
    """The reason for which an input is refused as a whole."""
    (only,) = opened(item, max_bytes, spool)
    assert only.fault, only.name
    return only.fault
