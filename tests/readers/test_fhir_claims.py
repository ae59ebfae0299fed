"""How FHIR claims become claim lines: R4, STU3, CARIN Blue Button, CMS Blue Button and BCDA, and what is set aside."""

from __future__ import annotations

import re
from typing import Any

import pytest

from claims_audit.model import RejectKind
from tests.readers.test_fhir import (
    ADJUDICATION,
    C4BB,
    CLAIM_TYPE,
    NPI,
    SHARED,
    Json,
    Line,
    Outcome,
    bundle,
    claim,
    concept,
    dollars,
    item,
    judged,
    ndjson,
    needs_samples,
    npi,
    read,
    without_none,
)

BB = "https://bluebutton.cms.gov/resources"
IDENTIFIER_TYPE = f"{C4BB}/CodeSystem/C4BBIdentifierType"
ROLE = f"{C4BB}/CodeSystem/C4BBClaimCareTeamRole"
RELATION = "http://terminology.hl7.org/CodeSystem/ex-relatedclaimrelationship"


def told(line: Line) -> Line:
    """What a row says, without positions."""
    positions = ("byte_start", "byte_end", "source_line_number", "claim_position")
    return {name: value for name, value in line.items() if value is not None and name not in positions}


def line_of(content: Json | list[Any]) -> Line:
    """The only line of a file without rejects."""
    outcome = read(content)
    assert outcome.rejects == []
    (line,) = outcome.lines
    return line


def warnings_of(line: Line) -> list[str]:
    return str(line["line_warnings"] or "").split(";") if line["line_warnings"] else []


def identifier(kind: str, value: str) -> Json:
    return {"type": concept(kind, IDENTIFIER_TYPE), "value": value}


def eob(*items: Json, **changes: Any) -> Json:
    """A made-up C4BB ExplanationOfBenefit of one line of group therapy."""
    line = item(
        net=None,
        careTeamSequence=[2],
        adjudication=[
            judged("submitted", "40.00"),
            judged("eligible", 30.25),
            judged("paidtoprovider", 24.2, f"{C4BB}/CodeSystem/C4BBAdjudication"),
            judged("coinsurance", 6.05),
        ],
    )
    made = {
        "resourceType": "ExplanationOfBenefit",
        "id": "e-1",
        "meta": {"profile": [f"{C4BB}/StructureDefinition/C4BB-ExplanationOfBenefit-Professional-NonClinician|2.0.0"]},
        "contained": [
            {"resourceType": "Organization", "id": "o", "identifier": [{"system": NPI, "value": "1000000004"}]},
            {
                "resourceType": "Practitioner",
                "id": "p",
                "identifier": [{"value": "X"}, {"type": concept("npi", IDENTIFIER_TYPE), "value": "1000000012"}],
                "qualification": [{"code": concept("103T00000X", "http://nucc.org/provider-taxonomy")}],
            },
            {
                "resourceType": "Coverage",
                "id": "v",
                "subscriberId": "S1",
                "relationship": concept("child", None),
                "payor": [{"display": "Elm"}],
            },
            {
                "resourceType": "Organization",
                "id": "i",
                "name": "Elm Plan",
                "identifier": [{"system": NPI, "value": "1000000020"}, identifier("payerid", "ELM01")],
            },
        ],
        "identifier": [identifier("uc", "P-77"), identifier("patientcontrolnum", "A1")],
        "status": "active",
        "type": concept("professional", CLAIM_TYPE),
        "use": "claim",
        "outcome": "complete",
        "patient": {"reference": "https://elm.example/fhir/Patient/M1"},
        "created": "2024-01-12T00:00:00Z",
        "insurer": {"reference": "#i"},
        "provider": {"reference": "#o"},
        "careTeam": [
            {"sequence": 1, "provider": npi("1000000038"), "role": concept("referring", ROLE)},
            {"sequence": 2, "provider": {"reference": "#p"}, "role": concept("performing", ROLE)},
            {"sequence": 3, "provider": npi("1000000046"), "role": concept("supervising", ROLE)},
        ],
        "supportingInfo": [{"category": concept("clmrecvddate"), "timingDate": "2024-01-09"}],
        "diagnosis": [
            {"sequence": 2, "diagnosisCodeableConcept": concept("F33.1", "http://hl7.org/fhir/sid/icd-10-cm")},
            {"sequence": 1, "diagnosisCodeableConcept": concept("F41.1", "http://hl7.org/fhir/sid/icd-10-cm")},
        ],
        "insurance": [{"focal": True, "coverage": {"reference": "#v"}, "preAuthRef": ["PA1"]}],
        "item": list(items) or [line],
    }
    return without_none(made | changes)


# --- files of others


