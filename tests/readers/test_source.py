"""Finding inputs, unpacking them, and telling their formats: what is taken, left out and refused."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from claims_audit.errors import NoInputError, StorageError, UnreadableFileError
from claims_audit.readers import detect_format, read_source, source
from claims_audit.readers.source import SourceFile, find_inputs, open_sources

TEXT = b"patient_control_number,claim_line_number\n" + b"P1,1\n" * 50


def contents(path: Path, max_bytes: int = 10**9) -> list[tuple[str, bytes | str, str]]:
    """Name, content or fault, and hash of everything in one input."""
    spool = path.parent / ".spool"
    spool.mkdir(exist_ok=True)
    found: list[tuple[str, bytes | str, str]] = []
    with open_sources(path, spool, max_bytes) as sources:
        for item in sources:
            if isinstance(item, UnreadableFileError):
                found.append(("", str(item), ""))
            else:
                with item.open() as stream:
                    found.append((item.name, stream.read(), item.sha256))
                assert item.byte_count == len(found[-1][1])
    assert not list(spool.iterdir()), "unpacked bytes are left behind"
    return found


def test_a_plain_file_is_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT)
    assert contents(path) == [("a.csv", TEXT, hashlib.sha256(TEXT).hexdigest())]


def test_the_same_content_has_one_identity_however_packed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT)
    (tmp_path / "b.csv").write_bytes(TEXT)
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(TEXT))
    with zipfile.ZipFile(tmp_path / "d.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("folder/e.csv", TEXT)
    found = [contents(path)[0] for path in find_inputs([tmp_path])]
    assert [name for name, _, _ in found] == ["a.csv", "b.csv", "c.csv", "d.zip!e.csv"]
    assert {content for _, content, _ in found} == {TEXT}
    assert {sha for _, _, sha in found} == {hashlib.sha256(TEXT).hexdigest()}


def test_gzip_goes_by_content_and_not_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(gzip.compress(TEXT[:60]) + gzip.compress(TEXT[60:]))
    assert contents(tmp_path / "a.csv")[0][1] == TEXT


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda packed: packed[:-12], id="truncated"),
        pytest.param(lambda packed: packed[:-8] + b"\0\0\0\0" + packed[-4:], id="wrong checksum"),
        pytest.param(lambda packed: packed[:12] + b"\xff\xff\xff" + packed[15:], id="damaged"),
        pytest.param(lambda packed: packed + b"rubbish", id="text behind the end"),
    ],
)
def test_a_broken_gzip_is_refused_by_name(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    (tmp_path / "a.csv.gz").write_bytes(spoil(gzip.compress(TEXT * 20)))
    ((_, fault, _),) = contents(tmp_path / "a.csv.gz")
    assert str(fault).startswith("a.csv")
    assert "cannot be unpacked" in str(fault)


def test_one_bad_member_of_a_zip_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in ("one.csv", "two.csv", "three.csv"):
            archive.writestr(name, name.encode() + TEXT)
        archive.writestr("folder/", b"")
    content = bytearray(path.read_bytes())
    content[content.index(b"two.csv" + TEXT[:5]) + 30] ^= 0xFF
    path.write_bytes(content)
    found = contents(path)
    assert [name for name, _, _ in found] == ["a.zip!one.csv", "", "a.zip!three.csv"]
    assert str(found[1][1]).startswith("a.zip!two.csv: cannot be unpacked")


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.csv", TEXT)
    content = bytearray(path.read_bytes())
    content[6] |= 1  # the flag in the local header
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert "cannot be unpacked" in str(contents(path)[0][1])


def test_what_a_mac_adds_to_a_zip_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.csv", TEXT)
        archive.writestr("__MACOSX/._one.csv", b"\0\5\x16\7")
        archive.writestr(".DS_Store", b"\0")
    assert [name for name, _, _ in contents(path)] == ["a.zip!one.csv"]


def test_a_member_that_points_out_of_the_zip_stays_in_the_spool(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../escaped.csv", TEXT)
        archive.writestr("/etc/escaped.csv", TEXT)
    assert [name for name, _, _ in contents(path)] == ["a.zip!escaped.csv"] * 2
    assert not list(tmp_path.parent.rglob("escaped.csv"))


def test_a_broken_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    assert "a.zip: cannot be unpacked" in str(contents(tmp_path / "a.zip")[0][1])


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "_RATIO_FLOOR", 1_000_000)
    bomb = b"0" * 5_000_000
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bomb))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", bomb)
        archive.writestr("good.csv", TEXT)
    assert "refused as a bomb" in str(contents(tmp_path / "bomb.gz")[0][1])
    zipped = contents(tmp_path / "bomb.zip")
    assert "bomb.zip!bomb.csv: unpacks to more than" in str(zipped[0][1])
    assert zipped[1][1] == TEXT


def test_the_limit_of_the_operator_holds(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT))
    assert "refused as a bomb" in str(contents(tmp_path / "a.gz", max_bytes=len(TEXT) - 1)[0][1])
    assert contents(tmp_path / "a.gz", max_bytes=len(TEXT))[0][1] == TEXT


def test_a_disk_that_takes_no_more_is_no_fault_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT))
    with pytest.raises(StorageError), open_sources(tmp_path / "a.gz", tmp_path / "not there", 10**9) as sources:
        list(sources)


def test_a_tree_is_walked_in_order_without_hidden_files_and_links(tmp_path: Path) -> None:
    for name in ("b/2.csv", "b/1.csv", "a.csv", ".hidden.csv", ".git/x.csv", "b/.part"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(TEXT)
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    (tmp_path / "around").symlink_to(tmp_path, target_is_directory=True)
    found = [path.relative_to(tmp_path).as_posix() for path in find_inputs([tmp_path])]
    assert found == ["a.csv", "b/1.csv", "b/2.csv"]


def test_a_folder_below_a_hidden_one_is_still_walked_when_named(tmp_path: Path) -> None:
    (tmp_path / ".var" / "inbox").mkdir(parents=True)
    (tmp_path / ".var" / "inbox" / "a.csv").write_bytes(TEXT)
    assert len(find_inputs([tmp_path / ".var" / "inbox"])) == 1


def test_a_path_that_is_not_there_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="nothing_here: no such file or folder"):
        find_inputs([tmp_path / "nothing_here"])


@pytest.mark.parametrize(
    ("content", "format_code"),
    [
        (b"ISA*00*          *00*", "837p"),
        (b"\r\n  \xef\xbb\xbfISA~00~", "837p"),
        (b"check_id,claim_lines,why\n", "labels"),
        (b"session_id,session_start_at,member_id,attendance_status,facilitator_npis\n", "attendance_csv"),
        (b"\xef\xbb\xbfpatient_control_number,claim_line_number,payer_id,member_id,billing_provider_npi,"
         b"rendering_provider_npi,procedure_code\r\n", "claim_csv"),
        (b"PAR1 and nothing behind it", None),
        (b"name,colour\n", None),
        (b"", None),
        (b"%PDF-1.7", None),
    ],
)  # fmt: skip
def test_the_format_goes_by_content(tmp_path: Path, content: bytes, format_code: str | None) -> None:
    (tmp_path / "a").write_bytes(content)
    assert detect_format(SourceFile("a", tmp_path / "a", "", len(content))) == format_code


def test_an_unknown_format_is_refused_with_what_is_known(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="none of the known formats"):
        read_source(SourceFile("a.pdf", tmp_path / "a.pdf", "", 0), "unknown")
