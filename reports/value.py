"""The one value that every report renders: an AuditReport and its parts. Built in content.py, never by a renderer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Level = Literal["ok", "warnings", "failed"]


@dataclass(frozen=True, slots=True)
class CheckInfo:
    """What the catalog says about a check; handed in by the caller, since reports do not read check files."""

    check_id: str
    rule: str
    title: str
    family: str
    severity: str
    rationale: str
    reference: str
    sql: str
    marks: tuple[str, ...] = ()  # columns of its claim lines that a finding is about


@dataclass(frozen=True, slots=True)
class Provenance:
    """What only the caller knows about the making of the run; None where it is not known."""

    command: str
    commit: str | None = None
    python_version: str | None = None
    duckdb_version: str | None = None
    lock_sha: str | None = None
    config_sha: str | None = None
    snapshot_sha: str | None = None
    time_zone: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """The row of audit_run."""

    run_id: str
    started_at: datetime
    ended_at: datetime | None
    status_code: str
    exit_code: int | None
    code_version: str
    rule_set_sha: str
    policy_sha: str
    data_view: str


ReasonKind = Literal[
    "not_published",
    "run_status",
    "gate_critical",
    "imbalance",
    "errored",
    "quarantined",
    "gate_warning",
    "file_alert",
    "notice",
]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the verdict is no better; the text can name files and numbers, the kind does not."""

    kind: ReasonKind
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The band at the top: how the run ended, why, and how old the data is."""

    level: Level
    title: str
    reasons: tuple[Reason, ...]
    notes: tuple[str, ...]
    not_published: str | None
    data_from: date | None
    data_through: date | None
    stale_days: int | None


@dataclass(frozen=True, slots=True)
class Money:
    """Dollars at risk, a line counted once by the largest of its findings; the parts are never netted or added up.

    `overpayment` and `underpayment` hold certainty C1 to C3 only. `leads` are C4, C5 and findings that are leads by
    nature; `underpayment_leads` are C4 and C5 underpayments.
    """

    overpayment: Decimal = Decimal("0.00")
    underpayment: Decimal = Decimal("0.00")
    documentation: Decimal = Decimal("0.00")
    leads: Decimal = Decimal("0.00")
    underpayment_leads: Decimal = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class BucketCounts:
    """How many findings stand behind the dollars of a row; `other` are documentation and leads of all kinds."""

    overpayment: int = 0
    underpayment: int = 0
    other: int = 0

    @property
    def findings(self) -> int:
        """All of them: a finding is in one bucket."""
        return self.overpayment + self.underpayment + self.other


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures of the whole run."""

    lines: int
    claims: int
    members: int
    findings: int
    flagged_lines: int
    money: Money
    weighted_overpayment: Decimal
    recoverable: Decimal  # of the underpayment, what may still be got back
    federal: Money  # of payers that are Medicare or Medicaid, whose clocks for refunds are their own
    other_payers: Money
    counts: BucketCounts = BucketCounts()


@dataclass(frozen=True, slots=True)
class StateCount:
    """Findings of one state after the run."""

    state: str
    findings: int
    money: Money


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One run of the trend."""

    run_id: str
    started_at: datetime | None
    findings: int


@dataclass(frozen=True, slots=True)
class GoneFinding:
    """A finding of the last run that this run no longer raises."""

    finding_id: str
    check_id: str
    title: str
    date_of_service: date
    direction: str
    exposure_amount: Decimal
    message: str


@dataclass(frozen=True, slots=True)
class CheckChange:
    """What is different in one check; `reopened` had been gone and are seen again."""

    check_id: str
    title: str
    new: int
    reopened: int
    changed: int
    gone: int


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A check, view or policy row that the last run did not have, had otherwise, or had and this one has not.

    `new`, `changed` and `gone` are the findings of the check, or under the policy row, that are so since the last run;
    None of a view, which many checks read.
    """

    kind: str
    rule_id: str
    title: str
    how: Literal["added", "changed", "removed"]
    new: int | None
    changed: int | None
    gone: int | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different from the last audited run; `previous_run_id` is None on the first.

    `reopened` findings had been gone and are seen again: they are among those still open or changed. Whether rules and
    policies are others is None where the last run does not say it.
    """

    previous_run_id: str | None
    states: tuple[StateCount, ...]
    gone: tuple[GoneFinding, ...]
    trend: tuple[TrendPoint, ...]
    reopened: int = 0
    by_check: tuple[CheckChange, ...] = ()
    are_rules_others: bool | None = None
    are_policies_others: bool | None = None
    rules: tuple[RuleChange, ...] = ()


@dataclass(frozen=True, slots=True)
class PayerExposure:
    """Findings and dollars of one payer."""

    payer_id: str | None
    payer_name: str
    lines: int
    findings: int
    money: Money
    counts: BucketCounts = BucketCounts()


@dataclass(frozen=True, slots=True)
class CheckPayerExposure:
    """Potential overpayment of one check with one payer; those of a check add up to the check's own."""

    check_id: str
    payer_name: str
    overpayment: Decimal


