"""Containers: gzip, Zstandard, zip and tar, alone and in one another; what is refused, and that nothing escapes."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import tarfile
import tempfile
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claims_audit.readers.inputs import containers
from claims_audit.readers.inputs.source import find_inputs
from tests.readers.opening import TEXT, Opened, fault_of, opened
from tests.readers.packing import deflated, overlapping, tarred, zipped, zstd

SKIPPABLE = b"\x50\x2a\x4d\x18" + struct.pack("<L", 4) + b"note"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": lambda content: gzip.compress(content, mtime=0),
    "zst": zstd,
    "zip": lambda content: zipped([("in.csv", content)]),
    "tar": lambda content: tarred([("in.csv", content)]),
}


@pytest.fixture
def low_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a bomb be small."""
    monkeypatch.setattr(containers, "_RATIO_FLOOR", 1_000_000)


def unpack(tmp_path: Path, content: bytes, name: str = "a", max_bytes: int = 10**9) -> list[Opened]:
    (tmp_path / name).write_bytes(content)
    return opened(tmp_path / name, max_bytes)


def reason(tmp_path: Path, content: bytes, name: str = "a", max_bytes: int = 10**9) -> str:
    (tmp_path / name).write_bytes(content)
    return fault_of(tmp_path / name, max_bytes)


# What comes out


def test_the_same_content_has_one_identity_however_packed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(TEXT)
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(TEXT))
    (tmp_path / "c.csv.ZST").write_bytes(zstd(TEXT))
    (tmp_path / "d.zip").write_bytes(zipped([("folder/e.csv", TEXT)]))
    (tmp_path / "f.tar").write_bytes(tarred([("./folder/g.csv", TEXT)]))
    (tmp_path / "h.tgz").write_bytes(gzip.compress(tarred([("i.csv", TEXT)])))
    (tmp_path / "j.tar.zst").write_bytes(zstd(tarred([("k.csv", TEXT)])))
    (tmp_path / "l.zip").write_bytes(zipped([("m.zip", zipped([("n.csv.gz", gzip.compress(TEXT))]))]))
    found = [opened(tmp_path / item.name) for item in find_inputs([tmp_path])]
    names = ["a.csv", "b.csv", "c.csv", "d.zip!e.csv", "f.tar!g.csv", "h.tar!i.csv", "j.tar!k.csv", "l.zip!m.zip!n.csv"]
    assert found == [[Opened(name, TEXT)] for name in names]


@pytest.mark.parametrize("kind", PACKERS)
def test_packing_goes_by_content_and_not_by_name(tmp_path: Path, kind: str) -> None:
    ((name, content, _),) = unpack(tmp_path, PACKERS[kind](TEXT), "a.csv")
    assert content == TEXT
    assert name == ("a.csv!in.csv" if kind in ("zip", "tar") else "a.csv")


def test_several_parts_and_padding_are_one_content(tmp_path: Path) -> None:
    halves = (TEXT[:60], b"", TEXT[60:])
    assert unpack(tmp_path, b"".join(map(gzip.compress, halves)) + b"\0" * 40_000) == [Opened("a", TEXT)]
    padded = gzip.compress(TEXT[:60]) + b"\0" * 70_000 + gzip.compress(TEXT[60:])
    assert unpack(tmp_path, padded) == [Opened("a", TEXT)]
    frames = SKIPPABLE + zstd(TEXT[:60]) + SKIPPABLE + zstd(b"") + zstd(TEXT[60:]) + SKIPPABLE
    assert unpack(tmp_path, frames) == [Opened("a", TEXT)]


