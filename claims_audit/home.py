"""The home: the one folder that holds everything the audit keeps, readable by its owner only."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from claims_audit.errors import LockedError, StorageError


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one home folder."""

    path: Path

    @property
    def warehouse(self) -> Path:
        """The working file: one writer, never opened by readers."""
        return self.path / "warehouse.duckdb"

    @property
    def snapshots(self) -> Path:
        """Published files, one a run."""
        return self.path / "snapshots"

    @property
    def pointer(self) -> Path:
        """Names the newest snapshot."""
        return self.path / "snapshots" / "current.json"

    @property
    def temporary(self) -> Path:
        """Spilled and unpacked data; emptied at the start of each run."""
        return self.path / "tmp"

    @property
    def archive(self) -> Path:
        """Inputs by the hash of their content."""
        return self.path / "archive"

    @property
    def review(self) -> Path:
        """The log of what people decided about findings."""
        return self.path / "review.sqlite"

    @property
    def policy(self) -> Path:
        """The user's own payers and policies, as CSV."""
        return self.path / "policy"

    @property
    def profiles(self) -> Path:
        """The user's own mapping profiles, as TOML."""
        return self.path / "profiles"

    def run_folder(self, run_id: str) -> Path:
        """Where run.json of a run is."""
        return self.path / "runs" / run_id

    def report_folder(self, run_id: str) -> Path:
        """Where the reports of a run are."""
        return self.path / "reports" / run_id

    def create(self) -> None:
        """Makes the folders, for their owner only."""
        os.umask(0o077)
        try:
            for folder in (self.path, self.snapshots, self.temporary, self.archive, self.path / "runs"):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"{self.path}: the home cannot be made: {error.strerror}") from error

    def clear_temporary(self) -> None:
        """Removes what a killed run left; spill files are plain text."""
        shutil.rmtree(self.temporary, ignore_errors=True)
        self.temporary.mkdir(mode=0o700, parents=True, exist_ok=True)

    def is_held(self) -> bool:
        """Whether a run holds the home just now."""
        lock = FileLock(self.path / "lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            return True
        lock.release()
        return False

    @contextmanager
    def lock(self, holder: str) -> Iterator[None]:
        """Holds the home for one writer; raises LockedError naming the holder. The kernel frees it when we die."""
        with hold_folder(self.path, holder):
            self.clear_temporary()
            yield


@contextmanager
def hold_folder(folder: Path, holder: str) -> Iterator[None]:
    """Holds a folder for one process; raises LockedError naming the holder. The kernel frees it when we die."""
    note = folder / "lock.holder"
    lock = FileLock(folder / "lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        held_by = note.read_text(encoding="utf-8").strip() if note.is_file() else "another process"
        raise LockedError(f"{folder} is held by {held_by}; wait for it to end, then call again") from None
    try:
        note.write_text(f"{holder}, process {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def new_run_id() -> str:
    """A sortable identity for a run: UTC start and a random tail."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