@dataclass(frozen=True, slots=True)
class DayCount:
    """Findings of one date of service."""

    day: date
    findings: int


@dataclass(frozen=True, slots=True)
class Precision:
    """Of a check's findings that were judged, over all runs: those upheld (confirmed, corrected or refunded)."""

    confirmed: int = 0
    reviewed: int = 0

    @property
    def share(self) -> float | None:
        """Confirmed of reviewed; None if nothing was judged yet."""
        return self.confirmed / self.reviewed if self.reviewed else None


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """How one check ended; `rate` is flagged lines over lines examined, None where that says nothing."""

    info: CheckInfo
    status: str
    reason: str | None
    lines_examined: int
    lines_not_checked: int
    findings: int
    flagged_lines: int
    rate: float | None
    money: Money
    seconds: float
    precision: Precision = Precision()
    counts: BucketCounts = BucketCounts()


@dataclass(frozen=True, slots=True)
class QuarterCount:
    """Claim lines of one quarter, by its first day, and how many of them have a finding of certainty C1 to C3."""

    first_day: date
    lines: int
    flagged_lines: int

    @property
    def rate(self) -> float | None:
        """None in a quarter without lines."""
        return self.flagged_lines / self.lines if self.lines else None

    @property
    def name(self) -> str:
        """As people call it: 2026 Q4."""
        return f"{self.first_day.year} Q{(self.first_day.month + 2) // 3}"


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """A rendering provider: share of lines with a finding of certainty C1 to C3, with its 95 % Wilson interval."""

    npi: str
    lines: int
    flagged_lines: int
    findings: int
    rate: float
    rate_low: float
    rate_high: float
    is_small: bool
    money: Money
    counts: BucketCounts = BucketCounts()
    quarters: tuple[QuarterCount, ...] = ()  # up to eight, to that of the newest claim line, in order


@dataclass(frozen=True, slots=True)
class SizeBar:
    """Group sessions of one size, by how sure the size is."""

    member_count: int
    by_basis: Mapping[str, int]

    @property
    def sessions(self) -> int:
        return sum(self.by_basis.values())


@dataclass(frozen=True, slots=True)
class GroupSizes:
    """Sizes of group sessions and the default limits; `bars` is None where the snapshot has no sessions view."""

    bars: tuple[SizeBar, ...] | None
    min_size: int | None
    max_size: int | None


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """The row of payer_policy that a finding used."""

    policy_id: str
    payer_id: str | None
    program: str | None
    procedure_code: str | None
    setting: str | None
    rule_key: str
    rule_value: str
    eff_from: date | None
    eff_to: date | None
    source_title: str
    source_url: str | None
    source_kind: str
    is_verified: bool


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim line behind a finding, with the place in the archived file where it stands.

    Allowed and paid are what remittances say, else what the claim's own export says.
    """

    claim_line_id: int
    patient_control_number: str
    claim_line_number: int
    payer_id: str
    member_id: str
    billing_provider_npi: str
    rendering_provider_npi: str
    place_of_service_code: str
    date_of_service: date
    session_start_at: datetime | None
    session_end_at: datetime | None
    procedure_code: str
    modifiers: str
    diagnoses: str
    service_units: Decimal
    charge_amount: Decimal
    allowed_amount: Decimal | None
    paid_amount: Decimal | None
    file_name: str | None
    byte_start: int
    byte_end: int
    reimbursed_code: str | None  # as a remittance names what was paid; None where none is matched


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One claim line of one finding; its facts are in AuditReport.claim_lines."""

    claim_line_id: int
    patient_control_number: str
    claim_line_number: int
    exposure_amount: Decimal


@dataclass(frozen=True, slots=True)
class Review:
    """The decision that stands on a finding; `is_changed_since` if its evidence is another than the reviewer saw."""

    disposition: str
    reason_code: str | None
    comment: str | None
    reviewer: str
    decided_at: datetime
    is_changed_since: bool
    correct_code: str | None
    correct_amount: Decimal | None
    records_requested_on: date | None
    records_received_on: date | None
    refund_number: str | None
    refund_amount: Decimal | None
    refunded_on: date | None
    referred_to: str | None
    reviewed_on: date | None


@dataclass(frozen=True, slots=True)
class Suppression:
    """Findings of a check that need no look until a day; `findings` are those of the run that it covers."""

    event_id: str
    check_id: str
    payer_id: str | None
    rendering_provider_npi: str | None
    reason: str
    reviewer: str
    suppressed_until: date
    is_active: bool
    findings: int