def test_content_longer_than_every_step_comes_whole(tmp_path: Path) -> None:
    text = b"".join(b"P%d,1,%d\n" % (number, number**3) for number in range(150_000))
    for pack in PACKERS.values():
        assert unpack(tmp_path, pack(text))[0].content == text
    # More comes out of one step than the decoder gives at once.
    zeros = b"0" * 5_000_000
    assert unpack(tmp_path, gzip.compress(zeros) + gzip.compress(zeros))[0].content == zeros * 2


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar"])
def test_members_come_in_order_the_same_name_twice(tmp_path: Path, pack: Callable[..., bytes]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        content = pack([("b.csv", b"1"), ("a.csv", b"2"), ("b.csv", b"3"), ("x/b.csv", b"")])
    assert unpack(tmp_path, content, "d") == [
        Opened("d!b.csv", b"1"),
        Opened("d!a.csv", b"2"),
        Opened("d!b.csv", b"3"),
        Opened("d!b.csv", b""),
    ]


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar"])
def test_what_systems_add_is_left_out(tmp_path: Path, pack: Callable[..., bytes]) -> None:
    furniture = ("__MACOSX/._one.csv", ".DS_Store", "x/.hidden.csv", ".git/config", "Thumbs.db", "x/desktop.ini")
    content = pack([("one.csv", TEXT), *((name, b"\0\5\x16\7") for name in furniture)])
    assert unpack(tmp_path, content) == [Opened("a!one.csv", TEXT)]


def test_folders_in_an_archive_are_no_members(tmp_path: Path) -> None:
    folder = tarfile.TarInfo("folder")
    folder.type = tarfile.DIRTYPE
    assert unpack(tmp_path, tarred([(folder, b""), ("folder/one.csv", TEXT)])) == [Opened("a!one.csv", TEXT)]
    assert unpack(tmp_path, zipped([("folder/", b""), ("folder/one.csv", TEXT)])) == [Opened("a!one.csv", TEXT)]
    assert unpack(tmp_path, zipped([])) == []


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_of_a_tar_are_read(tmp_path: Path, form: int) -> None:
    name = "/".join(["folder" * 4] * 5) + "/" + "é" * 30 + ".csv"
    assert unpack(tmp_path, tarred([(name, TEXT), ("b.csv", b"2")], form)) == [
        Opened(f"a!{'é' * 30}.csv", TEXT),
        Opened("a!b.csv", b"2"),
    ]


def test_a_workbook_stays_one_file_and_so_does_a_parquet_in_a_zip(tmp_path: Path) -> None:
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    assert unpack(tmp_path, book.getvalue(), "a.csv") == [Opened("a.csv", book.getvalue())]
    entry = zipfile.ZipInfo("mimetype")
    sheet = zipped([(entry, b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", b"<office/>")])
    old = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 512
    members = [("b.xlsx", book.getvalue()), ("c.ods", sheet), ("d.xls", old), ("e.parquet", b"PAR1....PAR1")]
    assert unpack(tmp_path, zipped(members)) == [Opened(f"a!{name}", content) for name, content in members]


def test_a_zip_that_only_looks_like_a_workbook_is_unpacked(tmp_path: Path) -> None:
    assert len(unpack(tmp_path, zipped([("[Content_Types].xml", b"<x/>"), ("one.csv", TEXT)]))) == 2
    assert len(unpack(tmp_path, zipped([("mimetype", b"text/plain"), ("one.csv", TEXT)]))) == 2


# What is damaged


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        pytest.param(lambda packed: packed[:-12], "it ends too early", id="truncated"),
        pytest.param(lambda packed: packed[:5], "it ends too early", id="header cut"),
        pytest.param(lambda packed: packed[:-8] + b"\0\0\0\0" + packed[-4:], "damaged: error", id="wrong checksum"),
        pytest.param(lambda packed: packed[:12] + b"\xff\xff\xff" + packed[15:], "damaged: error", id="damaged"),
        pytest.param(lambda packed: packed + b"rubbish", "bytes that are no gzip follow its end", id="text behind"),
        pytest.param(lambda packed: packed + gzip.compress(TEXT)[:-3], "it ends too early", id="second cut"),
    ],
)
def test_a_broken_gzip_is_refused_by_name(tmp_path: Path, spoil: Callable[[bytes], bytes], cause: str) -> None:
    fault = reason(tmp_path, spoil(gzip.compress(TEXT * 20)), "a.csv.gz")
    assert fault.startswith("a.csv: cannot be unpacked (")
    assert cause in fault


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        pytest.param(lambda packed: packed[:-1], "it ends too early", id="truncated"),
        pytest.param(lambda packed: packed[:5], "it ends too early", id="header cut"),
        pytest.param(lambda packed: packed[:-4] + b"\0\0\0\0", "damaged: ZstdError", id="wrong checksum"),
        pytest.param(
            lambda packed: packed + b"rubbish", "bytes that are no Zstandard follow its end", id="text behind"
        ),
        pytest.param(lambda packed: packed + SKIPPABLE[:-1], "it ends too early", id="note cut"),
    ],
)
def test_a_broken_zstandard_is_refused_by_name(tmp_path: Path, spoil: Callable[[bytes], bytes], cause: str) -> None:
    fault = reason(tmp_path, spoil(zstd(TEXT * 20, write_checksum=1)), "a.csv.zst")
    assert fault.startswith("a.csv: cannot be unpacked (")
    assert cause in fault


