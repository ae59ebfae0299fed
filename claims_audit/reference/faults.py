"""Rows that cannot be loaded: collected, and told together by file and line, without their values."""

from __future__ import annotations

from typing import Final

from claims_audit.errors import RefusedTableError

_TOLD: Final = 5


class Faults:
    """The faults of one file."""

    def __init__(self, name: str, unit: str = "line") -> None:
        self._name, self._unit = name, unit
        self._told: list[str] = []
        self._count = 0

    def add(self, line: int, text: str) -> None:
        """Takes one more fault; only the first are kept."""
        self._count += 1
        if len(self._told) < _TOLD:
            self._told.append(f"{self._unit} {line:,} {text}")

    def raise_any(self, remedy: str = "get the file again and load it unchanged") -> None:
        """Raises RefusedTableError if there are any."""
        if self._count:
            more = f"; and {self._count - _TOLD:,} more" if self._count > _TOLD else ""
            raise RefusedTableError(f"{self._name}: {'; '.join(self._told)}{more}. Nothing was loaded; {remedy}")
