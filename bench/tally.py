"""What a reader saw, so that it can be proved that all of them did the same work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from claims_audit.readers.values import parse_cents

# Where the charge of a line stands, by segment; a CLP is a line as long as no SVC has followed it.
CHARGES: Final = {"SV1": 2, "SV2": 3, "SV3": 2, "SVC": 2, "CLP": 3}


class Tally(NamedTuple):
    """Segments, rows or resources; claims and service lines in them; the sum of the charges of the lines."""

    records: int
    claims: int
    lines: int
    charge_cents: int


def tally_segments(segments: Iterable[tuple[str, str | None]]) -> Tally:
    """Counts segments, each given as its id and, for those of CHARGES, the text of its charge."""
    records = claims = lines = cents = 0
    bare_cents: int | None = None  # of the CLP that was the last claim or line
    for segment_id, charge in segments:
        records += 1
        claims += segment_id in ("CLM", "CLP")
        if segment_id not in CHARGES:
            continue
        charge_cents = parse_cents(charge or "") or 0
        if segment_id == "SVC" and bare_cents is not None:
            lines, cents = lines - 1, cents - bare_cents
        lines, cents = lines + 1, cents + charge_cents
        bare_cents = charge_cents if segment_id == "CLP" else None
    return Tally(records, claims, lines, cents)


def tally_lines(lines: Iterable[tuple[str, str]]) -> Tally:
    """Counts the lines of a table, each given as the number of its claim and its charge."""
    numbers: set[str] = set()
    count = cents = 0
    for number, charge in lines:
        count += 1
        numbers.add(number)
        cents += parse_cents(charge) or 0
    return Tally(count, len(numbers), count, cents)
