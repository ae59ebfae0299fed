"""A snapshot with as many findings as are wanted, to measure the reports by."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb

from claims_audit.project import ROOT

RUN_ID: Final = "20261102T020000Z-b2"
PREVIOUS_RUN_ID: Final = "20261101T020000Z-a1"


def make_snapshot(path: Path, count: int) -> Path:
    """Writes a snapshot of one run with `count` findings of one check."""
    with duckdb.connect(str(path)) as con:
        con.begin()
        for ddl in sorted((ROOT / "sql" / "ddl").glob("*.sql")):
            con.execute(ddl.read_text())
        for run_id, day in ((PREVIOUS_RUN_ID, 1), (RUN_ID, 2)):
            con.execute(
                "insert into audit_run by name select $run as run_id, $at as started_at, $at as ended_at, "
                "'published' as status_code, 0 as exit_code, '0' as code_version, repeat('a', 64) as rule_set_sha, "
                "repeat('b', 64) as policy_sha, 'provider' as data_view",
                {"run": run_id, "at": datetime(2026, 11, day, 2)},
            )
        fill_findings(con, count, run_id=RUN_ID, previous_run_id=PREVIOUS_RUN_ID)
        con.commit()
    return path


def fill_findings(con: duckdb.DuckDBPyConnection, count: int, *, run_id: str, previous_run_id: str) -> None:
    """So many findings of six lines each over a tenth as many lines as findings."""
    con.execute(
        """
        insert into finding
        select
            sha256('finding ' || i)[:32], 'oversized_group', 'R10',
            ['critical', 'high', 'medium', 'low'][1 + i % 4], 'overpayment', 'C' || (1 + i % 5),
            ['violates_payer', 'violates_seed_only', 'no_policy'][1 + i % 3], 'ct-90853-max', 'CTMCD', null,
            '1245319599', date '2026-01-01' + cast(i % 300 as integer), 'session ' || i,
            cast(20 + i % 90 as decimal(12, 2)), 200,
            'Group of ' || (11 + i % 9) || ' people on one day; the limit is 10.',
            'Compare the sign-in sheet with the claims, then refund or rebill what it does not support.',
            json_object('member_count', 11 + i % 9, 'max_size', 10, 'size_basis', 'roster'),
            sha256('evidence ' || i), $previous, $run, 'open', null
        from range($count) as numbers(i)
        """,
        {"count": count, "run": run_id, "previous": previous_run_id},
    )
    con.execute(
        """
        insert into claim_line by name
        select
            1000 + i as claim_line_id, 'many' || i as claim_id, 1 as file_id, i * 100 as byte_start,
            i * 100 + 99 as byte_end, 'ACCT' || (700000 + i) as patient_control_number, 1 as claim_line_number,
            '1' as claim_frequency_code, 'CTMCD' as payer_id, 'M' || (100000 + i * 7 % 900) as member_id,
            '1234567893' as billing_provider_npi, '1245319599' as rendering_provider_npi,
            '11' as place_of_service_code, date '2026-01-01' + cast(i % 300 as integer) as date_of_service,
            '90853' as procedure_code, 1 as service_units, 40 as charge_amount, 27.63 as paid_amount, 'x' as line_sha
        from range($lines) as numbers(i)
        """,
        {"lines": max(count // 10, 6)},
    )
    con.execute(
        """
        insert into finding_line
        select
            sha256('finding ' || i)[:32], 1000 + (i * 6 + k) % $lines, 'ACCT' || (700000 + (i * 6 + k) % $lines), 1,
            27.63
        from range($count) as numbers(i), range(6) as six(k)
        """,
        {"count": count, "lines": max(count // 10, 6)},
    )
