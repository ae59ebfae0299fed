"""Keys and addresses that hold a password: from the environment, a file descriptor or the keyring, and never shown.

A secret of the name NOTIFY_TEAM is looked for, in this order, in the environment variable CLAIMS_AUDIT_NOTIFY_TEAM, in
the open file descriptor whose number is in CLAIMS_AUDIT_NOTIFY_TEAM_FD, and in the keyring of the system under the
service `claims-audit` and the name NOTIFY_TEAM. It never stands in a settings file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Final

from claims_audit.errors import ConfigurationError

SERVICE: Final = "claims-audit"
_PREFIX: Final = "CLAIMS_AUDIT_"
_LONGEST: Final = 65_536  # bytes that are read from a descriptor
_READ: dict[str, str] = {}  # a pipe can be read once


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that is masked wherever it is printed; `reveal` is the one way to it."""

    name: str
    source: str  # environment, descriptor or keyring
    _value: str = field(repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.name}=********"

    def __format__(self, _: str) -> str:
        return str(self)

    def __reduce__(self) -> str | tuple[object, ...]:
        raise TypeError(f"the secret {self.name} is not written anywhere")

    def reveal(self) -> str:
        """The value, for the one call that needs it."""
        return self._value


def find_secret(name: str) -> Secret | None:
    """The secret of that name, or None. Raises ConfigurationError for a descriptor that cannot be read."""
    variable = _PREFIX + name
    if value := os.environ.get(variable, "").strip():
        return Secret(name, "environment", value)
    if number := os.environ.get(f"{variable}_FD", "").strip():
        return Secret(name, "descriptor", _from_descriptor(variable, number))
    if stored := _from_keyring(name):
        return Secret(name, "keyring", stored)
    return None


def require_secret(name: str, what_for: str) -> Secret:
    """The secret of that name. Raises ConfigurationError that says where it may stand."""
    secret = find_secret(name)
    if secret is None:
        raise ConfigurationError(
            f"{what_for} needs the secret {name}: set {_PREFIX}{name} in the environment, or {_PREFIX}{name}_FD to the "
            f"number of an open file descriptor, or store it with `keyring set {SERVICE} {name}`"
        )
    return secret


def _from_descriptor(variable: str, number: str) -> str:
    if variable not in _READ:
        try:
            with os.fdopen(os.dup(int(number)), "rb") as stream:
                value = stream.read(_LONGEST).decode("utf-8").strip()
        except (ValueError, OSError, OverflowError):
            raise ConfigurationError(
                f"{variable}_FD: names no file descriptor that can be read as text; open one before the call, such as "
                f"{variable}_FD=3 3<FILE"
            ) from None
        if not value:
            raise ConfigurationError(f"{variable}_FD: the descriptor is empty; give it the secret")
        _READ[variable] = value
    return _READ[variable]


def _from_keyring(name: str) -> str | None:
    try:
        import keyring

        return keyring.get_password(SERVICE, name)
    except Exception:
        # A machine without a desktop has no keyring, and each backend fails in its own way.
        return None
