"""The FHIR reader as a reader of files: shapes, what is broken, what must always hold. Mapping: test_fhir_claims.py."""

from __future__ import annotations

import io
import json
import re
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims_audit.errors import UnreadableFileError
from claims_audit.model import (
    CLAIM_LINE_COLUMNS,
    POSITION_COLUMNS,
    FileTotals,
    RejectedRange,
    RejectKind,
    RowBatch,
)
from claims_audit.readers.fhir import faults as fhir_faults
from claims_audit.readers.fhir.resources import is_fhir, read_fhir
from claims_audit.warning_texts import WARNING_TEXTS
from tests.docs.pages import rows_of

SHARED = Path(__file__).parents[3] / "shared" / "data" / "fhir"
needs_samples = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared sample files are not beside the project")

Json = dict[str, Any]
Line = dict[str, object]

CPT = "http://www.ama-assn.org/go/cpt"
NPI = "http://hl7.org/fhir/sid/us-npi"
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
C4BB = "http://hl7.org/fhir/us/carin-bb"


class Outcome(NamedTuple):
    lines: list[Line]
    rejects: list[RejectedRange]
    totals: FileTotals
    data: bytes

    @property
    def codes(self) -> list[str]:
        return [reject.reason_code for reject in self.rejects]

    def cut(self, one: Line | RejectedRange) -> bytes:
        """The bytes that a row or a reject says it came from."""
        start, end = (one["byte_start"], one["byte_end"]) if isinstance(one, dict) else (one.byte_start, one.byte_end)
        return self.data[cast(int, start) : cast(int, end)]


def read(content: bytes | str | Json | list[Any], batch_lines: int = 20_000) -> Outcome:
    """Reads a file and asserts what must hold for any."""
    text = content if isinstance(content, (str, bytes)) else json.dumps(content)
    data = text.encode() if isinstance(text, str) else text
    *parts, totals = read_fhir(io.BytesIO(data), "made-up.json", batch_lines=batch_lines)
    assert isinstance(totals, FileTotals)
    batches = [part for part in parts if isinstance(part, RowBatch)]
    rejects = [part for part in parts if isinstance(part, RejectedRange)]
    assert len(batches) + len(rejects) == len(parts)
    for batch in batches:
        assert set(batch.columns) == {*CLAIM_LINE_COLUMNS, *POSITION_COLUMNS}
        assert {len(values) for values in batch.columns.values()} == {len(batch)}
        assert 0 < len(batch) <= batch_lines
    lines = [
        dict(zip(batch.columns, row, strict=True))
        for batch in batches
        for row in zip(*batch.columns.values(), strict=True)
    ]
    assert totals.lines_in == len(lines) + sum(reject.line_count for reject in rejects)
    loaded_cents = sum(int(Decimal(str(line["charge_amount"])) * 100) for line in lines)
    assert totals.charge_in_cents == loaded_cents + sum(reject.charge_cents for reject in rejects)
    assert_apart(lines, rejects, len(data))
    told = {code for line in lines for code in str(line["line_warnings"] or "").split(";")} - {""}
    assert told | set(totals.warnings) <= set(WARNING_TEXTS)
    return Outcome(lines, rejects, totals, data)


def assert_apart(lines: list[Line], rejects: list[RejectedRange], size: int) -> None:
    """Ranges lie in the file; two are of one resource, or do not touch each other's bytes. One reject a resource."""
    rejected = [(reject.byte_start, reject.byte_end) for reject in rejects]
    assert len(set(rejected)) == len(rejected)
    end_before = 0
    for start, end in sorted({*rejected, *((cast(int, n["byte_start"]), cast(int, n["byte_end"])) for n in lines)}):
        assert end_before <= start < end <= size
        end_before = end


def concept(code: str, system: str | None = CPT, **more: Any) -> Json:
    return {"coding": [{"code": code} | ({"system": system} if system else {})]} | more


def dollars(value: object) -> Json:
    return {"value": value, "currency": "USD"}


def npi(number: str) -> Json:
    return {"identifier": {"system": NPI, "value": number}}


def judged(category: str, value: object, system: str = ADJUDICATION) -> Json:
    return {"category": concept(category, system), "amount": dollars(value)}


