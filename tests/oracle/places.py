"""R42 and R43 in plain Python: telehealth whose place does not fit, groups beside a stay or day program (A1, A4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from tests.oracle.answers import Answer, answer
from tests.oracle.facts import at_risk, class_of, current_lines, modifiers, name_of, policy, table
from tests.oracle.practice import CLINICIANS, Draw, Practice, Row

CHECKS = ("telehealth_mismatch", "wrong_program")
AUDIO, VIDEO, TELEHEALTH = {"93", "FQ"}, {"95", "GT"}, {"93", "95", "FQ", "GQ", "GT"}
INPATIENT, DAY_PROGRAM = "inpatient", "day_program"
FIRST = date(2025, 3, 4)


def draw(rng: Draw) -> Practice:
    """One person on a few days: sessions by video or at a place, and stays that cover some of them."""
    practice = Practice()
    if rng.chance(0.7):
        practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan"})
        if rng.chance(0.5):
            practice.rule("OURPLAN", "telehealth_place", rng.pick(("02|10", "10")))
        if rng.chance(0.5):
            practice.rule("OURPLAN", "telehealth_modifier", rng.pick(("none", "95", "93|95")))
        if rng.chance(0.5):
            practice.rule("OURPLAN", "group_in_day_program", rng.pick(("barred", "allowed")))
    for _ in range(rng.randint(1, 3)):
        by_video = rng.chance(0.5)
        # A telehealth session of a year in which nothing was settled, of before and of after it.
        day = rng.pick((date(2019, 12, 31), date(2022, 5, 3), date(2024, 1, 2), FIRST)) if by_video else _day(rng)
        billed = practice.bill(
            payer_id=rng.pick(("OURPLAN", "OURPLAN", "MEDICARE", "MAMCD", "UNKNOWN")),
            date_of_service=day,
            procedure_code=rng.pick(("90853", "90834", "90837")),
            rendering_provider_npi=rng.pick(CLINICIANS),
            place_of_service_code=rng.pick(("02", "10", "11", "50")) if by_video else rng.pick(("11", "11", "52")),
            modifier_1=rng.pick((None, "93", "95", "FQ", "GT", "GQ")) if by_video else None,
            modifier_2=rng.pick((None, None, None, "95")) if by_video else None,
            paid_amount=rng.pick(("27.63", "100.00", "0.00")),
        )
        if rng.chance(0.1):
            practice.void(billed)
    for _ in range(rng.randint(0, 2)):
        start = _day(rng)
        place = rng.pick(("21", "51", "11", "52"))
        practice.bill(
            payer_id=rng.pick(("OURPLAN", "MEDICARE")),
            date_of_service=start,
            date_of_service_through=start + timedelta(days=rng.randint(1, 2)) if rng.chance(0.5) else None,
            procedure_code="99223" if place in ("21", "51") else rng.pick(("G0410", "G0411")),
            place_of_service_code=place,
            rendering_provider_npi="1999999976",
        )
    return practice


def _day(rng: Draw) -> date:
    return FIRST + timedelta(days=rng.randint(0, 3))


def expected(practice: Practice) -> Iterator[Answer]:
    """Lines whose place and modifier do not fit, and groups on the days of a stay."""
    lines = current_lines(practice)
    yield from _telehealth(practice, lines)
    yield from _beside(practice, lines)


def _telehealth(practice: Practice, lines: list[Row]) -> Iterator[Answer]:
    found: dict[tuple[object, ...], list[tuple[Row, str | None, Decimal]]] = defaultdict(list)
    for line in lines:
        marks, place = modifiers(line) & TELEHEALTH, str(line["place_of_service_code"])
        if class_of(str(line["procedure_code"])) == "other" or not (marks or place in ("02", "10")):
            continue
        places, place_id = policy(practice, line, "telehealth_place")
        wanted, wanted_id = policy(practice, line, "telehealth_modifier")
        year = date.fromisoformat(str(line["date_of_service"])).year
        if 2020 <= year <= 2023 and wanted is None:
            continue  # the rules changed too often to be sure of one
        is_medicare = line["payer_id"] == "MEDICARE"
        amount = Decimal(0)
        if marks & AUDIO and marks & VIDEO:
            problem = "audio_and_video"
        elif is_medicare and "FQ" in marks and place not in ("50", "72"):
            problem = "clinic_modifier"
        elif is_medicare and "GT" in marks:
            problem = "older_modifier"
        elif is_medicare and "FQ" in marks:
            continue  # a health center at its own place
        elif place not in (places or "02|10").split("|"):
            problem = "modifier_without_place" if marks else "unwanted_place"
            amount = _facility_share(line, place) if marks else Decimal(0)
        elif wanted not in (None, "none") and not marks & set(str(wanted).split("|")):
            problem = "unwanted_modifier"
        else:
            continue
        at_place = problem in ("modifier_without_place", "unwanted_place")
        policy_id = place_id if at_place else wanted_id or place_id
        names = ("payer_id", "member_id", "date_of_service", "rendering_provider_npi", "procedure_code")
        found[(*(line[name] for name in names), problem)].append((line, policy_id, amount))
    for entries in found.values():
        verdict = "violates_payer" if any(policy_id for _, policy_id, _ in entries) else "no_policy"
        total = sum((amount for _, _, amount in entries), Decimal(0))
        yield answer(
            "telehealth_mismatch", (name_of(line) for line, *_ in entries), verdict, "C1", "overpayment", total
        )


def _facility_share(line: Row, place: str) -> Decimal:
    """What the facility rate would be less, as a share of the payment, half a cent up; 0 at a facility's place."""
    fee = next(row for row in table("fee") if row["procedure_code"] == line["procedure_code"])
    where = next(row for row in table("place_of_service") if row["place_of_service_code"] == place)
    if where["is_facility"] == "true":
        return Decimal(0)
    whole, facility = int(Decimal(fee["fee_amount"]) * 100), int(Decimal(fee["facility_fee_amount"]) * 100)
    paid = int(at_risk(line) * 100)
    return Decimal((paid * max(whole - facility, 0) * 2 + whole) // (whole * 2)) / 100


def _beside(practice: Practice, lines: list[Row]) -> Iterator[Answer]:
    found: dict[tuple[object, ...], list[tuple[Row, str, str]]] = defaultdict(list)
    for line in lines:
        if class_of(str(line["procedure_code"])) != "group":
            continue
        rule, _ = policy(practice, line, "group_in_day_program")
        is_inside = line["place_of_service_code"] == "52"
        told = dict(_stays(line, lines))
        if is_inside and not _stands_beside_any(line, lines) and rule == "barred":
            told[DAY_PROGRAM] = "C1"
        for kind, certainty in told.items():
            if kind == DAY_PROGRAM and rule == "allowed":
                continue
            verdict = "violates_payer" if kind == DAY_PROGRAM and rule == "barred" else "no_policy"
            names = ("payer_id", "member_id", "date_of_service", "rendering_provider_npi", "procedure_code")
            found[(*(line[name] for name in names), kind)].append((line, certainty, verdict))
    for entries in found.values():
        certainty = min(certainty for _, certainty, _ in entries)
        verdicts = {verdict for *_, verdict in entries}
        yield answer(
            "wrong_program",
            (name_of(line) for line, *_ in entries),
            "violates_payer" if "violates_payer" in verdicts else "no_policy",
            certainty,
            "lead" if certainty == "C4" else "overpayment",
            sum((at_risk(line) for line, *_ in entries), Decimal(0)),
        )


def _kind(line: Row) -> str | None:
    """Of what stay a line tells: hospital places, the day program's place, and its own codes anywhere."""
    if line["place_of_service_code"] in ("21", "51"):
        return INPATIENT
    is_program_code = class_of(str(line["procedure_code"])) == "partial_hospital_group"
    return DAY_PROGRAM if is_program_code or line["place_of_service_code"] == "52" else None


def _beside_lines(line: Row, lines: list[Row]) -> list[tuple[str, date, date]]:
    """Stays of other lines of the person on the line's day or next to it; in the program itself only its own codes."""
    day, stays = date.fromisoformat(str(line["date_of_service"])), []
    for other in lines:
        kind = _kind(other)
        if other is line or kind is None or other["member_id"] != line["member_id"]:
            continue
        is_program_code = class_of(str(other["procedure_code"])) == "partial_hospital_group"
        if line["place_of_service_code"] in ("21", "51") or (
            line["place_of_service_code"] == "52" and not is_program_code
        ):
            continue
        first = date.fromisoformat(str(other["date_of_service"]))
        last = date.fromisoformat(str(other.get("date_of_service_through") or other["date_of_service"]))
        if first - day <= timedelta(days=1) and day - last <= timedelta(days=1):
            stays.append((kind, first, last))
    return stays


def _stands_beside_any(line: Row, lines: list[Row]) -> bool:
    day = date.fromisoformat(str(line["date_of_service"]))
    return any(first <= day <= last for _, first, last in _beside_lines(line, lines))


def _stays(line: Row, lines: list[Row]) -> Iterator[tuple[str, str]]:
    """The kinds of stay that cover the line's day, but for the day on which one stepped down, came in or left."""
    day = date.fromisoformat(str(line["date_of_service"]))
    for kind in (INPATIENT, DAY_PROGRAM):
        stays = [(first, last) for told, first, last in _beside_lines(line, lines) if told == kind]
        if not any(first <= day <= last for first, last in stays):
            continue
        goes_on, went_before = any(last > day for _, last in stays), any(first < day for first, _ in stays)
        leaves = any(first < day == last for first, last in stays)
        enters = any(first == day < last for first, last in stays)
        if leaves and not goes_on:
            continue
        if kind == INPATIENT and enters and not went_before:
            continue
        yield kind, "C1" if kind == DAY_PROGRAM or (went_before and goes_on) else "C4"
