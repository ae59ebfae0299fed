"""The command line: run | load | precheck | audit | report | findings | export | rejects | profile | policy | ...

Results go to standard output, as a short table or with --json as one object; progress and errors go to standard error.
"""

from __future__ import annotations

import atexit
import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Literal

import cyclopts
from cyclopts import App, Parameter

from claims_audit.errors import ExitCode, UsageError, exit_code_of, telling
from claims_audit.project import VERSION
from flows.backup_command import backup, restore
from flows.doctor_command import doctor
from flows.environment import prepare
from flows.export_command import export
from flows.findings_command import findings
from flows.notify_command import notify_app
from flows.options import HOME, AsJson, Config, FailOn, Full, HomeFolder, LakeFolder
from flows.policy_command import policy_app
from flows.precheck_command import precheck
from flows.profile_command import profile_app
from flows.reference_command import reference_app
from flows.rejects_command import rejects_app
from flows.report_command import report
from flows.review_command import review_app
from flows.verify_command import verify
from flows.work_papers_command import work_papers_app

app = App(
    name="claims-audit",
    version=VERSION,
    help="Audits group-therapy claims. Exit codes: 0 done, 10 done with warnings, 20 findings at or above --fail-on, "
    "64 usage, 65 gate failed and nothing published, 66 no input, 69 a program is not installed, 70 bug, "
    "73 cannot publish, 74 input/output, 75 another run holds the home, 78 configuration.",
    help_on_error=False,
)
app.command(export, name="export")
app.command(doctor, name="doctor")
app.command(findings, name="findings")
app.command(notify_app)
app.command(policy_app)
app.command(precheck, name="precheck")
app.command(report, name="report")
app.command(profile_app)
app.command(rejects_app)
app.command(review_app)
app.command(verify, name="verify")
app.command(backup, name="backup")
app.command(restore, name="restore")
app.command(work_papers_app)
app.command(reference_app)


@app.command(name="run")
def run(
    *,
    inbox: Annotated[
        list[str] | None,
        Parameter(help="Folders, files or URLs with what arrived; else inbox in the home.", negative=""),
    ] = None,
    home: HomeFolder = HOME,
    config: Config = None,
    fail_on: FailOn = None,
    full: Full = False,
    plain: Annotated[bool, Parameter(negative="", help="The same steps without Prefect.")] = False,
    as_json: AsJson = False,
) -> int:
    """The nightly audit: load what arrived, pass the gate, audit, publish, report."""
    home = home.absolute()
    prepare(home)
    from flows.console import show_night
    from flows.starting import start_night

    night = start_night("claims-audit run", home, inbox or [home / "inbox"], config)
    night.is_full = full
    night.home.create()
    try:
        if plain:
            from flows.night import run_plainly

            run_plainly(night)
        else:
            from flows.nightly import audit_claims

            audit_claims(night.run_id)
    finally:
        if as_json:
            show_night(night, as_json)
    if not as_json:
        show_night(night, as_json)
    return _with_findings(night.exit_code, night, fail_on)


