"""Writes a report as one HTML file that opens without a network: style, script and findings are inside."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import words
from reports.atomic import replacing
from reports.charts import (
    bar_width,
    draw_calendar,
    draw_exposure,
    draw_funnel,
    draw_group_sizes,
    draw_trend,
    spark_path,
)
from reports.figures import funnel_points, rank_exposure, size_columns, weeks_of
from reports.finding_data import (
    LINE_COLUMNS,
    LINES_IN_PAGE,
    cite_policy,
    describe_policy,
    evidence_items,
    finding_sql,
    line_cells,
    marked_lines,
    marked_places,
    pack_findings,
    pack_ids,
    review_items,
)
from reports.management import ManagementReport
from reports.profiles import INTERNAL, MANAGEMENT, Profile
from reports.value import AuditReport, Finding, GroupSizes, SizeBar, TrendPoint

TEMPLATES = "templates"

# Shown as plain HTML, so that the page is of use where scripts are off.
PLAIN_FINDINGS = 200
PLAIN_LINES = 15

# How many findings the page names as those to begin with.
FIRST_FINDINGS = 5


def write_page(report: AuditReport, path: Path, profile: Profile = INTERNAL, *, is_for_paper: bool = False) -> None:
    """Renders the page and puts it in place in one step.

    The page for paper has no script and nothing folded but SQL: it is what a PDF is printed of.
    """
    _write(
        "page.html",
        path,
        profile,
        is_for_paper=is_for_paper,
        report=report,
        run_id=report.run.run_id,
        started_at=report.run.started_at,
        packed_ids="" if is_for_paper else pack_ids(report),
        packed_findings="" if is_for_paper else pack_findings(report),
        exposure=draw_exposure(report.exposure, report.check_titles),
        ranked=rank_exposure(report.exposure),
        funnel=draw_funnel(report.providers),
        funnel_places={point.npi: point.place for point in funnel_points(report.providers)},
        sizes=draw_group_sizes(report.group_sizes),
        size_columns=size_columns(report.group_sizes),
        trend=draw_trend(report.changes.trend),
        calendar=draw_calendar(report.calendar),
        weeks=weeks_of(report.calendar),
        line_columns=LINE_COLUMNS,
        check_marks={outcome.info.check_id: marked_places(outcome.info.marks) for outcome in report.checks},
        first_to_open=_first_to_open(report),
        overdue=sum(clock.days_left is not None and clock.days_left < 0 for clock in report.reviews.clocks),
        policies_of_check=_policies_of_check(report),
        plain_findings=PLAIN_FINDINGS,
        plain_lines=PLAIN_LINES,
        lines_in_page=LINES_IN_PAGE,
    )


def write_management_page(report: ManagementReport, path: Path, *, is_for_paper: bool = False) -> None:
    """Renders the page without patients; what is hidden has no column in a chart either."""
    shown = [size for size in report.sizes if size.sessions is not None]
    told = [run for run in report.trend if run.findings is not None]
    _write(
        "management.html",
        path,
        MANAGEMENT,
        is_for_paper=is_for_paper,
        report=report,
        run_id=report.run_id,
        started_at=report.started_at,
        sizes=draw_group_sizes(
            GroupSizes(
                tuple(SizeBar(int(size.people.rstrip("+")), {"told": size.sessions or 0}) for size in shown),
                report.min_size,
                report.max_size,
            )
        ),
        trend=draw_trend([TrendPoint(run.run_id, run.started_at, run.findings or 0) for run in told]),
    )


def _first_to_open(report: AuditReport) -> list[Finding]:
    """The most pressing finding of each of the most pressing checks that nobody has decided yet."""
    firsts: dict[str, Finding] = {}
    for finding in report.findings:
        if finding.review_state in ("unreviewed", "changed_since") and finding.suppressed_until is None:
            firsts.setdefault(finding.check_id, finding)
    return list(firsts.values())[:FIRST_FINDINGS]


def _policies_of_check(report: AuditReport) -> dict[str, list[str]]:
    """The policy rows that the listed findings of each check used, in order."""
    used: dict[str, set[str]] = {}
    for finding in report.findings:
        if finding.policy_id is not None and finding.policy_id in report.policies:
            used.setdefault(finding.check_id, set()).add(finding.policy_id)
    return {check_id: sorted(policies) for check_id, policies in used.items()}


def _write(template: str, path: Path, profile: Profile, *, run_id: str, is_for_paper: bool, **values: object) -> None:
    environment = _environment()
    style = _style(environment, profile, run_id)
    script = _asset(environment, "page.js")
    stream = environment.get_template(template).stream(
        style=style,
        script=script,
        policy=_content_security_policy(style, script),
        profile=profile,
        run_id=run_id,
        is_for_paper=is_for_paper,
        **values,
    )
    with replacing(path) as draft, draft.open("w", encoding="utf-8", newline="\n") as file:
        if is_for_paper:
            # Every such tag is of our templates: what data says is escaped.
            file.write(re.sub(r'<details(?! class="sql")', "<details open", "".join(stream)))
        else:
            stream.enable_buffering(64)
            file.writelines(stream)


def _style(environment: Environment, profile: Profile, run_id: str) -> Markup:
    """The style with the words of the margins on paper."""
    style = str(_asset(environment, "page.css"))
    for place, text in (("CLASSIFICATION", profile.classification), ("RUN_ID", run_id)):
        style = style.replace(place, _in_css(text))
    return Markup(style)  # noqa: S704 - our own file; what came in is escaped


def _in_css(text: str) -> str:
    """Text for a string of CSS: letters, digits, spaces and plain points as they are, the rest by number."""
    return "".join(c if c.isalnum() or c in " .,:-_" else f"\\{ord(c):x} " for c in text)


def _content_security_policy(style: str, script: str) -> str:
    """Allows our own style and script by their hashes and nothing else, whatever a value in the data may say."""
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{_digest(style)}'",
            f"script-src 'sha256-{_digest(script)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _asset(environment: Environment, name: str) -> Markup:
    """One of our own files as it is: nothing from the data gets into it, so it needs no escaping."""
    assert environment.loader is not None  # noqa: S101 - set in _environment
    return Markup(environment.loader.get_source(environment, name)[0])  # noqa: S704


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "money": words.as_money,
        "cents": words.as_money_of_cents,
        "count": words.as_count,
        "percent": words.as_percent,
        "units": words.as_units,
        "long_date": words.as_long_date,
        "label": words.as_label,
        "evidence_items": evidence_items,
        "finding_sql": finding_sql,
        "line_cells": line_cells,
        "marked_lines": marked_lines,
        "review_items": review_items,
        "policy_sentence": describe_policy,
        "policy_citation": cite_policy,
    }
    environment.globals |= {"words": words, "bar_width": bar_width, "spark_path": spark_path}
    return environment
