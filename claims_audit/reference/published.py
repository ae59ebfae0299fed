"""Readers of the published tables that have some ten thousand rows; the pairs are in pairs.py.

Each takes a file, checks every row of it and leaves the rows in temporary tables. A row that cannot be trusted refuses
the file as a whole: UnreadableFileError for what is no such table, RefusedTableError for rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, TypeVar

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.inputs.source_file import SourceFile
from claims_audit.readers.tables.workbook import is_workbook
from claims_audit.reference.cells import read_lines, read_rows, unit_of
from claims_audit.reference.faults import Faults
from claims_audit.reference.headers import is_notice, require_columns
from claims_audit.reference.incoming import Incoming, hold_rows
from claims_audit.reference.kinds import Kind
from claims_audit.reference.values import CODE, parse_day, parse_number
from claims_audit.warehouse.database import Connection

Key = TypeVar("Key")

_CENT: Final = Decimal("0.01")
_MAX_UNITS: Final = 1_000_000


def read_units(con: Connection, source: SourceFile) -> Incoming:
    """Medically unlikely edits; the name of the units' column tells the setting."""
    patterns = {
        "code": re.compile(r"hcpcs ?/ ?cpt code|^hcpcs( code)?$|cpt code$"),
        "units": re.compile(r"mue values?$"),
        "indicator": re.compile(r"adjudication indicator|^mai$"),
        "rationale": re.compile(r"rationale$"),
    }
    required = {
        "code": "HCPCS/CPT Code",
        "units": "... MUE Values",
        "indicator": "MUE Adjudication Indicator",
    }
    table = _Table(source, patterns, required, Kind.UNITS)
    incoming = Incoming(setting=_setting_of(table.header[table.at["units"]]))
    faults = Faults(source.name, unit_of(source))
    seen: dict[str, tuple[object, ...]] = {}
    for line, row in table.rows(faults):
        code, units, indicator = row["code"].upper(), row["units"], row["indicator"][:1]
        if not CODE.fullmatch(code):
            faults.add(line, "has a code that is not five letters and digits")
        elif not units.isascii() or not units.isdigit() or int(units) > _MAX_UNITS:
            faults.add(line, "has units that are no whole number")
        elif indicator not in ("1", "2", "3"):
            faults.add(line, "has an adjudication indicator other than 1, 2 and 3")
        else:
            _take_once(seen, code, (code, int(units), indicator, row.get("rationale") or None), line, faults, incoming)
    faults.raise_any()
    columns = ("procedure_code", "mue_units", "mue_adjudication_code", "rationale")
    return _held(con, source, incoming, "ncci_mue", columns, list(seen.values()))


def read_add_ons(con: Connection, source: SourceFile) -> Incoming:
    """Add-on code edits: a table with a header, or the text with fixed columns that CMS calls the flat file."""
    incoming = Incoming()
    faults = Faults(source.name, unit_of(source))
    rows: dict[tuple[str, str, date | None], tuple[object, ...]] = {}
    for line, row in _add_on_rows(source, faults):
        add_on, primary, kind = row["add_on"].upper(), row["primary"].upper(), row["type"]
        if not CODE.fullmatch(add_on) or not CODE.fullmatch(primary):
            faults.add(line, "has a code that is not five letters and digits")
            continue
        if kind not in ("1", "2", "3"):
            faults.add(line, "has an edit type other than 1, 2 and 3")
            continue
        try:
            start = parse_day(row.get("from", ""))
            ends = [parse_day(row.get(key, "")) for key in ("to", "add_on_to", "primary_to")]
        except ValueError:
            faults.add(line, "has a date that does not exist")
            continue
        end = min((day for day in ends if day is not None), default=None)
        _take_once(rows, (add_on, primary, start), (add_on, primary, int(kind), start, end), line, faults, incoming)
    faults.raise_any()
    columns = ("add_on_code", "primary_code", "edit_type", "eff_from", "eff_to")
    return _held(con, source, incoming, "ncci_add_on", columns, list(rows.values()))


