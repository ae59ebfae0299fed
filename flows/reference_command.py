"""The command `claims-audit reference`: load a published table or a list of the practice's own, list what is there."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from claims_audit.errors import ExitCode
from flows.environment import prepare
from flows.options import HOME, AsJson, Config, HomeFolder

if TYPE_CHECKING:
    from claims_audit.home import Home
    from claims_audit.reference.editions import Edition
    from claims_audit.reference.listing import Listing
    from claims_audit.reference.loading import Loaded
    from claims_audit.settings import Settings
    from claims_audit.warehouse.database import Connection

reference_app = App(name="reference", help="Published tables and own lists: what the checks hold claims against.")

KindName = Literal[
    "ncci-ptp", "ncci-mue", "ncci-addon", "pfs", "fee-schedule", "icd10", "carc", "pos", "providers", "eligibility"
]


@reference_app.command(name="load")
def load(
    kind: KindName,
    file: Path,
    *,
    valid_from: Annotated[
        date | None, Parameter(name="--valid-from", help="First day of service; else as the file's name tells.")
    ] = None,
    valid_to: Annotated[
        date | None, Parameter(name="--valid-to", help="Last day of service; else as the file's name tells.")
    ] = None,
    program: Annotated[
        Literal["medicare", "medicaid"] | None, Parameter(help="Whose NCCI rules; else as the file's name tells.")
    ] = None,
    setting: Annotated[
        Literal["practitioner", "outpatient_hospital"] | None,
        Parameter(help="Whose PTP or MUE table; else as the file's name tells."),
    ] = None,
    home: HomeFolder = HOME,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Loads one table from a file: text, XLSX, or the archive as it is published. All of it, or nothing.

    Editions of ncci-ptp, ncci-mue, ncci-addon, pfs and icd10 stand side by side; each line is held against the one of
    its day. The same table with the same first day takes the place of the older one; of ncci-ptp, only the part f1 to
    f4 that the name tells. A new fee-schedule takes the place of the earlier fees of the payers in it, a new carc file
    that of the reasons or the remarks, and pos, providers and eligibility are replaced wholly. The next audit uses what
    was loaded.
    """
    home = home.absolute()
    prepare(home)
    from checks.schemas import ROW_SCHEMAS
    from claims_audit.home import Home
    from claims_audit.reference.kinds import Kind
    from claims_audit.reference.loading import Choice, load_table
    from claims_audit.settings import read_settings
    from claims_audit.warehouse.reference import load_reference
    from flows.console import print_json

    settings = read_settings(home, config)
    choice = Choice(valid_from, valid_to, program, setting)
    with _held_home(Home(home), settings) as con:
        con.execute("set memory_limit = $limit", {"limit": settings.load_memory_limit})
        done = load_table(con, Home(home), settings, Kind(kind), file, choice, ROW_SCHEMAS)
        # Places are made of the shipped and the loaded ones.
        load_reference(con, Home(home), settings, ROW_SCHEMAS)
    warnings = [warning for item in done for warning in item.warnings]
    if as_json:
        print_json({"loaded": [_loaded_as_row(item) for item in done], "warnings": warnings})
    else:
        for item in done:
            _show_loaded(item)
        for warning in warnings:
            sys.stdout.write(f"warning {warning}\n")
    return int(ExitCode.DONE_WITH_WARNINGS if warnings else ExitCode.DONE)


@reference_app.command(name="list")
def list_editions(*, home: HomeFolder = HOME, config: Config = None, as_json: AsJson = False) -> int:
    """Lists the editions with their dates, the months of claims that none covers, and tables that have run out."""
    home = home.absolute()
    prepare(home)
    from claims_audit.home import Home
    from claims_audit.reference.listing import list_reference
    from claims_audit.settings import read_settings
    from flows.console import print_json

    with _held_home(Home(home), read_settings(home, config)) as con:
        listing = list_reference(con)
    if as_json:
        print_json(
            {
                "editions": [_as_row(edition) for edition in listing.editions],
                "uncovered": [
                    {"kind": item.kind, "month": item.month, "lines": item.lines, "shipped_stands_in": item.stands_in}
                    for item in listing.uncovered
                ],
                "stale": [
                    {name: getattr(item, name) for name in type(item).__dataclass_fields__} for item in listing.stale
                ],
            }
        )
    else:
        _show_listing(listing)
    return int(ExitCode.DONE)


@contextmanager
def _held_home(home: Home, settings: Settings) -> Iterator[Connection]:
    """The warehouse of a home that no run holds, with what is shipped in it."""
    from checks.schemas import ROW_SCHEMAS
    from claims_audit.warehouse.database import open_warehouse
    from claims_audit.warehouse.reference import load_reference

    home.create()
    with home.lock("claims-audit reference"), open_warehouse(home, settings, reads_elsewhere=True) as con:
        load_reference(con, home, settings, ROW_SCHEMAS)
        yield con


def _show_loaded(item: Loaded) -> None:
    edition = item.edition
    told = f"{item.file_name}: {item.status}: {edition.edition_id}, {edition.row_count:,} rows, {_days(edition)}"
    sys.stdout.write(f"{told}\n")
    for why, count in item.left_out.items():
        sys.stdout.write(f"  left out: {count:,} rows {why}\n")


def _show_listing(listing: Listing) -> None:
    from flows.console import show_editions

    show_editions([_as_row(edition) for edition in listing.editions])
    if not listing.line_count:
        sys.stdout.write("No claims are loaded.\n")
    by_kind: dict[str, list[str]] = {}
    for item in listing.uncovered:
        stands_in = f", the shipped one stands in for {item.stands_in:,}" if item.stands_in else ""
        by_kind.setdefault(item.kind, []).append(f"  {item.month}: {item.lines:,} lines{stands_in}")
    for kind, months in by_kind.items():
        sys.stdout.write(f"{kind}: no edition covers these months of service\n")
        sys.stdout.write("\n".join(months) + "\n")
    for stale in listing.stale:
        whose = ", ".join(word for word in (stale.program, stale.setting) if word)
        sys.stdout.write(
            f"{stale.kind}{f' ({whose})' if whose else ''}: ended on {stale.valid_to}, the claims go to "
            f"{stale.newest_date_of_service}; load the next edition\n"
        )


def _days(edition: Edition) -> str:
    return f"{edition.valid_from} to {edition.valid_to or 'open'}"


def _loaded_as_row(item: Loaded) -> dict[str, Any]:
    return {
        "status": item.status,
        "file": item.file_name,
        "rows_of_file": item.rows_of_file,
        "left_out": dict(item.left_out),
        "edition": _as_row(item.edition),
    }


def _as_row(edition: Edition) -> dict[str, Any]:
    return {
        "edition_id": edition.edition_id,
        "kind": edition.kind.value,
        "title": edition.title,
        "program": edition.program,
        "setting": edition.setting,
        "valid_from": edition.valid_from,
        "valid_to": edition.valid_to,
        "rows": edition.row_count,
        "origin": "shipped" if edition.is_shipped else "loaded",
        "files": [part.file_name for part in edition.parts],
        "loaded_at": edition.loaded_at,
    }
