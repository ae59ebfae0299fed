"""Which files of a home are sealed, and when: those that a run leaves behind, at its end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from claims_audit.errors import StorageError
from claims_audit.home import Home
from claims_audit.proof.chain import Chain
from claims_audit.publishing import last_published

# What runs leave behind for others. The warehouse is a working file, and review.sqlite has a chain of its own.
_KEPT: Final = ("archive/*.gz", "snapshots/*.duckdb", "snapshots/current.json", "reports/*/*", "runs/*/*", "receipts/*")


def kept_files(home: Home) -> Iterator[str]:
    """Paths below the home of all files that have to be sealed, in order. A link to a folder is not followed."""
    for pattern in _KEPT:
        for path in sorted(home.path.glob(pattern)):
            if path.is_file() and not path.parent.is_symlink() and not path.name.startswith("."):
                yield path.relative_to(home.path).as_posix()


def seal_unsealed(home: Home, *, is_late: bool = False) -> int:
    """Seals each kept file that has no line in the chain yet; returns how many there were.

    `is_late` for those of a run that was cut off, whose torn line is mended. Raises ProofError if the chain is broken:
    nothing is added to it then.
    """
    chain = Chain(home)
    if is_late:
        chain.mend()
    newest = chain.newest()
    # What is on record as removed and is still there was about to be removed when the run was cut off.
    missing = [path for path in kept_files(home) if path not in newest]
    pointer = home.pointer.relative_to(home.path).as_posix()
    if is_late and pointer in newest and _points_to(home) in missing:
        # The run had published before it was cut off.
        missing.append(pointer)
    chain.add([(path, file_sha256(home.path / path)) for path in missing], is_late=is_late)
    return len(missing)


def seal_removal(home: Home, files: Iterable[Path]) -> None:
    """Puts on record that the audit is about to remove files. Raises ProofError if the chain is broken."""
    chain, entries = Chain(home), [(path.relative_to(home.path).as_posix(), None) for path in files]
    if entries and chain.read():
        chain.add(entries)


def _points_to(home: Home) -> str | None:
    try:
        published = last_published(home)
    except StorageError:
        return None  # it is damaged, and told as changed
    return published[1].relative_to(home.path).as_posix() if published else None


def seal_again(home: Home, files: Iterable[Path]) -> None:
    """Seals files that the audit has written, whether they were sealed before or not.

    Raises ProofError if the chain is broken. Where no run has begun a chain yet, the next one seals them.
    """
    chain = Chain(home)
    if not chain.read():
        return
    chain.add([(path.relative_to(home.path).as_posix(), file_sha256(path)) for path in files])


def file_sha256(path: Path) -> str:
    """The hash of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