def read_fees(con: Connection, source: SourceFile) -> Incoming:
    """The relative value file: dollars are total units times the conversion factor of the row, to the cent."""
    patterns = {
        "code": re.compile(r"^hcpcs( code)?$"),
        "modifier": re.compile(r"^mod(ifier)?$"),
        "status": re.compile(r"^status( code)?$"),
        "office": re.compile(r"^(fully implemented )?non ?fac(ility)?( rvu)? total$"),
        "facility": re.compile(r"^(fully implemented )?facility( rvu)? total$"),
        "factor": re.compile(r"^conv(ersion)? factor$"),
    }
    required = {
        "code": "HCPCS",
        "modifier": "MOD",
        "status": "STATUS CODE",
        "office": "NON-FACILITY TOTAL",
        "facility": "FACILITY TOTAL",
        "factor": "CONV FACTOR",
    }
    table = _Table(source, patterns, required, Kind.FEES)
    incoming = Incoming()
    faults = Faults(source.name, unit_of(source))
    seen: dict[str, tuple[object, ...]] = {}
    with_modifier = unpriced = 0
    for line, row in table.rows(faults):
        code = row["code"].upper()
        if not CODE.fullmatch(code):
            faults.add(line, "has a code that is not five letters and digits")
            continue
        if row["modifier"]:
            with_modifier += 1
            continue
        try:
            factor = parse_number(row["factor"])
            office, facility = (parse_number(row[key]) * factor for key in ("office", "facility"))
        except ValueError:
            faults.add(line, "has relative value units or a conversion factor that are no number")
            continue
        if not re.fullmatch(r"[A-Z]", row["status"].upper()):
            faults.add(line, "has a status that is not one letter")
            continue
        if not office and not facility:
            unpriced += 1
            continue
        fee = (office or facility).quantize(_CENT, ROUND_HALF_UP)
        in_facility = facility.quantize(_CENT, ROUND_HALF_UP) if facility else None
        value = (code, fee, in_facility, row["status"].upper(), f"Medicare physician fee schedule, {source.name}")
        _take_once(seen, code, value, line, faults, incoming)
    faults.raise_any()
    incoming.left_out = {"that are priced with a modifier": with_modifier, "without a national price": unpriced}
    columns = ("procedure_code", "fee_amount", "facility_fee_amount", "status_code", "source_title")
    return _held(con, source, incoming, "fee", columns, list(seen.values()))


_ORDER_LINE: Final = re.compile(r"\d{5} ([0-9A-Z]{3,7}) {1,5}([01]) .{60} .")  # with both of its descriptions
_CODE_LINE: Final = re.compile(r"([A-Z]\d[0-9A-Z]{1,5})(\s.*)?")
_RANGE_LINE: Final = re.compile(r"[A-Z]\d[0-9A-Z]-[A-Z]\d[0-9A-Z]")


def read_diagnoses(con: Connection, source: SourceFile) -> Incoming:
    """ICD-10-CM: the order file, which has the heads of families too, the code file, or a bare list of codes.

    In a bare list, a code that others begin with is the head of a family.
    """
    if is_workbook(source.path):
        raise UnreadableFileError(f"{source.name}: is a workbook; load the text with the codes or their order")
    incoming = Incoming()
    faults = Faults(source.name)
    lines = [(number, line.rstrip()) for number, line in enumerate(read_lines(source), 1) if line.strip()]
    is_order = sum(bool(_ORDER_LINE.match(line)) for _, line in lines[:100]) * 2 > len(lines[:100])
    if not is_order and sum(bool(_CODE_LINE.fullmatch(line)) for _, line in lines[:100]) * 2 <= len(lines[:100]):
        raise UnreadableFileError(
            f"{source.name}: is no table of kind {Kind.DIAGNOSES}: its lines do not begin with codes; load "
            "icd10cm-order-YYYY.txt or icd10cm-codes-YYYY.txt"
        )
    seen: dict[str, tuple[object, ...]] = {}
    has_text = False
    for number, line in lines:
        if not is_order and _RANGE_LINE.fullmatch(line):
            continue
        match = _ORDER_LINE.match(line) if is_order else _CODE_LINE.fullmatch(line)
        if match is None:
            faults.add(number, "is no code with its description; the file may be cut off there")
            continue
        has_text = has_text or (not is_order and bool(match[2]))
        billable = match[2] == "1" if is_order else True
        _take_once(seen, match[1], (match[1], billable), number, faults, incoming)
    faults.raise_any()
    values = list(seen.values())
    if not is_order and not has_text:
        heads = {code[:length] for code in seen for length in range(3, len(code))}
        values = [(code, code not in heads) for code in seen]
    return _held(con, source, incoming, "diagnosis_code", ("diagnosis_code", "is_billable"), values)