@needs_samples
def test_the_carrier_sample_of_blue_button_2_has_its_seven_lines() -> None:
    outcome = read((SHARED / "r4_c4bb_eob_carrier_7lines.json").read_bytes())
    assert outcome.rejects == []
    assert outcome.totals.segment_counts == {"ExplanationOfBenefit": 1}
    assert (outcome.totals.lines_in, outcome.totals.charge_in_cents) == (7, 435_00)
    charges = ["75.00", "75.00", "85.00", "65.00", "55.00", "45.00", "35.00"]
    assert [line["charge_amount"] for line in outcome.lines] == charges
    assert [line["procedure_code"] for line in outcome.lines] == [str(code) for code in range(92999, 92992, -1)]
    assert {(line["allowed_amount"], line["paid_amount"]) for line in outcome.lines} == {("47.84", "37.50")}
    assert told(outcome.lines[0]) == {
        "patient_control_number": "9991831999",
        "claim_line_number": "1",
        "claim_frequency_code": "1",
        "payer_claim_control_number": "74655592568216",
        "payer_id": "MEDICARE",
        "payer_name": "Medicare",
        "member_id": "567834",
        "billing_provider_npi": "1234567890",
        "rendering_provider_npi": "0001923124",
        "line_warnings": "npi_padded",
        "rendering_taxonomy_code": "390200000X",
        "place_of_service_code": "11",
        "date_of_service": "1999-10-27",
        "date_of_service_through": "1999-10-27",
        "procedure_code": "92999",
        "modifier_1": "LT",
        "service_units": "1",
        "unit_basis_code": "UN",
        "charge_amount": "75.00",
        "allowed_amount": "47.84",
        "paid_amount": "37.50",
        "diagnosis_code_1": "A02",
        "diagnosis_code_2": "A06",
        "diagnosis_code_3": "B04",
        "diagnosis_code_4": "B05",
        "diagnosis_code_5": "A52",
        "diagnosis_pointers": "5",
        "received_date": "1999-11-06",
    }


@needs_samples
def test_the_carrier_sample_of_blue_button_1_has_its_line() -> None:
    outcome = read((SHARED / "stu3_eob_carrier.json").read_bytes())
    assert outcome.rejects == []
    (line,) = outcome.lines
    assert (line["charge_amount"], line["allowed_amount"], line["paid_amount"]) == ("75.00", "47.84", "37.50")
    assert (line["claim_line_number"], line["procedure_code"], line["modifier_1"]) == ("6", "92999", "LT")
    assert (line["payer_id"], line["member_id"], line["diagnosis_pointers"]) == ("MEDICARE", "567834", "5")
    # The organization of the sample is 0000000000, which is none.
    assert line["billing_provider_npi"] == line["rendering_provider_npi"] == "0001923124"
    assert warnings_of(line) == ["billing_provider_from_rendering", "npi_padded"]


# --- the kinds of files that are read


def test_an_r4_claim_gives_every_column_and_no_warning() -> None:
    line = line_of(
        claim(
            item(modifier=[concept("HQ"), concept("95")], identifier=[{"value": "L1"}], diagnosisSequence=[2, 1]),
            insurance=[{"focal": True, "coverage": {"reference": "#v"}, "preAuthRef": ["PA1"]}],
            contained=[{"resourceType": "Coverage", "id": "v", "subscriber": {"reference": "Patient/M9"}}],
            facility={"identifier": {"system": NPI, "value": "1000000053"}},
            diagnosis=[
                {"sequence": 1, "diagnosisCodeableConcept": concept("F41.1", "http://hl7.org/fhir/sid/icd-10-cm")},
                {"sequence": 2, "diagnosisCodeableConcept": concept("f331", None)},
            ],
        )
    )
    assert told(line) == {
        "patient_control_number": "A1",
        "claim_line_number": "1",
        "claim_frequency_code": "1",
        "payer_id": "ELM01",
        "payer_name": "Elm Plan",
        "member_id": "M1",
        "subscriber_id": "M9",
        "billing_provider_npi": "1000000004",
        "rendering_provider_npi": "1000000012",
        "rendering_taxonomy_code": "101YM0800X",
        "service_facility_npi": "1000000053",
        "place_of_service_code": "11",
        "date_of_service": "2024-01-05",
        "procedure_code": "90853",
        "modifier_1": "HQ",
        "modifier_2": "95",
        "service_units": "1",
        "unit_basis_code": "UN",
        "charge_amount": "40.50",
        "diagnosis_code_1": "F41.1",
        "diagnosis_code_2": "f331",
        "diagnosis_pointers": "2:1",
        "prior_authorization_number": "PA1",
        "line_control_number": "L1",
        "received_date": "2024-01-10",
    }


