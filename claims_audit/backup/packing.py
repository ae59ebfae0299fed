"""Packs a home into one file: tar, Zstandard and, where there are recipients, age."""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyrage
import zstandard

from claims_audit.errors import StorageError
from claims_audit.home import Home
from claims_audit.project import VERSION
from claims_audit.proof.sealing import file_sha256

LIST: Final = "backup.json"  # the last member: what the others must be
FORM: Final = 1
# What the next run makes again, or what belongs to this machine.
_LEFT_OUT: Final = ("tmp", "prefect", "metrics", "lock", "lock.holder")


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup: its file, how many files of the home are in it, and their bytes."""

    path: Path
    files: int
    bytes: int
    is_encrypted: bool


def back_up(home: Home, target: Path, recipients: Sequence[str]) -> Backup:
    """Writes the backup to `target`, a folder or a file that is not there yet. The caller holds the home.

    Raises StorageError if it cannot be written; nothing half is left then.
    """
    name = f"claims-audit-{datetime.now(UTC):%Y%m%dT%H%M%S}.tar.zst" + (".age" if recipients else "")
    path = target / name if target.is_dir() else target
    if path.exists():
        raise StorageError(f"{path}: is there already; name a folder, or a file that is not")
    if path.resolve().is_relative_to(home.path.resolve()):
        raise StorageError(f"{path}: lies in the home itself; name a place on another disk")
    part = path.with_name(f".{path.name}.part")
    try:
        with TemporaryDirectory(dir=home.temporary, prefix="backup-") as folder:
            packed = Path(folder) / "packed" if recipients else part
            entries = _pack(home, packed, Path(folder))
            if recipients:
                _encrypt(packed, part, recipients)
        part.chmod(0o600)
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be written ({error.strerror}); free space and call again") from error
    finally:
        part.unlink(missing_ok=True)
    return Backup(path, len(entries), sum(entry["bytes"] for entry in entries), bool(recipients))


def _pack(home: Home, packed: Path, folder: Path) -> list[dict[str, Any]]:
    entries = []
    with (
        open(packed, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as raw,
        zstandard.ZstdCompressor(level=3, write_checksum=True).stream_writer(raw, closefd=False) as stream,
        tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, path in _files(home, folder):
            size = path.stat().st_size
            entries.append({"path": name, "bytes": size, "sha256": file_sha256(path)})
            _add(archive, name, size, path)
        told = {
            "form": FORM,
            "claims_audit": VERSION,
            "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": entries,
        }
        content = json.dumps(told, indent=1).encode()
        member = tarfile.TarInfo(LIST)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return entries


def _add(archive: tarfile.TarFile, name: str, size: int, path: Path) -> None:
    # No owner and no time: they say nothing about what is kept.
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    with path.open("rb") as content:
        archive.addfile(member, content)


def _files(home: Home, folder: Path) -> Iterator[tuple[str, Path]]:
    """Names below the home and where their content is; the log of the review in a copy that SQLite itself has made."""
    for path in sorted(home.path.rglob("*")):
        name = path.relative_to(home.path)
        if name.parts[0] in _LEFT_OUT or path.is_symlink() or not path.is_file():
            continue
        if any((home.path / parent).is_symlink() for parent in name.parents):
            continue
        if name.parts[0].startswith(home.review.name):
            if path == home.review:
                yield name.as_posix(), _copy_review(path, folder / "review")
            continue
        if path.suffix in (".lock", ".part"):
            continue
        yield name.as_posix(), path


def _copy_review(path: Path, copy: Path) -> Path:
    """People may write to the log while the home is held: its file alone may be in the middle of something."""
    try:
        with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            target.execute("pragma journal_mode = delete")
    except sqlite3.DatabaseError as error:
        raise StorageError(
            f"{path}: cannot be read ({type(error).__name__}); see docs/review.md, The log was changed"
        ) from None
    return copy


def _encrypt(packed: Path, target: Path, recipients: Sequence[str]) -> None:
    keys = [pyrage.x25519.Recipient.from_str(recipient) for recipient in recipients]
    with (
        packed.open("rb") as reader,
        open(target, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as writer,
    ):
        pyrage.encrypt_io(reader, writer, keys)


def sha256_of(stream: io.BufferedIOBase, target: io.BufferedIOBase) -> tuple[int, str]:
    """Copies a stream and returns how many bytes it had and their hash."""
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(1 << 20):
        digest.update(chunk)
        target.write(chunk)
        size += len(chunk)
    return size, digest.hexdigest()
