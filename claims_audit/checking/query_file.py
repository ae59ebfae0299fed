"""One SQL file with a TOML header in its leading comment: a check or a view.

The header says what cannot be read from the SQL. What can be, is: the id is the file's name, the family its folder, the
tables and columns come from the parse tree.
"""

from __future__ import annotations

import re
import string
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlglot
from sqlglot import exp

from claims_audit.errors import ConfigurationError

_HEADER: Final = re.compile(r"\s*/\*(?P<header>.*?)\*/\s*(?P<sql>.*)", re.DOTALL)

SEVERITIES: Final = ("critical", "high", "medium", "low", "info")
DIRECTIONS: Final = ("overpayment", "underpayment", "documentation", "lead")
# Which checks an operator chooses together; audit.toml names the packs that run.
PACKS: Final = ("core", "ncci", "medicare", "telehealth", "integrity", "revenue", "documentation")

# Every check gives these; the columns of its grain come on top, all others are evidence.
REQUIRED_COLUMNS: Final = (
    "payer_id",
    "date_of_service",
    "certainty",
    "verdict",
    "policy_id",
    "exposure_amount",
    "claim_lines",
)
# And may give these; the header, or null, stands in.
OPTIONAL_COLUMNS: Final = (
    "member_id",
    "rendering_provider_npi",
    "session_key",
    "direction",
    "severity",
    "exposure_ceiling_amount",
)

_CHECK_KEYS: Final = frozenset(
    {
        *("title", "rule", "pack", "severity", "direction", "subject", "grain"),
        *("finding", "action", "rationale", "traps", "reference"),
    }
)
_CHECK_OPTIONAL_KEYS: Final = frozenset({"examines", "checkable", "lacking", "params", "turns", "marks"})
_VIEW_KEYS: Final = frozenset({"grain", "comment"})
_VIEW_OPTIONAL_KEYS: Final = frozenset({"date", "days_before", "scope", "stored_as", "rows_of", "any_month"})
# Columns of claim_line that a finding's lines are shown with; the first modifier and diagnosis stand for all of them.
MARKABLE: Final = (
    *("patient_control_number", "date_of_service", "session_start_at", "procedure_code", "modifier_1"),
    *("place_of_service_code", "diagnosis_code_1", "service_units", "charge_amount", "allowed_amount", "paid_amount"),
    *("rendering_provider_npi", "member_id"),
)
# By what a row of a view over all months is looked up, and so in which months it can matter.
ROWS_OF: Final = ("day", "quarter", "edition", "line", "member", "file")


@dataclass(frozen=True, slots=True)
class ViewFile:
    """A shape that checks share: a SELECT, its grain and the sentence for the data dictionary."""

    name: str
    path: Path
    sql: str
    query: exp.Query = field(repr=False, compare=False)  # the same as a tree
    comment: str
    grain: tuple[str, ...]
    tables: frozenset[str]
    columns: tuple[str, ...]
    date_column: str | None  # a view over history that the audit reads one month at a time
    days_before: int  # and so many days before the month, for windows that reach back
    is_history: bool  # needs all months at once: made once for a run
    rows_of: str | None  # of a history: one of ROWS_OF
    any_month: tuple[str, ...]  # histories of which it reads rows of any month
    stored_as: str | None  # the load keeps its rows in this table: it is not made again for a run


@dataclass(frozen=True, slots=True)
class CheckFile:
    """A check: one SELECT that returns a row per finding, and what its header says."""

    check_id: str
    family: str
    path: Path
    sql: str
    query: exp.Query = field(repr=False, compare=False)  # the same as a tree
    tables: frozenset[str]
    columns: tuple[str, ...]
    title: str
    rule: str
    pack: str
    severity: str
    direction: str
    subject: str
    examines: tuple[str, ...]
    checkable: str | None  # a truth column of the subject: false where data for a judgement is missing
    lacking: str  # what is missing there, as the end of a sentence
    params: dict[str, object]  # thresholds by name, bound as $name; audit.toml may change them
    turns: tuple[
        str, ...
    ]  # days of the subject after which the answers may be others; none: any day, if it asks for it
    marks: tuple[str, ...]  # cells of its claim lines that the finding is about, to mark them: of MARKABLE
    grain: tuple[str, ...]
    finding: str
    action: str
    rationale: str
    traps: tuple[str, ...]  # what looks like a finding and is none, or may be none
    reference: str

    @property
    def evidence_columns(self) -> tuple[str, ...]:
        """Columns that are neither identity nor amount: what the check saw."""
        known = {*REQUIRED_COLUMNS, *OPTIONAL_COLUMNS}
        return tuple(column for column in self.columns if column not in known)


