"""Where every line and every cent of a file went: nothing is lost, nothing is counted twice."""

from __future__ import annotations

import gzip
import hashlib
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.schemas import ROW_SCHEMAS
from claims_audit.errors import ReconciliationError
from claims_audit.intake import reading
from claims_audit.intake.load import accept_pending, load_paths, withdraw_pending
from claims_audit.model import FileTotals, RowBatch
from claims_audit.readers import read_source
from claims_audit.readers.inputs.source import SourceFile

Row = dict[str, str]
Desk = Any

DAY = "2024-03-04"
TABLES = ("claim_line", "claim", "attendance", "rejected_range", "delivered_file", "superseded_line")


def counts(desk: Desk) -> dict[str, int]:
    return {table: desk.rows(f"select count(*) from {table}")[0][0] for table in TABLES}


def everything(desk: Desk) -> dict[str, list[tuple[Any, ...]]]:
    """All rows that files bring, whatever their order."""
    return {table: sorted(map(repr, desk.rows(f"select * from {table}"))) for table in TABLES}


def test_a_good_file_is_loaded_whole(desk: Desk, claim: Callable[..., Row]) -> None:
    report = desk.deliver("a.csv", [claim(patient_control_number=f"P{n}", charge_amount=f"{n}.25") for n in range(5)])
    assert (report.status, report.format, report.lines_in) == ("loaded", "claim_csv", 5)
    assert report.lines == {"loaded": 5, "quarantined": 0, "superseded": 0, "duplicate": 0, "other": 0}
    assert report.cents["loaded"] == report.charge_in_cents == 25 + 125 + 225 + 325 + 425


def test_values_are_stored_as_they_mean(desk: Desk, claim: Callable[..., Row]) -> None:
    row = claim(
        modifier_1="hq",
        procedure_code="g0410",
        diagnosis_code_1="f31.81",
        charge_amount="7.",
        service_units=".5",
        claim_line_number="007",
        session_start_at="2024-03-04T09:00:00.000-05:00",
        session_end_at="2024-03-04 10:00Z",
    )
    assert desk.deliver("a.csv", [row]).lines["loaded"] == 1
    assert [tuple(map(str, row)) for row in desk.rows(
        "select modifier_1, procedure_code, diagnosis_code_1, charge_amount, service_units, claim_line_number, "
        "session_start_at, session_end_at, claim_frequency_code from claim_line"
    )] == [("HQ", "G0410", "F3181", "7.00", "0.500", "7", f"{DAY} 09:00:00", f"{DAY} 10:00:00", "1")]  # fmt: skip


def test_lines_and_cents_of_a_mixture(desk: Desk, claim: Callable[..., Row]) -> None:
    desk.deliver("first.csv", [claim(charge_amount="10.00"), claim(patient_control_number="P2", charge_amount="20")])
    rows = [
        claim(charge_amount="10.00"),  # there already
        claim(patient_control_number="P3", charge_amount="30.30"),
        claim(patient_control_number="P3", charge_amount="30.30"),  # twice in this file
        claim(patient_control_number="P4", charge_amount="40.40", date_of_service="2024-02-31"),
        claim(patient_control_number="P5", charge_amount="dollars"),
        claim(patient_control_number="P6", charge_amount="60.00", claim_frequency_code="1"),
        claim(patient_control_number="P6", charge_amount="61.00", claim_frequency_code="7"),
        claim(patient_control_number="P7", charge_amount="70.00", claim_frequency_code="1"),
        claim(patient_control_number="P7", charge_amount="70.00", claim_frequency_code="8"),
        claim(patient_control_number="P8", charge_amount="-8.00"),
    ]
    report = desk.deliver("second.csv", rows)
    # A charge below zero takes something back and is loaded as what it is.
    assert report.lines == {"loaded": 4, "quarantined": 2, "superseded": 2, "duplicate": 2, "other": 0}
    assert report.cents == {
        "loaded": 3030 + 6100 + 7000 - 800,
        "quarantined": 4040,
        "superseded": 6000 + 7000,
        "duplicate": 1000 + 3030,
        "other": 0,
    }
    assert report.reject_reasons == {"not_a_date": 1, "not_money": 1}
    assert desk.current() == {("PCN1", 1), ("P2", 1), ("P3", 1), ("P6", 1)}
    kept = "patient_control_number = 'P6' and claim_line_id not in (select claim_line_id from superseded_line)"
    assert desk.rows(f"select charge_amount from claim_line where {kept}") == [(61,)]


def test_attendance_is_counted_as_well(desk: Desk, attended: Callable[..., Row]) -> None:
    rows = [attended(), attended(member_id="M2"), attended(), attended(attendance_status="Late Cancel", member_id="M3")]
    report = desk.deliver("a.csv", [*rows, attended(attendance_status="maybe")])
    assert report.lines == {"loaded": 3, "quarantined": 1, "superseded": 0, "duplicate": 1, "other": 0}
    assert report.charge_in_cents == 0
    assert {row[0] for row in desk.rows("select attendance_status from attendance")} == {"attended", "late_cancel"}


