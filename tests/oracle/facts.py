"""What the rules say that all families share: which lines count, whose policy holds, what a line is worth."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from claims_audit.project import REFERENCE
from tests.oracle.practice import Practice, Row

CENT = Decimal("0.01")
DISTINCT = {"59", "XE", "XS", "XP", "XU"}


def name_of(line: Row) -> str:
    """`claim number:line`, by which answers name a line."""
    return f"{line['patient_control_number']}:{line['claim_line_number']}"


def current_lines(practice: Practice) -> list[Row]:
    """Lines of the versions that count: a void takes its claim away, a replacement takes its place (A2).

    Practices link versions by the claim's own number alone, and draw them in order.
    """
    last: dict[tuple[str | None, ...], str | None] = {}
    for line in practice.rows("claim_line"):
        last[_chain(line)] = line["claim_frequency_code"]
    return [
        line
        for line in practice.rows("claim_line")
        if line["claim_frequency_code"] == last[_chain(line)] and line["claim_frequency_code"] != "8"
    ]


def _chain(line: Row) -> tuple[str | None, ...]:
    return line["payer_id"], line["billing_provider_npi"], line["patient_control_number"]


def modifiers(line: Row) -> set[str]:
    """Those that stand on the line."""
    return {value for n in range(1, 5) if (value := line.get(f"modifier_{n}"))}


def is_denied(line: Row) -> bool:
    """Paid nothing; not known is not denied."""
    return line.get("paid_amount") is not None and Decimal(line["paid_amount"] or 0) <= 0


def at_risk(line: Row) -> Decimal:
    """Dollars that the line stands for: paid, else allowed. Families that leave both out price it themselves."""
    for name in ("paid_amount", "allowed_amount"):
        if line.get(name) is not None:
            return max(Decimal(str(line[name])), Decimal(0))
    raise AssertionError("draw a paid or an allowed amount")


def cents(amount: Decimal) -> Decimal:
    """Whole cents, half a cent up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """A shipped reference table."""
    with (REFERENCE / f"{name}.csv").open(newline="", encoding="utf-8") as stream:
        return tuple(csv.DictReader(stream))


@cache
def class_of(code: str) -> str:
    """The class of a procedure code; `other` if the audit does not know it."""
    return next((row["procedure_class"] for row in table("procedure_code") if row["procedure_code"] == code), "other")


@cache
def setting_of(place: str) -> str:
    """The setting of a place of service."""
    return next(
        (row["setting"] for row in table("place_of_service") if row["place_of_service_code"] == place), "office"
    )


def policy(practice: Practice, line: Row, rule_key: str, code: str | None = None) -> tuple[str | None, str | None]:
    """Value and row id of the payer's own rule for a line on its day; None if no row of the payer speaks of it.

    plan > payer > state program > national program; within a level a code, then a setting, is more specific (A0).
    """
    return _policy(practice, line, rule_key, code, is_seed=False)


def seed_policy(practice: Practice, line: Row, rule_key: str, code: str | None = None) -> tuple[str | None, str | None]:
    """The same of the default policy."""
    return _policy(practice, line, rule_key, code, is_seed=True)


def _policy(
    practice: Practice, line: Row, rule_key: str, code: str | None, *, is_seed: bool
) -> tuple[str | None, str | None]:
    payers: Iterable[Row] = [*practice.rows("payer"), *table("payer")]
    payer = next((row for row in payers if row["payer_id"] == line["payer_id"]), {})
    day = date.fromisoformat(str(line["date_of_service"]))
    best: tuple[int, str, str] | None = None
    for row in [*practice.rows("payer_policy"), *table("payer_policy")]:
        if row["rule_key"] != rule_key or (row["payer_id"] == "SEED") != is_seed:
            continue
        if row["payer_id"] and not is_seed and row["payer_id"] != line["payer_id"]:
            continue
        if any(row.get(name) and row[name] != payer.get(name) for name in ("program", "state", "product")):
            continue
        if row.get("procedure_code") and row["procedure_code"] != (code or line["procedure_code"]):
            continue
        if row.get("setting") and row["setting"] != setting_of(str(line["place_of_service_code"])):
            continue
        if row.get("eff_from") and day < date.fromisoformat(str(row["eff_from"])):
            continue
        if row.get("eff_to") and day > date.fromisoformat(str(row["eff_to"])):
            continue
        level = (
            40 if row["payer_id"] and row.get("product") else 30 if row["payer_id"] else 20 if row.get("state") else 10
        )
        rank = level + (2 if row.get("procedure_code") else 0) + (1 if row.get("setting") else 0)
        if best is None or rank > best[0]:
            best = (rank, str(row["rule_value"]), str(row["policy_id"]))
    return (best[1], best[2]) if best else (None, None)


def verdict_of(payer_value: str | None, keeps_payer: bool, keeps_seed: bool) -> str | None:
    """Whose rule is broken: the payer's, the default only, the default for want of a payer's, or none (A0)."""
    if payer_value is None:
        return None if keeps_seed else "no_policy"
    if not keeps_payer:
        return "violates_payer"
    return None if keeps_seed else "violates_seed_only"
