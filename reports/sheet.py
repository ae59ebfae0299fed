"""Tables in a workbook: typed columns, row by row, onto as many sheets as the rows need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Literal, Protocol, TypeVar

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

CLASSIFICATION = "Internal: contains protected health information"

# The limits of the file format.
ROW_LIMIT = 1_048_576
TEXT_LIMIT = 32_767

# Points of a line of text, and the most for a row: what is longer is read in the cell.
_LINE_HEIGHT = 13.0
_TALLEST = 130.0

Kind = Literal["text", "wrapped", "date", "time", "money", "count", "decimal", "percent"]
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """A heading and how a row's cell is found and shown."""

    title: str
    width: int
    kind: Kind
    value: Callable[[Row], Any]


class Styles:
    """The formats of one workbook."""

    def __init__(self, book: Workbook) -> None:
        # "@" keeps a text a text even when somebody opens the cell and presses Enter: "=1+1" stays as it is.
        plain = {"valign": "top", "font_size": 10}
        self.by_kind: dict[Kind, Format] = {
            "text": book.add_format({**plain, "num_format": "@"}),
            "wrapped": book.add_format({**plain, "num_format": "@", "text_wrap": True}),
            "date": book.add_format({**plain, "num_format": "yyyy-mm-dd", "align": "left"}),
            "time": book.add_format({**plain, "num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
            "money": book.add_format({**plain, "num_format": "$#,##0.00"}),
            "count": book.add_format({**plain, "num_format": "#,##0"}),
            "decimal": book.add_format({**plain, "num_format": "#,##0.0##"}),
            "percent": book.add_format({**plain, "num_format": "0.0%"}),
        }
        self.head = book.add_format(
            {"bold": True, "font_size": 10, "bg_color": "#E3ECEF", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        self.title = book.add_format({"bold": True, "font_size": 15})
        self.section = book.add_format({"bold": True, "font_size": 11, "bottom": 1})
        self.label = book.add_format({**plain, "font_color": "#44525C", "text_wrap": True})
        self.caution = book.add_format({"bold": True, "font_size": 10, "font_color": "#9C2B23"})


def write_table(book: Workbook, styles: Styles, name: str, columns: Sequence[Column[Row]], rows: Iterable[Row]) -> None:
    """Writes a sheet with a heading, and further ones where the rows go on."""
    part = 1
    sheet = _start(book, styles, name, columns)
    place = 1
    for row in rows:
        if place == ROW_LIMIT:
            _finish(sheet, columns, place)
            part += 1
            sheet = _start(book, styles, f"{name} {part}", columns)
            place = 1
        values = [column.value(row) for column in columns]
        sheet.set_row(place, row_height(wrapped_texts(values, columns)))
        for index, (value, column) in enumerate(zip(values, columns, strict=True)):
            write_cell(sheet, place, index, value, column.kind, styles)
        place += 1
    _finish(sheet, columns, place)


def write_cell(sheet: Worksheet, row: int, column: int, value: Any, kind: Kind, styles: Styles) -> None:
    """Writes by the column's kind and never by the look of the value, so no text becomes a number or a formula."""
    style = styles.by_kind[kind]
    if value is None:
        return
    if kind in ("text", "wrapped"):
        sheet.write_string(row, column, fitting(str(value)), style)
    elif isinstance(value, date | datetime):
        sheet.write_datetime(row, column, value, style)
    else:
        sheet.write_number(row, column, float(value), style)


def _start(book: Workbook, styles: Styles, name: str, columns: Sequence[Column[Row]]) -> Worksheet:
    sheet = book.add_worksheet(name)
    for index, column in enumerate(columns):
        sheet.set_column(index, index, column.width)
    sheet.set_row(0, 30)
    for index, column in enumerate(columns):
        sheet.write_string(0, index, column.title, styles.head)
    sheet.freeze_panes(1, 1)
    set_up_print(sheet)
    sheet.repeat_rows(0)
    return sheet


def _finish(sheet: Worksheet, columns: Sequence[Column[Row]], rows: int) -> None:
    sheet.autofilter(0, 0, max(rows - 1, 1), len(columns) - 1)


class Sized(Protocol):
    """What has a width and a kind."""

    @property
    def width(self) -> int: ...

    @property
    def kind(self) -> Kind: ...


def wrapped_texts(values: Sequence[Any], columns: Sequence[Sized]) -> list[tuple[str, int]]:
    """The texts of a row that are wrapped, each with the width of its column in characters."""
    return [
        (str(value), column.width)
        for value, column in zip(values, columns, strict=True)
        if column.kind == "wrapped" and value is not None
    ]


def row_height(cells: Iterable[tuple[str, int]]) -> float:
    """Points for a row whose texts are wrapped at the widths of their columns; programs that save do not all fit it."""
    lines = (sum(max(1, -(-len(part) // max(width, 1))) for part in text.split("\n")) for text, width in cells)
    return min(_LINE_HEIGHT * max(1, *lines, 1), _TALLEST)


def set_up_print(sheet: Worksheet) -> None:
    """Landscape, one page wide, the classification on every page."""
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&L{CLASSIFICATION}&R&P / &N")


def fitting(text: str) -> str:
    """As much of a text as a cell can hold; what was cut says so."""
    if len(text) <= TEXT_LIMIT:
        return text
    ending = " [cut here; the Parquet export has it all]"
    return text[: TEXT_LIMIT - len(ending)] + ending
