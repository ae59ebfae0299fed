"""Follows the loops of one 835 transaction and fills payments from the elements of its segments.

005010X221 and 004010X091. How claim payments become rows is in remittance_rows.py, where transactions begin and end in
transactions.py.
"""

from __future__ import annotations

from typing import Final

from claims_audit.model import FileTotals
from claims_audit.readers.values import parse_cents, parse_dates
from claims_audit.readers.x12.elements import padded
from claims_audit.readers.x12.envelope import Elements, element_text
from claims_audit.readers.x12.faults import MAX_LINES_PER_CLAIM, Fault
from claims_audit.readers.x12.harvest import Harvest
from claims_audit.readers.x12.loops import Handler, Opening, TransactionLoops, npi_of
from claims_audit.readers.x12.remittance_faults import (
    ALLOWED_NOT_MONEY,
    FOREIGN_LINE,
    LINE_OUTSIDE_CLAIM,
    OUT_OF_PLACE,
    TOO_MANY_LINES,
    UNFINISHED_PAYMENT,
)
from claims_audit.readers.x12.remittance_parts import (
    Adjusted,
    ClaimPayment,
    Payment,
    ServicePayment,
    add_adjustments,
    add_remarks,
)
from claims_audit.readers.x12.remittance_payment import HEADER_NUMBERS, make_adjustment_rows, make_payment_row
from claims_audit.readers.x12.remittance_rows import make_rows

# Nothing is read from these; any other segment does not belong into an 835.
IGNORED_SEGMENTS: Final = frozenset(("NTE", "CUR", "N2", "N3", "N4", "PER", "RDM", "TS2", "TS3", "QTY"))

_DATE_QUALIFIERS: Final = frozenset(("472", "150", "151", "232", "233"))