@dataclass(frozen=True, slots=True)
class ClockRow:
    """Days that a person entered for a finding; `days_left` to the due day, negative if it has passed."""

    finding_id: str
    check_id: str
    date_of_service: date | None
    exposure_amount: Decimal
    investigation_started_on: date | None
    identified_on: date | None
    quantified_on: date | None
    reported_on: date | None
    returned_on: date | None
    due_on: date | None
    due_basis: str | None
    days_left: int | None = None


@dataclass(frozen=True, slots=True)
class Reviews:
    """How far the review of the run's findings has come, up to the event of the log whose hash is `head`."""

    events: int = 0
    head: str | None = None
    reviewed: int = 0
    changed_since: int = 0
    unreviewed: int = 0
    suppressed: int = 0
    suppressions: tuple[Suppression, ...] = ()
    clocks: tuple[ClockRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding of the run. `evidence` is the JSON text of the check, unchanged."""

    finding_id: str
    check_id: str
    rule: str
    severity: str
    direction: str
    certainty: str
    verdict: str
    policy_id: str | None
    payer_id: str | None
    payer_name: str | None
    member_id: str | None
    rendering_provider_npi: str | None
    date_of_service: date
    session_key: str | None
    exposure_amount: Decimal
    exposure_ceiling_amount: Decimal
    message: str
    recommended_action: str
    evidence: str
    first_seen_run: str
    last_seen_run: str
    state: str
    evidence_sha: str
    lines: tuple[FindingLine, ...]
    review: Review | None = None
    suppressed_until: date | None = None
    version: int = 0  # events of the review that are about it

    @property
    def review_state(self) -> str:
        """Its disposition, or why there is none that stands: unreviewed, or changed_since."""
        if self.review is None:
            return "unreviewed"
        return "changed_since" if self.review.is_changed_since else self.review.disposition


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Where the lines and cents of a file went: the last five add up to the first."""

    total: int
    loaded: int
    quarantined: int
    superseded: int
    duplicate: int
    other: int

    @property
    def balances(self) -> bool:
        return self.total == self.loaded + self.quarantined + self.superseded + self.duplicate + self.other


@dataclass(frozen=True, slots=True)
class FileRow:
    """A delivered file; `is_of_run` if this run loaded or accepted it."""

    file_id: int
    file_name: str
    sha256: str
    format_code: str
    byte_count: int
    loaded_at: datetime
    is_of_run: bool
    lines: Reconciliation
    cents: Reconciliation
    segment_counts: Mapping[str, int]
    warnings: tuple[str, ...]
    alerts: tuple[str, ...]  # those of the warnings that a person should look into


@dataclass(frozen=True, slots=True)
class RejectReason:
    """Ranges of the run's files that were set aside for one reason."""

    kind_code: str
    reason_code: str
    reason: str
    ranges: int
    lines: int
    charge_cents: int


@dataclass(frozen=True, slots=True)
class RejectedRange:
    """A stretch of a file that was set aside; cut it out of the archived file by its bytes."""

    file_name: str
    kind_code: str
    byte_start: int
    byte_end: int
    source_line_number: int | None
    segment_code: str | None
    column_name: str | None
    reason: str
    line_count: int
    charge_cents: int


@dataclass(frozen=True, slots=True)
class GateRow:
    """One expectation of a gate."""

    gate: str
    expectation: str
    severity: str
    status_code: str
    observed: str | None
    expected: str | None


@dataclass(frozen=True, slots=True)
class Quality:
    """Files received, what became of their lines, and what the gate said."""

    files: tuple[FileRow, ...]
    run_lines: Reconciliation
    run_cents: Reconciliation
    all_lines: Reconciliation
    all_cents: Reconciliation
    reject_reasons: tuple[RejectReason, ...]
    rejected_ranges: tuple[RejectedRange, ...]
    rejected_range_count: int
    gate: tuple[GateRow, ...]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """All that a report of one run says."""

    run: Run
    provenance: Provenance
    findings_digest: str
    verdict: Verdict
    totals: Totals
    changes: Changes
    payers: tuple[PayerExposure, ...]
    exposure: tuple[CheckPayerExposure, ...]
    checks: tuple[CheckOutcome, ...]
    providers: tuple[ProviderRow, ...]
    group_sizes: GroupSizes
    calendar: tuple[DayCount, ...]  # days with findings, of the last 53 weeks that have some
    findings: tuple[Finding, ...]
    claim_lines: Mapping[int, ClaimLine]
    policies: Mapping[str, PolicyRow]
    quality: Quality
    reviews: Reviews

    @property
    def check_titles(self) -> dict[str, str]:
        """Check id to title."""
        return {outcome.info.check_id: outcome.info.title for outcome in self.checks}

    @property
    def findings_left_out(self) -> int:
        """Findings beyond the limit of build_report; the CSV and Parquet exports hold them all."""
        return self.totals.findings - len(self.findings)
