"""What several tests share: rows of the native input, a home with its warehouse, the command line, the sample's run."""

from __future__ import annotations

import atexit
import csv
import io
import json
import os
import pickle
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pytest
from filelock import FileLock

from checks.schemas import ROW_SCHEMAS
from claims_audit.home import Home
from claims_audit.intake.load import load_paths
from claims_audit.intake.report import FileReport
from claims_audit.model import ATTENDANCE_COLUMNS, CLAIM_LINE_COLUMNS
from claims_audit.project import ROOT
from claims_audit.settings import Settings
from claims_audit.warehouse.database import open_warehouse
from claims_audit.warehouse.reference import load_reference
from flows.cli import silence_last_words

# What libraries in C++ say of their own left-overs at the very end would hide pytest's closing line.
atexit.register(silence_last_words)

Row = dict[str, str]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with a slow test come first: what is begun last should be short, since the other process waits for it."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


_CLAIM: Row = {
    "patient_control_number": "PCN1",
    "claim_line_number": "1",
    "payer_id": "CTMCD",
    "member_id": "M1",
    "billing_provider_npi": "1234567893",
    "rendering_provider_npi": "1234567893",
    "place_of_service_code": "11",
    "date_of_service": "2024-03-04",
    "procedure_code": "90853",
    "service_units": "1",
    "charge_amount": "40.25",
}
_ATTENDANCE: Row = {
    "session_id": "S1",
    "session_start_at": "2024-03-04 09:00",
    "member_id": "M1",
    "attendance_status": "attended",
    "facilitator_npis": "1234567893",
}


def claim(**changes: object) -> Row:
    """A good service line of the native CSV, with changes."""
    return {**_CLAIM, **{name: str(value) for name, value in changes.items()}}


def attended(**changes: object) -> Row:
    """A good attendance row, with changes."""
    return {**_ATTENDANCE, **{name: str(value) for name, value in changes.items()}}


def as_csv(rows: Sequence[Mapping[str, str]], columns: Sequence[str] | None = None) -> bytes:
    """Rows as native CSV; the columns are all that any of the rows has, in canonical order."""
    known = ATTENDANCE_COLUMNS if "attendance_status" in rows[0] else CLAIM_LINE_COLUMNS
    names = list(columns or [name for name in known if any(name in row for row in rows)])
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@pytest.fixture(name="claim")
def claim_fixture() -> Callable[..., Row]:
    return claim


@pytest.fixture(name="attended")
def attended_fixture() -> Callable[..., Row]:
    return attended


@pytest.fixture(name="as_csv")
def as_csv_fixture() -> Callable[..., bytes]:
    return as_csv


@dataclass
class Desk:
    """A home whose warehouse is open, to load files into and look at what came of them."""

    home: Home
    inbox: Path
    con: duckdb.DuckDBPyConnection
    run_id: str = "20240101T000000-aaaaaa"
    settings: Settings = field(default_factory=Settings)

    def load(self, *paths: Path) -> list[FileReport]:
        """Loads files; every report and the ledger must balance, in lines and in cents."""
        reports = load_paths(self.con, list(paths), self.home, self.settings, ROW_SCHEMAS, self.run_id)
        for report in reports:
            assert sum(report.lines.values()) == report.lines_in, report
            assert sum(report.cents.values()) == report.charge_in_cents, report
            assert report.status != "loaded" or sum(report.bytes_by_class.values()) == report.bytes, report
        self.assert_ledger_is_true()
        return reports

    def write(self, name: str, content: bytes | Sequence[Mapping[str, str]]) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else as_csv(content))
        return path

    def deliver(self, name: str, content: bytes | Sequence[Mapping[str, str]]) -> FileReport:
        """Writes a file and loads it."""
        (report,) = self.load(self.write(name, content))
        return report

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.con.execute(query).fetchall()

    def current(self) -> set[tuple[str, int]]:
        """Claim number and line number of the lines that count."""
        return set(
            self.rows(
                "select patient_control_number, claim_line_number from claim_line "
                "where claim_line_id not in (select claim_line_id from superseded_line)"
            )
        )

    def assert_ledger_is_true(self) -> None:
        """What the ledger says was stored is what is stored, file by file."""
        wrong = self.rows(
            """
            select file_name
            from delivered_file
            left join (
                select file_id, count(*) as stored, sum(dollars) as dollars
                from (
                    select file_id, charge_amount as dollars from claim_line
                    union all
                    select file_id, 0 as dollars from attendance
                    union all
                    select file_id, charge_amount as dollars from remittance_line
                )
                group by file_id
            ) as kept using (file_id)
            left join (
                select
                    file_id,
                    sum(line_count) as set_aside,
                    sum(charge_cents) as set_aside_cents
                from rejected_range
                group by file_id
            ) as rejected using (file_id)
            where
                lines_loaded + lines_superseded <> coalesce(stored, 0)
                or charge_loaded_cents + charge_superseded_cents <> coalesce(dollars, 0) * 100
                or lines_quarantined + lines_other <> coalesce(set_aside, 0)
                or charge_quarantined_cents + charge_other_cents <> coalesce(set_aside_cents, 0)
            """
        )
        assert not wrong


