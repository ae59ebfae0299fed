"""Why stretches of an X12 file are set aside: codes and sentences that name the place and the remedy, never a value.

What is wrong with a claim of an 837P is in professional_faults.py, with a payment of an 835 in remittance_faults.py.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from claims_audit.readers.x12.segments import (
    BAD_HEADER,
    NOT_A_SEGMENT,
    NOT_SINGLE_BYTE,
    OUTSIDE,
    TOO_LONG,
    UNTERMINATED,
)

_POSITION: Final = re.compile(r"(?:[0-9]{2}(?:-[0-9])?|\*.*)$")

MAX_LINES_PER_CLAIM: Final = 1_000  # the guides allow 50 (837P) and 999 (835); past this bound lines are only counted

UNFINISHED: Final = "transaction_unfinished"
OUTSIDE_TRANSACTION: Final = "outside_transaction"
NO_GROUP: Final = "no_functional_group"
OTHER_TRANSACTION: Final = "other_transaction"

# Of what is no claim by itself: broken transactions, text between the envelopes.
REASONS: Final = {
    UNFINISHED: "The transaction ends without its trailer (SE); what follows its last complete claim is set aside. "
    "Ask the sender for the whole file.",
    OUTSIDE_TRANSACTION: "These segments stand outside any transaction (ST to SE); ask the sender for the whole file.",
    NO_GROUP: "The transaction (ST) stands outside a functional group (GS) of an interchange (ISA); ask the sender "
    "for the whole file.",
    NOT_A_SEGMENT: "Text that is no segment stands inside the transaction; what follows its last complete claim is set "
    "aside. Ask the sender for the file again.",
    UNTERMINATED: "A segment is cut off; what follows the last complete claim is set aside. Ask the sender for the "
    "whole file.",
    TOO_LONG: "A segment is longer than any can be, so terminators are missing; ask the sender for the file again.",
    BAD_HEADER: "The interchange header (ISA) has not its sixteen elements, so the separators are unknown; ask the "
    "sender for the file again.",
    OUTSIDE: "This text stands outside any interchange (ISA to IEA); ask the sender what it is.",
    NOT_SINGLE_BYTE: "The text is UTF-16 or binary, not the single-byte text of X12; ask the sender for plain ASCII.",
}


class Fault(NamedTuple):
    """Why something is set aside: a code, a sentence with the remedy, and what is to blame; never a value."""

    code: str
    reason: str
    segment_code: str | None = None
    column_name: str | None = None


def missing(element: str, label: str, column_name: str | None, unit: str = "claim") -> Fault:
    """An element that has to be there; `element` ends in its name, as in 'Loop 2300 CLM01'."""
    reason = f"{element} ({label}) is missing; ask the sender to fill it and to send the {unit} again."
    return Fault("missing_element", reason, _segment_of(element), column_name)


def unreadable(code: str, element: str, label: str, what: str, column_name: str | None, unit: str = "claim") -> Fault:
    """An element that is there but is not what it should be, as in 'an amount'."""
    reason = f"{element} ({label}) is not {what}; ask the sender to correct it and to send the {unit} again."
    return Fault(code, reason, _segment_of(element), column_name)


def _segment_of(element: str) -> str:
    """The segment id that an element's name begins with: SV1 of 'SV101-2', LQ of 'LQ02', DTP of 'DTP*472'."""
    return _POSITION.sub("", element.split()[-1])
