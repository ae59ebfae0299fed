"""Reads 837P files (005010X222 and 004010X098) as batches of claim lines, in bounded memory.

transactions.py follows the transactions, professional_loops.py fills their claims.
"""

from __future__ import annotations

from typing import BinaryIO

from claims_audit.readers.x12.envelope import PROFESSIONAL_CLAIM
from claims_audit.readers.x12.professional_loops import ProfessionalLoops
from claims_audit.readers.x12.professional_rows import dependent_member_id
from claims_audit.readers.x12.transactions import Reading, read_transactions

__all__ = ["dependent_member_id", "read_professional_claims"]


def read_professional_claims(stream: BinaryIO, *, batch_lines: int = 20_000) -> Reading:
    """Reads the claims of a file and sets aside its other transactions, remittances among them; see read_x12."""
    return read_transactions(stream, {PROFESSIONAL_CLAIM: ProfessionalLoops}, batch_lines)
