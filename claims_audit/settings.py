"""What the operator may choose, from audit.toml, as one typed value.

Looked for in this order: `--config FILE`, `<home>/audit.toml`, `audit.toml` of the checkout, which shows every key with
its default.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from zoneinfo import available_timezones

from claims_audit.backup.settings import BackupSettings, read_backup
from claims_audit.errors import ConfigurationError
from claims_audit.notify_settings import NotifySettings, read_notify
from claims_audit.project import ROOT
from claims_audit.toml_tables import checked, tables_of

DATA_VIEWS: Final = ("provider", "provider_partial", "payer")
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
    keep_snapshots: int = 14  # of the newest runs
    keep_monthly_snapshots: int = 12  # and the newest of so many months
    timezone: str = ""  # of the practice, for times that come in another; empty: the wall clock as written
    gate: GateLimits = field(default_factory=GateLimits)
    notify: NotifySettings = field(default_factory=NotifySettings)
    encryption: EncryptionSettings = field(default_factory=EncryptionSettings)
    backup: BackupSettings = field(default_factory=BackupSettings)
    # Options of remote folders by protocol, such as {"s3": {"endpoint_url": ...}}; keys and passwords never stand here.
    storage: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    # Limits of single checks by check id and name; the catalog knows which there are.
    thresholds: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    today: date | None = None  # a fixed day for tests and for auditing an old delivery; None is the real one

    @property
    def audit_day(self) -> date:
        """The day on which the audit stands."""
        return self.today or date.today()

    @property
    def review_day(self) -> date:
        """The day on which people decide: what they put on record happens now, whatever day the audit is made for."""
        return max(self.audit_day, date.today())


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
    gate = checked(path, "gate.", GateLimits(), content.pop("gate", {}))
    notify = read_notify(path, content.pop("notify", {}))
    encryption = checked(path, "encryption.", EncryptionSettings(), content.pop("encryption", {}))
    backup = read_backup(path, content.pop("backup", {}))
    storage = tables_of(path, "storage", "s3", content.pop("storage", {}))
    thresholds = tables_of(path, "thresholds", "cloned_diagnoses", content.pop("thresholds", {}))
    packs = _packs(path, content.pop("packs", list(Settings().packs)))
    settings: Settings = replace(
        checked(path, "", Settings(), content),
        gate=gate,
        notify=notify,
        encryption=encryption,
        backup=backup,
        storage=storage,
        thresholds=thresholds,
        packs=packs,
    )
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
