"""R51 in plain Python: which measures of a clinician are far away, given how each stands beside others."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.oracle.answers import Answer, answer
from tests.oracle.practice import CLINICIANS, Draw, Practice, Row

CHECKS = ("provider_outlier",)
MEASURES = ("patients_per_day", "group_share", "distinct_modifier_rate")


def draw(rng: Draw) -> Practice:
    """Measures of two clinicians beside peers, beside the own past or both, about the limits of what counts."""
    practice = Practice()
    for npi in CLINICIANS:
        for measure in rng.some(MEASURES, 1, 3):
            for peer_kind in rng.pick((("peers",), ("own_trend",), ("peers", "own_trend"))):
                practice.add(
                    "provider_statistic",
                    {"rendering_provider_npi": npi, "measure_code": measure, "peer_kind": peer_kind},
                    period_start="2024-01-01",
                    period_end="2025-03-31",
                    peer_count=rng.pick((29, 30) if peer_kind == "peers" else (3, 4)),
                    line_count=rng.pick((29, 30, 100)),
                    value_number=rng.pick((0.4, 0.5, 0.9)),
                    peer_median=0.3,
                    robust_z=rng.pick((None, 3.4, 3.5, 9.0)),
                    upper_limit=rng.pick((None, 0.5)),
                )
    practice.bill()
    return practice


def expected(practice: Practice) -> Iterator[Answer]:
    """Far in robust deviations, and for a share above its funnel, too; peers go before the own past."""
    told: dict[tuple[str | None, str | None], Row] = {}
    for row in practice.rows("provider_statistic"):
        least = 30 if row["peer_kind"] == "peers" else 4
        key = row["rendering_provider_npi"], row["measure_code"]
        if int(str(row["peer_count"])) >= least and (key not in told or row["peer_kind"] == "peers"):
            told[key] = row
    for row in told.values():
        limit, distance = row["upper_limit"], row["robust_z"]
        is_above = limit is None or Decimal(str(row["value_number"])) > Decimal(limit)
        is_far = Decimal(distance) >= Decimal("3.5") if distance is not None else limit is not None
        if int(str(row["line_count"])) >= 30 and is_above and is_far:
            yield answer("provider_outlier", (), "no_policy", "C5", "lead")
