"""All checks and views of the checkout, read once and checked against each other before any of them runs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from claims_audit.checking.query_file import CheckFile, ViewFile, read_check, read_view
from claims_audit.errors import ConfigurationError
from claims_audit.project import SQL


@dataclass(frozen=True, slots=True)
class Catalog:
    """Checks by family and id; views in an order in which each stands after those that it reads."""

    checks: tuple[CheckFile, ...]
    views: tuple[ViewFile, ...]
    sha256: str

    def check(self, check_id: str) -> CheckFile:
        """The check of that id; raises ConfigurationError with the known ids."""
        for check in self.checks:
            if check.check_id == check_id:
                return check
        raise ConfigurationError(f"no check {check_id!r}; there are {', '.join(c.check_id for c in self.checks)}")


def read_catalog(folder: Path = SQL) -> Catalog:
    """Reads every check and view below `folder`; raises ConfigurationError if any of them is malformed.

    Those of the checkout are read once a process: parsing them takes a second or two.
    """
    return _shipped_catalog() if folder == SQL else _read(folder)


@cache
def _shipped_catalog() -> Catalog:
    return _read(SQL)


def _read(folder: Path) -> Catalog:
    views = {path.stem: read_view(path) for path in sorted((folder / "views").glob("*.sql"))}
    checks = tuple(read_check(path) for path in sorted((folder / "checks").glob("*/*.sql")))
    ids = [check.check_id for check in checks]
    if repeated := sorted({check_id for check_id in ids if ids.count(check_id) > 1}):
        raise ConfigurationError(f"{folder}: two checks are called {', '.join(repeated)}")
    for check in checks:
        if check.subject in views:
            subject_columns = {*views[check.subject].columns}
            wanted = {*([check.checkable] if check.checkable else []), *(["procedure_class"] if check.examines else [])}
            if missing := sorted(wanted - subject_columns):
                raise ConfigurationError(f"{check.path}: its subject {check.subject} lacks {', '.join(missing)}")
        else:
            raise ConfigurationError(f"{check.path}: its subject {check.subject} is no view in sql/views")
    return Catalog(checks=checks, views=_in_order(folder, views), sha256=_digest(folder))


def _in_order(folder: Path, views: dict[str, ViewFile]) -> tuple[ViewFile, ...]:
    # A view that reads the table in which another is stored stands after that one.
    stored = {view.stored_as: name for name, view in views.items() if view.stored_as is not None}
    graph = {name: {stored.get(table, table) for table in view.tables} & views.keys() for name, view in views.items()}
    try:
        return tuple(views[name] for name in TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise ConfigurationError(f"{folder}: views read each other in a circle: {error.args[1]}") from error


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted([*(folder / "views").glob("*.sql"), *(folder / "checks").glob("*/*.sql")]):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
