"""Settings that other libraries read from the environment while they are imported: quiet, offline, private.

Called before the first import of Prefect or Great Expectations.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

from claims_audit.errors import ConfigurationError
from claims_audit.telemetry import TELEMETRY_OFF

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}

QUIET = {
    **TELEMETRY_OFF,
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    # The default of 20 s is not enough on a busy machine.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
}


def prepare(home: Path) -> None:
    """Sets the environment for a run in this home. Raises ConfigurationError if Prefect would talk elsewhere."""
    os.umask(0o077)
    os.environ.update(QUIET)
    os.environ["PREFECT_HOME"] = str(home / "prefect")
    # Without a profile of the user's own: it could name a server in a cloud.
    os.environ["PREFECT_PROFILES_PATH"] = str(home / "prefect" / "profiles.toml")
    address = os.environ.get("PREFECT_API_URL")
    if address and urlsplit(address).hostname not in _LOOPBACK:
        raise ConfigurationError(
            "PREFECT_API_URL names another machine; run data must not leave this one. Unset it, or name a server on "
            "127.0.0.1"
        )
