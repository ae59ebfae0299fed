"""Who a FHIR claim concerns: its numbers, member, payer, and the providers of its care team."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from claims_audit.readers.fhir.codes import BLUE_BUTTON, PERFORMING, RELATIONSHIPS, SUPERVISING
from claims_audit.readers.fhir.faults import NO_MEMBER, NO_NUMBER, NO_PAYER, ClaimFaultError
from claims_audit.readers.fhir.parsing import Json, child, codes, codings, extension, objects, tail, text, texts
from claims_audit.readers.fhir.references import (
    Provider,
    References,
    identifiers,
    npi_of,
    reference_id,
    taxonomy_of,
)

_MEDICARE: Final = re.compile(r"cms\b|medicare\b|centers for medicare", re.IGNORECASE)
_NUMBER_LABELS: Final = {"patientcontrolnum": "own", "pc": "own", "uc": "unique", "clm_id": "unique"}
_MEMBER_NUMBER: Final = ("mb", "mc", "um", "pi", "memberid")
_NOT_OF_PAYERS: Final = frozenset({"npi", "tax", "tin"})


class Numbers(NamedTuple):
    """The provider's own number of a claim and the payer's."""

    own: str | None
    payers: str | None


class Member(NamedTuple):
    """The person treated, the policy holder, and their relationship as X12 codes it."""

    member_id: str
    subscriber_id: str | None
    relationship_code: str | None


class Payer(NamedTuple):
    """Key and name of the payer."""

    payer_id: str
    name: str | None


class Teammate(NamedTuple):
    """One of the care team; a low rank goes first among those who may have rendered a service, None may not have."""

    sequence: str | None
    rank: int | None
    is_supervisor: bool
    provider: Provider
    organization_npi: str | None


def numbers_of(resource: Json) -> Numbers:
    """The numbers of a claim as its identifiers tell them; the id of the resource stands in for its own number."""
    typed: dict[str, str] = {}
    unlabelled = None
    for identifier in objects(resource, "identifier"):
        value, system = text(identifier, "value"), text(identifier, "system") or ""
        if value is None or tail(system) == "claim-group":
            continue
        labels = [*codes(identifier, "type"), tail(system).lower()]
        known = next((label for label in labels if label in _NUMBER_LABELS), None)
        if known is not None:
            typed.setdefault(_NUMBER_LABELS[known], value)
        elif unlabelled is None:
            unlabelled = value
    control_number = child(extension(resource, "carr_clm_cntl_num"), "valueIdentifier")
    is_payers = text(resource, "resourceType") == "ExplanationOfBenefit"
    unique = typed.get("unique") or (unlabelled if is_payers else None)
    own = typed.get("own") or (None if is_payers else unlabelled) or unique or text(resource, "id")
    return Numbers(own, text(control_number, "value") or unique)


def own_number(resource: Json) -> tuple[str, str | None]:
    """The number under which a claim is loaded, and the payer's. Raises ClaimFaultError without the first."""
    numbers = numbers_of(resource)
    if numbers.own is None:
        raise ClaimFaultError(NO_NUMBER)
    return numbers.own, numbers.payers


def member_of(resource: Json, references: References) -> Member:
    """The member as the claim refers to it. Raises ClaimFaultError if it does not."""
    member_id = _person(child(resource, "patient"), references)
    if member_id is None:
        raise ClaimFaultError(NO_MEMBER)
    coverage = _coverage(resource, references)
    subscriber_id = text(coverage, "subscriberId") or _person(child(coverage, "subscriber"), references)
    relationship = next(
        (RELATIONSHIPS[code] for code in codes(coverage, "relationship") if code in RELATIONSHIPS), None
    )
    return Member(member_id, subscriber_id, relationship)


def payer_of(resource: Json, references: References) -> Payer:
    """The payer; that of Blue Button and BCDA is Medicare, whose files name it CMS or not at all."""
    insurer = child(resource, "insurer")
    if not insurer:
        insurer = next(iter(objects(_coverage(resource, references), "payor")), {})
    organization = references.resource(insurer)
    given = text(insurer, "display")
    name = text(organization, "name") or given
    number = _payer_number([*identifiers(insurer), *objects(organization, "identifier")]) or reference_id(insurer)
    told = [word for word in (number, name) if word is not None]
    if _is_blue_button(resource) and (not told or any(_MEDICARE.match(word) for word in told)):
        return Payer("MEDICARE", name or "Medicare")
    if number is None and name is None:
        name = next((text(child(one, "coverage"), "display") for one in objects(resource, "insurance")), None)
    payer_id = number or _as_token(name)
    if payer_id is None:
        raise ClaimFaultError(NO_PAYER)
    return Payer(payer_id, name)


