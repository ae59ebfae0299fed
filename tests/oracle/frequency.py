"""R18, R21, R23 and R24 in plain Python: what comes too often, and modifiers that say it does not (A1, A4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import permutations

from tests.oracle.answers import Answer, answer
from tests.oracle.facts import (
    DISTINCT,
    at_risk,
    cents,
    class_of,
    current_lines,
    is_denied,
    modifiers,
    name_of,
    policy,
    seed_policy,
    setting_of,
    table,
    verdict_of,
)
from tests.oracle.practice import CLINICIANS, Draw, Practice, Row
from tests.oracle.same_day import pairs_of

CHECKS = (
    "distinct_modifier_without_reason",
    "same_code_twice_in_day",
    "whole_group_on_one_line",
    "visits_over_frequency_limit",
)
# Of which payers limit the visits. An evaluation is no session of therapy.
THERAPIES = ("group", "family", "individual")
DAY_KEY = ("payer_id", "member_id", "rendering_provider_npi", "date_of_service")
# All in the months for which the national tables are shipped, two of them a week and eight days after the first.
DAYS = ("2024-07-30", "2024-08-05", "2024-08-05", "2024-08-06")
PAYERS = ("OURPLAN", "OURPLAN", "OURPLAN", "MEDICARE", "ILMCD", "ILMCD", "CTMCD", "NHMCD", "TRICARE")
CODES = ("90853", "90853", "90853", "90847", "90834", "90837", "90791", "99213")


def draw(rng: Draw) -> Practice:
    """Up to six services of one or two people in eight days, at one or two payers."""
    practice = Practice()
    if rng.chance(0.7):
        practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan"})
        for rule_key, values in (
            ("max_units_day", ("1", "2", "3")),
            ("repeat_modifier_accepted", ("true", "false")),
            ("min_size", ("2", "3", "4")),
            ("ncci_edits", ("apply", "ignore")),
            ("max_visits_day", ("1", "2")),
            ("max_visits_7_days", ("1", "2", "3")),
        ):
            if rng.chance(0.5 if "visits" in rule_key else 0.3):
                practice.rule("OURPLAN", rule_key, rng.pick(values))
    payers = rng.some(PAYERS, 1, 1 if rng.chance(0.6) else 2)
    code, day = rng.pick(CODES), rng.pick(DAYS)
    # A day has one place: which setting's limit would hold for a day in two is told nowhere.
    places = {on: rng.pick(("11", "11", "50", "22", "52", "21")) for on in DAYS}
    is_busy = rng.chance(0.5)
    for number in range(rng.randint(2, 6)):
        on = day if is_busy or rng.chance(0.5) else rng.pick(DAYS)
        hour = rng.pick((9, 10, 11))
        knows_time = rng.chance(0.6)
        billed = practice.bill(
            date_of_service=on,
            payer_id=rng.pick(payers),
            member_id=rng.pick(("M1", "M1", "M1", "M1", "M2")),
            procedure_code=code if rng.chance(0.75) else rng.pick(CODES),
            place_of_service_code=places[on],
            rendering_provider_npi=rng.pick((*(CLINICIANS[0],) * 4, CLINICIANS[1])),
            service_units=rng.pick(("1", "1", "1", "1", "2", "3", "4", "5")),
            modifier_1=rng.pick((None, None, None, None, "59", "XE", "XP", "76", "77")),
            modifier_2=rng.pick((None, None, None, None, None, None, "XU", "59", "76")),
            paid_amount=rng.pick(("27.63", "27.63", "50.01", "0.00")),
            # No two lines are alike: duplicates have a family of their own.
            charge_amount=f"{150 + number}.00",
            session_start_at=f"{on} {hour:02d}:00" if knows_time else None,
            session_end_at=f"{on} {hour:02d}:{rng.pick((45, 59))}" if knows_time and rng.chance(0.8) else None,
        )
        if rng.chance(0.12):
            practice.void(billed)
    return practice


def expected(practice: Practice) -> Iterator[Answer]:
    """The findings of each check."""
    lines = current_lines(practice)
    for services in _by(lines, DAY_KEY):
        yield from _unreasoned(practice, services, lines)
    for services in _by(lines, (*DAY_KEY, "procedure_code")):
        yield from _repeated(practice, services)
    for line in lines:
        yield from _whole_group(practice, line)
    for visits in _by(lines, ("payer_id", "member_id")):
        yield from _frequent(practice, visits)


def _by(lines: Sequence[Row], names: Sequence[str]) -> list[list[Row]]:
    groups: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for line in lines:
        groups[tuple(line[name] for name in names)].append(line)
    return list(groups.values())


def _repeated(practice: Practice, lines: list[Row]) -> Iterator[Answer]:
    """A declared repeat passes beside a plain line, where the payer takes it; what was denied goes first (R21)."""
    if class_of(str(lines[0]["procedure_code"])) not in ("group", "multi_family_group", "family") or len(lines) < 2:
        return
    plain = [line for line in lines if not modifiers(line) & {"76", "77"}]

    def too_many(limit: str | None, accepts: str | None) -> tuple[int, int]:
        held = plain if accepts != "false" and plain else lines
        over = len(held) - int(limit or 0)
        return over, max(over - sum(map(is_denied, held)), 0)

    own, _ = policy(practice, lines[0], "max_units_day")
    seed, _ = seed_policy(practice, lines[0], "max_units_day")
    seed_accepts, _ = seed_policy(practice, lines[0], "repeat_modifier_accepted")
    own_accepts, _ = policy(practice, lines[0], "repeat_modifier_accepted")
    own_over = too_many(own, own_accepts or seed_accepts)
    seed_over = too_many(seed, seed_accepts)
    verdict = verdict_of(own, own_over[0] <= 0, seed_over[0] <= 0)
    if verdict is None:
        return
    _, excess = {"violates_payer": own_over, "no_policy": seed_over}.get(verdict, (0, 0))
    paid = [line for line in lines if not is_denied(line)]
    exposure = cents(sum(map(at_risk, paid), Decimal(0)) * excess / max(len(paid), 1))
    yield answer("same_code_twice_in_day", map(name_of, lines), verdict, "C1", "overpayment", exposure)


def _whole_group(practice: Practice, line: Row) -> Iterator[Answer]:
    """As many units on a line as make a group, and more than the person's own day may hold (R23)."""
    if class_of(str(line["procedure_code"])) != "group":
        return
    own, _ = policy(practice, line, "min_size")
    least = own or seed_policy(practice, line, "min_size")[0]
    units = int(str(line["service_units"]))
    national = 1
    if policy(practice, line, "ncci_edits")[0] != "ignore" and _is_hospital(line):
        national = next(
            int(row["mue_units"])
            for row in table("ncci_mue")
            if row["edition_id"] == "shipped-ncci-mue-outpatient-hospital"
            and row["procedure_code"] == line["procedure_code"]
        )
    allowed = int(policy(practice, line, "max_units_day")[0] or national)
    if least is not None and units >= int(least) and units > allowed:
        verdict = "violates_payer" if own else "no_policy"
        exposure = cents(at_risk(line) * (units - allowed) / units)
        yield answer("whole_group_on_one_line", [name_of(line)], verdict, "C1", "overpayment", exposure)