def test_a_carin_explanation_of_benefit_gives_what_was_allowed_and_paid() -> None:
    assert told(line_of(eob())) == {
        "patient_control_number": "A1",
        "claim_line_number": "1",
        "claim_frequency_code": "1",
        "payer_claim_control_number": "P-77",
        "payer_id": "ELM01",
        "payer_name": "Elm Plan",
        "member_id": "M1",
        "subscriber_id": "S1",
        "relationship_code": "19",
        "billing_provider_npi": "1000000004",
        "rendering_provider_npi": "1000000012",
        "rendering_taxonomy_code": "103T00000X",
        "supervising_provider_npi": "1000000046",
        "place_of_service_code": "11",
        "date_of_service": "2024-01-05",
        "procedure_code": "90853",
        "service_units": "1",
        "unit_basis_code": "UN",
        "charge_amount": "40.00",
        "allowed_amount": "30.25",
        "paid_amount": "24.20",
        "diagnosis_code_1": "F41.1",
        "diagnosis_code_2": "F33.1",
        "diagnosis_pointers": "1",
        "prior_authorization_number": "PA1",
        "received_date": "2024-01-09",
    }


def test_an_stu3_claim_is_read_by_its_own_names() -> None:
    line = line_of(
        claim(
            item(
                productOrService=None,
                careTeamSequence=None,
                diagnosisSequence=None,
                service=concept("90853"),
                careTeamLinkId=[7],
                diagnosisLinkId=[1],
                net={"value": 40.5, "system": "urn:iso:std:iso:4217", "code": "USD"},
                servicedDate=None,
                servicedPeriod={"start": "2024-01-05", "end": "2024-01-06"},
            ),
            use="complete",
            type=concept("professional", "http://hl7.org/fhir/ex-claimtype"),
            provider=None,
            organization=npi("1000000004"),
            careTeam=[
                {"sequence": 6, "provider": npi("1000000020"), "role": concept("assist", None)},
                {"sequence": 7, "provider": npi("1000000012"), "role": concept("primary", None)},
            ],
            insurance=[{"sequence": 1, "coverage": {"reference": "Coverage/1"}, "preAuthRef": ["PA1"]}],
        )
    )
    assert (line["billing_provider_npi"], line["rendering_provider_npi"]) == ("1000000004", "1000000012")
    assert (line["date_of_service"], line["date_of_service_through"]) == ("2024-01-05", "2024-01-06")
    assert (line["charge_amount"], line["diagnosis_pointers"], line["prior_authorization_number"]) == (
        "40.50",
        "1",
        "PA1",
    )
    assert warnings_of(line) == ["date_range"]


def blue_button_eob(number: str, kind: str, code: str, **changes: Any) -> Json:
    """What BCDA exports: no insurer, NPIs in identifiers, categories named by fields of the CMS files."""
    categories = {"line_sbmtd_chrg_amt": 90.0, "line_alowd_chrg_amt": 60.0, "line_nch_pmt_amt": 48.0}
    category_system = f"{BB}/codesystem/adjudication"
    made = item(
        productOrService=concept(code, f"{BB}/codesystem/hcpcs"),
        locationCodeableConcept=concept("02", f"{BB}/variables/line_place_of_srvc_cd"),
        net=None,
        adjudication=[judged(f"{BB}/variables/{name}", value, category_system) for name, value in categories.items()],
    )
    types = {"nch_clm_type_cd": code, "eob-type": kind}
    return eob(
        made,
        id=f"carrier-{number}",
        meta=None,
        identifier=[
            {"system": f"{BB}/variables/clm_id", "value": number},
            {"system": f"{BB}/identifier/claim-group", "value": "900"},
        ],
        type={"coding": [{"system": f"{BB}/codesystem/{name}", "code": code} for name, code in types.items()]},
        insurer=None,
        contained=None,
        provider={"identifier": {"system": f"{BB}/variables/carr_clm_blg_npi_num", "value": "1000000004"}},
        careTeam=[{"sequence": 1, "provider": npi("1000000012"), "role": concept("performing", ROLE)}],
        insurance=[{"coverage": {"reference": "Coverage/part-b-1"}}],
        **changes,
    )


def test_bcda_ndjson_is_medicare() -> None:
    outcome = read(ndjson(blue_button_eob("-1", "CARRIER", "90853"), blue_button_eob("-2", "PDE", "90853")))
    (line,) = outcome.lines
    assert [line[name] for name in ("payer_id", "patient_control_number", "payer_claim_control_number")] == [
        "MEDICARE",
        "-1",
        "-1",
    ]
    amounts = [line[name] for name in ("charge_amount", "allowed_amount", "paid_amount", "place_of_service_code")]
    assert amounts == ["90.00", "60.00", "48.00", "02"]
    assert [(one.kind, one.line_count, one.charge_cents) for one in outcome.rejects] == [
        (RejectKind.OTHER_TRANSACTION, 1, 9000)
    ]