@pytest.fixture(scope="session")
def furnished_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with tables and reference data and no claims; to be copied."""
    home = Home(tmp_path_factory.mktemp("furnished") / "home")
    home.create()
    with open_warehouse(home, Settings()) as con:
        load_reference(con, home, Settings(), ROW_SCHEMAS)
    return home.path


@pytest.fixture
def new_desk(furnished_home: Path, tmp_path: Path) -> Iterator[Callable[[str], Desk]]:
    """Makes desks by name, for tests that compare several."""
    with ExitStack() as stack:

        def make(name: str) -> Desk:
            home = Home(Path(shutil.copytree(furnished_home, tmp_path / name / "home")))
            inbox = tmp_path / name / "inbox"
            inbox.mkdir()
            return Desk(
                home, inbox, stack.enter_context(open_warehouse(home, Settings(threads=2), reads_elsewhere=True))
            )

        yield make


@pytest.fixture
def desk(new_desk: Callable[[str], Desk]) -> Desk:
    return new_desk("desk")


@dataclass
class Ended:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output as the one JSON object that it must be."""
        content = json.loads(self.out)
        assert isinstance(content, dict)
        return content


@contextmanager
def _own_environment() -> Iterator[None]:
    """Puts back what a command sets for its own process: the environment and the umask."""
    before, mask = dict(os.environ), os.umask(0o022)
    os.umask(mask)
    try:
        yield
    finally:
        os.umask(mask)
        os.environ.clear()
        os.environ.update(before)


def call_command_line(*arguments: object) -> Ended:
    """Calls the command line in this process."""
    from flows.cli import _main

    out, err = io.StringIO(), io.StringIO()
    with _own_environment(), redirect_stdout(out), redirect_stderr(err):
        code = _main([str(argument) for argument in arguments])
    return Ended(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def cli() -> Callable[..., Ended]:
    return call_command_line


@dataclass
class Audited:
    """A practice that was audited once; not to be written to."""

    home: Path
    inbox: Path
    truth: Path
    run_id: str
    ended: Ended

    @property
    def manifest(self) -> dict[str, Any]:
        return dict(json.loads((self.home / "runs" / self.run_id / "run.json").read_text()))


def audit_practice(folder: Path, home: Path, *arguments: object) -> Audited:
    """Runs the night plainly over a sample practice, which has `inbox` and `truth.csv`."""
    ended = call_command_line("run", "--plain", "--inbox", folder / "inbox", "--home", home, "--json", *arguments)
    assert ended.code in (0, 10), ended.err
    return Audited(home, folder / "inbox", folder / "truth.csv", ended.json["run_id"], ended)


T = TypeVar("T")
Once = Callable[[str, Callable[[Path], T]], T]


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once[Any]:
    """Makes what several files of tests read, in a folder of its own, once for all processes of this call."""
    here = tmp_path_factory.getbasetemp()
    folder = here if worker_id == "master" else here.parent

    def make_once(name: str, make: Callable[[Path], T]) -> T:
        kept = folder / f"{name}.pickle"
        with FileLock(folder / f"{name}.lock"):
            if not kept.exists():
                (folder / name).mkdir()
                kept.write_bytes(pickle.dumps(make(folder / name)))
        made: T = pickle.loads(kept.read_bytes())  # noqa: S301  written above, by ourselves
        return made

    return make_once


@pytest.fixture(scope="session")
def sample_run(once: Once[Audited]) -> Audited:
    """The committed sample practice, audited once for all tests."""
    return once("sample", lambda folder: audit_practice(ROOT / "data" / "sample", folder / "home"))


@pytest.fixture(scope="session")
def full_sample_run(once: Once[Audited]) -> Audited:
    """The same with all packs and all that the sample brings for them, as `make audit` does it."""

    def audit_fully(folder: Path) -> Audited:
        equip_home(ROOT / "data" / "sample", folder / "home")
        return audit_practice(
            ROOT / "data" / "sample", folder / "home", "--config", ROOT / "data" / "sample" / "audit.toml"
        )

    return once("full-sample", audit_fully)


def equip_home(folder: Path, home: Path) -> None:
    """Puts the policies and lists of a sample practice into a home."""
    shutil.copytree(folder / "policy", home / "policy")
    for kind in ("providers", "eligibility", "fee-schedule"):
        path = folder / "reference" / f"{kind.replace('-', '_')}.csv"
        loaded = call_command_line("reference", "load", kind, path, "--home", home, "--config", folder / "audit.toml")
        assert loaded.code == 0, loaded.err


@pytest.fixture(scope="session")
def equip() -> Callable[[Path, Path], None]:
    return equip_home


@pytest.fixture(scope="session")
def small_practices(once: Once[list[Path]]) -> list[Path]:
    """Three small made-up practices."""
    from claims_audit.sample_practice import write_sample_practice

    def write(folder: Path) -> list[Path]:
        folders = []
        for sessions, seed in ((150, 7), (200, 1931), (250, 77_001)):
            folders.append(folder / f"practice-{seed}")
            write_sample_practice(folders[-1], sessions=sessions, seed=seed)
        return folders

    return once("practices", write)


@pytest.fixture(scope="session")
def small_runs(small_practices: list[Path], once: Once[list[Audited]]) -> list[Audited]:
    return once(
        "audited-practices",
        lambda folder: [audit_practice(practice, folder / practice.name) for practice in small_practices],
    )


def read_findings(home: Path, run_id: str | None = None) -> list[dict[str, str]]:
    """The findings of a run as the command line gives them."""
    ended = call_command_line("findings", "--home", home, *(["--run", run_id] if run_id else []))
    assert ended.code == 0, ended.err
    return list(csv.DictReader(io.StringIO(ended.out)))


@pytest.fixture(scope="session")
def findings_of() -> Callable[..., list[dict[str, str]]]:
    return read_findings
