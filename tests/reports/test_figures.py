"""The figures behind the charts: the largest first, gaps included, and limits that chance rarely passes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from scipy.stats import binom

from reports.figures import funnel_lines, funnel_points, overall_rate, rank_exposure, size_columns, weeks_of
from reports.value import CheckPayerExposure, DayCount, GroupSizes, Money, ProviderRow, SizeBar


def provider(npi: str, lines: int, flagged: int) -> ProviderRow:
    return ProviderRow(npi, lines, flagged, 0, flagged / lines if lines else 0.0, 0.0, 1.0, lines < 30, Money())


def test_the_largest_payers_and_checks_are_named_and_nothing_is_lost() -> None:
    rows = [
        CheckPayerExposure(f"check_{check:02}", f"Payer {payer}", Decimal(100 * check + payer))
        for check in range(15)
        for payer in range(8)
    ]
    ranked = rank_exposure(rows)
    assert ranked.payers == ("Payer 7", "Payer 6", "Payer 5", "Payer 4", "Payer 3", "All other payers")
    assert [row.check_id for row in ranked.rows] == [f"check_{check:02}" for check in range(14, 2, -1)]
    assert ranked.rows[0].amounts[-1] == 3 * 1400 + 0 + 1 + 2
    assert ranked.rows[0].total == sum(row.overpayment for row in rows if row.check_id == "check_14")


def test_six_payers_are_all_named() -> None:
    rows = [CheckPayerExposure("check", f"Payer {payer}", Decimal(payer + 1)) for payer in range(6)]
    assert len(rank_exposure(rows).payers) == 6
    assert "All other payers" not in rank_exposure(rows).payers


def test_nothing_at_risk_is_nothing_to_rank() -> None:
    assert rank_exposure([]).rows == ()


def test_gaps_between_sizes_are_columns_and_the_largest_share_one() -> None:
    bars = (SizeBar(2, {"roster": 1}), SizeBar(4, {"roster": 2, "date": 1}), SizeBar(31, {"date": 1}))
    columns = size_columns(GroupSizes(bars, 3, 10))
    assert [column.size for column in columns] == list(range(1, 26))
    assert (columns[3].sure, columns[3].unsure, columns[3].place) == (2, 1, "within")
    assert (columns[1].place, columns[-1].label, columns[-1].unsure, columns[-1].place) == ("below", "25+", 1, "above")


@pytest.mark.parametrize(("flagged", "place"), [(3, "below"), (4, "within"), (17, "within"), (18, "above")])
def test_a_provider_is_outside_only_beyond_the_limits(flagged: int, place: str) -> None:
    # 999 times in a thousand 100 lines at 10 % have 20 hits at most; the rate of all moves a little with the row.
    others = [provider("others", 100_000, 9_500)]
    low, high = (int(binom.ppf(tail, 100, 0.095)) for tail in (0.001, 0.999))
    row = provider("one", 100, {3: low - 1, 4: low, 17: high, 18: high + 1}[flagged])
    points = {point.npi: point.place for point in funnel_points([*others, row])}
    assert points["one"] == place


def test_providers_without_lines_are_not_in_the_funnel() -> None:
    assert funnel_points([provider("none", 0, 0)]) == ()
    assert overall_rate([provider("none", 0, 0)]) == 0.0


def test_limits_close_in_with_more_lines() -> None:
    lines = funnel_lines(0.2, 1_000)
    assert lines[-1].lines == 1_000
    assert all(line.low <= line.low_95 <= line.high_95 <= line.high for line in lines)
    assert lines[-1].high - lines[-1].low < lines[5].high - lines[5].low


def test_weeks_begin_on_monday_and_leave_none_out() -> None:
    weeks = weeks_of([DayCount(date(2026, 10, 4), 2), DayCount(date(2026, 10, 20), 1)])
    assert [week.monday for week in weeks] == [
        date(2026, 9, 28),
        date(2026, 10, 5),
        date(2026, 10, 12),
        date(2026, 10, 19),
    ]
    assert weeks[0].findings == (0, 0, 0, 0, 0, 0, 2)
    assert weeks[3].findings == (0, 1, 0, 0, 0, 0, 0)
    assert weeks_of([]) == ()
