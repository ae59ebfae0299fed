"""What became of one input file: the reconciliation that `load` prints and run.json holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from claims_audit.errors import ReconciliationError
from claims_audit.model import INFORMATIVE_WARNINGS, warning_text

CLASSES: Final = ("loaded", "quarantined", "superseded", "duplicate", "other")


@dataclass(slots=True)
class FileReport:
    """One file: its identity, what came of it, and its lines and cents by class."""

    name: str
    sha256: str
    format: str
    bytes: int
    status: str  # loaded, already_loaded, refused, ignored
    reason: str = ""
    lines_in: int = 0
    charge_in_cents: int = 0
    lines: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
    cents: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
    segment_counts: dict[str, int] = field(default_factory=dict)
    warnings: dict[str, int] = field(default_factory=dict)
    reject_reasons: dict[str, int] = field(default_factory=dict)
    is_expected: bool = True

    def require_balance(self) -> None:
        """Raises ReconciliationError if lines or cents do not add up: a bug, and no ground to publish on."""
        if sum(self.lines.values()) != self.lines_in or sum(self.cents.values()) != self.charge_in_cents:
            raise ReconciliationError(
                f"{self.name}: {self.lines_in} lines and {self.charge_in_cents} cents went in, "
                f"{sum(self.lines.values())} lines and {sum(self.cents.values())} cents came out; nothing was loaded"
            )

    @property
    def alerts(self) -> list[str]:
        """What a person should look into, in words: a refused file, rows set aside, a doubtful file or line."""
        if self.status == "refused":
            return [self.reason]
        told = [
            f"{self.name}: {warning_text(code, count)}"
            for code, count in sorted(self.warnings.items())
            if code not in INFORMATIVE_WARNINGS
        ]
        if self.lines["quarantined"]:
            told.insert(0, f"{self.name}: {self.lines['quarantined']:,} of {self.lines_in:,} lines set aside")
        return told

    def as_dict(self) -> dict[str, Any]:
        """The file as `load --json` and run.json show it."""
        return {
            "name": self.name,
            "sha256": self.sha256,
            "format": self.format,
            "bytes": self.bytes,
            "status": self.status,
            "reason": self.reason,
            "lines_in": self.lines_in,
            **{f"lines_{name}": self.lines[name] for name in CLASSES},
            "charge_in_cents": self.charge_in_cents,
            **{f"charge_{name}_cents": self.cents[name] for name in CLASSES},
            "segment_counts": self.segment_counts,
            "warnings": [
                {"code": code, "count": count, "message": warning_text(code, count)}
                for code, count in sorted(self.warnings.items())
            ],
            "quarantine_reasons": self.reject_reasons,
        }