_REMARK: Final = re.compile(r"(M|MA|N)\d{1,4}")
_REASON: Final = re.compile(r"\d{1,3}|[ABDPWY]\d{1,2}")


def read_reasons(con: Connection, source: SourceFile) -> Incoming:
    """A list of adjustment reason codes or of remark codes, or both, with the days on which each begins and stops."""
    patterns = {
        "code": re.compile(r"^(code|carc|rarc|reason code|remark code|(carc|rarc) code)$"),
        "from": re.compile(r"start"),
        "to": re.compile(r"stop|deactivat|^end"),
    }
    table = _Table(source, patterns, {"code": "Code", "from": "Start Date", "to": "Stop Date"}, Kind.REASONS)
    incoming = Incoming()
    faults = Faults(source.name, unit_of(source))
    seen: dict[tuple[str, str], tuple[object, ...]] = {}
    for line, row in table.rows(faults):
        code = row["code"].upper()
        kind = "rarc" if _REMARK.fullmatch(code) else "carc" if _REASON.fullmatch(code) else None
        if kind is None:
            faults.add(line, "has a code that is neither an adjustment reason nor a remark")
            continue
        try:
            start, end = parse_day(row["from"]), parse_day(row["to"])
        except ValueError:
            faults.add(line, "has a date that does not exist")
            continue
        _take_once(seen, (kind, code), (kind, code, start, end), line, faults, incoming)
    faults.raise_any()
    kinds = sorted({kind for kind, _ in seen})
    incoming.part = kinds[0] if len(kinds) == 1 else None
    columns = ("code_kind", "reason_code", "eff_from", "eff_to")
    return _held(con, source, incoming, "adjustment_reason", columns, list(seen.values()))


def read_places(con: Connection, source: SourceFile) -> Incoming:
    """Place-of-service codes, and whether each is a facility where a column tells it."""
    patterns = {
        "code": re.compile(r"^(place of service|pos)? ?codes?( s)?$"),
        "name": re.compile(r"name$"),
        "type": re.compile(r"type$|facility"),
    }
    table = _Table(source, patterns, {"code": "Place of Service Code", "name": "Place of Service Name"}, Kind.PLACES)
    incoming = Incoming()
    faults = Faults(source.name, unit_of(source))
    seen: dict[str, tuple[object, ...]] = {}
    unassigned = 0
    for line, row in table.rows(faults):
        if row["name"].lower().startswith("unassigned") or re.fullmatch(r"\d\d ?[-\u2013] ?\d\d", row["code"]):
            unassigned += 1
            continue
        if not re.fullmatch(r"[0-9]{1,2}", row["code"]):
            faults.add(line, "has a code that is not two digits")
            continue
        code = row["code"].zfill(2)
        told = row.get("type", "").lower()
        if told not in ("", "facility", "non-facility", "f", "nf"):
            faults.add(line, "has a type other than Facility and Non-Facility")
            continue
        value = (code, row["name"][:80] or None, told in ("facility", "f") if told else None)
        _take_once(seen, code, value, line, faults, incoming)
    faults.raise_any()
    incoming.left_out = {"that are unassigned": unassigned}
    columns = ("place_of_service_code", "label", "is_facility")
    return _held(con, source, incoming, "loaded_place", columns, list(seen.values()))


