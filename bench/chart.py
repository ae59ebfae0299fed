"""Draws speeds as bar charts: SVGs of ours, that need no script, font or network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final, NamedTuple

from bench.check_results import CheckResults
from bench.peers import FLOOR, OURS
from bench.results import Result

_WIDTH: Final = 760
_LABELS: Final = 210
_BAR: Final = 20
_STEP: Final = 26
_VALUES: Final = 130  # right of the longest bar
_COLORS: Final = {OURS: "#1b6ca8", FLOOR: "#c4c9cf"}
_PEER_COLOR: Final = "#8a939c"


class Bar(NamedTuple):
    """One bar; `role` gives its color, `note` stands behind its value, a thin line spans least to most."""

    name: str
    role: str
    middle: float
    least: float
    most: float
    note: str


def draw(results: Sequence[Result]) -> str:
    """Bars of MB/s, a group a format."""
    groups = {
        f"{name}, MB/s": [
            Bar(one.name, one.role, *one.rates, f" ({one.ratio:.2g}x)" if one.ratio is not None else "")
            for one in results
            if one.format == name
        ]
        for name in dict.fromkeys(one.format for one in results)
    }
    return draw_groups(groups, "Reading speed by format, in MB per second; the table beside it has the numbers")


def draw_checks(results: CheckResults) -> str:
    """Bars of thousand lines a second, a group a race and size."""
    groups: dict[str, list[Bar]] = {}
    for one in results.checked:
        rates = [one.line_count / 1e3 / seconds for seconds in one.seconds]
        role = OURS if one.name in results.ours else FLOOR if one.name.startswith("floor") else ""
        bar = Bar(one.name, role, one.lines_per_second / 1e3, min(rates), max(rates), "")
        groups.setdefault(f"{one.race}, {one.line_count:,} lines, thousand lines a second", []).append(bar)
    return draw_groups(groups, "Checking speed, in thousand lines per second; the table beside it has the numbers")


def draw_groups(groups: Mapping[str, Sequence[Bar]], label: str) -> str:
    """Groups of bars below each other, each group on a scale of its own."""
    parts: list[str] = []
    top = 8
    for title, bars in groups.items():
        parts.append(f'<text x="8" y="{top + 16}" class="group">{escape(title)}</text>')
        top += 26
        scale = (_WIDTH - _LABELS - _VALUES) / max(bar.most for bar in bars)
        for bar in bars:
            parts.extend(_bar(bar, top, scale))
            top += _STEP
        top += 12
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}" '
        f'role="img" aria-label="{escape(label)}">\n'
        "<style>text { font: 13px sans-serif; fill: #1f2933; } .group { font-weight: bold; }</style>\n"
        f'<rect width="{_WIDTH}" height="{top}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _bar(bar: Bar, top: int, scale: float) -> Iterator[str]:
    color = _COLORS.get(bar.role, _PEER_COLOR)
    yield f'<text x="{_LABELS - 8}" y="{top + 15}" text-anchor="end">{escape(bar.name)}</text>'
    yield f'<rect x="{_LABELS}" y="{top}" width="{max(bar.middle * scale, 1):.1f}" height="{_BAR}" fill="{color}"/>'
    yield (
        f'<line x1="{_LABELS + bar.least * scale:.1f}" x2="{_LABELS + bar.most * scale:.1f}" y1="{top + _BAR / 2:.0f}" '
        f'y2="{top + _BAR / 2:.0f}" stroke="#1f2933" stroke-width="1.5"/>'
    )
    yield f'<text x="{_LABELS + bar.most * scale + 8:.1f}" y="{top + 15}">{bar.middle:.3g}{bar.note}</text>'
