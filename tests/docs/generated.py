"""The parts of the docs that are made from the code: `make docs` writes them, test_generated.py holds them current.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import pandera.pandas as pa

from checks.schemas.attendance import AttendanceSchema
from checks.schemas.claim_line import ClaimLineSchema
from checks.schemas.payer_policy import RULE_MEANINGS, RULE_VALUES
from checks.schemas.rejecting import REASONS
from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.query_file import PACKS
from claims_audit.home import Home
from claims_audit.model import TABLE_COLUMNS, TABLE_REQUIRED
from claims_audit.policy_file import describe_values
from claims_audit.project import ROOT
from claims_audit.publishing import connect, publish
from claims_audit.readers.x12 import faults as x12_faults
from claims_audit.readers.x12 import professional_faults, remittance_faults
from claims_audit.settings import Settings
from claims_audit.warehouse.database import open_warehouse
from claims_audit.warning_texts import WARNING_TEXTS, warning_text
from tests.docs.check_pages import write_check_pages

PART = re.compile(r"(<!-- generated: (?P<name>[a-z_ ]+) -->\n).*?(<!-- end -->)", re.DOTALL)
OUTPUT = ("<!-- output of make audit -->", "<!-- end -->")
DOCS = ("README.md", "docs/input_files.md", "docs/data_dictionary.md", "docs/policy.md")

FORMS = {
    "VARCHAR": "text",
    "DATE": "`YYYY-MM-DD`",
    "TIMESTAMP": "`YYYY-MM-DD HH:MM`",
    "INTEGER": "whole number",
    "DECIMAL(12,2)": "dollars",
    "DECIMAL(12,3)": "number",
    "DECIMAL(4,3)": "number",
}


def claim_line_columns() -> str:
    return _input_columns("claim_line")


def attendance_columns() -> str:
    return _input_columns("attendance")


def row_reasons() -> str:
    """Reason codes of the schemas of input rows, with the columns that they judge."""
    columns: dict[str, list[str]] = {"missing": ["every required column"]}
    for model in (ClaimLineSchema, AttendanceSchema):
        schema = model.to_schema()
        for column in schema.columns.values():
            for check in column.checks:
                _note(columns, check, f"`{column.name}`")
        for check in schema.checks:
            _note(columns, check, "the row")
    return _table(
        ("reason code", "columns", "the value"), [(f"`{c}`", _short(n), REASONS[c]) for c, n in columns.items()]
    )


def professional_claim_reasons() -> str:
    """Reason codes of claims in an 837P, each with its sentences."""
    return _x12_reasons(professional_faults)


def remittance_reasons() -> str:
    """Reason codes of claim payments and provider adjustments in an 835, each with its sentences."""
    return _x12_reasons(remittance_faults)


def transaction_reasons() -> str:
    """Reason codes of what is no claim by itself in an X12 file, each with its sentence."""
    return _table(
        ("reason code", "what is told"), sorted((f"`{code}`", told) for code, told in x12_faults.REASONS.items())
    )


def _x12_reasons(faults: ModuleType) -> str:
    told = [value for value in vars(faults).values() if isinstance(value, x12_faults.Fault)]
    return _table(("reason code", "what is told"), sorted({(f"`{fault.code}`", fault.reason) for fault in told}))


def line_warnings() -> str:
    return _table(
        ("warning code", "what is told"),
        [(f"`{code}`", warning_text(code, 2).replace("2", "N", 1)) for code in sorted(WARNING_TEXTS)],
    )


def checks() -> str:
    """Every check by pack: rule, id with its page, and what was found."""
    ordered = sorted(read_catalog().checks, key=lambda check: (PACKS.index(check.pack), check.rule))
    return _table(
        ("pack", "rule", "check", "what was found"),
        [
            (check.pack, check.rule, f"[`{check.check_id}`](docs/checks/{check.check_id}.md)", check.title)
            for check in ordered
        ],
    )


def rule_keys() -> str:
    """Parameters of payers' policies, the values that each may have, and the queries that read it."""
    catalog = read_catalog()
    queries = {query.path.stem: query.sql for query in (*catalog.checks, *catalog.views)}
    rows = []
    for key, pattern in RULE_VALUES.items():
        readers = sorted(name for name, sql in queries.items() if f"'{key}'" in sql)
        rows.append(
            (
                f"`{key}`",
                _values(pattern),
                RULE_MEANINGS[key],
                ", ".join(f"`{name}`" for name in readers) or "no check yet",
            )
        )
    return _table(("rule key", "values", "what it says", "read by"), rows)


