"""claims-audit doctor: whether the installation is fit to hold claims."""

from __future__ import annotations

from flows.environment import prepare
from flows.options import HOME, AsJson, Config, HomeFolder


def doctor(*, home: HomeFolder = HOME, config: Config = None, as_json: AsJson = False) -> int:
    """Examines versions, disk, lock, encryption and the other safeguards: pass, warn or fail, and what to do.

    Exit code 78 if one fails, 10 if one warns.
    """
    home = home.absolute()
    prepare(home)
    from claims_audit.errors import ExitCode
    from claims_audit.home import Home
    from claims_audit.safeguards.examining import Verdict, examine
    from claims_audit.settings import read_settings
    from flows.console import print_json, show_safeguards

    found = examine(Home(home), read_settings(home, config))
    if as_json:
        print_json(
            {
                "safeguards": [
                    {"name": one.name, "verdict": one.verdict.value, "found": one.found, "remedy": one.remedy}
                    for one in found
                ]
            }
        )
    else:
        show_safeguards(found)
    verdicts = {one.verdict for one in found}
    if Verdict.FAIL in verdicts:
        return int(ExitCode.CONFIGURATION)
    return int(ExitCode.DONE_WITH_WARNINGS if Verdict.WARN in verdicts else ExitCode.DONE)
