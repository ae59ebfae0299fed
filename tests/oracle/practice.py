"""Small made-up practices, drawn at random, over which the SQL and a plain reading of the rules are compared.

Few people, few days, few values: what must coincide for a finding then often does. Each family of checks has a module
that draws what it needs (`draw`) and says what must be found (`expected`), written from the rules and not from the SQL.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Row = dict[str, str | None]
Choice = TypeVar("Choice")

# Rows of every table that a practice may fill; what is shared by all lines unless a family draws otherwise.
LINE: Row = {
    "claim_frequency_code": "1",
    "claim_line_number": "1",
    "payer_id": "OURPLAN",
    "member_id": "M1",
    "billing_provider_npi": "1999999984",
    "rendering_provider_npi": "1234567893",
    "place_of_service_code": "11",
    "date_of_service": "2025-03-04",
    "procedure_code": "90853",
    "service_units": "1",
    "charge_amount": "150.00",
    "paid_amount": "27.63",
}
ATTENDANCE: Row = {
    "session_id": "S1",
    "session_start_at": "2025-03-04 10:00",
    "session_end_at": "2025-03-04 11:00",
    "member_id": "M1",
    "attendance_status": "attended",
    "facilitator_npis": "1234567893",
}
CLINICIANS = ("1234567893", "1245319599")


@dataclass
class Practice:
    """The rows that are delivered, as text by table and column."""

    data_view: str = "provider"
    tables: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: str, row: Row, **values: object) -> Row:
        """Adds a row with some of its values changed, and returns it."""
        made = row | {name: None if value is None else str(value) for name, value in values.items()}
        self.tables.setdefault(table, []).append(made)
        return made

    def bill(self, **values: object) -> Row:
        """Adds a claim line, on a claim of its own unless it is told."""
        number = f"C{len(self.rows('claim_line')) + 1:03d}"
        return self.add("claim_line", LINE | {"patient_control_number": number}, **values)

    def void(self, line: Row) -> None:
        """Takes a line's claim back: the same line again, with frequency 8."""
        self.add("claim_line", line, claim_frequency_code="8")

    def seat(self, **values: object) -> Row:
        """Adds a person at a session."""
        return self.add("attendance", ATTENDANCE, **values)

    def rule(self, payer_id: str, rule_key: str, rule_value: object, **values: object) -> Row:
        """Adds a policy row of a payer."""
        row: Row = {
            "policy_id": f"policy-{len(self.rows('payer_policy')) + 1}",
            "payer_id": payer_id,
            "rule_key": rule_key,
            "rule_value": str(rule_value),
            "source_title": "Provider manual",
            "source_kind": "official",
            "is_verified": "true",
        }
        return self.add("payer_policy", row, **values)

    def rows(self, table: str) -> list[Row]:
        """The rows of a table; none where nothing was drawn for it."""
        return self.tables.get(table, [])


class Draw(random.Random):
    """A generator with the few draws that practices are made of."""

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """One of them, all alike likely."""
        return choices[self.randrange(len(choices))]

    def chance(self, share: float) -> bool:
        """True in that share of draws."""
        return self.random() < share

    def some(self, choices: Sequence[Choice], least: int, most: int) -> list[Choice]:
        """Some of them, without repetition, in their order."""
        count = min(self.randint(least, most), len(choices))
        chosen = set(self.sample(range(len(choices)), count))
        return [choice for place, choice in enumerate(choices) if place in chosen]