class _Table:
    """A table with a header, its columns found."""

    def __init__(
        self, source: SourceFile, patterns: dict[str, re.Pattern[str]], required: dict[str, str], kind: Kind
    ) -> None:
        self._rows = list(read_rows(source))
        if not self._rows:
            raise UnreadableFileError(f"{source.name}: is empty; get it again")
        cells = [row for _, row in self._rows]
        self._start, self.at = require_columns(source.name, cells, patterns, required, kind)
        self._needed = [self.at[key] for key in required]
        self.header = [
            " ".join(row[at] for row in cells[max(0, self._start - 6) : self._start] if at < len(row))
            for at in range(max(self.at.values()) + 1)
        ]

    def rows(self, faults: Faults) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows below the header by column; sentences are passed over, rows that end early are faults."""
        for line, cells in self._rows[self._start :]:
            if is_notice(cells):
                continue
            if len(cells) <= max(self._needed):
                faults.add(line, f"has {len(cells)} cells and needs {max(self._needed) + 1}; it may be cut off there")
                continue
            yield line, {key: cells[at] if at < len(cells) else "" for key, at in self.at.items()}


_FLAT_LINE: Final = re.compile(r"([1-3])([0-9A-Z]{5})([ 0-9]{7})([0-9A-Z]{5})([ 0-9]{7})([ 0-9]{7})([ 0-9]{0,7})(.*)")


def _add_on_rows(source: SourceFile, faults: Faults) -> Iterator[tuple[int, dict[str, str]]]:
    patterns = {
        "type": re.compile(r"edit type|^type$"),
        "add_on": re.compile(r"^add on codes?$|^aoc$"),
        "primary": re.compile(r"^primary codes?$"),
        "from": re.compile(r"edit eff|^eff"),
        "to": re.compile(r"edit del|^del"),
        "add_on_to": re.compile(r"^(aoc|add on code) del"),
        "primary_to": re.compile(r"^primary code del"),
    }
    required = {"type": "AOC_Edit_Type", "add_on": "Add-On_Code", "primary": "Primary_Code"}
    if not is_workbook(source.path):
        lines = [(number, line.rstrip()) for number, line in enumerate(read_lines(source), 1) if line.strip()]
        if any(_FLAT_LINE.fullmatch(line) for _, line in lines[:100]):
            yield from _flat_rows(lines, faults)
            return
    yield from _Table(source, patterns, required, Kind.ADD_ONS).rows(faults)


def _flat_rows(lines: list[tuple[int, str]], faults: Faults) -> Iterator[tuple[int, dict[str, str]]]:
    """Fixed columns: type, add-on and the day it went, primary and the day it went, first and last day of the edit."""
    for number, line in lines:
        match = _FLAT_LINE.fullmatch(line)
        if match is not None:
            keys = ("type", "add_on", "add_on_to", "primary", "primary_to", "from", "to")
            yield number, dict(zip(keys, (part.strip() for part in match.groups()), strict=False))
        elif not is_notice([line]) or re.match(r"[1-3][0-9A-Z]{5}\b", line):
            faults.add(number, "is no add-on edit; the file may be cut off there")


def _setting_of(header: str) -> str | None:
    told = header.lower()
    if "dme" in told or "supplier" in told:
        return "supplier"
    return "outpatient_hospital" if "hospital" in told else "practitioner" if "practitioner" in told else None


def _take_once(
    seen: dict[Key, tuple[object, ...]],
    key: Key,
    value: tuple[object, ...],
    line: int,
    faults: Faults,
    incoming: Incoming,
) -> None:
    """Keeps a row; the same one twice is told, two that contradict each other are a fault."""
    before = seen.setdefault(key, value)
    if before is value:
        return
    if before != value:
        faults.add(line, "contradicts an earlier one of the same code")
    else:
        incoming.left_out["that come twice"] = incoming.left_out.get("that come twice", 0) + 1


def _held(
    con: Connection,
    source: SourceFile,
    incoming: Incoming,
    table: str,
    columns: tuple[str, ...],
    rows: list[tuple[object, ...]],
) -> Incoming:
    if not rows:
        raise UnreadableFileError(f"{source.name}: has a header and no rows; get it again")
    hold_rows(con, incoming, table, columns, rows)
    return incoming
