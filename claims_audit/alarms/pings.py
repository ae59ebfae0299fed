"""A dead-man's switch outside of this machine, in the protocol of healthchecks: what does not ping is missed there.

The address is the secret PING_URL. `/start` is called when a run begins, `/<exit code>` when it ends, `/fail` when it
ends in a bug, `/log` with what it warns of.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from claims_audit.alarms.delivery import Receipt
from claims_audit.errors import ConfigurationError, ExitCode
from claims_audit.secret import Secret, find_secret

SECRET: Final = "PING_URL"  # noqa: S105  the name of one
_TRIES: Final = 3
# A run that got through is a success there, whatever it found.
_SUCCESS: Final = (ExitCode.DONE, ExitCode.DONE_WITH_WARNINGS, ExitCode.FINDINGS)


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
            self._ping("0" if exit_code in _SUCCESS else str(int(exit_code)), body)

    def _ping(self, what: str, body: str) -> None:
        if self.address is None:
            return
        import httpx
        import stamina
        import stamina.instrumentation

        stamina.instrumentation.set_on_retry_hooks([])
        url = f"{self.address.reveal().rstrip('/')}/{what}"
        tries = 0
        try:
            for attempt in stamina.retry_context(on=httpx.HTTPError, attempts=_TRIES, timeout=None, wait_initial=0.2):
                with attempt:
                    tries += 1
                    answer = httpx.post(
                        url, params={"rid": self.run}, content=body.encode(), timeout=self.timeout_seconds
                    )
                    answer.raise_for_status()
        except Exception:
            # Whatever it is, its text holds the address.
            self.receipts.append(Receipt(f"ping/{what}", "ping", False, tries))
            return
        self.receipts.append(Receipt(f"ping/{what}", "ping", True, tries))
