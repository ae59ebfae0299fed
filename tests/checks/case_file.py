"""Reads the `*.cases.toml` beside checks and views: given rows and expected rows, as pipe tables under a sentence."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SQL = Path(__file__).parents[2] / "sql"
# What a case shows: a finding; none just inside the limit; a void or replacement; a missing value; what looks like a
# finding to a careless audit; and how policies of payers and the default differ.
KINDS = ("hit", "near_miss", "reversed", "null", "trap", "policy")

Row = dict[str, str | None]


@dataclass(frozen=True)
class Case:
    """One sentence of an auditor, with the rows that are delivered and the rows that have to come out."""

    number: int  # its place among all cases
    subject: str  # the check or view
    is_check: bool
    name: str
    kind: str
    given: dict[str, list[Row]]
    expected: list[Row]
    columns: tuple[str, ...]
    only: dict[str, list[str]]  # rows with other values in these columns are not looked at: what is shipped grows

    @property
    def data_view(self) -> str | None:
        return self.given["audit_setting"][0]["data_view"]


@cache
def all_cases() -> tuple[Case, ...]:
    paths = [*sorted(SQL.glob("views/*.cases.toml")), *sorted(SQL.glob("checks/*/*.cases.toml"))]
    cases: list[Case] = []
    for path in paths:
        cases += read_cases(path, len(cases))
    return tuple(cases)


def read_cases(path: Path, first_number: int) -> list[Case]:
    content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=str)
    is_check = path.parent.parent.name == "checks"
    answer = "findings" if is_check else "rows"
    defaults = content["defaults"]
    cases = []
    for number, entry in enumerate(content["case"], first_number):
        name, kind = entry.pop("name"), entry.pop("kind")
        columns, expected = parse_table(entry.pop(answer, ""))
        given = {"audit_setting": "", **entry}
        assert given.keys() <= defaults.keys(), f"{path}: {name}: unknown {given.keys() - defaults.keys()}"
        cases.append(
            Case(
                number=number,
                subject=path.name.removesuffix(".cases.toml"),
                is_check=is_check,
                name=name,
                kind=kind,
                given={table: _filled(text, defaults[table]) for table, text in given.items()},
                expected=expected,
                columns=columns,
                only=content.get("only", {}),
            )
        )
    return cases


def parse_table(text: str) -> tuple[tuple[str, ...], list[Row]]:
    """`a | b` lines under a header; an empty cell is null."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    if not lines:
        return (), []
    header, *body = lines
    assert all(len(line) == len(header) for line in body), f"cells do not match the header in:\n{text}"
    return tuple(header), [{name: cell or None for name, cell in zip(header, line, strict=True)} for line in body]


def _filled(text: str, defaults: dict[str, object]) -> list[Row]:
    common = {name: None if value == "" else str(value) for name, value in defaults.items()}
    # A table of one row that says nothing new: the setting of the audit, unless a case changes it.
    return [common | row for row in parse_table(text)[1] or [{}]]
