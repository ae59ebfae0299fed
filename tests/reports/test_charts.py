"""Charts: nothing to draw is no chart, what data says stays text, no chart brings a style or script of its own."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from markupsafe import Markup

from reports.charts import (
    bar_width,
    draw_calendar,
    draw_exposure,
    draw_funnel,
    draw_group_sizes,
    draw_trend,
    spark_path,
)
from reports.content import AuditReport
from reports.value import CheckPayerExposure, DayCount, GroupSizes, TrendPoint

ATTACK = "</svg><script>alert(1)</script>"


def tree(chart: Markup | None) -> ElementTree.Element:
    assert chart is not None
    return ElementTree.fromstring(chart)  # noqa: S314 - what we have just drawn


def texts(chart: Markup | None) -> list[str]:
    return [element.text or "" for element in tree(chart).iter() if element.tag.endswith("text")]


def all_charts(report: AuditReport) -> dict[str, Markup | None]:
    return {
        "exposure": draw_exposure(report.exposure, report.check_titles),
        "funnel": draw_funnel(report.providers),
        "sizes": draw_group_sizes(report.group_sizes),
        "trend": draw_trend(report.changes.trend),
        "calendar": draw_calendar(report.calendar),
    }


@pytest.mark.parametrize("name", ["exposure", "funnel", "sizes", "trend", "calendar"])
def test_a_chart_is_named_and_brings_nothing_of_its_own(report: AuditReport, name: str) -> None:
    chart = all_charts(report)[name]
    root = tree(chart)
    assert root.get("role") == "img"
    tags = [element.tag.rsplit("}", 1)[1] for element in root.iter()]
    assert tags[:3] == ["svg", "title", "desc"]
    assert {"script", "style", "image", "a", "foreignObject"}.isdisjoint(tags)
    assert not any("style" in element.attrib or "href" in element.attrib for element in root.iter())
    assert all_charts(report)[name] == chart


def test_nothing_to_draw_is_no_chart() -> None:
    assert draw_exposure((), {}) is None
    assert draw_funnel(()) is None
    assert draw_group_sizes(GroupSizes(None, 3, 10)) is None
    assert draw_group_sizes(GroupSizes((), 3, 10)) is None
    assert draw_trend((TrendPoint("one", None, 4),)) is None
    assert draw_calendar(()) is None


def test_names_in_the_data_stay_text() -> None:
    chart = draw_exposure([CheckPayerExposure("check", ATTACK, Decimal(1))], {"check": ATTACK})
    assert chart is not None
    assert "<script" not in chart
    assert ATTACK in texts(chart)
    trend = draw_trend([TrendPoint("20261101T02", None, 1), TrendPoint(ATTACK, datetime(2026, 11, 2), 2)])
    assert trend is not None
    assert "<script" not in trend


def test_the_figures_are_those_of_the_data(report: AuditReport) -> None:
    exposure = draw_exposure(report.exposure, report.check_titles)
    assert exposure is not None
    assert "$95.26 in 2 checks; the largest is More people in a group than allowed with $67.63." in exposure
    assert {"Connecticut Medicaid", "Medicare"} <= set(texts(exposure))
    sizes = draw_group_sizes(report.group_sizes)
    assert {"minimum 3", "maximum 10"} <= set(texts(sizes))
    calendar = draw_calendar([DayCount(date(2026, 10, 20), 1), DayCount(date(2026, 10, 22), 3)])
    assert calendar is not None
    assert "4 findings on 2 days from October 20, 2026 to October 22, 2026; most on October 22, 2026, 3." in calendar
    assert (calendar.count("var(--heat-4)"), calendar.count("var(--heat-2)"), calendar.count("var(--heat-1)")) == (
        1,
        1,
        0,
    )


@pytest.mark.parametrize(("amount", "width"), [(0, 0.0), (-1, 0.0), (0.001, 1.5), (5, 50.0), (10, 100.0)])
def test_the_smallest_bar_can_be_seen(amount: float, width: float) -> None:
    assert bar_width(amount, 10, 100) == width
    assert bar_width(amount, 0, 100) == 0.0


@pytest.mark.parametrize(
    ("shares", "path"),
    [
        ([], ""),
        ([None, None], ""),
        ([0.0, 0.5, 0.25], "M0.0 10.0L50.0 0.0L100.0 5.0"),
        ([0.5, None, 0.5], "M0.0 0.0h0.1M100.0 0.0h0.1"),
        ([0.0, 0.0], "M0.0 10.0L100.0 10.0"),
        ([0.2], "M0.0 0.0h0.1"),
    ],
)
def test_a_line_of_shares_has_gaps_and_lone_dots(shares: list[float | None], path: str) -> None:
    assert spark_path(shares, 100, 10) == path
