"""Makes a home of a backup again: every file by its hash, and then the whole by its chain."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final, cast

import pyrage
import zstandard

from claims_audit.backup.packing import FORM, LIST, sha256_of
from claims_audit.errors import ConfigurationError, NoInputError, ProofError, StorageError, UsageError
from claims_audit.home import Home
from claims_audit.proof.verifying import Part, verify_home
from claims_audit.secret import require_secret

IDENTITY: Final = "BACKUP_IDENTITY"
_AGE: Final = b"age-encryption.org/v1"


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back, and what the chain says of it; None where no run had sealed anything yet."""

    files: int
    bytes: int
    created_at: str
    parts: list[Part] | None


def restore(backup: Path, home: Home) -> Restored:
    """Makes `home`, which must not be there or be empty. It appears whole, or not at all.

    Raises NoInputError for no backup, ConfigurationError without its key, ProofError if what is in it is not what was
    packed, StorageError if it cannot be written.
    """
    if not backup.is_file():
        raise NoInputError(f"{backup}: is not there; name the file that `claims-audit backup` has written")
    if home.path.exists() and (not home.path.is_dir() or any(home.path.iterdir())):
        raise UsageError(f"{home.path}: is not empty; name a folder that is, or one that is not there yet")
    part = home.path.with_name(f".{home.path.name}.restoring")
    shutil.rmtree(part, ignore_errors=True)
    try:
        os.umask(0o077)
        part.mkdir(mode=0o700, parents=True)
        with _opened(backup, part) as stream:
            told, found = _unpack(backup, stream, part)
        _require_same(backup, told, found)
        Home(part).create()
        parts = verify_home(Home(part)) if (part / "chain.jsonl").exists() else None
        if home.path.exists():
            home.path.rmdir()
        part.replace(home.path)
    except OSError as error:
        raise StorageError(f"{home.path}: cannot be restored ({error.strerror}); free space and call again") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return Restored(len(found), sum(size for size, _ in found.values()), str(told["created_at"]), parts)


class _Frame(io.RawIOBase):
    """What one frame of Zstandard holds; raises EOFError if it was cut off, which the library's own reader does not."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = packed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready and not self._frame.eof:
            chunk = self._packed.read(1 << 20)
            if not chunk:
                raise EOFError
            self._ready = memoryview(self._frame.decompress(chunk))
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


@contextmanager
def _opened(backup: Path, folder: Path) -> Iterator[IO[bytes]]:
    """The packed content; decrypted into a file beside the new home first, which is gone afterwards."""
    with backup.open("rb") as raw:
        is_encrypted = raw.read(len(_AGE)) == _AGE
    if not is_encrypted:
        with backup.open("rb") as packed:
            yield packed
        return
    plain = folder / ".packed"
    secret = require_secret(IDENTITY, "an encrypted backup")
    try:
        identity = pyrage.x25519.Identity.from_str(secret.reveal())
    except pyrage.IdentityError:
        raise ConfigurationError(f"{secret.name}: is no secret key of age; it begins with AGE-SECRET-KEY-1") from None
    try:
        with backup.open("rb") as reader, plain.open("wb") as writer:
            pyrage.decrypt_io(reader, writer, [identity])
    except (pyrage.DecryptError, OSError) as error:
        # What comes of a file that is damaged is an OSError without a number; a disk that is full has one.
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ProofError(
            f"{backup}: cannot be decrypted: the key in {secret.name} is another one, or the file is damaged"
        ) from None
    try:
        with plain.open("rb") as packed:
            yield packed
    finally:
        plain.unlink(missing_ok=True)


def _unpack(backup: Path, packed: IO[bytes], folder: Path) -> tuple[dict[str, Any], dict[str, tuple[int, str]]]:
    found: dict[str, tuple[int, str]] = {}
    told: dict[str, Any] | None = None
    try:
        with (
            io.BufferedReader(_Frame(packed), 1 << 20) as stream,
            tarfile.open(fileobj=stream, mode="r|") as archive,
        ):
            for member in archive:
                content = archive.extractfile(member) if member.isreg() else None
                if content is None:
                    raise ProofError(f"{backup}: holds something else than files; it is no backup of a home")
                if member.name == LIST:
                    told = json.loads(content.read())
                    continue
                target = folder / _safe(backup, member.name)
                target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                with target.open("xb") as out:
                    found[member.name] = sha256_of(cast(Any, content), out)
                    out.flush()
                    os.fsync(out.fileno())
                target.chmod(0o400 if target.suffix == ".duckdb" and target.parent.name == "snapshots" else 0o600)
            while stream.read(1 << 20):
                pass  # up to the checksum at the end of the frame
    except (tarfile.TarError, zstandard.ZstdError, EOFError, ValueError) as error:
        raise ProofError(f"{backup}: cannot be unpacked ({type(error).__name__}); take another backup") from None
    if not isinstance(told, dict) or told.get("form") != FORM or not isinstance(told.get("files"), list):
        raise ProofError(f"{backup}: has no list of its files, so it was cut off, or is none of this version")
    return told, found


def _safe(backup: Path, name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or path.parts[0].startswith("."):
        raise ProofError(f"{backup}: names a place outside of the home; it is no backup of a home")
    return path


def _require_same(backup: Path, told: dict[str, Any], found: dict[str, tuple[int, str]]) -> None:
    listed = {str(entry["path"]): (int(entry["bytes"]), str(entry["sha256"])) for entry in told["files"]}
    differing = sorted(name for name in listed.keys() | found.keys() if listed.get(name) != found.get(name))
    if differing:
        raise ProofError(f"{backup}: {len(differing)} files are not what was packed, such as {differing[0]}")
