"""Whom to tell of a night, as [notify] of audit.toml says: targets, expected files, limits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from claims_audit.errors import ConfigurationError
from claims_audit.toml_tables import checked, tables_of

_SEVERITIES: Final = ("page", "mail", "digest")
_OPEN_SCHEMES: Final = ("json", "jsons", "mailto", "mailtos", "syslog")


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """Whom to tell, and from when on something is worth telling. Secrets come from elsewhere, see secret.py."""

    max_hours_without_run: float = 26.0  # since the last success; of the newest snapshot, too
    max_quarantined_share: float = 0.02  # of the lines of a run; the gate stops far later
    min_free_times: float = 2.0  # of the size of the warehouse that have to be free on its disk
    timeout_seconds: float = 10.0  # of one try of a message or ping; each is tried three times
    # Who is told, by a name of your own: {"severity": "page" | "mail" | "digest", "url": ""}.
    targets: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    # Files that have to come: {"pattern": "*claims*", "hours": 26}, by a name of your own.
    expected: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def read_notify(path: Path, content: Any) -> NotifySettings:
    """The table [notify] of a settings file. Raises ConfigurationError that names the key and the remedy."""
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: [notify] is no table")
    targets = tables_of(path, "notify.targets", "team", content.pop("targets", {}))
    expected = tables_of(path, "notify.expected", "claims", content.pop("expected", {}))
    for name, target in targets.items():
        at = f"{path}: [notify.targets.{name}]"
        _require_name(at, name)
        if unknown := set(target) - {"severity", "url"}:
            raise ConfigurationError(f"{at}: unknown key {min(unknown)}; known are severity and url")
        if target.get("severity") not in _SEVERITIES:
            raise ConfigurationError(f"{at}: severity is one of {', '.join(_SEVERITIES)}")
        _require_open_address(at, target.get("url", ""))
    for name, wanted in expected.items():
        at = f"{path}: [notify.expected.{name}]"
        _require_name(at, name)
        hours = wanted.get("hours")
        if set(wanted) != {"pattern", "hours"} or not isinstance(wanted["pattern"], str):
            raise ConfigurationError(f'{at}: write it like {{ pattern = "*claims*", hours = 26 }}')
        if isinstance(hours, bool) or not isinstance(hours, (int, float)) or hours <= 0:
            raise ConfigurationError(f"{at}: hours is a number above 0")
    limits: NotifySettings = checked(path, "notify.", NotifySettings(), content)
    for entry in fields(limits):
        value = getattr(limits, entry.name)
        if isinstance(value, (int, float)) and value <= 0:
            raise ConfigurationError(f"{path}: notify.{entry.name} must be above 0")
    return replace(limits, targets=targets, expected=expected)


def _require_name(at: str, name: str) -> None:
    # It becomes a part of the name of an environment variable, and stands in messages.
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", name):
        raise ConfigurationError(f"{at}: a name is made of small letters, digits and _, and begins with a letter")


def _require_open_address(at: str, url: object) -> None:
    """An address in a settings file must hold no secret, as those of most chat services do."""
    remedy = "leave url out and set it as a secret, see docs/operations.md"
    if not isinstance(url, str):
        raise ConfigurationError(f"{at}: url is a text; {remedy}")
    if url:
        try:
            parts = urlsplit(url)
            has_password = parts.password is not None or "pass=" in parts.query or "token=" in parts.query
        except ValueError:
            raise ConfigurationError(f"{at}: url is none; {remedy}") from None
        if parts.scheme not in _OPEN_SCHEMES or has_password:
            raise ConfigurationError(
                f"{at}: url holds a secret, or may do so (only {', '.join(_OPEN_SCHEMES)} without a password may stand "
                f"here); {remedy}"
            )
