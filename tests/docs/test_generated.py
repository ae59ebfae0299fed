"""The generated tables of the docs say what the code says."""

from __future__ import annotations

import re

import pytest

from checks.schemas.payer_policy import RULE_VALUES
from claims_audit.project import ROOT, SQL
from tests.docs.generated import DOCS, PART, PARTS, written_anew
from tests.docs.pages import rows_of


@pytest.mark.parametrize("name", DOCS)
def test_generated_part_is_current(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text == written_anew(text), "call `make docs`"


def test_every_generated_part_has_its_place() -> None:
    placed = [found["name"] for name in DOCS for found in PART.finditer((ROOT / name).read_text(encoding="utf-8"))]
    assert sorted(placed) == sorted(PARTS)


def test_every_column_has_a_meaning() -> None:
    text = (ROOT / "docs" / "data_dictionary.md").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.endswith("|  |")] == []


def test_reasons_of_the_csv_reader_are_listed() -> None:
    source = (ROOT / "claims_audit" / "readers" / "tables" / "delimited.py").read_text(encoding="utf-8")
    codes = set(re.findall(r'\[\], \("(\w+)", |return cells, \("(\w+)", ', source))
    listed = {row[0].strip("`") for row in rows_of("docs/input_files.md", "reason code", "the line")}
    assert {one or other for one, other in codes} == listed


def test_policy_page_has_every_rule_key_with_its_values() -> None:
    rows = {row[0].strip("`"): row for row in rows_of("docs/policy.md", "rule key", "values")}
    assert rows.keys() == RULE_VALUES.keys()
    for key, pattern in RULE_VALUES.items():
        told = set(re.findall(r"`([^`]+)`", rows[key][1]))
        assert told == (set() if "{" in pattern else set(pattern.split("|"))), key


def test_policy_page_says_which_rule_keys_nobody_reads() -> None:
    queries = "".join(path.read_text(encoding="utf-8") for path in SQL.glob("[vc]*/**/*.sql"))
    for key, _, _, read_by in rows_of("docs/policy.md", "rule key", "values"):
        assert ("no check" in read_by) == (f"'{key.strip('`')}'" not in queries), key
