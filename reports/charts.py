"""The geometry of the page's charts; templates draw them as SVG, with the figures in a table beside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from reports.value import GroupSizes, TrendPoint

WIDTH = 720
HEIGHT = 300
LEFT, RIGHT, TOP, BOTTOM = 48, 16, 34, 46

# Larger sessions share the last column, so that one odd day does not squeeze the rest.
LARGEST_COLUMN = 25

# A size known from the date alone may be several sessions of one day.
UNSURE_BASIS = "date"


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle with the words that a pointer shows over it."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on an axis, or a line across, with its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Columns over an axis."""

    width: int
    height: int
    left: int
    right: int
    top: int
    base: int
    bars: tuple[Bar, ...]
    columns: tuple[Mark, ...]
    grid: tuple[Mark, ...]
    limits: tuple[Mark, ...]
    description: str


@dataclass(frozen=True, slots=True)
class SizeColumn:
    """Sessions of one size, as the chart and its table show them."""

    label: str
    size: int
    sure: int
    unsure: int
    place: str  # below, within or above the limits


def size_columns(sizes: GroupSizes) -> tuple[SizeColumn, ...]:
    """Every size from one up, gaps included; the largest share the last."""
    bars = [bar for bar in sizes.bars or () if bar.member_count > 0]
    if not bars:
        return ()
    last = max(min(max(bar.member_count for bar in bars), LARGEST_COLUMN), (sizes.max_size or 0) + 1)
    columns = []
    for size in range(1, last + 1):
        here = [bar for bar in bars if min(bar.member_count, last) == size]
        unsure = sum(bar.by_basis.get(UNSURE_BASIS, 0) for bar in here)
        is_shared = any(bar.member_count > last for bar in here)
        columns.append(
            SizeColumn(
                label=f"{size}+" if is_shared else str(size),
                size=size,
                sure=sum(bar.sessions for bar in here) - unsure,
                unsure=unsure,
                place=_place(size, sizes),
            )
        )
    return tuple(columns)


def draw_group_sizes(sizes: GroupSizes) -> Chart | None:
    """Sessions by size against the default limits; None where there is nothing to draw."""
    columns = size_columns(sizes)
    if not columns:
        return None
    step = (WIDTH - LEFT - RIGHT) / len(columns)
    grid = _grid(max(column.sure + column.unsure for column in columns), TOP, HEIGHT - BOTTOM)
    scale = (HEIGHT - BOTTOM - TOP) / grid.top_value
    bars = []
    for place, column in enumerate(columns):
        x, y = LEFT + place * step + step * 0.14, float(HEIGHT - BOTTOM)
        for kind, sessions in ((column.place, column.sure), (f"{column.place} unsure", column.unsure)):
            if sessions:
                y -= sessions * scale
                words = f"{column.label} people: {sessions:,} sessions" + (", date only" if "unsure" in kind else "")
                bars.append(
                    Bar(round(x, 1), round(y, 1), round(step * 0.72, 1), round(sessions * scale, 1), kind, words)
                )
    limits = []
    if sizes.min_size:
        limits.append(Mark(round(LEFT + (sizes.min_size - 1) * step, 1), f"minimum {sizes.min_size}"))
    if sizes.max_size:
        limits.append(Mark(round(LEFT + sizes.max_size * step, 1), f"maximum {sizes.max_size}"))
    return Chart(
        WIDTH,
        HEIGHT,
        LEFT,
        WIDTH - RIGHT,
        TOP,
        HEIGHT - BOTTOM,
        tuple(bars),
        tuple(Mark(round(LEFT + (i + 0.5) * step, 1), column.label) for i, column in enumerate(columns)),
        grid.marks,
        tuple(limits),
        _describe(columns, sizes),
    )


def draw_trend(points: Sequence[TrendPoint]) -> Chart | None:
    """Findings of the last runs; None where there is no run to compare with."""
    if len(points) < 2:
        return None
    width, height, left, top, base = 360, 150, 44, 12, 122
    step = (width - left - 8) / len(points)
    grid = _grid(max(point.findings for point in points), top, base)
    scale = (base - top) / grid.top_value
    labels = [f"{point.started_at:%m-%d}" if point.started_at else point.run_id for point in points]
    bars = tuple(
        Bar(
            round(left + i * step + step * 0.2, 1),
            round(base - point.findings * scale, 1),
            round(step * 0.6, 1),
            round(point.findings * scale, 1),
            "latest" if i == len(points) - 1 else "earlier",
            f"{label}: {point.findings:,} findings",
        )
        for i, (point, label) in enumerate(zip(points, labels, strict=True))
    )
    every = math.ceil(len(points) / 6)
    columns = tuple(
        Mark(round(left + (i + 0.5) * step, 1), label)
        for i, label in enumerate(labels)
        if (len(points) - 1 - i) % every == 0
    )
    words = f"Findings of the last {len(points)} runs: {points[0].findings:,} then, {points[-1].findings:,} now."
    return Chart(width, height, left, width - 8, top, base, bars, columns, grid.marks, (), words)


def bar_width(amount: float, largest: float, width: int) -> float:
    """Length of a bar in a table cell; the smallest that is not zero can still be seen."""
    if amount <= 0 or largest <= 0:
        return 0.0
    return round(max(width * amount / largest, 1.5), 1)


@dataclass(frozen=True, slots=True)
class _Grid:
    top_value: float
    marks: tuple[Mark, ...]


def _grid(largest: int, top: int, base: int) -> _Grid:
    """About four round steps from zero."""
    rough = max(largest, 1) / 4
    magnitude = 10 ** math.floor(math.log10(rough)) if rough >= 1 else 1
    step = next(magnitude * factor for factor in (1, 2, 5, 10) if magnitude * factor >= rough)
    count = math.ceil(max(largest, 1) / step)
    height = (base - top) / count
    return _Grid(step * count, tuple(Mark(round(base - i * height, 1), f"{i * step:,.0f}") for i in range(count + 1)))


def _place(size: int, sizes: GroupSizes) -> str:
    if sizes.min_size and size < sizes.min_size:
        return "below"
    return "above" if sizes.max_size and size > sizes.max_size else "within"


def _describe(columns: Sequence[SizeColumn], sizes: GroupSizes) -> str:
    total = sum(column.sure + column.unsure for column in columns)
    below = sum(column.sure + column.unsure for column in columns if column.place == "below")
    above = sum(column.sure + column.unsure for column in columns if column.place == "above")
    words = f"{total:,} group sessions"
    if sizes.min_size:
        words += f"; {below:,} below the default minimum of {sizes.min_size}"
    if sizes.max_size:
        words += f"; {above:,} above the default maximum of {sizes.max_size}"
    return words + "."