def read_view(path: Path) -> ViewFile:
    """Reads a view file; raises ConfigurationError naming file and fault."""
    header, sql = _split(path)
    _require_keys(path, header, _VIEW_KEYS, _VIEW_OPTIONAL_KEYS)
    query = _parse(path, sql)
    if (header.get("scope") == "history") != (header.get("rows_of") in ROWS_OF):
        raise ConfigurationError(f"{path}: a view of scope history, and no other, says rows_of: {', '.join(ROWS_OF)}")
    return ViewFile(
        name=path.stem,
        path=path,
        sql=sql,
        query=query,
        comment=str(header["comment"]),
        grain=tuple(header["grain"]),
        tables=_tables(query),
        columns=tuple(query.named_selects),
        date_column=header.get("date"),
        days_before=int(header.get("days_before", 0)),
        is_history=header.get("scope") == "history",
        rows_of=header.get("rows_of"),
        any_month=tuple(header.get("any_month", ())),
        stored_as=header.get("stored_as"),
    )


def read_check(path: Path) -> CheckFile:
    """Reads a check file; raises ConfigurationError naming file and fault."""
    header, sql = _split(path)
    _require_keys(path, header, _CHECK_KEYS, _CHECK_OPTIONAL_KEYS)
    query = _parse(path, sql)
    check = CheckFile(
        check_id=path.stem,
        family=path.parent.name,
        path=path,
        sql=sql,
        query=query,
        tables=_tables(query),
        columns=tuple(query.named_selects),
        title=str(header["title"]),
        rule=str(header["rule"]),
        pack=str(header["pack"]),
        severity=str(header["severity"]),
        direction=str(header["direction"]),
        subject=str(header["subject"]),
        examines=tuple(header.get("examines", ())),
        checkable=header.get("checkable"),
        lacking=str(header.get("lacking", "")),
        params=dict(header.get("params", {})),
        turns=tuple(header.get("turns", ())),
        marks=tuple(header.get("marks", ())),
        grain=tuple(header["grain"]),
        finding=str(header["finding"]),
        action=str(header["action"]),
        rationale=str(header["rationale"]).strip(),
        traps=tuple(header["traps"]),
        reference=str(header["reference"]),
    )
    _validate(check)
    return check


def _split(path: Path) -> tuple[dict[str, Any], str]:
    match = _HEADER.fullmatch(path.read_text(encoding="utf-8"))
    if match is None:
        raise ConfigurationError(f"{path}: begins with no /* ... */ header; see docs/add_a_check.md")
    try:
        return tomllib.loads(match["header"]), match["sql"].strip()
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: the header is not TOML: {error}") from error


def _require_keys(path: Path, header: dict[str, Any], needed: frozenset[str], optional: frozenset[str]) -> None:
    missing, unknown = sorted(needed - header.keys()), sorted(header.keys() - needed - optional)
    if missing:
        raise ConfigurationError(f"{path}: the header lacks {', '.join(missing)}")
    if unknown:
        raise ConfigurationError(f"{path}: the header has unknown keys {', '.join(unknown)}")


def _parse(path: Path, sql: str) -> exp.Query:
    try:
        statements = sqlglot.parse(sql, dialect="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise ConfigurationError(f"{path}: the SQL cannot be parsed: {error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ConfigurationError(f"{path}: holds {len(statements)} statements; one SELECT is wanted")
    return statements[0]


def _tables(query: exp.Query) -> frozenset[str]:
    ctes = {cte.alias for cte in query.find_all(exp.CTE)}
    return frozenset(table.name for table in query.find_all(exp.Table) if table.name not in ctes)


def _validate(check: CheckFile) -> None:
    def fault(text: str) -> ConfigurationError:
        return ConfigurationError(f"{check.path}: {text}")

    if check.pack not in PACKS:
        raise fault(f"pack is none of {', '.join(PACKS)}")
    if bool(check.checkable) != bool(check.lacking):
        raise fault("checkable names the column that tells what can be judged, lacking says what is missing: give both")
    if odd := [name for name in check.marks if name not in MARKABLE]:
        raise fault(f"marks {', '.join(odd)}: of a claim line these are shown: {', '.join(MARKABLE)}")
    bound = {node.name for node in check.query.find_all(exp.Placeholder, exp.Parameter)}
    if bound != check.params.keys():
        raise fault(f"params and the $names of the SELECT differ: {', '.join(sorted(bound ^ check.params.keys()))}")
    if odd := [name for name, value in check.params.items() if type(value) not in (int, str)]:
        raise fault(f"params {', '.join(odd)}: whole numbers or text, which every engine reads alike")
    if check.severity not in SEVERITIES:
        raise fault(f"severity is none of {', '.join(SEVERITIES)}")
    if check.direction not in DIRECTIONS:
        raise fault(f"direction is none of {', '.join(DIRECTIONS)}")
    selected = set(check.columns)
    if missing := [column for column in (*REQUIRED_COLUMNS, *check.grain) if column not in selected]:
        raise fault(f"the SELECT lacks {', '.join(missing)}")
    if not check.grain:
        raise fault("grain is empty: a finding would have no identity")
    placeholders = {name for _, name, _, _ in string.Formatter().parse(check.finding) if name}
    if unknown := sorted(placeholders - selected):
        raise fault(f"the finding text names columns that the SELECT lacks: {', '.join(unknown)}")