def test_a_zstandard_that_needs_too_much_memory_is_refused(tmp_path: Path) -> None:
    header = b"\x28\xb5\x2f\xfd" + b"\x00" + bytes([(28 - 10) << 3]) + b"\x01\x00\x00"
    assert "its window is larger than 128 MB" in reason(tmp_path, header)


def test_one_bad_member_of_a_zip_leaves_the_others(tmp_path: Path) -> None:
    names = ("one.csv", "two.csv", "three.csv")
    content = bytearray(zipped([(name, name.encode() + TEXT) for name in names], zipfile.ZIP_STORED))
    content[content.index(b"two.csv" + TEXT[:5]) + 30] ^= 0xFF
    found = unpack(tmp_path, bytes(content), "a.zip")
    assert [name for name, _, _ in found] == ["a.zip!one.csv", "", "a.zip!three.csv"]
    assert found[1].fault.startswith("a.zip!two.csv: cannot be unpacked")


def test_one_bad_container_in_another_leaves_the_others(tmp_path: Path) -> None:
    members = [
        ("1.gz", gzip.compress(TEXT)[:-3]),
        ("2.zip", b"PK\x03\x04 no zip"),
        ("3.csv", TEXT),
        ("4.7z", b"7z\xbc\xaf'\x1c"),
    ]
    for pack in (zipped, tarred):
        found = unpack(tmp_path, pack(members))
        assert [item.name for item in found] == ["", "", "a!3.csv", ""]
        assert [item.fault.partition(":")[0] for item in found if item.fault] == ["a!1", "a!2.zip", "a!4.7z"]


@pytest.mark.parametrize("length", [4, 30, 100, -1, -30])
def test_a_zip_that_is_cut_off_is_refused(tmp_path: Path, length: int) -> None:
    assert "a.zip: cannot be unpacked" in reason(tmp_path, zipped([("one.csv", TEXT)])[:length], "a.zip")


@pytest.mark.parametrize("damage", [b"\xff", b"\0\0\0\0"], ids=["second header", "second header gone"])
def test_a_tar_gives_what_lies_before_the_damage_and_tells_of_it(tmp_path: Path, damage: bytes) -> None:
    content = bytearray(tarred([("one.csv", TEXT), ("two.csv", TEXT), ("three.csv", TEXT)], tarfile.USTAR_FORMAT))
    second = content.index(b"two.csv")
    content[second : second + len(damage)] = damage
    first, fault = unpack(tmp_path, bytes(content), "a.tar")
    assert first == Opened("a.tar!one.csv", TEXT)
    assert fault.fault == "a.tar: cannot be unpacked (a header of it is damaged); ask for it again"


