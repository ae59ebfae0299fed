"""R49 in plain Python: claims sent again as originals, and corrections that name no original (A2, A4)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from tests.oracle.answers import Answer, answer
from tests.oracle.facts import name_of
from tests.oracle.practice import Draw, Practice, Row

CHECKS = ("broken_claim_lifecycle",)


def draw(rng: Draw) -> Practice:
    """A few claims of different days: alone, sent again, replaced and maybe sent again, known by a replacement only."""
    practice = Practice()
    for number in range(rng.randint(1, 3)):
        first: Row = {
            "patient_control_number": f"C{number}",
            "claim_id": f"C{number}-first",
            "date_of_service": f"2025-03-{10 + number}",
            "received_date": "2025-03-20",
            "payer_claim_control_number": f"ICN{number}" if rng.chance(0.7) else None,
        }
        kind = rng.pick(("alone", "again", "replaced", "orphan"))
        paid = rng.pick((None, "0.00", "27.63", "40.25"))
        if kind != "orphan":
            practice.bill(**first, charge_amount="60.00", paid_amount=paid)
        later = first | {"claim_id": f"C{number}-later", "received_date": rng.pick(("2025-03-19", "2025-04-20"))}
        if kind == "again":
            later["payer_claim_control_number"] = None
            practice.bill(**later, charge_amount="65.00", paid_amount=rng.pick((None, "0.00", "30.00")))
        elif kind in ("replaced", "orphan"):
            named = rng.pick((None, f"ICN{number}" if first["payer_claim_control_number"] else None))
            later |= {"payer_claim_control_number": named, "received_date": "2025-04-20"}
            paid = rng.pick((None, "0.00", "30.00"))
            practice.bill(**later, charge_amount="65.00", paid_amount=paid, claim_frequency_code="7")
            if kind == "replaced" and rng.chance(0.3):
                once_more = later | {"claim_id": f"C{number}-more", "received_date": "2025-05-20"}
                once_more["payer_claim_control_number"] = None
                practice.bill(**once_more, charge_amount="70.00", paid_amount=rng.pick((None, "40.25")))
    return practice


def expected(practice: Practice) -> Iterator[Answer]:
    """Repetitions of what was decided on, corrections without a number, and those whose original nobody has seen."""
    lines = practice.rows("claim_line")
    tells_numbers = any(
        line["claim_frequency_code"] == "7" and line.get("payer_claim_control_number") for line in lines
    ) or any(line.get("payer_claim_control_number") for line in lines)
    for line in lines:
        others = [
            other
            for other in lines
            if other is not line and other["patient_control_number"] == line["patient_control_number"]
        ]
        before = [other for other in others if str(other["received_date"]) < str(line["received_date"])]
        if line["claim_frequency_code"] == "7":
            if not line.get("payer_claim_control_number"):
                if tells_numbers:
                    yield _defect(line)
            elif not before:
                # The original may be older than what was loaded.
                yield _defect(line, "C4")
        elif not _is_replaced(line, others):
            decided = [
                Decimal(str(other["paid_amount"]))
                for other in before
                if other.get("paid_amount") is not None and not _is_replaced(other, others)
            ]
            if decided:
                twice = min(max(decided), Decimal(str(line.get("paid_amount") or 0)))
                yield _defect(line, "C1", "overpayment", twice) if twice > 0 else _defect(line)


def _is_replaced(line: Row, others: list[Row]) -> bool:
    return line["claim_frequency_code"] == "1" and any(
        other["claim_frequency_code"] == "7" and str(other["received_date"]) > str(line["received_date"])
        for other in others
    )


def _defect(line: Row, certainty: str = "C1", direction: str = "documentation", dollars: Decimal | int = 0) -> Answer:
    return answer("broken_claim_lifecycle", [name_of(line)], "no_policy", certainty, direction, dollars)
