"""Follows the loops of one 837P transaction and fills claims from the elements of its segments.

005010X222 and 004010X098; claims hang under the HL that came last, whatever its parent and child codes say.
How a filled claim becomes rows is in professional_rows.py, where transactions begin and end in transactions.py.
"""

from __future__ import annotations

from typing import Final

from claims_audit.model import FileTotals
from claims_audit.readers.values import parse_dates
from claims_audit.readers.x12.elements import padded
from claims_audit.readers.x12.envelope import Elements, element_text
from claims_audit.readers.x12.faults import MAX_LINES_PER_CLAIM, Fault
from claims_audit.readers.x12.harvest import Harvest
from claims_audit.readers.x12.loops import Handler, Opening, TransactionLoops, npi_of
from claims_audit.readers.x12.professional_faults import (
    FOREIGN_LINE,
    LINE_OUTSIDE_CLAIM,
    OUT_OF_PLACE,
    TOO_MANY_LINES,
)
from claims_audit.readers.x12.professional_parts import (
    Claim,
    Dependent,
    Line,
    Parties,
    Provider,
    Subscriber,
    read_diagnoses,
)
from claims_audit.readers.x12.professional_rows import make_rows

# Nothing is read from these; any other segment does not belong into an 837P.
# fmt: off
IGNORED_SEGMENTS: Final = frozenset((
    "N2", "N3", "N4", "PER", "CUR", "PWK", "CN1", "AMT", "K3", "NTE", "CR1", "CR2", "CR3", "CR4", "CR5", "CR6", "CR7",
    "CRC", "HCP", "CAS", "OI", "MOA", "MIA", "HSD", "DSB", "UR", "MEA", "PS1", "SV4", "SV5", "SV6", "SV7", "QTY",
    "LIN", "CTP", "LQ", "FRM", "DTM", "IMM",
))
# fmt: on

# The loops in which a segment may stand. BETWEEN is an HL of a level that the guides do not have.
HEADER, BILLING, SUBSCRIBER, DEPENDENT, BETWEEN, CLAIM, OTHER_PAYER, LINE, ADJUDICATION = range(9)