@app.command(name="load")
def load(
    *paths: Annotated[str, Parameter(allow_leading_hyphen=True)],
    home: HomeFolder = HOME,
    config: Config = None,
    profile: Annotated[
        str | None, Parameter(help="Mapping profile for tables with columns of their own: its name, or its file.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Loads files, folders, URLs or - (standard input) and prints where every line went; the next audit judges them."""
    # A hyphen alone is standard input; whatever else begins with one was meant for an option.
    if unknown := [path for path in paths if path.startswith("-") and path != "-"]:
        raise UsageError(f"unknown option {unknown[0]}; see claims-audit load --help")
    if not paths:
        raise UsageError("name the files, folders or URLs to load, or - for standard input")
    home = home.absolute()
    prepare(home)
    from claims_audit.readers.tables.profile_file import find_profile
    from flows.console import print_json, show_files
    from flows.manifest import as_manifest
    from flows.night import hold_home, load_only
    from flows.starting import start_night

    night = start_night("claims-audit load", home, paths, config)
    night.profile = find_profile(profile, night.home.profiles) if profile else None
    try:
        with hold_home(night):
            load_only(night)
    finally:
        if as_json:
            print_json(as_manifest(night))
    if not as_json:
        show_files(night.files)
    return int(night.exit_code)


@app.command(name="audit")
def audit(
    *,
    home: HomeFolder = HOME,
    config: Config = None,
    engine: Annotated[Literal["duckdb", "spark"], Parameter(help="Where the checks run.")] = "duckdb",
    full: Full = False,
    lake: LakeFolder = None,
    master: Annotated[
        str | None, Parameter(help="URL of the Spark cluster, such as spark://host:7077; else this machine.")
    ] = None,
    conf: Annotated[
        list[str] | None, Parameter(help="A Spark setting, name=value; may be repeated.", negative="")
    ] = None,
    fail_on: FailOn = None,
    as_json: AsJson = False,
) -> int:
    """Runs the checks over what is loaded, publishes the result and reports on it; or, on Spark, over a lake."""
    if engine == "spark":
        from flows.lake_command import audit_on_spark

        return audit_on_spark(lake, master, config, conf or [], fail_on, as_json)
    if lake is not None or master is not None or conf:
        raise UsageError("--lake, --master and --conf belong to --engine spark")
    home = home.absolute()
    prepare(home)
    from flows.console import show_night
    from flows.night import audit_only, hold_home
    from flows.starting import start_night

    night = start_night("claims-audit audit", home, [], config)
    night.is_full = full
    try:
        with hold_home(night):
            audit_only(night)
    finally:
        if as_json:
            show_night(night, as_json)
    if not as_json:
        show_night(night, as_json)
    return _with_findings(night.exit_code, night, fail_on)


@app.command(name="sample-data")
def sample_data(
    folder: Path,
    *,
    sessions: Annotated[int, Parameter(help="Therapy sessions to make.")] = 600,
    seed: Annotated[int, Parameter(help="The same seed gives the same bytes.")] = 20240701,
    as_json: AsJson = False,
) -> int:
    """Makes a made-up practice: deliveries in FOLDER/inbox, its planted mistakes in FOLDER/truth.csv.

    FOLDER/reference has the lists for `reference load`, FOLDER/policy what goes to <home>/policy, and FOLDER/audit.toml
    turns every pack on.
    """
    from claims_audit.sample_practice import write_sample_practice

    summary = write_sample_practice(folder, sessions=sessions, seed=seed)
    if as_json:
        from flows.console import print_json

        print_json({name: getattr(summary, name) for name in type(summary).__dataclass_fields__})
    else:
        sys.stdout.write(
            f"{summary.claim_lines:,} claim lines of {summary.sessions:,} sessions in {folder / 'inbox'}, "
            f"{sum(summary.findings.values()):,} planted mistakes in {folder / 'truth.csv'}\n"
            f"To find all of them: copy {folder / 'policy'} to <home>/policy, `reference load` providers, eligibility "
            f"and fee-schedule from {folder / 'reference'}, and run with --config {folder / 'audit.toml'}\n"
        )
    return int(ExitCode.DONE)


def _with_findings(exit_code: int, night: object, fail_on: str | None) -> int:
    if fail_on is None:
        return int(exit_code)
    from flows.night import Night, has_finding_of

    if isinstance(night, Night) and has_finding_of(night, fail_on):
        return int(ExitCode.FINDINGS)
    return int(exit_code)


def main() -> None:
    """Entry point: turns every ending into its exit code."""
    # Registered first and so run last: libraries in C++ list their own left-overs on standard error after everything.
    atexit.register(silence_last_words)
    # Whatever is imported from here on finds telemetry off, even for a command that needs no home.
    from flows.environment import QUIET

    os.environ.update(QUIET)
    raise SystemExit(_main(sys.argv[1:]))


def _main(arguments: list[str]) -> int:
    try:
        code = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
        return code if isinstance(code, int) else int(ExitCode.DONE)
    except cyclopts.CycloptsError as error:
        return _fail(ExitCode.USAGE, f"{' '.join(str(error).split())}; see claims-audit --help")
    except BrokenPipeError:
        return int(ExitCode.IO_ERROR)
    except (Exception, KeyboardInterrupt) as error:
        code = exit_code_of(error)
        if code is ExitCode.BUG:
            # Where it happened is told; the text of a foreign exception may hold values from claims and is not.
            for frame in traceback.extract_tb(error.__traceback__):
                sys.stderr.write(f"  {frame.filename}:{frame.lineno} in {frame.name}\n")
        return _fail(code, telling(error))


def silence_last_words() -> None:
    """Nothing more reaches standard error in this process; for the very end of it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _fail(code: int, message: str) -> int:
    sys.stderr.write(f"claims-audit: {message}\n")
    return int(code)


if __name__ == "__main__":
    main()
