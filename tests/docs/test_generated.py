"""The generated tables of the docs say what the code says."""

from __future__ import annotations

import re

import pytest

from checks.schemas.payer_policy import RULE_MEANINGS, RULE_VALUES
from claims_audit.project import ROOT
from tests.docs.check_pages import FOLDER, check_pages
from tests.docs.generated import DOCS, PART, PARTS, written_anew
from tests.docs.pages import rows_of


@pytest.mark.parametrize("name", DOCS)
def test_generated_part_is_current(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert text == written_anew(text), "call `make docs`"


def test_pages_of_the_checks_are_current() -> None:
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    assert there == check_pages(), "call `make docs`"


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


def test_every_rule_key_has_a_meaning() -> None:
    assert RULE_MEANINGS.keys() == RULE_VALUES.keys()
