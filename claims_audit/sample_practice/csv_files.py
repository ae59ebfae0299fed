"""Writes claims and attendance in the native CSV: the canonical columns of model.py."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Final

from claims_audit.model import ATTENDANCE_COLUMNS, CLAIM_LINE_COLUMNS, DIAGNOSIS_COLUMNS, MODIFIER_COLUMNS
from claims_audit.sample_practice.encounters import ORIGINAL, VOID, Claim, Line, Presence, Session

# What a broken row is to hold instead: each is refused by the reader or the schema.
CSV_FLAWS: Final = {
    "impossible_date": {"date_of_service": "2024-02-30"},
    "charge_in_words": {"charge_amount": "one hundred"},
    "no_member": {"member_id": ""},
}


def dollars(cents: int) -> str:
    """Returns an amount as a plain decimal."""
    return f"{cents // 100}.{cents % 100:02d}"


def clock(moment: dt.datetime | None) -> str:
    """Returns a time stamp to the minute, as the canonical model has it; empty where none is known."""
    return moment.strftime("%Y-%m-%d %H:%M") if moment else ""


class CsvFile:
    """A CSV file with a header, written row by row."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        self._stream = path.open("w", encoding="utf-8", newline="")
        self._writer = csv.DictWriter(self._stream, columns, restval="", lineterminator="\n")
        self._writer.writeheader()

    def write(self, row: dict[str, str]) -> None:
        """Writes a row; columns that it does not name stay empty."""
        self._writer.writerow(row)

    def close(self) -> None:
        """Closes the file."""
        self._stream.close()


class ClaimCsv:
    """The claims of a month, a row for each line."""

    def __init__(self, path: Path) -> None:
        self._file = CsvFile(path, CLAIM_LINE_COLUMNS)

    def write(self, claim: Claim) -> None:
        """Writes the lines of a claim."""
        for line in claim.lines:
            self._file.write(_claim_row(claim, line) | CSV_FLAWS.get(claim.flaw, {}))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class AttendanceCsv:
    """The rosters of a month, a row for each person at a session."""

    def __init__(self, path: Path) -> None:
        self._file = CsvFile(path, ATTENDANCE_COLUMNS)

    def write(self, session: Session) -> None:
        """Writes the roster of a session."""
        common = {
            "session_id": session.session_id,
            "session_start_at": clock(session.start_at),
            "session_end_at": clock(session.told_end_at),
            "facilitator_npis": ";".join(leader.npi for leader in session.clinicians),
            "place_of_service_code": session.place_of_service_code,
            "documented_group_size": "" if session.documented_size is None else str(session.documented_size),
            "group_focus": session.group_focus,
        }
        for attendee in session.attendees:
            row = common | {
                "member_id": attendee.member_id,
                "family_id": attendee.family_id,
                "attendance_status": attendee.presence.value,
            }
            if attendee.presence is Presence.ATTENDED:
                row |= _documentation(session)
            self._file.write(row)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _documentation(session: Session) -> dict[str, str]:
    """The note of each person who came, and the plan that it goes by."""
    record, date = session.record, session.start_at.date()
    row = {
        "note_signed_at": clock(session.signed_at),
        "note_similarity": session.similarity,
        "note_shingles": record.shingles,
    }
    if record.has_plan:
        # Plans are made for a quarter and stand until the next.
        first = dt.date(date.year, (date.month - 1) // 3 * 3 + 1, 1)
        row |= {
            "treatment_plan_from": first.isoformat(),
            "treatment_plan_to": (first + dt.timedelta(days=100)).isoformat(),
            "treatment_plan_elements": record.plan_elements,
        }
    return row


def _claim_row(claim: Claim, line: Line) -> dict[str, str]:
    person = claim.person
    row = {
        "patient_control_number": claim.patient_control_number,
        "claim_line_number": str(line.number),
        "claim_frequency_code": claim.frequency_code,
        # An export that knows what was paid knows the payer's number of an original too.
        "payer_claim_control_number": (
            claim.payer_number if claim.frequency_code == ORIGINAL else claim.replaced_number
        ),
        "payer_id": claim.payer.payer_id,
        "payer_name": claim.payer.name,
        "member_id": person.member_id,
        "subscriber_id": person.subscriber_id,
        "relationship_code": person.relationship_code,
        "family_id": "" if person.lives_alone else person.family_id,
        "billing_provider_npi": claim.billing_npi,
        "rendering_provider_npi": claim.clinician.npi,
        "rendering_taxonomy_code": claim.clinician.taxonomy_code,
        "supervising_provider_npi": claim.supervising_npi,
        "place_of_service_code": claim.place_of_service_code,
        "date_of_service": claim.date_of_service.isoformat(),
        "procedure_code": line.procedure_code,
        "service_units": str(line.units),
        "unit_basis_code": "UN",
        "charge_amount": dollars(line.charge_cents),
        "diagnosis_pointers": claim.diagnosis_pointers,
        "prior_authorization_number": claim.authorization_number,
        "line_control_number": f"{claim.patient_control_number}-{line.number}",
        "received_date": claim.received_date.isoformat(),
    }
    row |= dict(zip(MODIFIER_COLUMNS, line.modifiers, strict=False))
    row |= dict(zip(DIAGNOSIS_COLUMNS, claim.diagnosis_codes, strict=False))
    # Nothing is paid for a void; empty means not known, 0 would be a denial.
    if claim.frequency_code != VOID:
        row |= {"allowed_amount": dollars(line.allowed_cents), "paid_amount": dollars(line.paid_cents)}
    session = line.session
    if session.mark.has_number:
        row["session_id"] = session.session_id
    if session.mark.has_clock:
        row |= {"session_start_at": clock(session.start_at), "session_end_at": clock(session.told_end_at)}
    return row
