"""NCCI PTP edits: up to some million pairs, taken apart and checked in DuckDB, a line each.

The layout is found in the head of the file: the first line with a day tells where effective day, deletion day and
modifier indicator stand (the Medicaid tables lack the column about 1996), whatever the header says or if there is none.
Every line from the first pair to the last must be one; before and after, only what looks like no pair may stand.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Final

import duckdb
import pyarrow as pa

from claims_audit.errors import RefusedTableError, UnreadableFileError
from claims_audit.readers.inputs.source_file import SourceFile
from claims_audit.readers.tables.workbook import is_workbook, sheet_rows
from claims_audit.reference.faults import Faults
from claims_audit.reference.headers import find_columns
from claims_audit.reference.incoming import Incoming, count_rows
from claims_audit.reference.kinds import Kind
from claims_audit.warehouse.database import Connection, first_row

_HEAD_BYTES: Final = 1 << 16
_HEAD_LINES: Final = 100
_SHEET_ROWS_AT_ONCE: Final = 50_000
_MARK: Final = codecs.BOM_UTF8
_DAY: Final = re.compile(r"(19|20)\d{6}")
_HEADER: Final = {
    "one": re.compile(r"column 1$"),
    "two": re.compile(r"column 2$"),
    "from": re.compile(r"effective"),
    "to": re.compile(r"deletion"),
    "indicator": re.compile(r"modifier"),
}
_NOT_APPLICABLE: Final = 9

_LINES: Final = """
read_csv(
    $path,
    columns = {'line': 'VARCHAR'},
    delim = chr(1),
    quote = '',
    escape = '',
    header = false,
    auto_detect = false,
    encoding = 'latin-1'
)
"""
_PLAIN_CELLS: Final = "string_split(line, $delimiter)"
# A cell in quotation marks may hold the delimiter; CMS quotes no tab text.
_QUOTED_CELLS: Final = """
case
    when contains(line, '"') then list_transform(
        regexp_extract_all(line || ',', '("(?:[^"]|"")*"|[^,]*),', 1), lambda cell: trim(cell, '"')
    )
    else string_split(line, $delimiter)
end
"""
_STAGE: Final = """
create or replace temp table staged_pair as
select
    column_one_code,
    column_two_code,
    eff_from,
    eff_to,
    try_cast(indicator as tinyint) as modifier_indicator,
    is_pair,
    -- What a message needs to know of a line that is none.
    has_codes,
    has_end,
    case when is_pair then null else ends is not null and indicator is not null end as has_cells,
    case
        when is_pair then null
        else coalesce(
            regexp_full_match(starts, '[0-9]{{6,8}}') or regexp_full_match(column_one_code, '[0-9A-Z]{{1,6}}'), false
        )
    end as is_meant,
    case when is_pair then null else len(list_filter(cells, lambda cell: trim(cell) <> '')) end as filled_cells,
    case when is_pair then null else len(string_split(trim(cells[1]), ' ')) end as words