def item(sequence: int = 1, charge: object = 40.5, code: str = "90853", **changes: Any) -> Json:
    made = {
        "sequence": sequence,
        "careTeamSequence": [1],
        "diagnosisSequence": [1],
        "productOrService": concept(code),
        "servicedDate": "2024-01-05",
        "locationCodeableConcept": concept("11", "https://www.cms.gov/place-of-service-codes"),
        "quantity": {"value": 1},
        "net": dollars(charge),
    }
    return without_none(made | changes)


def claim(*items: Json, **changes: Any) -> Json:
    """A made-up R4 Claim of a group-therapy practice."""
    made = {
        "resourceType": "Claim",
        "id": "c-1",
        "identifier": [{"value": "A1"}],
        "status": "active",
        "type": concept("professional", CLAIM_TYPE),
        "use": "claim",
        "patient": {"reference": "Patient/M1"},
        "created": "2024-01-10T08:00:00-05:00",
        "insurer": {"identifier": {"value": "ELM01"}, "display": "Elm Plan"},
        "provider": npi("1000000004"),
        "careTeam": [{"sequence": 1, "provider": npi("1000000012"), "qualification": concept("101YM0800X", "nucc")}],
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": concept("F41.1", "http://hl7.org/fhir/sid/icd-10")}],
        "insurance": [{"sequence": 1, "focal": True, "coverage": {"reference": "Coverage/V1"}}],
        "item": list(items) or [item()],
    }
    return without_none(made | changes)


def without_none(made: Json) -> Json:
    return {name: value for name, value in made.items() if value is not None}


def bundle(*resources: Json, **more: Any) -> Json:
    entries = [{"fullUrl": f"urn:uuid:{at}", "resource": resource} for at, resource in enumerate(resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries} | more


def ndjson(*resources: Json) -> str:
    return "".join(json.dumps(resource) + "\n" for resource in resources)


PATIENT = {"resourceType": "Patient", "id": "M1"}
ONE, TWO = claim(), claim(item(charge=7), item(2, charge=8), id="c-2", identifier=[{"value": "A2"}])


# --- shapes


@pytest.mark.parametrize(
    "text",
    [
        ndjson(ONE, PATIENT, TWO),
        ndjson(ONE, PATIENT, TWO).rstrip("\n"),
        ndjson(ONE, PATIENT, TWO).replace("\n", "\r\n\r\n"),
        "\ufeff" + ndjson(ONE, PATIENT, TWO),
        json.dumps([ONE, PATIENT, TWO]),
        json.dumps([ONE, PATIENT, TWO], indent=2),
        "[\n" + ",\n".join(map(json.dumps, (ONE, PATIENT, TWO))) + "\n]",
        json.dumps(bundle(ONE, PATIENT, TWO)),
        json.dumps(bundle(ONE, PATIENT, TWO), indent=4),
        json.dumps(bundle(ONE, PATIENT, TWO), sort_keys=True),
        json.dumps(bundle(ONE, bundle(PATIENT, bundle(TWO)))),
        json.dumps([bundle(ONE), bundle(PATIENT, TWO)]),
        ndjson(bundle(ONE), bundle(PATIENT, TWO)),
        ndjson(bundle(ONE), PATIENT, TWO),
        "\n".join(json.dumps(one, indent=1) for one in (ONE, PATIENT, TWO)),
        json.dumps(ONE) + json.dumps(PATIENT) + json.dumps(TWO),
        json.dumps([{"resource": one} for one in (ONE, PATIENT, TWO)]),
    ],
)
def test_every_shape_gives_the_same_lines_and_the_bytes_of_each_resource(text: str) -> None:
    outcome = read(text)
    assert [(line["patient_control_number"], line["charge_amount"]) for line in outcome.lines] == [
        ("A1", "40.50"),
        ("A2", "7.00"),
        ("A2", "8.00"),
    ]
    assert [json.loads(outcome.cut(line)) for line in outcome.lines] == [ONE, TWO, TWO]
    counts = outcome.totals.segment_counts
    assert counts == {"Claim": 2, "Patient": 1} | ({"Bundle": counts["Bundle"]} if '"Bundle"' in text else {})
    assert counts.get("Bundle", 0) == text.count('"Bundle"')
    assert outcome.totals.records_in == sum(counts.values())
    assert outcome.totals.warnings == {}
    assert is_fhir(text.encode()[:4096])


def test_a_line_of_ndjson_has_its_number_and_other_resources_none() -> None:
    numbers = [line["source_line_number"] for line in read(ndjson(PATIENT, bundle(ONE), TWO)).lines]
    assert numbers == [2, 3, 3]
    assert {line["source_line_number"] for line in read(json.dumps([ONE, TWO])).lines} == {None}


def test_a_single_pretty_printed_claim_is_one_range() -> None:
    text = "\n\n" + json.dumps(ONE, indent=2) + "\n"
    outcome = read(text)
    assert outcome.cut(outcome.lines[0]) == text.strip().encode()


def test_resources_that_are_no_claims_are_counted_and_unknown_types_have_no_name() -> None:
    outcome = read(ndjson(PATIENT, {"resourceType": "Smith"}, {"resourceType": "Coverage"}, {"resourceType": "List"}))
    assert outcome.totals.segment_counts == {"Patient": 1, "other": 1, "Coverage": 1, "List": 1}
    assert (outcome.totals.lines_in, outcome.totals.records_in, outcome.rejects) == (0, 4, [])


def test_a_list_resource_and_an_empty_bundle_are_no_entries() -> None:
    outcome = read([{"resourceType": "List", "entry": [{"item": {"reference": "Claim/1"}}]}, bundle()])
    assert outcome.totals.segment_counts == {"List": 1, "Bundle": 1}


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b'{"resourceType":"Claim"', True),
        (b'\xef\xbb\xbf \n{\n  "id": "1",\n  "resourceType" : "Patient"', True),
        (b'[{"entry":[{"fullUrl":"urn:uuid:1"', True),
        (b'{"careTeam":[{"provider":{"identifier":{"system":"http://hl7.org/fhir/sid/us-npi"', True),
        (b'{"claims":[{"id":1}]}', False),
        (b'claim,"resourceType": "Claim"', False),
        (b"<Bundle xmlns='http://hl7.org/fhir'>", False),
        (b"", False),
        ('{"resourceType":"Claim"'.encode("utf-16"), False),
        (b"ISA*00*", False),
    ],
)
def test_fhir_is_told_by_its_content(head: bytes, expected: bool) -> None:
    assert is_fhir(head) is expected


