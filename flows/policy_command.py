"""claims-audit policy show | check | diff: which rows apply, whether an own file is sound, what it would change."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter

from claims_audit.errors import ConfigurationError, ExitCode
from flows.environment import prepare
from flows.options import HOME, AsJson, Config, HomeFolder

if TYPE_CHECKING:
    from claims_audit.policy_change import FindingChange, PolicyChange
    from claims_audit.policy_file import PolicyFileReport

policy_app = App(name="policy", help="Which policy rows apply, and why; and what rows of your own would change.")

_SHOWN = 50  # lines of changes on a terminal; --json has all


@policy_app.command(name="show")
def policy_show(
    *,
    payer: Annotated[str, Parameter(help="Key of the payer, as the claims carry it.")],
    date: Annotated[date, Parameter(name="--date", help="Date of service, YYYY-MM-DD.")],
    code: Annotated[str | None, Parameter(help="Procedure code; else all that have a rule.")] = None,
    place: Annotated[str, Parameter(help="Place of service.")] = "11",
    home: HomeFolder = HOME,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Shows which policy row applies to a payer and code on a day, and why."""
    prepare(home.absolute())
    from checks.schemas import ROW_SCHEMAS
    from claims_audit.home import Home
    from claims_audit.policy import explain_policy
    from claims_audit.settings import read_settings
    from flows.console import as_rows, print_json, show_policy

    rules = explain_policy(Home(home.absolute()), read_settings(home, config), ROW_SCHEMAS, payer, date, code, place)
    if as_json:
        print_json({"payer_id": payer, "date_of_service": date.isoformat(), "rules": as_rows(rules)})
    else:
        show_policy(rules)
    return int(ExitCode.DONE)


@policy_app.command(name="check")
def policy_check(file: Path, *, home: HomeFolder = HOME, as_json: AsJson = False) -> int:
    """Validates your own CSV of policies or payers: every fault with row and remedy, else what it adds and replaces.

    Exit code 78 if something is wrong with it. Nothing is changed.
    """
    prepare(home.absolute())
    from flows.console import print_json

    report = _check(file, home)
    if as_json:
        print_json({"file": str(file), "is_sound": report.is_sound, **asdict(report)})
    else:
        _show_check(file, report)
    return int(ExitCode.DONE if report.is_sound else ExitCode.CONFIGURATION)


@policy_app.command(name="diff")
def policy_diff(file: Path, *, home: HomeFolder = HOME, config: Config = None, as_json: AsJson = False) -> int:
    """What if: shows which findings would come, go or change if your CSV held. Nothing is changed."""
    home = home.absolute()
    prepare(home)
    from checks.schemas import ROW_SCHEMAS
    from claims_audit.errors import NoInputError
    from claims_audit.home import Home
    from claims_audit.policy_change import compare_policies
    from claims_audit.settings import read_settings
    from flows.console import print_json
    from flows.starting import tell_progress

    report = _check(file, home)
    if not report.is_sound:
        sys.stderr.writelines(f"{_as_line(fault)}\n" for fault in report.faults)
        raise ConfigurationError(f"{file}: {len(report.faults)} faults; mend them first, nothing was compared")
    place = Home(home)
    if not place.warehouse.is_file():
        raise NoInputError(f"{home}: nothing is loaded yet; call `claims-audit load` first")
    with place.lock("claims-audit policy diff"):
        change = compare_policies(file, place, read_settings(home, config), ROW_SCHEMAS, tell_progress)
    if as_json:
        print_json(_as_object(file, report, change))
    else:
        _show_change(change)
    return int(ExitCode.DONE_WITH_WARNINGS if change.checks_failed else ExitCode.DONE)


def _check(file: Path, home: Path) -> PolicyFileReport:
    from checks.schemas import ROW_SCHEMAS
    from checks.schemas.payer_policy import RULE_VALUES
    from claims_audit.home import Home
    from claims_audit.policy_file import check_policy_file

    return check_policy_file(file, Home(home.absolute()), ROW_SCHEMAS, RULE_VALUES)


def _as_line(fault: Any) -> str:
    where = f"row {fault.row}" if fault.row else "file"
    what = f"{fault.column} {fault.reason}" if fault.column and fault.reason_code != "tie" else fault.reason
    return f"{where}: {what}; {fault.remedy}"


