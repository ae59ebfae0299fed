"""The rows of a published table as cells: text of any delimiter, or a workbook. For files of some ten thousand rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.inputs.source_file import SourceFile
from claims_audit.readers.tables.text_lines import find_form
from claims_audit.readers.tables.workbook import is_workbook, sheet_rows

Row = tuple[int, list[str]]  # the line or sheet row on which it begins, from 1; trimmed cells

_MAX_BYTES: Final = 256 << 20  # the longest of them, ICD-10-CM, has 14 MB
_DELIMITERS: Final = ("\t", "|", ";", ",")
_PROBED_LINES: Final = 60


def unit_of(source: SourceFile) -> str:
    """What a row is called in a message."""
    return "row" if is_workbook(source.path) else "line"


def read_rows(source: SourceFile) -> Iterator[Row]:
    """Every row that is not empty. Raises UnreadableFileError if the file is no table."""
    if is_workbook(source.path):
        rows: Iterator[Row] = (
            (number, [(cell or "").strip() for cell in cells])
            for number, cells in enumerate(sheet_rows(source.path, source.name), 1)
        )
    else:
        rows = _text_rows(source)
    for number, cells in rows:
        if any(cells):
            yield number, cells


def read_lines(source: SourceFile) -> list[str]:
    """The lines of a text with fixed columns, without their ends."""
    return _text(source).splitlines()


def _text_rows(source: SourceFile) -> Iterator[Row]:
    text = _text(source)
    reader = csv.reader(io.StringIO(text, newline=None), delimiter=_delimiter_of(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error:
            raise UnreadableFileError(
                f"{source.name}: line {line:,} has a quotation mark that is not closed, or a cell that is too long; "
                "it may be cut off, so get it again"
            ) from None
        if cells is None:
            return
        yield line, [cell.strip() for cell in cells]


def _text(source: SourceFile) -> str:
    if source.byte_count > _MAX_BYTES:
        raise UnreadableFileError(f"{source.name}: has more than {_MAX_BYTES >> 20} MB; no table of this kind has")
    with source.open() as stream:
        form = find_form(stream)
        stream.seek(form.mark)
        content = stream.read()
    try:
        text = content.decode(form.encoding)
    except UnicodeDecodeError:
        raise UnreadableFileError(f"{source.name}: is neither UTF-8 nor Windows-1252 text; save it as UTF-8") from None
    if "\0" in text:
        raise UnreadableFileError(f"{source.name}: is no text; load the table as text or XLSX, or its archive")
    return text


def _delimiter_of(text: str) -> str:
    head = text[: 1 << 16].splitlines()[:_PROBED_LINES]
    counts = {delimiter: sum(delimiter in line for line in head) for delimiter in _DELIMITERS}
    # A notice has commas whatever the table has.
    return next((name for name in _DELIMITERS[:-1] if counts[name] >= max(1, len(head) // 2)), ",")