from (
    select
        *,
        has_codes and eff_from is not null and has_end and coalesce(indicator in ('0', '1', '9'), false) as is_pair
    from (
        select
            *,
            case when length(starts) = 8 then cast(try_strptime(starts, '%Y%m%d') as date) end as eff_from,
            case when length(ends) = 8 then cast(try_strptime(ends, '%Y%m%d') as date) end as eff_to,
            coalesce(ends in ('', '*') or (length(ends) = 8 and try_strptime(ends, '%Y%m%d') is not null), false)
                as has_end,
            coalesce(
                length(column_one_code) = 5 and length(column_two_code) = 5
                and regexp_full_match(concat(column_one_code, column_two_code), '[0-9A-Z]{{10}}'),
                false
            ) as has_codes
        from (
            select
                cells,
                upper(trim(cells[1])) as column_one_code,
                upper(trim(cells[2])) as column_two_code,
                trim(cells[{start}]) as starts,
                trim(cells[{start} + 1]) as ends,
                trim(cells[{start} + 2]) as indicator
            from ({cells})
        )
    )
)
"""
# The rows of one statement are numbered on in their order; within a transaction not from 0.
_LINE_NUMBER: Final = "rowid - (select min(rowid) from staged_pair) + 1"
_IN_FORCE: Final = "eff_from <= $to and (eff_to is null or eff_to >= $from)"


def read_pairs(con: Connection, source: SourceFile, valid_from: date, valid_to: date | None) -> Incoming:
    """Reads the pairs that are in force on some day from `valid_from` to `valid_to`; the others are counted only.

    Raises UnreadableFileError for what is no such table, RefusedTableError naming lines that are no pairs.
    """
    start = _stage(con, source)
    incoming = Incoming()
    _require_pairs(con, source)
    parameters = {"from": valid_from, "to": valid_to or date(9999, 12, 31)}
    con.execute(
        f"""
        create or replace temp table incoming_ncci_pair as
        select distinct column_one_code, column_two_code, modifier_indicator, eff_from, eff_to
        from staged_pair
        where is_pair and modifier_indicator <> {_NOT_APPLICABLE} and {_IN_FORCE}
        """,
        parameters,
    )
    counted = first_row(
        con,
        f"""
        select
            count(*),
            count(*) filter (where modifier_indicator = {_NOT_APPLICABLE}),
            count(*) filter (where modifier_indicator <> {_NOT_APPLICABLE} and not ({_IN_FORCE}))
        from staged_pair
        where is_pair
        """,
        parameters,
    ) or (0, 0, 0)
    kept = count_rows(con, "ncci_pair")
    incoming.row_counts["ncci_pair"] = kept
    incoming.left_out = {
        "with indicator 9, which never were in force": counted[1],
        "in force on other days only": counted[2],
        "that come twice": counted[0] - counted[1] - counted[2] - kept,
    }
    _require_no_contradiction(con, source, incoming)
    if start.ends_early:
        incoming.warnings.append(
            f"{source.name}: its last line does not end with a line break; make sure that the file is whole"
        )
    con.execute("drop table staged_pair")
    if not kept:
        raise RefusedTableError(
            f"{source.name}: no pair is in force from {valid_from} to {valid_to or 'today'}; nothing was loaded; give "
            "the right --valid-from and --valid-to"
        )
    return incoming


class _Layout:
    """Where the columns stand."""

    def __init__(self, delimiter: str, start: int, ends_early: bool = False, has_mark: bool = False) -> None:
        self.delimiter, self.start, self.ends_early, self.has_mark = delimiter, start, ends_early, has_mark


def _stage(con: Connection, source: SourceFile) -> _Layout:
    """Takes every line apart into staged_pair, in its order."""
    if is_workbook(source.path):
        return _stage_sheet(con, source)
    layout = _layout_of_text(source)
    cells = _PLAIN_CELLS if layout.delimiter == "\t" else _QUOTED_CELLS
    lines = (
        f"(select replace(line, '{_MARK.decode('latin-1')}', '') as line from {_LINES})" if layout.has_mark else _LINES
    )
    query = _STAGE.format(start=layout.start + 1, cells=f"select {cells} as cells from {lines}")
    try:
        con.execute(query, {"path": str(source.path), "delimiter": layout.delimiter})
    except duckdb.IOException:
        raise
    except duckdb.Error:
        raise UnreadableFileError(
            f"{source.name}: has a line that is no text or is too long; it is damaged, so get it again"
        ) from None
    return layout


def _stage_sheet(con: Connection, source: SourceFile) -> _Layout:
    rows = sheet_rows(source.path, source.name)
    head = list(islice(rows, _HEAD_LINES))
    layout = _Layout("", _start_column(source, [[cell or "" for cell in row] for row in head]))
    con.execute("create or replace temp table sheet_row (cells varchar[])")
    waiting: Sequence[list[str | None]] = head
    while waiting:
        frame = pa.table({"cells": pa.array([[cell or "" for cell in row] for row in waiting], pa.list_(pa.string()))})
        con.register("sheet_frame", frame)
        con.execute("insert into sheet_row select cells from sheet_frame")
        con.unregister("sheet_frame")
        waiting = list(islice(rows, _SHEET_ROWS_AT_ONCE))
    con.execute(_STAGE.format(start=layout.start + 1, cells="select cells from sheet_row"))
    con.execute("drop table sheet_row")
    return layout


def _layout_of_text(source: SourceFile) -> _Layout:
    with source.open() as stream:
        head = stream.read(_HEAD_BYTES)
        if source.byte_count:
            stream.seek(source.byte_count - 1)
            ends_early = stream.read(1) not in (b"\n", b"\r")
    if not head.strip():
        raise UnreadableFileError(f"{source.name}: is empty; get it again")
    if b"\0" in head:
        raise UnreadableFileError(f"{source.name}: is no text; load the table as text or XLSX, or its archive")
    lines = head.decode("latin-1").removeprefix(_MARK.decode("latin-1")).splitlines()[:_HEAD_LINES]
    for delimiter in ("\t", ","):
        rows = [[cell.strip(' "') for cell in line.split(delimiter)] for line in lines]
        if any(len(row) >= 5 for row in rows):
            return _Layout(delimiter, _start_column(source, rows), ends_early, head.startswith(_MARK))
    raise _no_pairs(source)


def _start_column(source: SourceFile, rows: Sequence[Sequence[str]]) -> int:
    """The place of the effective day: that of the first day in the first row that has one."""
    for row in rows:
        for at, cell in enumerate(row):
            if _DAY.fullmatch(cell):
                header = find_columns(rows, _HEADER, _HEADER)
                if at not in (2, 3) or (header and header[1]["from"] != at):
                    raise _no_pairs(source)
                return at
    raise _no_pairs(source)


def _require_pairs(con: Connection, source: SourceFile) -> None:
    bounds = first_row(con, f"select min({_LINE_NUMBER}), max({_LINE_NUMBER}) from staged_pair where is_pair")
    if bounds is None or bounds[0] is None:
        raise _no_pairs(source)
    faults = Faults(source.name, "row" if is_workbook(source.path) else "line")
    for line, why in _bad_lines(con, *bounds):
        faults.add(line, why)
    faults.raise_any("it may be cut off or edited, so get it again and load it unchanged")


def _bad_lines(con: Connection, first: int, last: int) -> Iterator[tuple[int, str]]:
    """Lines among the pairs that are none, and lines around them that were meant to be."""
    rows = con.execute(
        f"""
        select
            {_LINE_NUMBER} as line_number,
            case
                when not has_cells then 'has too few cells; the file may be cut off there'
                when not has_codes then 'has a code that is not five letters and digits'
                when eff_from is null then 'has an effective date that does not exist'
                when not has_end then 'has a deletion date that does not exist'
                else 'has a modifier indicator other than 0, 1 and 9'
            end
        from staged_pair
        where
            not is_pair
            and filled_cells > 0
            and (
                is_meant
                or line_number between $first and $last
                -- Below the pairs, a notice: one cell that is filled, and of several words.
                or (line_number > $last and not (filled_cells = 1 and words >= 3))
            )
        order by line_number
        """,
        {"first": first, "last": last},
    )
    while found := rows.fetchmany(1000):
        yield from found


def _require_no_contradiction(con: Connection, source: SourceFile, incoming: Incoming) -> None:
    """Refuses the same pair with two indicators from the same day on; tells periods that overlap."""
    row = first_row(
        con,
        """
        select
            count(*) filter (where eff_from = before_from and modifier_indicator <> before_indicator),
            count(*)
        from (
            select
                eff_from,
                modifier_indicator,
                lag(eff_from) over pair as before_from,
                lag(modifier_indicator) over pair as before_indicator,
                lag(coalesce(eff_to, date '9999-12-31')) over pair as before_to
            from incoming_ncci_pair
            window pair as (
                partition by column_one_code, column_two_code order by eff_from, coalesce(eff_to, date '9999-12-31')
            )
        )
        where before_to >= eff_from
        """,
    )
    contradictions, overlaps = row or (0, 0)
    if contradictions:
        raise RefusedTableError(
            f"{source.name}: {contradictions:,} pairs stand in it with two indicators for the same days; nothing was "
            "loaded; get the file again and load it unchanged"
        )
    if overlaps:
        incoming.warnings.append(f"{source.name}: {overlaps:,} pairs stand in it with periods that overlap")


def _no_pairs(source: SourceFile) -> UnreadableFileError:
    return UnreadableFileError(
        f"{source.name}: is no table of kind {Kind.PAIRS}: no line has two codes, an effective and a deletion date "
        "and a modifier indicator; load it as the kind that it is, or get it again"
    )
