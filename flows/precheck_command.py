"""claims-audit precheck: claims that are not sent yet, held against the history; what to fix, line by line."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from claims_audit.errors import ExitCode, UsageError
from flows.environment import prepare
from flows.options import HOME, AsJson, Config, HomeFolder

if TYPE_CHECKING:
    from claims_audit.precheck.running import Place, Precheck, Problem

AMOUNTS = (
    "Dollars are what the lines are expected to be worth: nobody has paid them yet, so the amount is what the payer "
    "allowed before, else the national fee, else the charge."
)
UNSENT = "Nothing has been sent: where the text speaks of a replacement, a void or a refund, correct the claim itself."


def precheck(
    *paths: Annotated[str, Parameter(allow_leading_hyphen=True)],
    home: HomeFolder = HOME,
    config: Config = None,
    profile: Annotated[
        str | None, Parameter(help="Mapping profile for tables with columns of their own: its name, or its file.")
    ] = None,
    as_json: AsJson = False,
) -> int:
    """Checks claims that are not sent yet, in any format that load reads, against the history; changes nothing.

    Exit code 20 if something is wrong, 0 if nothing is, 66 if no file can be read.
    """
    if unknown := [path for path in paths if path.startswith("-") and path != "-"]:
        raise UsageError(f"unknown option {unknown[0]}; see claims-audit precheck --help")
    if not paths:
        raise UsageError("name the files, folders or URLs to check, or - for standard input")
    home = home.absolute()
    prepare(home)
    from checks.schemas import ROW_SCHEMAS
    from claims_audit.home import Home
    from claims_audit.precheck.running import precheck_files
    from claims_audit.readers.tables.profile_file import find_profile
    from claims_audit.settings import read_settings
    from flows.console import print_json
    from flows.starting import tell_progress

    place = Home(home)
    settings = read_settings(home, config)
    chosen = find_profile(profile, place.profiles) if profile else None
    with place.lock("claims-audit precheck") if place.warehouse.is_file() else nullcontext():
        told = precheck_files(paths, place, settings, ROW_SCHEMAS, tell_progress, chosen)
    code = _exit_code(told)
    if as_json:
        print_json(_as_object(told, code))
    else:
        _show(told)
    return int(code)


def _exit_code(told: Precheck) -> ExitCode:
    if not told.is_clean:
        return ExitCode.FINDINGS
    return ExitCode.DONE_WITH_WARNINGS if told.failed_checks else ExitCode.DONE


def _show(told: Precheck) -> None:
    out = sys.stdout
    wrong = sum(problem.is_wrong for problem in told.problems)
    history = f"{told.history_line_count:,} lines of history" if told.has_history else "no history"
    out.write(
        f"{told.line_count:,} lines in {len(told.files):,} files held against {history}: {wrong:,} to fix, "
        f"{len(told.problems) - wrong:,} to look at.\n"
    )
    for problem in told.problems:
        out.write(
            f"{_place(problem.place)} {'FIX' if problem.is_wrong else 'look'} {problem.check_id}: {problem.what}\n"
        )
        out.write(f"    {problem.what_to_do}\n")
        notes = [f"{problem.expected_amount:,.2f} dollars expected"] if problem.direction else []
        if problem.other_lines:
            notes.append(f"with lines already billed: {', '.join(problem.other_lines)}")
        if notes:
            out.write(f"    {'; '.join(notes)}\n")
    if told.problems:
        out.write(f"{UNSENT}\n")
    if told.expected_dollars:
        totals = ", ".join(f"{name} {amount:,.2f}" for name, amount in told.expected_dollars.items())
        out.write(f"Expected dollars by direction, of each line the most: {totals}. {AMOUNTS}\n")
    for report in told.files:
        for alert in report.alerts if report.status == "loaded" else ():
            out.write(f"note: {alert}\n")
    for result in told.results:
        if result.reason:
            out.write(f"{result.check_id}: {result.reason}\n")
    if told.left_out:
        out.write(f"Need a payer's answer or a look at all lines, and are left out: {', '.join(told.left_out)}\n")


def _place(place: Place) -> str:
    row = f" row {place.row}" if place.row else ""
    if place.patient_control_number is None:
        return f"{place.file_name}{row}"
    return (
        f"{place.file_name}{row}, claim {place.patient_control_number} line {place.claim_line_number} "
        f"({place.procedure_code} of {place.date_of_service})"
    )


def _as_object(told: Precheck, code: ExitCode) -> dict[str, Any]:
    return {
        "exit_code": int(code),
        "is_clean": told.is_clean,
        "has_history": told.has_history,
        "lines": told.line_count,
        "history_lines": told.history_line_count,
        "months": [f"{month:%Y-%m}" for month in told.months],
        "amounts": AMOUNTS,
        "expected_dollars": {name: str(amount) for name, amount in told.expected_dollars.items()},
        "problems": [_problem_row(problem) for problem in told.problems],
        "files": [report.as_dict() for report in told.files],
        "checks": [
            {"check_id": result.check_id, "status": result.status.value, "reason": result.reason}
            for result in told.results
        ],
        "left_out": told.left_out,
    }


def _problem_row(problem: Problem) -> dict[str, Any]:
    row = asdict(problem)
    return {**row.pop("place"), **row}
