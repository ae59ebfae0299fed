"""A service month: its first day, and the first day after it."""

from __future__ import annotations

from datetime import date

from claims_audit.warehouse.database import Connection

MonthBounds = tuple[date, date]


def service_month(year: int, month: int) -> MonthBounds:
    """The days of a calendar month, half open."""
    return date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)


def service_months(con: Connection) -> list[MonthBounds]:
    """Each month that has a claim line, oldest first."""
    rows = con.execute(
        "select distinct year(date_of_service), month(date_of_service) from claim_line order by 1, 2"
    ).fetchall()
    return [service_month(year, month) for year, month in rows]
