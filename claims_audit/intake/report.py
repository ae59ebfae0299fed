"""What became of one input file: the reconciliation that `load` prints and run.json holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from claims_audit.errors import ReconciliationError
from claims_audit.warning_texts import INFORMATIVE_WARNINGS, warning_text

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
    reject_reasons: dict[str, int] = field(default_factory=dict)  # code to number of ranges
    other_reasons: dict[str, int] = field(default_factory=dict)  # sentence to number of lines
    records_in: int = 0
    bytes_by_class: dict[str, int] = field(default_factory=lambda: dict.fromkeys((*CLASSES, "frame"), 0))
    profile: str = ""
    header: tuple[str, ...] = ()
    column_changes: list[str] = field(default_factory=list)  # since the last delivery of its kind, in words
    matches: dict[str, int] = field(default_factory=dict)  # how lines of remittances were matched to claims

    @property
    def counts_rows(self) -> bool:
        """Whether places in the file are numbers of rows, not bytes."""
        return self.format.endswith(("_parquet", "_xlsx"))

    def warn(self, code: str, times: int = 1) -> None:
        """Counts a warning about the file."""
        self.warnings[code] = self.warnings.get(code, 0) + times

    def require_balance(self) -> None:
        """Raises ReconciliationError if lines, cents or bytes do not add up: a bug, and no ground to publish on."""
        came_out = (sum(self.lines.values()), sum(self.cents.values()), sum(self.bytes_by_class.values()))
        if came_out != (self.lines_in, self.charge_in_cents, self.bytes):
            raise ReconciliationError(
                f"{self.name}: {self.lines_in} lines, {self.charge_in_cents} cents and {self.bytes} bytes went in, "
                f"{came_out[0]} lines, {came_out[1]} cents and {came_out[2]} bytes came out; nothing was loaded"
            )

    @property
    def alerts(self) -> list[str]:
        """What a person should look into, in words: a refused file, rows set aside, a doubtful file or line."""
        if self.status == "refused":
            return [self.reason, *(f"{self.name}: {change}" for change in self.column_changes)]
        told = [
            f"{self.name}: {warning_text(code, count)}"
            for code, count in sorted(self.warnings.items())
            if code not in INFORMATIVE_WARNINGS
        ]
        told += [f"{self.name}: {change}" for change in self.column_changes]
        if self.lines["quarantined"]:
            told.insert(0, f"{self.name}: {self.lines['quarantined']:,} of {self.lines_in:,} lines set aside")
        return told

    def as_dict(self) -> dict[str, Any]:
        """The file as `load --json` and run.json show it."""
        return {
            "name": self.name,
            "sha256": self.sha256,
            "format": self.format,
            "profile": self.profile or None,
            "bytes": self.bytes,
            **{f"bytes_{name}": count for name, count in self.bytes_by_class.items()},
            "records_in": self.records_in,
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
            "other_reasons": self.other_reasons,
            "column_changes": self.column_changes,
            "remittance_matches": self.matches,
        }
