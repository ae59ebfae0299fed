"""Who stands behind a reference: contained resources, other resources of the file, identifiers in the reference itself.

The other resources are looked for once, when the first reference needs one; their order in the file does not matter.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from claims_audit.readers.fhir.codes import TAXONOMY, is_npi_system
from claims_audit.readers.fhir.frames import Frame, Wanted
from claims_audit.readers.fhir.parsing import Json, child, codes, codings, objects, tail, text

PARTIES: Final = frozenset({"Practitioner", "PractitionerRole", "Organization", "Location", "Coverage"})
CLAIMS: Final = frozenset({"Claim", "ExplanationOfBenefit"})

# What is kept of them; names of persons and addresses are not.
_KEPT: Final = (
    "resourceType", "identifier", "qualification", "practitioner", "organization", "specialty", "managingOrganization",
    "subscriberId", "subscriber", "relationship", "payor", "related", "extension",
)  # fmt: skip
_MOST_KEPT: Final = 200_000
_LARGEST_KEPT: Final = 4_096  # bytes

OpenFrames = Callable[[Wanted], Iterable[Frame]]


class Provider(NamedTuple):
    """An NPI and the taxonomy that its resource gives, where known."""

    npi: str | None = None
    taxonomy: str | None = None


class Directory:
    """Resources of the file by type and id and by fullUrl, at most 200,000, read when first asked for."""

    def __init__(self, open_frames: OpenFrames, types: frozenset[str]) -> None:
        self._open_frames = open_frames
        self._types = types
        self._known: dict[str, bytes] | None = None

    def find(self, reference: str) -> Json:
        """The resource behind `Type/id`, an address that ends so, or a fullUrl; empty if the file has none."""
        if self._known is None:
            self._known = self._read()
        if not self._known:
            return {}
        address = reference.partition("/_history/")[0]
        kept = self._known.get(address) or self._known.get("/".join(address.split("/")[-2:]))
        found = json.loads(kept) if kept is not None else {}
        return found if isinstance(found, dict) else {}

    def _read(self) -> dict[str, bytes]:
        known: dict[str, bytes] = {}
        for frame in self._open_frames(self._types.__contains__):
            resource = frame.value
            type_name = resource.get("resourceType") if isinstance(resource, dict) else None
            if not isinstance(resource, dict) or not isinstance(type_name, str) or type_name not in self._types:
                continue
            kept = {name: resource[name] for name in _KEPT if name in resource}
            if type_name == "Organization":
                kept["name"] = resource.get("name")
            try:
                packed = json.dumps(kept).encode()
            except RecursionError:
                continue
            if len(packed) > _LARGEST_KEPT:
                continue
            if isinstance(resource.get("id"), str):
                known.setdefault(f"{type_name}/{resource['id']}", packed)
            if frame.full_url:
                known.setdefault(frame.full_url, packed)
            if len(known) >= _MOST_KEPT:
                break
        return known


class References:
    """Resolves the references of one claim."""

    def __init__(self, resource: Json, directory: Directory) -> None:
        self._contained = {text(one, "id"): one for one in objects(resource, "contained")}
        self._directory = directory

    def resource(self, reference: Json) -> Json:
        """The resource that a reference means; empty if it is not at hand."""
        address = text(reference, "reference")
        if address is None:
            return {}
        if address.startswith("#"):
            return self._contained.get(address[1:], {})
        return {} if "?" in address else self._directory.find(address)

    def provider(self, reference: Json, hops: int = 2) -> Provider:
        """NPI and taxonomy of the provider that a reference means; a role leads to who plays it."""
        npi = npi_of(identifiers(reference))
        resource = self.resource(reference) if npi is None else {}
        if not resource:
            return Provider(npi)
        npi = npi_of(objects(resource, "identifier"))
        taxonomy = taxonomy_of(resource, "specialty")
        for qualification in objects(resource, "qualification"):
            taxonomy = taxonomy or taxonomy_of(qualification, "code")
        for name in ("practitioner", "organization", "managingOrganization"):
            if npi is None and hops and (further := child(resource, name)):
                npi, other = self.provider(further, hops - 1)
                taxonomy = taxonomy or other
        return Provider(npi, taxonomy)


def identifiers(reference: Json) -> list[Json]:
    """What identifies the target in the reference itself, also as a search (`Practitioner?identifier=system|value`)."""
    found = objects(reference, "identifier")
    _, is_search, search = (text(reference, "reference") or "").partition("?identifier=")
    if is_search:
        system, _, value = search.rpartition("|")
        found = [*found, {"system": system, "value": value}]
    return found


def reference_id(reference: Json) -> str | None:
    """The id that a reference carries, without type, server or `urn:uuid:`; contained ones have none."""
    address = text(reference, "reference")
    if address is None or address.startswith("#") or "?" in address:
        return None
    return tail(address.partition("/_history/")[0].rpartition("urn:uuid:")[2].rpartition("urn:oid:")[2]) or None


def npi_of(found: list[Json]) -> str | None:
    """The NPI among identifiers. Ten digits without any label are taken for one; only zeros stand for none.

    Test systems and masked exports label shorter numbers as NPIs, which tell providers apart all the same: zeros are
    put before them, where a real NPI (it begins with 1 or 2) never has any.
    """
    for identifier in found:
        value = text(identifier, "value")
        if value is None or not value.strip("0"):
            continue
        system, types = text(identifier, "system") or "", codes(identifier, "type")
        is_bare = not system and not types and len(value) == 10 and value.isascii() and value.isdigit()
        if is_npi_system(system) or "npi" in types or is_bare:
            return value.zfill(10) if value.isascii() and value.isdigit() else value
    return None


def taxonomy_of(parent: Json, name: str) -> str | None:
    """The NUCC taxonomy code under a name, told by its system or, without one, by its form."""
    for system, code in codings(parent, name):
        if ("nucc" in system.lower() or not system) and TAXONOMY.fullmatch(code):
            return code
    return None
