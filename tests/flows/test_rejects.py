"""What was set aside can be listed, and its very bytes cut out of the archive again."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from claims_audit.errors import ExitCode

CLAIM = {
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
BAD = CLAIM | {"patient_control_number": "SENTINEL7", "charge_amount": "dollars"}


def extract(cli: Any, capsysbinary: pytest.CaptureFixture[bytes], *arguments: str) -> bytes:
    from flows.cli import _main

    capsysbinary.readouterr()
    assert _main(["rejects", "extract", *arguments]) == ExitCode.DONE
    return capsysbinary.readouterr().out


def as_csv(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def rejects(cli: Any, home: Path, *arguments: str) -> list[dict[str, Any]]:
    answer = cli("rejects", "list", "--home", str(home), "--json", *arguments)
    assert answer.code == ExitCode.DONE
    return list(answer.json["rejects"])


def test_a_rejected_line_is_cut_out_byte_for_byte(cli: Any, tmp_path: Path, capsysbinary: Any) -> None:
    home, content = tmp_path / "home", as_csv(CLAIM, BAD, CLAIM | {"patient_control_number": "P3"})
    (tmp_path / "claims.csv").write_bytes(content)
    cli("load", str(tmp_path / "claims.csv"), "--home", str(home))
    (item,) = rejects(cli, home)
    assert (item["source_line_number"], item["reason_code"], item["line_count"]) == (3, "not_money", 1)
    assert "SENTINEL7" not in str(item)
    cut = extract(cli, capsysbinary, item["reject_id"], "--home", str(home))
    assert cut == content.splitlines(keepends=True)[2]
    assert content[item["byte_start"] : item["byte_end"]] == cut


def test_a_claim_of_an_837p_is_cut_out(cli: Any, tmp_path: Path, capsysbinary: Any) -> None:
    shared = Path(__file__).parents[3] / "shared" / "data" / "x12" / "837p_structure" / "x12_missing_elements.txt"
    if not shared.is_file():
        pytest.skip("the shared files are not here")
    home = tmp_path / "home"
    cli("load", str(shared), "--home", str(home))
    cut = extract(cli, capsysbinary, "--file", shared.name, "--home", str(home))
    assert cut.startswith(b"CLM*") and cut in shared.read_bytes()


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_rows_of_tables_of_cells_come_as_csv(cli: Any, tmp_path: Path, capsysbinary: Any, kind: str) -> None:
    home, path = tmp_path / "home", tmp_path / f"claims.{kind}"
    frame = pd.DataFrame([CLAIM, BAD])
    if kind == "xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_parquet(path)
    cli("load", str(path), "--home", str(home))
    (item,) = rejects(cli, home)
    (row,) = csv.reader(io.StringIO(extract(cli, capsysbinary, item["reject_id"], "--home", str(home)).decode()))
    assert row == list(BAD.values())


def test_a_delivery_that_the_gate_stopped_can_still_be_looked_into(cli: Any, tmp_path: Path, capsysbinary: Any) -> None:
    home, inbox = tmp_path / "home", tmp_path / "inbox"
    inbox.mkdir()
    content = as_csv(*[BAD | {"claim_line_number": str(number)} for number in range(1, 41)])
    (inbox / "bad.csv").write_bytes(content)
    for _ in range(2):  # the same night again: listed once
        assert cli("run", "--plain", "--inbox", str(inbox), "--home", str(home)).code == ExitCode.GATE_FAILED
    found = rejects(cli, home, "--file", "bad.csv")
    assert len(found) == 40
    out = tmp_path / "out.csv"
    assert cli("rejects", "extract", "--file", "bad.csv", "--home", str(home), "-o", str(out)).code == ExitCode.DONE
    assert out.read_bytes() == content.split(b"\r\n", 1)[1]
    if sys.platform != "win32":
        assert out.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        ((), ExitCode.USAGE, "name the ranges"),
        (("nonsense",), ExitCode.USAGE, "is no name of a range"),
        (("0123456789ab:0-5",), ExitCode.NO_INPUT, "no such range"),
        (("--run", "20240101T000000-abcdef"), ExitCode.NO_INPUT, "no such run"),
    ],
)
def test_what_is_not_there_is_said(cli: Any, tmp_path: Path, arguments: tuple[str, ...], code: int, told: str) -> None:
    answer = cli("rejects", "extract", *arguments, "--home", str(tmp_path))
    assert answer.code == code and told in answer.err
