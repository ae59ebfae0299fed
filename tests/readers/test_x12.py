"""The segment splitter: separators, byte ranges, chunks, and text that is no segment."""

from __future__ import annotations

import io

import pytest

from claims_audit.readers.x12.segments import (
    BAD_HEADER,
    MAX_SEGMENT_BYTES,
    NOT_A_SEGMENT,
    NOT_SINGLE_BYTE,
    OUTSIDE,
    TOO_LONG,
    UNTERMINATED,
    Segment,
    SegmentSplitter,
)

HEADER = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *240105*0800*^*00501*000000001*0*P*:~"
    "GS*HC*SENDER*RECEIVER*20240105*0800*1*X*005010X222A1~"
)
TRAILER = "GE*1*1~IEA*1*000000001~"


def split(text: str | bytes, chunk_bytes: int = 1 << 20) -> list[Segment]:
    data = text if isinstance(text, bytes) else text.encode("latin-1")
    return list(SegmentSplitter(io.BytesIO(data), chunk_bytes))


def ids(segments: list[Segment]) -> list[str]:
    return [segment_id or text for segment_id, text, _, _ in segments]


def test_every_byte_range_cuts_its_segment_out_of_the_file() -> None:
    text = HEADER + "\r\n  LX*1~\n\nSV1*HC:90853*20~" + TRAILER
    for segment_id, segment, start, end in split(text):
        assert text[start:end] == segment + "~"
        assert segment.startswith(segment_id + "*")


@pytest.mark.parametrize("chunk_bytes", [1, 2, 3, 7, 50, 106, 107, 300, 1 << 20])
def test_chunks_do_not_show(chunk_bytes: int) -> None:
    other = (HEADER + "NM1*IL*1*ROE*LISA*~*~" + TRAILER).translate(str.maketrans("*~", "|'"))
    first = HEADER + "NM1*IL*1*ROE*LISA*A~\r\nNM1*IL*1*ROE*MALISA~" + TRAILER
    data = f"\ufeffstray text{first}\n\n{other} \x1a".encode()
    assert split(data, chunk_bytes) == split(data)
    inner = ["GS", "NM1", "NM1", "GE", "IEA"]
    assert ids(split(data)) == [OUTSIDE, "ISA", *inner, "ISA", "GS", "NM1", NOT_A_SEGMENT, "GE", "IEA"]


def test_each_interchange_has_its_own_separators() -> None:
    second = "ISA" + HEADER[3:].replace("*", "|").replace("~", "\n").replace(":", ">").replace("^", "U")
    splitter = SegmentSplitter(io.BytesIO((HEADER + TRAILER + second).encode()))
    seen = [splitter.separators for segment_id, *_ in splitter if segment_id == "ISA"]
    assert seen == [("*", ":", "^", "~"), ("|", ">", None, "\n")]


def test_separators_are_found_by_counting_elements_when_the_isa_has_another_width() -> None:
    narrow = HEADER.replace("SENDER         ", "SENDER").replace("00*          ", "00*", 1)
    (header, *_), text = split(narrow), narrow
    assert header[0] == "ISA"
    assert text[header[2] : header[3]].endswith(":~")
    assert header[3] < 106


def test_the_old_terminator_may_be_the_new_element_separator() -> None:
    second = HEADER.replace("*", "\t").replace("~", "_").replace("\t", "~")
    assert ids(split(HEADER + TRAILER + second)) == ["ISA", "GS", "GE", "IEA", "ISA", "GS"]


def test_crlf_after_the_isa_is_the_terminator_when_there_is_no_other() -> None:
    assert ids(split((HEADER + TRAILER).replace("~", "\r\n"))) == ["ISA", "GS", "GE", "IEA"]


@pytest.mark.parametrize("end", ["", "\n", "\x1a", "\x00" * 300_000])
def test_a_last_segment_without_terminator_is_handed_out_and_marked(end: str) -> None:
    text = HEADER + TRAILER.rstrip("~")
    *_, trailer, mark = split(text + end)
    assert trailer == ("IEA", "IEA*1*000000001", len(text) - 15, len(text))
    assert mark == ("", UNTERMINATED, len(text), len(text))


def test_an_isa_inside_a_cut_segment_begins_a_new_interchange() -> None:
    cut = HEADER + "SV1*HC:908"
    segments = split(cut + HEADER)
    assert ids(segments) == ["ISA", "GS", "SV1", UNTERMINATED, "ISA", "GS"]
    assert segments[2][2:] == (len(HEADER), len(cut))


@pytest.mark.parametrize("garbage", ["nonsense", "lx*1", "*a*b", "LX12*1", "\xff\xd8", "<p>"])
def test_text_without_segment_id_is_told(garbage: str) -> None:
    assert ids(split(HEADER + garbage + "~" + TRAILER)) == ["ISA", "GS", NOT_A_SEGMENT, "GE", "IEA"]


def test_an_isa_without_sixteen_elements_is_told() -> None:
    assert ids(split(HEADER + TRAILER + "ISA*00*broken~GS*HC~")) == ["ISA", "GS", "GE", "IEA", BAD_HEADER, "GS"]
    assert split("ISA*00*broken~GS*HC~") == [("", BAD_HEADER, 0, 20)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_told(encoding: str) -> None:
    data = (HEADER + TRAILER).encode(encoding)
    ((segment_id, code, _, end),) = split(data)
    assert (segment_id, code) == ("", NOT_SINGLE_BYTE)
    assert len(data) - 1 <= end <= len(data)


@pytest.mark.parametrize("chunk_bytes", [1000, 1 << 20])
@pytest.mark.parametrize("length", [MAX_SEGMENT_BYTES + 1, 5 * MAX_SEGMENT_BYTES, 3_000_000])
def test_an_endless_segment_is_dropped_up_to_its_end(length: int, chunk_bytes: int) -> None:
    endless = "NTE*" + "x" * (length - 4)
    segments = split(HEADER + endless + "~" + TRAILER, chunk_bytes)
    assert ids(segments) == ["ISA", "GS", TOO_LONG, "GE", "IEA"]
    assert segments[2][2:] == (len(HEADER), len(HEADER) + length + 1)


@pytest.mark.parametrize("text", ["", " \r\n", "\x00" * 10])
def test_a_blank_file_has_no_segments(text: str) -> None:
    assert split(text) == []