def _is_hospital(line: Row) -> bool:
    """Of facilities, for the national tables."""
    return setting_of(str(line["place_of_service_code"])) in ("outpatient_hospital", "partial_hospital")


def _frequent(practice: Practice, lines: list[Row]) -> Iterator[Answer]:
    """Visits of a kind beyond the payer's number in a day, or in a day and the six before it (R24)."""
    kinds: dict[str, list[Row]] = defaultdict(list)
    for line in lines:
        kind = class_of(str(line["procedure_code"]))
        setting = setting_of(str(line["place_of_service_code"]))
        if kind in THERAPIES and not is_denied(line) and setting not in ("inpatient", "partial_hospital"):
            kinds[kind].append(line)
    for visits in kinds.values():
        # Those of a day in the order of their start; then those whose start is not known, as they are numbered.
        visits.sort(key=lambda line: (line["date_of_service"], line.get("session_start_at") or "9", name_of(line)))
        for rule_key, days in (("max_visits_day", 1), ("max_visits_7_days", 7)):
            over: dict[str | None, list[Row]] = defaultdict(list)
            for place, line in enumerate(visits):
                limit, _ = policy(practice, line, rule_key)
                so_far = [visit for visit in visits[: place + 1] if 0 <= _days_between(visit, line) < days]
                if limit is not None and len(so_far) > int(limit):
                    over[line["date_of_service"]].append(line)
            for late in over.values():
                exposure = sum(map(at_risk, late), Decimal(0))
                yield answer(
                    "visits_over_frequency_limit", map(name_of, late), "violates_payer", "C1", "overpayment", exposure
                )


