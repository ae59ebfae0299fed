"""The columns of the sheet Review of the work-papers: facts that are locked, and cells that a reviewer fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from claims_audit.review.event import REASONS, Disposition
from reports import words
from reports.finding_data import cite_policy, describe_policy, evidence_items
from reports.sheet import Kind, fitting
from reports.value import AuditReport, ClaimLine, Finding


@dataclass(frozen=True, slots=True)
class WorkRow:
    """A finding with its claim lines, as one row of the sheet."""

    finding: Finding
    lines: tuple[ClaimLine, ...]
    check_title: str
    policy: str | None


@dataclass(frozen=True, slots=True)
class WorkColumn:
    """`detail` names what a reviewer fills in, as an event of the review calls it; None for a fact."""

    title: str
    width: int
    kind: Kind
    meaning: str
    value: Callable[[WorkRow], Any]
    detail: str | None = None
    choices: tuple[str, ...] = ()
    is_hidden: bool = False


# What a reviewer writes about a decision beside the details of the event itself.
REVIEWER: Final = "reviewer"
FINDING_ID: Final = "Finding id"
ROW_VERSION: Final = "Row version"
EVIDENCE_SHA: Final = "Evidence (SHA-256)"

DISPOSITIONS: Final = {words.REVIEW_STATES[disposition]: disposition.value for disposition in Disposition}
REASON_CODES: Final = tuple(dict.fromkeys(code for codes in REASONS.values() for code in codes))


def work_rows(report: AuditReport) -> list[WorkRow]:
    """Each finding of the report as a row, in its order."""
    titles = report.check_titles
    rows = []
    for finding in report.findings:
        lines = [report.claim_lines.get(line.claim_line_id) for line in finding.lines]
        policy = report.policies.get(finding.policy_id or "")
        rows.append(
            WorkRow(
                finding,
                tuple(line for line in lines if line is not None),
                titles.get(finding.check_id, finding.check_id),
                f"{describe_policy(policy)}. Source: {cite_policy(policy)}" if policy else None,
            )
        )
    return rows


def as_fact(value: object, kind: Kind) -> str:
    """A cell as text, the same for what was written and for what a spreadsheet program has made of it."""
    if value is None:
        return ""
    if kind in ("text", "wrapped"):
        return fitting(str(value)).replace("\r\n", "\n").replace("\r", "\n").strip()
    if isinstance(value, datetime):
        return value.date().isoformat() if kind == "date" else value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return as_cents(value) or str(value)


def as_cents(value: object) -> str | None:
    """Dollars with two decimals; None for what is no amount in whole cents."""
    try:
        amount = Decimal(str(value).strip().removeprefix("$").replace(",", ""))
        if not amount.is_finite():
            return None
        cents = amount.quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
    # A spreadsheet holds binary fractions: what is off by less than a hundredth of a cent is that.
    return f"{cents:.2f}" if abs(amount - cents) < Decimal("0.0001") else None


def _joined(values: list[str]) -> str | None:
    return "; ".join(dict.fromkeys(value for value in values if value)) or None


def _code(line: ClaimLine) -> str:
    return f"{line.procedure_code} {line.modifiers}".strip()


def _allowed(row: WorkRow) -> Decimal | None:
    amounts = [line.allowed_amount for line in row.lines if line.allowed_amount is not None]
    return sum(amounts, Decimal(0)) if amounts else None


def _difference(row: WorkRow) -> Decimal | None:
    review, allowed = row.finding.review, _allowed(row)
    if review is None or review.correct_amount is None or allowed is None:
        return None
    return allowed - review.correct_amount


def _decided(name: str) -> Callable[[WorkRow], Any]:
    return lambda row: getattr(row.finding.review, name) if row.finding.review else None


# The first nine are those of the claims review report of an integrity agreement with the OIG.
COLUMNS: Final[tuple[WorkColumn, ...]] = (
    WorkColumn("Program billed", 20, "text", "Payer to whom the claim was sent.", lambda row: row.finding.payer_name),
    WorkColumn(
        "Beneficiary number",
        24,
        "wrapped",
        "Member id on the claim; several are divided by semicolons.",
        lambda row: row.finding.member_id or _joined([line.member_id for line in row.lines]),
    ),
    WorkColumn("Date of service", 12, "date", "Day of the service.", lambda row: row.finding.date_of_service),
    WorkColumn(
        "Code submitted",
        14,
        "wrapped",
        "Procedure codes with modifiers of the claim lines behind the finding.",
        lambda row: _joined([_code(line) for line in row.lines]),
    ),
    WorkColumn(
        "Code reimbursed",
        14,
        "wrapped",
        "Procedure codes that remittances name as paid; empty where none is matched.",
        lambda row: _joined([line.reimbursed_code or "" for line in row.lines]),
    ),
    WorkColumn(
        "Allowed amount reimbursed",
        13,
        "money",
        "Sum of what was allowed on the claim lines behind the finding, dollars.",
        _allowed,
    ),
    WorkColumn(
        "Correct code",
        12,
        "text",
        "Procedure code that should have been billed.",
        _decided("correct_code"),
        "correct_code",
    ),
    WorkColumn(
        "Correct allowed amount",
        13,
        "money",
        "What should have been allowed, dollars; 0 if nothing.",
        _decided("correct_amount"),
        "correct_amount",
    ),
    WorkColumn(
        "Dollar difference",
        13,
        "money",
        "Allowed amount reimbursed less the correct one that was on record at the export.",
        _difference,
    ),
    WorkColumn("Rule", 7, "text", "Rule of the catalogue.", lambda row: row.finding.rule),
    WorkColumn("Check", 30, "wrapped", "What the check asks.", lambda row: row.check_title),
    WorkColumn("What was found", 52, "wrapped", "The finding in one sentence.", lambda row: row.finding.message),
    WorkColumn(
        "Evidence",
        40,
        "wrapped",
        "What the check saw; the claim lines are on the sheet Evidence.",
        lambda row: "; ".join(f"{name}: {value}" for name, value in evidence_items(row.finding)),
    ),
    WorkColumn(
        "Policy", 40, "wrapped", "Row of the payer's policy that was used, with its source.", lambda row: row.policy
    ),
    WorkColumn("Severity", 10, "text", "How grave it is.", lambda row: words.as_label(row.finding.severity)),
    WorkColumn(
        "How sure",
        18,
        "text",
        "C1 on the claim, C2 roster, C3 forced by inference, C4 plausible, C5 statistical.",
        lambda row: f"{row.finding.certainty} {words.CERTAINTIES.get(row.finding.certainty, '')}".strip(),
    ),
    WorkColumn(
        "Direction",
        20,
        "text",
        "Potential overpayment, potential underpayment, documentation, or a lead.",
        lambda row: words.DIRECTIONS.get(row.finding.direction, row.finding.direction),
    ),
    WorkColumn(
        "Potential exposure", 13, "money", "Dollars at risk, before review.", lambda row: row.finding.exposure_amount
    ),
    WorkColumn("Rendering NPI", 13, "text", "Who treated.", lambda row: row.finding.rendering_provider_npi),
    WorkColumn(
        "Claims",
        26,
        "wrapped",
        "Claim numbers and lines.",
        lambda row: _joined([f"{line.patient_control_number}:{line.claim_line_number}" for line in row.finding.lines]),
    ),
    WorkColumn(
        "Review",
        20,
        "text",
        "Where the review stood at the export; changed since reviewed means that the evidence is another now.",
        lambda row: words.REVIEW_STATES[row.finding.review_state],
    ),
    WorkColumn(
        "Disposition",
        16,
        "text",
        "Your conclusion.",
        lambda row: words.REVIEW_STATES[row.finding.review.disposition] if row.finding.review else None,
        "disposition",
        tuple(DISPOSITIONS),
    ),
    WorkColumn(
        "Reason",
        18,
        "text",
        "Why it is dismissed, or how it was corrected; the sheet Read me says what each code means.",
        _decided("reason_code"),
        "reason_code",
        REASON_CODES,
    ),
    WorkColumn(
        "Records requested",
        12,
        "date",
        "Day on which records were asked for.",
        _decided("records_requested_on"),
        "records_requested_on",
    ),
    WorkColumn(
        "Records received",
        12,
        "date",
        "Day on which they came.",
        _decided("records_received_on"),
        "records_received_on",
    ),
    WorkColumn(
        "Refund number",
        16,
        "text",
        "Number of the check, adjustment or corrected claim by which money was paid back.",
        _decided("refund_number"),
        "refund_number",
    ),
    WorkColumn("Refund amount", 12, "money", "Dollars paid back.", _decided("refund_amount"), "refund_amount"),
    WorkColumn("Refunded on", 12, "date", "Day on which they were.", _decided("refunded_on"), "refunded_on"),
    WorkColumn("Referred to", 18, "text", "Office or person.", _decided("referred_to"), "referred_to"),
    WorkColumn("Reviewer", 18, "text", "Who decided.", _decided("reviewer"), REVIEWER),
    WorkColumn("Date", 12, "date", "Day of the decision.", _decided("reviewed_on"), "reviewed_on"),
    WorkColumn("Comment", 50, "wrapped", "In your words; no clinical notes.", _decided("comment"), "comment"),
    WorkColumn(
        FINDING_ID,
        34,
        "text",
        "By which the import knows the row, wherever it stands.",
        lambda row: row.finding.finding_id,
        is_hidden=True,
    ),
    WorkColumn(
        ROW_VERSION,
        8,
        "text",
        "Events that the finding had at the export; other ones since then make the row stale.",
        lambda row: str(row.finding.version),
        is_hidden=True,
    ),
    WorkColumn(
        EVIDENCE_SHA,
        20,
        "text",
        "Hash of evidence, claim lines and dollars.",
        lambda row: row.finding.evidence_sha,
        is_hidden=True,
    ),
)
