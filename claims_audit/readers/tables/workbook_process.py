"""Reads a workbook in a process of its own, started by workbook.py as a plain script.

The parser allocates a sheet as one block, from its first cell to its last: two cells far apart, in a file of a few
kilobytes, ask for hundreds of gigabytes and end the process. Here that costs this process and not the night.

Standard output gets one JSON value a line: the list of sheets `[name, ...]`; then for every sheet its first rows, after
which a line on standard input says what to do: `read` (all its rows follow, in lists of rows, ended by null) or
`skip`. Cells are text, numbers, true and false, or null; days and times are text in ISO form. An error is an object.
Imports nothing of this project.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice

import python_calamine

MAX_ADDRESS_BYTES = 4 << 30
MAX_SECONDS = 900
HEAD_ROWS = 60
ROWS_AT_ONCE = 500


def main(path: str) -> None:
    """Serves one workbook."""
    limit()
    book = python_calamine.load_workbook(path)
    sheets = [
        at
        for at, sheet in enumerate(book.sheets_metadata)
        if sheet.visible == python_calamine.SheetVisibleEnum.Visible
        and sheet.typ == python_calamine.SheetTypeEnum.WorkSheet
    ]
    say([book.sheet_names[at] for at in sheets])
    for at in sheets:
        sheet = book.get_sheet_by_index(at)
        say([plain(row) for row in islice(sheet.iter_rows(), HEAD_ROWS)] if sheet.height else [])
        match sys.stdin.readline().strip():
            case "read":
                rows = sheet.iter_rows()
                while chunk := [plain(row) for row in islice(rows, ROWS_AT_ONCE)]:
                    say(chunk)
                say(None)
            case "skip":
                continue
            case _:  # the other side is gone
                return


def limit() -> None:
    """Bounds memory and time, where the system knows such bounds."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESS_BYTES, MAX_ADDRESS_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def plain(row: Sequence[object]) -> list[object]:
    """The cells of a row as JSON has them."""
    return [cell if type(cell) in (str, int, bool) else as_json(cell) for cell in row]


def as_json(cell: object) -> object:
    """A cell that JSON does not have as it is."""
    if isinstance(cell, datetime):
        return cell.replace(microsecond=0).isoformat(sep=" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.replace(microsecond=0).isoformat()
    if isinstance(cell, timedelta):
        seconds = round(cell.total_seconds())
        return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}:{seconds % 60:02}"
    if isinstance(cell, float):
        return cell if abs(cell) < 1e15 else str(cell)
    return None if cell is None else str(cell)


def say(value: object) -> None:
    """One line to the other side."""
    sys.stdout.write(json.dumps(value, separators=(",", ":")) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except BrokenPipeError:
        sys.exit(1)
    except (Exception, MemoryError) as error:
        say({"error": type(error).__name__})
    except BaseException as error:  # a panic of the parser is no Exception
        say({"error": type(error).__name__})
