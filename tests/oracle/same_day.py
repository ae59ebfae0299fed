"""R13 to R17 and R19 in plain Python: two services of one person, clinician, payer and day (A0 row 2, A1, A4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import permutations

from tests.oracle.answers import Answer, answer
from tests.oracle.facts import (
    DISTINCT,
    at_risk,
    class_of,
    current_lines,
    is_denied,
    modifiers,
    name_of,
    policy,
    seed_policy,
    table,
    verdict_of,
)
from tests.oracle.practice import CLINICIANS, Draw, Practice, Row

CHECKS = (
    "missing_distinct_modifier",
    "distinct_modifier_on_wrong_line",
    "group_and_family_same_day",
    "individual_and_family_same_day",
    "codes_never_together",
    "visit_with_group_without_modifier",
)
GROUP, MULTI_FAMILY, FAMILY, INDIVIDUAL, ADD_ON, VISIT = (
    "group",
    "multi_family_group",
    "family",
    "individual",
    "individual_add_on",
    "visit",
)
CODES = ("90853", "90853", "90849", "90847", "90846", "90834", "90837", "90833", "90791", "90839", "99213", "99999")
DAYS = ("2014-09-15", "2014-09-30", "2014-10-01", "2016-05-02", "2019-06-30", "2019-07-01", "2024-07-02", "2025-03-04")
MARKS = (None, None, None, "59", "XE", "25", "95")


def draw(rng: Draw) -> Practice:
    """Two to four services of one person on one day, by one or two clinicians."""
    practice = Practice()
    payers = (rng.pick(("OURPLAN", "MEDICARE", "TXMCD", "UNKNOWN")),) if rng.chance(0.85) else ("OURPLAN", "MEDICARE")
    if rng.chance(0.6):
        practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan"})
        wanted = rng.pick(("second_session", "ncci_column2", "family_code", "group_code", "either", "none"))
        practice.rule("OURPLAN", "distinct_mod_line", wanted, procedure_code=rng.pick((None, None, "90847", "90853")))
        if rng.chance(0.4):
            practice.rule("OURPLAN", "ncci_edits", rng.pick(("apply", "ignore")))
    day = rng.pick(DAYS)
    knows_times = rng.chance(0.5)
    for number in range(rng.randint(2, 4)):
        billed = practice.bill(
            date_of_service=day,
            payer_id=rng.pick(payers),
            procedure_code=rng.pick(CODES),
            rendering_provider_npi=rng.pick((CLINICIANS[0], CLINICIANS[0], CLINICIANS[0], CLINICIANS[1])),
            modifier_1=rng.pick(MARKS),
            modifier_2=rng.pick((None, None, None, "XU")),
            paid_amount=rng.pick(("27.63", "103.19", "0.00")),
            session_start_at=f"{day} {rng.pick((9, 10, 11)):02d}:{number}0" if knows_times else None,
        )
        if rng.chance(0.1):
            practice.void(billed)
    return practice


def expected(practice: Practice) -> Iterator[Answer]:
    """The findings of each person, day, clinician and payer."""
    days: dict[tuple[str | None, ...], list[Row]] = defaultdict(list)
    for line in current_lines(practice):
        days[line["payer_id"], line["member_id"], line["rendering_provider_npi"], line["date_of_service"]].append(line)
    for lines in days.values():
        yield from _therapies(practice, lines)
        yield from _edited(practice, lines)


def _therapies(practice: Practice, lines: list[Row]) -> Iterator[Answer]:
    found: dict[str, list[tuple[str, Row, Row, Row]]] = defaultdict(list)
    for one, other in permutations(lines, 2):
        kind = _kind(one, other)
        if kind is None:
            continue
        own = max(
            (policy_with_rank(practice, line) for line in (one, other)), key=lambda value: value[1]
        )  # the more specific row of the two codes; the first of them where both are alike
        seed, _ = seed_policy(practice, one, "distinct_mod_line")
        column_two = _column_two(one, other)
        # A payer that wants it on the family line may be satisfied where the national table is not (A9: Texas).
        is_table_satisfied = own[0] != "family_code" or not pairs_of(other, one) or _is_marked(one)
        verdict = verdict_of(
            own[0],
            _is_satisfied(own[0], one, other, column_two),
            _is_satisfied(seed, one, other, column_two) and is_table_satisfied,
        )
        if verdict is not None:
            check = {
                "group_individual": "distinct_modifier_on_wrong_line"
                if _is_marked(one) or _is_marked(other)
                else "missing_distinct_modifier",
                "group_family": "group_and_family_same_day",
                "individual_family": "individual_and_family_same_day",
            }[kind]
            found[check].append((verdict, one, other, column_two))
    for check, pairs in found.items():
        amounts: dict[str, Decimal] = defaultdict(Decimal)
        for verdict, one, other, column_two in pairs:
            for line in (one, other):
                counts = line is column_two and verdict != "violates_seed_only"
                amounts[name_of(line)] = max(amounts[name_of(line)], at_risk(line) if counts else Decimal(0))
        verdicts = {verdict for verdict, *_ in pairs}
        gravest = next(v for v in ("violates_payer", "no_policy", "violates_seed_only") if v in verdicts)
        direction = "underpayment" if check == "distinct_modifier_on_wrong_line" else "overpayment"
        yield answer(check, amounts, gravest, "C1", direction, sum(amounts.values(), Decimal(0)))


def policy_with_rank(practice: Practice, line: Row) -> tuple[str | None, int]:
    """The payer's word on a code, and how specific it is: a row that names the code goes before one that does not."""
    value, row_id = policy(practice, line, "distinct_mod_line")
    if value is None:
        return None, 0
    rows = [*practice.rows("payer_policy"), *table("payer_policy")]
    row = next(row for row in rows if row["policy_id"] == row_id)
    return value, (30 if row["payer_id"] else 20 if row.get("state") else 10) + (2 if row.get("procedure_code") else 0)


