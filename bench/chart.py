"""Draws the reading speeds as a bar chart: one SVG of ours, that needs no script, font or network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from bench.peers import FLOOR, OURS
from bench.results import Result

_WIDTH: Final = 760
_LABELS: Final = 190
_BAR: Final = 20
_STEP: Final = 26
_VALUES: Final = 130  # right of the longest bar
_COLORS: Final = {OURS: "#1b6ca8", FLOOR: "#c4c9cf"}
_PEER_COLOR: Final = "#8a939c"


def draw(results: Sequence[Result]) -> str:
    """Bars of MB/s, group by group, each group on a scale of its own; thin lines span least to most."""
    parts: list[str] = []
    top = 8
    for name in dict.fromkeys(one.format for one in results):
        group = [one for one in results if one.format == name]
        parts.append(f'<text x="8" y="{top + 16}" class="group">{escape(name)}, MB/s</text>')
        top += 26
        scale = (_WIDTH - _LABELS - _VALUES) / max(one.rates[2] for one in group)
        for one in group:
            parts.extend(_bar(one, top, scale))
            top += _STEP
        top += 12
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}" '
        'role="img" aria-label="Reading speed by format, in MB per second; the table beside it has the numbers">\n'
        "<style>text { font: 13px sans-serif; fill: #1f2933; } .group { font-weight: bold; }</style>\n"
        f'<rect width="{_WIDTH}" height="{top}" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _bar(one: Result, top: int, scale: float) -> Iterator[str]:
    middle, least, most = one.rates
    color = _COLORS.get(one.role, _PEER_COLOR)
    yield f'<text x="{_LABELS - 8}" y="{top + 15}" text-anchor="end">{escape(one.name)}</text>'
    yield f'<rect x="{_LABELS}" y="{top}" width="{max(middle * scale, 1):.1f}" height="{_BAR}" fill="{color}"/>'
    yield (
        f'<line x1="{_LABELS + least * scale:.1f}" x2="{_LABELS + most * scale:.1f}" y1="{top + _BAR / 2:.0f}" '
        f'y2="{top + _BAR / 2:.0f}" stroke="#1f2933" stroke-width="1.5"/>'
    )
    ratio = f" ({one.ratio:.2g}x)" if one.ratio is not None else ""
    yield f'<text x="{_LABELS + most * scale + 8:.1f}" y="{top + 15}">{middle:.3g}{ratio}</text>'
