"""What goes wrong with a remote folder, in words of ours: what a driver says may hold a URL with its credentials."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from claims_audit.errors import ClaimsAuditError, ConfigurationError

Result = TypeVar("Result")

# Seconds before the second and the third attempt; the drivers try again on their own, too.
_PAUSES: Final = (0.5, 2.0)
_MISSING: Final = (FileNotFoundError, NotADirectoryError)
# Drivers have their own error types, which are known by name: importing a driver to name them would need it installed.
_DENIED: Final = ("NoCredentialsError", "PartialCredentialsError", "AuthenticationException", "ProfileNotFound")
_NO_RETRY: Final = (PermissionError, IsADirectoryError, ValueError, TypeError, LookupError, NotImplementedError)
_TIMEOUT: Final = re.compile("timeout", re.IGNORECASE)
_SECRET: Final = re.compile(
    r"secret|password|passwd|passphrase|token|credential|connection_string|authorization|cookie|^auth$|^sas|"
    r"(^|_)pkey$|^key$|access_key|account_key|api_key|private_key",
    re.IGNORECASE,
)

_USER: Final = re.compile("://[^/]*@")


def attempt(action: Callable[[], Result]) -> Result:
    """Calls the action, up to three times if what it raises may pass."""
    for pause in _PAUSES:
        try:
            return action()
        except ClaimsAuditError:
            raise
        except Exception as error:
            if not _may_pass(error):
                raise
        time.sleep(pause)
    return action()


def cause_of(error: Exception) -> str:
    """Why the other side did not give what it was asked for; no word of it is the driver's."""
    status = _status_of(error)
    if isinstance(error, _MISSING) or status in (404, 410):
        return "there is no such file or folder"
    if isinstance(error, PermissionError) or status in (401, 403) or type(error).__name__ in _DENIED:
        return "access is denied: check the credentials in the environment"
    if isinstance(error, TimeoutError) or _TIMEOUT.search(type(error).__name__):
        return "no answer in time: check the network"
    number = f" {status}" if status else ""
    return f"{type(error).__name__}{number}: check address, endpoint and network"


def is_missing(error: Exception) -> bool:
    """Whether the other side answered that it has no such thing."""
    return isinstance(error, _MISSING) or _status_of(error) in (404, 410)


def shown_url(url: str) -> str:
    """Protocol, host and path of a URL: no user, no password, and no query, which may be a signature."""
    protocol, _, rest = url.partition("://")
    rest = re.split(r"[?#]", rest, maxsplit=1)[0]
    authority, slash, path = rest.partition("/")
    if "@" in authority:
        authority = authority.rpartition("@")[2]
    elif "@" in path and re.search(r":(?![0-9]*$)", authority):
        # A password with a slash in it.
        return f"{protocol}://{path.rpartition('@')[2]}"
    return f"{protocol}://{authority}{slash}{path}"


def require_no_secrets(protocol: str, options: Mapping[str, object]) -> None:
    """Raises ConfigurationError if an option, at whatever depth, is one that carries a secret."""
    for key, value in options.items():
        is_secret = _SECRET.search(key) and not isinstance(value, bool)
        if is_secret or (isinstance(value, str) and _USER.search(value)):
            raise ConfigurationError(
                f"[storage.{protocol}] {key}: secrets do not belong in a settings file; "
                "give them in the environment, as docs/input_files.md says"
            )
        if isinstance(value, Mapping):
            require_no_secrets(protocol, value)


def _status_of(error: Exception) -> int | None:
    """The HTTP status that an error of aiohttp carries."""
    status = getattr(error, "status", None)
    return status if isinstance(status, int) else None


def _may_pass(error: Exception) -> bool:
    status = _status_of(error)
    if status is not None:
        return status >= 500 or status in (408, 425, 429)
    return not (isinstance(error, (*_MISSING, *_NO_RETRY)) or type(error).__name__ in _DENIED)