def test_providers_of_a_bundle_are_found_by_full_url_and_by_id_wherever_they_stand() -> None:
    practitioner = {
        "resourceType": "Practitioner",
        "id": "p",
        "identifier": [{"system": "urn:oid:2.16.840.1.113883.4.6", "value": "1000000012"}],
    }
    role = {
        "resourceType": "PractitionerRole",
        "id": "r",
        "practitioner": {"reference": "https://elm.example/fhir/Practitioner/p"},
        "specialty": [concept("101YM0800X", "http://nucc.org/provider-taxonomy")],
    }
    organization = {"resourceType": "Organization", "identifier": [{"system": NPI, "value": "1000000004"}]}
    coverage = {
        "resourceType": "Coverage",
        "id": "V1",
        "subscriberId": "S1",
        "relationship": concept("self", None),
        "payor": [{"reference": "Organization/elm"}],
    }
    payer = {"resourceType": "Organization", "id": "elm", "name": "Elm Plan", "identifier": [{"value": "ELM01"}]}
    made = claim(
        provider={"reference": "urn:uuid:3"},
        careTeam=[{"sequence": 1, "provider": {"reference": "PractitionerRole/r"}}],
        patient={"reference": "urn:uuid:0f3c"},
        insurer=None,
    )
    line = line_of(bundle(made, practitioner, role, organization, coverage, payer))
    assert (line["billing_provider_npi"], line["rendering_provider_npi"]) == ("1000000004", "1000000012")
    assert (line["rendering_taxonomy_code"], line["member_id"], line["subscriber_id"]) == ("101YM0800X", "0f3c", "S1")
    assert (line["payer_id"], line["payer_name"], line["relationship_code"]) == ("ELM01", "Elm Plan", "18")


def test_a_synthea_claim_is_set_aside_as_snomed_with_its_charges() -> None:
    made = eob(
        item(1, net=None, productOrService=concept("76464004", "http://snomed.info/sct"), adjudication=[
            judged(f"{BB}/variables/line_sbmtd_chrg_amt", "129.16000000000003")
        ]),
        item(2, net=dollars(10), productOrService=concept("185347001", "http://snomed.info/sct")),
        insurer={"display": "Elm Health"},
        provider={"reference": f"Practitioner?identifier={NPI}|1000000004"},
    )  # fmt: skip
    outcome = read(made)
    assert outcome.lines == []
    assert [(one.reason_code, one.line_count, one.charge_cents) for one in outcome.rejects] == [
        ("other_code_system", 2, 13916)
    ]
    assert "SNOMED CT" in outcome.rejects[0].reason


@pytest.mark.parametrize(
    ("system", "name"),
    [
        ("http://hl7.org/fhir/sid/ndc", "NDC"),
        ("http://hl7.org/fhir/sid/icd-10-pcs", "ICD"),
        ("http://www.ada.org/cdt", "CDT"),
        ("https://www.nubc.org/CodeSystem/RevenueCodes", "revenue codes"),
        ("http://loinc.org", "LOINC"),
        ("https://elm.example/codes", "another code system"),
    ],
)
def test_lines_of_other_code_systems_are_set_aside_and_the_others_stay(system: str, name: str) -> None:
    outcome = read(claim(item(1), item(2, charge=5, productOrService=concept("12345", system)), item(3, charge=6)))
    assert [line["claim_line_number"] for line in outcome.lines] == ["1", "3"]
    (reject,) = outcome.rejects
    assert (reject.kind, reject.line_count, reject.charge_cents) == (RejectKind.OTHER_TRANSACTION, 1, 500)
    assert name in reject.reason
    assert outcome.cut(reject) == outcome.data


@pytest.mark.parametrize(
    "system",
    [
        "http://www.ama-assn.org/go/cpt",
        f"{BB}/codesystem/hcpcs",
        "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets",
        "https://www.cms.gov/Medicare/Coding/MedHCPCSGenInfo",
        "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets/",
        "urn:oid:2.16.840.1.113883.6.12",
        "urn:oid:2.16.840.1.113883.6.285",
    ],
)
def test_names_of_cpt_and_hcpcs(system: str) -> None:
    codes = {"coding": [{"system": "http://snomed.info/sct", "code": "1"}, {"system": system, "code": "H0004"}]}
    line = line_of(claim(item(productOrService=codes)))
    assert (line["procedure_code"], line["line_warnings"]) == ("H0004", None)


def test_a_code_without_system_is_taken_by_its_form() -> None:
    line = line_of(claim(item(productOrService=concept("90853", None))))
    assert (line["procedure_code"], warnings_of(line)) == ("90853", ["code_system_missing"])
    assert read(claim(item(productOrService=concept("group", None)))).codes == ["missing_element"]


