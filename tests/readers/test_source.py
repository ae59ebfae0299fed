"""Finding inputs and opening plain ones: what is taken, left out and refused; telling formats."""

from __future__ import annotations

import gzip
import io
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from claims_audit.errors import NoInputError, StorageError, UnreadableFileError, UsageError
from claims_audit.readers import detect_format, read_source
from claims_audit.readers.inputs.source import LocalFile, SourceFile, StandardInput, find_inputs, open_sources
from tests.readers.opening import TEXT, Opened, fault_of, opened


def names_in(folder: Path) -> list[str]:
    """The paths of what was found, below the folder."""
    found = [item.path for item in find_inputs([folder]) if isinstance(item, LocalFile)]
    return [path.relative_to(folder).as_posix() for path in found]


def pipe_in(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))


def test_a_plain_file_is_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT)
    assert opened(path) == [Opened("a.csv", TEXT)]


def test_a_plain_file_is_read_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT)
    with open_sources(LocalFile(tmp_path / "a.csv"), tmp_path / "no spool", 10) as sources:
        (source,) = sources
    assert isinstance(source, SourceFile)
    assert source.path == tmp_path / "a.csv"


def test_an_empty_file_comes_as_such(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    assert opened(tmp_path / "a.csv") == [Opened("a.csv", b"")]


def test_a_tree_is_walked_in_order_without_what_is_hidden(tmp_path: Path) -> None:
    hidden = (".hidden.csv", ".git/x.csv", "b/.part", "__MACOSX/a.csv", "Thumbs.db")
    for name in ("b/2.csv", "b/1.csv", "a.csv", "b/c/d/3.csv", "b.csv", *hidden):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(TEXT)
    (tmp_path / "empty folder").mkdir()
    assert names_in(tmp_path) == ["a.csv", "b/1.csv", "b/2.csv", "b/c/d/3.csv", "b.csv"]


def test_a_folder_below_a_hidden_one_is_still_walked_when_named(tmp_path: Path) -> None:
    (tmp_path / ".var" / "inbox").mkdir(parents=True)
    (tmp_path / ".var" / "inbox" / "a.csv").write_bytes(TEXT)
    assert len(find_inputs([tmp_path / ".var" / "inbox"])) == 1


def test_a_folder_too_deep_to_be_listed_is_refused_and_the_others_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT)
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(18):
        os.mkdir("d" * 250, dir_fd=here)
        deeper = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(here)
    found = find_inputs([tmp_path])
    assert [item.name for item in found[:1]] == ["a.csv"]
    assert "cannot be opened (File name too long)" in fault_of(found[1], spool=tmp_path / ".spool")


def test_links_are_refused_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.csv").write_bytes(TEXT)
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "file.csv").symlink_to(tmp_path / "elsewhere" / "secret.csv")
    (inbox / "folder").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (inbox / "nowhere.csv").symlink_to(tmp_path / "not there")
    found = find_inputs([inbox])
    assert [item.name for item in found] == ["file.csv", "folder", "nowhere.csv"]
    for item in found:
        assert fault_of(item, spool=tmp_path / "spool").startswith(f"{item.name}: is a link")
    for link in inbox.iterdir():
        (item,) = find_inputs([link])
        assert "is a link" in fault_of(item, spool=tmp_path / "spool")


def test_what_is_no_regular_file_is_refused_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        found = [*find_inputs([tmp_path]), *find_inputs([Path(os.devnull)])]
        assert [item.name for item in found] == ["fifo", "socket", "null"]
        for item in found:
            assert fault_of(item, spool=tmp_path / ".spool").startswith(f"{item.name}: is a pipe, socket or device")


def test_a_file_that_becomes_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT)
    with open_sources(LocalFile(tmp_path / "a.csv"), tmp_path, 10**9) as sources:
        source = next(sources)
        assert isinstance(source, SourceFile)
        (tmp_path / "a.csv").unlink()
        os.mkfifo(tmp_path / "a.csv")
        with pytest.raises(UnreadableFileError, match="is a pipe"):
            source.open()


def test_a_file_that_is_gone_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT)
    (item,) = find_inputs([tmp_path])
    (tmp_path / "a.csv").unlink()
    assert "a.csv: cannot be opened (No such file or directory)" in fault_of(item, spool=tmp_path / ".spool")
    assert item.byte_count == 0


