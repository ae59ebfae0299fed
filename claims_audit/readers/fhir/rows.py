"""How one FHIR claim becomes canonical rows, or is set aside, as a whole or with some of its lines."""

from __future__ import annotations

from typing import Final, NamedTuple

from claims_audit.model import (
    CLAIM_LINE_COLUMNS,
    DIAGNOSIS_COLUMNS,
    MODIFIER_COLUMNS,
    POSITION_COLUMNS,
    FileTotals,
    RowBatch,
)
from claims_audit.readers.fhir.amounts import allowed_and_paid, line_charges, units_of
from claims_audit.readers.fhir.claim import (
    MAX_DIAGNOSES,
    Diagnoses,
    dates_of,
    diagnoses_of,
    fault_of_kind,
    received_date_of,
    version_of,
)
from claims_audit.readers.fhir.codes import (
    MODIFIER_SHAPE,
    PLACE_SHAPE,
    PROCEDURE_SHAPE,
    is_procedure_system,
    other_system,
)
from claims_audit.readers.fhir.faults import (
    NO_DATE,
    NO_ITEMS,
    NO_NPI,
    NO_PLACE,
    NO_PROCEDURE,
    ClaimFaultError,
    Fault,
    other_codes,
)
from claims_audit.readers.fhir.frames import Frame
from claims_audit.readers.fhir.parsing import Json, child, codings, objects, text, texts
from claims_audit.readers.fhir.parties import (
    Teammate,
    billing_npi_of,
    care_team_of,
    member_of,
    own_number,
    payer_of,
    prior_authorization_of,
    rendering_of,
    supervising_npi_of,
)
from claims_audit.readers.fhir.references import Directory, Provider, References
from claims_audit.readers.values import format_cents

Row = tuple[object, ...]

# The order of a row: what its claim says, then what the line says.
ROW_COLUMNS: Final = (
    "byte_start",
    "byte_end",
    "source_line_number",
    "claim_position",
    "patient_control_number",
    "claim_frequency_code",
    "payer_claim_control_number",
    "payer_id",
    "payer_name",
    "member_id",
    "subscriber_id",
    "relationship_code",
    "billing_provider_npi",
    "prior_authorization_number",
    "received_date",
    *DIAGNOSIS_COLUMNS,
    "claim_line_number",
    "rendering_provider_npi",
    "rendering_taxonomy_code",
    "supervising_provider_npi",
    "service_facility_npi",
    "place_of_service_code",
    "date_of_service",
    "date_of_service_through",
    "procedure_code",
    *MODIFIER_COLUMNS,
    "service_units",
    "unit_basis_code",
    "charge_amount",
    "allowed_amount",
    "paid_amount",
    "diagnosis_pointers",
    "line_control_number",
    "line_warnings",
)
_MODIFIER_COUNT: Final = len(MODIFIER_COLUMNS)


class Outcome(NamedTuple):
    """Charges of all lines of a claim in cents, its rows, and why which lines (by their charges) are set aside."""

    charges: list[int]
    rows: list[Row]
    fault: Fault | None
    aside: list[int]


class _Claim(NamedTuple):
    """What the lines of a claim have in common."""

    team: list[Teammate]
    billing_npi: str
    facility_npi: str | None
    dates: tuple[str, str | None] | None
    diagnoses: Diagnoses
    warnings: list[str]


class ClaimReader:
    """Makes rows of claims; looks into the file's other resources where a claim refers to them."""

    def __init__(self, parties: Directory, claims: Directory, totals: FileTotals) -> None:
        self._parties = parties
        self._claims = claims
        self._totals = totals

    def read(self, frame: Frame, resource: Json) -> Outcome:
        """Rows for every line that is coded in CPT or HCPCS; a fault of the claim sets all of it aside."""
        charges = line_charges(resource)
        cents = [charge if isinstance(charge, int) else 0 for charge in charges]
        try:
            items = _require_items(resource)
            systems = [_foreign_system(item) for item in items]
            lines = [at for at, system in enumerate(systems) if system is None]
            rows = self._make_rows(frame, resource, items, charges, lines) if lines else []
        except ClaimFaultError as error:
            return Outcome(cents, [], error.fault, cents)
        foreign = list(dict.fromkeys(system for system in systems if system is not None))
        aside = [cents[at] for at, system in enumerate(systems) if system is not None]
        return Outcome(cents, rows, other_codes(foreign) if foreign else None, aside)

    def _make_rows(
        self, frame: Frame, resource: Json, items: list[Json], charges: list[int | Fault], lines: list[int]
    ) -> list[Row]:
        references = References(resource, self._parties)
        own_claim_number, payers_number = own_number(resource)
        version = version_of(resource, payers_number, self._claims)
        payer, member = payer_of(resource, references), member_of(resource, references)
        received_date, is_bad_date = received_date_of(resource)
        claim = self._read_shared(resource, references)
        codes = claim.diagnoses.codes
        claim_part = (
            frame.start,
            frame.end,
            frame.line_number,
            frame.start,
            own_claim_number,
            *version,
            *payer,
            *member,
            claim.billing_npi,
            prior_authorization_of(resource),
            received_date,
            *codes,
            *(None,) * (MAX_DIAGNOSES - len(codes)),
        )
        numbers = _line_numbers(items)
        rows = []
        for at in lines:
            charge = charges[at]
            if isinstance(charge, Fault):
                raise ClaimFaultError(charge)
            told = [*claim.warnings]
            line_part = _make_line_part(items[at], numbers[at], charge, claim, references, told)
            if any(str(npi or "").startswith("0") for npi in (claim.billing_npi, line_part[1])):
                told.append("npi_padded")
            rows.append((*claim_part, *line_part, ";".join(told) or None))
        if is_bad_date:
            self._totals.warn("received_date_unreadable")
        if claim.diagnoses.unreadable:
            self._totals.warn("diagnosis_unreadable", claim.diagnoses.unreadable)
        return rows

    def _read_shared(self, resource: Json, references: References) -> _Claim:
        team = care_team_of(resource, references)
        billing = billing_npi_of(resource, references, team)
        warnings = []
        if billing is None:
            rendering = rendering_of(team, [])
            if rendering is None or rendering.npi is None:
                raise ClaimFaultError(NO_NPI)
            billing = rendering.npi
            warnings.append("billing_provider_from_rendering")
        facility = references.provider(child(resource, "facility")).npi
        dates = dates_of(resource, "", "billablePeriod")
        return _Claim(team, billing, facility, dates, diagnoses_of(resource), warnings)


