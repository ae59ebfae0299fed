"""The table to read in what was handed over: the file itself, or the right members of a published archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from claims_audit.errors import NoInputError, UnreadableFileError
from claims_audit.readers.inputs.source import LocalFile, open_sources
from claims_audit.readers.inputs.source_file import SourceFile
from claims_audit.reference.kinds import Kind
from claims_audit.reference.naming import facts_of

_TEXT: Final = (".txt", ".csv", ".tsv")
_WORKBOOK: Final = (".xlsx", ".xlsm", ".xls")


def chosen_tables(path: Path, kind: Kind, spool: Path, max_bytes: int) -> Iterator[SourceFile]:
    """The contents to load, one after the other; each is there until the next one is asked for.

    Everything in an archive is unpacked and checked first: of half an archive nothing is taken. Raises NoInputError for
    what is not there, UnreadableFileError for what is damaged or holds no table of the kind, or several.
    """
    if not path.is_file() and not path.is_symlink():
        raise NoInputError(f"{path}: no such file; name the table to load")
    names = [source.name for source in _sources(path, spool, max_bytes)]
    wanted = _choose(path.name, kind, names)
    for source in _sources(path, spool, max_bytes):
        if source.name in wanted:
            yield source


def _sources(path: Path, spool: Path, max_bytes: int) -> Iterator[SourceFile]:
    with open_sources(LocalFile(path), spool, max_bytes) as contents:
        for source in contents:
            if isinstance(source, UnreadableFileError):
                raise source
            yield source


def _choose(name: str, kind: Kind, names: Sequence[str]) -> set[str]:
    if len(names) == 1:
        _require_kind(names[0], kind)
        return {names[0]}
    tables = [entry for entry in names if entry.lower().endswith((*_TEXT, *_WORKBOOK))]
    own = [entry for entry in tables if facts_of(entry.split("!")[-1]).kind is kind] or [
        entry for entry in tables if facts_of(entry.split("!")[-1]).kind is None and facts_of(name).kind is kind
    ]
    if not own and len({_stem(entry) for entry in tables}) == 1:
        own = tables
    for entry in own or tables[:1]:
        _require_kind(entry, kind)
    chosen = _best(kind, own)
    if not chosen:
        raise UnreadableFileError(f"{name}: holds no table of kind {kind}; unpack it and name the table itself")
    stems = {_stem(entry) for entry in chosen}
    parts = {facts_of(entry).part for entry in chosen}
    if len(chosen) != len(stems) or (len(stems) > 1 and (None in parts or len(parts) != len(stems))):
        told = ", ".join(sorted(entry.split("!")[-1] for entry in chosen)[:6])
        raise UnreadableFileError(f"{name}: holds several tables of kind {kind} ({told}); unpack it and name one")
    return set(chosen)


def _best(kind: Kind, names: Sequence[str]) -> list[str]:
    """Of the same table in several forms the text; of the tables that say more and less the one that says more."""
    texts = [name for name in names if name.lower().endswith(_TEXT)]
    with_text = {_stem(name) for name in texts}
    found = texts + [name for name in names if name not in texts and _stem(name) not in with_text]
    if kind is Kind.FEES:
        # The .txt of that archive has fixed columns; the other conversion factor is for clinicians in advanced models.
        found = [name for name in found if not name.lower().endswith(".txt")] or found
        found = [name for name in found if "_qpp" not in name.lower()] or found
    if kind is Kind.DIAGNOSES:
        found = [name for name in found if "addenda" not in name.lower()]
        found = [name for name in found if "order" in name.lower().split("!")[-1]] or found
    return found


def _stem(name: str) -> str:
    return name.rpartition(".")[0].lower()


def _require_kind(name: str, kind: Kind) -> None:
    facts = facts_of(name.split("!")[-1])
    if facts.kind is not None and facts.kind is not kind:
        raise UnreadableFileError(f"{name}: is named like a table of kind {facts.kind}, not {kind}; load it as that")
