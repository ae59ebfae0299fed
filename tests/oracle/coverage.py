"""R40, R41, R44 and R45 in plain Python: who may treat, what is covered, when, and until when it is filed (A4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from tests.checks.case_tables import AUDIT_DATE
from tests.oracle.answers import Answer, answer
from tests.oracle.facts import at_risk, current_lines, is_denied, modifiers, name_of, policy
from tests.oracle.practice import CLINICIANS, Draw, Practice, Row

CHECKS = ("provider_not_eligible", "code_not_covered", "timely_filing", "coverage_or_authorization")
DAYS = ("2025-02-28", "2025-03-01", "2025-03-04", "2025-03-31", "2025-04-01")
STARTS, ENDS = ("2025-01-01", "2025-03-01", "2025-03-04"), (None, "2025-02-28", "2025-03-03", "2025-03-31")
AUTHORIZATIONS = ("AUTH1", "AUTH1", "AUTH2", None)
NATIONAL = {"90853": Decimal("27.63"), "90849": Decimal("37.61"), "90847": Decimal("102.19")}


def draw(rng: Draw) -> Practice:
    """A few lines, and the lists of clinicians, persons and authorizations that speak of some of them."""
    practice = Practice()
    practice.add("payer", {"payer_id": "OURPLAN", "payer_name": "Our Plan"})
    practice.add("payer", {"payer_id": "THEIRPLAN", "payer_name": "Their Plan"})
    for payer_id in ("OURPLAN", "THEIRPLAN"):
        if rng.chance(0.4):
            wanted = rng.pick(("covered", "not_covered", "auth_required", "unknown"))
            practice.rule(payer_id, "coverage", wanted, procedure_code=rng.pick((None, "90853", "90847")))
        if rng.chance(0.4):
            practice.rule(payer_id, "supervised_billing", rng.pick(("allowed", "barred")))
        if rng.chance(0.5):
            practice.rule(payer_id, "timely_filing", rng.pick(("90", "91", "118", "120", "121")))
    # A column that is empty all the way is no column: the first line names a supervisor and an authorization.
    practice.bill(
        payer_id="NOROW", member_id="M9", supervising_provider_npi=CLINICIANS[1], prior_authorization_number="AUTH1"
    )
    is_dated = rng.chance(0.5)
    for _ in range(rng.randint(1, 5)):
        day = date.fromisoformat(rng.pick(DAYS))
        line = practice.bill(
            date_of_service=day,
            received_date=rng.pick((None, *(day + timedelta(days=days) for days in (1, 90, 91, 92)))),
            payer_id=rng.pick(("OURPLAN", "OURPLAN", "THEIRPLAN", "MEDICARE")),
            member_id=rng.pick(("M1", "M1", "M2")),
            procedure_code=rng.pick(("90853", "90853", "90849", "90847")),
            rendering_provider_npi=rng.pick(CLINICIANS),
            supervising_provider_npi=rng.pick((None, CLINICIANS[1])),
            # Whether an authorization of other days is missed is told nowhere.
            prior_authorization_number=rng.pick(AUTHORIZATIONS[:3] if is_dated else AUTHORIZATIONS),
            modifier_1=rng.pick((None, None, None, "GY")),
            paid_amount=rng.pick(("27.63", "40.00", "0.00")),
        )
        if rng.chance(0.1):
            practice.void(line)
    _draw_lists(rng, practice, is_dated)
    return practice


def _draw_lists(rng: Draw, practice: Practice, is_dated: bool) -> None:
    for payer_id in ("OURPLAN", "THEIRPLAN"):
        for clinician in CLINICIANS:
            if rng.chance(0.4):
                practice.add(
                    "provider_enrolment",
                    {"rendering_provider_npi": clinician, "payer_id": payer_id},
                    enrolled_from=rng.pick((None, *STARTS)),
                    enrolled_to=rng.pick(ENDS),
                    is_supervisee=rng.pick((None, "true", "false")),
                )
            if rng.chance(0.15):
                practice.add(
                    "provider_enrolment",
                    {"rendering_provider_npi": clinician, "payer_id": rng.pick((None, payer_id))},
                    excluded_from=rng.pick(STARTS),
                    excluded_to=rng.pick(ENDS),
                )
        for member in ("M1", "M2"):
            for _ in range(rng.pick((0, 1, 1, 2))):
                practice.add(
                    "coverage_span",
                    {"member_id": member, "payer_id": payer_id},
                    coverage_from=rng.pick(STARTS),
                    coverage_to=rng.pick((None, *ENDS)),
                    coverage_order=rng.pick((None, 1, 1, 2, 3)),
                )
            if rng.chance(0.3):
                practice.add(
                    "service_authorization",
                    {"member_id": member, "payer_id": payer_id, "prior_authorization_number": "AUTH1"},
                    procedure_code=rng.pick((None, "90853")),
                    authorized_from=rng.pick(STARTS) if is_dated else "2025-01-01",
                    authorized_to=rng.pick(ENDS) if is_dated else None,
                )


def expected(practice: Practice) -> Iterator[Answer]:
    """The findings of each line, one of a check."""
    for line in current_lines(practice):
        amount = at_risk(line)
        found = (
            ("provider_not_eligible", _eligibility(practice, line)),
            ("code_not_covered", _coverage(practice, line)),
            ("coverage_or_authorization", _authorization(practice, line)),
        )
        for check_id, verdict in found:
            if verdict is not None:
                yield answer(check_id, [name_of(line)], verdict, "C1", "overpayment", amount)
        yield from _filing(practice, line)


def _holds(row: Row, line: Row, start: str, end: str) -> bool:
    return (row.get(start) or "") <= str(line["date_of_service"]) <= (row.get(end) or "9")


def _eligibility(practice: Practice, line: Row) -> str | None:
    rows = [row for row in practice.rows("provider_enrolment") if row["payer_id"] in (None, line["payer_id"])]
    own = [row for row in rows if row["rendering_provider_npi"] == line["rendering_provider_npi"]]
    if any(row.get("excluded_from") and _holds(row, line, "excluded_from", "excluded_to") for row in own):
        return "no_policy"
    # A list of excluded people enrols nobody. Where the payer's list has others, it tells of who is not in it.
    if all(row.get("excluded_from") for row in rows):
        return None
    in_force = [
        row for row in own if not row.get("excluded_from") and _holds(row, line, "enrolled_from", "enrolled_to")
    ]
    if not in_force:
        return "no_policy"
    if any(row["is_supervisee"] == "true" for row in in_force):
        if policy(practice, line, "supervised_billing")[0] == "barred":
            return "violates_payer"
        if line["supervising_provider_npi"] is None:
            return "no_policy"
    return None


def _coverage(practice: Practice, line: Row) -> str | None:
    value, _ = policy(practice, line, "coverage")
    if value == "not_covered" and not ("GY" in modifiers(line) and is_denied(line)):
        return "violates_payer"
    if value == "auth_required" and line["prior_authorization_number"] is None:
        return "violates_payer"
    return None


def _authorization(practice: Practice, line: Row) -> str | None:
    spans = [row for row in practice.rows("coverage_span") if row["member_id"] == line["member_id"]]
    own = [row for row in spans if row["payer_id"] == line["payer_id"]]
    granted = [
        row
        for row in practice.rows("service_authorization")
        if row["member_id"] == line["member_id"] and row["payer_id"] == line["payer_id"]
    ]
    in_force = [row for row in spans if _holds(row, line, "coverage_from", "coverage_to")]
    if not own:
        return None  # of whom no list tells
    if not any(row in in_force for row in own):
        return "no_policy"
    orders = [int(row["coverage_order"]) for row in in_force if row in own and row["coverage_order"]]
    billed = {
        other["payer_id"]
        for other in current_lines(practice)
        if all(other[name] == line[name] for name in ("member_id", "procedure_code", "date_of_service"))
    }
    if orders and any(
        row["coverage_order"] and int(row["coverage_order"]) < min(orders) and row["payer_id"] not in billed
        for row in in_force
    ):
        return "no_policy"
    number = line["prior_authorization_number"]
    fitting = [row for row in granted if row["procedure_code"] in (None, line["procedure_code"])]
    if number is not None:
        named = [row for row in fitting if row["prior_authorization_number"] == number]
        is_good = any(_holds(row, line, "authorized_from", "authorized_to") for row in named)
        # Of a code for which no authorization was given, no list tells that it wants one.
        return "no_policy" if fitting and not is_good else None
    if policy(practice, line, "coverage")[0] == "auth_required":
        return "violates_payer"
    return "no_policy" if fitting else None


def _filing(practice: Practice, line: Row) -> Iterator[Answer]:
    limit, _ = policy(practice, line, "timely_filing")
    if limit is None:
        return
    received = line.get("received_date")
    day, audited = date.fromisoformat(str(line["date_of_service"])), date.fromisoformat(AUDIT_DATE)
    last = day + timedelta(days=365 if limit == "1 year" else int(limit))
    worth = NATIONAL[str(line["procedure_code"])] if is_denied(line) else Decimal(0)
    if received is not None and date.fromisoformat(received) > last:
        yield answer("timely_filing", [name_of(line)], "violates_payer", "C1", "underpayment", worth)
    elif is_denied(line) and audited <= last <= audited + timedelta(days=30):
        yield answer("timely_filing", [name_of(line)], "violates_payer", "C1", "lead", worth)
