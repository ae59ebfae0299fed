"""A warehouse to load tables into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from checks.schemas import ROW_SCHEMAS
from claims_audit.reference.kinds import TRAITS, Kind
from claims_audit.reference.loading import Choice, Loaded, load_table
from tests.conftest import Desk

STATE = sorted({table for traits in TRAITS.values() for table in traits.tables} | {"reference_edition"})


@dataclass
class Shelf:
    """A desk and the folder of the files."""

    desk: Desk

    def write(self, name: str, content: bytes) -> Path:
        path = self.desk.inbox / name
        path.write_bytes(content)
        return path

    def load(self, kind: str, path: Path, **options: Any) -> list[Loaded]:
        return load_table(
            self.desk.con, self.desk.home, self.desk.settings, Kind(kind), path, Choice(**options), ROW_SCHEMAS
        )

    def deliver(self, kind: str, name: str, content: bytes, **options: Any) -> Loaded:
        """Writes a file and loads it."""
        (loaded,) = self.load(kind, self.write(name, content), **options)
        return loaded

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.desk.rows(query)

    def state(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that loading may change."""
        return {table: self.rows(f"select * from {table} order by all") for table in STATE}

    def refused(self, kind: str, path: Path, error: type[Exception], match: str, **options: Any) -> str:
        """Loading raises, says so, and changes nothing."""
        before = self.state()
        with pytest.raises(error, match=match) as raised:
            self.load(kind, path, **options)
        assert self.state() == before
        return str(raised.value)


@pytest.fixture
def shelf(new_desk: Callable[[str], Desk]) -> Shelf:
    return Shelf(new_desk("shelf"))
