"""What hangs on the day of the audit: a deadline that passes makes another finding of the same lines."""

from __future__ import annotations

from datetime import date

from claims_audit.checking.catalog import Catalog
from claims_audit.checking.needs import reads_today
from claims_audit.checking.selection import Selection
from claims_audit.warehouse.database import Connection, first_row


def audit_date(con: Connection) -> date:
    """The day for which the audit is made."""
    row = first_row(con, "select max(audit_date) from audit_setting")
    return row[0] if row and row[0] is not None else date.min


def valid_until(con: Connection, catalog: Catalog, chosen: Selection, today: date) -> date | None:
    """The last day on which the answers of the month at hand are sure to be the same; None if that is for ever."""
    ends: list[date] = []
    for check in chosen.checks:
        if not reads_today(catalog, check):
            continue
        if check.turns:
            query = " union all ".join(f"select {day} as last_day from {check.subject}" for day in check.turns)
            row = first_row(con, f"select min(last_day) from ({query}) where last_day >= $today", {"today": today})
        else:
            row = first_row(con, f"select max($today) from {check.subject}", {"today": today})
        if row and row[0] is not None:
            ends.append(row[0])
    return min(ends, default=None)
