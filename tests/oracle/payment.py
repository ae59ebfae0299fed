"""R46, R47 and R48 in plain Python: what was denied, paid too little or paid at another rate (A4, A5, A6)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from tests.checks.case_tables import AUDIT_DATE
from tests.oracle.answers import Answer, answer
from tests.oracle.facts import cents, current_lines, modifiers, name_of, policy, table
from tests.oracle.practice import Draw, Practice, Row

CHECKS = ("denied_but_correctable", "underpaid", "group_paid_at_other_rate")
NATIONAL = {"90853": ("27.63", "23.97"), "90849": ("37.61", "29.29"), "90847": ("102.19", "101.53")}
SOCIAL_WORKER, PSYCHOLOGIST = "1041C0700X", "103TC0700X"
ZERO = Decimal(0)
NARROW: dict[str, object] = {"modifier_code": "HQ", "place_of_service_code": "22", "taxonomy_code": PSYCHOLOGIST}
DENIALS = ("97", "16", "197", "96", "18", "29", "999")
SHARES = (("1", Decimal("10.00")), ("253", Decimal("0.40")))
REMARKS = (None, None, "N20", "N115", "N362", "M1")
ANSWERS = (("deny",), ("deny",), ("pay",), ("deny", "pay"), ("pay", "reverse", "deny"), ("deny", "deny"), ())
PAYMENT_DAYS = ("2025-03-20", "2025-04-20", "2025-05-20")


def draw(rng: Draw) -> Practice:
    """A few lines with what an export says of them, or with remittances that answer them."""
    practice = Practice()
    program = rng.pick(("commercial", "medicare", "medicaid", None))
    practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan", "program": program})
    if rng.chance(0.5):
        draw_answers(rng, practice)
        return practice
    for _ in range(rng.randint(0, 3)):
        practice.add(
            "contract_fee",
            {"payer_id": "OURPLAN"},
            procedure_code=rng.pick(("90853", "90853", "90849", "90847")),
            fee_amount=rng.pick(("50.00", "50.00", "100.00", "49.00")),
            **rng.pick(({}, {}, {}, *({name: value} for name, value in NARROW.items()), NARROW)),
            eff_from=rng.pick((None, "2025-03-04", "2025-03-05", "2025-01-01")),
            eff_to=rng.pick((None, None, "2025-03-04", "2025-03-03")),
        )
    for _ in range(rng.randint(1, 5)):
        # Around half a dollar, one per cent, and half as much again.
        allowed = rng.pick(
            (
                "49.50",
                "49.49",
                "50.00",
                "75.00",
                "75.01",
                "99.00",
                "98.99",
                "41.44",
                "41.45",
                "31.08",
                "31.09",
                "200.00",
            )
        )
        paid = rng.pick((allowed, allowed, "20.00", "0.00", None))
        line = practice.bill(
            payer_id=rng.pick(("OURPLAN", "OURPLAN", "MEDICARE")),
            procedure_code=rng.pick(("90853", "90853", "90853", "90849", "90847")),
            place_of_service_code=rng.pick(("11", "11", "22")),
            rendering_taxonomy_code=rng.pick((None, SOCIAL_WORKER, PSYCHOLOGIST)),
            modifier_1=rng.pick((None, None, "HQ")),
            service_units=rng.pick(("1", "1", "1", "2")),
            charge_amount=rng.pick(("200.00", "250.00", allowed)),
            # A plan that refuses a line allows nothing of it.
            allowed_amount=None if paid is not None and rng.chance(0.15) else "0.00" if paid == "0.00" else allowed,
            paid_amount=paid,
        )
        if rng.chance(0.1):
            practice.void(line)
    return practice


def draw_answers(rng: Draw, practice: Practice) -> None:
    """Claims of one line with one to three answers: denied, paid, or paid, taken back and denied."""
    has_limit = rng.chance(0.5)
    if has_limit:
        practice.rule("OURPLAN", "timely_filing", rng.pick(("117", "118", "365")))
        if rng.chance(0.5):
            practice.rule("OURPLAN", "replacement_filing", rng.pick(("71", "72", "101", "102")))
    if rng.chance(0.5):
        practice.add("contract_fee", {"payer_id": "OURPLAN", "procedure_code": "90853", "fee_amount": "50.00"})
    for day in PAYMENT_DAYS:
        practice.add("remittance", {"payment_date": day, "payment_amount": "0.00"})
    for _ in range(rng.randint(1, 4)):
        line = practice.bill(charge_amount=rng.pick(("60.00", "60.00", "20.00")), paid_amount=None)
        kinds = rng.pick(ANSWERS)
        for place, kind in enumerate(kinds):
            sign = "-" if kind == "reverse" else ""
            number = len(practice.rows("remittance_line"))
            practice.add(
                "remittance_line",
                {
                    "remittance": str(place),
                    "patient_control_number": line["patient_control_number"],
                    "claim_status_code": {"pay": "1", "reverse": "22", "deny": "4"}[kind],
                    "procedure_code": "90853",
                    "date_of_service": line["date_of_service"],
                    "charge_amount": f"{sign}{line['charge_amount']}",
                    "paid_amount": "0.00" if kind == "deny" else f"{sign}20.00",
                },
                remark_codes=rng.pick(REMARKS) if kind == "deny" else None,
            )
            for place_of_reason, (reason, amount) in enumerate(
                _reasons(rng, line, kind, is_last=place + 1 == len(kinds)), 1
            ):
                practice.add(
                    "remittance_adjustment",
                    {"level_code": "line", "group_code": "PR" if reason == "1" else "CO"},
                    remittance_line_id=number,
                    adjustment_number=place_of_reason,
                    adjustment_reason_code=reason,
                    adjustment_amount=f"{sign}{amount}",
                )
        if rng.chance(0.1):
            practice.void(line)


def _reasons(rng: Draw, line: Row, kind: str, *, is_last: bool) -> list[tuple[str, Decimal]]:
    """Why the payer did not pay all of the charge; what was taken back had the one reason that it was paid with."""
    charge = Decimal(str(line["charge_amount"]))
    if kind == "deny":
        if is_last and rng.chance(0.1):
            return [(rng.pick(("1", "45")), charge)]
        reasons = rng.some(DENIALS, 1, 2)
        if "999" in reasons or len(reasons) == 1:
            return [
                ("999" if "999" in reasons else reasons[0], charge)
            ]  # of two, what the unknown one wants is not told
        return [(reasons[0], Decimal(10)), (reasons[1], charge - 10)]
    took = [(reason, amount) for reason, amount in SHARES if kind == "pay" and is_last and rng.chance(0.3)]
    rest = charge - 20 - sum(amount for _, amount in took)
    if rest <= 0:
        return [("45", charge - 20)] if charge > 20 else []
    return [*took, ("45", rest)]


@dataclass(frozen=True)
class Money:
    """What the payer said of a line; None where it said nothing."""

    paid: Decimal | None
    allowed: Decimal | None
    patient: Decimal = ZERO
    reduction: Decimal = ZERO


def expected(practice: Practice) -> Iterator[Answer]:
    """The findings of each line."""
    for line in current_lines(practice):
        answers = [
            (number, row)
            for number, row in enumerate(practice.rows("remittance_line"))
            if row["patient_control_number"] == line["patient_control_number"]
        ]
        money = _remitted(practice, answers) if answers else _exported(line)
        is_refused = bool(answers) and money.paid == ZERO and _denial(practice, *answers[-1]) is not None
        if is_refused:
            yield from _denied(practice, line, answers[-1])
        elif money.allowed:
            yield from _underpaid(practice, line, money)
        if not is_refused:
            yield from _other_rate(practice, line, money)


def _exported(line: Row) -> Money:
    paid, allowed = (
        None if line.get(name) is None else Decimal(str(line[name])) for name in ("paid_amount", "allowed_amount")
    )
    patient = allowed - paid if allowed is not None and paid is not None else ZERO
    return Money(paid, allowed, patient)


def _adjustments(practice: Practice, number: int) -> list[Row]:
    return [row for row in practice.rows("remittance_adjustment") if row["remittance_line_id"] == str(number)]


def _remitted(practice: Practice, answers: list[tuple[int, Row]]) -> Money:
    """Sums over payments and reversals; what the plan allows is what it paid, left to the patient and withheld."""
    paid = sum((Decimal(str(row["paid_amount"])) for _, row in answers), ZERO)
    rows = [row for number, _ in answers for row in _adjustments(practice, number)]
    patient, withheld = (
        sum((Decimal(str(row["adjustment_amount"])) for row in rows if row["adjustment_reason_code"] == reason), ZERO)
        for reason in ("1", "253")
    )
    return Money(paid, paid + patient + withheld, patient, withheld)


def _denial(practice: Practice, number: int, row: Row) -> tuple[int, str] | None:
    """How likely the answer is overturned, in percent, and how; None if it is no denial."""
    rules = {(rule["code_kind"], rule["reason_code"]): rule for rule in table("denial_rule")}
    remark = rules.get(("rarc", str(row.get("remark_codes"))))
    found: list[tuple[int, str]] = []
    for adjustment in _adjustments(practice, number):
        reason = adjustment["adjustment_reason_code"]
        rule = rules.get(("carc", str(reason)))
        if rule is not None and rule["class_code"] != "denial":
            continue
        # A reason that is not known, or only asks for more, takes its remedy from the remark.
        if remark is not None and (rule is None or reason == "16"):
            rule = remark
        if rule is not None:
            found.append((int(rule["win_percent"]), rule["remedy_code"]))
    # Every reason has to be cured; of two that are won as seldom, the one without a cure decides.
    return min(found, key=lambda one: (one[0], one[1] != "write_off", one[1]), default=None)


def _denied(practice: Practice, line: Row, last: tuple[int, Row]) -> Iterator[Answer]:
    denial = _denial(practice, *last)
    assert denial is not None
    percent, remedy = denial
    filing, _ = policy(practice, line, "timely_filing")
    correction, _ = policy(practice, line, "replacement_filing")
    start = date.fromisoformat(
        str(line["date_of_service"]) if correction is None else PAYMENT_DAYS[int(str(last[1]["remittance"]))]
    )
    limit = correction or filing
    days = 365 if limit == "1 year" else int(limit or 0)
    is_late = (
        limit is not None
        and remedy != "appeal"  # which has a clock that no policy tells
        and start + timedelta(days=days) < date.fromisoformat(AUDIT_DATE)
    )
    worth = min(_fee(practice, line)[0] * Decimal(str(line["service_units"])), Decimal(str(line["charge_amount"])))
    exposure = ZERO if is_late else cents(worth * percent / 100)
    yield answer("denied_but_correctable", [name_of(line)], "no_policy", "C1", "underpayment", exposure)


def _underpaid(practice: Practice, line: Row, money: Money) -> Iterator[Answer]:
    fee, is_contract = _fee(practice, line)
    if not is_contract or money.allowed is None:
        return
    contract = min(fee * Decimal(str(line["service_units"])), Decimal(str(line["charge_amount"])))
    if contract - money.allowed > max(Decimal("0.50"), contract / 100):
        # Without a payment, what the plan allows is not in dispute.
        paid = money.allowed if money.paid is None else money.paid
        owed = max(contract - money.patient - paid - money.reduction, ZERO)
        yield answer("underpaid", [name_of(line)], "no_policy", "C1", "underpayment", owed)


def _other_rate(practice: Practice, line: Row, money: Money) -> Iterator[Answer]:
    """More than half as much again as the fee; the share above the fee of what was paid goes back."""
    allowed = money.paid if money.allowed is None else money.allowed
    if line["procedure_code"] not in ("90853", "90849") or not allowed:
        return
    fee, is_contract = _fee(practice, line)
    schedule = fee * Decimal(str(line["service_units"]))
    if allowed > schedule * 3 / 2:
        is_sure = is_contract or _program(practice, line) in ("medicare", "medicaid", "tricare")
        paid = allowed if money.paid is None else money.paid
        # The share of the fee is rounded, as a line is that is told under another code.
        exposure = paid - cents(schedule * paid / allowed)
        certainty, direction = ("C1", "overpayment") if is_sure else ("C4", "lead")
        yield answer("group_paid_at_other_rate", [name_of(line)], "no_policy", certainty, direction, exposure)


def _program(practice: Practice, line: Row) -> str | None:
    payers: Iterable[Row] = [*practice.rows("payer"), *map(dict, table("payer"))]
    programs: dict[object, str | None] = {row["payer_id"]: row["program"] for row in reversed(list(payers))}
    return programs[line["payer_id"]]


def _fee(practice: Practice, line: Row) -> tuple[Decimal, bool]:
    """What a unit is worth by the contract, else by the national fee; and whether a contract says so."""
    share = (
        Decimal("0.75")
        if _program(practice, line) == "medicare" and line.get("rendering_taxonomy_code") == SOCIAL_WORKER
        else Decimal(1)
    )
    rows = [
        row
        for row in practice.rows("contract_fee")
        if row["payer_id"] == line["payer_id"]
        and row["procedure_code"] == line["procedure_code"]
        and (row.get("modifier_code") or "") in {"", *modifiers(line)}
        and row.get("place_of_service_code") in (None, line["place_of_service_code"])
        and row.get("taxonomy_code") in (None, line.get("rendering_taxonomy_code"))
        and (row.get("eff_from") or "") <= str(line["date_of_service"]) <= (row.get("eff_to") or "9")
    ]
    if not rows:
        is_facility = line["place_of_service_code"] == "22"
        return cents(Decimal(NATIONAL[str(line["procedure_code"])][is_facility]) * share), False
    best = max(
        rows,
        key=lambda row: (
            row.get("modifier_code") is not None,
            row.get("taxonomy_code") is not None,
            row.get("place_of_service_code") is not None,
            row.get("eff_from") or "",
            -Decimal(str(row["fee_amount"])),
        ),
    )
    return cents(Decimal(str(best["fee_amount"])) * (1 if best.get("taxonomy_code") else share)), True
