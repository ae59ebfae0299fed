"""Holds a user's own file of policies or payers against the schema and all rows that hold, before it is put to use.

Every fault is told at once, with its row, its column and what to do. The run itself stops at the first, see
warehouse/reference.py.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import duckdb
import pandas as pd

from claims_audit.errors import ConfigurationError, NoInputError
from claims_audit.home import Home
from claims_audit.project import REFERENCE
from claims_audit.rejecting import RejectsRows
from claims_audit.warehouse.database import Connection, confine
from claims_audit.warehouse.reference import ARE_TIED, USER_TABLES

_KEYS: Final = {"payer_policy": "policy_id", "payer": "payer_id"}
SHIPPED: Final = "shipped"

# What a fault of a schema asks for; those of values are told with the values, see _remedy.
_REMEDIES: Final = {
    "missing": "fill it in",
    "repeated": "give each row a name of its own",
    "not_a_date": "write it like 2024-01-31, or leave it empty for an open end",
    "not_a_truth_value": "write true if somebody has read it in the source, else false",
    "unknown_source_kind": "write seed, official, secondary or general_knowledge",
    "no_payer_or_program": "fill in payer_id, or program with or without state",
    "ends_before_start": "exchange eff_from and eff_to, or mend one of them",
    "not_text": "shorten it and leave out line breaks",
}
_OF_SOURCE: Final = "say where the rule stands: the document, its date and the page"

Remedy = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class PolicyFault:
    """One thing that is wrong. The header is row 1; a fault of the file as a whole has no row."""

    row: int | None
    column: str
    reason_code: str
    reason: str
    remedy: str


@dataclass(frozen=True, slots=True)
class ReplacedRow:
    """A row of the file that takes the place of one that holds now: the values that differ, before and after."""

    key: str
    row: int
    where: str  # shipped, or the name of the file in the home
    changes: dict[str, tuple[str | None, str | None]]


@dataclass(slots=True)
class PolicyFileReport:
    """What a file would do, or why it cannot do it."""

    table: str | None = None
    row_count: int = 0
    faults: list[PolicyFault] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    replaced: list[ReplacedRow] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether a run would take the file."""
        return not self.faults


def check_policy_file(
    path: Path, home: Home, schemas: Mapping[str, RejectsRows], rule_values: Mapping[str, str]
) -> PolicyFileReport:
    """Everything that is wrong with the file, or what it would add and replace.

    `rule_values` are the patterns of values by rule key. Raises NoInputError if there is no such file,
    ConfigurationError if another file of the home is malformed.
    """
    report = PolicyFileReport()
    frame, places = _read(path, report.faults)
    if frame is None:
        return report
    report.table = next((table for column, table in USER_TABLES.items() if column in frame.columns), None)
    if report.table is None:
        report.faults.append(_neither(frame))
        return report
    report.row_count = len(frame)
    columns = list(_read_sound(REFERENCE / f"{report.table}.csv").columns)
    _check_columns(frame, columns, report)
    missing_columns = {fault.column for fault in report.faults if fault.reason_code == "missing_column"}
    frame = frame.reindex(columns=columns).astype("str")
    bad_rows = set()
    for fault in schemas[report.table].faults(frame):
        bad_rows.add(fault.row)
        if fault.column not in missing_columns:
            remedy = _remedy(fault.reason_code, fault.column, frame.iloc[fault.row], rule_values)
            report.faults.append(PolicyFault(places[fault.row], fault.column, fault.reason_code, fault.reason, remedy))
    frame.insert(0, "place", places)
    sound = frame.drop(index=sorted(bad_rows))
    held = _held_rows(path, home, report.table)
    _compare(sound, held, columns, path.name, report)
    if report.table == "payer_policy":
        _find_ties(sound, held, report)
        _note_strangers(sound, path, home, report)
    report.faults.sort(key=lambda fault: (fault.row or 0, fault.column, fault.reason_code))
    return report


