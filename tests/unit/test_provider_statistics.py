"""How clinicians are compared: the numbers, and that a run tells each clinician and measure once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, median_abs_deviation

from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.run import CheckRun, run_checks
from claims_audit.checking.selection import Selection, select_checks
from claims_audit.checking.statistics import funnel_limit, provider_statistics, robust_z
from claims_audit.findings.finding import CheckStatus
from claims_audit.warehouse.database import open_scratch

Row = dict[str, str]


def test_distance_in_robust_deviations() -> None:
    others = [8.0, 9.0, 10.0, 11.0, 12.0]
    assert robust_z(20.0, others) == pytest.approx((20 - 10) / median_abs_deviation(others, scale="normal"))
    assert robust_z(10.0, others) == 0


def test_others_who_are_alike() -> None:
    # Most of them: the mean deviation stands in. All of them: there is no distance.
    assert robust_z(9.0, [5.0, 5.0, 5.0, 5.0, 10.0]) == pytest.approx(4 / (1.0 * np.sqrt(np.pi / 2)))
    assert robust_z(9.0, [5.0] * 40) is None
    assert robust_z(9.0, [5.0]) is None
    # Two are enough.
    assert robust_z(9.0, [4.0, 6.0]) == pytest.approx(4 / median_abs_deviation([4.0, 6.0], scale="normal"))


@pytest.mark.parametrize(("lines", "hits", "of"), [(50, 100, 1000), (400, 3, 900), (10, 0, 100)])
def test_funnel(lines: int, hits: float, of: float) -> None:
    limit = funnel_limit(lines, hits, of)
    assert limit is not None
    # Once in a thousand by chance, and not more often; one hit fewer would be.
    assert binom.sf(limit * lines, lines, hits / of) <= 0.001
    assert limit == 0 or binom.sf(limit * lines - 1, lines, hits / of) > 0.001


def test_funnel_without_others() -> None:
    assert funnel_limit(50, 0, 0) is None
    assert funnel_limit(0, 3, 10) is None
    # One line of one's own and one of the others are little, and something.
    assert funnel_limit(1, 0, 1) == 0
    assert funnel_limit(1, 1, 2) == 1
    # Two hits on one line are a share of one and no more.
    assert funnel_limit(4, 2, 1) == 1


COUNTS = (
    *("line_count", "session_line_count", "group_line_count", "distinct_line_count", "add_on_line_count"),
    *("denied_line_count", "answered_line_count", "member_day_count", "worked_day_count"),
    *("group_count", "group_member_count"),
)


def month(npi: str, taxonomy: str | None, year: int, quarter: int, **counts: float) -> dict[str, object]:
    """What provider_activity counts of a clinician in the first month of a quarter."""
    return {
        "rendering_provider_npi": npi,
        "rendering_taxonomy_code": taxonomy,
        "service_year": year,
        "service_quarter": quarter,
        "first_date": pd.Timestamp(year, quarter * 3 - 2, 4),
        "last_date": pd.Timestamp(year, quarter * 3 - 2, 20),
        "session_minutes": 0,
        **dict.fromkeys(COUNTS, 0),
        **counts,
    }


def alike(npi: str, diagnoses: str, lines: int, year: int = 2024, quarter: int = 1) -> dict[str, object]:
    return {
        "rendering_provider_npi": npi,
        "service_year": year,
        "service_quarter": quarter,
        "diagnoses": diagnoses,
        "line_count": lines,
    }


def rows_of(activity: list[Any], diagnoses: list[Any], peers: int = 2, quarters: int = 2) -> dict[Any, dict[str, Any]]:
    frames = pd.DataFrame(activity), pd.DataFrame(diagnoses or [alike("nobody", "F32.1", 1)])
    made = provider_statistics(*frames, {"peers": peers, "own_trend": quarters})
    rows = [{name: None if pd.isna(value) else value for name, value in row.items()} for row in made.to_dict("records")]
    return {(row["rendering_provider_npi"], row["measure_code"], row["peer_kind"]): row for row in rows}


def test_numbers_beside_peers() -> None:
    activity = [
        month("A", "T1", 2024, 1, line_count=9, session_line_count=8, group_line_count=4, worked_day_count=2),
        month("A", "T1", 2024, 2, line_count=3, session_line_count=2, group_line_count=1, worked_day_count=1),
        month("B", "T1", 2024, 1, line_count=20, session_line_count=20, group_line_count=10, worked_day_count=4),
        month("C", "T1", 2024, 1, line_count=40, session_line_count=40, group_line_count=10, worked_day_count=8),
        month("D", "T1", 2024, 1, line_count=6, worked_day_count=1),
        month("E", "T2", 2024, 1, line_count=5, session_line_count=1, worked_day_count=1),
        month("F", None, 2024, 1, line_count=7, session_line_count=4, group_line_count=3, worked_day_count=1),
    ]
    rows = rows_of(activity, [alike("A", "F32.1", 3), alike("A", "F41.1", 1), alike("A", "F32.1", 2, quarter=2)])
    share = rows["A", "group_share", "peers"]
    assert (share["peer_count"], share["line_count"], share["value_number"]) == (2, 10, 0.5)
    assert (share["period_start"], share["period_end"]) == (date(2024, 1, 4), date(2024, 4, 20))
    assert share["peer_median"] == pytest.approx((0.5 + 0.25) / 2)
    assert share["robust_z"] == pytest.approx(robust_z(0.5, [0.5, 0.25]))
    assert share["upper_limit"] == funnel_limit(10, 20, 60)
    # Sessions, and nothing in them to count; and one line is something. Who has no sessions has no share.
    assert rows["E", "group_share", "peers"]["value_number"] == 0
    assert ("D", "group_share", "peers") not in rows
    worked = rows["A", "days_worked", "peers"]
    assert (worked["value_number"], worked["peer_count"], worked["line_count"]) == (1.5, 3, 12)
    assert worked["upper_limit"] is None
    same = rows["A", "same_diagnosis_share", "peers"]
    assert (same["value_number"], same["line_count"], same["peer_count"]) == (5 / 6, 6, 0)
    assert not any(npi != "A" for npi, measure, _ in rows if measure == "same_diagnosis_share")
    # Of another taxonomy, or of none, nobody is alike: told, and not judged.
    for npi, value in (("E", 0.0), ("F", 0.75)):
        lonely = rows[npi, "group_share", "peers"]
        assert (lonely["value_number"], lonely["peer_count"], lonely["peer_median"]) == (value, 0, None)
        assert (lonely["robust_z"], lonely["upper_limit"]) == (None, None)
        assert (lonely["period_start"], lonely["period_end"]) == (date(2024, 1, 4), date(2024, 1, 20))


def test_too_few_peers_are_told_and_not_judged() -> None:
    activity = [month(npi, "T1", 2024, 1, line_count=9, session_line_count=9, worked_day_count=1) for npi in "ABC"]
    assert rows_of(activity, [], peers=2)["A", "group_share", "peers"]["upper_limit"] is not None
    row = rows_of(activity, [], peers=3)["A", "group_share", "peers"]
    assert (row["peer_count"], row["peer_median"], row["robust_z"], row["upper_limit"]) == (2, 0.0, None, None)


def test_numbers_beside_the_own_past() -> None:
    quarters = [(2023, 3, 10, 5), (2023, 4, 10, 4), (2024, 1, 0, 0), (2024, 2, 1, 1)]
    activity = [
        month("A", "T1", year, quarter, line_count=9, session_line_count=sessions, group_line_count=groups)
        for year, quarter, sessions, groups in quarters[::-1]
    ]
    row = rows_of(activity, [])["A", "group_share", "own_trend"]
    assert (row["value_number"], row["peer_count"], row["line_count"]) == (1.0, 2, 1)
    assert (row["period_start"], row["period_end"]) == (date(2024, 4, 4), date(2024, 4, 20))
    assert row["peer_median"] == pytest.approx(0.45)
    assert row["robust_z"] == pytest.approx(robust_z(1.0, [0.5, 0.4]))
    assert row["upper_limit"] == funnel_limit(1, 9, 20)
    assert rows_of(activity, [], quarters=3)["A", "group_share", "own_trend"]["robust_z"] is None
    # Nothing in the last quarter that could have a share: there is nothing to hold against the past.
    assert ("A", "group_share", "own_trend") not in rows_of(activity[1:], [])


def test_nobody_is_compared_where_nobody_worked() -> None:
    assert provider_statistics(pd.DataFrame(), pd.DataFrame(), {"peers": 2, "own_trend": 2}).empty


@pytest.fixture
def compare(new_desk: Callable[[str], Any]) -> Callable[..., CheckRun]:
    def compare(rows: list[Row]) -> CheckRun:
        desk = new_desk("desk")
        desk.deliver("claims.csv", rows)
        desk.con.close()
        catalog = read_catalog()
        chosen = select_checks(catalog, ["integrity"])
        check = catalog.check("provider_outlier")
        with open_scratch(desk.home, desk.settings) as con:
            return run_checks(con, catalog, Selection((check,), (), chosen.params))

    return compare


def day_of(claim: Callable[..., Row], npi: str, day: str, members: int, tag: str = "", **changes: object) -> list[Row]:
    return [
        claim(
            patient_control_number=f"{npi}{day}{tag}{at}",
            member_id=f"{npi}M{at}",
            rendering_provider_npi=npi,
            rendering_taxonomy_code="101YM0800X",
            date_of_service=day,
            procedure_code="90834",
            charge_amount="120.00",
            **changes,
        )
        for at in range(members)
    ]


def test_one_among_peers(compare: Callable[..., CheckRun], claim: Callable[..., Row]) -> None:
    rows = []
    for at in range(31):
        npi = f"12345678{at:02d}"
        for month in ("01", "02", "03"):
            rows += day_of(claim, npi, f"2024-{month}-04", 40 if at == 30 else 10 + at % 5)
    run = compare(rows)
    assert {(found.rendering_provider_npi, found.session_key) for found in run.findings} == {("1234567830", None)}
    by_measure = {found.evidence.split('"measure_code":"')[1].split('"')[0]: found for found in run.findings}
    # Forty sessions of 38 minutes are a long day, too. Each is told once, in the month in which the period ends.
    assert by_measure.keys() == {"patients_per_day", "minutes_per_day"}
    found = by_measure["patients_per_day"]
    assert (found.date_of_service.isoformat(), found.direction, found.severity) == ("2024-03-04", "lead", "info")
    assert (found.lines, found.exposure_amount) == ((), 0)
    (result,) = run.results
    assert (result.status, result.lines_examined, result.lines_not_checked) == (CheckStatus.FOUND, len(rows), 0)


def test_one_who_stopped_before_the_last_month(compare: Callable[..., CheckRun], claim: Callable[..., Row]) -> None:
    rows = []
    for at in range(31):
        npi = f"12345678{at:02d}"
        for month in ("01", "02", "03") if at == 30 else ("01", "02", "03", "04"):
            rows += day_of(claim, npi, f"2024-{month}-04", 40 if at == 30 else 10 + at % 5)
    found = {(one.rendering_provider_npi, one.date_of_service.isoformat()) for one in compare(rows).findings}
    assert found == {("1234567830", "2024-03-04")}


def test_a_small_practice_against_its_own_past(compare: Callable[..., CheckRun], claim: Callable[..., Row]) -> None:
    rows = []
    for quarter, members in enumerate((10, 11, 12, 11, 40)):
        year, month = 2023 + quarter // 4, quarter % 4 * 3 + 1
        for day in range(1, 5):
            rows += day_of(claim, "1234567893", f"{year}-{month:02d}-{day:02d}", members)
    run = compare(rows)
    measures = {found.evidence.split('"measure_code":"')[1].split('"')[0] for found in run.findings}
    assert measures == {"patients_per_day", "minutes_per_day"}
    assert all('"peer_kind":"own_trend"' in found.evidence for found in run.findings)


def test_nobody_to_compare_with_is_not_clear(compare: Callable[..., CheckRun], claim: Callable[..., Row]) -> None:
    rows = day_of(claim, "1234567893", "2024-01-04", 40) + day_of(claim, "1234567893", "2024-02-05", 40)
    run = compare(rows)
    (result,) = run.results
    assert run.findings == []
    assert (result.status, result.lines_not_checked) == (CheckStatus.NOT_CHECKED, 80)
    assert result.reason is not None
    assert result.reason.startswith("80 of 80 lines not judged: too few clinicians")


def test_too_few_quarters_are_not_judged(compare: Callable[..., CheckRun], claim: Callable[..., Row]) -> None:
    rows = [
        row
        for month, members in ((1, 10), (4, 11), (7, 12), (10, 60))
        for row in day_of(claim, "1234567893", f"2024-{month:02d}-04", members)
    ]
    (result,) = compare(rows).results
    assert (result.status, result.lines_not_checked) == (CheckStatus.NOT_CHECKED, len(rows))