class RemittanceLoops(TransactionLoops):
    """The payment of one 835 transaction with its claim payments and provider adjustments."""

    line_table = "remittance_line"
    stray_line = LINE_OUTSIDE_CLAIM

    def __init__(self, opening: Opening, harvest: Harvest, totals: FileTotals) -> None:
        super().__init__(opening, harvest, totals)
        # The row of the payment stands for its header; a transaction that breaks in the header keeps its ST for it.
        self.settled_to = opening.end
        self.claim: ClaimPayment | None = None
        self._payment = Payment(opening.start, opening.end, self._component, totals)
        self._in_header = True
        self._party = ""  # N101 of the last N1
        self._service: ServicePayment | None = None
        self._plb: tuple[Elements, int] | None = None  # with its start
        self._doubt: Fault | None = None  # over all claims to come
        self.handlers: dict[str, Handler | None] = dict.fromkeys(IGNORED_SEGMENTS)
        self.handlers |= {
            "BPR": self._bpr,
            "TRN": self._trn,
            "N1": self._n1,
            "REF": self._ref,
            "DTM": self._dtm,
            "LX": self._lx,
            "CLP": self._clp,
            "CAS": self._cas,
            "NM1": self._nm1,
            "MIA": self._mia,
            "MOA": self._moa,
            "AMT": self._amt,
            "SVC": self._svc,
            "LQ": self._lq,
            "PLB": self._open_adjustment,
            "SV1": self._foreign_line,
            "SV2": self._foreign_line,
            "SV3": self._foreign_line,
        }

    def finish(self, end: int) -> None:
        """Takes the SE: the payment is whole, and its balance can be judged."""
        self._finish_part(end)
        self._add_payment()

    def break_off(self) -> None:
        """Hands on the payment as far as it is known."""
        self._payment.faults.add(UNFINISHED_PAYMENT)
        self._add_payment()

    def doubt(self, start: int, end: int) -> None:
        """Takes a segment that an 835 does not have; it may be a damaged CLP, SVC or PLB."""
        if self._in_header:
            self._totals.warn("remittance_value_unreadable")
        elif self.claim is not None:
            self.claim.fault = self.claim.fault or OUT_OF_PLACE
        else:
            self._finish_part(start)
            self._payment.is_whole = False
            self.reject(start, end, OUT_OF_PLACE)
            self.settled_to = end

    def reject_stray_line(self, start: int, end: int, cents: int) -> None:
        """Sets aside a service payment outside any claim payment."""
        self._payment.is_whole = False
        super().reject_stray_line(start, end, cents)

    def _finish_part(self, end: int) -> bool:
        """Settles the header, the claim payment or the provider adjustment that is open and ends at `end`."""
        if self._in_header:
            self._in_header = False
            self._payment.header_end = end
            self.settled_to = end
        elif self.claim is not None:
            self._finish_claim(self.claim, end)
            return True
        elif self._plb is not None:
            self._finish_adjustment(*self._plb)
            return True
        return False

    def _finish_claim(self, claim: ClaimPayment, end: int) -> None:
        if self._service is not None:
            self._service.end = end
        self.claim = self._service = None
        claim.end = end
        claim.fault = claim.fault or self._doubt
        payment = self._payment
        payment.claim_count += 1
        payment.paid_cents += parse_cents(padded(claim.elements, 5)[4]) or 0
        outcome = make_rows(claim, payment)
        if isinstance(outcome, Fault):
            payment.is_whole = False
            self.reject(claim.start, end, outcome, claim.line_count, claim.cents)
        else:
            self._harvest.rows["remittance_line"] += outcome
        self.settled_to = end

    def _finish_adjustment(self, elements: Elements, start: int) -> None:
        self._plb = None
        end = start + sum(map(len, elements)) + len(elements)  # a separator behind each element, at last the terminator
        outcome = self._doubt or make_adjustment_rows(elements, start, self._payment)
        if isinstance(outcome, Fault):
            self._payment.is_whole = False
            self.reject(start, end, outcome, table="provider_adjustment")
        else:
            self._harvest.rows["provider_adjustment"] += outcome
        self.settled_to = end

    def _add_payment(self) -> None:
        self._harvest.rows["remittance"].append(make_payment_row(self._payment))

    def _misplaced_header(self) -> None:
        """Notes a segment of a header among the claims: SE and ST before it were lost, so the rest is another's."""
        self._doubt = OUT_OF_PLACE
        if self.claim is not None:
            self.claim.fault = self.claim.fault or OUT_OF_PLACE
        self._payment.is_whole = False

    def _bpr(self, elements: Elements, start: int, previous_end: int) -> None:
        if not self._in_header or self._payment.bpr is not None:
            self._misplaced_header()
        else:
            self._payment.bpr = elements

    def _trn(self, elements: Elements, start: int, previous_end: int) -> None:
        if not self._in_header:
            self._misplaced_header()
        elif self._payment.trn is None:
            self._payment.trn = elements

    def _n1(self, elements: Elements, start: int, previous_end: int) -> None:
        if not self._in_header:
            self._misplaced_header()
            return
        self._party = party = element_text(elements, 1) or ""
        if party == "PR":  # 1000A
            self._payment.payer = elements
        elif party == "PE":  # 1000B
            self._payment.payee = elements

    def _ref(self, elements: Elements, start: int, previous_end: int) -> None:
        padded_elements = padded(elements, 3)
        qualifier, number = padded_elements[1].strip(), padded_elements[2].strip() or None
        service = self._service
        if service is not None:  # 2110
            if qualifier == "6R":
                service.control_number = number
            elif qualifier == "HPI":
                service.rendering_provider_npi = number
        elif self._in_header:
            if (self._party, qualifier) in HEADER_NUMBERS:  # 1000A, 1000B
                self._payment.numbers[self._party, qualifier] = number
        elif self.claim is not None and qualifier in ("F8", "1K"):  # 2100
            self.claim.numbers[qualifier] = number

    def _dtm(self, elements: Elements, start: int, previous_end: int) -> None:
        _, qualifier, text, *_ = padded(elements, 3)
        qualifier = qualifier.strip()
        holder: Adjusted | None = self._service or self.claim
        if holder is not None and qualifier in _DATE_QUALIFIERS:
            dates = parse_dates(text)
            if dates is not None:
                holder.dates[qualifier] = dates[0]
            elif text.strip():
                holder.dates[qualifier] = None
        elif self._in_header and qualifier == "405":
            self._payment.production_date = element_text(elements, 2)

    def _lx(self, elements: Elements, start: int, previous_end: int) -> bool:
        return self._finish_part(previous_end)

    def _clp(self, elements: Elements, start: int, previous_end: int) -> bool:
        is_finished = self._finish_part(previous_end)
        self.claim = ClaimPayment(start, elements)
        return is_finished

    def _svc(self, elements: Elements, start: int, previous_end: int) -> None:
        claim = self.claim
        if claim is None:
            self._finish_part(previous_end)  # the line itself is rejected as a stray one
            return
        if self._service is not None:
            self._service.end = previous_end
        self._service = ServicePayment(start, elements)
        if len(claim.services) < MAX_LINES_PER_CLAIM:
            claim.services.append(self._service)
        else:
            claim.fault = claim.fault or TOO_MANY_LINES

    def _foreign_line(self, elements: Elements, start: int, previous_end: int) -> None:
        if self.claim is not None:
            self.claim.fault = self.claim.fault or FOREIGN_LINE
        else:
            self._finish_part(previous_end)

    def _nm1(self, elements: Elements, start: int, previous_end: int) -> None:
        claim = self.claim
        if claim is None:
            return
        entity = elements[1].strip() if len(elements) > 1 else ""
        if self._service is not None or (entity == "QC" and entity in claim.member_ids):
            claim.fault = claim.fault or OUT_OF_PLACE  # the names of another claim, whose CLP was lost
        elif entity == "82":
            claim.rendering_provider_npi = npi_of(elements)
        elif entity in ("QC", "IL", "74"):
            claim.member_ids[entity] = element_text(elements, 9)

    def _cas(self, elements: Elements, start: int, previous_end: int) -> None:
        claim = self.claim
        if claim is not None and claim.fault is None:
            claim.fault = add_adjustments(claim, self._service or claim, elements)

    def _mia(self, elements: Elements, start: int, previous_end: int) -> None:
        self._add_remarks([element_text(elements, position) for position in (5, 20, 21, 22, 23)], self.claim)

    def _moa(self, elements: Elements, start: int, previous_end: int) -> None:
        self._add_remarks([element_text(elements, position) for position in range(3, 8)], self.claim)

    def _lq(self, elements: Elements, start: int, previous_end: int) -> None:
        if element_text(elements, 1) == "HE":
            self._add_remarks([element_text(elements, 2)], self._service or self.claim)

    def _add_remarks(self, codes: list[str | None], holder: Adjusted | None) -> None:
        claim = self.claim
        if claim is not None and holder is not None and claim.fault is None:
            claim.fault = add_remarks(claim, holder, codes)

    def _amt(self, elements: Elements, start: int, previous_end: int) -> None:
        claim, service = self.claim, self._service
        if claim is None or service is None:
            return
        _, qualifier, amount, *_ = padded(elements, 3)
        if qualifier.strip() == "B6":
            service.allowed = amount.strip() or None
            if service.allowed is not None and parse_cents(amount) is None:
                claim.fault = claim.fault or ALLOWED_NOT_MONEY

    def _open_adjustment(self, elements: Elements, start: int, previous_end: int) -> bool:
        is_finished = self._finish_part(previous_end)
        self._plb = elements, start
        return is_finished