def test_a_file_that_grows_after_its_hash_was_taken_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(TEXT)
    with open_sources(LocalFile(path), tmp_path, 10**9) as sources:
        source = next(sources)
        assert isinstance(source, SourceFile)
        source.require_unchanged()
        with path.open("ab") as stream:
            stream.write(b"P2,1\n")
        with pytest.raises(UnreadableFileError, match=r"a\.csv: changes while it is read"):
            source.require_unchanged()


def test_a_name_that_is_no_text_can_be_told(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff\x1b[31m\n.csv"))
    path.write_bytes(TEXT)
    ((name, content, _),) = opened(path)
    assert (name, content) == ("a??[31m?.csv", TEXT)


def test_a_path_that_is_not_there_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(NoInputError, match="nothing_here: no such file or folder"):
        find_inputs([tmp_path / "nothing_here"])


def test_a_file_url_is_a_path(tmp_path: Path) -> None:
    (tmp_path / "in box").mkdir()
    (tmp_path / "in box" / "a.csv").write_bytes(TEXT)
    (item,) = find_inputs([f"file://{tmp_path}/in%20box"])
    assert item == LocalFile(tmp_path / "in box" / "a.csv")
    with pytest.raises(UsageError, match="this machine"):
        find_inputs(["file://elsewhere/a.csv"])


@pytest.mark.parametrize("pack", [pytest.param(lambda text: text, id="plain"), pytest.param(gzip.compress, id="gzip")])
def test_standard_input_is_an_input_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    pipe_in(monkeypatch, pack(TEXT))
    (item,) = find_inputs(["-"])
    assert opened(item, spool=tmp_path) == [Opened("standard input", TEXT)]


def test_standard_input_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe_in(monkeypatch, TEXT)
    fault = fault_of(StandardInput(), len(TEXT) - 1, tmp_path)
    assert fault.startswith(f"standard input: has more than {len(TEXT) - 1} bytes")


def test_a_pipe_that_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    reading, writing = os.pipe()
    with os.fdopen(reading) as pipe:
        os.dup2(folder, reading)
        monkeypatch.setattr(sys, "stdin", pipe)
        assert "standard input: cannot be read (Is a directory)" in fault_of(StandardInput(), spool=tmp_path / ".spool")
    os.close(folder)
    os.close(writing)


def test_a_terminal_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    leader, follower = os.openpty()
    with os.fdopen(follower) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        assert "is a terminal" in fault_of(StandardInput(), spool=tmp_path)
    os.close(leader)


def test_standard_input_is_named_once_and_a_path_is_never_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="named twice"):
        find_inputs(["-", "-"])
    monkeypatch.chdir(tmp_path)
    (tmp_path / "-").write_bytes(TEXT)
    assert find_inputs([Path("-")]) == [LocalFile(Path("-"))]


def test_a_disk_that_takes_no_more_is_no_fault_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT))
    item = LocalFile(tmp_path / "a.gz")
    with pytest.raises(StorageError, match="not there: cannot be written"):
        opened_at(item, tmp_path / "not there")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_disk_that_fills_up_is_told_and_left_empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT))
    real_open = Path.open
    # The folder cannot be made full; a device that is, stands in for the file in it.
    monkeypatch.setattr(Path, "open", lambda path, mode="r", **more: real_open(Path("/dev/full"), "wb", buffering=0))
    with pytest.raises(StorageError, match="No space left on device"):
        opened_at(LocalFile(tmp_path / "a.gz"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.gz"]


def opened_at(item: LocalFile, spool: Path) -> None:
    with open_sources(item, spool, 10**9) as sources:
        list(sources)


def test_an_error_of_the_caller_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(TEXT))
    spool = tmp_path / "spool"
    spool.mkdir()
    with (
        pytest.raises(KeyboardInterrupt),
        open_sources(LocalFile(tmp_path / "a.gz"), spool, 10**9) as sources,
    ):
        next(sources)
        (folder,) = spool.iterdir()
        assert folder.stat().st_mode & 0o077 == 0, "others may look into the spool"
        raise KeyboardInterrupt
    assert not list(spool.iterdir())


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
