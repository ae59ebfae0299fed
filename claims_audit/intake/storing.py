"""Moves what was staged of one file into the warehouse, without what is there already, and counts where it went.

Runs inside the transaction of the file. Exact duplicates are told by a hash over the content of a row.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from claims_audit.errors import ReconciliationError
from claims_audit.intake.lifecycle import resolve_lifecycle, touches_lifecycle
from claims_audit.intake.report import CLASSES, FileReport
from claims_audit.warehouse.database import Connection, first_row

# Where one stretch of bytes holds several lines with several fates, it is counted under the first of these.
_BYTE_CLASSES: Final = ("loaded", "superseded", "duplicate", "quarantined", "other")
_LINE_TABLES: Final = ("claim_line", "attendance", "remittance_line")

# What was staged and is not stored is a duplicate; the same place under a better fate goes before it.
_STRETCHES: Final = {
    "claim_line": """
        select
            claim_line.byte_start,
            claim_line.byte_end,
            case when superseded_line.claim_line_id is null then 'loaded' else 'superseded' end as fate
        from claim_line
        left join superseded_line
            on claim_line.claim_line_id = superseded_line.claim_line_id
            and superseded_line.basis_code not in ('void', 'reversal')
        where claim_line.file_id = $file_id
        union all
        select byte_start, byte_end, 'duplicate' as fate from staged_claim_line
    """,
    "attendance": """
        select byte_start, byte_end, 'loaded' as fate from attendance where file_id = $file_id
        union all
        select byte_start, byte_end, 'duplicate' as fate from staged_attendance
    """,
    "remittance_line": """
        select byte_start, byte_end, 'loaded' as fate from remittance_line where file_id = $file_id
        union all
        select byte_start, byte_end, 'duplicate' as fate from staged_remittance_line
    """,
}
_REJECTED_STRETCHES: Final = """
    select
        byte_start,
        byte_end,
        case kind_code when 'quarantined' then 'quarantined' else 'other' end as fate
    from rejected_range
    where file_id = $file_id and byte_end > byte_start
