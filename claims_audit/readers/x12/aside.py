"""A stretch of an X12 file that is being set aside while it passes by; transactions.py opens and ends it."""

from __future__ import annotations

from claims_audit.model import RejectedRange, RejectKind
from claims_audit.readers.x12.faults import REASONS
from claims_audit.readers.x12.loops import Counted


class Aside(Counted):
    """A stretch with the reason why it is set aside; `reason` is that of the code unless told otherwise."""

    def __init__(self, table: str, start: int, code: str, reason: str | None, kind: RejectKind) -> None:
        self.start = self.end = start
        self._table = table
        self._code = code
        self._reason = reason or REASONS[code]
        self._kind = kind

    def spoil(self, code: str) -> None:
        """Turns a sound transaction of another kind into a broken one; the first thing that is wrong counts."""
        if self._kind is RejectKind.OTHER_TRANSACTION:
            self._kind, self._code, self._reason = RejectKind.QUARANTINED, code, REASONS[code]

    def as_range(self) -> RejectedRange:
        """Gives the stretch with what was counted in it."""
        return RejectedRange(
            self._table,
            self.start,
            self.end,
            self._code,
            self._reason,
            kind=self._kind,
            line_count=self.line_count,
            charge_cents=self.cents,
        )