def test_random_mixtures_balance(desk: Desk, claim: Callable[..., Row]) -> None:
    """Ten files of lines that repeat, replace, void and break at random; `desk` checks every ledger row."""
    chance = random.Random(7)
    for at in range(10):
        rows = [
            claim(
                patient_control_number=f"P{chance.randint(1, 25)}",
                claim_line_number=chance.choice(("1", "1", "2", "x")),
                claim_frequency_code=chance.choice(("1", "1", "1", "", "7", "8")),
                payer_claim_control_number=chance.choice(("", "", f"ICN{chance.randint(1, 9)}")),
                date_of_service=f"2024-03-{chance.randint(1, 3):02}",
                received_date=chance.choice(("", f"2024-04-{chance.randint(1, 30):02}")),
                charge_amount=chance.choice(("10", "20.5", ".01", "1.234", "-5", "")),
            )
            for _ in range(chance.randint(1, 40))
        ]
        desk.deliver(f"{at}.csv", rows)
    lines, *classes = desk.rows(
        "select sum(lines_in), sum(lines_loaded), sum(lines_quarantined), sum(lines_superseded), sum(lines_duplicate) "
        "from delivered_file"
    )[0]
    assert lines == sum(classes)
    assert all(classes)
    assert desk.rows("select count(*), count(distinct line_sha) from claim_line")[0][0] == classes[0] + classes[2]


