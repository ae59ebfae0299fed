"""What the loops of every kind of transaction have in common: where they begin, what they gather, how they set aside.

professional_loops.py follows an 837P, remittance_loops.py an 835; transactions.py opens and ends them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Final, NamedTuple

from claims_audit.model import FileTotals, RejectedRange
from claims_audit.readers.x12.envelope import Elements
from claims_audit.readers.x12.faults import Fault
from claims_audit.readers.x12.harvest import Harvest
from claims_audit.readers.x12.segments import Separators

# Takes the elements of a segment, its start, and the end of the one before; true when it settled a claim.
Handler = Callable[[Elements, int, int], bool | None]

# Where the charge of a service line is, by segment: professional, institutional, dental, remittance. A CLP counts as
# one line of its own as long as no SVC has followed it.
CHARGE_ELEMENTS: Final = {"SV1": 2, "SV2": 3, "SV3": 2, "SVC": 2, "CLP": 3}


class Counted:
    """Service lines and their charges that stand in a claim, or in a stretch that is set aside."""

    line_count = 0
    cents = 0


class Opening(NamedTuple):
    """Where a transaction begins (the range of its ST), and what its envelope says."""

    start: int
    end: int
    separators: Separators
    received_date: str | None  # GS04


class TransactionLoops(ABC):
    """The claims of one transaction while its segments pass by.

    A segment goes to the handler of its id; None means that nothing is read from it, and an id without an entry does
    not belong into this kind of transaction. `claim` is the claim that is open. Up to `settled_to` everything is in
    rows or rejects; a transaction that breaks is set aside from there on.
    """

    line_table: ClassVar[str]
    stray_line: ClassVar[Fault]  # what a service line outside any claim is told
    handlers: dict[str, Handler | None]
    claim: Counted | None

    def __init__(self, opening: Opening, harvest: Harvest, totals: FileTotals) -> None:
        self.settled_to = opening.start
        self._component = opening.separators.component
        self._harvest = harvest
        self._totals = totals

    @abstractmethod
    def finish(self, end: int) -> None:
        """Settles what is open when the SE comes; `end` is where the segment before it ends."""

    @abstractmethod
    def doubt(self, start: int, end: int) -> None:
        """Notes that a segment stands where none of its kind may."""

    def break_off(self) -> None:
        """Leaves the transaction without its SE; the caller sets the open claim aside."""
        return

    def reject_stray_line(self, start: int, end: int, cents: int) -> None:
        """Sets aside a service line that belongs to no claim."""
        self.reject(start, end, self.stray_line, 1, cents)
        self.settled_to = end

    def reject(
        self, start: int, end: int, fault: Fault, line_count: int = 0, cents: int = 0, table: str | None = None
    ) -> None:
        """Sets a stretch aside; it belongs to the table of the lines unless told otherwise."""
        self._harvest.rejects.append(
            RejectedRange(
                table or self.line_table,
                start,
                end,
                fault.code,
                fault.reason,
                segment_code=fault.segment_code,
                column_name=fault.column_name,
                line_count=line_count,
                charge_cents=cents,
            )
        )


def npi_of(elements: Elements) -> str | None:
    """Gives NM109 when NM108 says that it is an NPI; 4010 also has tax and social security numbers there (24, 34)."""
    if len(elements) < 10 or elements[8].strip() != "XX":
        return None
    return elements[9].strip() or None
