"""Makes the Night of a run from the command line or from the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from claims_audit.errors import ConfigurationError
from claims_audit.home import Home, new_run_id
from claims_audit.project import ROOT
from claims_audit.settings import read_settings
from flows.night import Night
from flows.watch import tell_of_no_settings

# The night at hand, for the command that started the flow in this process: the flow itself returns an exit code only.
_STARTED: dict[str, Night] = {}


def start_night(
    command: str, home: Path, inbox: Sequence[str | Path], config: Path | None = None, run_id: str | None = None
) -> Night:
    """A run in that home; progress goes to standard error where that is a terminal."""
    try:
        settings = read_settings(home, config)
    except ConfigurationError as error:
        tell_of_no_settings(command, error.exit_code)
        raise
    night = Night(
        home=Home(home),
        settings=settings,
        inbox=inbox,
        command=command,
        run_id=run_id or new_run_id(),
        tell=tell_progress,
    )
    _STARTED[night.run_id] = night
    return night


def night_from_environment(run_id: str | None) -> Night:
    """The night that this process has started under that id, or a new one for a scheduled run."""
    if run_id in _STARTED:
        return _STARTED[run_id]
    home = Path(os.environ.get("CLAIMS_AUDIT_HOME") or ROOT / "var")
    inbox = os.environ.get("CLAIMS_AUDIT_INBOX") or home / "inbox"
    config = os.environ.get("CLAIMS_AUDIT_CONFIG")
    return start_night("claims-audit run", home, [inbox], Path(config) if config else None, run_id)


def tell_progress(text: str) -> None:
    """A line on standard error, where that is a terminal."""
    if sys.stderr.isatty():
        print(f"  {text}", file=sys.stderr)  # noqa: T201