@pytest.mark.parametrize("length", [512, 700, 1024, 1100, 1536, 2048])
def test_a_tar_that_is_cut_off_is_told(tmp_path: Path, length: int) -> None:
    content = tarred([("one.csv", TEXT), ("two.csv", TEXT)], tarfile.USTAR_FORMAT)
    *members, last = unpack(tmp_path, content[:length], "a.tar")
    assert last.fault == "a.tar: cannot be unpacked (it ends too early); ask for it again"
    assert members == [Opened("a.tar!one.csv", TEXT), Opened("a.tar!two.csv", TEXT)][: length // 1024]


def test_a_tar_with_text_behind_its_end_is_told(tmp_path: Path) -> None:
    *_, last = unpack(tmp_path, tarred([("one.csv", TEXT)]) + tarred([("two.csv", TEXT)]))
    assert "bytes that are no tar follow its end" in last.fault


@pytest.mark.parametrize(
    "records",
    [b"99999999 path=x\n", b"0 path=x\n", b"x path=x\n", b"-9 path=x\n", b"5 a=b\n\xff\xff\xff", b"3 \n1"],
)
def test_extended_headers_that_lie_are_refused(tmp_path: Path, records: bytes) -> None:
    header = tarfile.TarInfo("pax")
    header.type = tarfile.XHDTYPE
    assert "an extended header of it is damaged" in reason(tmp_path, tarred([(header, records), ("one.csv", TEXT)]))


def test_sizes_below_zero_in_a_tar_do_not_turn_back(tmp_path: Path) -> None:
    header = tarfile.TarInfo("one.csv")
    block = bytearray(header.tobuf(tarfile.USTAR_FORMAT))
    block[124:136] = b"\xff" * 10 + b"\xfc\x00"
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    assert "a header of it is damaged" in reason(tmp_path, bytes(block) + b"\0" * 1024)


# What is refused


@pytest.mark.parametrize(
    ("path", "last"),
    [
        ("../escaped.csv", "escaped.csv"),
        ("a/../../escaped.csv", "escaped.csv"),
        ("..", ".."),
        ("/etc/escaped.csv", "escaped.csv"),
        ("..\\escaped.csv", "escaped.csv"),
        ("folder\\escaped.csv", "escaped.csv"),
        ("C:escaped.csv", "escaped.csv"),
        ("c:/escaped.csv", "escaped.csv"),
        ("/e\x1b[2J\u202e.csv", "e?[2J?.csv"),
    ],
)
@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar"])
def test_a_member_whose_name_leads_elsewhere_is_refused_and_the_others_load(
    tmp_path: Path, pack: Callable[..., bytes], path: str, last: str
) -> None:
    inbox = tmp_path / "deep" / "inbox"
    inbox.mkdir(parents=True)
    before = set(tmp_path.rglob("*"))
    refused, good = unpack(inbox, pack([(path, b"trick"), ("good.csv", TEXT)]))
    assert refused.fault.startswith(f"a!{last}: its name in the archive is a path that leads elsewhere")
    assert good == Opened("a!good.csv", TEXT)
    assert set(tmp_path.rglob("*")) - before == {inbox / "a", inbox / ".spool"}


def test_a_name_with_a_nul_in_it_is_refused(tmp_path: Path) -> None:
    content = zipped([("goodXcsv", TEXT)]).replace(b"goodXcsv", b"good\0csv")
    assert reason(tmp_path, content).startswith("a!csv: its name in the archive is a path that leads elsewhere")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip_are_refused(tmp_path: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("one.csv")
    entry.external_attr = (kind | 0o644) << 16
    entry.create_system = 3
    refused, good = unpack(tmp_path, zipped([(entry, b"/etc/passwd"), ("good.csv", TEXT)]))
    assert refused.fault.endswith("ask for the file itself")
    assert ("is a link" in refused.fault) == (kind == stat.S_IFLNK)
    assert good.content == TEXT


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, b"?"])
def test_links_and_devices_in_a_tar_are_refused(tmp_path: Path, kind: bytes) -> None:
    entry = tarfile.TarInfo("one.csv")
    entry.type, entry.linkname = kind, "/etc/passwd"
    refused, good = unpack(tmp_path, tarred([(entry, b""), ("good.csv", TEXT)]))
    assert refused.fault.endswith("ask for the file itself")
    assert ("is a link" in refused.fault) == (kind in (tarfile.SYMTYPE, tarfile.LNKTYPE))
    assert good.content == TEXT


