"""The chain: `chain.jsonl`, to which each run adds a line for each file that it leaves behind.

A line holds the SHA-256 of a file and a hash over itself and the line before. With the secret CHAIN_KEY that hash is an
HMAC, which nobody can make who can write to the home but has not got the key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from filelock import FileLock, Timeout

from claims_audit.errors import LockedError, ProofError
from claims_audit.home import Home
from claims_audit.secret import Secret, find_secret

KEY_NAME: Final = "CHAIN_KEY"
NO_HASH: Final = "0" * 64  # before the first line
_LOCK_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Seal:
    """One line: a file below the home and its hash; None where the audit itself has removed it."""

    seq: int
    sealed_at: str
    path: str
    sha256: str | None
    is_late: bool  # found by a later run, since the one that wrote it was cut off
    is_keyed: bool
    previous: str
    hash: str


class Chain:
    """The chain of one home."""

    def __init__(self, home: Home, key: Secret | None = None) -> None:
        self.home = home
        self.path = home.path / "chain.jsonl"
        self._key = key if key is not None else find_secret(KEY_NAME)

    def read(self) -> list[Seal]:
        """All lines, proved; none if there is no chain yet. Raises ProofError naming the first that is not right."""
        content = self._content()
        if content and not content.endswith(b"\n"):
            raise self._broken("its last line was cut off; the next run mends that")
        seals, last, is_keyed = [], NO_HASH, False
        for number, line in enumerate(content.splitlines(), start=1):
            seal = self._parse(line, number)
            is_keyed = is_keyed or seal.is_keyed
            if seal.is_keyed and self._key is None:
                raise ProofError(
                    f"{self.path}: line {number} was made with a key; set CLAIMS_AUDIT_{KEY_NAME}, or the file "
                    "descriptor or keyring entry of that name"
                )
            if is_keyed and not seal.is_keyed:
                raise self._broken(f"line {number} was made without the key")
            if seal.seq != number or seal.previous != last or not hmac.compare_digest(seal.hash, self._hash(seal)):
                raise self._broken(f"line {number} is not what was written")
            last = seal.hash
            seals.append(seal)
        return seals

    def add(self, files: Iterable[tuple[str, str | None]], *, is_late: bool = False) -> None:
        """Adds a line for each path below the home with its hash, and is on disk then. Lines before are not judged."""
        wanted = list(files)
        if not wanted:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with FileLock(self.path.with_suffix(".lock"), timeout=_LOCK_SECONDS):
                self._add(wanted, is_late)
        except Timeout:
            raise LockedError(f"{self.path}: another process writes it; wait for it to end, then call again") from None

    def mend(self) -> None:
        """Cuts off a last line that a kill has torn; what it would have sealed is unsealed, and found so."""
        content = self._content()
        if content and not content.endswith(b"\n"):
            with self.path.open("r+b") as stream:
                stream.truncate(len(self._whole(content)))
                os.fsync(stream.fileno())

    def newest(self) -> dict[str, Seal]:
        """The last line of each path. Raises ProofError as read does."""
        return {seal.path: seal for seal in self.read()}

    def head(self) -> str:
        """The hash of the last line that is whole, unproved; for run.json."""
        return self._tail(self._whole(self._content()))[1]

    def _add(self, wanted: list[tuple[str, str | None]], is_late: bool) -> None:
        whole = self._whole(self._content())
        seq, last = self._tail(whole)
        lines = []
        now = datetime.now(UTC).isoformat(timespec="seconds")
        for path, sha256 in wanted:
            seq += 1
            seal = Seal(seq, now, path, sha256, is_late, self._key is not None, last, "")
            last = self._hash(seal)
            lines.append(_as_line({**asdict(seal), "hash": last}))
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "r+b") as stream:
            stream.truncate(len(whole))
            stream.seek(len(whole))
            stream.write(b"".join(lines))
            stream.flush()
            os.fsync(stream.fileno())

    def _tail(self, whole: bytes) -> tuple[int, str]:
        """Number and hash of the last line. A line that cannot be read leaves its place to be seen by `read`."""
        if not whole:
            return 0, NO_HASH
        try:
            last = json.loads(whole.splitlines()[-1])
            return int(last["seq"]), str(last["hash"])
        except (ValueError, KeyError, TypeError):
            return whole.count(b"\n"), NO_HASH

    @staticmethod
    def _whole(content: bytes) -> bytes:
        return content[: content.rfind(b"\n") + 1]

    def _content(self) -> bytes:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return b""

    def _parse(self, line: bytes, number: int) -> Seal:
        try:
            told = json.loads(line)
            seal = Seal(**told)
        except (ValueError, TypeError):
            raise self._broken(f"line {number} cannot be read") from None
        # The same values in other bytes are another line.
        if _as_line(told) != line + b"\n":
            raise self._broken(f"line {number} is not what was written")
        return seal

    def _hash(self, seal: Seal) -> str:
        told = {name: value for name, value in asdict(seal).items() if name != "hash"}
        content = _as_line(told)
        if seal.is_keyed and self._key is not None:
            return hmac.new(self._key.reveal().encode(), content, hashlib.sha256).hexdigest()
        return hashlib.sha256(content).hexdigest()

    def _broken(self, what: str) -> ProofError:
        return ProofError(f"{self.path}: {what}; see R-20 in docs/operations.md")


def _as_line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
