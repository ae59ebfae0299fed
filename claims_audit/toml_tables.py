"""Reads tables of a TOML file into dataclasses, with an error that names the file and the key."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from claims_audit.errors import ConfigurationError


def tables_of(path: Path, name: str, example: str, content: Any) -> dict[str, dict[str, object]]:
    """The tables below a table. Raises ConfigurationError, with `example` for a name, if it holds anything else."""
    if not isinstance(content, dict) or not all(isinstance(options, dict) for options in content.values()):
        raise ConfigurationError(f"{path}: [{name}] holds tables; write it like [{name}.{example}]")
    return content


def checked(path: Path, prefix: str, default: Any, content: Any) -> Any:
    """The default, a dataclass, with the keys of `content` put in, each of the type that the default has.

    What is a table or list of its own is none of its keys. Raises ConfigurationError that names the key.
    """
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: [{prefix.rstrip('.')}] is no table")
    known = {entry.name: getattr(default, entry.name) for entry in fields(default)}
    known = {
        name: value for name, value in known.items() if not (isinstance(value, (dict, tuple)) or is_dataclass(value))
    }
    for key, value in content.items():
        if key not in known:
            raise ConfigurationError(f"{path}: unknown key {prefix}{key}; known are {', '.join(sorted(known))}")
        wanted: Any = date if key == "today" else type(known[key])
        fits = isinstance(value, (int, float)) if wanted is float else isinstance(value, wanted)
        if not fits or (isinstance(value, bool) and wanted is not bool):
            raise ConfigurationError(f"{path}: {prefix}{key} is a {type(value).__name__}, not a {wanted.__name__}")
    return replace(default, **content)
