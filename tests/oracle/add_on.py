"""R25 to R28 in plain Python: add-on codes and the services that they are added to (A1, A4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from tests.oracle.answers import Answer, answer
from tests.oracle.facts import at_risk, class_of, current_lines, is_denied, name_of, policy, table
from tests.oracle.practice import CLINICIANS, Draw, Practice, Row

CHECKS = ("add_on_without_primary", "add_on_with_family_or_crisis", "add_on_saturation", "add_on_not_payable")
COMPLEXITY = "90785"
CODES = (
    *("90785", "90785", "90785", "90833", "90840", "90863", "90847", "90849", "90839", "90840", "90853", "90832"),
    *("90791", "99213", "99441", "99999"),
)
PAYERS = ("OURPLAN", "OURPLAN", "MEDICARE", "TXMCD", "CAMCD", "UNKNOWN")
# Interactive complexity is not added to these (A1).
FAMILY_OR_CRISIS = {"family", "multi_family_group", "crisis"}
NO_THERAPY = {"visit", "interactive_complexity", "other"}
LEAST_MEMBERS, LEAST_PERCENT = 4, 50


def draw(rng: Draw) -> Practice:
    """Some services of a day, or a group of which some carry the add-on."""
    practice = Practice()
    if rng.chance(0.6):
        practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan"})
        if rng.chance(0.5):
            wanted = rng.pick(("90853", "90847|90791", "90853|90849", "90839"))
            practice.rule(
                "OURPLAN", "add_on_primaries", wanted, procedure_code=rng.pick((COMPLEXITY, COMPLEXITY, None))
            )
        if rng.chance(0.5):
            practice.rule("OURPLAN", "ncci_edits", rng.pick(("apply", "ignore")))
        if rng.chance(0.5):
            code = rng.pick((COMPLEXITY, "90833", None))
            practice.rule("OURPLAN", "separately_paid", rng.pick(("true", "false", "false")), procedure_code=code)
    return _services(rng, practice) if rng.chance(0.6) else _groups(rng, practice)


def _services(rng: Draw, practice: Practice) -> Practice:
    """Two to five services, mostly of one person, clinician, payer and day."""
    payer_id, day = rng.pick(PAYERS), rng.pick(("2024-07-09", "2024-12-31", "2025-01-01", "2025-03-04"))
    for _ in range(rng.randint(2, 5)):
        billed = practice.bill(
            date_of_service=day if rng.chance(0.95) else "2024-12-31",
            payer_id=payer_id if rng.chance(0.95) else "MEDICARE",
            procedure_code=rng.pick(CODES),
            member_id=rng.pick(("M1", "M1", "M1", "M1", "M2")),
            rendering_provider_npi=rng.pick((CLINICIANS[0], CLINICIANS[0], CLINICIANS[0], CLINICIANS[1])),
            paid_amount=rng.pick(("27.63", "14.65", "0.00")),
        )
        if rng.chance(0.1):
            practice.void(billed)
    return practice


def _groups(rng: Draw, practice: Practice) -> Practice:
    """One or two groups whose sessions are named, and half of whose people have the add-on."""
    for number in range(rng.randint(1, 2)):
        has_roster, focus = rng.chance(0.5), rng.pick((None, None, None, "Children's play", "PTSD"))
        share = rng.pick((0.3, 0.5, 0.7))
        named = {"session_id": f"S{number}", "rendering_provider_npi": CLINICIANS[0]}
        code = rng.pick(("90853", "90853", "90849"))
        for person in range(rng.randint(3, 7)):
            member, payer_id = f"M{number}{person}", rng.pick(("OURPLAN", "OURPLAN", "MEDICARE"))
            if has_roster:
                practice.seat(session_id=named["session_id"], member_id=member, group_focus=focus)
            if not has_roster or rng.chance(0.9):
                billed = practice.bill(
                    procedure_code=code, member_id=member, payer_id=payer_id, paid_amount="27.63", **named
                )
                is_taken_back, has_add_on = rng.chance(0.05), rng.chance(share)
                for _ in range(rng.pick((1, 1, 1, 2)) if has_add_on and not is_taken_back else 0):
                    added = practice.bill(
                        procedure_code=COMPLEXITY,
                        member_id=member,
                        payer_id=payer_id,
                        service_units=rng.pick(("1", "1", "1", "2")),
                        paid_amount=rng.pick(("14.65", "14.65", "29.30", "0.00")),
                        **named,
                    )
                    if rng.chance(0.1):
                        practice.void(added)
                if is_taken_back:
                    practice.void(billed)
    return practice


def expected(practice: Practice) -> Iterator[Answer]:
    """Add-ons that stand alone, beside the wrong code, too often, or for nothing."""
    days: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for line in current_lines(practice):
        days[line["payer_id"], line["member_id"], line["rendering_provider_npi"], line["date_of_service"]].append(line)
    for lines in days.values():
        for code in sorted({str(line["procedure_code"]) for line in lines}):
            added = [line for line in lines if line["procedure_code"] == code]
            if any(row["add_on_code"] == code for row in table("ncci_add_on")):
                yield from _alone(practice, code, added, lines)
                yield from _not_payable(practice, added)
        yield from _too_many_units(lines)
    yield from _saturated(practice)


def _primaries(practice: Practice, line: Row) -> tuple[set[str], str] | None:
    """Codes beside which the add-on may stand, and what it breaks who stands elsewhere."""
    own, _ = policy(practice, line, "add_on_primaries")
    if own is not None:
        return set(own.split("|")), "violates_payer"
    rule, _ = policy(practice, line, "ncci_edits")
    if rule == "ignore":
        return None
    day = date.fromisoformat(str(line["date_of_service"]))
    national = {
        row["primary_code"]
        for row in table("ncci_add_on")
        if row["add_on_code"] == line["procedure_code"]
        and (not row["eff_from"] or date.fromisoformat(row["eff_from"]) <= day)
        and (not row["eff_to"] or date.fromisoformat(row["eff_to"]) >= day)
    }
    return national, "violates_payer" if rule == "apply" else "no_policy"


def _alone(practice: Practice, code: str, added: list[Row], lines: list[Row]) -> Iterator[Answer]:
    wanted = _primaries(practice, added[0])
    if wanted is None:
        return
    codes, verdict = wanted
    carrying = [line for line in lines if line["procedure_code"] in codes]
    total = sum(map(at_risk, added), Decimal(0))
    # Where the primary was denied, the add-on goes back too.
    if all(is_denied(line) for line in carrying):
        yield answer("add_on_without_primary", map(name_of, added), verdict, "C1", "overpayment", total)
    others = {class_of(str(line["procedure_code"])) for line in lines} - NO_THERAPY
    if code == COMPLEXITY and not carrying and others and others <= FAMILY_OR_CRISIS:
        yield answer("add_on_with_family_or_crisis", map(name_of, added), verdict, "C1", "overpayment", total)


def _not_payable(practice: Practice, added: list[Row]) -> Iterator[Answer]:
    paid = [line for line in added if at_risk(line) > 0]
    if paid and policy(practice, added[0], "separately_paid")[0] == "false":
        total = sum(map(at_risk, paid), Decimal(0))
        yield answer("add_on_not_payable", map(name_of, paid), "violates_payer", "C1", "overpayment", total)


def _too_many_units(lines: list[Row]) -> Iterator[Answer]:
    """More units of interactive complexity than the day had sessions."""
    added = [line for line in lines if line["procedure_code"] == COMPLEXITY]
    # It cannot be added to a crisis (A1), and medication management comes with a session and is none of its own.
    no_session = {*NO_THERAPY, "crisis"}
    sessions = [
        line
        for line in lines
        if class_of(str(line["procedure_code"])) not in no_session and line["procedure_code"] != "90863"
    ]
    if sum(int(str(line["service_units"])) for line in added) > max(len(sessions), 1):
        total = sum(map(at_risk, added), Decimal(0))
        yield answer("add_on_saturation", map(name_of, added), "no_policy", "C5", "lead", total)


def _saturated(practice: Practice) -> Iterator[Answer]:
    """Groups of which at least half carry it."""
    sessions: dict[str, list[Row]] = defaultdict(list)
    for line in current_lines(practice):
        if line.get("session_id"):
            sessions[str(line["session_id"])].append(line)
    for key, lines in sessions.items():
        roster = [row for row in practice.rows("attendance") if row["session_id"] == key]
        if roster and "Child" in str(roster[0]["group_focus"]):
            continue  # each may qualify
        billed = {line["member_id"] for line in lines if line["procedure_code"] != COMPLEXITY}
        members = {row["member_id"] for row in roster} or billed
        added = [line for line in lines if line["procedure_code"] == COMPLEXITY and line["member_id"] in members]
        with_it = {line["member_id"] for line in added}
        if len(members) < LEAST_MEMBERS or len(with_it) * 100 < LEAST_PERCENT * len(members):
            continue
        for payer_id in sorted({str(line["payer_id"]) for line in added}):
            own = [line for line in added if line["payer_id"] == payer_id]
            total = sum(map(at_risk, own), Decimal(0))
            yield answer("add_on_saturation", map(name_of, own), "no_policy", "C5", "lead", total)
