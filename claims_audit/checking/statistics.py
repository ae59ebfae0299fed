"""How clinicians stand beside their peers, or beside their own past: fills `provider_statistic` for the checks.

The counting is SQL, month by month as the checks go (the views named here); the statistics are made of the counts
before the checks of the last month, which is when they are told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from claims_audit.findings.months import Counted
from claims_audit.warehouse.database import Connection

STATISTIC_TABLE: Final = "provider_statistic"
COUNTED_VIEWS: Final = ("provider_activity", "provider_diagnosis")
# Two-sided 99.8 %, of which only the upper side is looked at.
_FUNNEL: Final = 0.999
# The mean absolute deviation of a normal distribution, and the scipy scale for its median absolute deviation.
_MEAN_DEVIATION_SCALE: Final = 1.2533141373155
# How many of what a clinician is held against there must be: thresholds of the check that reads the table.
_LEAST_PARAMS: Final = {"peers": "min_peers", "own_trend": "min_quarters"}
_KEYS: Final = ["rendering_provider_npi", "service_year", "service_quarter"]


class _Measure(NamedTuple):
    code: str
    top: str
    bottom: str
    is_rate: bool  # a share of lines, to which chance alone gives a known spread


_MEASURES: Final = (
    _Measure("patients_per_day", "member_day_count", "worked_day_count", False),
    _Measure("group_share", "group_line_count", "session_line_count", True),
    _Measure("mean_group_size", "group_member_count", "group_count", False),
    _Measure("distinct_modifier_rate", "distinct_line_count", "line_count", True),
    _Measure("add_on_rate", "add_on_line_count", "session_line_count", True),
    _Measure("same_diagnosis_share", "same_diagnosis_count", "diagnosed_line_count", True),
    _Measure("minutes_per_day", "session_minutes", "worked_day_count", False),
    _Measure("days_worked", "worked_day_count", "month_count", False),
    _Measure("denial_rate", "denied_line_count", "answered_line_count", True),
)


class ProviderCounts:
    """Gathers what the views count in each month, and makes the statistics of all of them."""

    def __init__(self, con: Connection, params: Mapping[str, object], columns: Mapping[str, Sequence[str]]) -> None:
        """`params` are the thresholds of the check, `columns` those of the counting views, by name."""
        self._con = con
        self._columns = columns
        self._least = {kind: _whole(params.get(name)) for kind, name in _LEAST_PARAMS.items()}
        self.counted: list[Counted] = []
        con.execute(f"create or replace table {STATISTIC_TABLE} as select * from {STATISTIC_TABLE} limit 0")

    def add_month(self, month: date) -> None:
        """Takes over what the views hold for the month at hand."""
        for view in COUNTED_VIEWS:
            rows = self._con.execute(f"select to_json({view}) from {view}").fetchall()
            self.counted += [Counted(month, view, row[0]) for row in rows]

    def keep_month(self, month: date) -> None:
        """Takes over what was counted when the month was audited last."""
        rows = self._con.execute(
            "select view_name, counted from month_count where service_month = $month", {"month": month}
        ).fetchall()
        self.counted += [Counted(month, view, text) for view, text in rows]

    def fill(self) -> None:
        """Puts the statistics of all months so far into the table that the checks read."""
        activity, diagnoses = (self._frame(view) for view in COUNTED_VIEWS)
        frame = provider_statistics(activity, diagnoses, self._least)
        if len(frame):
            self._con.register("statistic_rows", frame)
            self._con.execute(f"insert into {STATISTIC_TABLE} by name select * from statistic_rows")
            self._con.unregister("statistic_rows")

    def _frame(self, view: str) -> pd.DataFrame:
        rows = [json.loads(counted.row) for counted in self.counted if counted.view == view]
        return pd.DataFrame(rows, columns=list(self._columns[view]))


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 2


def provider_statistics(activity: pd.DataFrame, diagnoses: pd.DataFrame, least: Mapping[str, int]) -> pd.DataFrame:
    """The rows of provider_statistic: for each clinician and measure the comparison with peers and with the own past.

    A clinician with fewer peers or earlier quarters than `least` has rows, too, without a distance: what is not judged
    is told.
    """
    if activity.empty:
        return pd.DataFrame()
    activity = activity.assign(month_count=1)
    rows = [*_beside_peers(activity, diagnoses, least), *_beside_own_past(activity, diagnoses, least)]
    return pd.DataFrame(rows)


def _totals(activity: pd.DataFrame, diagnoses: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    counts = [name for name in activity.columns if name.endswith("_count") or name == "session_minutes"]
    grouped = activity.groupby(keys)
    totals = grouped[counts].sum().astype("float64")
    totals["first_date"], totals["last_date"] = grouped["first_date"].min(), grouped["last_date"].max()
    totals["taxonomy"] = grouped["rendering_taxonomy_code"].max()
    alike = diagnoses.groupby([*keys, "diagnoses"])["line_count"].sum().groupby(keys)
    totals["same_diagnosis_count"], totals["diagnosed_line_count"] = alike.max(), alike.sum()
    return totals.fillna({"same_diagnosis_count": 0, "diagnosed_line_count": 0})


def _beside_peers(
    activity: pd.DataFrame, diagnoses: pd.DataFrame, least: Mapping[str, int]
) -> Iterable[dict[str, object]]:
    totals = _totals(activity, diagnoses, ["rendering_provider_npi"])
    for measure in _MEASURES:
        known = totals[totals[measure.bottom] > 0]
        for _, alike in known.groupby("taxonomy"):
            tops, bottoms = (alike[name].to_numpy(dtype="float64") for name in (measure.top, measure.bottom))
            for place, (npi, own) in enumerate(alike.iterrows()):
                others = np.delete(tops, place), np.delete(bottoms, place)
                yield _row(str(npi), measure, "peers", own, *others, least["peers"])
        # Without a taxonomy nobody is known to be alike.
        for npi, own in known[known["taxonomy"].isna()].iterrows():
            yield _row(str(npi), measure, "peers", own, np.empty(0), np.empty(0), least["peers"])


def _beside_own_past(
    activity: pd.DataFrame, diagnoses: pd.DataFrame, least: Mapping[str, int]
) -> Iterable[dict[str, object]]:
    totals = _totals(activity, diagnoses, _KEYS).reset_index().sort_values(_KEYS)
    for npi, quarters in totals.groupby("rendering_provider_npi"):
        latest = quarters.iloc[-1]
        for measure in _MEASURES:
            if latest[measure.bottom] > 0:
                earlier = quarters.iloc[:-1]
                earlier = earlier[earlier[measure.bottom] > 0]
                tops, bottoms = (earlier[name].to_numpy(dtype="float64") for name in (measure.top, measure.bottom))
                yield _row(str(npi), measure, "own_trend", latest, tops, bottoms, least["own_trend"])


def _row(
    npi: str, measure: _Measure, kind: str, own: pd.Series, tops: np.ndarray, bottoms: np.ndarray, least: int
) -> dict[str, object]:
    value = float(own[measure.top] / own[measure.bottom])
    values = tops / bottoms
    is_enough = len(values) >= least
    lines = own[measure.bottom] if measure.is_rate else own["line_count"]
    return {
        "rendering_provider_npi": npi,
        "measure_code": measure.code,
        "period_start": pd.Timestamp(own["first_date"]).date(),
        "period_end": pd.Timestamp(own["last_date"]).date(),
        "peer_kind": kind,
        "peer_count": len(values),
        "line_count": int(lines),
        "value_number": value,
        "peer_median": float(np.median(values)) if len(values) else None,
        "robust_z": robust_z(value, values) if is_enough else None,
        "upper_limit": (
            funnel_limit(int(lines), float(tops.sum()), float(bottoms.sum())) if measure.is_rate and is_enough else None
        ),
    }


def robust_z(value: float, others: Sequence[float] | np.ndarray) -> float | None:
    """Distance from the median of the others in median absolute deviations, scaled to be a standard deviation.

    Where most of the others are alike, the mean absolute deviation stands in; None where all of them are.
    """
    from scipy.stats import median_abs_deviation

    if len(others) < 2:
        return None
    center = float(np.median(others))
    spread = float(median_abs_deviation(others, scale="normal"))
    if spread == 0:
        spread = float(np.mean(np.abs(np.asarray(others) - center))) * _MEAN_DEVIATION_SCALE
    if spread == 0:
        return None
    return (value - center) / spread


def funnel_limit(lines: int, hits: float, of: float) -> float | None:
    """The share of `lines` that chance alone exceeds once in a thousand, if the true share is that of the others."""
    from scipy.stats import binom

    if of <= 0 or lines <= 0:
        return None
    return float(binom.ppf(_FUNNEL, lines, min(hits / of, 1.0))) / lines
