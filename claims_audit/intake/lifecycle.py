"""Works out what the load keeps for the checks: which versions belong together, which lines count, what paid for what.

The rules are the views named here; their rows are kept in tables, since every check of every month reads them.
"""

from __future__ import annotations

from typing import Final

from claims_audit.project import SQL
from claims_audit.warehouse.database import Connection, first_row, transaction

_LIFECYCLE: Final = (("claim_chain", "claim_version"), ("line_succession", "superseded_line"))
_PAYMENTS: Final = (("remittance_match", "remittance_claim_line"),)

# An amendment or a reversal in the file, or a claim that one of another file, come before it, may be about.
_AMENDED: Final = """
select 1
from claim as fresh
inner join claim as amendment on fresh.payer_id = amendment.payer_id and {alike}
where
    fresh.file_id = $file_id and amendment.file_id <> $file_id and amendment.claim_frequency_code in ('7', '8')
"""
_TOUCHING: Final = (
    "select 1 from claim where file_id = $file_id and claim_frequency_code in ('7', '8')",
    "select 1 from claim_line where file_id = $file_id and (charge_amount < 0 or paid_amount < 0)",
    *(
        _AMENDED.format(alike=alike)
        for alike in (
            "fresh.patient_control_number = amendment.patient_control_number",
            "fresh.patient_control_number = amendment.payer_claim_control_number",
            "fresh.payer_claim_control_number = amendment.payer_claim_control_number",
            "fresh.member_id = amendment.member_id and fresh.first_date_of_service = amendment.first_date_of_service",
        )
    ),
    """
    select 1
    from claim_line as fresh
    inner join claim_line as reversal
        on
            fresh.payer_id = reversal.payer_id
            and fresh.member_id = reversal.member_id
            and fresh.date_of_service = reversal.date_of_service
    where
        fresh.file_id = $file_id
        and reversal.file_id <> $file_id
        and (reversal.charge_amount < 0 or reversal.paid_amount < 0)
    """,
)


def resolve_lifecycle(con: Connection) -> None:
    """Works out again which versions of claims belong together and which of their lines count."""
    _remake(con, _LIFECYCLE)


def touches_lifecycle(con: Connection, file_id: int) -> bool:
    """Whether the claims of a file can change which lines count, of its own or of others; most files cannot."""
    return any(first_row(con, f"{query} limit 1", {"file_id": file_id}) for query in _TOUCHING)


def resolve_payments(con: Connection) -> None:
    """Works out again which claim line each remittance line is about; a remittance may come before its claim."""
    with transaction(con):
        if not first_row(con, "select 1 from remittance_line limit 1"):
            con.execute("delete from remittance_claim_line")
            return
        _remake(con, _PAYMENTS)
        # A remittance may tell the number by which a replacement names its original.
        _remake(con, _LIFECYCLE)


def _remake(con: Connection, stored: tuple[tuple[str, str], ...]) -> None:
    for view, table in stored:
        con.execute(f"delete from {table}")
        con.execute(f"insert into {table} by name {(SQL / 'views' / f'{view}.sql').read_text(encoding='utf-8')}")
