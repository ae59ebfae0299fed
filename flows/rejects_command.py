"""claims-audit rejects list | extract: what was set aside, and the very bytes of it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

from cyclopts import App, Parameter

from claims_audit.errors import ExitCode, StorageError, UsageError
from flows.options import HOME, AsJson, HomeFolder

if TYPE_CHECKING:
    from claims_audit.home import Home
    from claims_audit.intake.set_aside import SetAside

rejects_app = App(name="rejects", help="What was set aside, and the very bytes of it.")

OfRun = Annotated[str | None, Parameter(name="--run", help="Run that loaded the files; else all runs.")]
OfFile = Annotated[str | None, Parameter(name="--file", help="Name of the file, or the beginning of its hash.")]


@rejects_app.command(name="list")
def list_rejects(*, home: HomeFolder = HOME, run: OfRun = None, file: OfFile = None, as_json: AsJson = False) -> int:
    """Lists every range that was set aside, with its place and the reason."""
    from claims_audit.home import Home
    from claims_audit.intake.set_aside import read_list
    from flows.console import print_json, show_rejects

    found = read_list(Home(home.absolute()), run, file)
    if as_json:
        print_json({"rejects": [_as_row(item) for item in found]})
    else:
        show_rejects(found)
    return int(ExitCode.DONE)


@rejects_app.command(name="extract")
def extract_rejects(
    *reject_ids: str,
    home: HomeFolder = HOME,
    run: OfRun = None,
    file: OfFile = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="File; else standard output.")] = None,
) -> int:
    """Cuts ranges out of the archived input, byte for byte: those named, else all of --run or --file, in their order.

    What comes out holds patient data, as the input does. A row of a workbook or of Parquet comes as one line of CSV.
    """
    from claims_audit.home import Home
    from claims_audit.intake.set_aside import find_one, read_list

    place = Home(home.absolute())
    if not reject_ids and run is None and file is None:
        raise UsageError("name the ranges to extract as `claims-audit rejects list` shows them, or --file or --run")
    found = [find_one(place, reject_id) for reject_id in reject_ids] or read_list(place, run, file)
    if output is None:
        _extract(place, found, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return int(ExitCode.DONE)
    try:
        with os.fdopen(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            _extract(place, found, out)
    except OSError as error:
        raise StorageError(f"{output}: cannot be written ({error.strerror})") from error
    return int(ExitCode.DONE)


def _extract(home: Home, found: list[SetAside], out: BinaryIO) -> None:
    from claims_audit.intake.archive import cut_content, cut_rows

    for item in found:
        if item.counts_rows:
            header = json.loads(item.header or "[]")
            cut_rows(home, item.sha256, item.format_code, header, item.byte_start, item.byte_end, out)
        else:
            cut_content(home, item.sha256, item.byte_start, item.byte_end, out)


def _as_row(item: SetAside) -> dict[str, object]:
    return {"reject_id": item.reject_id, **{name: getattr(item, name) for name in type(item).__dataclass_fields__}}
