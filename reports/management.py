"""The report without patients: what management is told of a run.

It is made by naming what it may say, never by leaving things out of the internal report: no finding, claim line,
member, message, file or reviewer's word is copied. Counts of 1 to 10, and those from which they follow, are None
(small_cells.py), and so are the dollars and shares behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from reports import words
from reports.figures import size_columns
from reports.small_cells import Relation, hide_small
from reports.value import AuditReport, BucketCounts, Level, Money, ProviderRow

# Hidden, or the number.
Count = int | None
Dollars = Decimal | None

# More rows would hold little that is not hidden; the others share the last.
MOST_PROVIDERS: Final = 50
OTHER_PROVIDERS: Final = "All others"

# How pressing a day that runs is, by the days that are left.
URGENCIES: Final = ("overdue", "due in 30 days", "due later", "no day yet")
SOON_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class ManagedVerdict:
    """How the run ended, in words that name no file and no number."""

    level: Level
    title: str
    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    is_published: bool
    data_through: date | None
    stale_days: int | None


@dataclass(frozen=True, slots=True)
class ManagedExposure:
    """Findings and potential dollars; `other_findings` are documentation and leads, whose dollars are not told."""

    findings: Count
    overpayment_findings: Count
    underpayment_findings: Count
    other_findings: Count
    overpayment: Dollars
    underpayment: Dollars


@dataclass(frozen=True, slots=True)
class ManagedTotals:
    """Figures of the whole run."""

    lines: Count
    claims: Count
    members: Count
    flagged_lines: Count
    exposure: ManagedExposure


@dataclass(frozen=True, slots=True)
class ManagedCheck:
    """One check; `precision` is confirmed of judged, over all runs."""

    check_id: str
    rule: str
    title: str
    severity: str
    rationale: str
    reference: str
    status: str
    lines_examined: Count
    lines_not_checked: Count
    judged: Count
    confirmed: Count
    precision: float | None
    exposure: ManagedExposure


@dataclass(frozen=True, slots=True)
class ManagedPayer:
    """One payer."""

    payer_name: str
    lines: Count
    exposure: ManagedExposure


@dataclass(frozen=True, slots=True)
class ManagedProvider:
    """One rendering provider, or all beyond the first 50; `rate` is flagged lines over lines."""

    npi: str
    lines: Count
    flagged_lines: Count
    rate: float | None
    exposure: ManagedExposure


@dataclass(frozen=True, slots=True)
class ManagedSize:
    """Group sessions of one size, and whether that is below, within or above the default limits."""

    people: str
    place: str
    sessions: Count


@dataclass(frozen=True, slots=True)
class NamedCount:
    """A count with the code of what is counted."""

    name: str
    count: Count


@dataclass(frozen=True, slots=True)
class ManagedRun:
    """One run of the trend."""

    run_id: str
    started_at: datetime | None
    findings: Count


@dataclass(frozen=True, slots=True)
class ManagementReport:
    """All that management is told."""

    run_id: str
    started_at: datetime
    code_version: str
    rule_set_sha: str
    policy_sha: str
    findings_digest: str
    verdict: ManagedVerdict
    totals: ManagedTotals
    previous_run_id: str | None
    are_rules_others: bool | None
    are_policies_others: bool | None
    states: tuple[NamedCount, ...]
    trend: tuple[ManagedRun, ...]
    checks: tuple[ManagedCheck, ...]
    payers: tuple[ManagedPayer, ...]
    providers: tuple[ManagedProvider, ...]
    sizes: tuple[ManagedSize, ...]
    sessions: Count
    min_size: int | None
    max_size: int | None
    reviews: tuple[NamedCount, ...]
    clocks: tuple[NamedCount, ...]
    suppressed: Count
    lines_in: Count
    lines_quarantined: Count
    does_balance: bool


class Cells:
    """The counts of a report by name, how they add up, and which of them are never shown."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.relations: list[Relation] = []
        self.unpublished: set[str] = set()
        self._hidden: frozenset[str] | None = None

    def put(self, name: str, count: int) -> str:
        """Adds a count that is to be shown, if it may be."""
        assert name not in self.counts, name  # noqa: S101 - two counts of one name would hide each other
        self.counts[name] = count
        return name

    def add_up(self, parts: Iterable[str], total: str) -> None:
        """Says that the parts make the total, or the total and a number that the reader is taken to know."""
        self.relations.append(Relation(tuple(parts), (total,)))

    def split(self, total: str, part: str) -> None:
        """Says that the part is some of the total: what remains can be had by subtraction and is guarded as well."""
        rest = f"{total} but for {part}"
        self.counts[rest] = self.counts[total] - self.counts[part]
        self.unpublished.add(rest)
        self.add_up((part, rest), total)

    def show(self, name: str) -> Count:
        """The count, or None where it is hidden; after the first call nothing may be added."""
        if self._hidden is None:
            self._hidden = hide_small(self.counts, self.relations, self.unpublished)
        return None if name in self._hidden else self.counts[name]


