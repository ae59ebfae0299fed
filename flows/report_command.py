"""claims-audit report: the reports of a published run once more, for whom they are wanted, also as PDF."""

from __future__ import annotations

import sys
from typing import Annotated

from cyclopts import Parameter

from claims_audit.errors import ExitCode, UsageError
from flows.environment import prepare
from flows.options import HOME, AsJson, Config, HomeFolder
from reports.profiles import PROFILES, ProfileName


def report(
    *,
    home: HomeFolder = HOME,
    run: Annotated[str | None, Parameter(name="--run", help="Run to report on; else the newest.")] = None,
    profile: Annotated[
        ProfileName,
        Parameter(
            help="For whom: internal and counsel hold patient data, management names no member and hides small counts."
        ),
    ] = "internal",
    privilege_header: Annotated[
        str | None, Parameter(help="With --profile counsel: the words at the top of each page, else our own.")
    ] = None,
    pdf: Annotated[bool, Parameter(negative=(), help="Prints it as PDF too; needs Chromium.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Renders the reports of a published run again; --json gives all that the report of the profile says."""
    chosen = PROFILES[profile]
    if privilege_header is not None:
        if chosen.name != "counsel":
            raise UsageError("--privilege-header goes with --profile counsel: only that report carries it.")
        chosen = chosen.under_privilege(" ".join(privilege_header.split()))
    home = home.absolute()
    prepare(home)
    from claims_audit.home import Home
    from claims_audit.proof.sealing import seal_again
    from claims_audit.settings import read_settings
    from flows.console import print_json
    from flows.rendering import print_profile, render_reports, write_profile
    from reports.json_form import as_object
    from reports.management import build_management
    from reports.pdf import find_chromium

    # Asked first: without it nothing is written again.
    chromium = find_chromium() if pdf else None
    rendered = render_reports(Home(home), run, read_settings(home, config), "claims-audit report")
    folder = rendered.page.parent
    # Those of the house and of management were written with the others.
    page = (
        write_profile(rendered.report, folder, chosen) if chosen.name == "counsel" else folder / f"{chosen.stem}.html"
    )
    printed = print_profile(rendered.report, folder, chosen, chromium) if chromium else None
    seal_again(Home(home), sorted(path for path in folder.iterdir() if path.is_file()))
    if as_json:
        is_management = chosen.name == "management"
        said = build_management(rendered.report) if is_management else rendered.report
        dollars = {name: str(amount) for name, amount in rendered.dollars.items()}
        print_json(
            {
                "report": str(page),
                "pdf": None if printed is None else str(printed),
                # Management is told dollars only where its report shows them.
                **({} if is_management else {"dollars_at_risk": dollars}),
                "findings_digest": rendered.findings_digest,
                "content": as_object(said, chosen),
            }
        )
    else:
        sys.stdout.write("".join(f"Report: {path}\n" for path in (page, printed) if path))
    return int(ExitCode.DONE)
