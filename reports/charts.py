"""The charts of the page as SVG text, each drawn by altair from figures that stand in a table beside it.

Colours are the page's own variables, so that a chart follows light and dark, print and forced colours. altair and
vl_convert are imported when the first chart is drawn: they take a second, and most commands draw nothing.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree

from markupsafe import Markup

from reports import words
from reports.figures import (
    FunnelPoint,
    SizeColumn,
    funnel_lines,
    funnel_points,
    overall_rate,
    rank_exposure,
    size_columns,
    weeks_of,
)
from reports.value import CheckPayerExposure, DayCount, GroupSizes, ProviderRow, TrendPoint

if TYPE_CHECKING:
    import altair as alt

# What altair 6.3 writes; an older form would be drawn by other rules.
VEGA_LITE: Final = "6.1"
WIDTH: Final = 680
LABEL_LETTERS: Final = 40
TWO_LINES: Final[Mapping[str, Any]] = {"max_lines": 2, "placeholder": " …"}
NOT_OURS: Final = ("role", "class", "style")
SVG: Final = "http://www.w3.org/2000/svg"

# The page defines these patterns: what is known from the date alone is not told by colour alone.
INSIDE, OUTSIDE = "var(--bar)", "var(--bar-out)"
INSIDE_UNSURE, OUTSIDE_UNSURE = "url(#hatch-inside)", "url(#hatch-outside)"
# Told apart by lightness as well, for those who see no hues and for print.
PAYER_COLOURS: Final = tuple(f"var(--series-{place})" for place in range(1, 7))


def draw_exposure(rows: Sequence[CheckPayerExposure], titles: Mapping[str, str]) -> Markup | None:
    """Potential overpayment by check, stacked by payer; None where there is none."""
    ranked = rank_exposure(rows)
    if not ranked.rows:
        return None
    import altair as alt

    values = [
        {
            # Wrapped here: what fits on a line depends on the reader's font, which nobody can measure beforehand.
            "check": "\n".join(textwrap.wrap(titles.get(row.check_id, row.check_id), LABEL_LETTERS, **TWO_LINES)),
            "payer": payer,
            "place": place,
            "dollars": float(amount),
        }
        for row in ranked.rows
        for place, (payer, amount) in enumerate(zip(ranked.payers, row.amounts, strict=True))
        if amount
    ]
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar()
        .encode(
            y=alt.Y(
                "check:N",
                sort=None,
                title=None,
                axis=alt.Axis(
                    labelLimit=0,
                    minExtent=290,
                    labelOffset=-5,
                    ticks=False,
                    domain=False,
                    labelExpr="split(datum.label, '\\n')",
                ),
            ),
            x=alt.X(
                "sum(dollars):Q", title="potential overpayment, dollars", axis=alt.Axis(format="$,.0f", tickCount=5)
            ),
            color=alt.Color(
                "payer:N",
                title=None,
                sort=None,
                scale=alt.Scale(domain=list(ranked.payers), range=list(PAYER_COLOURS[: len(ranked.payers)])),
                legend=alt.Legend(orient="top", columns=2, columnPadding=60, labelLimit=0, symbolType="square"),
            ),
            order=alt.Order("place:Q"),
            stroke=alt.value("var(--sheet)"),
        )
        .properties(width=WIDTH - 300, height=alt.Step(32))
    )
    total = sum((row.total for row in ranked.rows), start=Decimal(0))
    first = ranked.rows[0]
    description = (
        f"{words.as_money(total)} in {words.count_of(len(ranked.rows), 'check')}; the largest is "
        f"{titles.get(first.check_id, first.check_id)} with {words.as_money(first.total)}."
    )
    return _as_svg(chart, "exposure-chart", "Potential overpayment by check and payer", description)


def draw_trend(points: Sequence[TrendPoint]) -> Markup | None:
    """Findings of the last runs; None where there is no run to compare with."""
    if len(points) < 2:
        return None
    import altair as alt

    values = [
        {
            "run": place,
            "label": f"{point.started_at:%b %d}" if point.started_at else point.run_id[:8],
            "findings": point.findings,
            "colour": INSIDE if point is points[-1] else "var(--rule-strong)",
        }
        for place, point in enumerate(points)
    ]
    labels = [row["label"] for row in values]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X(
            "run:O",
            title="run of",
            axis=alt.Axis(labelAngle=0, ticks=False, labelExpr=f"{labels!r}[datum.value]"),
        ),
        y=alt.Y("findings:Q", title="findings", axis=alt.Axis(tickCount=4, format=",d", domain=False, ticks=False)),
    )
    chart = (
        base.mark_bar(size=26).encode(color=alt.Color("colour:N", scale=None))
        + base.mark_text(dy=-7, color="var(--ink)", fontSize=11).encode(text=alt.Text("findings:Q", format=",d"))
    ).properties(width=WIDTH - 60, height=180)
    description = f"Findings of the last {len(points)} runs: {points[0].findings:,} then, {points[-1].findings:,} now."
    return _as_svg(chart, "trend-chart", "Findings by run", description)


def draw_group_sizes(sizes: GroupSizes) -> Markup | None:
    """Sessions by size against the default limits; None where there is nothing to draw."""
    columns = size_columns(sizes)
    if not columns:
        return None
    import altair as alt

    values = [
        {"people": column.label, "sessions": sessions, "colour": colour, "place": place}
        for column in columns
        for place, (sessions, colour) in enumerate(
            (
                (column.sure, INSIDE if column.place == "within" else OUTSIDE),
                (column.unsure, INSIDE_UNSURE if column.place == "within" else OUTSIDE_UNSURE),
            )
        )
    ]
    labels = [column.label for column in columns]
    axis = alt.X("people:O", sort=labels, title="people in the session", axis=alt.Axis(labelAngle=0, ticks=False))
    chart: alt.LayerChart | alt.Chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_bar(size=0.72 * (WIDTH - 60) / len(columns))
        .encode(
            x=axis,
            y=alt.Y(
                "sum(sessions):Q", title="sessions", axis=alt.Axis(tickCount=5, format=",d", domain=False, ticks=False)
            ),
            color=alt.Color("colour:N", scale=None),
            order=alt.Order("place:Q"),
        )
    )
    # A limit lies on the edge of its column: everything beyond it is outside.
    edges = [(sizes.min_size, "minimum", 0), (sizes.max_size, "maximum", 1)]
    limits = [
        {"people": str(size), "words": f"{name} {size}", "edge": edge}
        for size, name, edge in edges
        if size and str(size) in labels
    ]
    for limit in limits:
        base = alt.Chart(alt.InlineData(values=[limit]))
        at = alt.X("people:O", sort=labels, bandPosition=limit["edge"])  # type: ignore[arg-type]
        chart = (
            chart
            + base.mark_rule(color="var(--ink)", strokeDash=[5, 4]).encode(x=at)
            + base.mark_text(color="var(--ink)", align="left", dx=5, dy=-8, fontWeight=600, fontSize=11.5).encode(
                x=at, y=alt.value(0), text="words:N"
            )
        )
    chart = chart.properties(width=WIDTH - 60, height=220)
    return _as_svg(chart, "size-chart", "Group sessions by number of people", _describe_sizes(columns, sizes))


def draw_funnel(providers: Sequence[ProviderRow]) -> Markup | None:
    """Share of lines with a finding over the number of lines, with the limits of chance; None for fewer than two."""
    points = funnel_points(providers)
    if len(points) < 2:
        return None
    import altair as alt

    rate = overall_rate(providers)
    most = max(point.lines for point in points)
    curves = [
        {"lines": line.lines, "share": share, "limit": name}
        for line in funnel_lines(rate, most)
        for name, share in (("95%", line.low_95), ("95% ", line.high_95), ("99.8%", line.low), ("99.8% ", line.high))
    ]
    x = alt.X("lines:Q", title="claim lines", scale=alt.Scale(domain=[0, most * 1.05]), axis=alt.Axis(format=",d"))
    y = alt.Y(
        "share:Q",
        title="share of lines with a finding",
        scale=alt.Scale(domain=[0, min(1.0, 1.15 * max(point.rate for point in points) + 0.02)], clamp=True),
        axis=alt.Axis(format="%", tickCount=5, domain=False, ticks=False),
    )
    inner, outer = ({"limit": [name, f"{name} "]} for name in ("95%", "99.8%"))
    lines = alt.Chart(alt.InlineData(values=curves)).encode(x=x, y=y, detail="limit:N")
    dots = alt.Chart(alt.InlineData(values=[_as_dot(point) for point in points])).encode(
        x=x, y=y, color=alt.Color("colour:N", scale=None), shape=alt.Shape("shape:N", scale=None)
    )
    across = alt.Chart(alt.InlineData(values=[{"share": rate}])).encode(y=y)
    chart = (
        lines.transform_filter(alt.FieldOneOfPredicate(field="limit", oneOf=inner["limit"])).mark_line(
            color="var(--soft)", strokeWidth=1, strokeDash=[2, 3]
        )
        + lines.transform_filter(alt.FieldOneOfPredicate(field="limit", oneOf=outer["limit"])).mark_line(
            color="var(--ink)", strokeWidth=1.2, strokeDash=[6, 4]
        )
        + across.mark_rule(color="var(--soft)", strokeWidth=1)
        + dots.mark_point(filled=True, size=70, opacity=0.85)
    ).properties(width=WIDTH - 70, height=240)
    above = sum(point.place == "above" for point in points)
    description = (
        f"{words.count_of(len(points), 'provider')} around a common share of {words.as_percent(rate)}; "
        f"{above:,} above what chance would give once in a thousand."
    )
    return _as_svg(chart, "funnel-chart", "Providers beside the limits of chance", description)


def draw_calendar(days: Sequence[DayCount]) -> Markup | None:
    """Findings by date of service, a column a week; None where there is none."""
    if not days:
        return None
    import altair as alt

    weeks = weeks_of(days)
    most = max(day.findings for day in days)
    values = [
        {"week": place, "weekday": weekday, "findings": findings, "colour": _shade(findings, most)}
        for place, week in enumerate(weeks)
        for weekday, findings in zip(words.WEEKDAYS, week.findings, strict=True)
    ]
    months = _month_labels([week.monday for week in weeks])
    chart = (
        alt.Chart(alt.InlineData(values=values))
        .mark_rect(stroke="var(--sheet)", strokeWidth=1.5)
        .encode(
            x=alt.X(
                "week:O",
                title=None,
                axis=alt.Axis(
                    orient="top",
                    ticks=False,
                    domain=False,
                    labelAngle=0,
                    labelAlign="left",
                    labelOverlap=False,
                    labelExpr=f"{months!r}[datum.value]",
                ),
            ),
            y=alt.Y("weekday:O", sort=list(words.WEEKDAYS), title=None, axis=alt.Axis(ticks=False, domain=False)),
            color=alt.Color("colour:N", scale=None),
        )
        .properties(width=alt.Step(min((WIDTH - 40) / len(weeks), 15.5)), height=alt.Step(15))
    )
    busiest = max(days, key=lambda day: (day.findings, day.day))
    description = (
        f"{sum(day.findings for day in days):,} findings on {words.count_of(len(days), 'day')} from "
        f"{words.as_long_date(days[0].day)} to {words.as_long_date(days[-1].day)}; most on "
        f"{words.as_long_date(busiest.day)}, {busiest.findings:,}."
    )
    return _as_svg(chart, "calendar-chart", "Findings by date of service", description)


def _as_svg(chart: alt.Chart | alt.LayerChart, identity: str, title: str, description: str) -> Markup:
    """The chart as an element of the page: named, described, as wide as its place, and without a style attribute."""
    import altair as alt
    import vl_convert

    chart = chart.configure(
        background="transparent",
        font="sans-serif",  # for measuring; the page sets its own
        padding=4,
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor="var(--soft)",
            titleColor="var(--soft)",
            titleFontWeight="normal",
            titleFontSize=11.5,
            labelFontSize=11.5,
            gridColor="var(--rule)",
            domainColor="var(--rule-strong)",
            tickColor="var(--rule-strong)",
        ),
        legend=alt.LegendConfig(labelColor="var(--soft)", labelFontSize=11.5),
    )
    drawn = vl_convert.vegalite_to_svg(chart.to_dict(), vl_version=VEGA_LITE)
    ElementTree.register_namespace("", SVG)
    root = ElementTree.fromstring(drawn)  # noqa: S314 - what vl_convert has just written, no file from outside
    # The whole chart is one image with one name; parts with names of their own would be read out again.
    for element in root.iter():
        for name in [name for name in element.attrib if name in NOT_OURS or name.startswith("aria-")]:
            del element.attrib[name]
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    root.set("class", "chart")
    root.set("role", "img")
    root.set("aria-labelledby", f"{identity}-title {identity}-words")
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": f"{identity}-{'words' if place else 'title'}"})
        element.text = text
        root.insert(place, element)
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 - texts were escaped as XML


def bar_width(amount: float, largest: float, width: int) -> float:
    """Length of a bar in a table cell; the smallest that is not zero can still be seen."""
    if amount <= 0 or largest <= 0:
        return 0.0
    return round(max(width * amount / largest, 1.5), 1)


def spark_path(shares: Sequence[float | None], width: int, height: int) -> str:
    """A line through shares as the path of an SVG; a gap where there is none, a dot where one stands alone."""
    known = [share for share in shares if share is not None]
    if not known:
        return ""
    top = max([*known, 0.01])
    step = width / max(len(shares) - 1, 1)
    path = ""
    for place, share in enumerate(shares):
        if share is None:
            continue
        is_first = place == 0 or shares[place - 1] is None
        path += f"{'M' if is_first else 'L'}{place * step:.1f} {height - height * share / top:.1f}"
        if is_first and (place == len(shares) - 1 or shares[place + 1] is None):
            path += "h0.1"
    return path


def _as_dot(point: FunnelPoint) -> dict[str, Any]:
    is_out = point.place != "within"
    return {
        "lines": point.lines,
        "share": point.rate,
        "colour": OUTSIDE if is_out else INSIDE,
        "shape": "triangle-up" if is_out else "circle",
    }


def _shade(findings: int, most: int) -> str:
    """One of four steps by the share of the busiest day; a day without a finding has its own."""
    if not findings:
        return "var(--heat-0)"
    return f"var(--heat-{math.ceil(4 * findings / most)})"


def _month_labels(mondays: Sequence[date]) -> list[str]:
    """The month over the first week that begins in it, as far as there is room; else nothing."""
    labels = []
    for place, monday in enumerate(mondays):
        is_first = place == 0 or mondays[place - 1].month != monday.month
        # The first column may belong to a month that ends at once: its name would lie over the next.
        has_room = place > 0 or (monday + timedelta(days=14)).month == monday.month
        labels.append(f"{monday:%b}" if is_first and has_room else "")
    return labels


def _describe_sizes(columns: Sequence[SizeColumn], sizes: GroupSizes) -> str:
    total, below, above = (
        sum(column.sure + column.unsure for column in columns if place in (None, column.place))
        for place in (None, "below", "above")
    )
    told = f"{total:,} group sessions"
    if sizes.min_size:
        told += f"; {below:,} below the default minimum of {sizes.min_size}"
    if sizes.max_size:
        told += f"; {above:,} above the default maximum of {sizes.max_size}"
    return told + "."
