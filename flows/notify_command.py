"""claims-audit notify: a test message, and a look at a home from outside of any run."""

from __future__ import annotations

import sys

from cyclopts import App

from flows.environment import prepare
from flows.options import HOME, AsJson, Config, HomeFolder

notify_app = App(name="notify", help="Tries the messages, and looks whether a night was missed.")


@notify_app.command(name="test")
def test_message(*, home: HomeFolder = HOME, config: Config = None, as_json: AsJson = False) -> int:
    """Sends a test message to everyone of [notify.targets] and a ping; exit code 10 if one does not get out."""
    home = home.absolute()
    prepare(home)
    from claims_audit.alarms.catalogue import Severity
    from claims_audit.alarms.delivery import deliver, find_targets
    from claims_audit.alarms.message import Message
    from claims_audit.alarms.pings import Pings
    from claims_audit.errors import ConfigurationError, ExitCode
    from claims_audit.settings import read_settings
    from flows.console import print_json

    notify = read_settings(home, config).notify
    targets, pings = find_targets(notify), Pings(notify.timeout_seconds)
    if not targets and pings.address is None:
        raise ConfigurationError(
            "nobody is to be told: set [notify.targets] in audit.toml, or CLAIMS_AUDIT_PING_URL (docs/operations.md)"
        )
    body = "This is a test of the messages of claims-audit. No run is meant and nothing has to be done."
    receipts = deliver(Message("claims-audit: TEST", body, Severity.PAGE), targets, notify.timeout_seconds)
    pings.log(body)
    receipts += pings.receipts
    if as_json:
        print_json({"notifications": [receipt.as_dict() for receipt in receipts]})
    else:
        for receipt in receipts:
            sys.stdout.write(f"{receipt.target}: {'delivered' if receipt.delivered else 'NOT delivered'}\n")
    is_told = all(receipt.delivered for receipt in receipts)
    return int(ExitCode.DONE if is_told else ExitCode.DONE_WITH_WARNINGS)


@notify_app.command(name="check")
def check(*, home: HomeFolder = HOME, config: Config = None, as_json: AsJson = False) -> int:
    """Tells if no run has succeeded for too long, a file is missing, or the disk fills up; for a timer of its own.

    Exit code 10 if an alarm is open, 75 while a run holds the home: that run tells for itself.
    """
    home = home.absolute()
    prepare(home)
    from claims_audit.errors import ExitCode, NoInputError
    from claims_audit.home import Home
    from flows.console import print_json
    from flows.starting import start_night
    from flows.watch import look_from_outside

    if not Home(home).warehouse.is_file():
        raise NoInputError(f"{home}: nothing is loaded yet; call `claims-audit run` first")
    night = start_night("claims-audit notify check", home, [], config)
    with night.home.lock(f"{night.command} {night.run_id}"):
        look_from_outside(night)
    if as_json:
        print_json({"alarms": night.alarms, "notifications": night.notifications})
    else:
        for alarm in night.alarms:
            sys.stdout.write(f"{alarm['code']} {alarm['subject']}".rstrip() + "\n")
    return int(ExitCode.DONE_WITH_WARNINGS if night.alarms or night.warnings else ExitCode.DONE)