# --- claims that are not for this audit


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"type": concept("institutional", CLAIM_TYPE)}, "institutional"),
        ({"type": concept("pharmacy", CLAIM_TYPE)}, "pharmacy"),
        ({"type": concept("oral", CLAIM_TYPE)}, "dental"),
        ({"type": concept("vision", "http://hl7.org/fhir/ex-claimtype")}, "vision"),
        *(({"type": concept(kind, f"{BB}/codesystem/eob-type")}, "") for kind in ("INPATIENT", "OUTPATIENT", "SNF")),
        *(({"type": concept(kind, f"{BB}/codesystem/eob-type")}, "") for kind in ("HOSPICE", "HHA", "PDE", "DME")),
        ({"type": concept("82", f"{BB}/variables/nch_clm_type_cd")}, "equipment"),
        ({"type": {"coding": [*concept("DME", "x")["coding"], *concept("professional", "y")["coding"]]}}, "equipment"),
        *(
            ({"meta": {"profile": [f"{C4BB}/StructureDefinition/C4BB-ExplanationOfBenefit-{name}"]}, "type": None}, "")
            for name in ("Inpatient-Institutional", "Outpatient-Institutional", "Pharmacy", "Oral|2.0.0")
        ),
        ({"status": "draft"}, "draft"),
        ({"use": "preauthorization"}, "prior authorization"),
        ({"use": "predetermination"}, "predetermination"),
        ({"use": "proposed"}, "predetermination"),
    ],
)
def test_other_kinds_of_claims_are_set_aside_with_lines_and_cents(changes: Json, what: str) -> None:
    outcome = read(ndjson(claim(item(1), item(2), **changes), claim()))
    assert len(outcome.lines) == 1
    (reject,) = outcome.rejects
    assert (reject.kind, reject.reason_code) == (RejectKind.OTHER_TRANSACTION, "other_claim")
    assert (reject.line_count, reject.charge_cents) == (2, 8100)
    assert what in reject.reason


def test_a_carin_pharmacy_claim_without_lines_keeps_its_total() -> None:
    total = [judged("submitted", 12.34), judged("benefit", 10)]
    outcome = read(eob(item=[], total=total, type=concept("pharmacy", CLAIM_TYPE), meta=None))
    assert [(one.reason_code, one.line_count, one.charge_cents) for one in outcome.rejects] == [
        ("other_claim", 1, 1234)
    ]


def test_a_carin_institutional_claim_without_charges_on_its_lines_keeps_its_total() -> None:
    lines = [{"sequence": 1, "revenue": concept("0915")}, {"sequence": 2, "revenue": concept("0900")}]
    outcome = read(eob(*lines, total=[judged("submitted", 500)], type=concept("institutional", CLAIM_TYPE)))
    assert [(one.line_count, one.charge_cents) for one in outcome.rejects] == [(2, 50_000)]


@pytest.mark.parametrize(
    "total",
    [
        {"total": dollars(70)},
        {"totalCost": {"value": 70, "system": "urn:iso:std:iso:4217", "code": "USD"}},
        {"extension": [{"url": f"{BB}/variables/nch_carr_clm_sbmtd_chrg_amt", "valueMoney": {"value": 70.0}}]},
    ],
)
@pytest.mark.parametrize("items", [None, [], {}])
def test_a_claim_without_lines_is_one_line_with_its_total(total: Json, items: object) -> None:
    outcome = read(claim(**{"item": items} | total))
    assert [(one.reason_code, one.line_count, one.charge_cents) for one in outcome.rejects] == [
        ("missing_element", 1, 7000)
    ]


# --- versions


def replacement(**related: Any) -> Json:
    return claim(
        id="c-2", identifier=[{"value": "A2"}], related=[{"relationship": concept("prior", RELATION)} | related]
    )


def version_of(outcome: Outcome) -> tuple[object, object]:
    line = outcome.lines[-1]
    return line["claim_frequency_code"], line["payer_claim_control_number"]


@pytest.mark.parametrize("relationship", ["prior", "replaces", "associated-prior"])
def test_a_replacement_names_the_claim_that_it_replaces(relationship: str) -> None:
    made = replacement(relationship=concept(relationship, None), claim={"identifier": {"value": "P-76"}})
    assert version_of(read(made)) == ("7", "P-76")
    assert version_of(read(replacement(reference={"value": "P-76"}))) == ("7", "P-76")
    assert version_of(read(replacement(claim={"reference": "Claim/c-0"}))) == ("7", "c-0")


def test_a_replaced_claim_in_the_file_is_named_by_its_own_number() -> None:
    first = claim(identifier=[identifier("uc", "P-76"), identifier("patientcontrolnum", "A1")])
    assert version_of(read(bundle(replacement(claim={"reference": "urn:uuid:1"}), first)))[0] == "1"
    outcome = read(bundle(first, replacement(claim={"reference": "Claim/c-1"})))
    assert [line["payer_claim_control_number"] for line in outcome.lines] == ["P-76", "P-76"]
    assert version_of(outcome) == ("7", "P-76")
    assert version_of(read(ndjson(claim(), replacement(claim={"reference": "Claim/c-1"})))) == ("7", "A1")


def test_a_claim_that_was_replaced_stays_an_original() -> None:
    made = replacement(relationship=concept("replacedby", None), reference={"value": "P-78"})
    assert version_of(read(made)) == ("1", None)


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_a_cancelled_claim_is_a_void_of_itself(status: str) -> None:
    assert version_of(read(eob(status=status))) == ("8", "P-77")


