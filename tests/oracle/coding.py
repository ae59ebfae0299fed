"""R01 to R08 in plain Python: whether the code fits who was in the session (A0 row 1, A4, A5)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from tests.oracle.answers import Answer, answer
from tests.oracle.facts import (
    at_risk,
    class_of,
    current_lines,
    is_denied,
    name_of,
    policy,
    seed_policy,
    table,
    verdict_of,
)
from tests.oracle.practice import Draw, Practice, Row

CHECKS = (
    "group_code_for_one_family",
    "family_group_code_for_one_family",
    "family_code_for_group",
    "individual_code_for_shared_session",
    "mixed_codes_in_session",
    "family_session_billed_per_member",
    "family_group_units_per_member",
    "family_code_presence_mismatch",
)
CODES = ("90853", "90849", "90847", "90846", "90834", "90837")
PAID = ("27.63", "37.61", "102.19", "97.53", "60.00", "0.00")


@dataclass
class Session:
    """A session that a roster or a session id proves."""

    lines: list[Row] = field(default_factory=list)
    roster: dict[str, str] = field(default_factory=dict)
    families: dict[str, str | None] = field(default_factory=dict)

    @property
    def certainty(self) -> str:
        return "C2" if self.roster else "C3"

    @property
    def members(self) -> set[str]:
        """Who came, where a roster tells; else who was billed."""
        if self.roster:
            return {member for member, status in self.roster.items() if status == "attended"}
        return {str(line["member_id"]) for line in self.lines}

    def billed(self, *classes: str) -> list[Row]:
        return [line for line in self.lines if class_of(str(line["procedure_code"])) in classes]

    def households(self, members: Iterable[str]) -> set[str | None]:
        return {self.families.get(member) for member in members}


def draw(rng: Draw) -> Practice:
    """One or two sessions of people of few families, most of them under one code."""
    practice = Practice()
    if rng.chance(0.7):
        practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan"})
        for key, values in (
            ("family_code_semantics", ("cpt", "cpt", "seed")),
            ("min_size", ("2", "4")),
            ("family_payees", ("1", "2")),
            ("multi_family_unit", ("family", "member")),
        ):
            if rng.chance(0.5):
                practice.rule("OURPLAN", key, rng.pick(values))
    for number in range(rng.randint(1, 2)):
        start = f"2025-03-04 {10 + 2 * number}:00"
        rostered = rng.chance(0.8)
        code = rng.pick(CODES)
        people = rng.some([f"{number}{family}{person}" for family in "FGH" for person in "123"], 1, 5)
        if rng.chance(0.4):
            people = rng.some([f"{number}F{person}" for person in "123"], 1, 3)
        nameless = rng.pick(people) if rng.chance(0.1) else None
        for person in people:
            family = None if person == nameless else person[:2]
            if rostered:
                status = rng.pick(("attended", "attended", "attended", "attended", "no_show", "observer"))
                practice.seat(
                    session_id=f"S{number}",
                    session_start_at=start,
                    session_end_at=f"2025-03-04 {11 + 2 * number}:00",
                    member_id=person,
                    family_id=family,
                    attendance_status=status,
                )
            if rng.chance(0.85):
                billed = practice.bill(
                    member_id=person,
                    family_id=family,
                    session_id=f"S{number}",
                    payer_id=rng.pick(("OURPLAN", "OURPLAN", "OURPLAN", "MAMCD", "UNKNOWN")),
                    procedure_code=code if rng.chance(0.8) else rng.pick(CODES),
                    paid_amount=rng.pick(PAID),
                )
                if rng.chance(0.08):
                    practice.void(billed)
    return practice


def expected(practice: Practice) -> Iterator[Answer]:
    """The findings of each session."""
    sessions: dict[str, Session] = defaultdict(Session)
    for line in current_lines(practice):
        session = sessions[str(line["session_id"])]
        session.lines.append(line)
        session.families[str(line["member_id"])] = line.get("family_id")
    for seat in practice.rows("attendance"):
        session = sessions[str(seat["session_id"])]
        session.roster[str(seat["member_id"])] = str(seat["attendance_status"])
        session.families[str(seat["member_id"])] = seat["family_id"]
    for session in sessions.values():
        yield from _mixed_codes(practice, session)
        for payer_id in sorted({str(line["payer_id"]) for line in session.lines}):
            for rule in (_group_code, _family_group_code, _family_code, _individual_code, _per_member, _per_family):
                yield from rule(practice, session, payer_id)
        yield from _presence(session)


def _fee(code: str) -> Decimal:
    return Decimal(next(row["fee_amount"] for row in table("fee") if row["procedure_code"] == code))


def _difference(line: Row, right_code: str) -> Decimal:
    """What the line was paid above what the right code is worth; below 0, too little. A denial is neither."""
    if is_denied(line) or line["procedure_code"] == right_code:
        return Decimal(0)
    return at_risk(line) - _fee(right_code) * int(str(line["service_units"]))


def _priced(
    check: str, lines: list[tuple[Row, str]], verdict: str, certainty: str, direction: str = "overpayment"
) -> Answer:
    """Each line by itself: what was paid too much, and only if nothing was, what was paid too little."""
    over = sum((max(_difference(line, code), Decimal(0)) for line, code in lines), Decimal(0))
    under = sum((max(-_difference(line, code), Decimal(0)) for line, code in lines), Decimal(0))
    if verdict == "violates_seed_only":
        over = under = Decimal(0)  # an advisory weighs nothing, either way
    if over > 0:
        direction = "overpayment"
    elif under > 0:
        direction = "underpayment"
    if certainty == "C4":
        direction = "lead"
    return answer(check, [name_of(line) for line, _ in lines], verdict, certainty, direction, over or under)


def _own(session: Session, payer_id: str, *classes: str) -> list[Row]:
    return [line for line in session.billed(*classes) if line["payer_id"] == payer_id]


def _group_code(practice: Practice, session: Session, payer_id: str) -> Iterator[Answer]:
    lines = _own(session, payer_id, "group")
    households = session.households(session.members)
    if not lines or len(session.members) < 2 or len(households) != 1 or None in households:
        return
    meaning, _ = policy(practice, lines[0], "family_code_semantics")
    right = "90847" if meaning == "cpt" else "90849"
    verdict = "violates_payer" if meaning else "no_policy"
    yield _priced(CHECKS[0], [(line, right) for line in lines], verdict, session.certainty)


def _family_group_code(practice: Practice, session: Session, payer_id: str) -> Iterator[Answer]:
    lines = _own(session, payer_id, "multi_family_group")
    households = session.households(session.members)
    if not lines or len(households) != 1 or (None in households and len(session.members) > 1):
        return  # one person alone is of one family, known or not
    expected = {member for member, status in session.roster.items() if status != "observer"}
    if session.roster and session.households(expected) != households:
        return  # another family was expected
    meaning, _ = policy(practice, lines[0], "family_code_semantics")
    if meaning == "seed":
        return  # the payer lets one family be billed under it
    if meaning is None:
        # The default allows it: worth a word, and no dollars.
        yield answer(CHECKS[1], map(name_of, lines), "no_policy", session.certainty, "underpayment")
        return
    yield _priced(CHECKS[1], [(line, "90847") for line in lines], "violates_payer", session.certainty, "underpayment")


def _family_code(practice: Practice, session: Session, payer_id: str) -> Iterator[Answer]:
    lines = _own(session, payer_id, "family")
    if not lines:
        return
    present = session.households(session.members) - {None}
    clients = {str(line["member_id"]) for line in session.billed("family")}
    # A client counts who came, or for whom somebody of the family came.
    clients = {client for client in clients if client in session.members or session.families.get(client) in present}
    size = min(len(clients), len(session.members))
    if len(present) < 2:
        return
    least, _ = policy(practice, lines[0], "min_size", "90853")
    seed, _ = seed_policy(practice, lines[0], "min_size", "90853")
    verdict = verdict_of(least, least is None or size < int(least), size < int(str(seed)))
    if verdict is None:
        return
    sizes = Counter(family for member in session.members if (family := session.families.get(member)))
    right = "90849" if max(sizes.values()) > 1 else "90853"
    yield _priced(CHECKS[2], [(line, right) for line in lines], verdict, session.certainty)


def _individual_code(practice: Practice, session: Session, payer_id: str) -> Iterator[Answer]:
    lines = [line for line in _own(session, payer_id, "individual") if line["member_id"] in session.members]
    people = {str(line["member_id"]) for line in session.billed("individual")} & session.members
    if not lines or len(session.members) < 2 or (not session.roster and len(people) < 2):
        return
    # Somebody of whose family nothing is known is a family of their own.
    sizes = Counter(session.families.get(member) or member for member in session.members)
    right = "90847" if len(sizes) == 1 else "90849" if max(sizes.values()) > 1 else "90853"
    certainty = "C4" if len(people) == 1 and len(sizes) == 1 else session.certainty
    yield _priced(CHECKS[3], [(line, right) for line in lines], "no_policy", certainty)


def _mixed_codes(practice: Practice, session: Session) -> Iterator[Answer]:
    lines = session.billed("group", "multi_family_group", "family")
    codes = Counter(str(line["procedure_code"]) for line in lines)
    if len(codes) < 2:
        return
    right = min(codes, key=lambda code: (-codes[code], _fee(code)))
    yield _priced(CHECKS[4], [(line, right) for line in lines], "no_policy", session.certainty)


def _extras(lines: list[Row], kept: int) -> Decimal:
    """What was paid beyond the dearest ones."""
    return sum(sorted((at_risk(line) for line in lines), reverse=True)[kept:], Decimal(0))


def _per_member(practice: Practice, session: Session, payer_id: str) -> Iterator[Answer]:
    families: dict[str | None, list[Row]] = defaultdict(list)
    for line in _own(session, payer_id, "family"):
        families[session.families.get(str(line["member_id"]))].append(line)
    for household, lines in families.items():
        people = {line["member_id"] for line in lines}
        own, _ = policy(practice, lines[0], "family_payees")
        verdict = verdict_of(own, own is None or len(people) <= int(own), len(people) <= 1)
        if household is None or verdict is None:
            continue
        exposure = 0 if verdict == "violates_seed_only" else _extras(lines, int(own or 1))
        yield answer(CHECKS[5], map(name_of, lines), verdict, session.certainty, "overpayment", exposure)


def _per_family(practice: Practice, session: Session, payer_id: str) -> Iterator[Answer]:
    lines = _own(session, payer_id, "multi_family_group")
    if not lines:
        return
    unit, _ = policy(practice, lines[0], "multi_family_unit")
    families: dict[str | None, list[Row]] = defaultdict(list)
    for line in lines:
        families[session.families.get(str(line["member_id"]))].append(line)
    families.pop(None, None)  # of whom no family is known, nothing can be said
    lines = [line for own in families.values() for line in own]
    if unit == "member" or len(lines) <= len(families):
        return
    exposure = sum((_extras(own, 1) for own in families.values()), Decimal(0))
    verdict = "violates_payer" if unit else "no_policy"
    yield answer(CHECKS[6], map(name_of, lines), verdict, session.certainty, "overpayment", exposure)


def _presence(session: Session) -> Iterator[Answer]:
    for line in session.billed("family"):
        status = session.roster.get(str(line["member_id"]))
        came = set(session.roster.values()) & {"attended", "observer"}  # a parent who is listed as watching came too
        if not came or status in (None, "observer"):
            continue
        right = "90847" if status == "attended" else "90846"
        if right == line["procedure_code"]:
            continue
        yield _priced(CHECKS[7], [(line, right)], "no_policy", "C2")
