"""Loads files into a warehouse of their own, holds them against the history, and tells line by line what to fix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from claims_audit.checking.catalog import Catalog, read_catalog
from claims_audit.checking.needs import REMITTANCE_TABLES, checks_without, needed_views
from claims_audit.checking.query_file import SEVERITIES
from claims_audit.checking.run import run_checks
from claims_audit.checking.selection import Selection, select_checks
from claims_audit.checking.service_month import MonthBounds, service_month
from claims_audit.errors import NoInputError
from claims_audit.findings.finding import CheckResult, CheckStatus, Finding
from claims_audit.home import Home, new_run_id
from claims_audit.intake.load import load_inputs
from claims_audit.intake.report import FileReport
from claims_audit.precheck.joining import join_history
from claims_audit.readers.inputs.source import find_inputs
from claims_audit.readers.tables.profile import Profile
from claims_audit.rejecting import RejectsRows
from claims_audit.settings import Settings
from claims_audit.warehouse.database import Connection, create_tables, first_row, open_scratch, open_warehouse
from claims_audit.warehouse.reference import load_reference

Progress = Callable[[str], None]

# Nobody has answered the claims yet, and how clinicians compare is no fault of a line.
_ABSENT: Final = REMITTANCE_TABLES | {"provider_statistic"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: a line of a claim in a file, or, as far as that is known, a row or the file."""

    file_name: str
    row: int | None = None  # line of a text file, or row of a table
    patient_control_number: str | None = None
    claim_line_number: int | None = None
    date_of_service: date | None = None
    procedure_code: str | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to fix, or to look at, on one line of a file, or on a row that could not be read."""

    place: Place
    # Or what the intake says: quarantined, refused, repeated, already_loaded, newer_version_loaded or
    # claim_number_in_use.
    check_id: str
    severity: str
    is_wrong: bool  # false for leads, and for what the payer allows: a person should look, and may send it
    what: str
    what_to_do: str
    expected_amount: Decimal = Decimal("0.00")  # dollars of this line that are at stake if it is paid as expected
    rule: str | None = None
    direction: str | None = None
    certainty: str | None = None
    verdict: str | None = None
    policy_id: str | None = None
    finding_id: str | None = None
    other_lines: tuple[str, ...] = ()  # of the same finding in the history, claim number and line


@dataclass(slots=True)
class Precheck:
    """What came of it: the files as they were read, and every problem in the order of the lines."""

    files: list[FileReport] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    results: list[CheckResult] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)  # checks of the chosen packs that need a payer's answer
    line_count: int = 0
    history_line_count: int = 0
    has_history: bool = False
    months: list[date] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not any(problem.is_wrong for problem in self.problems)

    @property
    def failed_checks(self) -> list[str]:
        """Checks that ended in an error: what they would have found is not known."""
        return [result.check_id for result in self.results if result.status is CheckStatus.ERRORED]

    @property
    def expected_dollars(self) -> dict[str, Decimal]:
        """By direction, of each line the most that one finding puts at stake; never netted."""
        most: dict[tuple[str, Place], Decimal] = {}
        for problem in self.problems:
            if problem.direction is not None:
                key = (problem.direction, problem.place)
                most[key] = max(most.get(key, Decimal(0)), problem.expected_amount)
        totals: dict[str, Decimal] = {}
        for (direction, _), amount in most.items():
            totals[direction] = totals.get(direction, Decimal("0.00")) + amount
        return dict(sorted(totals.items()))


def precheck_files(
    places: Sequence[str | Path],
    home: Home,
    settings: Settings,
    schemas: Mapping[str, RejectsRows],
    progress: Progress = lambda _: None,
    profile: Profile | None = None,
) -> Precheck:
    """Reads claims that are not sent yet and holds them against what the home holds, which may be nothing.

    The caller holds the lock of the home if it has a warehouse. Raises NoInputError if no file could be read or none of
    them holds a claim line.
    """
    catalog = read_catalog()
    told = Precheck(has_history=home.warehouse.is_file())
    selection = _select(catalog, settings, told)
    inputs = find_inputs(places, settings.storage)
    if not inputs:
        raise NoInputError(f"{', '.join(map(str, places))}: no files to check")
    with _own_home(home) as own:
        with open_warehouse(own, settings, memory_limit=settings.load_memory_limit) as con:
            load_reference(con, own, settings, schemas)
            told.files = load_inputs(con, inputs, own, settings, schemas, new_run_id(), progress, profile)
            _require_readable(told.files)
            told.problems += _rows_set_aside(con)
        history = home.warehouse if told.has_history else _empty_history(own, settings)
        with open_scratch(own, settings, beside=history.parent) as con:
            join_history(con, history)
            _count(con, told)
            if not told.line_count and not told.problems:
                raise NoInputError(f"{', '.join(report.name for report in told.files)}: no claim lines to check")
            told.problems += [*_refused(told.files), *_repeated(told.files)]
            told.problems += [*_known_lines(con), *_older_versions(con), *_numbers_in_use(con)]
            months = _months(con, catalog, selection)
            told.months = [start for start, _ in months]
            reduced = replace(catalog, checks=selection.checks)
            ran = run_checks(con, reduced, selection, progress, months)
            told.results = ran.results
            told.problems += _on_lines(con, ran.findings)
    told.problems.sort(key=_order)
    return told


def _select(catalog: Catalog, settings: Settings, told: Precheck) -> Selection:
    chosen = select_checks(catalog, settings.packs, settings.thresholds)
    able = {check.check_id for check in checks_without(catalog, _ABSENT)}
    told.left_out = [check.check_id for check in chosen.checks if check.check_id not in able]
    return Selection(tuple(check for check in chosen.checks if check.check_id in able), (), chosen.params)


@contextmanager
def _own_home(home: Home) -> Iterator[Home]:
    """A home for the files alone, with the policies and profiles of the real one; gone afterwards."""
    place = home.temporary if home.temporary.is_dir() and home.warehouse.is_file() else None
    with TemporaryDirectory(dir=place, prefix="precheck-") as folder:
        own = Home(Path(folder) / "home")
        own.create()
        for folder_name in ("policy", "profiles"):
            if (home.path / folder_name).is_dir():
                (own.path / folder_name).symlink_to((home.path / folder_name).resolve(), target_is_directory=True)
        yield own


def _empty_history(own: Home, settings: Settings) -> Path:
    nobody = Home(own.path / "history")
    nobody.create()
    with open_warehouse(nobody, settings) as con:
        create_tables(con)
    return nobody.warehouse


def _require_readable(files: Sequence[FileReport]) -> None:
    if files and all(report.status == "refused" for report in files):
        reasons = "; ".join(report.reason for report in files[:3])
        raise NoInputError(f"none of the {len(files)} files could be read: {reasons}")


def _count(con: Connection, told: Precheck) -> None:
    row = first_row(con, "select count(*) from offered_line")
    told.line_count = int(row[0]) if row else 0
    row = first_row(con, "select count(*) from history.main.claim_line")
    told.history_line_count = int(row[0]) if row else 0


def _months(con: Connection, catalog: Catalog, selection: Selection) -> list[MonthBounds]:
    """The service months of the file, and those whose windows reach back into them."""
    reach = max((view.days_before for view in needed_views(catalog, selection.checks)), default=0)
    days = [row[0] for row in con.execute("select distinct date_of_service from offered_line").fetchall()]
    starts = {(day.year, day.month) for first in days for day in (first, first + timedelta(days=reach))}
    return [service_month(*start) for start in sorted(starts)]


def _rows_set_aside(con: Connection) -> list[Problem]:
    rows = con.execute(
        """
        select
            delivered_file.file_name,
            rejected_range.source_line_number,
            rejected_range.segment_code,
            rejected_range.column_name,
            rejected_range.reason,
            rejected_range.table_name
        from rejected_range
        inner join delivered_file on rejected_range.file_id = delivered_file.file_id
        where rejected_range.kind_code = 'quarantined'
        order by rejected_range.file_id, rejected_range.byte_start
        """
    ).fetchall()
    return [
        Problem(
            Place(name, row),
            check_id="quarantined",
            severity="critical",
            is_wrong=True,
            what=f"The row cannot be read as it stands: {_fault(table, segment, column, reason)}.",
            what_to_do="Correct it at the source and write the file again: a load would set the row aside.",
        )
        for name, row, segment, column, reason, table in rows
    ]


def _fault(table: str, segment: str | None, column: str | None, reason: str) -> str:
    parts = [table.replace("_", " "), segment, column if column and column not in reason else None, reason]
    return " ".join(part for part in parts if part)


def _refused(files: Iterable[FileReport]) -> list[Problem]:
    return [
        _of_file(report.name, "refused", report.reason, "Mend the file and check it again.")
        for report in files
        if report.status == "refused"
    ]


def _repeated(files: Iterable[FileReport]) -> list[Problem]:
    told = []
    for report in files:
        count = report.lines["duplicate"]
        if report.status == "already_loaded":
            text = "The whole file is given twice."
            told.append(_of_file(report.name, "repeated", text, "Send one of the two."))
        elif count:
            lines = "1 line equals" if count == 1 else f"{count:,} lines equal"
            text = f"{lines} another one of these files in every column."
            told.append(_of_file(report.name, "repeated", text, "Send each line once."))
    return told


def _of_file(name: str, code: str, what: str, what_to_do: str) -> Problem:
    return Problem(Place(name), code, "high", True, what, what_to_do)


_LINES: Final = """
select
    offered_line.claim_line_id,
    warehouse.main.delivered_file.file_name,
    offered_line.source_line_number,
    offered_line.patient_control_number,
    offered_line.claim_line_number,
    offered_line.date_of_service,
    offered_line.procedure_code
