"""Getting a message out, through apprise: mail, Slack, Teams and some hundred others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from claims_audit.alarms.catalogue import Severity
from claims_audit.alarms.message import Message
from claims_audit.errors import ConfigurationError
from claims_audit.notify_settings import NotifySettings
from claims_audit.secret import Secret, find_secret

_TRIES = 3


@dataclass(frozen=True, slots=True)
class Target:
    """Who is told: what is as grave as `severity`, or graver."""

    name: str
    severity: Severity
    address: Secret

    def wants(self, severity: Severity) -> bool:
        """Whether a message of that severity goes there."""
        return severity.rank <= self.severity.rank


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one message or ping, for run.json: names and outcome, no address."""

    target: str
    severity: str
    delivered: bool
    tries: int

    def as_dict(self) -> dict[str, object]:
        """As run.json shows it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


def find_targets(settings: NotifySettings) -> list[Target]:
    """Everyone of the settings, with the address. Raises ConfigurationError for one without address."""
    targets = []
    for name, target in settings.targets.items():
        secret_name = f"NOTIFY_{name.upper()}"
        url = str(target.get("url") or "")
        address = Secret(secret_name, "settings", url) if url else find_secret(secret_name)
        if address is None:
            raise ConfigurationError(
                f"[notify.targets.{name}] has no address: set CLAIMS_AUDIT_{secret_name} in the environment, or store "
                f"it with `keyring set claims-audit {secret_name}`"
            )
        targets.append(Target(name, Severity(str(target["severity"])), address))
    return targets


def deliver(message: Message, targets: Sequence[Target], timeout_seconds: float) -> list[Receipt]:
    """Sends the message to all who want it; what cannot be sent is told in the receipt, never raised."""
    return [_send(message, target, timeout_seconds) for target in targets if target.wants(message.severity)]


def attempt(target: str, severity: str, send_once: Callable[[], None], worth_a_retry: type[Exception]) -> Receipt:
    """Tries up to three times; whatever goes wrong is told in the receipt, since its text holds the address."""
    import stamina
    import stamina.instrumentation

    stamina.instrumentation.set_on_retry_hooks([])
    tries = 0
    try:
        for again in stamina.retry_context(on=worth_a_retry, attempts=_TRIES, timeout=None, wait_initial=0.2):
            with again:
                tries += 1
                send_once()
    except Exception:
        return Receipt(target, severity, False, tries)
    return Receipt(target, severity, True, tries)


def _send(message: Message, target: Target, timeout_seconds: float) -> Receipt:
    # What apprise would say of a failure holds the address, and so its secret.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    send_once = partial(_send_once, message, target, timeout_seconds)
    return attempt(target.name, message.severity.value, send_once, _NotDeliveredError)


def _send_once(message: Message, target: Target, timeout_seconds: float) -> None:
    from apprise import Apprise, AppriseAsset, NotifyFormat

    sender = Apprise(asset=AppriseAsset(app_id="claims-audit", app_desc="claims-audit", app_url="", async_mode=False))
    address = target.address.reveal()
    limits = f"cto={timeout_seconds:g}&rto={timeout_seconds:g}"
    if not sender.add(f"{address}{'&' if '?' in address else '?'}{limits}"):
        raise ConfigurationError(f"the address of {target.name} is none that is understood")
    if not sender.notify(title=message.title, body=message.body, body_format=NotifyFormat.TEXT):
        raise _NotDeliveredError


class _NotDeliveredError(Exception):
    """One try has failed."""
