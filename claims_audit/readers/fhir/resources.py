"""Reads FHIR claims (Claim and ExplanationOfBenefit, R4 and STU3) as batches of claim lines, in bounded memory.

Resources are cut out by frames.py; rows.py makes rows of them, with claim.py for what stands above the
lines, parties.py and references.py for who is meant, amounts.py for money.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from claims_audit.errors import UnreadableFileError
from claims_audit.model import FileTotals, RejectedRange, RowBatch
from claims_audit.readers.fhir.faults import NOT_A_RESOURCE, Fault
from claims_audit.readers.fhir.frames import Frame, Frames, Wanted
from claims_audit.readers.fhir.parsing import Json
from claims_audit.readers.fhir.references import CLAIMS, PARTIES, Directory
from claims_audit.readers.fhir.rows import ClaimReader, Row, make_batch

# Types of resources are counted under their names; a list, since what a file calls a type may be anything.
COUNTED_TYPES: Final = CLAIMS | PARTIES | {
    "Bundle", "ClaimResponse", "Condition", "Device", "Encounter", "List", "Medication", "MedicationRequest",
    "Observation", "OperationOutcome", "Parameters", "Patient", "Procedure", "RelatedPerson", "ServiceRequest",
}  # fmt: skip

_JSON: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]")
_FHIR: Final = re.compile(rb'"resourceType"\s*:\s*"[A-Z]|hl7\.org/fhir|"fullUrl"\s*:|bluebutton\.cms\.gov')


def is_fhir(head: bytes) -> bool:
    """Whether the first bytes of a file (a few thousand) are FHIR as JSON, whatever its shape and name."""
    return _JSON.match(head) is not None and _FHIR.search(head) is not None


def read_fhir(
    stream: BinaryIO, name: str, *, batch_lines: int = 20_000
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    """Reads NDJSON, one resource, Bundles or arrays of resources; yields FileTotals last. The stream must be seekable.

    Raises UnreadableFileError if the file is no JSON.
    """
    stream.seek(0)
    if _JSON.match(stream.read(1 << 12)) is None:
        raise UnreadableFileError(f"{name}: is no JSON text in UTF-8 (byte 0); ask for it as FHIR JSON or NDJSON")
    return _File(stream, batch_lines).read()


class _File:
    def __init__(self, stream: BinaryIO, batch_lines: int) -> None:
        self._stream = stream
        self._frames = Frames(stream)
        self._totals = FileTotals()
        self._claims = ClaimReader(Directory(self._open, PARTIES), Directory(self._open, CLAIMS), self._totals)
        self._batch_lines = batch_lines
        self._rows: list[Row] = []

    def read(self) -> Iterator[RowBatch | RejectedRange | FileTotals]:
        totals = self._totals
        for frame in self._frames:
            reject = self._take(frame)
            if reject is not None:
                yield reject
            while len(self._rows) >= self._batch_lines:
                yield make_batch(self._rows[: self._batch_lines])
                del self._rows[: self._batch_lines]
        if self._rows:
            yield make_batch(self._rows)
        if self._frames.bundle_count:
            self._count("Bundle", self._frames.bundle_count)
        if self._frames.is_unfinished:
            totals.warn("file_unfinished")
        yield totals

    def _open(self, wanted: Wanted) -> Frames:
        return Frames(self._stream, wanted)

    def _take(self, frame: Frame) -> RejectedRange | None:
        if frame.fault is not None:
            return self._reject_unreadable(frame, frame.fault)
        resource = frame.value
        if not isinstance(resource, dict):
            return self._reject_unreadable(frame._replace(looks_like_resource=False), NOT_A_RESOURCE)
        type_name = resource.get("resourceType")
        if not isinstance(type_name, str):
            return self._reject_unreadable(frame, NOT_A_RESOURCE)
        self._count(type_name)
        return self._take_claim(frame, resource) if type_name in CLAIMS else None

    def _take_claim(self, frame: Frame, resource: Json) -> RejectedRange | None:
        outcome = self._claims.read(frame, resource)
        self._totals.lines_in += len(outcome.charges)
        self._totals.charge_in_cents += sum(outcome.charges)
        self._rows += outcome.rows
        if outcome.fault is None:
            return None
        return _as_range(frame, outcome.fault, len(outcome.aside), sum(outcome.aside))

    def _reject_unreadable(self, frame: Frame, fault: Fault) -> RejectedRange:
        """Sets aside what cannot be read. It counts as one line where it may have been a claim."""
        self._totals.records_in += 1
        is_claim = frame.looks_like_resource and (frame.type_seen is None or frame.type_seen in CLAIMS)
        self._totals.lines_in += is_claim
        return _as_range(frame, fault, int(is_claim), 0)

    def _count(self, type_name: str, times: int = 1) -> None:
        known = type_name if type_name in COUNTED_TYPES else "other"
        counts = self._totals.segment_counts
        counts[known] = counts.get(known, 0) + times
        self._totals.records_in += times


def _as_range(frame: Frame, fault: Fault, line_count: int, cents: int) -> RejectedRange:
    return RejectedRange(
        "claim_line",
        frame.start,
        frame.end,
        fault.code,
        fault.reason,
        kind=fault.kind,
        source_line_number=frame.line_number,
        column_name=fault.column_name,
        line_count=line_count,
        charge_cents=cents,
    )
