"""Makes a finding of a row that a check has selected, the same on every engine.

In two steps, since a cluster knows the claim lines behind all findings only after all checks have run: `begin_finding`
reads the row, `with_lines` adds the lines. Nothing here needs an engine or a parser, so that it runs wherever rows are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from claims_audit.findings.finding import Finding, FindingLine
from claims_audit.findings.identity import as_json, evidence_sha, finding_id

if TYPE_CHECKING:
    from claims_audit.checking.query_file import CheckFile

_LEAD = "A lead, and no proof: look at the record before anything else. "
_ADVISORY = " The payer's own rule allows it; only the default policy does not."


@dataclass(frozen=True, slots=True)
class FindingForm:
    """What the header of a check says of its findings; small enough to be sent to where the rows are."""

    check_id: str
    rule: str
    severity: str
    direction: str
    grain: tuple[str, ...]
    evidence_columns: tuple[str, ...]
    finding: str
    action: str

    @classmethod
    def of(cls, check: CheckFile) -> FindingForm:
        """The form of a check."""
        return cls(
            check_id=check.check_id,
            rule=check.rule,
            severity=check.severity,
            direction=check.direction,
            grain=check.grain,
            evidence_columns=check.evidence_columns,
            finding=check.finding,
            action=check.action,
        )


def begin_finding(form: FindingForm, row: Mapping[str, object], unverified: frozenset[str]) -> Finding:
    """The finding of a row, still without its claim lines and the hash over them.

    `unverified` are the policy rows that nobody has read at the source. Raises ValueError if the row is no finding.
    """

    def text(name: str) -> str | None:
        value = row.get(name)
        return None if value is None else str(value)

    exposure = dollars(row["exposure_amount"])
    day = row["date_of_service"]
    if not isinstance(day, date):
        raise ValueError("date_of_service is no date")
    # What the payer allows and only the default policy does not is told, and weighs nothing.
    direction = text("direction") or form.direction
    if exposure and not row["claim_lines"] and direction == "overpayment":
        raise ValueError("an overpayment without a claim line")
    is_advisory = row["verdict"] == "violates_seed_only"
    return Finding(
        finding_id=finding_id(form.check_id, {name: row[name] for name in form.grain}),
        check_id=form.check_id,
        rule=form.rule,
        severity="info" if is_advisory else text("severity") or form.severity,
        direction=direction,
        certainty=str(row["certainty"]),
        verdict=str(row["verdict"]),
        policy_id=text("policy_id"),
        payer_id=text("payer_id"),
        member_id=text("member_id"),
        rendering_provider_npi=text("rendering_provider_npi"),
        date_of_service=day,
        session_key=text("session_key"),
        exposure_amount=exposure,
        exposure_ceiling_amount=(
            exposure if row.get("exposure_ceiling_amount") is None else dollars(row["exposure_ceiling_amount"])
        ),
        message=form.finding.format_map(row)
        + (_ADVISORY if is_advisory else "")
        + (f" The policy row {text('policy_id')} is unverified." if text("policy_id") in unverified else ""),
        recommended_action=(_LEAD if direction == "lead" else "") + form.action,
        evidence=as_json({name: row[name] for name in form.evidence_columns}),
        evidence_sha="",
        lines=(),
    )


def with_lines(finding: Finding, lines: Sequence[FindingLine]) -> Finding:
    """The whole finding: its lines in order of claim number, and the hash over what a reviewer sees."""
    ordered = tuple(
        sorted(lines, key=lambda line: (line.patient_control_number, line.claim_line_number, line.claim_line_id))
    )
    shown = [f"{line.patient_control_number}:{line.claim_line_number}={line.exposure_amount}" for line in ordered]
    sha = evidence_sha(finding.evidence, shown, finding.exposure_amount)
    return replace(finding, lines=ordered, evidence_sha=sha)


def parse_lines(text: str) -> list[tuple[int, Decimal]]:
    """`claim_line_id:dollars` joined by semicolons, as the checks give the lines behind a finding.

    Empty where there is none: what was never billed has no line, and the finding has the dollars itself. Raises
    ValueError for anything else.
    """
    try:
        pairs = [part.split(":") for part in text.split(";") if text]
        return [(int(line_id), dollars(amount)) for line_id, amount in pairs]
    except (ValueError, InvalidOperation):
        raise ValueError("claim_lines is no list of claim_line_id:dollars") from None


def dollars(value: object) -> Decimal:
    """Dollars with two places; null is nothing."""
    return Decimal(str(value if value is not None else 0)).quantize(Decimal("0.01"))