def _days_between(earlier: Row, later: Row) -> int:
    return (
        date.fromisoformat(str(later["date_of_service"])) - date.fromisoformat(str(earlier["date_of_service"]))
    ).days


def _unreasoned(practice: Practice, lines: list[Row], all_lines: list[Row]) -> Iterator[Answer]:
    """A modifier that unlocks nothing, that is said twice, or that sets apart what ran at the same time (R18)."""
    rule, _ = policy(practice, lines[0], "ncci_edits")
    if rule == "ignore":
        return
    verdict = "violates_payer" if rule == "apply" else "no_policy"
    pairs = [
        (one, two, pair["modifier_indicator"])
        for one, two in permutations(lines, 2)
        if not _is_hospital(one) and not _is_hospital(two)
        for pair in pairs_of(one, two)
    ]
    twice: dict[str, Decimal] = {}
    alone: dict[str, Decimal] = {}
    overlapping: dict[str, Decimal] = {}
    for line in lines:
        marks = modifiers(line) & DISTINCT
        is_known = not any(map(_is_hospital, lines))
        others = [
            other
            for other in all_lines
            if all(other[name] == line[name] for name in DAY_KEY if name != "rendering_provider_npi")
            and other["rendering_provider_npi"] != line["rendering_provider_npi"]
        ]
        if "59" in marks and len(marks) > 1:
            twice[name_of(line)] = max((_unpaid(one, two) for one, two, _ in pairs if two is line), default=Decimal(0))
        elif (
            marks
            and is_known
            and not any(line is one or line is two for one, two, _ in pairs)
            and not ("XP" in marks and others)
        ):
            alone[name_of(line)] = Decimal(0)
    for one, two, indicator in pairs:
        is_marked = modifiers(one) & DISTINCT or modifiers(two) & DISTINCT
        if indicator == "1" and is_marked and not (is_denied(one) and is_denied(two)) and _overlap(one, two):
            overlapping.setdefault(name_of(one), Decimal(0))
            overlapping[name_of(two)] = max(overlapping.get(name_of(two), Decimal(0)), _unpaid(one, two))
    for found, direction in ((twice, "documentation"), (alone, "documentation"), (overlapping, "overpayment")):
        if found:
            yield answer(
                "distinct_modifier_without_reason", found, verdict, "C1", direction, sum(found.values(), Decimal(0))
            )


def _unpaid(one: Row, two: Row) -> Decimal:
    """What goes back of a pair: its second line, unless that is what was paid alone."""
    return Decimal(0) if is_denied(one) else at_risk(two)


def _overlap(one: Row, two: Row) -> bool:
    times = [line.get(name) for line in (one, two) for name in ("session_start_at", "session_end_at")]
    if not all(times):
        return False
    start, end, other_start, other_end = map(str, times)
    return start < other_end and other_start < end