@pytest.mark.parametrize("data", [b"", b"  \n", b"\xef\xbb\xbf", b"resourceType", json.dumps(ONE).encode("utf-16")])
def test_a_file_without_json_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="made-up"):
        read(data)


def test_batches_hold_at_most_the_lines_asked_for() -> None:
    assert len(read(ndjson(*[TWO] * 5), batch_lines=3).lines) == 10


# --- what is broken costs itself only


BROKEN = {
    "not json": ('"status": "active"', '"status": active'),
    "a lost quote": ('"status": "active"', '"status": "active'),
    "another lost quote": ('"status": "active"', 'status": "active"'),
    "a lost comma": ('"status": "active",', '"status": "active"'),
    "NaN": ('"value": 40.5', '"value": NaN'),
    "infinity": ('"value": 40.5', '"value": -Infinity'),
    "a lost bracket of a list": ('"item": [', '"item": '),
    "a lost closing brace": ('"currency": "USD"}', '"currency": "USD"'),
    "a closing brace too many": ('"currency": "USD"}', '"currency": "USD"}}'),
    "a string with a line break": ('"status": "act', '"status": "act\n'),
    "half a character": ('"id": "c-1"', '"id": "\\ud800"'),
    "a repeated key": ('"status": "active"', '"status": "active", "item": []'),
    "an endless number": ('"value": 40.5', '"value": ' + "9" * 5_000),
    "no resourceType": ('"resourceType": "Claim", ', ""),
    "a resourceType of numbers": ('"resourceType": "Claim", ', '"resourceType": ["Claim"], '),
    "deep nesting": ('"status": "active"', '"x": ' + "[" * 3_000 + "]" * 3_000),
    "deep nesting without end": ('"status": "active"', '"x": ' + "[" * 3_000),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("shape", ["ndjson", "bundle", "array", "pretty bundle", "line of a bundle"])
def test_a_broken_resource_costs_itself_only(name: str, shape: str) -> None:
    good, middle = [json.dumps(PATIENT), json.dumps(TWO)], json.dumps(ONE)
    old, new = BROKEN[name]
    assert old in middle
    parts = [good[0], middle.replace(old, new, 1), good[1], good[1]]
    entries = [f'{{"fullUrl": "urn:uuid:{at}", "resource": {part}}}' for at, part in enumerate(parts)]
    text = {
        "ndjson": "\n".join(parts),
        "array": "[" + ", ".join(parts) + "]",
        "bundle": '{"resourceType": "Bundle", "entry": [' + ", ".join(entries) + "]}",
        "pretty bundle": '{\n"resourceType": "Bundle",\n"entry": [\n' + ",\n".join(entries) + "\n]\n}",
        "line of a bundle": '{"resourceType": "Bundle", "entry": [' + ", ".join(entries) + "]}\n" + good[0],
    }[shape]
    outcome = read(text)
    assert [line["charge_amount"] for line in outcome.lines] == ["7.00", "8.00"] * 2
    assert len(outcome.rejects) >= 1
    assert outcome.totals.segment_counts["Patient"] == text.count('"Patient"')
    assert all(reject.kind is RejectKind.QUARANTINED for reject in outcome.rejects)
    # Only a raw line break in NDJSON makes two broken lines of one.
    assert sum(reject.line_count for reject in outcome.rejects) == 1


@pytest.mark.parametrize(
    ("broken", "lines"),
    [
        ('{"resourceType":"Claim","id":"1","item":[{"a":"}{"}]', 1),  # its last brace is lost
        ('{"resourceType":"Claim,"id":"1","item":[{"a":"}{"}]}', 1),  # strings are outside in from here on
        ('{"resourceType":"Claim","id:"1","item":[{"a":"}{"}]}', 1),
        ('{"resourceType":"Claim","a":"b}', 1),  # the next resource closes its bracket
        ('{"resourceType":"Patient","id":"1}', 0),
    ],
)
def test_resources_after_a_lost_quote_or_brace_are_found_again(broken: str, lines: int) -> None:
    odd = claim(resourceType="Claim", note="}", text="} {", id="c-3")
    whole = [json.dumps(one, separators=(",", ":")) for one in (PATIENT, odd, TWO, odd)]
    parts = [whole[0], broken, *whole[1:]]
    entries = [f'{{"fullUrl":"urn:uuid:{at}","resource":{part}}}' for at, part in enumerate(parts)]
    for text in ("[" + ",".join(parts) + "]", '{"resourceType":"Bundle","entry":[' + ",".join(entries) + "]}"):
        outcome = read(text)
        assert [line["charge_amount"] for line in outcome.lines] == ["40.50", "7.00", "8.00", "40.50"]
        assert outcome.rejects
        assert sum(reject.line_count for reject in outcome.rejects) <= lines
        assert outcome.totals.segment_counts["Patient"] == 1


def test_one_broken_resource_after_another_is_told_apart() -> None:
    parts = ['{"resourceType":"Claim","a":[' * 3, json.dumps(TWO), '{"resourceType":"Claim","a":{"b', json.dumps(TWO)]
    entries = [f'{{"resource": {part}}}' for part in parts]
    for text in ("[" + ",".join(parts) + "]", '{"resourceType":"Bundle","entry":[' + ",".join(entries) + "]}"):
        outcome = read(text)
        assert len(outcome.lines) == 4
        assert [outcome.cut(one)[:22] for one in outcome.rejects if one.line_count] == [b'{"resourceType":"Claim'] * 4


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (json.dumps(ONE)[:-2], ["resource_cut_off"]),
        (json.dumps([ONE])[:-3], ["resource_cut_off"]),
        (json.dumps(bundle(ONE), indent=1)[:-30], ["resource_cut_off"]),
        (ndjson(ONE, TWO)[:-5], ["not_json"]),
        (ndjson(ONE) + "%\n" + ndjson(TWO), ["not_json"]),
        (f"[{json.dumps(ONE)}, and {json.dumps(TWO)}]", ["not_json"]),
        (ndjson(ONE, {"id": "1"}), ["not_a_resource"]),
        (ndjson(ONE) + "17\n", ["not_a_resource"]),
        (json.dumps(ONE).replace("c-1", "c-\xe9").encode("latin-1"), ["not_utf8"]),
        (json.dumps(ONE).replace("c-1", "c-\\udc00"), ["not_text"]),
        (json.dumps(ONE).replace('"id"', '"id": 1, "id"'), ["duplicate_key"]),
        (json.dumps(ONE).replace('"c-1"', "[" * 2_000 + "]" * 2_000), ["nested_too_deep"]),
        ("[" * 100 + "{}" + "]" * 100, ["nested_too_deep"]),
    ],
)
def test_reason_codes_of_what_cannot_be_read(text: str | bytes, codes: list[str]) -> None:
    assert read(text).codes == codes


