"""The safeguards one by one, each with what was found and what to do."""

from __future__ import annotations

import importlib.metadata
import os
import re
import resource
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import duckdb

from claims_audit.alarms.delivery import find_targets
from claims_audit.alarms.facts import LEAST_NEEDED_BYTES, needed_bytes
from claims_audit.alarms.pings import SECRET as PING_SECRET
from claims_audit.errors import ClaimsAuditError, LockedError
from claims_audit.home import Home, hold_folder
from claims_audit.project import ROOT
from claims_audit.publishing import newest_snapshot, published_at
from claims_audit.safeguards.native import can_encrypt
from claims_audit.safeguards.volumes import Protection, has_plain_swap, volume_of
from claims_audit.secret import find_secret
from claims_audit.settings import Settings
from claims_audit.telemetry import TELEMETRY_OFF
from claims_audit.warehouse.database import confine

_LOCKED: Final = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", re.MULTILINE)
_HOW_TO_ENCRYPT: Final = (
    "put it on a volume made with cryptsetup luksFormat (docs/operations.md, encryption); if the disk is encrypted "
    "below this machine, say so with volume_is_encrypted under [encryption] in audit.toml"
)


class Verdict(StrEnum):
    """How a safeguard stands."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Safeguard:
    """One safeguard: what was found, and what to do where it does not hold."""

    name: str
    verdict: Verdict
    found: str
    remedy: str = ""


def examine(home: Home, settings: Settings) -> list[Safeguard]:
    """All safeguards of an installation; an examination that fails is itself a failed safeguard."""
    found: list[Safeguard] = []
    for name, look in _EXAMINATIONS.items():
        try:
            found += [
                Safeguard(f"{name}{f' {part}' if part else ''}", verdict, text, remedy)
                for part, verdict, text, remedy in look(home, settings)
            ]
        except (ClaimsAuditError, OSError, ValueError, KeyError, duckdb.Error) as error:
            told = str(error) if isinstance(error, ClaimsAuditError) else type(error).__name__
            found.append(Safeguard(name, Verdict.FAIL, f"cannot be examined: {told}"))
    return found


Found = Iterator[tuple[str, Verdict, str, str]]


def _python(_: Home, __: Settings) -> Found:
    version = ".".join(map(str, sys.version_info[:3]))
    is_fit = sys.version_info >= (3, 11)
    yield "", Verdict.PASS if is_fit else Verdict.FAIL, version, "" if is_fit else "install Python 3.11 or newer"


def _packages(_: Home, __: Settings) -> Found:
    locked = dict(_LOCKED.findall((ROOT / "requirements.lock").read_text(encoding="utf-8")))
    others, missing = [], []
    for name in ("duckdb", "pandas", "pandera", "great-expectations", "prefect", "pyarrow", "apprise", "structlog"):
        try:
            if importlib.metadata.version(name) != locked.get(name):
                others.append(name)
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing or others:
        text = "; ".join(
            f"{label}: {', '.join(names)}"
            for label, names in (("missing", missing), ("not as locked", others))
            if names
        )
        yield "", Verdict.FAIL if missing else Verdict.WARN, text, "call make setup"
    else:
        yield "", Verdict.PASS, "as in requirements.lock", ""


def _permissions(home: Home, _: Settings) -> Found:
    if not home.path.exists():
        yield "", Verdict.WARN, "the home is not there yet", "the first run makes it, for its owner only"
        return
    wide = [
        path.relative_to(home.path).as_posix() or "."
        for path in (home.path, home.warehouse, home.snapshots, home.archive, home.path / "runs", home.path / "prefect")
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    if home.path.stat().st_uid != os.getuid():
        yield "", Verdict.FAIL, "the home belongs to another user", "run as its owner, or give it over with chown -R"
    elif wide:
        yield "", Verdict.FAIL, f"others may look into: {', '.join(wide)}", f"call chmod -R go= {home.path}"
    else:
        yield "", Verdict.PASS, "for its owner only", ""


def _encryption(home: Home, settings: Settings) -> Found:
    for part, folder in (
        ("of the home", home.path),
        ("of its temporary files", home.temporary),
        ("of the temporary folder", Path(tempfile.gettempdir())),
    ):
        volume = volume_of(folder)
        text = f"{volume.mount_point} ({volume.kind or 'unknown'}): {volume.protection.value}"
        if volume.protection in (Protection.ENCRYPTED, Protection.IN_MEMORY):
            yield part, Verdict.PASS, text, ""
        elif settings.encryption.volume_is_encrypted:
            yield part, Verdict.PASS, f"{text} here; encrypted below this machine, as the settings say", ""
        else:
            yield part, Verdict.FAIL, text, _HOW_TO_ENCRYPT


def _native_encryption(_: Home, settings: Settings) -> Found:
    told = f"DuckDB {duckdb.__version__} {'can' if can_encrypt() else 'cannot'} write encrypted files offline"
    if settings.encryption.native:
        yield "", Verdict.FAIL, f"{told}; native is on and no run will start", "set native = false; encrypt the volume"
    else:
        yield "", Verdict.PASS, f"{told}; not asked for", ""


def _swap(_: Home, settings: Settings) -> Found:
    is_plain = has_plain_swap()
    if is_plain and not settings.encryption.volume_is_encrypted:
        yield "", Verdict.WARN, "memory may be written to a plain disk", "encrypt the swap volume, or turn it off"
    else:
        yield "", Verdict.PASS, "unknown" if is_plain is None else "none that is plain", ""


def _core_dumps(_: Home, __: Settings) -> Found:
    limit, _hard = resource.getrlimit(resource.RLIMIT_CORE)
    if limit:
        remedy = "call ulimit -c 0 before the run; the systemd unit has LimitCORE=0"
        yield "", Verdict.WARN, "a crash may write memory to disk", remedy
    else:
        yield "", Verdict.PASS, "off", ""


def _disk(home: Home, settings: Settings) -> Found:
    folder = home.path if home.path.exists() else Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    once = needed_bytes(home) if home.warehouse.exists() else LEAST_NEEDED_BYTES
    need = int(settings.notify.min_free_times * once)
    text = f"{free / 2**20:,.0f} MiB free, {need / 2**20:,.0f} MiB needed"
    if free < need:
        yield "", Verdict.FAIL, text, "free space, or keep fewer snapshots (keep_snapshots)"
    else:
        yield "", Verdict.PASS, text, ""


def _lock(home: Home, _: Settings) -> Found:
    if not home.path.exists():
        yield "", Verdict.PASS, "free", ""
        return
    try:
        with hold_folder(home.path, "claims-audit doctor"):
            yield "", Verdict.PASS, "free", ""
    except LockedError as error:
        yield "", Verdict.WARN, str(error), "wait for the run to end"


def _snapshot(home: Home, settings: Settings) -> Found:
    at = published_at(home)
    if at is None:
        yield "", Verdict.WARN, "nothing is published yet", "call claims-audit run"
        return
    snapshot = newest_snapshot(home)
    if datetime.now(UTC) - at > timedelta(hours=settings.notify.max_hours_without_run):
        yield "", Verdict.WARN, f"{snapshot.run_id} is of {at:%Y-%m-%d %H:%M} UTC", "see R-17 in docs/operations.md"
    else:
        yield "", Verdict.PASS, f"{snapshot.run_id} of {at:%Y-%m-%d %H:%M} UTC", ""


def _duckdb_settings(home: Home, _: Settings) -> Found:
    with duckdb.connect() as con:
        confine(con, home.path)
        on = [
            name
            for name in (
                "autoinstall_known_extensions",
                "autoload_known_extensions",
                "allow_community_extensions",
                "allow_unsigned_extensions",
                "enable_external_access",
            )
            if con.execute("select value from duckdb_settings() where name = $name", {"name": name}).fetchall()[0][0]
            != "false"
        ]
    if on:
        yield "", Verdict.FAIL, f"on: {', '.join(on)}", "install the locked version of DuckDB with make setup"
    else:
        yield "", Verdict.PASS, "no extension, no file outside the home, settings locked", ""


def _telemetry(_: Home, __: Settings) -> Found:
    on = sorted(name for name, value in TELEMETRY_OFF.items() if os.environ.get(name) != value)
    if on:
        yield "", Verdict.FAIL, f"not off: {', '.join(on)}", "start it with the command claims-audit"
    else:
        yield "", Verdict.PASS, "off", ""


def _notification(_: Home, settings: Settings) -> Found:
    targets = find_targets(settings.notify)
    if targets:
        yield "by message", Verdict.PASS, f"{len(targets)} targets; claims-audit notify test tries them", ""
    else:
        yield "by message", Verdict.WARN, "nobody is told", "set [notify.targets] in audit.toml, docs/operations.md"
    if find_secret(PING_SECRET) is not None:
        yield "by absence", Verdict.PASS, "pings are sent", ""
    else:
        remedy = "set CLAIMS_AUDIT_PING_URL to a dead-man's switch outside of this machine"
        yield "by absence", Verdict.WARN, "nobody would notice a machine that never started", remedy


_EXAMINATIONS: Final[dict[str, Callable[[Home, Settings], Found]]] = {
    "Python": _python,
    "packages": _packages,
    "permissions": _permissions,
    "encryption": _encryption,
    "native encryption": _native_encryption,
    "swap": _swap,
    "core dumps": _core_dumps,
    "disk space": _disk,
    "lock": _lock,
    "snapshot": _snapshot,
    "DuckDB": _duckdb_settings,
    "telemetry": _telemetry,
    "notification": _notification,
}