_BUCKETS: Final = ("overpayment", "underpayment", "other")


def build_management(report: AuditReport) -> ManagementReport:
    """What of the report management may be told."""
    cells = Cells()
    totals, changes, quality = report.totals, report.changes, report.quality
    providers = _first_providers(report.providers)
    columns = size_columns(report.group_sizes)

    for name, count in (
        ("lines", totals.lines),
        ("claims", totals.claims),
        ("members", totals.members),
        ("flagged lines", totals.flagged_lines),
    ):
        cells.put(name, count)
    cells.split("lines", "flagged lines")
    _put_exposure(cells, "all", totals.counts)

    for check in report.checks:
        identity = check.info.check_id
        _put_exposure(cells, f"check {identity}", check.counts)
        examined = cells.put(f"check {identity} examined", check.lines_examined)
        if check.lines_not_checked <= check.lines_examined:
            cells.split(examined, cells.put(f"check {identity} not checked", check.lines_not_checked))
        else:
            cells.put(f"check {identity} not checked", check.lines_not_checked)
        judged = cells.put(f"check {identity} judged", check.precision.reviewed)
        cells.split(judged, cells.put(f"check {identity} confirmed", check.precision.confirmed))
    _add_up_exposure(cells, [f"check {check.info.check_id}" for check in report.checks])

    for place, payer in enumerate(report.payers):
        _put_exposure(cells, f"payer {place}", payer.counts)
        cells.put(f"payer {place} lines", payer.lines)
    _add_up_exposure(cells, [f"payer {place}" for place in range(len(report.payers))])
    cells.add_up((f"payer {place} lines" for place in range(len(report.payers))), "lines")

    for provider in providers:
        _put_exposure(cells, f"provider {provider.npi}", provider.counts)
        lines = cells.put(f"provider {provider.npi} lines", provider.lines)
        cells.split(lines, cells.put(f"provider {provider.npi} flagged", provider.flagged_lines))
    _add_up_exposure(cells, [f"provider {provider.npi}" for provider in providers])
    cells.add_up((f"provider {provider.npi} lines" for provider in providers), "lines")
    cells.add_up((f"provider {provider.npi} flagged" for provider in providers), "flagged lines")

    for state in changes.states:
        cells.put(f"state {state.state}", state.findings)
    cells.add_up(("state new", "state open", "state changed"), "all findings")
    for point in changes.trend:
        if point.run_id != report.run.run_id:
            cells.put(f"run {point.run_id}", point.findings)
    if changes.previous_run_id and f"run {changes.previous_run_id}" in cells.counts:
        # What was there is still there or gone; the few that came back are taken to be known.
        cells.add_up(("state open", "state changed", "state not_seen"), f"run {changes.previous_run_id}")

    cells.put("sessions", sum(column.sure + column.unsure for column in columns))
    for column in columns:
        cells.put(f"size {column.label}", column.sure + column.unsure)
    cells.add_up((f"size {column.label}" for column in columns), "sessions")

    reviews = report.reviews
    for name, count in (
        ("reviewed", reviews.reviewed),
        ("changed_since", reviews.changed_since),
        ("unreviewed", reviews.unreviewed),
    ):
        cells.put(f"review {name}", count)
    cells.add_up(("review reviewed", "review changed_since", "review unreviewed"), "all findings")
    cells.split("all findings", cells.put("suppressed", reviews.suppressed))
    urgencies = [_urgency(clock.days_left) for clock in reviews.clocks]
    for name in URGENCIES:
        cells.put(f"clock {name}", urgencies.count(name))

    lines_in = cells.put("lines in", quality.run_lines.total)
    cells.split(lines_in, cells.put("quarantined", quality.run_lines.quarantined))

    return ManagementReport(
        run_id=report.run.run_id,
        started_at=report.run.started_at,
        code_version=report.run.code_version,
        rule_set_sha=report.run.rule_set_sha,
        policy_sha=report.run.policy_sha,
        findings_digest=report.findings_digest,
        verdict=_verdict(report),
        totals=ManagedTotals(
            cells.show("lines"),
            cells.show("claims"),
            cells.show("members"),
            cells.show("flagged lines"),
            _exposure(cells, "all", totals.money),
        ),
        previous_run_id=changes.previous_run_id,
        are_rules_others=changes.are_rules_others,
        are_policies_others=changes.are_policies_others,
        states=tuple(NamedCount(state.state, cells.show(f"state {state.state}")) for state in changes.states),
        trend=tuple(
            ManagedRun(
                point.run_id,
                point.started_at,
                cells.show("all findings" if point.run_id == report.run.run_id else f"run {point.run_id}"),
            )
            for point in changes.trend
        ),
        checks=tuple(
            ManagedCheck(
                check.info.check_id,
                check.info.rule,
                check.info.title,
                check.info.severity,
                check.info.rationale,
                check.info.reference,
                check.status,
                cells.show(f"check {check.info.check_id} examined"),
                cells.show(f"check {check.info.check_id} not checked"),
                judged_shown := cells.show(f"check {check.info.check_id} judged"),
                confirmed_shown := cells.show(f"check {check.info.check_id} confirmed"),
                _share(confirmed_shown, judged_shown),
                _exposure(cells, f"check {check.info.check_id}", check.money),
            )
            for check in report.checks
        ),
        payers=tuple(
            ManagedPayer(
                payer.payer_name,
                cells.show(f"payer {place} lines"),
                _exposure(cells, f"payer {place}", payer.money),
            )
            for place, payer in enumerate(report.payers)
        ),
        providers=tuple(
            ManagedProvider(
                provider.npi,
                lines_shown := cells.show(f"provider {provider.npi} lines"),
                flagged_shown := cells.show(f"provider {provider.npi} flagged"),
                _share(flagged_shown, lines_shown),
                _exposure(cells, f"provider {provider.npi}", provider.money),
            )
            for provider in providers
        ),
        sizes=tuple(
            ManagedSize(column.label, column.place, cells.show(f"size {column.label}"))
            for column in columns
            if column.sure + column.unsure
        ),
        sessions=cells.show("sessions"),
        min_size=report.group_sizes.min_size,
        max_size=report.group_sizes.max_size,
        reviews=tuple(
            NamedCount(name, cells.show(f"review {name}")) for name in ("reviewed", "changed_since", "unreviewed")
        ),
        clocks=tuple(NamedCount(name, cells.show(f"clock {name}")) for name in URGENCIES),
        suppressed=cells.show("suppressed"),
        lines_in=cells.show("lines in"),
        lines_quarantined=cells.show("quarantined"),
        does_balance=quality.all_lines.balances and quality.all_cents.balances,
    )