@pytest.mark.parametrize(
    ("entry", "disposition", "code"),
    [("1", "1", "1"), ("1", "03", "8"), ("3", "2", "8"), ("5", "1", "7"), ("9", "1", "1")],
)
def test_what_a_medicare_carrier_did_with_a_claim(entry: str, disposition: str, code: str) -> None:
    variables = f"{BB}/variables"
    extension = [
        {"url": f"{variables}/carr_clm_entry_cd", "valueCoding": {"code": entry}},
        {"url": f"{variables}/carr_clm_cntl_num", "valueIdentifier": {"value": "ICN1"}},
    ]
    made = blue_button_eob("-1", "CARRIER", "90853", extension=extension, disposition=disposition)
    assert version_of(read(made)) == (code, "ICN1")


# --- numbers, people, payers


@pytest.mark.parametrize(
    ("identifiers", "own", "payers"),
    [
        ([identifier("patientcontrolnum", "A1"), identifier("uc", "P1")], "A1", "P1"),
        ([identifier("PC", "A1")], "A1", None),
        ([identifier("uc", "P1")], "P1", "P1"),
        ([{"value": "B1"}], "B1", "B1"),
        ([{"system": f"{BB}/identifier/claim-group", "value": "900"}], "e-1", None),
        (None, "e-1", None),
    ],
)
def test_numbers_of_an_explanation_of_benefit(identifiers: list[Json] | None, own: str, payers: str | None) -> None:
    line = line_of(eob(identifier=identifiers))
    assert (line["patient_control_number"], line["payer_claim_control_number"]) == (own, payers)


@pytest.mark.parametrize(
    ("patient", "member_id"),
    [
        ({"reference": "Patient/M1/_history/2"}, "M1"),
        ({"reference": "urn:uuid:5e1f"}, "5e1f"),
        ({"identifier": {"value": "M2"}}, "M2"),
        ({"reference": "Patient?identifier=urn:elm|M3"}, "M3"),
        ({"reference": "#m"}, "M4"),
    ],
)
def test_the_member_is_named_as_the_claim_refers_to_it(patient: Json, member_id: str) -> None:
    person = {"resourceType": "Patient", "id": "m", "identifier": [{"value": "X"}, identifier("um", "M4")]}
    assert line_of(claim(patient=patient, contained=[person]))["member_id"] == member_id


@pytest.mark.parametrize(
    ("changes", "payer"),
    [
        ({"insurer": {"reference": "Organization/elm7"}}, ("elm7", None)),
        ({"insurer": {"display": "Elm Plan of Ohio"}}, ("ELM-PLAN-OF-OHIO", "Elm Plan of Ohio")),
        ({"insurer": None, "insurance": [{"coverage": {"display": "Elm"}}]}, ("ELM", "Elm")),
        ({"insurer": {"identifier": {"value": "CMS"}}}, ("CMS", None)),
        ({"identifier": [{"system": f"{BB}/variables/clm_id", "value": "1"}]}, ("ELM01", "Elm Plan")),
        (
            {
                "identifier": [{"system": f"{BB}/variables/clm_id", "value": "1"}],
                "insurer": {"identifier": {"value": "CMS"}},
            },
            ("MEDICARE", "Medicare"),
        ),
    ],
)
def test_the_payer_is_named_by_number_then_id_then_name(changes: Json, payer: tuple[str, str | None]) -> None:
    line = line_of(claim(**changes))
    assert (line["payer_id"], line["payer_name"]) == payer


def test_the_focal_coverage_tells_the_subscriber() -> None:
    coverages = [{"resourceType": "Coverage", "id": n, "subscriberId": n} for n in ("S1", "S2")]
    insurance = [{"coverage": {"reference": "#S1"}}, {"focal": True, "coverage": {"reference": "#S2"}}]
    assert line_of(claim(contained=coverages, insurance=insurance))["subscriber_id"] == "S2"
    assert line_of(claim(contained=coverages, insurance=insurance[:1]))["subscriber_id"] == "S1"


def member_of_team(sequence: int, number: str, role: str | None) -> Json:
    return {"sequence": sequence, "provider": npi(number)} | ({"role": concept(role, None)} if role else {})


@pytest.mark.parametrize(
    ("named", "expected"),
    [([2, 3], "1000000020"), ([3], "1000000038"), (None, "1000000020"), ([4], "1000000046"), ([1], "1000000004")],
)
def test_who_rendered_is_told_by_the_line_and_the_role(named: list[int] | None, expected: str) -> None:
    team = [
        member_of_team(1, "1000000012", "referring"),
        member_of_team(2, "1000000020", "performing"),
        member_of_team(3, "1000000038", "primary"),
        member_of_team(4, "1000000046", None),
    ]
    line = line_of(claim(item(careTeamSequence=named), careTeam=team))
    assert line["rendering_provider_npi"] == expected
    assert warnings_of(line) == (["rendering_provider_from_billing"] if expected == "1000000004" else [])


