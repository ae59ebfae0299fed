"""A page for each check, out of its header and its cases: `make docs` writes, test_generated.py holds them current."""

from __future__ import annotations

import re
import tomllib
from typing import Any, Final

from checks.schemas.payer_policy import RULE_VALUES
from claims_audit.checking.catalog import Catalog, read_catalog
from claims_audit.checking.query_file import PACKS, CheckFile
from claims_audit.project import ROOT, SQL

FOLDER: Final = ROOT / "docs" / "checks"
_EXAMPLES: Final = 3  # of a kind
# What stands in a table of the warehouse, in the words of whoever delivers it.
_INPUTS: Final = {
    "claim_line": "claims",
    "attendance": "attendance",
    "remittance_line": "remittances",
    "payer_policy": "policies of payers",
    "ncci_pair": "NCCI pairs",
    "ncci_mue": "medically unlikely edits",
    "ncci_add_on": "add-on code edits",
    "fee": "the national fee schedule",
    "contract_fee": "contract fee schedules",
    "diagnosis_code": "ICD-10 codes",
    "provider_enrolment": "the list of providers",
    "coverage_span": "eligibility",
    "service_authorization": "authorizations",
    "provider_statistic": "statistics of clinicians",
}


def check_pages() -> dict[str, str]:
    """Text by file name: one page a check, and the list of them."""
    catalog = read_catalog()
    pages = {f"{check.check_id}.md": _page(catalog, check) for check in catalog.checks}
    return pages | {"README.md": _list(catalog)}


def write_check_pages() -> None:
    """Writes every page, and removes those of checks that are gone."""
    FOLDER.mkdir(exist_ok=True)
    pages = check_pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


def _list(catalog: Catalog) -> str:
    parts = ["# Checks\n\nEvery question of the audit. `audit.toml` chooses them by pack; `core` is the default.\n"]
    for pack in PACKS:
        rows = sorted((check.rule, check) for check in catalog.checks if check.pack == pack)
        if rows:
            parts.append(f"\n## {pack}\n\n| rule | check | what was found | severity |\n| --- | --- | --- | --- |\n")
            parts += [
                f"| {rule} | [`{check.check_id}`]({check.check_id}.md) | {check.title} | {check.severity} |\n"
                for rule, check in rows
            ]
    return "".join(parts)


def _page(catalog: Catalog, check: CheckFile) -> str:
    inputs = sorted(_INPUTS[table] for table in _tables_behind(catalog, check) if table in _INPUTS)
    parts = [
        f"# {check.title}\n",
        f"`{check.check_id}`, rule {check.rule}, pack {check.pack}, severity {check.severity}, {check.direction}.\n",
        "## What it asks, and why\n",
        f"{check.rationale}\n",
        f"A finding says: {_sentence(check)}\n",
        "## What to do\n",
        f"{check.action}\n",
        "## What it reads\n",
        f"{_joined(inputs)}."[0].upper() + f"{_joined(inputs)}."[1:] + "\n",
    ]
    if check.checkable:
        parts.append(f"A line counts as not judged, and never as clear, where {_clause(check.lacking)}.\n")
    parts.append("## Parameters\n")
    parts.append(_parameters(catalog, check))
    parts.append("## False-positive traps\n")
    parts.append("".join(f"- {trap}\n" for trap in check.traps))
    parts.append("## Examples\n")
    parts += _examples(check)
    parts.append("## Source\n")
    parts.append(f"{check.reference}.\n" if not check.reference.endswith(".") else f"{check.reference}\n")
    return "\n".join(parts)


def _sentence(check: CheckFile) -> str:
    if check.finding.strip("{}") in check.columns:
        return "what was counted, and what the limit is."
    return f"\u201c{check.finding.replace('{', '').replace('}', '')}\u201d, with the values of those columns."


def _clause(lacking: str) -> str:
    return f"this is so: {lacking}"


def _parameters(catalog: Catalog, check: CheckFile) -> str:
    keys = _policy_keys(catalog, check)
    told = ""
    if check.params:
        told += "| threshold | default |\n| --- | --- |\n"
        told += "".join(f"| `{name}` | {value} |\n" for name, value in check.params.items())
        told += f"\nChanged in `audit.toml` under `[thresholds.{check.check_id}]`.\n"
    if keys:
        told += (
            "\n" if told else ""
        ) + f"From the [policies](../policy.md): {', '.join(f'`{key}`' for key in keys)}.\n"
    return told or "None.\n"


def _policy_keys(catalog: Catalog, check: CheckFile) -> list[str]:
    """Parameters of policies that the check or one of the views that it reads at once names."""
    names = re.findall(r"[a-z_0-9]+", check.sql)
    first = [view for view in catalog.views if view.name in check.tables]
    near = set(check.tables).union(*(view.tables for view in first))
    views = {view.name: view.sql for view in catalog.views if view.name in near}

    def is_carried(key: str) -> bool:
        """A shared view carries more than one check needs: its column has to be named as the parameter is."""
        words = key.split("_")
        least = min(2, len(words))
        return any(sum(word in name.split("_") for word in words) >= least for name in names)

    found = []
    for key in RULE_VALUES:
        carrying = [sql for sql in views.values() if f"'{key}'" in sql]
        single = any(sum(f"'{other}'" in sql for other in RULE_VALUES) == 1 for sql in carrying)
        if f"'{key}'" in check.sql or (carrying and (single or is_carried(key))):
            found.append(key)
    return found


def _tables_behind(catalog: Catalog, check: CheckFile) -> set[str]:
    views = {view.name: view for view in catalog.views}
    seen: set[str] = set()
    waiting = set(check.tables)
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if name in views:
            waiting |= views[name].tables - seen
    return seen


def _examples(check: CheckFile) -> list[str]:
    path = SQL / "checks" / check.family / f"{check.check_id}.cases.toml"
    content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=str)
    cases = content["case"]
    common = {table: values for table, values in content["defaults"].items() if table != "audit_setting"}
    parts = [f"What an example does not show is alike in all of them: {_common(common)}.\n"]
    for title, kinds, wanted in (
        ("A finding", ("hit", "policy", "null"), True),
        ("No finding", ("near_miss", "trap", "reversed", "null", "policy"), False),
    ):
        chosen = [case for kind in kinds for case in cases if case["kind"] == kind and ("findings" in case) == wanted]
        for case in chosen[: _EXAMPLES + (not wanted)]:
            parts.append(f"### {title}: {case['name']}\n")
            parts += [
                f"{table}:\n\n{_as_markdown(text)}"
                for table, text in case.items()
                if table not in ("name", "kind") and isinstance(text, str)
            ]
    return parts


def _common(tables: dict[str, dict[str, Any]]) -> str:
    line = tables.get("claim_line", {})
    shown = ("payer_id", "date_of_service", "procedure_code", "place_of_service_code", "charge_amount", "paid_amount")
    return (
        ", ".join(f"{name} {line[name]}" for name in shown if line.get(name) not in (None, "")) or "see the case file"
    )


def _as_markdown(text: str) -> str:
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    if not lines:
        return ""
    rows = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _joined(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