class ProfessionalLoops(TransactionLoops):
    """The claims of one 837P transaction."""

    line_table = "claim_line"
    stray_line = LINE_OUTSIDE_CLAIM

    def __init__(self, opening: Opening, harvest: Harvest, totals: FileTotals) -> None:
        super().__init__(opening, harvest, totals)
        self.claim: Claim | None = None
        self._parties = Parties(received_date=opening.received_date)
        self._loop = HEADER
        self._entity = ""  # NM101 of the last NM1 of the loop
        self._line: Line | None = None
        self._doubt: Fault | None = None  # over all claims until the hierarchy is certain again
        self._rows = harvest.rows[self.line_table]
        self.handlers: dict[str, Handler | None] = dict.fromkeys(IGNORED_SEGMENTS)
        self.handlers |= {
            "BHT": self._bht,
            "HL": self._hl,
            "NM1": self._nm1,
            "PRV": self._prv,
            "SBR": self._sbr,
            "PAT": self._pat,
            "DMG": self._dmg,
            "CLM": self._clm,
            "HI": self._hi,
            "REF": self._ref,
            "DTP": self._dtp,
            "LX": self._lx,
            "SV1": self._sv1,
            "SVD": self._svd,
        }
        for segment_id in ("SV2", "SV3", "SVC"):
            self.handlers[segment_id] = self._foreign_line

    def finish(self, end: int) -> None:
        """Takes the SE."""
        self.finish_claim(end)

    def finish_claim(self, end: int) -> bool:
        """Settles the open claim, which ends at `end`; every handler that does so returns True."""
        claim, self.claim = self.claim, None
        if claim is None:
            return False
        self._close_line(claim, end)
        claim.fault = claim.fault or self._doubt
        outcome = make_rows(claim, self._parties, self._component, self._totals)
        if isinstance(outcome, Fault):
            self.reject(claim.start, end, outcome, claim.line_count, claim.cents)
        else:
            self._rows += outcome
        self.settled_to = end
        return True

    def doubt(self, start: int, end: int) -> None:
        """Sets aside all claims up to the next subscriber; the segment may be a damaged HL."""
        self._doubt = OUT_OF_PLACE

    def _bht(self, elements: Elements, start: int, previous_end: int) -> None:
        created = parse_dates(element_text(elements, 4) or "")  # BHT04; GS04 stands in
        if created is not None:
            self._parties.received_date = created[0]

    def _hl(self, elements: Elements, start: int, previous_end: int) -> bool:
        is_finished = self.finish_claim(previous_end)
        level = element_text(elements, 3)  # HL03; HL01, HL02 and HL04 are wrong too often to go by
        parties = self._parties
        parties.dependent = None
        self._entity = ""
        if level == "23":
            self._loop = DEPENDENT
            parties.dependent = Dependent()
            return is_finished
        parties.subscriber = Subscriber()
        self._loop = SUBSCRIBER
        if level == "20":
            self._loop = BILLING
            parties.billing = Provider()
        elif level != "22":
            self._loop = BETWEEN
        if level in ("20", "22"):
            self._doubt = None
        return is_finished

    def _nm1(self, elements: Elements, start: int, previous_end: int) -> None:
        self._entity = entity = elements[1].strip() if len(elements) > 1 else ""
        loop, parties = self._loop, self._parties
        if loop in (LINE, CLAIM):  # 2420, 2310
            self._nm1_of_claim(entity, elements)
        elif loop == DEPENDENT and entity == "QC" and parties.dependent is not None:  # 2010CA
            number = element_text(elements, 9)
            # Some senders repeat the subscriber's number for the dependent; that would make one person of two.
            parties.dependent.member_id = number if number != parties.subscriber.subscriber_id else None
            parties.dependent.first_name = element_text(elements, 4) or ""
        elif loop in (SUBSCRIBER, DEPENDENT) and entity == "PR":  # 2010BB
            subscriber = parties.subscriber
            subscriber.names_payer = True
            subscriber.payer_name = element_text(elements, 3)
            subscriber.payer_id = element_text(elements, 9)
        elif loop == SUBSCRIBER and entity == "IL":  # 2010BA
            parties.subscriber.subscriber_id = element_text(elements, 9)
        elif loop == BILLING and entity == "85":  # 2010AA
            parties.billing.npi = npi_of(elements)
        elif loop == HEADER and entity == "40":  # 1000B
            parties.receiver_id = element_text(elements, 9)

    def _holder(self) -> Line | Claim | None:
        """Gives the line or, above its lines, the claim to which a segment belongs."""
        return self._line if self._loop == LINE else self.claim if self._loop == CLAIM else None

    def _nm1_of_claim(self, entity: str, elements: Elements) -> None:
        holder = self._holder()
        if holder is None:
            return
        if entity == "82":  # 2310B, 2420A; in 4010 it may carry no NPI, and then nobody stands in for it
            holder.rendering = Provider(npi_of(elements))
        elif entity == "DQ":  # 2310D, 2420D (4010: 2310E, 2420D)
            holder.supervising_npi = npi_of(elements)
        elif entity in ("77", "FA", "LI", "TL"):  # 2310C, 2420C; 4010 tells facilities, laboratories and so on apart
            holder.facility_npi = npi_of(elements)
        elif entity in ("85", "IL", "QC"):
            self._doubt = OUT_OF_PLACE

    def _prv(self, elements: Elements, start: int, previous_end: int) -> None:
        _, role, _, taxonomy, *_ = padded(elements, 4)
        role = role.strip()
        if self._loop == BILLING and role == "BI":  # 2000A
            self._parties.billing.taxonomy = taxonomy.strip() or None
        elif role == "PE" and self._entity == "82":  # 2310B, 2420A
            holder = self._holder()
            if holder is not None and holder.rendering is not None:
                holder.rendering.taxonomy = taxonomy.strip() or None

    def _sbr(self, elements: Elements, start: int, previous_end: int) -> None:
        if self._loop == SUBSCRIBER:  # 2000B
            self._parties.subscriber.relationship_code = element_text(elements, 2)
        elif self._loop in (CLAIM, OTHER_PAYER):  # 2320: from here to the first line it is about another payer
            self._loop = OTHER_PAYER
        else:
            self._doubt = OUT_OF_PLACE

    def _pat(self, elements: Elements, start: int, previous_end: int) -> None:
        if self._loop == DEPENDENT and self._parties.dependent is not None:  # 2000C
            self._parties.dependent.relationship_code = element_text(elements, 1)
        elif self._loop not in (SUBSCRIBER, BETWEEN):
            self._doubt = OUT_OF_PLACE

    def _dmg(self, elements: Elements, start: int, previous_end: int) -> None:
        if self._loop == DEPENDENT and self._parties.dependent is not None:  # 2010CA
            self._parties.dependent.birth_date = element_text(elements, 2) or ""

    def _clm(self, elements: Elements, start: int, previous_end: int) -> bool:
        is_finished = self.finish_claim(previous_end)
        self.claim = Claim(start, elements)
        self._loop = CLAIM
        self._entity = ""
        return is_finished

    def _hi(self, elements: Elements, start: int, previous_end: int) -> None:
        if self._loop == CLAIM and self.claim is not None:
            read_diagnoses(self.claim, elements, self._component)

    def _ref(self, elements: Elements, start: int, previous_end: int) -> None:
        holder = self._holder()
        if holder is None:  # never 2330B, where other payers have their own F8 and G1
            return
        _, qualifier, number, *_ = padded(elements, 3)
        qualifier = qualifier.strip()
        if qualifier == "6R" and isinstance(holder, Line):
            holder.control_number = number.strip() or None
        elif qualifier == "F8" and isinstance(holder, Claim):
            holder.payer_claim_control_number = number.strip() or None
        elif qualifier == "G1" and self._is_for_this_payer(elements):
            holder.prior_authorization_number = number.strip() or None

    def _is_for_this_payer(self, elements: Elements) -> bool:
        """Is false for a line's authorizations by other payers: REF04 names them in 5010, loop 2420G in 4010."""
        return self._entity != "PR" and element_text(elements, 4) is None

    def _dtp(self, elements: Elements, start: int, previous_end: int) -> None:
        _, qualifier, _, text, *_ = padded(elements, 4)
        if qualifier.strip() != "472":
            return
        holder = self._holder()
        if holder is not None and holder.dates is None:
            holder.dates = dates = parse_dates(text)
            if dates is None:
                holder.has_bad_date = bool(text.strip())
            elif dates[1] is not None and self.claim is not None:
                self.claim.has_ranges = True

    def _lx(self, elements: Elements, start: int, previous_end: int) -> None:
        if self.claim is not None:
            number = elements[1].strip() if len(elements) > 1 else ""
            self._open_line(self.claim, start, previous_end).number = number or None

    def _sv1(self, elements: Elements, start: int, previous_end: int) -> None:
        claim = self.claim
        if claim is None:
            return
        line = self._line
        if line is None or line.elements is not None:
            line = self._open_line(claim, start, previous_end)
        line.elements = elements

    def _foreign_line(self, elements: Elements, start: int, previous_end: int) -> None:
        if self.claim is not None:
            self.claim.fault = self.claim.fault or FOREIGN_LINE

    def _svd(self, elements: Elements, start: int, previous_end: int) -> None:
        if self._loop == LINE:  # 2430: what another payer paid for the line
            self._loop = ADJUDICATION

    def _open_line(self, claim: Claim, start: int, previous_end: int) -> Line:
        self._close_line(claim, previous_end)
        self._loop = LINE
        self._entity = ""
        self._line = line = Line(start)
        if len(claim.lines) < MAX_LINES_PER_CLAIM:
            claim.lines.append(line)
        else:
            claim.fault = claim.fault or TOO_MANY_LINES
        return line

    def _close_line(self, claim: Claim, end: int) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.end = end
