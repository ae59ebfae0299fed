"""What the command line shows: short tables on standard output for people, one JSON object for machines."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from claims_audit.findings.finding import CheckResult, CheckStatus
from claims_audit.intake.report import CLASSES, FileReport
from claims_audit.intake.set_aside import SetAside
from claims_audit.policy import AppliedRule
from claims_audit.safeguards.examining import Safeguard
from claims_audit.warning_texts import warning_text
from flows.manifest import as_manifest
from flows.night import Night

if TYPE_CHECKING:
    import pyarrow as pa


_COLOURS = {
    **dict.fromkeys(("errored", "critical", "fail"), "bold red"),
    **dict.fromkeys(("found", "high", "warn"), "yellow"),
    **dict.fromkeys(("clear", "ok", "pass"), "green"),
    **dict.fromkeys(("not_checked", "not_applicable", "low", "info"), "dim"),
}


def open_console() -> Console:
    """Where tables are printed: colours and the width of the window on a terminal only."""
    # A pipe has no width of its own; numbers must not be cut.
    # What stands in brackets in a message or a file name is text and not markup.
    return Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else 120)


def print_json(content: object) -> None:
    """One JSON object on standard output."""
    json.dump(content, sys.stdout, indent=2, ensure_ascii=False, default=str)
    sys.stdout.write("\n")


def show_night(night: Night, as_json: bool) -> None:
    """The end of a run: files, lines, findings by check, dollars, and where the report is."""
    if as_json:
        print_json(as_manifest(night))
        return
    console = open_console()
    if night.files:
        console.print(_files_summary(night.files))
    if night.results:
        console.print(_checks_table(night))
        if night.months_kept:
            console.print(
                f"{night.months_audited} service months audited; in {night.months_kept} nothing has changed since they "
                "were audited last, and their findings stand",
                soft_wrap=True,
            )
        if left_out := [result.pack for result in night.results if result.is_left_out]:
            packs = ", ".join(sorted(set(left_out)))
            console.print(
                f"{len(left_out)} checks were not asked for: packs {packs}; see packs in audit.toml", soft_wrap=True
            )
    for name, label in (
        ("overpayment", "Potential overpayment"),
        ("overpayment_weighted", "  weighted by certainty"),
        ("underpayment", "Potential underpayment"),
        ("underpayment_recoverable", "  that may still be got"),
        ("leads", "Leads, in no total"),
    ):
        if name in night.dollars:
            console.print(f"{label:<26}{night.dollars[name]:>14,.2f} dollars")
    for warning in night.warnings:
        console.print(f"[bold]warning[/bold] {warning}", markup=True)
    if night.report is not None:
        console.print(f"Report: {night.report}", soft_wrap=True)


def show_files(files: Sequence[FileReport]) -> None:
    """The reconciliation, file by file, with what was noticed."""
    table = plain_table("file", "lines in", *CLASSES, "outcome")
    for report in files:
        table.add_row(
            report.name,
            f"{report.lines_in:,}",
            *(f"{report.lines[name]:,}" for name in CLASSES),
            report.status.replace("_", " "),
        )
    console = open_console()
    console.print(table)
    for report in files:
        if report.reason:
            reason = report.reason if report.status == "refused" else f"{report.name}: {report.reason}"
            console.print(reason, soft_wrap=True, markup=False)
        if report.status == "loaded":
            console.print(_reconciliation(report), soft_wrap=True, markup=False)
        for reason, count in sorted(report.other_reasons.items()):
            console.print(f"{report.name}: left out, {count:,} lines: {reason}", soft_wrap=True, markup=False)
        for change in report.column_changes:
            console.print(f"{report.name}: {change}", soft_wrap=True, markup=False)
        if report.matches:
            told = ", ".join(f"{count:,} {MATCH_TEXTS[basis]}" for basis, count in report.matches.items())
            console.print(f"{report.name}: lines of remittances: {told}", soft_wrap=True, markup=False)
        for code, count in sorted(report.reject_reasons.items()):
            console.print(f"{report.name}: set aside {count:,} times: {code.replace('_', ' ')}", markup=False)
        for code, count in sorted(report.warnings.items()):
            console.print(f"{report.name}: {warning_text(code, count)}", soft_wrap=True, markup=False)


# How a line of a remittance found its claim.
MATCH_TEXTS = {
    "line_control_number": "matched by line control number",
    "claim_number": "matched by claim number, code, date and charge",
    "claim_only": "matched to the claim as a whole",
    "code_date_charge": "matched by code, date and charge alone",
    "ambiguous": "fit several claims and are matched to none",
    "none": "belong to no claim that is loaded",
}


def _reconciliation(report: FileReport) -> str:
    """Bytes and cents in, and where they went; the lines are in the table above."""
    cents = ", ".join(f"{report.cents[name] / 100:,.2f} {name}" for name in CLASSES if report.cents[name])
    parts = ", ".join(f"{count:,} {name}" for name, count in report.bytes_by_class.items() if count)
    counts = " ".join(f"{name} {count:,}" for name, count in report.segment_counts.items())
    return (
        f"{report.name}: {report.bytes:,} bytes = {parts}; {report.records_in:,} records"
        + (f" ({counts})" if counts else "")
        + f"; charges {report.charge_in_cents / 100:,.2f}"
        + (f" = {cents}" if cents else "")
    )


_SHOWN_FINDINGS = 50


def show_findings(found: pa.Table) -> None:
    """The first findings, one a line, and how many more there are."""
    console = open_console()
    table = plain_table("date", "check", "severity", "direction", "certainty", "dollars", "finding", numeric=0)
    for row in found.slice(0, _SHOWN_FINDINGS).to_pylist():
        table.add_row(
            str(row["date_of_service"]),
            row["check_id"],
            coloured(row["severity"]),
            row["direction"],
            row["certainty"],
            f"{row['exposure_amount']:,.2f}",
            row["message"],
        )
    console.print(table)
    if found.num_rows > _SHOWN_FINDINGS:
        console.print(f"{_SHOWN_FINDINGS} of {found.num_rows:,} findings; --format csv or -o FILE has all of them")
    else:
        console.print(f"{found.num_rows:,} findings")


def show_lake_audit(manifest: Mapping[str, Any]) -> None:
    """The end of an audit of a lake: its checks, how many findings, and where they are."""
    console = open_console()
    results = [CheckResult(**{**check, "status": CheckStatus(check["status"])}) for check in manifest["checks"]]
    console.print(_results_table(results))
    states = ", ".join(f"{count:,} {state}" for state, count in sorted(manifest["states"].items()))
    console.print(
        f"{manifest['findings']:,} findings{f' ({states})' if states else ''} of run {manifest['run_id']} "
        f"over {sum(manifest['service_months'].values()):,} claim lines",
        soft_wrap=True,
    )
    for warning in manifest["warnings"]:
        console.print(f"[bold]warning[/bold] {warning}", markup=True)


def show_rejects(found: Sequence[SetAside]) -> None:
    """What was set aside, one range a line, each with its name for `rejects extract`."""
    console = open_console()
    table = plain_table("range", "file", "place", "lines", "reason", numeric=0)
    for item in found:
        place = f"line {item.source_line_number}" if item.source_line_number else item.segment_code or ""
        table.add_row(item.reject_id, item.file_name, place, f"{item.line_count:,}", item.reason_code)
    console.print(table)
    for reason in dict.fromkeys(f"{item.reason_code}: {item.reason}" for item in found):
        console.print(reason, soft_wrap=True, markup=False)


def show_editions(editions: Sequence[dict[str, Any]]) -> None:
    """The editions of reference tables, one a line."""
    table = plain_table("table", "whose", "from", "to", "origin", "file", "rows", numeric=1)
    for row in editions:
        whose = ", ".join(word for word in (row["program"], row["setting"]) if word) or "all"
        end = str(row["valid_to"] or "open")
        files = ", ".join(row["files"])
        table.add_row(row["kind"], whose, str(row["valid_from"]), end, row["origin"], files, f"{row['rows']:,}")
    open_console().print(table)


def show_safeguards(found: Sequence[Safeguard]) -> None:
    """The safeguards, one a line, and below what to do."""
    console = open_console()
    table = plain_table("safeguard", "verdict", "found", numeric=0)
    for one in found:
        table.add_row(one.name, coloured(one.verdict.value), one.found)
    console.print(table)
    for one in found:
        if one.remedy:
            console.print(f"{one.name}: {one.remedy}", soft_wrap=True, markup=False)


def show_policy(rules: Sequence[AppliedRule]) -> None:
    """The rules that apply, one a line, with the reason."""
    console = open_console()
    table = plain_table("code", "parameter", "value", "policy row", "level", numeric=0)
    for rule in rules:
        table.add_row(rule.procedure_code, rule.rule_key, rule.rule_value, rule.policy_id, rule.level)
    console.print(table)
    for why in dict.fromkeys(f"{rule.policy_id}: {rule.why}" for rule in rules):
        console.print(why, soft_wrap=True, markup=False)


def _files_summary(files: Sequence[FileReport]) -> Table:
    table = plain_table("outcome", "files", "lines in", *CLASSES)
    for status in dict.fromkeys(report.status for report in files):
        chosen = [report for report in files if report.status == status]
        table.add_row(
            status.replace("_", " "),
            f"{len(chosen):,}",
            f"{sum(report.lines_in for report in chosen):,}",
            *(f"{sum(report.lines[name] for report in chosen):,}" for name in CLASSES),
        )
    return table


def _checks_table(night: Night) -> Table:
    return _results_table(night.results)


def _results_table(results: Sequence[CheckResult]) -> Table:
    table = plain_table("check", "status", "lines examined", "not judged", "findings", numeric=3)
    order = list(CheckStatus)
    ran = [result for result in results if not result.is_left_out]
    for result in sorted(ran, key=lambda result: (order.index(result.status), result.check_id)):
        table.add_row(
            result.check_id,
            coloured(result.status.value),
            f"{result.lines_examined:,}",
            f"{result.lines_not_checked:,}",
            f"{result.finding_count:,}",
        )
    return table


def coloured(code: str) -> Text:
    """A status, severity or verdict in words; the colour repeats what the word says, and a pipe gets the word alone."""
    return Text(code.replace("_", " "), style=_COLOURS.get(code, ""))


def plain_table(*columns: str, numeric: int | None = None) -> Table:
    """A plain table; all columns but the first and a textual last one hold numbers, or the last `numeric` ones."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for at, column in enumerate(columns):
        is_number = at > 0 and column != "outcome" if numeric is None else at >= len(columns) - numeric
        table.add_column(column, justify="right" if is_number else "left", no_wrap=is_number, overflow="fold")
    return table


def as_rows(rules: Sequence[AppliedRule]) -> list[dict[str, Any]]:
    """The rules as JSON rows."""
    return [{name: getattr(rule, name) for name in AppliedRule.__dataclass_fields__} for rule in rules]
