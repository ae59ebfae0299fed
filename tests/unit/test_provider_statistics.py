"""How clinicians are compared: the numbers, and that a run tells each clinician and measure once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom, median_abs_deviation

from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.run import CheckRun, run_checks
from claims_audit.checking.selection import Selection, select_checks
from claims_audit.checking.statistics import funnel_limit, robust_z
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
