"""A dead-man's switch outside of this machine, in the protocol of healthchecks: what does not ping is missed there.

The address is the secret PING_URL. `/start` is called when a run begins, `/<exit code>` when it ends, `/fail` when it
ends in a bug, `/log` with what it warns of.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from claims_audit.alarms.delivery import Receipt, attempt
from claims_audit.errors import ConfigurationError, ExitCode
from claims_audit.secret import Secret, find_secret

SECRET: Final = "PING_URL"  # noqa: S105  the name of one


@dataclass(slots=True)
class Pings:
    """The pings of one run; without an address, none is sent."""

    timeout_seconds: float = 10.0
    address: Secret | None = field(default_factory=lambda: find_secret(SECRET))
    run: str = field(default_factory=lambda: str(uuid.uuid4()))  # so that start and end are told to be of one run
    receipts: list[Receipt] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.address is not None and urlsplit(self.address.reveal()).scheme not in ("http", "https"):
            raise ConfigurationError(f"{SECRET} is no http or https address; take it as the service shows it")

    def start(self) -> None:
        """A run begins."""
        self._ping("start", "")

    def log(self, body: str) -> None:
        """Something to read there, which changes nothing."""
        self._ping("log", body)

    def end(self, exit_code: ExitCode, body: str) -> None:
        """A run has ended."""
        if exit_code is ExitCode.BUG:
            self._ping("fail", body)
        else:
            # A run that got through is a success there, whatever it found.
            self._ping("0" if exit_code.got_through else str(int(exit_code)), body)

    def _ping(self, what: str, body: str) -> None:
        if self.address is None:
            return
        import httpx

        url = f"{self.address.reveal().rstrip('/')}/{what}"

        def send_once() -> None:
            answer = httpx.post(url, params={"rid": self.run}, content=body.encode(), timeout=self.timeout_seconds)
            answer.raise_for_status()

        self.receipts.append(attempt(f"ping/{what}", "ping", send_once, httpx.HTTPError))