def _kind(one: Row, other: Row) -> str | None:
    first, second = class_of(str(one["procedure_code"])), class_of(str(other["procedure_code"]))
    if first in (GROUP, MULTI_FAMILY) and second in (INDIVIDUAL, ADD_ON):
        return "group_individual"
    if first == GROUP and second in (FAMILY, MULTI_FAMILY):
        return "group_family"
    if first in (INDIVIDUAL, ADD_ON) and second == FAMILY:
        return "individual_family"
    return None


def _is_marked(line: Row) -> bool:
    return bool(modifiers(line) & DISTINCT)


def _is_satisfied(wanted: str | None, one: Row, other: Row, column_two: Row) -> bool:
    either = _is_marked(one) or _is_marked(other)
    start, end = one.get("session_start_at"), other.get("session_start_at")
    if wanted == "none":
        return True
    if wanted == "group_code" and class_of(str(one["procedure_code"])) in (GROUP, MULTI_FAMILY):
        return _is_marked(one)
    if wanted == "ncci_column2":
        return _is_marked(column_two)
    if wanted == "family_code" and class_of(str(other["procedure_code"])) in (FAMILY, MULTI_FAMILY):
        return _is_marked(other)
    if wanted == "second_session" and start and end and start != end:
        return _is_marked(one if start > end else other)
    return either


def pairs_of(line: Row, other: Row) -> list[dict[str, str]]:
    day = date.fromisoformat(str(line["date_of_service"]))
    return [
        row
        for row in table("ncci_pair")
        if row["column_one_code"] == line["procedure_code"]
        and row["column_two_code"] == other["procedure_code"]
        and (not row["eff_from"] or date.fromisoformat(row["eff_from"]) <= day)
        and (not row["eff_to"] or date.fromisoformat(row["eff_to"]) >= day)
    ]


def _column_two(one: Row, other: Row) -> Row:
    """Which of the two the national table does not pay: the group until 2014-09-30, the other one since (A0 row 2)."""
    if pairs_of(other, one):
        return one
    return other


def _edited(practice: Practice, lines: list[Row]) -> Iterator[Answer]:
    never: dict[str, Decimal] = {}
    unmarked: dict[str, Decimal] = {}
    rules: list[str | None] = []
    for one, two in permutations(lines, 2):
        rule, _ = policy(practice, two, "ncci_edits")
        if class_of(str(two["procedure_code"])) == "other":
            rule, _ = policy(practice, one, "ncci_edits")
        if rule == "ignore" or (is_denied(one) and is_denied(two)):
            continue
        for pair in pairs_of(one, two):
            codes = class_of(str(one["procedure_code"])), class_of(str(two["procedure_code"]))
            if pair["modifier_indicator"] == "0":
                found = never
            elif (
                codes == (GROUP, VISIT)
                and not _is_marked(one)
                and not _is_marked(two)
                and "25" not in modifiers(two)
                and not any(class_of(str(x["procedure_code"])) == ADD_ON and _is_marked(x) for x in lines)
            ):
                found = unmarked
            else:
                continue
            rules.append(rule)
            found.setdefault(name_of(one), Decimal(0))
            # Where the first was denied, the second is what was paid alone.
            amount = Decimal(0) if is_denied(one) else at_risk(two)
            found[name_of(two)] = max(found.get(name_of(two), Decimal(0)), amount)
    for check, amounts in (("codes_never_together", never), ("visit_with_group_without_modifier", unmarked)):
        if amounts:
            verdict = "violates_payer" if "apply" in rules else "no_policy"
            yield answer(check, amounts, verdict, "C1", "overpayment", sum(amounts.values(), Decimal(0)))
