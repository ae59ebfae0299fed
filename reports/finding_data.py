"""The findings as compact data inside the page, for the page's script to list, filter and open."""

from __future__ import annotations

import base64
import gzip
import json
from decimal import Decimal
from typing import Any

from reports import words
from reports.value import AuditReport, ClaimLine, Finding, PolicyRow

# A pattern over a provider's year can rest on thousands of lines; the workbook lists them all.
LINES_IN_PAGE = 100


def pack_findings(report: AuditReport) -> str:
    """JSON, compressed, as base64: no character of it can end a script element or start a comment."""
    text = json.dumps(_data(report), ensure_ascii=False, separators=(",", ":"))
    # mtime 0: the same findings give the same bytes.
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=9, mtime=0)).decode("ascii")


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
    wanted = {
        line.claim_line_id: None for finding in report.findings for line in finding.lines[:LINES_IN_PAGE]
    }  # a dict keeps the order
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
            [outcome.info.check_id, outcome.info.rule, outcome.info.title, outcome.info.rationale]
            for outcome in report.checks
        ],
        "policies": {
            policy.policy_id: [describe_policy(policy), cite_policy(policy)] for policy in report.policies.values()
        },
        "lines": [_line(report.claim_lines.get(line_id)) for line_id in wanted],
        "findings": [_finding(finding, checks, places) for finding in report.findings],
    }


def _finding(finding: Finding, checks: dict[str, int], places: dict[int, int]) -> list[Any]:
    return [
        finding.finding_id,
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
        # Number and place of the line even where claim_line does not hold it, so that nothing is shown as absent.
        [
            [
                places[line.claim_line_id],
                _cents(line.exposure_amount),
                line.patient_control_number,
                line.claim_line_number,
            ]
            for line in finding.lines[:LINES_IN_PAGE]
        ],
        len(finding.lines),
        finding.review_state,
        review_items(finding),
    ]


def _line(line: ClaimLine | None) -> list[Any] | None:
    if line is None:
        return None
    return [
        line.date_of_service.isoformat(),
        f"{line.session_start_at:%H:%M}" if line.session_start_at else "",
        line.procedure_code,
        line.modifiers,
        words.as_units(line.service_units),
        _cents(line.charge_amount),
        _cents(line.paid_amount),
        line.rendering_provider_npi,
        line.member_id,
        line.file_name or "",
        line.byte_start,
        line.byte_end,
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
