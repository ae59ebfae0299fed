"""Reads 837P files (005010X222 and 004010X098) as batches of claim lines, in bounded memory.

Segments come from x12.py, envelopes are watched by x12_envelope.py, claims filled by professional_loops.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

from claims_audit.model import FileTotals, RejectedRange, RejectKind, RowBatch
from claims_audit.readers.professional_loops import CHARGE_ELEMENTS, Handler, ProfessionalLoops
from claims_audit.readers.professional_rows import Row, dependent_member_id, make_batch
from claims_audit.readers.values import parse_cents, parse_dates
from claims_audit.readers.x12 import (
    BAD_HEADER,
    NOT_A_SEGMENT,
    NOT_SINGLE_BYTE,
    OUTSIDE,
    TOO_LONG,
    UNTERMINATED,
    SegmentSplitter,
)
from claims_audit.readers.x12_envelope import Elements, Envelope, element_text

__all__ = ["dependent_member_id", "read_professional_claims"]

COUNTED_SEGMENTS: Final = ("ISA", "GS", "ST", "CLM", "SV1")

_UNFINISHED: Final = "transaction_unfinished"
_OUTSIDE_TRANSACTION: Final = "outside_transaction"
_NO_GROUP: Final = "no_functional_group"
_REASONS: Final = {
    _UNFINISHED: "The transaction ends without its trailer (SE); what follows its last complete claim is set aside. "
    "Ask the sender for the whole file.",
    _OUTSIDE_TRANSACTION: "These segments stand outside any transaction (ST to SE); ask the sender for the whole file.",
    _NO_GROUP: "The transaction (ST) stands outside a functional group (GS) of an interchange (ISA); ask the sender "
    "for the whole file.",
    NOT_A_SEGMENT: "Text that is no segment stands inside the transaction; what follows its last complete claim is set "
    "aside. Ask the sender for the file again.",
    UNTERMINATED: "A segment is cut off; what follows the last complete claim is set aside. Ask the sender for the "
    "whole file.",
    TOO_LONG: "A segment is longer than any of the 837P can be, so terminators are missing; ask the sender for the "
    "file again.",
    BAD_HEADER: "The interchange header (ISA) has not its sixteen elements, so the separators are unknown; ask the "
    "sender for the file again.",
    OUTSIDE: "This text stands outside any interchange (ISA to IEA); ask the sender what it is.",
    NOT_SINGLE_BYTE: "The text is UTF-16 or binary, not the single-byte text of X12; ask the sender for plain ASCII.",
}


class _Aside:
    """A stretch that is being set aside while it passes by."""

    def __init__(self, start: int, code: str, reason: str | None = None) -> None:
        self.start = self.end = start
        self.code = code
        self.reason = reason or _REASONS[code]
        self.kind = RejectKind.QUARANTINED if reason is None else RejectKind.OTHER_TRANSACTION
        self.line_count = 0
        self.cents = 0

    def spoil(self, code: str) -> None:
        """Turns a sound transaction of another kind into a broken one; the first thing that is wrong counts."""
        if self.kind is RejectKind.OTHER_TRANSACTION:
            self.kind, self.code, self.reason = RejectKind.QUARANTINED, code, _REASONS[code]

    def as_range(self) -> RejectedRange:
        return RejectedRange(
            "claim_line",
            self.start,
            self.end,
            self.code,
            self.reason,
            kind=self.kind,
            line_count=self.line_count,
            charge_cents=self.cents,
        )


def read_professional_claims(
    stream: BinaryIO, *, batch_lines: int = 20_000
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    """Reads the claims of an 837P file; the totals come once and last.

    A claim is handed on as soon as the segment that follows it (CLM, HL or SE) shows that it is complete, because a
    transaction may be larger than memory. When a transaction turns out to be broken (no SE, text that is no segment, a
    cut), its complete claims stay loaded and everything after the last of them is set aside.
    """
    return _File(stream, batch_lines).read()


class _File:
    def __init__(self, stream: BinaryIO, batch_lines: int) -> None:
        self._splitter = SegmentSplitter(stream)
        self._batch_lines = batch_lines
        self._totals = FileTotals(segment_counts=dict.fromkeys(COUNTED_SEGMENTS, 0))
        self._envelope = Envelope(self._totals)
        self._loops: ProfessionalLoops | None = None  # of the open 837P transaction
        self._aside: _Aside | None = None
        self._in_transaction = False
        self._transaction_from = 0  # running number of the ST
        self._outbox: list[RejectedRange] = []
        self._rows: list[Row] = []

    def read(self) -> Iterator[RowBatch | RejectedRange | FileTotals]:
        unknown = _unknown
        handlers: dict[str, Handler | None] = {}
        counts = self._totals.segment_counts
        element = ""
        previous_end = 0
        for number, (segment_id, text, start, end) in enumerate(self._splitter):
            handler = handlers.get(segment_id, unknown)
            if handler is None:  # nothing is read from it
                previous_end = end
                continue
            elements = text.split(element) if element else []
            if segment_id in CHARGE_ELEMENTS:
                self._count_line(segment_id, elements, start, end)
            elif segment_id == "CLM":
                counts["CLM"] += 1
            if handler is unknown:
                self._take(segment_id, text, start, end, previous_end, number)
                handlers = self._loops.handlers if self._loops is not None else {}
                element = self._splitter.separators.element if self._splitter.separators is not None else ""
                yield from self._hand_out(self._batch_lines)
            elif handler(elements, start, previous_end) and self._has_enough():
                yield from self._hand_out(self._batch_lines)
            previous_end = end
        self._break_off(previous_end)
        self._close_aside()
        self._envelope.abandon()
        yield from self._hand_out(1)
        yield self._totals

    def _has_enough(self) -> bool:
        loops = self._loops
        return loops is not None and (bool(loops.rejects) or len(loops.rows) >= self._batch_lines)

    def _hand_out(self, at_least: int) -> Iterator[RowBatch | RejectedRange]:
        if self._loops is not None:
            self._outbox += self._loops.rejects
            self._loops.rejects.clear()
            self._rows += self._loops.rows
            self._loops.rows.clear()
        yield from self._outbox
        self._outbox.clear()
        while len(self._rows) >= at_least:
            yield make_batch(self._rows[: self._batch_lines])
            del self._rows[: self._batch_lines]

    def _count_line(self, segment_id: str, elements: Elements, start: int, end: int) -> None:
        """Counts a service line wherever it stands, so that the reconciliation does not lean on the claims."""
        cents = parse_cents(element_text(elements, CHARGE_ELEMENTS[segment_id]) or "") or 0
        counts = self._totals.segment_counts
        counts[segment_id] = counts.get(segment_id, 0) + 1
        self._totals.lines_in += 1
        self._totals.charge_in_cents += cents
        if self._loops is None:
            aside = self._open_aside(start, _OUTSIDE_TRANSACTION)
            aside.line_count += 1
            aside.cents += cents
        elif self._loops.claim is None:
            self._loops.reject_stray_line(start, end, cents)

    def _take(self, segment_id: str, text: str, start: int, end: int, previous_end: int, number: int) -> None:
        """Takes whatever is no segment of an open 837P: envelopes, other transactions, stray and broken text."""
        separators = self._splitter.separators
        elements = text.split(separators.element) if segment_id and separators is not None else []
        envelope = self._envelope
        if segment_id in ("ISA", "GS", "ST"):
            self._totals.segment_counts[segment_id] += 1
        if segment_id in ("ISA", "IEA", "GS", "GE", "ST"):
            self._break_off(previous_end)
            self._close_aside()
        match segment_id:
            case "ISA":
                envelope.open_interchange(elements, end - start)
            case "GS":
                envelope.open_group(elements)
            case "ST":
                self._open_transaction(elements, start, end, number)
            case "SE" if self._in_transaction:
                self._close_transaction(elements, end, previous_end, number)
            case "GE":
                envelope.close_group(elements)
            case "IEA":
                envelope.close_interchange(elements)
            case "TA1" if not self._in_transaction:
                self._close_aside()
                kind = "The segment is an interchange acknowledgment (TA1), which holds no claim; nothing is lost."
                self._open_aside(start, "other_transaction", kind).end = end
                self._close_aside()
            case "":
                self._take_unreadable(text, start, end)
            case _ if self._loops is not None:
                self._loops.doubt()
            case _:
                self._open_aside(start, _OUTSIDE_TRANSACTION).end = end

    def _open_transaction(self, elements: Elements, start: int, end: int, number: int) -> None:
        envelope, separators = self._envelope, self._splitter.separators
        self._in_transaction = True
        self._transaction_from = number
        other = envelope.open_transaction(elements)
        if not envelope.has_group:
            self._open_aside(start, _NO_GROUP).end = end
        elif other is not None:
            reason = f"The transaction is {other}; the reader of professional claims (837P) leaves it out."
            self._open_aside(start, "other_transaction", reason).end = end
        elif separators is not None:
            dates = parse_dates(_with_century(envelope.group_date or ""))
            received_date = dates[0] if dates is not None else None
            self._loops = ProfessionalLoops(start, separators, self._totals, received_date)

    def _close_transaction(self, elements: Elements, end: int, previous_end: int, number: int) -> None:
        self._envelope.close_transaction(elements, number - self._transaction_from + 1)
        if self._loops is not None:
            self._loops.finish_claim(previous_end)
            self._retire_loops()
        elif self._aside is not None:
            self._aside.end = end
            self._close_aside()
        self._in_transaction = False

    def _take_unreadable(self, code: str, start: int, end: int) -> None:
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
        """Sets an 837P aside from its last complete claim on; what still comes of it is added."""
        loops = self._loops
        if loops is None:
            return
        claim = loops.claim
        self._retire_loops()
        aside = self._open_aside(loops.settled_to, code)
        aside.end = end
        if claim is not None:
            aside.line_count, aside.cents = claim.line_count, claim.cents

    def _break_off(self, previous_end: int) -> None:
        """Ends a transaction that has no SE."""
        if self._loops is not None:
            self._break(_UNFINISHED, previous_end)
        elif self._in_transaction and self._aside is not None:
            self._aside.spoil(_UNFINISHED)
        self._in_transaction = False

    def _retire_loops(self) -> None:
        if self._loops is not None:
            self._rows += self._loops.rows
            self._outbox += self._loops.rejects
        self._loops = None

    def _open_aside(self, start: int, code: str, reason: str | None = None) -> _Aside:
        if self._aside is None:
            self._aside = _Aside(start, code, reason)
            if not self._envelope.has_interchange:
                self._totals.warn("text_after_end")
        return self._aside

    def _close_aside(self) -> None:
        if self._aside is not None:
            self._outbox.append(self._aside.as_range())
        self._aside = None


def _unknown(elements: Elements, start: int, previous_end: int) -> None:
    """Stands for a segment that no handler takes."""


def _with_century(text: str) -> str:
    """GS04 has eight digits; the interchanges of older translators have six there."""
    return f"20{text}" if len(text.strip()) == 6 else text
