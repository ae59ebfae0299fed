"""claims-audit export --deidentified: nothing in it tells whose claims they are, and the figures are the same."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claims_audit import connect
from claims_audit.errors import ExitCode
from tests.conftest import Audited

TABLES = ("claim_line", "finding", "finding_line")
# All that an export may say; a column that is new in the warehouse is not in it until somebody has thought about it.
COLUMNS = {
    "claim_line": [
        *("claim_line_code", "claim_code", "is_superseded", "payer_code", "member_code", "family_code"),
        *("billing_provider_code", "rendering_provider_code", "supervising_provider_code", "session_code"),
        *("service_year", "session_minutes", "claim_frequency_code", "relationship_code", "place_of_service_code"),
        *("procedure_code", "modifier_1", "modifier_2", "modifier_3", "modifier_4"),
        *("service_units", "charge_amount", "allowed_amount", "paid_amount"),
        *(f"diagnosis_code_{place}" for place in range(1, 13)),
    ],
    "finding": [
        *("finding_code", "check_id", "rule", "severity", "direction", "certainty", "verdict", "state"),
        *("payer_code", "member_code", "rendering_provider_code", "service_year"),
        *("exposure_amount", "exposure_ceiling_amount"),
    ],
    "finding_line": ["finding_code", "claim_line_code", "exposure_amount"],
}


@pytest.fixture
def home(sample_run: Audited, tmp_path: Path) -> Path:
    """The sample practice, to write crosswalks into."""
    folder = tmp_path / "home"
    shutil.copytree(
        sample_run.home, folder, symlinks=True, ignore=shutil.ignore_patterns("archive", "reports", "*.wal")
    )
    return folder


@pytest.fixture
def exported(home: Path, tmp_path: Path, cli: Any) -> Path:
    folder = tmp_path / "for others"
    ended = cli("export", "--deidentified", folder, "--home", home, "--json")
    assert ended.code == ExitCode.DONE, ended.err
    assert ended.json["rows"]["claim_line"] > 2_000
    return folder


def rows(folder: Path, table: str, what: str = "*") -> list[tuple[Any, ...]]:
    return duckdb.sql(f"select {what} from '{folder}/{table}.parquet'").fetchall()


def test_only_named_columns_and_files_are_there(exported: Path) -> None:
    assert sorted(path.name for path in exported.iterdir()) == ["about.json", *(f"{name}.parquet" for name in TABLES)]
    for table, columns in COLUMNS.items():
        assert [row[0] for row in duckdb.sql(f"describe from '{exported}/{table}.parquet'").fetchall()] == columns
    for path in (exported, *exported.iterdir()):
        assert path.stat().st_mode & 0o077 == 0


def test_no_number_and_no_date_is_there(exported: Path, home: Path) -> None:
    words = {str(value) for table in TABLES for row in rows(exported, table) for value in row if value is not None}
    with connect(home) as con:
        numbers = {
            str(value)
            for query in (
                "select patient_control_number, member_id, subscriber_id, family_id, claim_id, session_id, payer_id, "
                "billing_provider_npi, rendering_provider_npi, supervising_provider_npi, payer_claim_control_number, "
                "line_control_number, prior_authorization_number, line_sha from claim_line",
                "select finding_id, member_id, session_key, message, evidence, evidence_sha from finding",
            )
            for row in con.execute(query).fetchall()
            for value in row
            if value is not None
        }
    assert len(numbers) > 3_000
    # The number of a line in its export, such as 1, can be a number of units as well.
    assert {number for number in numbers & words if len(number) > 4} == set()
    assert not [word for word in words if re.search(r"\d{4}-\d{2}|\d{2}:\d{2}", word)]
    content = b"".join(path.read_bytes() for path in exported.iterdir())
    assert not [number for number in numbers if len(number) > 8 and number.encode() in content]


def test_the_figures_are_those_of_the_run(exported: Path, home: Path) -> None:
    with connect(home) as con:
        money = "count(*), sum(charge_amount), sum(paid_amount), count(distinct procedure_code)"
        people = "count(distinct (payer_id, member_id)), count(distinct claim_id)"
        assert rows(exported, "claim_line", money) == con.execute(f"select {money} from claim_line").fetchall()
        assert (
            rows(exported, "claim_line", "count(distinct member_code), count(distinct claim_code)")
            == con.execute(f"select {people} from claim_line").fetchall()
        )
        found = (
            "check_id, count(*), sum(exposure_amount) from finding where state <> 'not_seen' group by all order by 1"
        )
        told = duckdb.sql(
            f"select check_id, count(*), sum(exposure_amount) from '{exported}/finding.parquet' group by all order by 1"
        ).fetchall()
        assert told == con.execute(f"select {found}").fetchall()
    joined = duckdb.sql(
        f"select count(*) from '{exported}/finding_line.parquet' "
        f"join '{exported}/claim_line.parquet' using (claim_line_code) "
        f"join '{exported}/finding.parquet' using (finding_code)"
    ).fetchall()
    assert joined == rows(exported, "finding_line", "count(*)")


def test_codes_are_new_in_each_export_and_the_crosswalk_leads_back(
    exported: Path, home: Path, tmp_path: Path, cli: Any
) -> None:
    again = tmp_path / "again"
    ended = cli("export", "--deidentified", again, "--home", home, "--json")
    codes = [{row[0] for row in rows(folder, "claim_line", "member_code")} for folder in (exported, again)]
    assert codes[0].isdisjoint(codes[1])
    crosswalk = Path(ended.json["crosswalk"])
    assert crosswalk.parent == home / "crosswalks"
    assert crosswalk.stat().st_mode & 0o077 == 0
    members = {
        code: original for kind, original, code in duckdb.sql(f"from '{crosswalk}'").fetchall() if kind == "member"
    }
    assert codes[1] <= members.keys()
    with connect(home) as con:
        held = {
            f"{payer}\x1f{member}"
            for payer, member in con.execute("select payer_id, member_id from claim_line").fetchall()
        }
    assert {members[code] for code in codes[1]} == held


def test_without_a_crosswalk_nothing_leads_back(home: Path, tmp_path: Path, cli: Any) -> None:
    ended = cli("export", "--deidentified", tmp_path / "out", "--home", home, "--no-crosswalk", "--json")
    assert ended.json["crosswalk"] is None
    assert not (home / "crosswalks").exists()
    assert json.loads((tmp_path / "out" / "about.json").read_text())["method"].startswith("Safe Harbor")


def test_a_folder_with_something_in_it_is_refused(home: Path, tmp_path: Path, cli: Any) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").touch()
    ended = cli("export", "--deidentified", tmp_path / "full", "--home", home)
    assert ended.code == ExitCode.USAGE
    assert "name a new folder" in ended.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full", "home"]


def test_a_folder_that_cannot_be_written_leaves_nothing(home: Path, tmp_path: Path, cli: Any) -> None:
    (tmp_path / "file").touch()
    ended = cli("export", "--deidentified", tmp_path / "file" / "below", "--home", home)
    assert ended.code == ExitCode.IO_ERROR
    assert not list((home / "crosswalks").glob("*")) if (home / "crosswalks").exists() else True


@pytest.mark.parametrize("words", [(), ("--parquet", "a", "--deidentified", "b"), ("--deidentified", "b", "--replace")])
def test_one_of_two_is_written(cli: Any, home: Path, words: tuple[str, ...]) -> None:
    ended = cli("export", "--home", home, *words)
    assert ended.code == ExitCode.USAGE
    assert "--parquet" in ended.err