def test_an_organization_in_the_care_team_is_who_is_paid_if_nothing_else_is_told() -> None:
    team = [member_of_team(1, "1000000012", "performing"), member_of_team(2, "1000000020", "primary")]
    assert line_of(claim(provider=None, careTeam=team))["billing_provider_npi"] == "1000000020"
    organization = {"extension": [{"url": NPI, "valueCoding": {"system": NPI, "code": "1000000038"}}]}
    line = line_of(claim(provider=None, careTeam=[member_of_team(1, "1000000012", "primary") | organization]))
    assert (line["billing_provider_npi"], line["rendering_provider_npi"]) == ("1000000038", "1000000012")


# --- lines


@pytest.mark.parametrize(
    ("changes", "charge"),
    [
        ({"net": dollars("40.50")}, "40.50"),
        ({"net": dollars(4.05e1)}, "40.50"),
        ({"net": {"value": 40}}, "40.00"),
        ({"net": None, "unitPrice": dollars(13.333), "quantity": {"value": 3}}, "40.00"),
        ({"net": None, "unitPrice": dollars(20), "factor": 0.5}, "10.00"),
        ({"net": dollars(5), "adjudication": [judged("submitted", 6)]}, "5.00"),
        ({"net": None, "adjudication": [judged("benefit", 4), judged("submitted", 6)]}, "6.00"),
        (
            {"net": None, "extension": [{"url": f"{BB}/variables/line_sbmtd_chrg_amt", "valueMoney": dollars(7)}]},
            "7.00",
        ),
    ],
)
def test_the_charge_is_net_then_submitted_then_price_times_quantity(changes: Json, charge: str) -> None:
    assert line_of(claim(item(**changes)))["charge_amount"] == charge


def test_a_number_with_an_exponent_is_read() -> None:
    text = ndjson(claim()).replace('"value": 40.5', '"value": 4.05E+1')
    assert read(text).lines[0]["charge_amount"] == "40.50"


@pytest.mark.parametrize(
    ("told_amounts", "paid"),
    [
        ([judged("benefit", 8), judged("paidtoprovider", 5)], "8.00"),
        ([judged("paidtoprovider", 5), judged("paidtopatient", 2)], "7.00"),
        ([judged("benefit", 0)], "0.00"),
        ([judged("coinsurance", 3), {"category": concept("denialreason", ADJUDICATION)}], None),
    ],
)
def test_paid_is_the_benefit_or_what_was_paid_to_anyone(told_amounts: list[Json], paid: str | None) -> None:
    assert line_of(claim(item(adjudication=told_amounts)))["paid_amount"] == paid


def test_modifiers_are_taken_from_all_codings_and_only_four_are_kept() -> None:
    both = {"coding": [{"system": "x", "code": "HQ"}, {"system": "y", "code": "HQ"}, {"code": "local-group"}]}
    line = line_of(claim(item(modifier=[both, {"coding": [{"code": "59"}, {"code": "95"}]}])))
    assert [line[f"modifier_{n}"] for n in range(1, 5)] == ["HQ", "59", "95", None]
    five = [concept(code) for code in ("HQ", "59", "95", "GT", "HO")]
    line = line_of(claim(item(modifier=five)))
    assert [line[f"modifier_{n}"] for n in range(1, 5)] == ["HQ", "59", "95", "GT"]
    assert warnings_of(line) == ["modifiers_left_out"]


@pytest.mark.parametrize(
    ("quantity", "units", "basis", "warned"),
    [
        ({"value": 2.0}, "2", "UN", []),
        ({"value": "1.5"}, "1.5", "UN", []),
        ({"value": 10}, "10", "UN", []),
        ({"value": 60, "unit": "min"}, "60", "MJ", []),
        (None, "1", "UN", ["units_missing"]),
    ],
)
def test_units(quantity: Json | None, units: str, basis: str, warned: list[str]) -> None:
    line = line_of(claim(item(quantity=quantity)))
    assert (line["service_units"], line["unit_basis_code"], warnings_of(line)) == (units, basis, warned)


@pytest.mark.parametrize(
    ("changes", "dates"),
    [
        ({"servicedDate": "2024-01-05"}, ("2024-01-05", None)),
        (
            {"servicedPeriod": {"start": "2024-01-05T10:00:00-05:00", "end": "2024-01-05T10:50:00-05:00"}},
            ("2024-01-05", "2024-01-05"),
        ),
        ({}, ("2024-02-01", "2024-02-03")),
    ],
)
def test_the_date_of_a_line_else_that_of_the_claim(changes: Json, dates: tuple[str, str | None]) -> None:
    period = {"start": "2024-02-01", "end": "2024-02-03"}
    line = line_of(claim(item(**{"servicedDate": None} | changes), billablePeriod=period))
    assert (line["date_of_service"], line["date_of_service_through"]) == dates


