"""R20 and R22 in plain Python: the same service or unit more than once (A1, A4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from tests.oracle.answers import Answer, answer
from tests.oracle.facts import (
    at_risk,
    class_of,
    current_lines,
    is_denied,
    modifiers,
    name_of,
    policy,
    setting_of,
    table,
)
from tests.oracle.practice import CLINICIANS, Draw, Practice, Row

CHECKS = ("exact_duplicate_line", "units_over_limit")


def draw(rng: Draw) -> Practice:
    """Up to five lines of one or two people on a day, most of them alike."""
    practice = Practice()
    if rng.chance(0.4):
        practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan"})
        practice.rule("OURPLAN", "ncci_edits", rng.pick(("apply", "ignore")))
    code = rng.pick(("90853", "90847", "90834", "90785", "90839", "G0410", "99999"))
    place = rng.pick(("11", "11", "22"))
    for _ in range(rng.randint(1, 5)):
        billed = practice.bill(
            patient_control_number=f"C{len(practice.rows('claim_line')) + 1:03d}",
            procedure_code=code if rng.chance(0.9) else "90834",
            place_of_service_code=place,
            payer_id=rng.pick(("OURPLAN", "OURPLAN", "MEDICARE")),
            member_id=rng.pick(("M1", "M1", "M1", "M2")),
            rendering_provider_npi=rng.pick((CLINICIANS[0], CLINICIANS[0], CLINICIANS[1])),
            service_units=rng.pick(("1", "1", "1", "2", "4")),
            modifier_1=rng.pick((None, None, "59", "76")),
            paid_amount=rng.pick(("27.63", "40.25", "0.00")),
            received_date=rng.pick(("2025-03-05", "2025-03-06", None)),
        )
        if rng.chance(0.1):
            practice.void(billed)
    return practice


def expected(practice: Practice) -> Iterator[Answer]:
    """Services that were billed again, and days with more units than the national limit."""
    yield from _repeated(practice)
    yield from _units(practice)


def _repeated(practice: Practice) -> Iterator[Answer]:
    alike: dict[tuple[object, ...], list[tuple[int, Row]]] = defaultdict(list)
    for place, line in enumerate(current_lines(practice)):
        names = ("payer_id", "member_id", "rendering_provider_npi", "date_of_service", "procedure_code")
        key = (*(line[name] for name in names), *sorted(modifiers(line)), line["service_units"], line["charge_amount"])
        alike[key].append((place, line))
    for lines in alike.values():
        if len(lines) > 1:
            # What was paid first is the service; the day of receipt is the day of the service where it is not told.
            ordered = sorted(
                lines,
                key=lambda entry: (
                    at_risk(entry[1]) == 0,
                    entry[1].get("received_date") or entry[1]["date_of_service"],
                    entry[0],
                ),
            )
            extra = sum((at_risk(line) for _, line in ordered[1:]), Decimal(0))
            yield answer(
                "exact_duplicate_line", (name_of(line) for _, line in lines), "no_policy", "C1", "overpayment", extra
            )


def _units(practice: Practice) -> Iterator[Answer]:
    days: dict[tuple[object, ...], list[Row]] = defaultdict(list)
    for line in current_lines(practice):
        names = ("payer_id", "member_id", "rendering_provider_npi", "date_of_service", "procedure_code")
        is_hospital = setting_of(str(line["place_of_service_code"])) == "outpatient_hospital"
        days[(*(line[name] for name in names), is_hospital)].append(line)
    for (*_, code, is_hospital), lines in days.items():
        kind = "outpatient-hospital" if is_hospital else "practitioner"
        row = next(
            (
                row
                for row in table("ncci_mue")
                if row["edition_id"] == f"shipped-ncci-mue-{kind}" and row["procedure_code"] == code
            ),
            None,
        )
        rule, _ = policy(practice, lines[0], "ncci_edits")
        if row is None or rule == "ignore" or class_of(str(code)) == "other":
            continue
        limit, units = int(row["mue_units"]), sum(int(str(line["service_units"])) for line in lines)
        if units <= limit:
            continue
        paid_lines = [line for line in lines if not is_denied(line)]
        paid_units = sum(int(str(line["service_units"])) for line in paid_lines)
        paid = sum((at_risk(line) for line in paid_lines), Decimal(0))
        excess = max(paid_units - limit, 0)
        # The share of the units over the limit, half a cent up over the lines together.
        share = (
            Decimal((int(paid * 100) * 2 * excess + paid_units) // (paid_units * 2)) / 100 if paid_units else Decimal(0)
        )
        yield answer(
            "units_over_limit",
            map(name_of, lines),
            "violates_payer" if rule == "apply" else "no_policy",
            "C1",
            "overpayment",
            share,
        )
