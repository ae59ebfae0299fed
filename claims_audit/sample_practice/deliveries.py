"""Puts claims, rosters and what payers answer into the files of a month, late ones into those of a later month.

A claim of an 837P is answered in the remittance of the month after it; both files are written side by side, so that
no claim has to be kept.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from claims_audit.sample_practice.check_packs import pack_of
from claims_audit.sample_practice.csv_files import AttendanceCsv, ClaimCsv
from claims_audit.sample_practice.encounters import VOID, Claim, Session
from claims_audit.sample_practice.practice import FORMAT_OF_MONTH, YEAR, ClaimFormat, delivery_date
from claims_audit.sample_practice.professional_files import ProfessionalFile
from claims_audit.sample_practice.reference_files import ReferenceFiles
from claims_audit.sample_practice.remittance_files import Answer, Balances, Recoupment, RemittanceFile

TRUTH_NAME: Final = "truth.csv"
TRUTH_COLUMNS: Final = ("check_id", "claim_lines", "why", "pack")
FILE_PREFIX: Final = "harbor_light"
OWN_NAME: Final = re.compile(
    rf"{FILE_PREFIX}_\d{{4}}-\d{{2}}_(attendance\.csv|claims\.(csv|837)|late_claims\.(csv|837)|remittances\.835)"
)


class ClaimFile(Protocol):
    """A file of one format that takes claims one by one."""

    def write(self, claim: Claim) -> None:
        """Writes a claim, now or when enough have come together."""

    def close(self) -> None:
        """Writes what is left and closes the file."""


class Deliveries:
    """The inbox and the truth file of one sample, written month by month."""

    def __init__(self, folder: Path) -> None:
        self._inbox = folder / "inbox"
        self._inbox.mkdir(parents=True, exist_ok=True)
        for path in sorted(self._inbox.iterdir()):
            if OWN_NAME.fullmatch(path.name):
                path.unlink()
        self.reference = ReferenceFiles(folder)
        self._truth_stream = (folder / TRUTH_NAME).open("w", encoding="utf-8", newline="")
        self._truth = csv.writer(self._truth_stream, lineterminator="\n")
        self._truth.writerow(TRUTH_COLUMNS)
        self._month = 0
        self._attendance: AttendanceCsv | None = None
        self._claim_files: dict[ClaimFormat, ClaimFile] = {}
        self._remittances: RemittanceFile | None = None
        self._balances: Balances = {}
        self._late_answers: defaultdict[int, list[Answer | Recoupment]] = defaultdict(list)
        self._late: defaultdict[int, list[Claim]] = defaultdict(list)
        self.file_names: list[str] = []
        self.counts: Counter[str] = Counter()
        self.findings: Counter[str] = Counter()

    def add(self, claim: Claim) -> None:
        """Writes a claim into the delivery of the open month."""
        self._claim_file(claim.claim_format).write(claim)
        self.counts["claims"] += 1
        self.counts["claim_lines"] += len(claim.lines)
        self.counts["broken_lines"] += len(claim.lines) if claim.flaw else 0
        # A payer does not take a claim that is broken; what an export has, it has after the payment.
        if claim.claim_format is ClaimFormat.PROFESSIONAL and not claim.flaw:
            self._answer(claim)

    def add_later(self, claim: Claim, month: int, day: int) -> None:
        """Keeps a claim for a later month; in CSV it is received on that day of the month, in 837P when it is sent."""
        self._late[month].append(replace(claim, received_date=dt.date(YEAR, month, day)))

    def add_answer_later(self, answer: Answer | Recoupment, month: int) -> None:
        """Keeps a decision of a payer for the remittance that answers the claims of a later month."""
        self._late_answers[month].append(answer)

    def add_attendance(self, session: Session) -> None:
        """Writes the roster of a session."""
        if self._attendance is None:
            self._attendance = AttendanceCsv(self._new_path("attendance.csv"))
        self._attendance.write(session)
        self.counts["attendance_rows"] += len(session.attendees)

    def add_truth(self, check_id: str, claims: Sequence[Claim], why: str, codes: Collection[str] = ()) -> None:
        """Writes a planted mistake with the lines of the claims, in the order of the `findings` export."""
        lines = sorted(
            (claim.patient_control_number, line.number)
            for claim in claims
            for line in claim.lines
            if not codes or line.procedure_code in codes
        )
        names = ";".join(f"{number}:{line}" for number, line in lines)
        self._truth.writerow([check_id, names, why, pack_of(check_id)])
        self.findings[check_id] += 1

    def open_month(self, month: int) -> None:
        """Closes the files of the month before, with the late claims that are due in it, and goes on to this one."""
        self._close_month()
        self._month = month

    def add_other_transaction(self) -> None:
        """Writes an 837I among the professional claims of the month."""
        file = self._claim_file(ClaimFormat.PROFESSIONAL)
        if not isinstance(file, ProfessionalFile):
            raise TypeError
        file.write_institutional()
        self.counts["other_transactions"] += 1

    def close(self) -> None:
        """Writes what is still late, then closes everything."""
        for month in range(self._month + 1, max([*self._late, *self._late_answers], default=0) + 1):
            self.open_month(month)
        self._close_month()
        self._truth_stream.close()
        self.reference.close()
        self.file_names += self.reference.file_names

    def abandon(self) -> None:
        """Closes the open files after an error, without writing more."""
        self._late.clear()
        self._late_answers.clear()
        self._close_month()
        self._truth_stream.close()
        self.reference.close()

    def _close_month(self) -> None:
        for claim in self._late.pop(self._month, []):
            self.add(claim)
        for answer in self._late_answers.pop(self._month, []):
            self._remit(answer)
        if self._remittances is not None:
            self._remittances.close()
            self._remittances = None
        for file in self._claim_files.values():
            file.close()
        self._claim_files.clear()
        if self._attendance is not None:
            self._attendance.close()
            self._attendance = None

    def _answer(self, claim: Claim) -> None:
        if claim.amends is not None and claim.amends.paid_cents:
            self._remit(Answer(claim.amends, is_reversal=True))
        # What is left to say of a void is that there is nothing to void.
        if claim.frequency_code != VOID or claim.amends is None:
            self._remit(Answer(claim))

    def _remit(self, answer: Answer | Recoupment) -> None:
        if self._remittances is None:
            path = self._new_path("remittances.835", self._month + 1)
            self._remittances = RemittanceFile(path, self._month + 1, self._balances)
        self._remittances.write(answer)
        if isinstance(answer, Answer):
            self.counts["remitted_lines"] += len(answer.claim.lines)

    def _claim_file(self, claim_format: ClaimFormat) -> ClaimFile:
        if claim_format not in self._claim_files:
            is_usual = FORMAT_OF_MONTH.get(self._month) is claim_format
            path = self._new_path(f"{'claims' if is_usual else 'late_claims'}.{claim_format.value}")
            self._claim_files[claim_format] = (
                ProfessionalFile(path, delivery_date(self._month), self._month * 1_000_000)
                if claim_format is ClaimFormat.PROFESSIONAL
                else ClaimCsv(path)
            )
        return self._claim_files[claim_format]

    def _new_path(self, kind: str, month: int = 0) -> Path:
        name = f"{FILE_PREFIX}_{YEAR}-{month or self._month:02d}_{kind}"
        self.file_names.append(f"inbox/{name}")
        return self._inbox / name