from offered_line
inner join warehouse.main.delivered_file on offered_line.file_id = warehouse.main.delivered_file.file_id
"""


def _known_lines(con: Connection) -> list[Problem]:
    return [
        Problem(
            Place(*row[1:]),
            check_id="already_loaded",
            severity="high",
            is_wrong=True,
            what="The warehouse holds this line already, alike in every column: it is the same claim sent again.",
            what_to_do="Do not send it again as an original: the payer will deny it as a duplicate. To correct the "
            "claim, send a replacement (frequency code 7) with the payer's number of the original.",
        )
        for row in con.execute(f"{_LINES} where offered_line.is_known").fetchall()
    ]


def _older_versions(con: Connection) -> list[Problem]:
    """Lines that would not count: the history holds what took their place."""
    rows = con.execute(
        f"""
        {_LINES}
        inner join superseded_line on offered_line.claim_line_id = superseded_line.claim_line_id
        where
            not offered_line.is_known
            and superseded_line.superseded_by_claim_id in (select claim_id from history.main.claim)
        """
    ).fetchall()
    return [
        Problem(
            Place(*row[1:]),
            check_id="newer_version_loaded",
            severity="high",
            is_wrong=True,
            what="The warehouse holds a later version of this claim, which takes the place of this one.",
            what_to_do="Send a replacement of the latest version, with the payer's number of the original.",
        )
        for row in rows
    ]


def _numbers_in_use(con: Connection) -> list[Problem]:
    """First lines of claims that are no amendment and have the number of a claim of the same person and day."""
    rows = con.execute(
        f"""
        {_LINES}
        inner join fresh_claim on offered_line.claim_line_id = fresh_claim.first_line_id
        semi join history.main.claim as held
            on
                fresh_claim.payer_id = held.payer_id
                and fresh_claim.billing_provider_npi = held.billing_provider_npi
                and fresh_claim.patient_control_number = held.patient_control_number
                and fresh_claim.member_id = held.member_id
                and fresh_claim.first_date_of_service = held.first_date_of_service
        where fresh_claim.claim_frequency_code not in ('7', '8')
        """
    ).fetchall()
    return [
        Problem(
            Place(*row[1:]),
            check_id="claim_number_in_use",
            severity="medium",
            is_wrong=False,
            what="The warehouse holds another claim with this number, of the same person and day.",
            what_to_do="If this corrects that claim, send a replacement (frequency code 7) with the payer's number of "
            "the original; if it is another visit, give it a number of its own.",
        )
        for row in rows
    ]


def _on_lines(con: Connection, findings: Iterable[Finding]) -> list[Problem]:
    """The findings that touch a line of the file, once for each of its lines."""
    offered: dict[int, list[Place]] = {}
    for row in con.execute(_LINES).fetchall():
        offered.setdefault(row[0], []).append(Place(*row[1:]))
    problems = []
    for found in findings:
        others = tuple(
            f"{line.patient_control_number}:{line.claim_line_number}"
            for line in found.lines
            if line.claim_line_id not in offered
        )
        for line in found.lines:
            for place in offered.get(line.claim_line_id, ()):
                problems.append(_as_problem(found, place, line.exposure_amount, others))
    return problems


def _as_problem(found: Finding, place: Place, amount: Decimal, others: tuple[str, ...]) -> Problem:
    return Problem(
        place,
        check_id=found.check_id,
        severity=found.severity,
        is_wrong=found.direction != "lead" and found.verdict != "violates_seed_only",
        what=found.message,
        what_to_do=found.recommended_action,
        expected_amount=amount,
        rule=found.rule,
        direction=found.direction,
        certainty=found.certainty,
        verdict=found.verdict,
        policy_id=found.policy_id,
        finding_id=found.finding_id,
        other_lines=others,
    )


def _order(problem: Problem) -> tuple[object, ...]:
    place = problem.place
    return (
        place.file_name,
        place.row or 0,
        place.patient_control_number or "",
        place.claim_line_number or 0,
        not problem.is_wrong,
        SEVERITIES.index(problem.severity),
        problem.check_id,
        problem.finding_id or "",
    )