def test_a_file_cut_between_resources_is_told() -> None:
    text = json.dumps(bundle(ONE, TWO))
    outcome = read(text[: text.index(', {"fullUrl": "urn:uuid:1"')])
    assert (len(outcome.lines), outcome.rejects, outcome.totals.warnings) == (1, [], {"file_unfinished": 1})


def test_a_broken_resource_of_another_type_holds_no_lines() -> None:
    outcome = read(ndjson(ONE) + '{"resourceType": "Patient", "id": }\n%%%\n')
    assert [reject.line_count for reject in outcome.rejects] == [0, 0]


def test_a_resource_may_be_of_any_size_up_to_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("frames", "stretch", "tokens"):
        monkeypatch.setattr(f"claims_audit.readers.fhir.{module}.MAX_RESOURCE_BYTES", 10_000)
    long = claim(*[item(at) for at in range(1, 60)])
    for text in (ndjson(ONE, long, TWO), json.dumps(bundle(ONE, long, TWO)), json.dumps([ONE, long, TWO], indent=1)):
        outcome = read(text)
        assert (outcome.codes, len(outcome.lines)) == (["resource_too_long"], 3)
    assert len(read(json.dumps(bundle(*[ONE] * 40))).lines) == 40  # a Bundle has no bound, nor has a line of one
    assert len(read(ndjson(PATIENT, bundle(*[ONE] * 40), ONE)).lines) == 41


