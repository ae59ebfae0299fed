"""The verdict on a run: OK, OK with warnings or FAILED, with its reasons in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from reports.value import CheckOutcome, Level, Provenance, Quality, Reason, Run, Verdict
from reports.words import count_of

FAILED_STATUSES = ("gate_failed", "crashed", "failed")

# Exit codes of DESIGN.md under which nothing was done wrong: done, done with warnings, findings above --fail-on.
GOOD_EXIT_CODES = (None, 0, 10, 20)

TITLES: dict[Level, str] = {"ok": "OK", "warnings": "OK with warnings", "failed": "FAILED"}


def judge_run(
    run: Run,
    provenance: Provenance,
    checks: Sequence[CheckOutcome],
    quality: Quality,
    data_from: date | None,
    data_through: date | None,
    not_published: str | None,
) -> Verdict:
    """Says how the run ended; findings alone never make a run fail."""
    failures = tuple(_failures(run, quality, not_published))
    warnings = tuple(_warnings(provenance, checks, quality))
    level: Level = "failed" if failures else "warnings" if warnings or run.exit_code == 10 else "ok"
    return Verdict(
        level=level,
        title=TITLES[level],
        reasons=failures + warnings,
        notes=tuple(_notes(checks, quality)),
        not_published=not_published,
        data_from=data_from,
        data_through=data_through,
        stale_days=None if data_through is None else max(0, (run.started_at.date() - data_through).days),
    )


def _failures(run: Run, quality: Quality, not_published: str | None) -> Iterator[Reason]:
    if not_published:
        yield Reason("not_published", f"Nothing was published: {not_published}")
    if run.status_code in FAILED_STATUSES or run.exit_code not in GOOD_EXIT_CODES:
        yield Reason("run_status", f"The run ended as “{run.status_code.replace('_', ' ')}”.")
    for row in quality.gate:
        if row.status_code != "passed" and row.severity == "critical":
            yield Reason("gate_critical", f"The gate did not pass: {row.expectation}")
    if not (quality.all_lines.balances and quality.all_cents.balances):
        yield Reason("imbalance", "Lines or dollars do not add up; see the reconciliation.")


def _warnings(provenance: Provenance, checks: Sequence[CheckOutcome], quality: Quality) -> Iterator[Reason]:
    errored = [check.info.title for check in checks if check.status == "errored"]
    if errored:
        yield Reason(
            "errored",
            f"{count_of(len(errored), 'check')} ended in an error, so its question is open: {'; '.join(errored)}.",
        )
    lines = quality.run_lines.quarantined
    if lines:
        were = "was" if lines == 1 else "were"
        yield Reason(
            "quarantined",
            f"{count_of(lines, 'line')} could not be read or broke a rule of the format, and {were} set aside.",
        )
    for row in quality.gate:
        if row.status_code != "passed" and row.severity != "critical":
            yield Reason("gate_warning", f"The gate noticed: {row.expectation}")
    for file in quality.files:
        if file.is_of_run:
            yield from (Reason("file_alert", f"{file.file_name}: {warning}") for warning in file.alerts)
    yield from (Reason("notice", warning) for warning in provenance.warnings)


def _notes(checks: Sequence[CheckOutcome], quality: Quality) -> Iterator[str]:
    if not any(file.is_of_run for file in quality.files):
        yield "No new file arrived for this run."
    waiting = sum(check.status == "not_checked" for check in checks)
    if waiting:
        yield f"{count_of(waiting, 'check')} could not judge for want of data; not checked is not the same as clear."