"""


def store_rows(con: Connection, file_id: int, sha256: str, report: FileReport, staged: Collection[str]) -> None:
    """Stores the tables that rows were staged for, and adds lines, cents and bytes to the report, by class."""
    if "claim_line" in staged:
        _store_claim_lines(con, file_id, sha256)
    if "attendance" in staged:
        _store_attendance(con, file_id)
    if "remittance" in staged:
        _store_payments(con, file_id, sha256)
        if "remittance_line" in staged:
            _store_remittance_lines(con, file_id, sha256)
        if "provider_adjustment" in staged:
            _store_provider_adjustments(con, file_id)
    if "claim_line" in staged and touches_lifecycle(con, file_id):
        resolve_lifecycle(con)
    line_tables = [table for table in _LINE_TABLES if table in staged]
    for table in line_tables:
        _count_lines(con, table, file_id, report)
    if "claim_line" in staged:
        _count_warnings(con, file_id, report)
    con.execute(
        "insert into rejected_range by name select *, $file_id as file_id from staged_reject", {"file_id": file_id}
    )
    _count_bytes(con, file_id, report, line_tables)


def next_key(con: Connection, table: str, key: str) -> int:
    """The first number that is free."""
    row = first_row(con, f"select coalesce(max({key}), 0) + 1 from {table}")
    return int(row[0]) if row else 1


def _store_claim_lines(con: Connection, file_id: int, sha256: str) -> None:
    # The keys alone are ordered and compared; the wide rows are only ever passed through.
    con.execute(
        """
        create or replace temp table fresh_claim_line as
        with numbered as (
            select
                sequence,
                row_sha,
                claim_key,
                claim_line_number,
                row_number() over (partition by row_sha order by sequence) as repetition
            from staged_claim_line
        ),
        unseen as (
            select numbered.*
            from numbered
            anti join claim_line on numbered.row_sha = claim_line.line_sha
            where numbered.repetition = 1
        )
        -- A line number that comes again under the same claim number begins another claim: some practices number the
        -- account and not the claim.
        select
            sequence,
            md5(concat_ws('|', $sha256, claim_key, cast(row_number() over (
                partition by claim_key, claim_line_number order by sequence
            ) as varchar))) as claim_id,
            $first + row_number() over (order by sequence) - 1 as claim_line_id
        from unseen
        """,
        {"sha256": sha256, "first": next_key(con, "claim_line", "claim_line_id")},
    )
    con.execute(
        """
        insert into claim_line by name
        select
            staged_claim_line.* exclude (sequence, claim_key, line_warnings, row_sha),
            staged_claim_line.row_sha as line_sha,
            staged_claim_line.line_warnings as quality_warnings,
            fresh_claim_line.claim_id,
            fresh_claim_line.claim_line_id,
            $file_id as file_id
        from staged_claim_line
        inner join fresh_claim_line on staged_claim_line.sequence = fresh_claim_line.sequence
        """,
        {"file_id": file_id},
    )
    con.execute(
        """
        insert into claim by name
        select
            claim_id,
            $file_id as file_id,
            min(claim_line_id) as first_line_id,
            min(payer_id) as payer_id,
            min(billing_provider_npi) as billing_provider_npi,
            min(patient_control_number) as patient_control_number,
            min(member_id) as member_id,
            min(claim_frequency_code) as claim_frequency_code,
            min(payer_claim_control_number) as payer_claim_control_number,
            min(date_of_service) as first_date_of_service,
            max(date_of_service) as last_date_of_service,
            min(received_date) as received_date
        from claim_line
        where file_id = $file_id
        group by claim_id
        """,
        {"file_id": file_id},
    )


def _store_attendance(con: Connection, file_id: int) -> None:
    con.execute(
        """
        insert into attendance by name
        with numbered as (
            select
                *,
                row_number() over (partition by row_sha order by sequence) as repetition
            from staged_attendance
        )
        select
            numbered.* exclude (sequence, claim_key, repetition, line_warnings),
            $file_id as file_id,
            $first + row_number() over (order by numbered.sequence) - 1 as attendance_id
        from numbered
        anti join attendance on numbered.row_sha = attendance.row_sha
        where numbered.repetition = 1
        """,
        {"file_id": file_id, "first": next_key(con, "attendance", "attendance_id")},
    )


def _store_payments(con: Connection, file_id: int, sha256: str) -> None:
    """Payments come first; one that comes again, in this file or another, is the same, and so are its lines."""
    con.execute(
        """
        create or replace temp table staged_payment as
        select
            * exclude (row_sha),
            md5(concat_ws(
                '|', coalesce(payer_id, ''), coalesce(payee_npi, payee_tax_id, ''), coalesce(trace_number, ''),
                coalesce(cast(payment_date as varchar), ''), coalesce(cast(payment_amount as varchar), ''),
                -- Without a number payments can only be told apart by their place.
                case when trace_number is null then concat($sha256, remittance_position) else '' end
            )) as remittance_sha
        from staged_remittance
        """,
        {"sha256": sha256},
    )
    con.execute(
        """
        insert into remittance by name
        with numbered as (
            select *, row_number() over (partition by remittance_sha order by sequence) as repetition
            from staged_payment
        )
        select
            numbered.* exclude (
                sequence, line_warnings, claim_key, remittance_position, repetition, source_line_number
            ),
            $file_id as file_id,
            $first + row_number() over (order by numbered.sequence) - 1 as remittance_id
        from numbered
        anti join remittance on numbered.remittance_sha = remittance.remittance_sha
        where numbered.repetition = 1
        """,
        {"file_id": file_id, "first": next_key(con, "remittance", "remittance_id")},
    )


def _store_remittance_lines(con: Connection, file_id: int, sha256: str) -> None:
    # Two services of one payment may be alike in everything; the same payment told again has as many of them.
    con.execute(
        """
        insert into remittance_line by name
        with keyed as (
            select
                staged_remittance_line.* exclude (row_sha, line_warnings, claim_key, source_line_number),
                remittance.remittance_id,
                md5(concat_ws(
                    '|', staged_payment.remittance_sha, staged_remittance_line.row_sha, cast(row_number() over (
                        partition by staged_remittance_line.remittance_position, staged_remittance_line.row_sha
                        order by staged_remittance_line.sequence
                    ) as varchar)
                )) as line_sha
            from staged_remittance_line
            inner join staged_payment
                on staged_remittance_line.remittance_position = staged_payment.remittance_position
            inner join remittance on staged_payment.remittance_sha = remittance.remittance_sha
        ),
        numbered as (
            select *, row_number() over (partition by line_sha order by sequence) as repetition from keyed
        )
        select
            numbered.* exclude (sequence, repetition, remittance_position, remittance_claim_position),
            md5(concat_ws('|', $sha256, numbered.remittance_claim_position)) as remittance_claim_id,
            $file_id as file_id,
            $first + row_number() over (order by numbered.sequence) - 1 as remittance_line_id
        from numbered
        anti join remittance_line on numbered.line_sha = remittance_line.line_sha
        where numbered.repetition = 1
        """,
        {
            "file_id": file_id,
            "sha256": sha256,
            "first": next_key(con, "remittance_line", "remittance_line_id"),
        },
    )
    con.execute(
        """
        insert into remittance_adjustment by name
        with told as (
            select remittance_line_id, 'line' as level_code, string_split(adjustments, ';') as triplets
            from remittance_line
            where file_id = $file_id and adjustments is not null
            union all
            select remittance_line_id, 'claim' as level_code, string_split(claim_adjustments, ';') as triplets
            from remittance_line
            where file_id = $file_id and claim_adjustments is not null
            qualify row_number() over (partition by remittance_claim_id order by remittance_line_number) = 1
        ),
        single as (
            select
                remittance_line_id,
                level_code,
                unnest(triplets) as triplet,
                generate_subscripts(triplets, 1) as place
            from told
        )
        select
            remittance_line_id,
            level_code,
            cast(place as integer) as adjustment_number,
            nullif(split_part(triplet, ':', 1), '') as group_code,
            nullif(split_part(triplet, ':', 2), '') as adjustment_reason_code,
            try_cast(split_part(triplet, ':', 3) as decimal(12, 2)) as adjustment_amount
        from single
        """,
        {"file_id": file_id},
    )


def _store_provider_adjustments(con: Connection, file_id: int) -> None:
    con.execute(
        """
        insert into provider_adjustment by name
        select
            staged_provider_adjustment.* exclude (
                sequence, row_sha, line_warnings, claim_key, remittance_position, source_line_number
            ),
            remittance.remittance_id,
            $file_id as file_id,
            $first + row_number() over (order by staged_provider_adjustment.sequence) - 1 as provider_adjustment_id
        from staged_provider_adjustment
        inner join staged_payment
            on staged_provider_adjustment.remittance_position = staged_payment.remittance_position
        -- Those of a payment that was known before are known, too.
        inner join remittance
            on staged_payment.remittance_sha = remittance.remittance_sha
            and staged_payment.byte_start = remittance.byte_start
        where remittance.file_id = $file_id
        """,
        {"file_id": file_id, "first": next_key(con, "provider_adjustment", "provider_adjustment_id")},
    )


def _count_lines(con: Connection, table: str, file_id: int, report: FileReport) -> None:
    money = "0" if table == "attendance" else f"sum({table}.charge_amount)"
    staged_lines, staged_cents = _sum(con, f"select count(*), {money} from staged_{table} as {table}")
    stored_lines, stored_cents = _sum(
        con, f"select count(*), {money} from {table} where file_id = $file_id", {"file_id": file_id}
    )
    superseded_lines = superseded_cents = 0
    if table == "claim_line":
        # A void or a reversal counts as what it is: the last word on its claim.
        superseded_lines, superseded_cents = _sum(
            con,
            f"""
            select count(*), {money}
            from claim_line
            inner join superseded_line on claim_line.claim_line_id = superseded_line.claim_line_id
            where claim_line.file_id = $file_id and superseded_line.basis_code not in ('void', 'reversal')
            """,
            {"file_id": file_id},
        )
    report.lines["duplicate"] += staged_lines - stored_lines
    report.cents["duplicate"] += staged_cents - stored_cents
    report.lines["superseded"] += superseded_lines
    report.cents["superseded"] += superseded_cents
    report.lines["loaded"] += stored_lines - superseded_lines
    report.cents["loaded"] += stored_cents - superseded_cents


def _count_warnings(con: Connection, file_id: int, report: FileReport) -> None:
    for code, count in con.execute(
        """
        select unnest(string_split(quality_warnings, ';')) as code, count(*)
        from claim_line
        where file_id = $file_id and quality_warnings is not null
        group by code
        """,
        {"file_id": file_id},
    ).fetchall():
        # The reader may have counted the same thing for the file; the lines are what a person will look for.
        report.warnings.setdefault(code, count)


def _count_bytes(con: Connection, file_id: int, report: FileReport, line_tables: Collection[str]) -> None:
    """Divides the bytes of the file among the classes; what is in no line and in no reject is the frame around them."""
    if report.counts_rows:
        report.bytes_by_class["frame"] = report.bytes
        return
    stretches = " union all ".join([*(_STRETCHES[table] for table in line_tables), _REJECTED_STRETCHES])
    told = con.execute(
        f"""
        with stretch as ({stretches}),
        ranked as (
            select
                byte_start,
                byte_end,
                min(list_position($classes, fate)) as rank
            from stretch
            group by byte_start, byte_end
        )
        select rank, sum(byte_end - byte_start) from ranked group by rank
        """,
        {"file_id": file_id, "classes": list(_BYTE_CLASSES)},
    ).fetchall()
    for rank, count in told:
        report.bytes_by_class[_BYTE_CLASSES[rank - 1]] = int(count)
    frame = report.bytes - sum(report.bytes_by_class[name] for name in CLASSES)
    if frame < 0:
        raise ReconciliationError(
            f"{report.name}: lines and ranges set aside cover {report.bytes - frame:,} of {report.bytes:,} bytes, so "
            "some of them twice; nothing was loaded"
        )
    report.bytes_by_class["frame"] = frame


def _sum(con: Connection, query: str, parameters: dict[str, object] | None = None) -> tuple[int, int]:
    """Count of lines and sum of dollars as cents."""
    count, dollars = first_row(con, query, parameters) or (0, None)
    return int(count), int((dollars or 0) * 100)
