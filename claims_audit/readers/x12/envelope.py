"""Follows the envelopes of an X12 file: ISA/IEA, GS/GE and ST/SE, their counts and control numbers.

A miscount is a warning on the file's totals. What a transaction is, by its implementation guide, is told here too.
"""

from __future__ import annotations

import re
from typing import Final

from claims_audit.model import FileTotals
from claims_audit.readers.x12.segments import FIXED_HEADER_BYTES

Elements = list[str]

PROFESSIONAL_CLAIM: Final = "837P"
REMITTANCE_ADVICE: Final = "835"

# The implementation guides that can be read, by ST01.
_READ_GUIDES: Final = {
    "837": (PROFESSIONAL_CLAIM, re.compile(r"005010X222(A[12])?|004010X098(A1)?")),
    "835": (REMITTANCE_ADVICE, re.compile(r"005010X221(A1)?|004010X091(A1)?")),
}
# What is sound but not read, by ST01 and by the number of the implementation guide (without its errata).
_GUIDE_NAMES: Final = {
    "X223": "an institutional claim (837I)",
    "X096": "an institutional claim (837I)",
    "X224": "a dental claim (837D)",
    "X097": "a dental claim (837D)",
}
_KIND_NAMES: Final = {
    "835": "a remittance advice of an implementation guide that is not read here (835)",
    "837": "a claim of an implementation guide that is not read here (837)",
    "270": "an eligibility inquiry (270)",
    "271": "an eligibility response (271)",
    "276": "a claim status request (276)",
    "277": "a claim status response (277)",
    "278": "an authorization request (278)",
    "820": "a premium payment (820)",
    "834": "an enrollment (834)",
    "997": "an acknowledgment (997)",
    "999": "an acknowledgment (999)",
    "TA1": "an interchange acknowledgment (TA1)",
}


def element_text(elements: Elements, position: int) -> str | None:
    """Gives an element of a segment, trimmed; None when it is absent or empty."""
    try:
        return elements[position].strip() or None
    except IndexError:
        return None


def identify_transaction(kind: str | None, guide: str | None) -> str | None:
    """Tells PROFESSIONAL_CLAIM and REMITTANCE_ADVICE by ST01 and the number of the guide; None is another kind."""
    code, guides = _READ_GUIDES.get(kind or "", (None, None))
    return code if guides is not None and guides.fullmatch(guide or "") else None


def name_transaction(kind: str | None, guide: str | None) -> str:
    """Says what a transaction is, in words."""
    match identify_transaction(kind, guide):
        case "837P":
            return "a professional claim (837P)"
        case "835":
            return "a remittance advice (835)"
    number = re.search(r"X[0-9]{3}", guide or "") if kind == "837" else None
    if number is not None and number[0] in _GUIDE_NAMES:
        return _GUIDE_NAMES[number[0]]
    return _KIND_NAMES.get(kind or "", "of a kind that is not read here")


class Envelope:
    """Knows which envelopes are open, and warns when a trailer does not fit its header."""

    def __init__(self, totals: FileTotals) -> None:
        self.has_interchange = False
        self.has_group = False
        self.guide: str | None = None  # GS08
        self.group_date: str | None = None  # GS04
        self._totals = totals
        self._interchange_number: str | None = None
        self._group_number: str | None = None
        self._transaction_number: str | None = None
        self._group_count = 0
        self._transaction_count = 0

    def open_interchange(self, elements: Elements, width: int) -> None:
        """Takes an ISA; `width` includes the segment terminator."""
        self.abandon()
        self.has_interchange = True
        self._interchange_number = element_text(elements, 13)
        self._group_count = 0
        if width != FIXED_HEADER_BYTES:
            self._totals.warn("isa_not_fixed_width")

    def open_group(self, elements: Elements) -> None:
        """Takes a GS."""
        self._abandon_group()
        self.has_group = self.has_interchange
        self._group_count += 1
        self._transaction_count = 0
        self.group_date = element_text(elements, 4)
        self._group_number = element_text(elements, 6)
        self.guide = element_text(elements, 8)

    def open_transaction(self, elements: Elements) -> str | None:
        """Takes an ST and tells the kind of transaction that it opens, as `identify_transaction` does."""
        self._transaction_count += 1
        self._transaction_number = element_text(elements, 2)
        return identify_transaction(element_text(elements, 1), element_text(elements, 3) or self.guide)

    def close_transaction(self, elements: Elements, segment_count: int) -> None:
        """Takes the SE of an open transaction; `segment_count` includes ST and SE."""
        self._compare_count(elements, segment_count, "segment_count_mismatch")
        self._compare_number(elements, self._transaction_number)

    def close_group(self, elements: Elements) -> None:
        """Takes a GE."""
        if self.has_group:
            self._compare_count(elements, self._transaction_count, "transaction_count_mismatch")
            self._compare_number(elements, self._group_number)
        self.has_group = False

    def close_interchange(self, elements: Elements) -> None:
        """Takes an IEA."""
        self._abandon_group()
        if self.has_interchange:
            self._compare_count(elements, self._group_count, "group_count_mismatch")
            self._compare_number(elements, self._interchange_number)
        self.has_interchange = False

    def abandon(self) -> None:
        """Ends what is still open, at the end of the file or at an ISA that comes too early."""
        self._abandon_group()
        if self.has_interchange:
            self._totals.warn("trailer_missing")
        self.has_interchange = False

    def _abandon_group(self) -> None:
        if self.has_group:
            self._totals.warn("trailer_missing")
        self.has_group = False

    def _compare_count(self, elements: Elements, count: int, code: str) -> None:
        told = element_text(elements, 1) or ""
        if not re.fullmatch(r"[0-9]{1,12}", told) or int(told) != count:
            self._totals.warn(code)

    def _compare_number(self, elements: Elements, number: str | None) -> None:
        if element_text(elements, 2) != number:
            self._totals.warn("control_number_mismatch")