def test_sparse_files_are_refused_and_passed_over(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("one.csv")
    entry.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "9" * 12}
    old = bytearray(tarfile.TarInfo("two.csv").tobuf(tarfile.GNU_FORMAT))
    old[156:157], old[482] = tarfile.GNUTYPE_SPARSE, 1
    old[148:156] = b" " * 8
    old[148:156] = b"%06o\0 " % sum(old)
    more = bytearray(512)
    more[504] = 1
    new = tarred([(entry, b"1\n0\n10\n")])
    archive = bytes(old) + bytes(more) + bytes(512) + new[: len(new) // 512 * 512].rstrip(b"\0").ljust(2048, b"\0")
    refused_old, refused_new, good = unpack(tmp_path, archive + tarred([("good.csv", TEXT)]))
    assert refused_old.fault.startswith("a!two.csv: is packed as a sparse file")
    assert refused_new.fault.startswith("a!one.csv: is packed as a sparse file")
    assert good.content == TEXT


def test_an_encrypted_member_is_refused_in_these_words(tmp_path: Path) -> None:
    content = bytearray(zipped([("one.csv", TEXT), ("two.csv", TEXT)]))
    content[6] |= 1  # the flag in the local header
    content[content.index(b"PK\x01\x02") + 8] |= 1
    refused, good = unpack(tmp_path, bytes(content))
    assert refused.fault == "a!one.csv: is encrypted; ask for it without a password"
    assert good.content == TEXT


@pytest.mark.parametrize(("method", "word"), [(zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")])
def test_another_compression_in_a_zip_is_refused_by_name(tmp_path: Path, method: int, word: str) -> None:
    assert f"is compressed with {word}; ask for it" in reason(tmp_path, zipped([("one.csv", TEXT)], method))


@pytest.mark.parametrize(("number", "word"), [(9, "Deflate64"), (77, "method 77")])
def test_a_compression_that_nobody_here_knows_is_refused(tmp_path: Path, number: int, word: str) -> None:
    content = bytearray(zipped([("one.csv", TEXT)]))
    content[8] = content[content.index(b"PK\x01\x02") + 10] = number
    assert f"is compressed with {word};" in reason(tmp_path, bytes(content))


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"BZh91AY&SY", "packed with bzip2"),
        (b"\xfd7zXZ\0", "packed with xz"),
        (b"7z\xbc\xaf\x27\x1c", "packed with 7-Zip"),
        (b"Rar!\x1a\x07\x01", "packed with RAR"),
        (b"-----BEGIN PGP MESSAGE-----\n", "encrypted with PGP"),
    ],
)
def test_what_is_not_unpacked_is_told_by_name(tmp_path: Path, head: bytes, words: str) -> None:
    assert f"a: is {words}, which is not read" in reason(tmp_path, head + b"\0" * 100)


# Bombs


@pytest.mark.parametrize("kind", ["gz", "zst", "zip"])
@pytest.mark.usefixtures("low_floor")
def test_a_flat_bomb_is_refused(tmp_path: Path, kind: str) -> None:
    fault = reason(tmp_path, PACKERS[kind](b"0" * 5_000_000))
    assert "unpacks to more than" in fault
    assert fault.endswith("bytes; refused as a bomb; if it is sound, deliver it plain")


@pytest.mark.usefixtures("low_floor")
def test_a_bomb_among_members_leaves_the_others(tmp_path: Path) -> None:
    bomb = gzip.compress(b"0" * 5_000_000)
    found = unpack(tmp_path, zipped([("1.csv", b"0" * 5_000_000), ("2.gz", bomb), ("3.csv", TEXT)]))
    assert [(item.name, "refused as a bomb" in item.fault) for item in found] == [
        ("", True),
        ("", True),
        ("a!3.csv", False),
    ]


@pytest.mark.usefixtures("low_floor")
def test_members_that_are_a_bomb_only_together_are_refused(tmp_path: Path) -> None:
    found = unpack(tmp_path, gzip.compress(zipped([(f"{number}.csv", b"0" * 300_000) for number in range(10)])))
    assert ["refused as a bomb" in item.fault for item in found] == [False] * 3 + [True] * 7


@pytest.mark.usefixtures("low_floor")
@pytest.mark.parametrize("kind", ["gz", "zst", "zip"])
def test_a_nested_bomb_is_refused(tmp_path: Path, kind: str) -> None:
    inner = PACKERS[kind](b"0" * 20_000_000)
    assert "refused as a bomb" in reason(tmp_path, zipped([(f"in.{kind}", inner)]))
    found = unpack(tmp_path, zipped([(f"{number}.{kind}", inner) for number in range(10)]))
    assert ["refused as a bomb" in item.fault for item in found] == [True] * 10


def test_three_layers_are_unpacked_and_a_fourth_is_refused(tmp_path: Path) -> None:
    packed = TEXT
    for kind in ("tar", "gz", "zip"):
        packed = PACKERS[kind](packed)
    assert unpack(tmp_path, packed) == [Opened("a!in.csv!in.csv", TEXT)]
    assert "is packed more than 3 times over; refused as a bomb" in reason(tmp_path, gzip.compress(packed))


@pytest.mark.parametrize("kind", PACKERS)
def test_containers_without_a_bottom_are_refused(tmp_path: Path, kind: str) -> None:
    packed = TEXT
    for _ in range(12):
        packed = PACKERS[kind](packed)
    assert "is packed more than 3 times over" in reason(tmp_path, packed)


def test_overlapping_members_are_refused_before_any_is_unpacked(tmp_path: Path) -> None:
    text = b"0" * 100_000
    packed = deflated(text)
    assert unpack(tmp_path, overlapping(1, packed, len(text), zlib.crc32(text))) == [Opened("a!a", text)]
    assert "its members overlap" in reason(tmp_path, overlapping(2_000, packed, len(text), zlib.crc32(text)))


@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar"])
def test_too_many_members_are_refused(
    tmp_path: Path, pack: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(containers, "_MAX_FILES", 100)
    assert len(unpack(tmp_path, pack([(f"{number}.csv", b"1") for number in range(100)]))) == 100
    *_, last = unpack(tmp_path, pack([(f"{number}.csv", b"1") for number in range(101)]))
    assert last.fault.startswith("a: holds more than 100 files; refused as a bomb")
    inner = pack([(f"{number}.csv", b"1") for number in range(60)])
    *_, last = unpack(tmp_path, zipped([("1.zip", inner), ("2.zip", inner)]))
    assert last.fault.startswith("a!2.zip: holds more than 100 files")


def test_a_directory_of_many_megabytes_is_not_taken_into_memory(tmp_path: Path) -> None:
    content = overlapping(600_000, b"", 0, 0)
    assert len(content) > 20_000_000
    (tmp_path / "a").write_bytes(content)
    del content
    tracemalloc.start()
    try:
        assert "its directory is larger than 4 MB" in fault_of(tmp_path / "a")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_an_extended_header_of_many_megabytes_is_not_taken_into_memory(tmp_path: Path) -> None:
    header = tarfile.TarInfo("long")
    header.type = tarfile.GNUTYPE_LONGNAME
    fault = reason(tmp_path, tarred([(header, b"x" * 5_000_000), ("one.csv", TEXT)]))
    assert "an extended header of it is longer than 64 KB" in fault


@pytest.mark.parametrize("kind", ["gz", "zst", "zip"])
def test_memory_does_not_grow_with_what_comes_out(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a").write_bytes(zipped([("in", PACKERS[kind](b"0" * 60_000_000))]))
    tracemalloc.start()
    try:
        assert "refused as a bomb" in fault_of(tmp_path / "a")
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_the_limit_of_the_operator_holds_on_every_layer(tmp_path: Path) -> None:
    for pack in PACKERS.values():
        assert "refused as a bomb" in reason(tmp_path, pack(TEXT), max_bytes=len(TEXT) - 1)
        assert unpack(tmp_path, pack(TEXT), max_bytes=len(TEXT))[0].content == TEXT
    nested = zipped([("a.gz", gzip.compress(TEXT)), ("b.gz", gzip.compress(TEXT))])
    assert [bool(item.fault) for item in unpack(tmp_path, nested, max_bytes=2 * len(TEXT) - 1)] == [False, True]


# Any containers, and any damage

CONTENTS = st.binary(max_size=200).map(lambda content: b"," + content)
NAMES = st.text("abcé. ", min_size=1, max_size=8).map(lambda name: f"x{name}")


@st.composite
def nested(draw: st.DrawFn, layers: int = 3) -> tuple[bytes, list[bytes]]:
    """A container of at most so many layers, and the contents that have to come out of it."""
    if layers == 0 or draw(st.integers(0, 3)) == 0:
        content = draw(CONTENTS)
        return content, [content]
    kind = draw(st.sampled_from(["gz", "zst", "zip", "tar"]))
    if kind in ("gz", "zst"):
        packed, found = draw(nested(layers - 1))
        return PACKERS[kind](packed), found
    # A tar without a member has nothing by which to tell it.
    inner = draw(st.lists(nested(layers - 1), min_size=0 if kind == "zip" else 1, max_size=3))
    names = draw(st.lists(NAMES, min_size=len(inner), max_size=len(inner), unique=True))
    members = [(name, packed) for name, (packed, _) in zip(names, inner, strict=True)]
    return (zipped if kind == "zip" else tarred)(members), [content for _, found in inner for content in found]


@given(nested())
@settings(max_examples=150, deadline=None)
def test_what_went_into_containers_comes_out(made: tuple[bytes, list[bytes]]) -> None:
    packed, contents = made
    with tempfile.TemporaryDirectory() as folder:
        found = unpack(Path(folder), packed)
    assert [item.content for item in found] == contents
    assert not any(item.fault for item in found)


@given(st.data())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damaged_containers_do_no_harm(data: st.DataObject) -> None:
    packed = bytearray(data.draw(nested())[0])
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(packed)))
        end = data.draw(st.integers(start, min(len(packed), start + 30)))
        packed[start:end] = data.draw(st.one_of(st.binary(max_size=8), st.just(bytes(packed[:start][-40:]))))
    with tempfile.TemporaryDirectory() as folder:
        inbox = Path(folder) / "inbox"
        inbox.mkdir()
        unpack(inbox, bytes(packed))
        assert sorted(path.name for path in Path(folder).rglob("*")) == [".spool", "a", "inbox"]
