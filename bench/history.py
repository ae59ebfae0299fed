"""A payer's history of claims, made by the database itself: `python -m bench.history HOME --lines 1_000_000`.

Every value follows from the number of a line and the seed, so the same call makes the same rows. Month by month, in the
order of days, straight into the tables that the load fills: memory does not grow with the history. About one line in a
hundred is a mistake that a check finds (sql/history_sheet.sql draws them), and about one in two hundred a
replacement or void.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from checks.schemas import ROW_SCHEMAS
from claims_audit.home import Home
from claims_audit.intake.lifecycle import resolve_lifecycle
from claims_audit.settings import read_settings
from claims_audit.warehouse.database import Connection, create_tables, first_row, open_warehouse
from claims_audit.warehouse.reference import load_reference

SEED: Final = 20240701
MONTHS: Final = 36
FIRST_YEAR: Final = 2022
SHEET_LINES: Final = 30  # of one clinician's day; the SQL counts on it
RUN_ID: Final = "20250101T000000-bench0"
_LINE_BYTES: Final = 320  # what a line of a delivered CSV would take
_SQL: Final = Path(__file__).parent / "sql"
# The day of the audit is fixed, so that two audits of one history find the same.
_AUDIT_TOML: Final = 'data_view = "payer"\ntoday = 2025-02-01\n'

_MACROS: Final = (
    # 16 bits of a number, well mixed.
    "create or replace temp macro mixed(number) as (cast(number as bigint) * 2654435761) % 4294967296 // 65536",
    # A valid NPI begins with 2 here, a range from which none has been given out. Every other digit counts twice, less
    # nine where that has two digits; 24 is what the prefix 80840 adds.
    "create or replace temp macro digit(number, place) as number // cast(power(10, place) as bigint) % 10",
    "create or replace temp macro weighed(digit, place) as "
    "case when place % 2 = 1 then digit when digit < 5 then digit * 2 else digit * 2 - 9 end",
    "create or replace temp macro check_digit(number) as "
    "(10 - (24 + list_sum(list_transform(range(9), lambda place: weighed(digit(number, place), place)))) % 10) % 10",
    "create or replace temp macro npi(number) as "
    "concat(200000000 + number, cast(check_digit(200000000 + number) as bigint))",
)


class Delivery(NamedTuple):
    """The lines of one month, as one file."""

    month: int  # from 0
    first_line: int  # from 1
    line_count: int
    first_sheet: int
    sha256: str

    @property
    def sheet_count(self) -> int:
        """Days of work of single clinicians; the last may be cut short."""
        return -(-self.line_count // SHEET_LINES)


def make_history(home: Home, lines: int, seed: int = SEED, months: int = MONTHS) -> None:
    """Makes a home with a history of that many lines. Raises FileExistsError if the home has a warehouse."""
    home.create()
    if home.warehouse.exists():
        raise FileExistsError(f"{home.warehouse}: there is one already; name a new home")
    (home.path / "audit.toml").write_text(_AUDIT_TOML, encoding="utf-8")
    settings = read_settings(home.path)
    # Unconfined, since how often it writes a checkpoint is set below.
    with open_warehouse(home, settings, reads_elsewhere=True) as con:
        load_reference(con, home, settings, ROW_SCHEMAS)
        fill_claims(con, lines, seed, months)
    home.warehouse.chmod(0o600)


def fill_claims(con: Connection, lines: int, seed: int = SEED, months: int = MONTHS) -> None:
    """Fills the tables of claims and the ledger of a warehouse that has its reference tables and no claims."""
    create_tables(con)
    for macro in _MACROS:
        con.execute(macro)
    # A checkpoint after every few thousand lines would write the last row group again and again.
    con.execute("set checkpoint_threshold = '512MB'")
    deliveries = _plan(lines, seed, months)
    clinicians = max(-(-one.sheet_count // len(_work_days(one.month))) for one in deliveries)
    for delivery in deliveries:
        _fill_month(con, delivery, seed, clinicians)
    resolve_lifecycle(con)
    for delivery in deliveries:
        _book(con, delivery)
    con.execute("checkpoint")


def _fill_month(con: Connection, delivery: Delivery, seed: int, clinicians: int) -> None:
    era = delivery.month // 6  # people stay in treatment for half a year
    con.execute(
        _read("history_sheet"),
        {
            "seed": str(seed),
            "era": era,
            "days": _work_days(delivery.month),
            "first_sheet": delivery.first_sheet,
            "sheet_count": delivery.sheet_count,
            "clinician_count": clinicians,
        },
    )
    con.execute(
        _read("history_line"),
        {
            "era": era,
            "clinician_count": clinicians,
            "first_line": delivery.first_line,
            "line_count": delivery.line_count,
            "file_id": delivery.month + 1,
            "sha256": delivery.sha256,
            "line_bytes": _LINE_BYTES,
        },
    )
    # The first line of a claim has what the claim has: as storing.py makes it, without a pass that groups.
    con.execute(
        """
        insert into claim by name
        select
            claim_id, file_id, claim_line_id as first_line_id, payer_id, billing_provider_npi, patient_control_number,
            member_id, claim_frequency_code, payer_claim_control_number, date_of_service as first_date_of_service,
            date_of_service as last_date_of_service,
            received_date
        from claim_line
        where file_id = $file_id and claim_line_number = 1
        """,
        {"file_id": delivery.month + 1},
    )


def _book(con: Connection, delivery: Delivery) -> None:
    """The row in the ledger, as if the month had been one CSV file that a gate accepted."""
    count, cents, superseded, superseded_cents = first_row(
        con,
        """
        select
            count(*),
            coalesce(cast(sum(claim_line.charge_amount) * 100 as bigint), 0),
            count(superseded_line.claim_line_id),
            coalesce(cast(sum(claim_line.charge_amount) filter (
                where superseded_line.claim_line_id is not null
            ) * 100 as bigint), 0)
        from claim_line
        left join superseded_line
            on claim_line.claim_line_id = superseded_line.claim_line_id
            and superseded_line.basis_code not in ('void', 'reversal')
        where claim_line.file_id = $file_id
        """,
        {"file_id": delivery.month + 1},
    ) or (0, 0, 0, 0)
    values: dict[str, object] = {
        "file_id": delivery.month + 1,
        "run_id": RUN_ID,
        "accepted_run_id": RUN_ID,
        "file_name": f"{_first_day(delivery.month):%Y-%m}.csv",
        "sha256": delivery.sha256,
        "format_code": "claim_csv",
        "byte_count": count * _LINE_BYTES,
        "lines_in": count,
        "lines_loaded": count - superseded,
        "lines_quarantined": 0,
        "lines_superseded": superseded,
        "lines_duplicate": 0,
        "lines_other": 0,
        "charge_in_cents": cents,
        "charge_loaded_cents": cents - superseded_cents,
        "charge_quarantined_cents": 0,
        "charge_superseded_cents": superseded_cents,
        "charge_duplicate_cents": 0,
        "charge_other_cents": 0,
        "records_in": count,
        "bytes_loaded": (count - superseded) * _LINE_BYTES,
        "bytes_superseded": superseded * _LINE_BYTES,
        "segment_counts": json.dumps({}),
        "warnings": json.dumps({}),
    }
    names, bound = ", ".join(values), ", ".join(f"${name}" for name in values)
    con.execute(f"insert into delivered_file ({names}, loaded_at) values ({bound}, timestamp '2025-01-01')", values)


def _plan(lines: int, seed: int, months: int) -> list[Delivery]:
    """The lines spread evenly over the months; without months that would have none."""
    deliveries: list[Delivery] = []
    first_sheet = 0
    for month in range(months):
        first, after = lines * month // months, lines * (month + 1) // months
        if after > first:
            sha256 = hashlib.sha256(f"{seed}|{lines}|{months}|{month}".encode()).hexdigest()
            deliveries.append(Delivery(month, first + 1, after - first, first_sheet, sha256))
            first_sheet += deliveries[-1].sheet_count
    return deliveries


def _first_day(month: int) -> date:
    return date(FIRST_YEAR + month // 12, month % 12 + 1, 1)


def _work_days(month: int) -> list[date]:
    """Monday to Friday."""
    first, after = _first_day(month), _first_day(month + 1)
    days = (first + timedelta(days=number) for number in range((after - first).days))
    return [day for day in days if day.weekday() < 5]


def _read(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.history", description="Makes a home with a history.")
    parser.add_argument("home", type=Path)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args()
    start = time.perf_counter()
    make_history(Home(options.home), options.lines, options.seed)
    size = Home(options.home).warehouse.stat().st_size
    print(f"{options.lines:,} lines, {size / 1e6:,.0f} MB, {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    _main()
