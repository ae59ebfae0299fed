"""The findings as compact data inside the page, for the page's script to list, filter and open."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from reports import words
from reports.value import AuditReport, ClaimLine, Finding, PolicyRow

# A pattern over a provider's year can rest on thousands of lines; the workbook lists them all.
LINES_IN_PAGE = 100

# Of a claim line: the column that a check names to have its cell marked, the heading, and how the cell is set.
LINE_COLUMNS: Final = (
    ("patient_control_number", "Claim and line", ""),
    ("date_of_service", "Date", "date"),
    ("session_start_at", "Time", "date"),
    ("procedure_code", "Code", ""),
    ("modifier_1", "Modifiers", ""),
    ("place_of_service_code", "Place", ""),
    ("diagnosis_code_1", "Diagnoses", ""),
    ("service_units", "Units", "n"),
    ("charge_amount", "Charge", "n"),
    ("allowed_amount", "Allowed", "n"),
    ("paid_amount", "Paid", "n"),
    ("rendering_provider_npi", "Rendering NPI", ""),
    ("member_id", "Member", ""),
    ("byte_start", "File and bytes", ""),
    ("exposure_amount", "At risk", "n"),
)

# What ids of findings are: half of a SHA-256.
HASH: Final = re.compile("[0-9a-f]{32}")

# What the warehouse is asked for the lines of a finding; its id goes into the quotes.
LINES_SQL: Final = """select claim_line.*, finding_line.exposure_amount
from finding_line
inner join claim_line using (claim_line_id)
where finding_line.finding_id = '{finding_id}'
order by claim_line.patient_control_number, claim_line.claim_line_number;"""


def pack_findings(report: AuditReport) -> str:
    """JSON, compressed, as base64: no character of it can end a script element or start a comment."""
    text = json.dumps(_data(report), ensure_ascii=False, separators=(",", ":"))
    # mtime 0: the same findings give the same bytes.
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode("ascii")


def pack_ids(report: AuditReport) -> str:
    """The ids of the findings as base64 of their bytes: hashes do not compress, and as letters they take a half more.

    Empty where an id is no hash; the findings then bring their ids along.
    """
    return base64.b64encode(bytes.fromhex("".join(_ids(report)))).decode("ascii") if _has_hashes(report) else ""


def _ids(report: AuditReport) -> list[str]:
    return [finding.finding_id for finding in report.findings]


def _has_hashes(report: AuditReport) -> bool:
    return all(map(HASH.fullmatch, _ids(report)))


def parse_evidence(finding: Finding) -> Any:
    """Evidence as a value; text that is no JSON stays text."""
    try:
        return json.loads(finding.evidence)
    except json.JSONDecodeError:
        return finding.evidence


def evidence_items(finding: Finding) -> list[tuple[str, str]]:
    """Evidence as pairs of a label and a text, for the list without a script and for the workbook."""
    value = parse_evidence(finding)
    pairs = value.items() if isinstance(value, dict) else [("evidence", value)]
    return [(words.as_label(str(name)), _as_text(item)) for name, item in pairs]


def review_items(finding: Finding) -> list[tuple[str, str]]:
    """What a reviewer decided, and a suppression in force, as pairs of a label and a text."""
    pairs: list[tuple[str, object]] = []
    if review := finding.review:
        pairs = [
            ("Decision", words.REVIEW_STATES[review.disposition]),
            ("Decided by", f"{review.reviewer}, {review.decided_at:%Y-%m-%d %H:%M} UTC"),
            ("Since then", "the evidence has changed: decide again" if review.is_changed_since else None),
            ("Reason", words.as_label(review.reason_code) if review.reason_code else None),
            ("Comment", review.comment),
            ("Correct code", review.correct_code),
            ("Correct amount", None if review.correct_amount is None else words.as_money(review.correct_amount)),
            ("Records requested", review.records_requested_on),
            ("Records received", review.records_received_on),
            ("Refund number", review.refund_number),
            ("Refunded", None if review.refund_amount is None else words.as_money(review.refund_amount)),
            ("Refunded on", review.refunded_on),
            ("Referred to", review.referred_to),
        ]
    pairs.append(("Suppressed until", finding.suppressed_until))
    return [(label, str(value)) for label, value in pairs if value is not None]


def line_cells(line: ClaimLine) -> list[str]:
    """The texts of LINE_COLUMNS between the first and the last, which are of the finding."""
    time = f"{line.session_start_at:%H:%M}" if line.session_start_at else ""
    if line.session_end_at:
        time += f"{words.DASH}{line.session_end_at:%H:%M}"
    return [
        line.date_of_service.isoformat(),
        time,
        line.procedure_code,
        line.modifiers,
        line.place_of_service_code,
        line.diagnoses,
        words.as_units(line.service_units),
        words.as_money(line.charge_amount),
        words.as_money(line.allowed_amount),
        words.as_money(line.paid_amount),
        line.rendering_provider_npi,
        line.member_id,
        f"{line.file_name or ''} {line.byte_start:,}{words.DASH}{line.byte_end:,}",
    ]


def marked_places(marks: Sequence[str]) -> list[int]:
    """Where in LINE_COLUMNS the cells are that a check marks."""
    return [place for place, (name, _, _) in enumerate(LINE_COLUMNS) if name in marks]


def marked_lines(finding: Finding) -> set[int]:
    """The claim lines whose cells are marked: those at risk, the others being there to compare; all if none is."""
    at_risk = {line.claim_line_id for line in finding.lines if line.exposure_amount}
    return at_risk or {line.claim_line_id for line in finding.lines}


def finding_sql(finding_id: str) -> str:
    """The question that gives the lines of a finding again, for the snapshot of the run."""
    return LINES_SQL.format(finding_id=finding_id)


def describe_policy(policy: PolicyRow) -> str:
    """A policy row as one sentence."""
    scope = [policy.payer_id, policy.program, policy.setting, policy.procedure_code]
    period = f"from {policy.eff_from or 'the start'} to {policy.eff_to or 'now'}"
    return (
        f"{words.as_label(policy.rule_key)} is {policy.rule_value} for {', '.join(part for part in scope if part)}, "
        f"in force {period}"
    )


def cite_policy(policy: PolicyRow) -> str:
    """Where the policy row comes from, and how well that is known."""
    known = "read in the source" if policy.is_verified else "not yet verified in the source"
    place = f" ({policy.source_url})" if policy.source_url else ""
    return f"{policy.source_title}{place}; {words.as_label(policy.source_kind).lower()} source, {known}"


def _data(report: AuditReport) -> dict[str, Any]:
    checks = {outcome.info.check_id: place for place, outcome in enumerate(report.checks)}
    # A dict keeps the order; the account number and place of a line are told even where claim_line does not hold it.
    wanted = {
        line.claim_line_id: f"{line.patient_control_number}:{line.claim_line_number}"
        for finding in report.findings
        for line in finding.lines[:LINES_IN_PAGE]
    }
    has_hashes = _has_hashes(report)
    steps = Steps()
    places = {line_id: place for place, line_id in enumerate(wanted)}
    return {
        "words": {
            "severity": {code: words.as_label(code) for code in words.SEVERITIES},
            "direction": words.DIRECTIONS,
            "certainty": words.CERTAINTIES,
            "certaintySentence": words.CERTAINTY_SENTENCES,
            "verdict": words.VERDICTS,
            "verdictSentence": words.VERDICT_SENTENCES,
            "state": words.STATES,
            "review": words.REVIEW_STATES,
        },
        "checks": [
            [
                outcome.info.check_id,
                outcome.info.rule,
                outcome.info.title,
                outcome.info.rationale,
                marked_places(outcome.info.marks),
            ]
            for outcome in report.checks
        ],
        "columns": [[heading, kind] for _, heading, kind in LINE_COLUMNS],
        "sql": LINES_SQL,
        "policies": {
            policy.policy_id: [describe_policy(policy), cite_policy(policy)] for policy in report.policies.values()
        },
        "lines": _columns([[name, *_held_cells(report.claim_lines.get(line_id))] for line_id, name in wanted.items()]),
        "findings": _columns(
            [_finding(finding, checks, places, steps, has_id=not has_hashes) for finding in report.findings]
        ),
    }


class Steps:
    """Numbers as their distance from the one before: those of lines that follow each other are all 1, and compress."""

    def __init__(self) -> None:
        self._last = 0

    def to(self, number: int) -> int:
        """How far it is from the last one."""
        step, self._last = number - self._last, number
        return step


def _columns(rows: list[list[Any]]) -> list[list[Any]]:
    """Rows as columns: like stands beside like, which halves what compression leaves."""
    return [list(column) for column in zip(*rows, strict=True)]


def _held_cells(line: ClaimLine | None) -> list[str | None]:
    """The cells of a line; None in each where it is no longer held."""
    return [None] * (len(LINE_COLUMNS) - 2) if line is None else list(line_cells(line))


def _finding(
    finding: Finding, checks: dict[str, int], places: dict[int, int], steps: Steps, *, has_id: bool
) -> list[Any]:
    return [
        finding.finding_id if has_id else 0,
        checks[finding.check_id],
        finding.severity,
        finding.direction,
        finding.certainty,
        finding.verdict,
        finding.policy_id,
        finding.payer_name,
        finding.member_id,
        finding.rendering_provider_npi,
        finding.date_of_service.isoformat(),
        finding.session_key,
        _cents(finding.exposure_amount),
        _cents(finding.exposure_ceiling_amount),
        finding.message,
        finding.recommended_action,
        parse_evidence(finding),
        finding.first_seen_run,
        finding.state,
        # Place and cents in turn; a place is told by how far it is from the one before.
        [
            figure
            for line in finding.lines[:LINES_IN_PAGE]
            for figure in (steps.to(places[line.claim_line_id]), _cents(line.exposure_amount))
        ],
        len(finding.lines),
        finding.review_state,
        review_items(finding),
    ]


def _cents(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount * 100)


def _as_text(value: Any) -> str:
    if value is None:
        return words.DASH
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(str(item) for item in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