def _values(pattern: str) -> str:
    """The values of a parameter in words: the choices, or what a number or list looks like."""
    return ", ".join(f"`{value}`" for value in pattern.split("|")) if "[" not in pattern else describe_values(pattern)


def data_dictionary() -> str:
    """Every table and view of a snapshot, as the comments in the database say."""
    return "\n".join(
        f"## `{name}` ({kind})\n\n{comment}\n\n"
        + _table(("column", "type", "meaning"), [(f"`{n}`", t.lower(), told or "") for n, t, told in columns])
        for name, kind, comment, columns in _comments()
    )


PARTS: dict[str, Callable[[], str]] = {
    "claim_line columns": claim_line_columns,
    "attendance columns": attendance_columns,
    "row reasons": row_reasons,
    "professional claim reasons": professional_claim_reasons,
    "remittance reasons": remittance_reasons,
    "transaction reasons": transaction_reasons,
    "line warnings": line_warnings,
    "checks": checks,
    "rule keys": rule_keys,
    "data dictionary": data_dictionary,
}


def written_anew(text: str) -> str:
    """The page with every generated part made from the code as it is now."""
    return PART.sub(lambda found: f"{found[1]}{PARTS[found['name']]()}{found[3]}", text)


def _input_columns(table: str) -> str:
    columns = next(columns for name, _, _, columns in _comments() if name == table)
    known = {name: (data_type, told) for name, data_type, told in columns}
    rows = []
    for name in TABLE_COLUMNS[table]:
        data_type, told = known[name]
        rows.append((f"`{name}`", "yes" if name in TABLE_REQUIRED[table] else "", FORMS[data_type], told))
    return _table(("column", "required", "form", "meaning"), rows)


@cache
def _comments() -> tuple[tuple[str, str, str, tuple[tuple[str, str, str], ...]], ...]:
    """Name, kind, comment and columns of every relation, out of a snapshot that was published with nothing in it."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.create()
        with open_warehouse(home, Settings()):
            pass
        publish(home, "none", read_catalog().views)
        con = connect(home.path)
        relations = con.execute(
            "select table_name, 'table' as kind, comment from duckdb_tables() where not internal union all "
            "select view_name, 'view', comment from duckdb_views() where not internal order by kind, table_name"
        ).fetchall()
        columns = con.execute(
            "select table_name, column_name, data_type, comment from duckdb_columns() where not internal "
            "order by table_name, column_index"
        ).fetchall()
        con.close()
    return tuple((*relation, tuple(rest for name, *rest in columns if name == relation[0])) for relation in relations)


def _note(columns: dict[str, list[str]], check: pa.Check, name: str) -> None:
    names = columns.setdefault(str(check.name), [])
    if name not in names:
        names.append(name)


def _short(names: list[str]) -> str:
    """Twelve diagnosis columns and four modifiers in one breath."""
    text = ", ".join(names)
    for stem, last in (("diagnosis_code", 12), ("modifier", 4)):
        text = text.replace(", ".join(f"`{stem}_{n}`" for n in range(1, last + 1)), f"`{stem}_1` to `_{last}`")
    return text


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |\n" for line in lines)


def audit_output() -> str:
    """What `make audit` prints, from a run over the sample practice, without what is another in every run."""
    with TemporaryDirectory() as folder:
        ended = subprocess.run(
            ["make", "--silent", "audit", f"HOME_DIR={folder}/var"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    shown = "\n".join(line.rstrip() for line in ended.stdout.replace(folder, "...").strip("\n").splitlines())
    shown = re.sub(r"(?<=/reports/)[^/]+", "<run>", shown)
    return f"```\n{shown}\n```\n"


def main() -> None:
    for name in DOCS:
        path = ROOT / name
        path.write_text(written_anew(path.read_text(encoding="utf-8")), encoding="utf-8")
    write_check_pages()
    readme = ROOT / "README.md"
    begin, end = OUTPUT
    before, rest = readme.read_text(encoding="utf-8").split(begin)
    readme.write_text(f"{before}{begin}\n{audit_output()}{end}{rest.split(end, 1)[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