@pytest.mark.parametrize("sequences", [(1, 1, 2), (0, 1, 2), (1, "x", 2), (1, 12345, 2), (1, None, 2)])
def test_doubtful_line_numbers_are_given_anew(sequences: tuple[object, ...]) -> None:
    outcome = read(claim(*[item(sequence=sequence) for sequence in sequences]))
    assert [line["claim_line_number"] for line in outcome.lines] == ["1", "2", "3"]


def test_diagnoses_that_cannot_be_read_leave_no_gap() -> None:
    icd = "http://hl7.org/fhir/sid/icd-10-cm"
    diagnoses = [{"sequence": 1, "diagnosisReference": {"reference": "Condition/1"}}] + [
        {"sequence": n, "diagnosisCodeableConcept": concept(f"F{n}", icd)} for n in range(20, 34)
    ]
    outcome = read(claim(item(diagnosisSequence=[21, 1, 20]), diagnosis=diagnoses))
    (line,) = outcome.lines
    assert [line["diagnosis_code_1"], line["diagnosis_code_12"], line["diagnosis_pointers"]] == ["F20", "F31", "2:1"]
    assert outcome.totals.warnings == {"diagnosis_unreadable": 3}


def test_details_of_a_line_are_in_its_amount() -> None:
    detail = [{"sequence": 1, "net": dollars(20), "productOrService": concept("90785"), "subDetail": [{"sequence": 1}]}]
    outcome = read(claim(item(detail=detail)))
    assert (outcome.totals.lines_in, outcome.totals.charge_in_cents) == (1, 4050)


def test_a_date_of_receipt_that_is_none_is_left_out() -> None:
    outcome = read(claim(created="2024-01"))
    assert (outcome.lines[0]["received_date"], outcome.totals.warnings) == (None, {"received_date_unreadable": 1})


# --- claims with faults


@pytest.mark.parametrize(
    ("changes", "code", "names"),
    [
        ({"type": None}, "missing_element", "type"),
        ({"type": concept("dinner", None)}, "unknown_code", "type"),
        ({"status": "perhaps"}, "unknown_code", "status"),
        ({"use": "fun"}, "unknown_code", "use"),
        ({"identifier": None, "id": None}, "missing_element", "identifier"),
        ({"patient": None}, "missing_element", "patient"),
        ({"insurer": None}, "missing_element", "insurer"),
        ({"provider": None, "careTeam": None}, "missing_element", "provider"),
        ({"provider": {"reference": "Organization/lost"}, "careTeam": None}, "missing_element", "provider"),
        ({"item": [item(productOrService=None)]}, "missing_element", "productOrService"),
        ({"item": [item(locationCodeableConcept=None)]}, "missing_element", "locationCodeableConcept"),
        ({"item": [item(servicedDate=None)]}, "missing_element", "servicedDate"),
        ({"item": [item(servicedDate="2024-02-30")]}, "not_a_date", "serviced"),
        ({"item": [item(servicedDate="2024-02")]}, "not_a_date", "serviced"),
        ({"item": [item(net=None)]}, "missing_element", "net"),
        ({"item": [item(charge="forty")]}, "not_money", "net"),
        ({"item": [item(charge=40.555)]}, "not_money", "net"),
        ({"item": [item(charge=1e300)]}, "not_money", "net"),
        ({"item": [item(net={"value": 1, "currency": "EUR"})]}, "not_us_dollars", "net"),
        ({"item": [item(adjudication=[judged("benefit", "x")])]}, "not_money", "adjudication"),
        ({"item": [item(quantity={"value": "two"})]}, "not_units", "quantity"),
        ({"item": [item(quantity={"value": "1e999999999"})]}, "not_units", "quantity"),
        ({"item": [item(), 7]}, "wrong_type", "item"),
        ({"item": "none"}, "wrong_type", "item"),
        ({"item": [item(net=[1])]}, "wrong_type", "net"),
        ({"item": [item(modifier="HQ")]}, "wrong_type", "modifier"),
        ({"patient": "Patient/M1"}, "wrong_type", "patient"),
        ({"careTeam": [{"sequence": {}}]}, "wrong_type", "sequence"),
        ({"status": ["active"]}, "wrong_type", "status"),
        ({"contained": {"id": 5.5, "identifier": None, "x": []}, "meta": 1}, "wrong_type", "meta"),
    ],
)
def test_a_fault_sets_the_claim_aside_and_names_the_element(changes: Json, code: str, names: str) -> None:
    outcome = read(ndjson(claim(**changes), claim()))
    assert len(outcome.lines) == 1
    (reject,) = outcome.rejects
    assert (reject.kind, reject.reason_code) == (RejectKind.QUARANTINED, code)
    assert re.search(rf"\b{names}", reject.reason)
    assert reject.source_line_number == 1


def test_one_bad_line_sets_all_lines_of_its_claim_aside() -> None:
    outcome = read(claim(item(1), item(2, charge="x"), item(3, charge=9)))
    assert [(one.line_count, one.charge_cents) for one in outcome.rejects] == [(3, 4950)]