def _first_providers(rows: Sequence[ProviderRow]) -> tuple[ProviderRow, ...]:
    """The providers with the most at risk, the others together in one row."""
    first, others = rows[:MOST_PROVIDERS], rows[MOST_PROVIDERS:]
    if not others:
        return tuple(first)
    together = ProviderRow(
        npi=OTHER_PROVIDERS,
        lines=sum(row.lines for row in others),
        flagged_lines=sum(row.flagged_lines for row in others),
        findings=sum(row.findings for row in others),
        rate=0.0,
        rate_low=0.0,
        rate_high=1.0,
        is_small=False,
        money=Money(
            overpayment=sum((row.money.overpayment for row in others), Decimal(0)),
            underpayment=sum((row.money.underpayment for row in others), Decimal(0)),
        ),
        counts=BucketCounts(*(sum(getattr(row.counts, bucket) for row in others) for bucket in _BUCKETS)),
    )
    return (*first, together)


def _put_exposure(cells: Cells, prefix: str, counts: BucketCounts) -> None:
    total = cells.put(f"{prefix} findings", counts.findings)
    cells.add_up([cells.put(f"{prefix} {bucket}", getattr(counts, bucket)) for bucket in _BUCKETS], total)


def _add_up_exposure(cells: Cells, prefixes: Sequence[str]) -> None:
    """Rows make the whole, in each bucket and together, but for findings that stand in two rows or in none."""
    for kind in ("findings", *_BUCKETS):
        cells.add_up([f"{prefix} {kind}" for prefix in prefixes], f"all {kind}")


def _exposure(cells: Cells, prefix: str, money: Money) -> ManagedExposure:
    overpayments, underpayments = cells.show(f"{prefix} overpayment"), cells.show(f"{prefix} underpayment")
    return ManagedExposure(
        findings=cells.show(f"{prefix} findings"),
        overpayment_findings=overpayments,
        underpayment_findings=underpayments,
        other_findings=cells.show(f"{prefix} other"),
        # Prices are known: dollars would tell the count behind them.
        overpayment=None if overpayments is None else money.overpayment,
        underpayment=None if underpayments is None else money.underpayment,
    )


def _verdict(report: AuditReport) -> ManagedVerdict:
    verdict = report.verdict
    return ManagedVerdict(
        level=verdict.level,
        title=verdict.title,
        reasons=tuple(dict.fromkeys(words.REASONS[reason.kind] for reason in verdict.reasons)),
        notes=verdict.notes,
        is_published=verdict.not_published is None,
        data_through=verdict.data_through,
        stale_days=verdict.stale_days,
    )


def _urgency(days_left: int | None) -> str:
    if days_left is None:
        return "no day yet"
    return "overdue" if days_left < 0 else "due in 30 days" if days_left <= SOON_DAYS else "due later"


def _share(part: Count, whole: Count) -> float | None:
    """None where either is hidden, or there is nothing to have a share of."""
    return part / whole if part is not None and whole else None
