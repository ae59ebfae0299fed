"""Writes the settings and policies with which a sample is to be audited."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from claims_audit.sample_practice.practice import BLUE_HARBOR, LAST_AUDITED_DAY, SUMMIT

SETTINGS_NAME: Final = "audit.toml"
PACKS: Final = ("core", "ncci", "medicare", "telehealth", "integrity", "revenue", "documentation")

PAYER_COLUMNS: Final = ("payer_id", "payer_name", "program", "state", "product")
POLICY_COLUMNS: Final = (
    *("policy_id", "payer_id", "product", "state", "program", "setting", "procedure_code", "rule_key", "rule_value"),
    *("eff_from", "eff_to", "source_title", "source_url", "source_kind", "is_verified", "verified_on", "verified_by"),
)
SOURCE: Final = "A made-up contract of the sample"
# What the two made-up plans want: payer, code, parameter, value.
POLICIES: Final = (
    (BLUE_HARBOR, "", "timely_filing", "120"),
    (BLUE_HARBOR, "", "telehealth_place", "02|10"),
    (BLUE_HARBOR, "", "telehealth_modifier", "95"),
    (BLUE_HARBOR, "", "co_facilitator_fees", "1"),
    (BLUE_HARBOR, "90853", "max_visits_7_days", "3"),
    (SUMMIT, "", "telehealth_place", "02|10"),
    (SUMMIT, "", "telehealth_modifier", "95"),
    (SUMMIT, "", "supervised_billing", "barred"),
    (SUMMIT, "", "treatment_plan", "required"),
    (SUMMIT, "", "note_signed_days", "7"),
    (SUMMIT, "90785", "separately_paid", "false"),
    (SUMMIT, "90853", "max_size", "10"),
    (SUMMIT, "90853", "max_size_two_facilitators", "12"),
)


def write_settings(folder: Path) -> str:
    """Writes audit.toml, which turns all packs on, and returns its name."""
    packs = ", ".join(f'"{pack}"' for pack in PACKS)
    text = (
        "# Every check, with its own thresholds, on a day after the last delivery of the sample.\n"
        f"packs = [{packs}]\n"
        f"today = {LAST_AUDITED_DAY.isoformat()}\n"
    )
    (folder / SETTINGS_NAME).write_text(text, encoding="utf-8")
    return SETTINGS_NAME


def write_policies(folder: Path) -> tuple[str, ...]:
    """Writes what the made-up plans want, for <home>/policy, and returns the names of the files."""
    (folder / "policy").mkdir(exist_ok=True)
    names = "policy/payer.csv", "policy/payer_policy.csv"
    payers = [(payer.payer_id, payer.name.title(), "commercial", "CT", "") for payer in (BLUE_HARBOR, SUMMIT)]
    policies = [
        (
            f"{payer.payer_id.lower()}-{'-'.join(filter(None, (code, key.replace('_', '-'))))}",
            *(payer.payer_id, "", "", "", "", code, key, value, "", ""),
            *(SOURCE, "", "general_knowledge", "false", "", ""),
        )
        for payer, code, key, value in POLICIES
    ]
    for name, columns, rows in ((names[0], PAYER_COLUMNS, payers), (names[1], POLICY_COLUMNS, policies)):
        with (folder / name).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)
    return names