def _show_check(file: Path, report: PolicyFileReport) -> None:
    out = sys.stdout
    kind = "payers" if report.table == "payer" else "policies"
    if report.faults:
        out.write(f"{file}: {len(report.faults)} faults; a run would stop at it.\n")
        out.writelines(f"{_as_line(fault)}\n" for fault in report.faults)
    else:
        out.write(
            f"{file}: {report.row_count:,} {kind}, all sound; {len(report.added):,} would be added, "
            f"{len(report.replaced):,} would take the place of others.\n"
        )
        out.writelines(f"adds {key}\n" for key in report.added)
        for row in report.replaced:
            whose = "the shipped row" if row.where == "shipped" else f"the row of {row.where}"
            changes = "; ".join(f"{name} {_blank(old)} -> {_blank(new)}" for name, (old, new) in row.changes.items())
            out.write(f"row {row.row}: replaces {whose} {row.key}: {changes or 'nothing differs'}\n")
    out.writelines(f"note: {notice}\n" for notice in report.notices)


def _blank(value: object) -> str:
    return "(empty)" if value is None else str(value)


def _show_change(change: PolicyChange) -> None:
    out = sys.stdout
    out.write(
        f"{change.count('added'):,} findings would be added, {change.count('gone'):,} would be gone, "
        f"{change.count('changed'):,} would change; {change.finding_count_before:,} now, "
        f"{change.finding_count_after:,} then.\n"
    )
    for direction in sorted(change.dollars_before.keys() | change.dollars_after.keys()):
        before = change.dollars_before.get(direction, Decimal(0))
        after = change.dollars_after.get(direction, Decimal(0))
        out.write(f"{direction}: {before:,.2f} dollars now, {after:,.2f} then\n")
    for (kind, check_id), count in sorted(Counter((c.kind, c.finding.check_id) for c in change.changes).items()):
        out.write(f"{kind} {check_id}: {count:,}\n")
    for one in change.changes[:_SHOWN]:
        out.write(f"{_change_line(one)}\n")
    if len(change.changes) > _SHOWN:
        out.write(f"... and {len(change.changes) - _SHOWN:,} more; --json has all\n")
    if change.checks_failed:
        out.write(f"checks that failed and are not compared: {', '.join(change.checks_failed)}\n")


def _change_line(change: FindingChange) -> str:
    found = change.finding
    head = f"{change.kind} {found.check_id} {found.date_of_service} {found.payer_id} {';'.join(change.claim_lines)}"
    if change.kind == "changed":
        parts = [f"{name} {_blank(old)} -> {_blank(change.after[name])}" for name, old in change.before.items()]
    else:
        parts = [
            found.verdict,
            found.certainty,
            found.direction,
            f"{found.exposure_amount:,.2f}",
            _blank(found.policy_id),
        ]
    return f"{head}: {', '.join(parts)}"


def _as_object(file: Path, report: PolicyFileReport, change: PolicyChange) -> dict[str, Any]:
    return {
        "file": str(file),
        "notices": report.notices,
        "checks": change.checks_run,
        "checks_failed": change.checks_failed,
        "findings_before": change.finding_count_before,
        "findings_after": change.finding_count_after,
        "dollars_before": {name: str(amount) for name, amount in change.dollars_before.items()},
        "dollars_after": {name: str(amount) for name, amount in change.dollars_after.items()},
        "counts": {kind: change.count(kind) for kind in ("added", "gone", "changed")},
        "dollars": {kind: _dollars_of(change, kind) for kind in ("added", "gone", "changed")},
        "changes": [
            {
                "change": one.kind,
                "finding_id": one.finding.finding_id,
                "check_id": one.finding.check_id,
                "rule": one.finding.rule,
                "date_of_service": one.finding.date_of_service.isoformat(),
                "payer_id": one.finding.payer_id,
                "member_id": one.finding.member_id,
                "claim_lines": one.claim_lines,
                "verdict": one.finding.verdict,
                "certainty": one.finding.certainty,
                "direction": one.finding.direction,
                "severity": one.finding.severity,
                "exposure_amount": str(one.finding.exposure_amount),
                "policy_id": one.finding.policy_id,
                "before": {name: _text(value) for name, value in one.before.items()},
                "after": {name: _text(value) for name, value in one.after.items()},
            }
            for one in change.changes
        ],
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _dollars_of(change: PolicyChange, kind: str) -> dict[str, str]:
    totals: dict[str, Decimal] = {}
    for one in change.changes:
        if one.kind == kind:
            totals[one.finding.direction] = totals.get(one.finding.direction, Decimal(0)) + one.finding.exposure_amount
    return {direction: str(amount) for direction, amount in sorted(totals.items())}
