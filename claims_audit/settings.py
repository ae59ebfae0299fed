"""What the operator may choose, from audit.toml, as one typed value.

Looked for in this order: `--config FILE`, `<home>/audit.toml`, `audit.toml` of the checkout, which shows every key with
its default.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from claims_audit.errors import ConfigurationError
from claims_audit.project import ROOT

DATA_VIEWS: Final = ("provider", "provider_partial", "payer")
# Each read by a function of its own.
_TABLES: Final = ("gate", "storage", "thresholds", "packs", "notify", "encryption", "targets", "expected")
_SEVERITIES: Final = ("page", "mail", "digest")
_OPEN_SCHEMES: Final = ("json", "jsons", "mailto", "mailtos", "syslog")
_SIZE: Final = re.compile(r"[0-9]+(\.[0-9]+)? ?[KMGT]i?B", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class GateLimits:
    """When the intake gate stops a delivery, and when it warns."""

    max_quarantined_share: float = 0.10  # of all lines of the delivery
    max_small_share: float = 0.50  # for deliveries so small that one bad line is a large share
    small_delivery_lines: int = 20  # quarantined lines up to which the small share applies
    volume_low: float = 0.2  # times the median of the last accepted deliveries
    volume_high: float = 5.0


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


@dataclass(frozen=True, slots=True)
class EncryptionSettings:
    """How what lies in the home is protected from whoever takes the disk."""

    volume_is_encrypted: bool = False  # below this machine, where it cannot be seen, as the disks of a cloud are
    native: bool = False  # DuckDB encrypts its own files; refused where the installed version cannot


@dataclass(frozen=True, slots=True)
class Settings:
    """One audit's choices. Paths are given by the command line, not here."""

    data_view: str = "provider"
    packs: tuple[str, ...] = ("core",)  # which checks run
    memory_limit: str = "2GB"
    load_memory_limit: str = "512MB"  # a large file is passed through, not held
    load_workers: int = 0  # processes that read files; 0: one a core, at most 4
    threads: int = 0  # 0: as many as the machine has
    feasible_minutes: int = 720  # minutes that one clinician can lead groups in a day
    min_group_minutes: int = 45
    max_uncompressed_bytes: int = 20_000_000_000
    keep_snapshots: int = 14
    timezone: str = ""  # of the practice, for times that come in another; empty: the wall clock as written
    gate: GateLimits = field(default_factory=GateLimits)
    notify: NotifySettings = field(default_factory=NotifySettings)
    encryption: EncryptionSettings = field(default_factory=EncryptionSettings)
    # Options of remote folders by protocol, such as {"s3": {"endpoint_url": ...}}; keys and passwords never stand here.
    storage: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    # Limits of single checks by check id and name; the catalog knows which there are.
    thresholds: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    today: date | None = None  # a fixed day for tests and for auditing an old delivery; None is the real one

    @property
    def audit_day(self) -> date:
        """The day on which the audit stands."""
        return self.today or date.today()


def read_settings(home: Path, config: Path | None = None) -> Settings:
    """Reads the settings; raises ConfigurationError naming file and key."""
    path = next((p for p in (config, home / "audit.toml", ROOT / "audit.toml") if p is not None and p.is_file()), None)
    if config is not None and path != config:
        raise ConfigurationError(f"{config}: no such file")
    if path is None:
        return Settings()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not TOML: {error}") from error
    gate = _checked(path, "gate.", GateLimits(), content.pop("gate", {}))
    notify = _notify(path, content.pop("notify", {}))
    encryption = _checked(path, "encryption.", EncryptionSettings(), content.pop("encryption", {}))
    storage = _tables(path, "storage", "s3", content.pop("storage", {}))
    thresholds = _tables(path, "thresholds", "cloned_diagnoses", content.pop("thresholds", {}))
    packs = _packs(path, content.pop("packs", list(Settings().packs)))
    settings: Settings = replace(
        _checked(path, "", Settings(), content), gate=gate, storage=storage, thresholds=thresholds, packs=packs
    )
    settings = replace(settings, notify=notify, encryption=encryption)
    if settings.data_view not in DATA_VIEWS:
        raise ConfigurationError(f"{path}: data_view is none of {', '.join(DATA_VIEWS)}")
    if settings.min_group_minutes <= 0 or settings.feasible_minutes < settings.min_group_minutes:
        raise ConfigurationError(f"{path}: feasible_minutes must be at least min_group_minutes, and both above 0")
    for key in ("memory_limit", "load_memory_limit"):
        if not _SIZE.fullmatch(getattr(settings, key)):
            raise ConfigurationError(f"{path}: {key} is no size; write it like 500MB or 2GB")
    if settings.timezone and settings.timezone not in available_timezones():
        raise ConfigurationError(f"{path}: timezone is none that is known; write it like America/New_York")
    for key, meaning in (("threads", "as many as the machine has"), ("load_workers", "one a core, at most 4")):
        if getattr(settings, key) < 0:
            raise ConfigurationError(f"{path}: {key} must be 0 ({meaning}) or more")
    return settings


def _packs(path: Path, content: Any) -> tuple[str, ...]:
    if not isinstance(content, list) or not all(isinstance(name, str) for name in content):
        raise ConfigurationError(f'{path}: packs is a list of names; write it like packs = ["core", "ncci"]')
    return tuple(content)


def _notify(path: Path, content: Any) -> NotifySettings:
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: [notify] is no table")
    targets = _tables(path, "notify.targets", "team", content.pop("targets", {}))
    expected = _tables(path, "notify.expected", "claims", content.pop("expected", {}))
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
    limits: NotifySettings = _checked(path, "notify.", NotifySettings(), content)
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


def _tables(path: Path, name: str, example: str, content: Any) -> dict[str, dict[str, object]]:
    if not isinstance(content, dict) or not all(isinstance(options, dict) for options in content.values()):
        raise ConfigurationError(f"{path}: [{name}] holds tables; write it like [{name}.{example}]")
    return content


def _checked(path: Path, prefix: str, default: Any, content: Any) -> Any:
    """The default with the keys of `content` put in, each of the type that the default has."""
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path}: [{prefix.rstrip('.')}] is no table")
    known = {entry.name: getattr(default, entry.name) for entry in fields(default) if entry.name not in _TABLES}
    for key, value in content.items():
        if key not in known:
            raise ConfigurationError(f"{path}: unknown key {prefix}{key}; known are {', '.join(sorted(known))}")
        wanted: Any = date if key == "today" else type(known[key])
        fits = isinstance(value, (int, float)) if wanted is float else isinstance(value, wanted)
        if not fits or (isinstance(value, bool) and wanted is not bool):
            raise ConfigurationError(f"{path}: {prefix}{key} is a {type(value).__name__}, not a {wanted.__name__}")
    return replace(default, **content)
