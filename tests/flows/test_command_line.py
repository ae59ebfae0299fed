"""The command line as scripts call it: exit codes, what goes to which stream, the shapes of JSON, CSV and Parquet."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from claims_audit import publishing
from claims_audit.checking.catalog import read_catalog
from claims_audit.home import Home
from claims_audit.intake.report import CLASSES
from claims_audit.project import ROOT

pytestmark = pytest.mark.slow

Row = dict[str, str]
Cli = Callable[..., Any]
Audited = Any
FILE_KEYS = {
    "name",
    "sha256",
    "format",
    "bytes",
    "lines_in",
    "charge_in_cents",
    *(f"lines_{name}" for name in CLASSES),
    *(f"charge_{name}_cents" for name in CLASSES),
}


def lines_of(claim: Callable[..., Row], count: int, **changes: object) -> list[Row]:
    return [
        claim(patient_control_number=f"P{at}", member_id=f"M{at}", session_id="S1", **changes) for at in range(count)
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("walk",),
        ("run", "--nightly"),
        ("run", "--fail-on", "awful"),
        ("load",),
        ("findings", "--format", "xml"),
        ("audit", "--engine", "abacus"),
        ("policy", "show", "--payer", "MEDICARE"),
        ("policy", "show", "--payer", "MEDICARE", "--date", "2024-13-01"),
        ("policy", "show", "--payer", "MEDICARE", "--date", "2024-01-01", "--code", "99999"),
    ],
)
def test_a_call_in_the_wrong_words(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: Any) -> None:
    monkeypatch.chdir(tmp_path)
    ended = cli(*arguments)
    assert ended.code == 64
    assert ended.out == ""
    assert ended.err.startswith("claims-audit: ")
    assert len(ended.err.splitlines()) == 1


def test_no_input(cli: Cli, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (tmp_path / "empty").mkdir()
    (tmp_path / "rubbish.csv").write_text("name,colour\n")
    for arguments, told in (
        (("run", "--plain", "--inbox", tmp_path / "nowhere"), "nowhere"),
        (("run", "--plain", "--inbox", tmp_path / "empty"), "none were loaded before"),
        (("load", tmp_path / "rubbish.csv"), "none of the 1 files could be read"),
        (("audit",), "load"),
        (("findings",), "nothing is published yet"),
        (("report",), "nothing is published yet"),
    ):
        ended = cli(*arguments, "--home", home)
        assert (ended.code, ended.out) == (66, ""), arguments
        assert told in ended.err


def test_a_home_that_another_run_holds(cli: Cli, own_home: Path) -> None:
    with Home(own_home).lock("claims-audit run R1"):
        ended = cli("run", "--plain", "--home", own_home)
        # Readers go on meanwhile.
        assert cli("findings", "--home", own_home).code == 0
    assert (ended.code, ended.out) == (75, "")
    assert "is held by claims-audit run R1" in ended.err


def test_a_configuration_that_is_wrong(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_text("data_view = 'clinic'\n")
    ended = cli("run", "--plain", "--home", tmp_path)
    assert (ended.code, ended.out) == (78, "")
    assert "audit.toml: data_view is none of" in ended.err


def test_a_policy_file_that_is_wrong(cli: Cli, own_home: Path) -> None:
    (own_home / "policy").mkdir()
    (own_home / "policy" / "mine.csv").write_text("payer_id,payer_name\nA,\n")
    ended = cli("run", "--plain", "--home", own_home)
    assert ended.code == 78
    assert "mine.csv: row 2 payer_name is empty" in ended.err


def test_a_server_elsewhere_is_refused(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "https://api.prefect.cloud/api")
    ended = cli("run", "--home", tmp_path / "home")
    assert ended.code == 78
    assert "PREFECT_API_URL" in ended.err


def test_a_home_that_cannot_be_made(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert cli("run", "--plain", "--home", tmp_path / "file" / "home").code == 74


def test_the_sample_is_done_with_warnings(sample_run: Audited) -> None:
    assert sample_run.ended.code == 10
    assert sample_run.ended.err == ""


def test_findings_that_fail_a_call(cli: Cli, own_home: Path) -> None:
    assert cli("audit", "--home", own_home, "--fail-on", "low").code == 20
    assert cli("audit", "--home", own_home).code in (0, 10)


def test_done_without_findings_and_warnings(cli: Cli, tmp_path: Path, claim: Any, as_csv: Any) -> None:
    (tmp_path / "a.csv").write_bytes(as_csv(lines_of(claim, 5, diagnosis_code_1="F3181")))
    ended = cli("run", "--plain", "--inbox", tmp_path / "a.csv", "--home", tmp_path / "home", "--fail-on", "info")
    assert (ended.code, ended.err) == (0, "")
    assert "Potential overpayment" in ended.out
    assert f"Report: {tmp_path}/home/reports/" in ended.out
    assert (tmp_path / "home" / "reports" / "latest" / "report.html").is_file()


def test_a_broken_delivery_stops_at_the_gate_and_is_forgotten_once_it_is_mended(
    cli: Cli, own_home: Path, tmp_path: Path, claim: Any, as_csv: Any
) -> None:
    home, inbox = Home(own_home), tmp_path / "inbox"
    inbox.mkdir()
    pointer = home.pointer.read_bytes()
    snapshots = sorted(home.snapshots.iterdir())
    rows = lines_of(claim, 100, diagnosis_code_1="F3181")
    broken = [{**row, "date_of_service": "soon"} if at % 5 else row for at, row in enumerate(rows)]
    (inbox / "day.csv").write_bytes(as_csv(broken))
    ended = cli("run", "--plain", "--inbox", inbox, "--home", own_home, "--json")
    assert ended.code == 65
    assert "nothing was published" in ended.err
    assert "80" in ended.err
    assert "10" in ended.err
    assert ended.json["exit_code"] == 65
    assert ended.json["snapshot"] is None
    assert "failed" in {entry["status_code"] for entry in ended.json["gate"]}
    assert home.pointer.read_bytes() == pointer
    assert sorted(home.snapshots.iterdir()) == snapshots

    mended = lines_of(claim, 100, diagnosis_code_1="F3181", charge_amount="44.44")
    (inbox / "day.csv").write_bytes(as_csv(mended))
    assert cli("run", "--plain", "--inbox", inbox, "--home", own_home).code in (0, 10)
    assert home.pointer.read_bytes() != pointer
    with publishing.connect(own_home) as con:
        held = con.execute(
            "select charge_amount, count(*) from claim_line where session_id = 'S1' group by 1"
        ).fetchall()
        assert [(str(amount), count) for amount, count in held] == [("44.44", 100)]
        ledger = con.execute("select lines_loaded, lines_quarantined from delivered_file where file_name = 'day.csv'")
        assert ledger.fetchall() == [(100, 0)]
        runs = con.execute("select status_code, exit_code from audit_run order by run_id").fetchall()
        assert runs[1:] == [("gate_failed", 65), ("published", 0)] or runs[1:] == [
            ("gate_failed", 65),
            ("published", 10),
        ]


def test_a_run_that_cannot_publish_leaves_no_trace_in_the_findings(
    cli: Cli, own_home: Path, small_runs: list[Audited], monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(own_home)
    pointer = home.pointer.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "_copy", full)
    inbox = small_runs[1].inbox
    ended = cli("run", "--plain", "--inbox", inbox, "--home", own_home, "--json")
    assert ended.code == ended.json["exit_code"] == 73
    assert "No space left on device" in ended.err
    assert home.pointer.read_bytes() == pointer
    assert not list(home.snapshots.glob("*.part*"))
    monkeypatch.undo()
    states = cli("run", "--plain", "--inbox", inbox, "--home", own_home, "--json").json["finding_states"]
    # What the failed run found was shown to nobody: it is still new. A second practice changes some of the first's,
    # such as how long somebody has been in care.
    before = sum(states.get(state, 0) for state in ("open", "changed", "not_seen"))
    assert before == small_runs[0].ended.json["finding_states"]["new"]
    assert states["new"] > 0


def test_json_is_all_that_a_run_prints_and_run_json_says_the_same(sample_run: Audited) -> None:
    told, kept = sample_run.ended.json, sample_run.manifest
    assert {**told, "ended_at": ""} == {**kept, "ended_at": ""}
    assert kept["exit_code"] == 10
    assert kept["status"] == "published"
    assert all(set(entry) >= FILE_KEYS for entry in kept["files"])
    for entry in [*kept["files"], kept["reconciliation"]]:
        assert entry["lines_in"] == sum(entry[f"lines_{name}"] for name in CLASSES)
        assert entry["charge_in_cents"] == sum(entry[f"charge_{name}_cents"] for name in CLASSES)
    # Without contract fees, one check of the core pack cannot judge; the other packs were not asked for.
    by_status = {entry["check_id"]: entry["status"] for entry in kept["checks"]}
    assert {check for check, status in by_status.items() if status == "not_checked"} == {"underpaid"}
    core = {check.check_id for check in read_catalog().checks if check.pack == "core"}
    assert {check for check, status in by_status.items() if status == "not_applicable"} == by_status.keys() - core
    assert {status for check, status in by_status.items() if check in core - {"underpaid"}} == {"found"}
    assert sum(entry["findings"] for entry in kept["checks"]) == kept["finding_states"]["new"]
    assert all(expectation["status_code"] == "passed" for expectation in kept["gate"])


def test_load_json_is_the_contract(cli: Cli, tmp_path: Path, claim: Any, as_csv: Any) -> None:
    rows = [*lines_of(claim, 3), claim(charge_amount="no"), *lines_of(claim, 1)]
    (tmp_path / "a.csv").write_bytes(as_csv(rows))
    for status, loaded, duplicate in (("loaded", 3, 1), ("already_loaded", 0, 5)):
        ended = cli("load", tmp_path / "a.csv", "--home", tmp_path / "home", "--json")
        (entry,) = ended.json["files"]
        assert set(entry) >= FILE_KEYS
        assert entry["name"] == "a.csv"
        assert entry["format"] == "claim_csv"
        assert entry["status"] == status
        assert (entry["lines_in"], entry["lines_loaded"], entry["lines_duplicate"]) == (5, loaded, duplicate)
        assert entry["lines_in"] == sum(entry[f"lines_{name}"] for name in CLASSES)
        assert entry["charge_in_cents"] == sum(entry[f"charge_{name}_cents"] for name in CLASSES) == 4 * 4025
    people = cli("load", tmp_path / "a.csv", "--home", tmp_path / "home")
    assert "its content was loaded before" in people.out


def test_what_load_brought_is_judged_and_published_by_audit(
    cli: Cli, tmp_path: Path, small_practices: list[Path]
) -> None:
    home = tmp_path / "home"
    assert cli("load", small_practices[0] / "inbox", "--home", home).code in (0, 10)
    assert cli("findings", "--home", home).code == 66
    audited = cli("audit", "--home", home, "--json").json
    assert audited["finding_states"]["new"] > 0
    assert {entry["status_code"] for entry in audited["gate"]} == {"passed"}


def test_findings_in_every_format(cli: Cli, sample_run: Audited, tmp_path: Path) -> None:
    home = sample_run.home
    rows = list(csv.DictReader(io.StringIO(cli("findings", "--home", home).out)))
    assert len(rows) == sample_run.manifest["finding_states"]["new"]
    assert cli("findings", "--home", home, "--format", "csv", "-o", tmp_path / "f.csv").out == ""
    assert list(csv.DictReader((tmp_path / "f.csv").open(newline=""))) == rows
    listed = json.loads(cli("findings", "--home", home, "--format", "json").out)
    assert [finding["finding_id"] for finding in listed] == [row["finding_id"] for row in rows]
    assert [";".join(finding["claim_lines"]) for finding in listed] == [row["claim_lines"] for row in rows]
    whole = cli("findings", "--home", home, "--json").json
    assert whole == {"run_id": sample_run.run_id, "findings": listed}
    assert cli("findings", "--home", home, "--format", "parquet").code == 64
    assert cli("findings", "--home", home, "--format", "parquet", "-o", tmp_path / "f.parquet").code == 0
    table = pq.read_table(tmp_path / "f.parquet").to_pylist()
    assert [(row["finding_id"], row["claim_lines"]) for row in table] == [
        (row["finding_id"], row["claim_lines"]) for row in rows
    ]
    assert cli("findings", "--home", home, "--run", "19990101T000000-000000").code == 66


def test_reports_are_rendered_again(cli: Cli, own_home: Path, small_runs: list[Audited]) -> None:
    page = own_home / "reports" / small_runs[0].run_id / "report.html"
    page.unlink()
    again = cli("report", "--home", own_home, "--json").json
    assert Path(again["report"]) == page
    assert page.is_file()
    assert again["findings_digest"] == small_runs[0].manifest["hashes"]["findings"]
    assert again["dollars_at_risk"] == small_runs[0].manifest["dollars_at_risk"]


def test_policy_show(cli: Cli, tmp_path: Path) -> None:
    asked = ("policy", "show", "--payer", "MEDICARE", "--date", "2024-08-01", "--code", "90853", "--home", tmp_path)
    told = cli(*asked, "--json").json
    assert (told["payer_id"], told["date_of_service"]) == ("MEDICARE", "2024-08-01")
    (rule,) = [rule for rule in told["rules"] if rule["rule_key"] == "distinct_mod_line"]
    assert (rule["rule_value"], rule["policy_id"]) == ("either", "medicare-distinct-now")
    people = cli(*asked)
    assert people.code == 0
    assert "medicare-distinct-now" in people.out


def test_sample_data_says_what_it_made(cli: Cli, tmp_path: Path) -> None:
    made = cli("sample-data", tmp_path / "s", "--sessions", 60, "--seed", 3, "--json").json
    assert made["claim_lines"] > 60
    assert (tmp_path / "s" / "truth.csv").is_file()


def test_the_installed_command(tmp_path: Path) -> None:
    """Once through a process of its own: nothing but the object on standard output, nothing on standard error."""
    (tmp_path / "a.csv").write_bytes((ROOT / "data/sample/inbox/harbor_light_2024-10_late_claims.csv").read_bytes())
    ended = subprocess.run(
        [Path(sys.executable).with_name("claims-audit"), "load", "a.csv", "--home", "home", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode in (0, 10)
    assert ended.stderr == ""
    assert json.loads(ended.stdout)["files"][0]["name"] == "a.csv"