def _read(path: Path, faults: list[PolicyFault]) -> tuple[pd.DataFrame | None, list[int]]:
    """The rows as text columns, empty cells as null, with the number of each; what cannot be read is a fault."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NoInputError(
            f"{path}: cannot be read ({error.strerror}); name a CSV file of policies or payers"
        ) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        faults.append(PolicyFault(row, "", "not_utf8", "holds bytes that are not UTF-8", "save the file as UTF-8"))
        return None, []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    rows: list[list[str | None]] = []
    places: list[int] = []
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number == 1:
                header = [name.strip().lower() for name in cells]
            elif len(cells) != len(header):
                reason = f"has {len(cells)} cells, the header has {len(header)}"
                remedy = "put cells that hold a comma between quotation marks, and a comma for each empty cell"
                faults.append(PolicyFault(number, "", "other_number_of_cells", reason, remedy))
            else:
                rows.append([cell.strip() or None for cell in cells])
                places.append(number)
    except csv.Error:
        remedy = 'close each quotation mark, and write one inside a cell as ""'
        faults.append(PolicyFault(number + 1, "", "not_csv", "has a quotation mark that is never closed", remedy))
    repeated = sorted({name for name in header if header.count(name) > 1})
    for name in repeated:
        faults.append(PolicyFault(1, name, "repeated_column", "stands in the header twice", "remove one of them"))
    columns = {
        name: pd.Series([row[at] for row in rows], dtype="str")
        for at, name in enumerate(header)
        if name not in header[:at]
    }
    return pd.DataFrame(columns), places


def _read_sound(path: Path) -> pd.DataFrame:
    faults: list[PolicyFault] = []
    frame, _ = _read(path, faults)
    if frame is None or faults:
        raise ConfigurationError(f"{path}: is malformed; call `claims-audit policy check` on it first")
    return frame


def _neither(frame: pd.DataFrame) -> PolicyFault:
    near = get_close_matches("policy_id", frame.columns, 1) or get_close_matches("payer_name", frame.columns, 1)
    remedy = f"rename {near[0]}" if near else "name the columns as docs/policy.md shows them"
    return PolicyFault(1, "", "no_known_table", "has neither a policy_id nor a payer_name column", remedy)


def _check_columns(frame: pd.DataFrame, columns: list[str], report: PolicyFileReport) -> None:
    absent = [name for name in columns if name not in frame.columns]
    for name in frame.columns:
        if name not in columns:
            near = get_close_matches(name, absent, 1)
            remedy = f"rename it to {near[0]}, or remove it" if near else "remove it; its values would be lost"
            report.faults.append(PolicyFault(1, name, "unknown_column", "is no column of this table", remedy))
    wanted = {
        "payer_policy": ("rule_key", "rule_value", "source_title", "source_kind", "is_verified"),
        "payer": ("payer_id", "payer_name"),
    }[str(report.table)]
    for name in wanted:
        if name in absent:
            report.faults.append(
                PolicyFault(1, name, "missing_column", "is needed and is not in the header", "add the column")
            )


def _remedy(code: str, column: str, row: pd.Series, rule_values: Mapping[str, str]) -> str:
    if code == "missing" and column == "source_title":
        return _OF_SOURCE
    if code == "unknown_rule_key":
        near = get_close_matches(str(row["rule_key"]), list(rule_values), 1)
        known = ", ".join(rule_values)
        return f"did you mean {near[0]}? All keys: {known}" if near else f"write one of {known}"
    if code == "not_a_rule_value":
        key = str(row["rule_key"])
        return f"for {key} write {describe_values(rule_values.get(key, ''))}"
    return _REMEDIES.get(code, "see docs/policy.md")


def describe_values(pattern: str) -> str:
    """A pattern of values in words."""
    if pattern == r"[0-9]{1,4}|1 year":
        return "a number of days, or: 1 year"
    if pattern.startswith("[0-9]{") and "|" not in pattern:
        digits = pattern.removesuffix("}").rpartition(",")[2]
        return "two digits" if digits == "[0-9]{2" else f"a whole number of at most {digits} digits"
    if "[" not in pattern:
        return " or ".join(pattern.split("|"))
    what = "codes of five letters and digits" if "{5}" in pattern else "codes of two letters and digits"
    return f"{what}, joined by |" + (", or: none" if pattern.startswith("none|") else "")


def _held_rows(path: Path, home: Home, table: str) -> pd.DataFrame:
    """The rows that hold now, each with its origin: the shipped ones and those of the home's other files."""
    held = _read_sound(REFERENCE / f"{table}.csv").assign(origin=SHIPPED)
    key = _KEYS[table]
    for other in sorted(home.policy.glob("*.csv")):
        if other.resolve() == path.resolve():
            continue
        own = _read_sound(other)
        if next((name for column, name in USER_TABLES.items() if column in own.columns), None) != table:
            continue
        own = own.reindex(columns=[*held.columns]).assign(origin=other.name)
        held = pd.concat([held[~held[key].isin(own[key])], own], ignore_index=True)
    return held


