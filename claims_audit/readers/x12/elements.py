"""Elements of segments on the hot path of the readers: what is asked of every line costs as little as it can."""

from __future__ import annotations

from functools import lru_cache

from claims_audit.readers.values import format_cents, parse_cents
from claims_audit.readers.x12.envelope import Elements


def padded(elements: Elements, count: int) -> Elements:
    """Gives elements of which the first `count` can be asked for by number: trailing ones that are left out are ''."""
    missing = count - len(elements)
    return elements if missing <= 0 else elements + [""] * missing


@lru_cache(maxsize=16_384)
def amount_text(element: str) -> str | None:
    """Writes an amount as a plain decimal: '50.1' as '50.10'; None when it is no amount."""
    cents = parse_cents(element)
    return None if cents is None else format_cents(cents)
