"""Proves a home: the chain, every file that it names, files that it does not name, and the log of the review."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from claims_audit.errors import (
    ClaimsAuditError,
    LockedError,
    NoInputError,
    ProofError,
    ReviewRefusedError,
    StorageError,
)
from claims_audit.home import Home
from claims_audit.proof.chain import Chain, Seal
from claims_audit.proof.sealing import file_sha256, kept_files
from claims_audit.review.log import Head, ReviewLog


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the proof: how many things were proved, what is worth knowing, and what does not hold."""

    name: str
    proved: int
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def verify_home(home: Home) -> list[Part]:
    """The parts in order; the home holds if none has a fault. Raises NoInputError where nothing was ever sealed.

    Raises LockedError while a run is on, whose files are sealed at its end. Nothing is written.
    """
    _require_no_run(home)
    chain = Chain(home)
    if not chain.path.exists():
        if any(True for _ in kept_files(home)):
            raise ProofError(f"{chain.path}: is not there; if no run of this version has ended yet, begin it by one")
        raise NoInputError(f"{home.path}: no run has left anything here yet; call `claims-audit run` first")
    try:
        seals = chain.read()
    except ProofError as error:
        # Without the chain nothing else can be held against it.
        return [Part("chain", 0, faults=(str(error),))]
    late = sum(seal.is_late for seal in seals)
    note = (f"{late:,} files were sealed by a later run, since theirs was cut off",) if late else ()
    newest = {seal.path: seal for seal in seals}
    parts = [
        Part("chain", len(seals), note),
        _verify_files(home, newest),
        _verify_unsealed(home, newest),
        _verify_review(home, newest),
    ]
    _require_no_run(home)
    return parts


def _require_no_run(home: Home) -> None:
    if home.path.is_dir() and home.is_held():
        raise LockedError(f"{home.path}: a run is on, whose files are sealed at its end; call again after it")


def _verify_files(home: Home, newest: dict[str, Seal]) -> Part:
    faults = [fault for path, seal in sorted(newest.items()) for fault in _faults_of(home.path, path, seal)]
    removed = sum(seal.sha256 is None for seal in newest.values())
    note = (f"{removed:,} files were removed by the audit itself",) if removed else ()
    return Part("files", len(newest) - removed - len(faults), note, tuple(faults))


def _faults_of(root: Path, path: str, seal: Seal) -> Iterator[str]:
    file = root / path
    if seal.sha256 is None:
        if file.exists():
            yield f"{path}: was removed by the audit and is there again; the next run takes it away, if it is that old"
        return
    try:
        if file.is_symlink() or not file.is_file():
            yield f"{path}: is gone; restore it from a backup"
        elif file_sha256(file) != seal.sha256:
            yield f"{path}: is not what was written on {seal.sealed_at}; restore it from a backup"
    except OSError as error:
        yield f"{path}: cannot be read ({error.strerror})"


def _verify_unsealed(home: Home, newest: dict[str, Seal]) -> Part:
    unknown = [path for path in kept_files(home) if path not in newest]
    told = "no run that ended has left this; see R-20 in docs/operations.md"
    return Part("nothing beside", 0, faults=tuple(f"{path}: {told}" for path in unknown))


def _verify_review(home: Home, newest: dict[str, Seal]) -> Part:
    """The log with each head that a sealed run.json or receipt names."""
    heads: list[Head] = []
    for path, seal in newest.items():
        if seal.sha256 is not None and path.startswith(("runs/", "receipts/")) and path.endswith(".json"):
            heads += _heads_of(home.path / path)
    try:
        head = ReviewLog(home.review).verify(heads)
    except (ReviewRefusedError, StorageError) as error:
        return Part("review", 0, faults=(str(error),))
    return Part("review", head.events)


def _heads_of(path: Path) -> list[Head]:
    try:
        told = json.loads(path.read_bytes())
        if "log_events_after" in told:
            return [Head(int(told["log_events_after"]), str(told["log_head"]))]
        review = told.get("review")
        return [Head(int(review["events"]), str(review["head"]))] if review else []
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ClaimsAuditError):
        # What the file is was judged with the others.
        return []
