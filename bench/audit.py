"""The whole audit with the core pack, and the floor: the least that any audit of these lines has to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.run import run_checks
from claims_audit.checking.selection import select_checks
from claims_audit.checking.service_month import service_months
from claims_audit.home import Home
from claims_audit.settings import read_settings
from claims_audit.warehouse.database import Connection, open_scratch

Rows = Mapping[str, Sequence[Sequence[object]]]

AUDIT: Final = "core pack"
FLOOR_AT_ONCE: Final = "floor, in one query"
FLOOR_BY_MONTH: Final = "floor, month by month"

# One pass over what the core checks read, grouped by session and by patient day. Sums and extremes stand for what would
# be looked at; nothing is kept and no policy is applied.
_FLOOR: Final = """
select count(*), sum(line_count), sum(member_count), sum(paid_amount), max(last_modifier), max(last_value)
from (
    select
        count(*) as line_count,
        count(distinct member_id) as member_count,
        sum(paid_amount) as paid_amount,
        max(concat(modifier_1, modifier_2, modifier_3, modifier_4)) as last_modifier,
        max(concat(procedure_code, place_of_service_code, diagnosis_code_1, charge_amount, service_units)) as last_value
    from claim_line
    where date_of_service >= $start and date_of_service < $end
    group by grouping sets (
        (rendering_provider_npi, date_of_service, session_id, session_start_at),
        (payer_id, member_id, date_of_service)
    )
) as grouped
"""


def audit(home: Home, folder: Path) -> Callable[[], Rows]:
    """`run_checks` with the core pack over every month, as `claims-audit audit` calls it."""
    del folder
    catalog, settings = read_catalog(), read_settings(home.path)

    def run() -> Rows:
        with open_scratch(home, settings) as con:
            checked = run_checks(con, catalog, select_checks(catalog, settings.packs, settings.thresholds))
        return {
            result.check_id: [[result.status.value, result.lines_examined, result.finding_count]]
            for result in checked.results
            if not result.is_left_out
        }

    return run


def floor_at_once(home: Home, folder: Path) -> Callable[[], Rows]:
    """One query over the whole history, with the memory limit of the audit."""
    del folder

    def run() -> Rows:
        with open_scratch(home, read_settings(home.path)) as con:
            months = service_months(con)
            return {"floor": [_floor(con, months[0][0], months[-1][1])]}

    return run


def floor_by_month(home: Home, folder: Path) -> Callable[[], Rows]:
    """The same query for one month after the other: sessions and patient days end with the day."""
    del folder

    def run() -> Rows:
        with open_scratch(home, read_settings(home.path)) as con:
            return {"floor": [_floor(con, start, end) for start, end in service_months(con)]}

    return run


def _floor(con: Connection, start: object, end: object) -> tuple[object, ...]:
    return con.execute(_FLOOR, {"start": start, "end": end}).fetchall()[0]


AUDITS: Final = {AUDIT: audit, FLOOR_AT_ONCE: floor_at_once, FLOOR_BY_MONTH: floor_by_month}
