"""Writes claim lines of a native CSV once more as FHIR R4 claims, one resource a line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

from claims_audit.readers.values import parse_cents

_CPT: Final = "http://www.ama-assn.org/go/cpt"
_NPI: Final = "http://hl7.org/fhir/sid/us-npi"
_ICD: Final = "http://hl7.org/fhir/sid/icd-10-cm"
_PLACE: Final = "https://www.cms.gov/place-of-service-codes"
_CLAIM_TYPE: Final = "http://terminology.hl7.org/CodeSystem/claim-type"

Row = dict[str, str]


def write_fhir_claims(sources: Iterable[Path], target: Path) -> None:
    """Writes every claim of the CSV files as a Claim; the lines of a claim stand together in them."""
    with target.open("w", encoding="utf-8", newline="") as stream:
        for number, rows in enumerate(_claims(sources)):
            stream.write(json.dumps(_claim(f"c-{number}", rows), separators=(",", ":")) + "\n")


def _claims(sources: Iterable[Path]) -> Iterator[list[Row]]:
    for path in sources:
        with path.open(encoding="utf-8", newline="") as stream:
            for _, rows in groupby(csv.DictReader(stream), itemgetter("patient_control_number")):
                yield list(rows)


def _claim(resource_id: str, rows: list[Row]) -> dict[str, Any]:
    first = rows[0]
    diagnoses = [first[f"diagnosis_code_{n}"] for n in range(1, 13) if first[f"diagnosis_code_{n}"]]
    return {
        "resourceType": "Claim",
        "id": resource_id,
        "identifier": [{"value": first["patient_control_number"]}],
        "status": "active",
        "type": _concept("professional", _CLAIM_TYPE),
        "use": "claim",
        "patient": {"reference": f"Patient/{first['member_id']}"},
        "created": first["received_date"] or first["date_of_service"],
        "insurer": {"identifier": {"value": first["payer_id"]}, "display": first["payer_name"]},
        "provider": _provider(first["billing_provider_npi"]),
        "careTeam": [{"sequence": 1, "provider": _provider(first["rendering_provider_npi"])}],
        "diagnosis": [
            {"sequence": n, "diagnosisCodeableConcept": _concept(code, _ICD)} for n, code in enumerate(diagnoses, 1)
        ],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/1"}}],
        "item": [_item(row, len(diagnoses)) for row in rows],
    }


def _item(row: Row, diagnoses: int) -> dict[str, Any]:
    pointers = [int(pointer) for pointer in row["diagnosis_pointers"].split(":") if pointer]
    return {
        "sequence": int(row["claim_line_number"]),
        "careTeamSequence": [1],
        "diagnosisSequence": [pointer for pointer in pointers if pointer <= diagnoses],
        "productOrService": _concept(row["procedure_code"], _CPT),
        "servicedDate": row["date_of_service"],
        "locationCodeableConcept": _concept(row["place_of_service_code"], _PLACE),
        "quantity": {"value": float(row["service_units"])},
        "net": {"value": _amount(row["charge_amount"]), "currency": "USD"},
    }


def _amount(text: str) -> float | str:
    """A number; the sample breaks a few charges on purpose, and they stay broken."""
    cents = parse_cents(text)
    return text if cents is None else cents / 100


def _concept(code: str, system: str) -> dict[str, Any]:
    return {"coding": [{"code": code, "system": system}]}


def _provider(npi: str) -> dict[str, Any]:
    return {"identifier": {"system": _NPI, "value": npi}}
