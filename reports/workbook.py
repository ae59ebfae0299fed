"""Writes a report as an Excel workbook: Summary, Findings, Claim lines, Denials, Checks and Files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.workbook import Workbook

from claims_audit.errors import StorageError
from reports import words
from reports.atomic import replacing
from reports.finding_data import cite_policy, describe_policy, evidence_items, parse_evidence, review_items
from reports.sheet import CLASSIFICATION, Column, Kind, Styles, set_up_print, write_cell, write_table
from reports.value import AuditReport, CheckOutcome, ClaimLine, FileRow, Finding, FindingLine

LineRow = tuple[Finding, FindingLine, ClaimLine | None]

# Nothing in a cell is guessed at: a text is a text whatever it looks like.
OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
}


# With the lines behind them these take a minute to write and 30 MB; the exports hold them all.
FINDINGS_IN_WORKBOOK: Final = 50_000


def write_workbook(report: AuditReport, path: Path, most: int = FINDINGS_IN_WORKBOOK) -> None:
    """Writes the workbook and puts it in place in one step; equal reports give equal cells.

    Of more findings than `most` the most pressing are listed, and the summary says how many are not.
    """
    report = replace(report, findings=report.findings[:most])
    with replacing(path) as draft:
        # The writer's own temporary files hold the same data, so they stay in the folder of the report.
        book = Workbook(str(draft), {**OPTIONS, "tmpdir": str(draft.parent)})
        book.set_properties(
            {"title": "Group therapy claims audit", "comments": CLASSIFICATION, "created": report.run.started_at}
        )
        styles = Styles(book)
        _write_summary(book, styles, report)
        write_table(book, styles, "Findings", _finding_columns(report), report.findings)
        write_table(book, styles, "Claim lines", LINE_COLUMNS, line_rows(report))
        write_table(book, styles, "Denials", DENIAL_COLUMNS, _denials(report))
        write_table(book, styles, "Checks", CHECK_COLUMNS, report.checks)
        write_table(book, styles, "Files", FILE_COLUMNS, report.quality.files)
        try:
            book.close()
        except FileCreateError as error:
            raise StorageError(f"The file {path.name} could not be written; is the disk full?") from error


def _write_summary(book: Workbook, styles: Styles, report: AuditReport) -> None:
    sheet = book.add_worksheet("Summary")
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 1, 70)
    set_up_print(sheet)
    sheet.write_string(0, 0, "Group therapy claims audit", styles.title)
    sheet.write_string(1, 0, CLASSIFICATION, styles.caution)
    row = 2
    for label, value, kind in _summary_rows(report):
        row += 1
        if kind is None:
            row += 1
            sheet.write_string(row, 0, label, styles.section)
            continue
        sheet.write_string(row, 0, label, styles.label)
        write_cell(sheet, row, 1, value, kind, styles)


def _summary_rows(report: AuditReport) -> Iterator[tuple[str, Any, Kind | None]]:
    """Label, value and kind; a row without a kind opens a section."""
    verdict, totals, run = report.verdict, report.totals, report.run
    yield "Verdict", verdict.title, "text"
    for reason in (*(reason.text for reason in verdict.reasons), *verdict.notes):
        yield "", reason, "wrapped"
    yield "Data through", verdict.data_through, "date"
    yield "Stale by days at the run", verdict.stale_days, "count"
    yield "Figures", None, None
    yield "Potential overpayment exposure, C1 to C3", totals.money.overpayment, "money"
    yield "The same, weighted by certainty, C1 to C5", totals.weighted_overpayment, "money"
    yield "  of Medicare and Medicaid", totals.federal.overpayment, "money"
    yield "  of other payers", totals.other_payers.overpayment, "money"
    yield "Potential underpayment, C1 to C3", totals.money.underpayment, "money"
    yield "  that may still be got back", totals.recoverable, "money"
    yield "Documentation", totals.money.documentation, "money"
    yield "Leads, in no total", totals.money.leads, "money"
    yield "Underpayment leads, in no total", totals.money.underpayment_leads, "money"
    yield "Findings", totals.findings, "count"
    yield "Claim lines with a finding", totals.flagged_lines, "count"
    yield "Claim lines that count", totals.lines, "count"
    yield "Claims", totals.claims, "count"
    yield "Members", totals.members, "count"
    if report.findings_left_out:
        yield "Findings not listed here; the CSV and Parquet exports have them", report.findings_left_out, "count"
    yield "Since the last run", None, None
    yield "Last run", report.changes.previous_run_id or "none: this is the first", "text"
    for state in report.changes.states:
        yield words.STATES[state.state], state.findings, "count"
    yield "Seen again after they had been gone", report.changes.reopened, "count"
    for name, is_other in (
        ("Rules", report.changes.are_rules_others),
        ("Policies", report.changes.are_policies_others),
    ):
        if is_other is not None:
            yield f"{name} since the last run", "others" if is_other else "the same", "text"
    yield "Review", None, None
    yield "Findings with a decision that stands", report.reviews.reviewed, "count"
    yield "Changed since they were reviewed", report.reviews.changed_since, "count"
    yield "Not reviewed yet", report.reviews.unreviewed, "count"
    yield "Suppressed for a time, and counted", report.reviews.suppressed, "count"
    yield "Potential overpayment by payer, C1 to C3", None, None
    for payer in report.payers:
        yield payer.payer_name, payer.money.overpayment, "money"
    yield "Provenance", None, None
    yield "Run", run.run_id, "text"
    yield "Command", report.provenance.command, "wrapped"
    yield "Started (UTC)", run.started_at, "time"
    yield "Data view", words.DATA_VIEWS.get(run.data_view, run.data_view), "text"
    yield "claims-audit", run.code_version, "text"
    yield "Findings digest (SHA-256)", report.findings_digest, "text"
    yield "Rule set (SHA-256)", run.rule_set_sha, "text"
    yield "Policies (SHA-256)", run.policy_sha, "text"
    yield "Snapshot (SHA-256)", report.provenance.snapshot_sha, "text"


def _finding_columns(report: AuditReport) -> tuple[Column[Finding], ...]:
    titles, policies = report.check_titles, report.policies

    def policy(finding: Finding) -> str | None:
        row = policies.get(finding.policy_id or "")
        return f"{describe_policy(row)}. Source: {cite_policy(row)}" if row else None

    return (
        Column("Finding", 18, "text", lambda f: f.finding_id),
        Column("Severity", 10, "text", lambda f: words.as_label(f.severity)),
        Column("Rule", 7, "text", lambda f: f.rule),
        Column("Check", 34, "wrapped", lambda f: titles.get(f.check_id, f.check_id)),
        Column("What was found", 60, "wrapped", lambda f: f.message),
        Column("Date of service", 12, "date", lambda f: f.date_of_service),
        Column("Payer", 22, "text", lambda f: f.payer_name),
        Column("Member", 16, "text", lambda f: f.member_id),
        Column("Rendering NPI", 13, "text", lambda f: f.rendering_provider_npi),
        Column("Direction", 22, "text", lambda f: words.DIRECTIONS.get(f.direction, f.direction)),
        Column("Certainty", 10, "text", lambda f: f.certainty),
        Column("How sure", 20, "text", lambda f: words.CERTAINTIES.get(f.certainty)),
        Column("Verdict", 26, "text", lambda f: words.VERDICTS.get(f.verdict, f.verdict)),
        Column("Potential exposure", 13, "money", lambda f: f.exposure_amount),
        Column("At most", 13, "money", lambda f: f.exposure_ceiling_amount),
        Column("State", 14, "text", lambda f: words.STATES.get(f.state, f.state)),
        Column("Review", 20, "text", lambda f: words.REVIEW_STATES[f.review_state]),
        Column("Decision", 40, "wrapped", lambda f: "\n".join(f"{name}: {value}" for name, value in review_items(f))),
        Column("Recommended action", 50, "wrapped", lambda f: f.recommended_action),
        Column("Claim lines", 30, "text", _claim_lines),
        Column("Session", 24, "text", lambda f: f.session_key),
        Column("Evidence", 60, "wrapped", lambda f: "; ".join(f"{name}: {value}" for name, value in evidence_items(f))),
        Column("Policy", 50, "wrapped", policy),
        Column("Evidence (JSON)", 30, "text", lambda f: f.evidence),
        Column("First seen in run", 22, "text", lambda f: f.first_seen_run),
        Column("Check id", 26, "text", lambda f: f.check_id),
        Column("Policy id", 20, "text", lambda f: f.policy_id),
        Column("Payer id", 14, "text", lambda f: f.payer_id),
    )


def _claim_lines(finding: Finding) -> str:
    return ";".join(f"{line.patient_control_number}:{line.claim_line_number}" for line in finding.lines)


def line_rows(report: AuditReport) -> Iterator[LineRow]:
    """Each finding with each of its claim lines."""
    for finding in report.findings:
        for line in finding.lines:
            yield finding, line, report.claim_lines.get(line.claim_line_id)


def _fact(title: str, width: int, kind: Kind, name: str) -> Column[LineRow]:
    """A column of the claim line itself; empty where the line is no longer held."""
    return Column(title, width, kind, lambda row: None if row[2] is None else getattr(row[2], name))


LINE_COLUMNS: tuple[Column[LineRow], ...] = (
    Column("Finding", 18, "text", lambda row: row[0].finding_id),
    Column("Rule", 7, "text", lambda row: row[0].rule),
    Column("Check id", 26, "text", lambda row: row[0].check_id),
    Column("Claim", 20, "text", lambda row: row[1].patient_control_number),
    Column("Line", 7, "count", lambda row: row[1].claim_line_number),
    Column("At risk", 12, "money", lambda row: row[1].exposure_amount),
    _fact("Date of service", 12, "date", "date_of_service"),
    _fact("Session start", 17, "time", "session_start_at"),
    _fact("Session end", 17, "time", "session_end_at"),
    _fact("Procedure code", 11, "text", "procedure_code"),
    _fact("Modifiers", 12, "text", "modifiers"),
    _fact("Code reimbursed", 11, "text", "reimbursed_code"),
    _fact("Units", 8, "decimal", "service_units"),
    _fact("Charge", 12, "money", "charge_amount"),
    _fact("Allowed", 12, "money", "allowed_amount"),
    _fact("Paid", 12, "money", "paid_amount"),
    _fact("Member", 16, "text", "member_id"),
    _fact("Payer id", 14, "text", "payer_id"),
    _fact("Rendering NPI", 13, "text", "rendering_provider_npi"),
    _fact("Billing NPI", 13, "text", "billing_provider_npi"),
    _fact("Place of service", 9, "text", "place_of_service_code"),
    _fact("File", 26, "text", "file_name"),
    _fact("From byte", 12, "count", "byte_start"),
    _fact("To byte", 12, "count", "byte_end"),
)


def _denials(report: AuditReport) -> list[Finding]:
    """The work list: the most dollars first, then the nearest last day."""
    denials = [finding for finding in report.findings if finding.check_id == DENIAL_CHECK]
    return sorted(
        denials, key=lambda row: (-row.exposure_amount, _told(row, "last_day") or "9999-12-31", row.finding_id)
    )


def _told(finding: Finding, name: str) -> str | None:
    """One value of the evidence; None where the check does not tell it."""
    evidence = parse_evidence(finding)
    value = evidence.get(name) if isinstance(evidence, dict) else None
    return None if value is None else str(value)


def _told_day(finding: Finding, name: str) -> date | None:
    told = _told(finding, name)
    return None if told is None else date.fromisoformat(told)


DENIAL_CHECK = "denied_but_correctable"
DENIAL_COLUMNS: tuple[Column[Finding], ...] = (
    Column("Finding", 18, "text", lambda f: f.finding_id),
    Column("Expected value", 13, "money", lambda f: f.exposure_amount),
    Column("Last day", 12, "date", lambda f: _told_day(f, "last_day")),
    Column("What to do", 40, "wrapped", lambda f: _told(f, "remedy_text")),
    Column("Can be got back", 10, "text", lambda f: "yes" if _told(f, "is_recoverable") == "True" else "no"),
    Column("Reason", 11, "text", lambda f: _told(f, "denial_code")),
    Column("Remark", 9, "text", lambda f: _told(f, "remark_code")),
    Column("Class", 15, "text", lambda f: words.as_label(_told(f, "remedy_code") or "")),
    Column("Points to rules", 16, "text", lambda f: _told(f, "denial_rules")),
    Column("Procedure code", 11, "text", lambda f: _told(f, "procedure_code")),
    Column("Date of service", 12, "date", lambda f: f.date_of_service),
    Column("Payer", 22, "text", lambda f: f.payer_name),
    Column("Member", 16, "text", lambda f: f.member_id),
    Column("Claim lines", 30, "text", _claim_lines),
)

CHECK_COLUMNS: tuple[Column[CheckOutcome], ...] = (
    Column("Rule", 7, "text", lambda row: row.info.rule),
    Column("Check", 40, "wrapped", lambda row: row.info.title),
    Column("Check id", 28, "text", lambda row: row.info.check_id),
    Column("Family", 14, "text", lambda row: row.info.family),
    Column("Severity", 10, "text", lambda row: words.as_label(row.info.severity)),
    Column("Status", 15, "text", lambda row: words.STATUSES.get(row.status, row.status)),
    Column("Reason", 40, "wrapped", lambda row: row.reason),
    Column("Lines examined", 12, "count", lambda row: row.lines_examined),
    Column("Lines not checked", 12, "count", lambda row: row.lines_not_checked),
    Column("Findings", 10, "count", lambda row: row.findings),
    Column("Lines with a finding", 12, "count", lambda row: row.flagged_lines),
    Column("Rate", 9, "percent", lambda row: row.rate),
    Column("Reviewed", 10, "count", lambda row: row.precision.reviewed),
    Column("Confirmed", 10, "count", lambda row: row.precision.confirmed),
    Column("Precision", 9, "percent", lambda row: row.precision.share),
    Column("Potential overpayment", 14, "money", lambda row: row.money.overpayment),
    Column("Potential underpayment", 14, "money", lambda row: row.money.underpayment),
    Column("Documentation", 14, "money", lambda row: row.money.documentation),
    Column("Leads", 14, "money", lambda row: row.money.leads),
    Column("Seconds", 9, "decimal", lambda row: row.seconds),
    Column("Reference", 40, "wrapped", lambda row: row.info.reference),
)


def _dollars(cents: int) -> Decimal:
    return Decimal(cents) / 100


FILE_COLUMNS: tuple[Column[FileRow], ...] = (
    Column("File", 34, "text", lambda row: row.file_name),
    Column("Of this run", 9, "text", lambda row: "yes" if row.is_of_run else "no"),
    Column("Format", 18, "text", lambda row: words.FORMATS.get(row.format_code, row.format_code)),
    Column("Bytes", 13, "count", lambda row: row.byte_count),
    Column("Loaded at (UTC)", 17, "time", lambda row: row.loaded_at),
    Column("Lines in", 11, "count", lambda row: row.lines.total),
    Column("Lines loaded", 11, "count", lambda row: row.lines.loaded),
    Column("Lines quarantined", 11, "count", lambda row: row.lines.quarantined),
    Column("Lines superseded", 11, "count", lambda row: row.lines.superseded),
    Column("Lines duplicate", 11, "count", lambda row: row.lines.duplicate),
    Column("Lines other", 11, "count", lambda row: row.lines.other),
    Column("Charges in", 14, "money", lambda row: _dollars(row.cents.total)),
    Column("Charges loaded", 14, "money", lambda row: _dollars(row.cents.loaded)),
    Column("Charges quarantined", 14, "money", lambda row: _dollars(row.cents.quarantined)),
    Column("Charges superseded", 14, "money", lambda row: _dollars(row.cents.superseded)),
    Column("Charges duplicate", 14, "money", lambda row: _dollars(row.cents.duplicate)),
    Column("Charges other", 14, "money", lambda row: _dollars(row.cents.other)),
    Column("Balances", 9, "text", lambda row: "yes" if row.lines.balances and row.cents.balances else "NO"),
    Column("Warnings", 60, "wrapped", lambda row: "\n".join(row.warnings)),
    Column("SHA-256", 66, "text", lambda row: row.sha256),
)
