"""Every alarm there is: its severity, its sentence, and its entry in the runbook (docs/operations.md)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How loud: page wakes a person, mail is read in the morning, digest is read when there is time."""

    PAGE = "page"
    MAIL = "mail"
    DIGEST = "digest"

    @property
    def rank(self) -> int:
        """0 is the gravest."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of alarm."""

    code: str
    runbook: str
    severity: Severity
    title: str


KINDS: Final = {
    kind.code: kind
    for kind in (
        Kind("no_run", "R-01", Severity.PAGE, "no audit has succeeded for too long"),
        Kind("missing_file", "R-02", Severity.MAIL, "a file that is expected has not come"),
        Kind("gate_failed", "R-03", Severity.PAGE, "the intake gate stopped the delivery"),
        Kind("no_input", "R-04", Severity.PAGE, "there was nothing to audit, or nothing that could be read"),
        Kind("refused_file", "R-05", Severity.MAIL, "a file could not be read"),
        Kind("quarantine", "R-06", Severity.MAIL, "more lines than usual were set aside"),
        Kind("volume", "R-07", Severity.MAIL, "the delivery is far smaller or larger than usual"),
        Kind("check_errored", "R-08", Severity.MAIL, "a check failed and judged nothing"),
        Kind("reconciliation", "R-09", Severity.PAGE, "lines, bytes or cents do not add up"),
        Kind("cannot_publish", "R-10", Severity.PAGE, "the result could not be published"),
        Kind("io_error", "R-11", Severity.PAGE, "reading or writing failed"),
        Kind("locked", "R-12", Severity.MAIL, "another run holds the home"),
        Kind("configuration", "R-13", Severity.PAGE, "the settings are wrong"),
        Kind("bug", "R-14", Severity.PAGE, "the audit ended in a bug"),
        Kind("disk", "R-15", Severity.MAIL, "the disk is nearly too full for the next run"),
        Kind("stale_reference", "R-16", Severity.MAIL, "a reference table is too old"),
        Kind("stale_snapshot", "R-17", Severity.PAGE, "what people read is too old"),
        Kind("crashed_run", "R-18", Severity.MAIL, "an earlier run was killed"),
        Kind("not_delivered", "R-19", Severity.MAIL, "the last message or ping did not get out"),
        Kind("chain_broken", "R-20", Severity.PAGE, "what earlier runs or reviewers left was changed"),
    )
}


@dataclass(frozen=True, slots=True, order=True)
class Alarm:
    """One alarm: its kind and, where a kind has several, what it is about: a check or an expectation, never a value."""

    code: str
    subject: str = ""

    @property
    def kind(self) -> Kind:
        """What the catalogue says of it."""
        return KINDS[self.code]

    @property
    def sentence(self) -> str:
        """As it stands in a message."""
        about = f" ({self.subject})" if self.subject else ""
        return f"{self.kind.title}{about}; see {self.kind.runbook}"