def test_the_same_file_again_changes_nothing_and_says_so(desk: Desk, claim: Callable[..., Row], tmp_path: Path) -> None:
    rows = [claim(), claim(patient_control_number="P2"), claim(patient_control_number="P3", service_units="none")]
    first = desk.deliver("a.csv", rows)
    path = desk.inbox / "a.csv"
    before = everything(desk)
    again = tmp_path / "again"
    again.mkdir()
    (again / "renamed.txt").write_bytes(path.read_bytes())
    (again / "a.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
    with zipfile.ZipFile(again / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "b.csv")
    reports = desk.load(path, again)
    assert [report.status for report in reports] == ["already_loaded"] * 4
    assert [report.name for report in reports] == ["a.csv", "a.csv", "a.zip!b.csv", "renamed.txt"]
    assert {report.reason for report in reports} == {
        "its content was loaded before",
        "its content was loaded before as a.csv",
    }
    for report in reports:
        assert (report.lines_in, report.lines["duplicate"]) == (3, 3)
        assert report.charge_in_cents == report.cents["duplicate"] == first.charge_in_cents
    assert everything(desk) == before


def test_the_same_lines_in_another_file_are_duplicates(desk: Desk, claim: Callable[..., Row], as_csv: Any) -> None:
    rows = [claim(patient_control_number=f"P{n}", received_date="2024-03-06") for n in range(4)]
    desk.deliver("a.csv", rows)
    before = counts(desk)
    # Another order of rows and columns, CRLF, and delivered again on another day.
    again = [{**row, "received_date": "2024-03-20"} for row in reversed(rows)]
    content = as_csv(again, list(reversed(again[0]))).replace(b"\n", b"\r\n")
    report = desk.deliver("b.csv", content)
    assert (report.status, report.lines["duplicate"], report.cents["duplicate"]) == ("loaded", 4, 4 * 4025)
    assert counts(desk) == {**before, "delivered_file": 2}


def test_the_same_attendance_in_another_file_is_duplicate(desk: Desk, attended: Callable[..., Row]) -> None:
    desk.deliver("a.csv", [attended(), attended(member_id="M2")])
    report = desk.deliver("b.csv", [attended(member_id="M2"), attended(member_id="M3")])
    assert (report.lines["loaded"], report.lines["duplicate"]) == (1, 1)


def test_a_changed_line_is_no_duplicate(desk: Desk, claim: Callable[..., Row]) -> None:
    desk.deliver("a.csv", [claim()])
    assert desk.deliver("b.csv", [claim(paid_amount="10")]).lines["loaded"] == 1


def test_warnings_are_kept_on_the_line_and_counted(desk: Desk, claim: Callable[..., Row]) -> None:
    rows = [
        claim(patient_control_number="P1", rendering_provider_npi="1234567890"),
        claim(patient_control_number="P2", service_units="60"),
        claim(patient_control_number="P3", service_units="60", unit_basis_code="MJ"),
        claim(patient_control_number="P4", received_date="2024-03-01"),
        claim(patient_control_number="P5", billing_provider_npi="1234567890", service_units="45"),
        claim(patient_control_number="P6", procedure_code="99213", service_units="60"),
    ]
    report = desk.deliver("a.csv", rows)
    assert report.lines["loaded"] == 6
    assert report.warnings == {
        "npi_check_digit": 2,
        "units_look_like_minutes": 2,
        "unit_basis_minutes": 1,
        "service_after_received": 1,
    }
    kept = dict(desk.rows("select patient_control_number, quality_warnings from claim_line"))
    assert kept["P5"] == "npi_check_digit;units_look_like_minutes"
    assert kept["P6"] is None


@pytest.mark.parametrize("content", [b"", b"name,colour\nAnn,red\n", b"%PDF-1.7\n", b"\0" * 500])
def test_what_cannot_be_read_is_refused_and_leaves_nothing(desk: Desk, content: bytes) -> None:
    before = everything(desk)
    report = desk.deliver("a.csv", content)
    assert report.status == "refused"
    assert report.reason.startswith("a.csv")
    assert "Ann" not in report.reason
    assert everything(desk) == before


def test_the_others_of_a_folder_are_loaded(desk: Desk, claim: Callable[..., Row]) -> None:
    desk.write("1.csv", b"rubbish")
    desk.write("sub/2.csv", [claim()])
    desk.write("3.gz", b"\x1f\x8bbroken")
    desk.write("truth.csv", b"check_id,claim_lines,why\nx,y,z\n")
    statuses = {report.name: report.status for report in desk.load(desk.inbox)}
    assert statuses == {"1.csv": "refused", "2.csv": "loaded", "3.gz": "refused", "truth.csv": "ignored"}


def test_the_archive_holds_the_input_and_a_rejected_line_can_be_cut_from_it(
    desk: Desk, claim: Callable[..., Row], as_csv: Any
) -> None:
    rows = [claim(patient_control_number=f"P{n}", charge_amount="1" if n % 3 else "one") for n in range(9)]
    content = b"\xef\xbb\xbf" + as_csv(rows).replace(b"\n", b"\r\n")
    report = desk.deliver("a.csv", content)
    archived = gzip.decompress((desk.home.archive / f"{report.sha256}.gz").read_bytes())
    assert archived == content
    assert hashlib.sha256(archived).hexdigest() == report.sha256
    lines = content.splitlines(keepends=True)
    ranges = desk.rows("select byte_start, byte_end, source_line_number, column_name, reason from rejected_range")
    assert len(ranges) == report.lines["quarantined"] == 3
    for start, end, number, column, reason in ranges:
        assert archived[start:end] == lines[number - 1]
        assert column == "charge_amount"
        assert reason == "charge_amount is not an amount of dollars with at most two decimals."
    for start, end, number in desk.rows("select byte_start, byte_end, patient_control_number from claim_line"):
        assert archived[start:end].decode().startswith(number + ",")


def test_the_archive_of_a_packed_input_is_its_content(desk: Desk, claim: Callable[..., Row], as_csv: Any) -> None:
    content = as_csv([claim()])
    report = desk.deliver("a.csv.gz", gzip.compress(content))
    assert gzip.decompress((desk.home.archive / f"{report.sha256}.gz").read_bytes()) == content
    assert not list(desk.home.temporary.iterdir())


def test_withdrawing_restores_the_former_state(desk: Desk, claim: Callable[..., Row], attended: Any) -> None:
    desk.deliver("a.csv", [claim(), claim(patient_control_number="P2")])
    desk.deliver("b.csv", [attended()])
    accept_pending(desk.con, "R1")
    before = everything(desk)
    current = desk.current()
    void = claim(claim_frequency_code="8")
    desk.deliver("c.csv", [void, claim(patient_control_number="P3"), claim(patient_control_number="P4", member_id="")])
    desk.deliver("d.csv", [attended(member_id="M2")])
    assert everything(desk) != before
    assert desk.current() != current
    assert withdraw_pending(desk.con) == ["c.csv", "d.csv"]
    assert everything(desk) == before
    assert desk.current() == current
    assert withdraw_pending(desk.con) == []
    # What was taken out can be delivered again.
    assert desk.deliver("c.csv", (desk.inbox / "c.csv").read_bytes()).status == "loaded"


class BreaksError(Exception):
    """What no reader is meant to raise."""


def test_a_reader_that_breaks_leaves_nothing_behind(
    desk: Desk, claim: Callable[..., Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.deliver("a.csv", [claim()])
    before = everything(desk)

    def break_off(source: SourceFile, format_code: str, **options: Any) -> Iterator[Any]:
        for item in read_source(source, format_code, **options):
            yield item
            if isinstance(item, RowBatch):
                raise BreaksError

    monkeypatch.setattr(reading, "read_source", break_off)
    path = desk.write("b.csv", [claim(patient_control_number="P2", claim_frequency_code="8"), claim(member_id="")])
    with pytest.raises(BreaksError):
        load_paths(desk.con, [path], desk.home, desk.settings, ROW_SCHEMAS, "R1")
    assert everything(desk) == before
    monkeypatch.undo()
    assert desk.load(path)[0].status == "loaded"


def test_a_reader_that_miscounts_is_not_believed(
    desk: Desk, claim: Callable[..., Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    def miscount(source: SourceFile, format_code: str, **options: Any) -> Iterator[Any]:
        for item in read_source(source, format_code, **options):
            if isinstance(item, FileTotals):
                item.lines_in += 1
            yield item

    before = everything(desk)
    monkeypatch.setattr(reading, "read_source", miscount)
    with pytest.raises(ReconciliationError, match="3 lines, 8050 cents and 315 bytes went in, 2 lines"):
        desk.deliver("b.csv", [claim(), claim(patient_control_number="P2")])
    assert everything(desk) == before
