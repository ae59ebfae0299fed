"""For whom backups are encrypted, as [backup] of audit.toml says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyrage import RecipientError, x25519

from claims_audit.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """`recipients` are public keys of age; without any, a backup is not encrypted."""

    recipients: tuple[str, ...] = ()


def read_backup(path: Path, content: Any) -> BackupSettings:
    """The table [backup] of a settings file. Raises ConfigurationError that names the key and never shows one."""
    if not isinstance(content, dict) or set(content) - {"recipients"}:
        raise ConfigurationError(f'{path}: [backup] has recipients only; write it like recipients = ["age1..."]')
    recipients = content.get("recipients", [])
    if not isinstance(recipients, list) or not all(isinstance(entry, str) for entry in recipients):
        raise ConfigurationError(f'{path}: backup.recipients is a list of texts; write it like ["age1..."]')
    for number, entry in enumerate(recipients, start=1):
        if entry.upper().startswith("AGE-SECRET-KEY"):
            raise ConfigurationError(
                f"{path}: backup.recipients: entry {number} is a secret key. Take it out of the file, make a new "
                "pair, and write the public key here, which begins with age1"
            )
        try:
            x25519.Recipient.from_str(entry)
        except RecipientError:
            raise ConfigurationError(
                f"{path}: backup.recipients: entry {number} is no public key of age; it begins with age1"
            ) from None
    return BackupSettings(tuple(recipients))