def care_team_of(resource: Json, references: References) -> list[Teammate]:
    """The care team with its NPIs."""
    team = []
    for one in objects(resource, "careTeam"):
        roles = codes(one, "role")
        ranks = [PERFORMING[role] for role in roles if role in PERFORMING]
        found = references.provider(child(one, "provider"))
        taxonomy = taxonomy_of(one, "qualification") or found.taxonomy
        # Blue Button v1 has the organization of a line as an extension of the person.
        organization = child(extension(one, "us-npi"), "valueCoding")
        team.append(
            Teammate(
                text(one, "sequence"),
                min(ranks, default=None if roles else 2),
                not SUPERVISING.isdisjoint(roles),
                Provider(found.npi, taxonomy),
                npi_of([{"value": text(organization, "code")}]),
            )
        )
    return team


def billing_npi_of(resource: Json, references: References, team: list[Teammate]) -> str | None:
    """Who is paid: the provider of the claim, else an organization that its care team names."""
    for name in ("provider", "organization"):
        npi = references.provider(child(resource, name)).npi
        if npi is not None:
            return npi
    rendering = rendering_of(team, [])
    for mate in team:
        if mate.organization_npi is not None:
            return mate.organization_npi
        if mate.rank == 1 and rendering is not None and mate.provider.npi != rendering.npi:
            return mate.provider.npi
    return None


def rendering_of(team: list[Teammate], sequences: list[str]) -> Provider | None:
    """Who rendered a service: of those whom the line names (of all if it names none) the first by role."""
    named = [mate for mate in team if mate.sequence in sequences] if sequences else team
    fit = [mate for mate in named if mate.rank is not None and mate.provider.npi is not None]
    return min(fit, key=lambda mate: mate.rank or 0).provider if fit else None


def supervising_npi_of(team: list[Teammate], sequences: list[str]) -> str | None:
    """Who supervised, of those whom the line names, else of the claim."""
    supervisors = [mate for mate in team if mate.is_supervisor and mate.provider.npi is not None]
    named = [mate for mate in supervisors if mate.sequence in sequences]
    return next((mate.provider.npi for mate in named or supervisors), None)


def prior_authorization_of(resource: Json) -> str | None:
    """The first number of a prior authorization."""
    told = texts(resource, "preAuthRef")
    for insurance in objects(resource, "insurance"):
        told = [*told, *texts(insurance, "preAuthRef")]
    return next((number.strip() for number in told if number.strip()), None)


def _coverage(resource: Json, references: References) -> Json:
    """The coverage that the claim is for: the focal one, else the first."""
    insurances = objects(resource, "insurance")
    focal = [one for one in insurances if one.get("focal") is True]
    return references.resource(child((focal or insurances)[0], "coverage")) if insurances else {}


def _person(reference: Json, references: References) -> str | None:
    number = reference_id(reference)
    if number is not None:
        return number
    found = [*identifiers(reference), *objects(references.resource(reference), "identifier")] if reference else []
    for identifier in found:
        if not set(codes(identifier, "type")).isdisjoint(_MEMBER_NUMBER) and text(identifier, "value"):
            return text(identifier, "value")
    return next((value for identifier in found if (value := text(identifier, "value"))), None)


def _payer_number(found: list[Json]) -> str | None:
    """The number of a payer: its payer id, else its NAIC number, else what is neither an NPI nor a tax number."""
    ranked: list[tuple[int, str]] = []
    for identifier in found:
        value, types = text(identifier, "value"), set(codes(identifier, "type"))
        if value is not None and types.isdisjoint(_NOT_OF_PAYERS) and npi_of([identifier]) != value:
            ranked.append((0 if "payerid" in types else 1 if "naiccode" in types else 2, value))
    return min(ranked, key=lambda pair: pair[0])[1] if ranked else None


def _is_blue_button(resource: Json) -> bool:
    systems = [system for system, _ in codings(resource, "type")]
    systems += [text(identifier, "system") or "" for identifier in objects(resource, "identifier")]
    return any(BLUE_BUTTON in system for system in systems)


def _as_token(name: str | None) -> str | None:
    """A name as a key: 'Elm Plan of Ohio' is ELM-PLAN-OF-OHIO."""
    return re.sub(r"[^0-9A-Z]+", "-", (name or "").upper()).strip("-") or None
