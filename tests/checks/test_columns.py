"""The dictionary of view columns is sound: a name stands there once."""

from __future__ import annotations

import tomllib

from claims_audit.project import SQL


def test_every_column_is_told_once() -> None:
    # A name that comes twice is no TOML, and would be noticed by the first run that publishes only.
    assert tomllib.loads((SQL / "views" / "columns.toml").read_text(encoding="utf-8"))
