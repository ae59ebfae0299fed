"""The figures behind the charts, as the charts and the tables beside them show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, Literal

from scipy.stats import binom

from reports.value import CheckPayerExposure, DayCount, GroupSizes, ProviderRow

# Larger sessions share the last column, so that one odd day does not squeeze the rest.
LARGEST_COLUMN: Final = 25

# A size known from the date alone may be several sessions of one day.
UNSURE_BASIS: Final = "date"

# More bars or colours than these nobody tells apart.
MOST_CHECKS: Final = 12
MOST_PAYERS: Final = 5
OTHER_PAYERS: Final = "All other payers"

# Two-sided limits of the funnel.
OUTER: Final = 0.998
INNER: Final = 0.95
FUNNEL_STEPS: Final = 60

Place = Literal["below", "within", "above"]


@dataclass(frozen=True, slots=True)
class SizeColumn:
    """Sessions of one size, as the chart and its table show them."""

    label: str
    size: int
    sure: int
    unsure: int
    place: Place


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
                place=_place_of_size(size, sizes),
            )
        )
    return tuple(columns)


def _place_of_size(size: int, sizes: GroupSizes) -> Place:
    if sizes.min_size and size < sizes.min_size:
        return "below"
    return "above" if sizes.max_size and size > sizes.max_size else "within"


@dataclass(frozen=True, slots=True)
class ExposureRow:
    """One check's dollars, in the order of the payers of its RankedExposure."""

    check_id: str
    amounts: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.amounts, start=Decimal(0))


@dataclass(frozen=True, slots=True)
class RankedExposure:
    """The checks and payers with the most dollars; the other payers share the last column."""

    payers: tuple[str, ...]
    rows: tuple[ExposureRow, ...]


def rank_exposure(rows: Sequence[CheckPayerExposure]) -> RankedExposure:
    """Potential overpayment by check and payer, the largest first."""
    by_payer: dict[str, Decimal] = {}
    by_check: dict[str, dict[str, Decimal]] = {}
    for row in rows:
        by_payer[row.payer_name] = by_payer.get(row.payer_name, Decimal(0)) + row.overpayment
        amounts = by_check.setdefault(row.check_id, {})
        amounts[row.payer_name] = amounts.get(row.payer_name, Decimal(0)) + row.overpayment
    payers = sorted(by_payer, key=lambda name: (-by_payer[name], name))
    # A single payer left over is shown by its own name.
    named = payers if len(payers) <= MOST_PAYERS + 1 else payers[:MOST_PAYERS]
    others = payers[len(named) :]
    checks = sorted(by_check, key=lambda check_id: (-sum(by_check[check_id].values()), check_id))[:MOST_CHECKS]
    return RankedExposure(
        payers=(*named, OTHER_PAYERS) if others else tuple(named),
        rows=tuple(
            ExposureRow(
                check_id,
                (
                    *(by_check[check_id].get(name, Decimal(0)) for name in named),
                    *(
                        [sum((by_check[check_id].get(name, Decimal(0)) for name in others), Decimal(0))]
                        if others
                        else []
                    ),
                ),
            )
            for check_id in checks
        ),
    )


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """A provider in the funnel, and whether chance explains its share of lines with a finding."""

    npi: str
    lines: int
    rate: float
    place: Place


@dataclass(frozen=True, slots=True)
class FunnelLine:
    """Shares that chance alone leaves once in a thousand (`low`, `high`) and once in forty, for so many lines."""

    lines: int
    low: float
    low_95: float
    high_95: float
    high: float


def overall_rate(providers: Sequence[ProviderRow]) -> float:
    """Lines with a finding of certainty C1 to C3, of all lines of all providers; 0 where there are none."""
    lines = sum(row.lines for row in providers)
    return sum(row.flagged_lines for row in providers) / lines if lines else 0.0


def funnel_points(providers: Sequence[ProviderRow]) -> tuple[FunnelPoint, ...]:
    """The providers that have lines, each held against the limits for its own number of lines."""
    rate = overall_rate(providers)
    return tuple(
        FunnelPoint(row.npi, row.lines, row.rate, _place_in_funnel(row, rate)) for row in providers if row.lines
    )


def funnel_lines(rate: float, most: int) -> tuple[FunnelLine, ...]:
    """The limits from a few lines up to `most`, close together where they bend most."""
    steps = sorted({max(1, round(most * (step / FUNNEL_STEPS) ** 2)) for step in range(1, FUNNEL_STEPS + 1)})
    return tuple(FunnelLine(lines, *_limits(rate, lines)) for lines in steps)


def _limits(rate: float, lines: int) -> tuple[float, ...]:
    tails = ((1 - OUTER) / 2, (1 - INNER) / 2, (1 + INNER) / 2, (1 + OUTER) / 2)
    return tuple(float(binom.ppf(tail, lines, rate)) / lines for tail in tails)


def _place_in_funnel(row: ProviderRow, rate: float) -> Place:
    low, _, _, high = _limits(rate, row.lines)
    return "below" if row.rate < low else "above" if row.rate > high else "within"


@dataclass(frozen=True, slots=True)
class Week:
    """Findings of the seven days from a Monday."""

    monday: date
    findings: tuple[int, ...]


def weeks_of(days: Sequence[DayCount]) -> tuple[Week, ...]:
    """Every week from the first day to the last, those without a finding included; `days` are in order."""
    if not days:
        return ()
    counts = {day.day: day.findings for day in days}
    monday = days[0].day - timedelta(days=days[0].day.weekday())
    weeks = []
    while monday <= days[-1].day:
        weeks.append(Week(monday, tuple(counts.get(monday + timedelta(days=place), 0) for place in range(7))))
        monday += timedelta(days=7)
    return tuple(weeks)