def _compare(
    sound: pd.DataFrame, held: pd.DataFrame, columns: list[str], file_name: str, report: PolicyFileReport
) -> None:
    key = _KEYS[str(report.table)]
    before = {str(row[key]): row for row in held.to_dict("records")}
    for row in sound.to_dict("records"):
        old = before.get(str(row[key]))
        if old is None:
            report.added.append(str(row[key]))
            continue
        changes = {
            name: (_value(old[name]), _value(row[name])) for name in columns if _value(old[name]) != _value(row[name])
        }
        report.replaced.append(ReplacedRow(str(row[key]), int(row["place"]), str(old["origin"]), changes))
        if str(old["origin"]) != SHIPPED and str(old["origin"]) > file_name:
            report.notices.append(
                f"row {row['place']}: {row[key]} stands in {old['origin']} too, which is read after {file_name} and "
                "would win; remove it there, or give this file a later name"
            )


def _value(cell: object) -> str | None:
    return None if cell is None or cell != cell else str(cell)


def _find_ties(sound: pd.DataFrame, held: pd.DataFrame, report: PolicyFileReport) -> None:
    """Two rows that would both apply with the same right, of this file or of this file and what holds already."""
    others = held[~held["policy_id"].isin(sound["policy_id"])]
    with duckdb.connect(":memory:") as con:
        confine(con)
        _register(con, "proposed", sound.drop(columns="place").assign(origin="this file"))
        _register(con, "held", others)
        places = {row["policy_id"]: int(row["place"]) for row in sound.to_dict("records")}
        for one, two, one_origin, two_origin in con.execute(_TIES).fetchall():
            row = max(places.get(one, 0), places.get(two, 0)) or None
            report.faults.append(
                PolicyFault(
                    row,
                    "policy_id",
                    "tie",
                    f"{one} ({one_origin}) and {two} ({two_origin}) speak of the same payer, code, setting, parameter "
                    "and days",
                    "end one of them (eff_to) the day before the other begins, or give both one policy_id",
                )
            )


def _register(con: Connection, name: str, frame: pd.DataFrame) -> None:
    con.register(f"{name}_frame", frame.astype("str"))
    con.execute(
        f"create table {name} as select * replace "
        "(try_cast(eff_from as date) as eff_from, try_cast(eff_to as date) as eff_to) "
        f"from {name}_frame"
    )


_TIES: Final = f"""
with every_row as (
    select * from proposed
    union all by name
    select * from held
)
select one.policy_id, two.policy_id, one.origin, two.origin
from every_row as one
inner join every_row as two on {ARE_TIED}
order by 1, 2
"""


def _note_strangers(sound: pd.DataFrame, path: Path, home: Home, report: PolicyFileReport) -> None:
    """What is allowed and hardly meant: names of nobody, which would never apply to a claim."""
    payers = _held_rows(path, home, "payer")
    places = _read_sound(REFERENCE / "place_of_service.csv")
    codes = _read_sound(REFERENCE / "procedure_code.csv")
    known = {
        "payer_id": (
            {*payers["payer_id"], "SEED"},
            "is in no list of payers: program, state and product are not known",
        ),
        "program": ({*payers["program"]}, "is the program of no payer, so that the row never applies"),
        "state": ({*payers["state"]}, "is the state of no payer, so that the row never applies"),
        "product": ({*payers["product"]}, "is the product of no payer, so that the row never applies"),
        "setting": ({*places["setting"]}, "is no setting of place_of_service.csv, so that the row never applies"),
        "procedure_code": (
            {*codes["procedure_code"]},
            "is no code that the audit knows, so that the row never applies",
        ),
    }
    for row in sound.to_dict("records"):
        for column, (names, consequence) in known.items():
            value = _value(row[column])
            if value is not None and value not in names:
                report.notices.append(f"row {row['place']}: {column} {value} {consequence}")
