"""Reads X12 files: follows envelopes and transactions and gives each ST to the loops of its kind, in bounded memory.

Segments come from segments.py, envelopes are watched by envelope.py; what a transaction holds is read by
professional_loops.py (837P) and remittance_loops.py (835). What no loops take is set aside, see aside.py.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from claims_audit.model import FileTotals, RejectedRange, RejectKind, RowBatch
from claims_audit.readers.values import parse_cents, parse_dates
from claims_audit.readers.x12.aside import Aside
from claims_audit.readers.x12.envelope import (
    PROFESSIONAL_CLAIM,
    REMITTANCE_ADVICE,
    Elements,
    Envelope,
    element_text,
    name_transaction,
)
from claims_audit.readers.x12.faults import NO_GROUP, OTHER_TRANSACTION, OUTSIDE_TRANSACTION, UNFINISHED
from claims_audit.readers.x12.harvest import Harvest
from claims_audit.readers.x12.loops import CHARGE_ELEMENTS, Counted, Handler, Opening, TransactionLoops
from claims_audit.readers.x12.professional_loops import ProfessionalLoops
from claims_audit.readers.x12.professional_rows import ROW_COLUMNS
from claims_audit.readers.x12.remittance_loops import RemittanceLoops
from claims_audit.readers.x12.remittance_payment import ADJUSTMENT_LAYOUT, PAYMENT_LAYOUT
from claims_audit.readers.x12.remittance_rows import LINE_LAYOUT
from claims_audit.readers.x12.segments import BAD_HEADER, UNTERMINATED, Run, Segment, SegmentSplitter

Kinds = Mapping[str, type[TransactionLoops]]
Reading = Iterator[RowBatch | RejectedRange | FileTotals]

READ_KINDS: Final[Kinds] = {PROFESSIONAL_CLAIM: ProfessionalLoops, REMITTANCE_ADVICE: RemittanceLoops}

# The order of the values in a row, by table; columns that are not named are empty.
_LAYOUTS: Final = {
    "claim_line": ROW_COLUMNS,
    "remittance": PAYMENT_LAYOUT,
    "remittance_line": LINE_LAYOUT,
    "provider_adjustment": ADJUSTMENT_LAYOUT,
}

_COUNTED_SEGMENTS: Final = ("ISA", "GS", "ST", "CLM", "SV1", "SV2", "SV3", "CLP", "SVC", "CAS", "PLB")


def read_x12(stream: BinaryIO, *, batch_lines: int = 20_000) -> Reading:
    """Reads a file of any mix of 837P and 835 transactions; the totals come once and last.

    837P give batches of claim_line; 835 give remittance_line, provider_adjustment and, when the transaction ends,
    remittance. A claim is handed on as soon as the segment that follows it shows that it is complete, because a
    transaction may be larger than memory. When a transaction turns out to be broken (no SE, text that is no segment, a
    cut), its complete claims stay loaded and everything after the last of them is set aside.
    """
    return read_transactions(stream, READ_KINDS, batch_lines, told=("CLP", "SVC", "CAS", "PLB"))


def x12_format(head: bytes) -> str:
    """Names a file by the first transaction (ST) in its first bytes: '835', or '837p' for all else."""
    splitter = SegmentSplitter(io.BytesIO(head))
    for segment_id, text, _, _ in splitter:
        if segment_id == "ST" and splitter.separators is not None:
            return "835" if element_text(text.split(splitter.separators.element), 1) == "835" else "837p"
    return "837p"


def read_transactions(stream: BinaryIO, kinds: Kinds, batch_lines: int, told: tuple[str, ...] = ()) -> Reading:
    """Reads the transactions of the kinds named and sets aside the others.

    The segments in `told` are counted in the totals even when there are none, as ISA, GS, ST, CLM and SV1 are.
    """
    return _File(stream, kinds, batch_lines, ("ISA", "GS", "ST", "CLM", "SV1", *told)).read()


class _File:
    def __init__(self, stream: BinaryIO, kinds: Kinds, batch_lines: int, told: tuple[str, ...]) -> None:
        self._splitter = SegmentSplitter(stream)
        self._kinds = kinds
        self._told = told
        self._totals = FileTotals()
        self._envelope = Envelope(self._totals)
        self._harvest = Harvest(_LAYOUTS, batch_lines)
        self._loops: TransactionLoops | None = None  # of the open transaction, if it is of a kind that is read
        self._handlers: dict[str, Handler | None] = {}  # of the loops
        self._aside: Aside | None = None
        self._in_transaction = False
        self._transaction_from = 0  # running number of the ST
        self._previous_end = 0  # of the segment before
        self._segment_count = 0  # with text that is none
        self._counts = dict.fromkeys(_COUNTED_SEGMENTS, 0)
        self._unreadable_count = 0
        # Who counts the last CLP as a line, and its charge: an SVC that follows takes its place.
        self._bare_claim: tuple[Counted, int] | None = None

    def read(self) -> Reading:
        for part in self._splitter.parts():
            if isinstance(part, Run):
                yield from self._follow(part)
            elif self._pass(part):
                yield from self._harvest.hand_out()
        self._break_off(self._previous_end)
        self._close_aside()
        self._envelope.abandon()
        yield from self._harvest.hand_out_all()
        self._totals.records_in = self._segment_count - self._unreadable_count
        self._totals.segment_counts = {name: n for name, n in self._counts.items() if n or name in self._told}
        yield self._totals

    def _follow(self, run: Run) -> Iterator[RowBatch | RejectedRange]:
        """Gives the segments of a run to the handlers of the open loops; whatever they do not know goes by one by one.

        The hot path: it runs once for every segment of a file.
        """
        assert self._splitter.separators is not None  # noqa: S101 - runs stand inside an interchange
        element, counts, unknown = self._splitter.separators.element, self._counts, _unknown
        gap = run.gap - 1
        handlers = self._handlers
        next_start, previous_end = run.start, self._previous_end
        for text in run.texts:
            start = next_start
            end = start + len(text) + 1
            next_start = end + gap
            elements = text.split(element)
            segment_id = elements[0]
            handler = handlers.get(segment_id, unknown)
            if handler is unknown:
                self._previous_end = previous_end
                segment = self._splitter.judge(text, start)
                if segment is not None and self._pass(segment):
                    yield from self._harvest.hand_out()
                handlers, previous_end = self._handlers, self._previous_end
                continue
            self._segment_count += 1
            is_settled = handler(elements, start, previous_end) if handler is not None else False
            if segment_id in counts:
                counts[segment_id] += 1
                if segment_id in CHARGE_ELEMENTS and self._count_line(segment_id, elements, start, end):
                    is_settled = True
            if is_settled and self._harvest.has_enough():
                yield from self._harvest.hand_out()
            previous_end = end
        self._previous_end = previous_end

    def _pass(self, segment: Segment) -> bool:
        """Takes any segment, or text that is none; true when there is enough to hand out."""
        segment_id, text, start, end = segment
        self._segment_count += 1
        if segment_id in self._counts:
            self._counts[segment_id] += 1
        handler = self._handlers.get(segment_id, _unknown)
        separators = self._splitter.separators
        elements = text.split(separators.element) if segment_id and separators is not None else []
        is_settled: bool | None = True
        if handler is _unknown:
            self._take(segment_id, text, elements, start, end)
            self._handlers = self._loops.handlers if self._loops is not None else {}
        else:
            is_settled = handler(elements, start, self._previous_end) if handler is not None else False
        if segment_id in CHARGE_ELEMENTS and self._count_line(segment_id, elements, start, end):
            is_settled = True
        self._previous_end = end
        return bool(is_settled) and self._harvest.has_enough()

    def _count_line(self, segment_id: str, elements: Elements, start: int, end: int) -> bool:
        """Counts a service line wherever it stands, so that the reconciliation does not lean on the claims.

        Is true when the line belonged to nothing and was set aside by itself.
        """
        position = CHARGE_ELEMENTS[segment_id]
        cents = (parse_cents(elements[position]) or 0) if len(elements) > position else 0
        loops, lines, change = self._loops, 1, cents
        holder = loops.claim if loops is not None else self._open_aside(start, OUTSIDE_TRANSACTION)
        if segment_id == "SVC" and self._bare_claim is not None and self._bare_claim[0] is holder:
            lines, change = 0, cents - self._bare_claim[1]
        self._totals.lines_in += lines
        self._totals.charge_in_cents += change
        if holder is not None:
            holder.line_count += lines
            holder.cents += change
        elif loops is not None:
            loops.reject_stray_line(start, end, cents)
        if segment_id in ("CLP", "SVC"):
            self._bare_claim = (holder, cents) if holder is not None and segment_id == "CLP" else None
        return holder is None

    def _take(self, segment_id: str, text: str, elements: Elements, start: int, end: int) -> None:
        """Takes whatever is no segment of open loops: envelopes, other transactions, stray and broken text."""
        envelope = self._envelope
        if segment_id in ("ISA", "IEA", "GS", "GE", "ST"):
            self._break_off(self._previous_end)
            self._close_aside()
        match segment_id:
            case "ISA":
                envelope.open_interchange(elements, end - start)
            case "GS":
                envelope.open_group(elements)
            case "ST":
                self._open_transaction(elements, start, end)
            case "SE" if self._in_transaction:
                self._close_transaction(elements, end)
            case "GE":
                envelope.close_group(elements)
            case "IEA":
                envelope.close_interchange(elements)
            case "TA1" if not self._in_transaction:
                self._close_aside()
                kind = "The segment is an interchange acknowledgment (TA1), which holds no claim; nothing is lost."
                self._open_aside(start, OTHER_TRANSACTION, kind).end = end
                self._close_aside()
            case "":
                self._take_unreadable(text, start, end)
            case _ if self._loops is not None:
                self._loops.doubt(start, end)
            case _:
                self._open_aside(start, OUTSIDE_TRANSACTION).end = end

    def _open_transaction(self, elements: Elements, start: int, end: int) -> None:
        envelope, separators = self._envelope, self._splitter.separators
        self._in_transaction = True
        self._transaction_from = self._segment_count
        kind = envelope.open_transaction(elements)
        if not envelope.has_group:
            self._open_aside(start, NO_GROUP).end = end
        elif kind is None or kind not in self._kinds:
            name = name_transaction(element_text(elements, 1), element_text(elements, 3) or envelope.guide)
            reason = f"The transaction is {name}; it is left out."
            self._open_aside(start, OTHER_TRANSACTION, reason).end = end
        elif separators is not None:
            dates = parse_dates(_with_century(envelope.group_date or ""))
            opening = Opening(start, end, separators, dates[0] if dates is not None else None)
            self._loops = self._kinds[kind](opening, self._harvest, self._totals)

    def _close_transaction(self, elements: Elements, end: int) -> None:
        self._envelope.close_transaction(elements, self._segment_count - self._transaction_from + 1)
        if self._loops is not None:
            self._loops.finish(self._previous_end)
            self._loops = None
        elif self._aside is not None:
            self._aside.end = end
            self._close_aside()
        self._in_transaction = False

    def _take_unreadable(self, code: str, start: int, end: int) -> None:
        self._unreadable_count += 1
        if self._loops is not None:
            self._break(code, end)
        elif self._in_transaction and self._aside is not None:
            self._aside.spoil(code)
            self._aside.end = end
        elif code != UNTERMINATED:  # a last trailer without its terminator is no harm
            self._open_aside(start, code).end = end
        if code == BAD_HEADER:
            self._break_off(start)
            self._envelope.abandon()

    def _break(self, code: str, end: int) -> None:
        """Sets a transaction aside from its last complete claim on; what still comes of it is added."""
        loops, self._loops = self._loops, None
        if loops is None:
            return
        loops.break_off()
        aside = self._open_aside(loops.settled_to, code, table=loops.line_table)
        aside.end = end
        if loops.claim is not None:
            aside.line_count, aside.cents = loops.claim.line_count, loops.claim.cents
            if self._bare_claim is not None and self._bare_claim[0] is loops.claim:
                self._bare_claim = aside, self._bare_claim[1]

    def _break_off(self, previous_end: int) -> None:
        """Ends a transaction that has no SE."""
        if self._loops is not None:
            self._break(UNFINISHED, previous_end)
        elif self._in_transaction and self._aside is not None:
            self._aside.spoil(UNFINISHED)
        self._in_transaction = False

    def _open_aside(self, start: int, code: str, reason: str | None = None, table: str = "claim_line") -> Aside:
        if self._aside is None:
            kind = RejectKind.QUARANTINED if reason is None else RejectKind.OTHER_TRANSACTION
            self._aside = Aside(table, start, code, reason, kind)
            if not self._envelope.has_interchange:
                self._totals.warn("text_after_end")
        return self._aside

    def _close_aside(self) -> None:
        if self._aside is not None:
            self._harvest.rejects.append(self._aside.as_range())
        self._aside = None


def _unknown(elements: Elements, start: int, previous_end: int) -> None:
    """Stands for a segment that no handler takes."""


def _with_century(text: str) -> str:
    """GS04 has eight digits; the interchanges of older translators have six there."""
    return f"20{text}" if len(text.strip()) == 6 else text