def test_strings_that_look_like_structure_are_text() -> None:
    odd = claim(item(note='{"resourceType": "Claim", "entry": [{"resource": {'), text='"}]\\" [{ "resource": {')
    outcome = read(bundle(odd, TWO))
    assert (len(outcome.lines), outcome.rejects) == (3, [])


def test_a_contained_claim_is_part_of_its_resource() -> None:
    eob = claim(contained=[TWO])
    assert len(read(bundle(eob, TWO)).lines) == 3
    assert len(read(json.dumps(eob, indent=1)).lines) == 1


def test_references_are_looked_up_while_a_long_file_is_read() -> None:
    people = [
        {"resourceType": "Practitioner", "id": f"p{at}", "identifier": [{"system": NPI, "value": f"{1000000000 + at}"}]}
        for at in range(50)
    ]
    claims = [claim(careTeam=[{"sequence": 1, "provider": {"reference": f"Practitioner/p{at}"}}]) for at in range(50)]
    for text in (ndjson(*claims, *people), json.dumps(bundle(*claims, *people))):
        assert [line["rendering_provider_npi"] for line in read(text).lines] == [
            str(1000000000 + at) for at in range(50)
        ]


class _Endless(io.RawIOBase):
    """A file of the same claim over and over, made while it is read."""

    def __init__(self, unit: bytes, times: int) -> None:
        self._unit, self._size, self._at = unit, len(unit) * times, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = (0, self._at, self._size)[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        count = max(0, min(len(buffer), self._size - self._at))
        first = self._at % len(self._unit)
        copies = self._unit * (count // len(self._unit) + 2)
        buffer[:count] = copies[first : first + count]
        self._at += count
        return count


@pytest.mark.parametrize("unit", [json.dumps(TWO) + "\n", json.dumps(TWO, indent=1) + "\n", '"resource":{{"a":[ '])
def test_memory_does_not_grow_with_the_file(unit: str) -> None:
    def peak(times: int) -> int:
        stream = cast(BinaryIO, io.BufferedReader(_Endless(b"{" + unit.encode()[1:], times)))
        tracemalloc.start()
        for _ in read_fhir(stream, "endless", batch_lines=100):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(1_500) < peak(300) + 3_000_000


# --- what must hold for any input


TOKENS = [
    '"', "{", "}", "[", "]", ",", ":", "\\", "\n", "null", "NaN", "1e999", "-0.005", "[[", '{"', '"resource": {',
    '"entry": [', '{"resourceType": "Claim"', '"item": [', "\x00", "\u00e9", '"\\ud83d"', '{"value": 5}', "true",
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(["90853", "Claim", "#a", "7"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["coding", "value", "code"]), inner),
    max_leaves=6,
)


def all_places(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every element of a JSON value."""
    yield path
    if isinstance(value, (dict, list)):
        for name, part in value.items() if isinstance(value, dict) else enumerate(value):
            yield from all_places(part, (*path, name))


def with_value(whole: Json, path: tuple[Any, ...], value: object) -> Json:
    copied: Any = json.loads(json.dumps(whole))
    place = copied
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return cast(Json, copied)


EOB = claim(
    item(1, net=None, adjudication=[judged("submitted", 12.5), judged("eligible", 9), judged("benefit", 8)]),
    item(2, net=None, unitPrice=dollars(1.25), quantity={"value": 3}, modifier=[concept("HQ"), concept("95")]),
    item(3, productOrService=concept("1", "http://snomed.info/sct")),
    resourceType="ExplanationOfBenefit",
    related=[{"relationship": concept("prior", None), "claim": {"reference": "Claim/c-2"}}],
    insurance=[{"coverage": {"reference": "#v"}}],
    contained=[{"resourceType": "Coverage", "id": "v", "subscriberId": "S1", "payor": [{"display": "Elm"}]}],
    supportingInfo=[{"category": concept("clmrecvddate"), "timingDate": "2024-01-08"}],
    total=[judged("submitted", 12.5)],
    meta={"profile": [f"{C4BB}/StructureDefinition/C4BB-ExplanationOfBenefit-Professional-NonClinician"]},
)
WHOLE = bundle(ONE, PATIENT, TWO, EOB)
PLACES = [path for path in all_places(WHOLE) if path]


@given(st.sampled_from(PLACES), VALUES)
@settings(max_examples=250, deadline=None)
def test_any_value_anywhere_breaks_nothing(path: tuple[Any, ...], value: object) -> None:
    read(with_value(WHOLE, path, value))


@given(
    st.sampled_from([json.dumps(WHOLE), json.dumps(WHOLE, indent=1), ndjson(ONE, PATIENT, EOB, TWO)]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(["", *TOKENS])), min_size=1, max_size=4),
    st.floats(0.3, 1.2),
)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_cut_and_mutated_files_add_up(text: str, changes: list[tuple[float, int, str]], keep: float) -> None:
    for place, removed, inserted in changes:
        at = int(place * len(text))
        text = text[:at] + inserted + text[at + removed :]
    text = text[: int(keep * len(text))]
    try:
        read(text)
    except UnreadableFileError:
        assert not text.lstrip("\ufeff \n\r\t").startswith(("{", "["))


@given(st.lists(st.sampled_from([*TOKENS, json.dumps(ONE), json.dumps(PATIENT)]), max_size=30).map("".join))
@settings(max_examples=150, deadline=None)
def test_scraps_of_json_add_up(text: str) -> None:
    read("[" + text)
    read('{"resourceType": "Bundle"\n' + text)


@given(st.integers(0, 3), st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_nesting_of_any_depth_is_read_or_told(kind: int, depth: int) -> None:
    opened, closed = (("[", "]"), ('{"entry":[', "]}"), ('{"resource":', "}"), ('{"entry":[{"resource":', "}]}"))[kind]
    read("[" + opened * depth + json.dumps(ONE) + closed * depth + "]")


@pytest.mark.parametrize(
    "unit", ['{"resource":{{', '{"resource":{"', '{"resourceType":"Claim"\n', "[{}", '"resource":{""']
)
def test_a_file_of_nothing_but_damage_is_read_once(unit: str) -> None:
    """Twice the damage costs about twice the bytes read, not four times."""

    class Counting(io.BytesIO):
        count = 0

        def read(self, size: int | None = -1, /) -> bytes:
            got = super().read(size)
            Counting.count += len(got)
            return got

    counts = []
    for times in (1_500, 3_000):
        Counting.count = 0
        for _ in read_fhir(Counting(("{" + unit * times).encode()), "damage"):
            pass
        counts.append(Counting.count)
    assert counts[1] <= 3 * counts[0]


def test_no_value_of_a_claim_is_in_a_reason() -> None:
    marked = json.dumps(with_value(WHOLE, ("entry", 0, "resource", "id"), "PLANTED")).replace("2024-01-05", "PLANTED")
    for text in (marked, marked.replace('"PLANTED",', '"PLANTED'), marked[:-100]):
        outcome = read(text)
        assert outcome.rejects
        assert "PLANTED" not in repr(outcome.rejects)
        assert "PLANTED" not in repr(outcome.totals)


def test_every_reason_code_is_in_the_docs() -> None:
    source = Path(fhir_faults.__file__).read_text(encoding="utf-8")
    codes = set(re.findall(r'(?:Fault\(|_unreadable\()\s*"(\w+)"', source)) | {"missing_element"}
    listed = {row[0].strip("`") for row in rows_of("docs/input_files.md", "reason code", "the resource or the lines")}
    assert codes == listed
