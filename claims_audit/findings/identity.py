"""What makes a finding the same finding tomorrow: its check and its natural key, never its place in a table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal


def canonical(value: object) -> object:
    """A value as JSON can hold it, the same on every engine: decimals without trailing zeros, dates in ISO form."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def as_json(content: Mapping[str, object]) -> str:
    """Canonical JSON: sorted keys, no blanks."""
    return json.dumps({key: canonical(value) for key, value in content.items()}, sort_keys=True, separators=(",", ":"))


def finding_id(check_id: str, grain: Mapping[str, object]) -> str:
    """32 hexadecimal digits over the check and the values of its grain."""
    return hashlib.sha256(f"{check_id}\0{as_json(grain)}".encode()).hexdigest()[:32]


def evidence_sha(evidence: str, claim_lines: Sequence[str], exposure: object) -> str:
    """A hash that changes when what the reviewer saw changes: the evidence, the lines behind it, or the dollars."""
    parts = [evidence, ";".join(sorted(claim_lines)), str(canonical(exposure))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
