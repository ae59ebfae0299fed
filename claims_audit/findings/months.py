"""What is kept of an audited month: it need not be audited again while nothing that it was judged by changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import pyarrow as pa

from claims_audit.warehouse.database import Connection


class CheckCount(NamedTuple):
    """Of one check in one month."""

    lines_examined: int
    lines_not_checked: int
    finding_count: int


class Counted(NamedTuple):
    """One row of a view that counts for comparisons over all months, as JSON."""

    month: date
    view: str
    row: str


@dataclass(frozen=True, slots=True)
class MonthRecord:
    """One audited month. `input_sha` is the hash of what it was judged by, see checking/inputs.py.

    Its answers hold for audits from the day `audited_on` to the day `valid_until`, or for ever: some depend on the day
    of the audit.
    """

    service_month: date
    input_sha: str
    audited_on: date
    valid_until: date | None
    counts: Mapping[str, CheckCount] = field(default_factory=dict)  # by check id

    def holds(self, input_sha: str, today: date) -> bool:
        """Whether an audit of today would find the same."""
        return (
            self.input_sha == input_sha
            and self.audited_on <= today
            and (self.valid_until is None or today <= self.valid_until)
        )


@dataclass(slots=True)
class Memory:
    """What a run hands to the next: the months that it audited, those that it kept, and what was counted in all."""

    audited: list[MonthRecord] = field(default_factory=list)
    kept: list[MonthRecord] = field(default_factory=list)
    counted: list[Counted] = field(default_factory=list)


def months_audited_before(con: Connection) -> dict[date, MonthRecord]:
    """The months as the warehouse remembers them, by first day."""
    counts: dict[date, dict[str, CheckCount]] = {}
    for month, check_id, *numbers in con.execute(
        "select service_month, check_id, lines_examined, lines_not_checked, finding_count from month_check"
    ).fetchall():
        counts.setdefault(month, {})[check_id] = CheckCount(*numbers)
    rows = con.execute("select service_month, input_sha, audited_on, valid_until from audited_month").fetchall()
    return {
        month: MonthRecord(month, sha, audited, until, counts.get(month, {})) for month, sha, audited, until in rows
    }


def remember(con: Connection, run_id: str, memory: Memory | None) -> None:
    """Keeps what was audited of each month; None: nothing, since a check failed or nobody asked."""
    kept = [record.service_month for record in memory.kept] if memory else []
    for table in ("audited_month", "month_check", "month_count"):
        con.execute(f"delete from {table} where service_month not in (select unnest($kept))", {"kept": kept})
    if memory is None:
        return
    fresh = {record.service_month for record in memory.audited}
    tables = {
        "audited_month": pa.Table.from_pylist(
            [
                {
                    "service_month": record.service_month,
                    "run_id": run_id,
                    "input_sha": record.input_sha,
                    "audited_on": record.audited_on,
                    "valid_until": record.valid_until,
                }
                for record in memory.audited
            ]
        ),
        "month_check": pa.Table.from_pylist(
            [
                {"service_month": record.service_month, "check_id": check_id, **count._asdict()}
                for record in memory.audited
                for check_id, count in record.counts.items()
            ]
        ),
        "month_count": pa.Table.from_pylist(
            [
                {"service_month": counted.month, "view_name": counted.view, "counted": counted.row}
                for counted in memory.counted
                if counted.month in fresh
            ]
        ),
    }
    for table, rows in tables.items():
        if rows.num_rows:
            con.register("remembered", rows)
            con.execute(f"insert into {table} by name select * from remembered")
            con.unregister("remembered")