def make_batch(rows: list[Row]) -> RowBatch:
    """Turns rows into columns; what FHIR claims never hold is empty."""
    filled: dict[str, list[object]] = dict(zip(ROW_COLUMNS, map(list, zip(*rows, strict=True)), strict=True))
    names = CLAIM_LINE_COLUMNS + POSITION_COLUMNS
    return RowBatch("claim_line", {name: filled.get(name) or [None] * len(rows) for name in names})


def _make_line_part(
    item: Json, number: str, charge: int, claim: _Claim, references: References, told: list[str]
) -> Row:
    sequences = texts(item, "careTeamSequence") or texts(item, "careTeamLinkId")
    rendering = rendering_of(claim.team, sequences)
    if rendering is None:
        rendering = Provider(claim.billing_npi)
        told.append("rendering_provider_from_billing")
    dates = dates_of(item, "servicedDate", "servicedPeriod") or claim.dates
    if dates is None:
        raise ClaimFaultError(NO_DATE)
    if dates[1] is not None and dates[1] != dates[0]:
        told.append("date_range")
    procedure = _procedure_code(item, told)
    modifiers = _modifiers(item, told)
    units, has_units, basis = units_of(item)
    if not has_units:
        told.append("units_missing")
    pointed = texts(item, "diagnosisSequence") or texts(item, "diagnosisLinkId")
    places = claim.diagnoses.places
    facility = references.provider(child(item, "locationReference")).npi or claim.facility_npi
    return (
        number,
        *rendering,
        supervising_npi_of(claim.team, sequences),
        facility,
        _place_code(item),
        *dates,
        procedure,
        *modifiers,
        units,
        basis,
        format_cents(charge),
        *allowed_and_paid(item),
        ":".join(places[sequence] for sequence in pointed if sequence in places) or None,
        next((value for one in objects(item, "identifier") if (value := text(one, "value"))), None),
    )


def _require_items(resource: Json) -> list[Json]:
    """The lines of a claim that is for this audit, which goes before that it has any."""
    fault = fault_of_kind(resource)
    if fault is not None:
        raise ClaimFaultError(fault)
    items = objects(resource, "item")
    if not items:
        raise ClaimFaultError(NO_ITEMS)
    return items


def _line_numbers(items: list[Json]) -> list[str]:
    """The sequence numbers of the lines; their order where the numbers are not told, doubtful or not unique."""
    told = [text(item, "sequence") or "" for item in items]
    is_sound = all(number.isascii() and number.isdigit() and 0 < len(number) < 5 and int(number) for number in told)
    return told if is_sound and len(set(told)) == len(told) else [str(at) for at in range(1, len(items) + 1)]


def _procedures(item: Json) -> list[tuple[str, str]]:
    return [*codings(item, "productOrService"), *codings(item, "service")]


def _foreign_system(item: Json) -> str | None:
    """The code system of a line that is neither CPT nor HCPCS; None if it is one of them, or there is no code."""
    told = _procedures(item)
    if any(is_procedure_system(system) or (not system and PROCEDURE_SHAPE.fullmatch(code)) for system, code in told):
        return None
    return next((name for system, _ in told if system and (name := other_system(system)) is not None), None)


def _procedure_code(item: Json, told: list[str]) -> str:
    found = _procedures(item)
    code = next((code for system, code in found if is_procedure_system(system)), None)
    if code is None:
        code = next((code for system, code in found if not system and PROCEDURE_SHAPE.fullmatch(code)), None)
        told.append("code_system_missing")
    if code is None:
        raise ClaimFaultError(NO_PROCEDURE)
    return code


def _modifiers(item: Json, told: list[str]) -> list[str | None]:
    """The first four modifiers; one concept may hold one modifier under several systems, or several modifiers."""
    found: list[str] = []
    for concept in objects(item, "modifier"):
        codes = [code for _, code in codings({"concept": concept}, "concept")]
        fit = [code for code in codes if MODIFIER_SHAPE.fullmatch(code)]
        found += dict.fromkeys(fit or codes[:1])
    if len(found) > _MODIFIER_COUNT:
        told.append("modifiers_left_out")
    return [*found[:_MODIFIER_COUNT], *(None,) * (_MODIFIER_COUNT - len(found))]


def _place_code(item: Json) -> str:
    codes = [code for _, code in codings(item, "locationCodeableConcept")]
    place = next((code for code in codes if PLACE_SHAPE.fullmatch(code)), codes[0] if codes else None)
    if place is None:
        raise ClaimFaultError(NO_PLACE)
    return place
