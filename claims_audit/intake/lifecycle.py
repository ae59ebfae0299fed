"""Works out what the load keeps for the checks: which versions belong together, which lines count, what paid for what.

The rules are the views named here; their rows are kept in tables, since every check of every month reads them.
"""

from __future__ import annotations

from typing import Final

from claims_audit.project import SQL
from claims_audit.warehouse.database import Connection, transaction

_LIFECYCLE: Final = (("claim_chain", "claim_version"), ("line_succession", "superseded_line"))
_PAYMENTS: Final = (("remittance_match", "remittance_claim_line"),)


def resolve_lifecycle(con: Connection) -> None:
    """Works out again which versions of claims belong together and which of their lines count."""
    _remake(con, _LIFECYCLE)


def resolve_payments(con: Connection) -> None:
    """Works out again which claim line each remittance line is about; a remittance may come before its claim."""
    with transaction(con):
        _remake(con, _PAYMENTS)
        # A remittance may tell the number by which a replacement names its original.
        _remake(con, _LIFECYCLE)


def _remake(con: Connection, stored: tuple[tuple[str, str], ...]) -> None:
    for view, table in stored:
        con.execute(f"delete from {table}")
        con.execute(f"insert into {table} by name {(SQL / 'views' / f'{view}.sql').read_text(encoding='utf-8')}")
