"""Splits X12 files into segments with their byte ranges, in bounded memory; it knows envelopes only by their ISA.

What the segments of an interchange mean is in envelope.py, what those of a claim mean in professional_loops.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

CHUNK_BYTES: Final = 1 << 20
# The longest segment of the health care guides is below 2 KiB; past this bound it is text without terminators.
MAX_SEGMENT_BYTES: Final = 64 * 1024
# A fixed-width ISA has 106 characters; hand-made ones stray from that by a few.
MAX_HEADER_BYTES: Final = 400
FIXED_HEADER_BYTES: Final = 106

# What may stand between segments: line ends, indentation, a byte order mark where files were joined, and the NUL or
# Ctrl-Z with which older systems pad or end a file.
BLANKS: Final = " \t\r\n\v\f\x00\x1a\xef\xbb\xbf"

# Why a stretch of text is no segment; given in place of its text, under an empty segment id.
NOT_A_SEGMENT: Final = "not_a_segment"
UNTERMINATED: Final = "segment_cut_off"
TOO_LONG: Final = "segment_too_long"
BAD_HEADER: Final = "isa_unreadable"
OUTSIDE: Final = "outside_interchange"
NOT_SINGLE_BYTE: Final = "not_single_byte_text"

Segment = tuple[str, str, int, int]


class Run(NamedTuple):
    """Texts between terminators, one after the other; the first begins at byte `start`, `gap` bytes lie between two.

    They are whatever stands there, blanks in front and empty texts included; none is longer than a segment may be.
    """

    texts: list[str]
    start: int
    gap: int  # of the terminator, with the line end behind it where there always is one


_SEGMENT_ID: Final = re.compile(r"[A-Z][A-Z0-9]{1,2}")
_LINE_ENDS: Final = ("\r\n", "\n")
_UTF16_MARKS: Final = ("\xff\xfe", "\xfe\xff")


class Separators(NamedTuple):
    """The four characters that an ISA lays down for its interchange; no repetition separator before 5010."""

    element: str
    component: str
    repetition: str | None
    segment: str


class _Header(NamedTuple):
    start: int
    stop: int  # just past the segment terminator
    separators: Separators | None  # None: more bytes are needed to tell whether this is a header


class SegmentSplitter:
    """Iterates over the segments of a stream as tuples: segment id, text without terminator, byte start, byte end.

    The end is half open and includes the terminator. `separators` are those of the segment handed out last. Text that
    is no segment comes with an empty id and one of the codes above instead of its text. A segment that the file's end
    or the next ISA cuts off is handed out as far as it goes and followed by an empty range with the code UNTERMINATED.
    """

    def __init__(self, stream: BinaryIO, chunk_bytes: int = CHUNK_BYTES) -> None:
        self.separators: Separators | None = None
        self._stream = stream
        self._chunk_bytes = chunk_bytes
        self._text = ""  # Latin-1, so that one character is one byte
        self._offset = 0  # of self._text in the file
        self._at = 0  # what stands before is done with
        self._at_end = False
        self._is_inside = False  # what stands at _at continues a segment or stray text
        self._known_ids: set[str] = set()
        self._skipped_from: int | None = None  # start of an over-long segment whose beginning is already dropped

    def __iter__(self) -> Iterator[Segment]:
        for part in self.parts():
            if isinstance(part, Run):
                yield from self._judge_all(part)
            else:
                yield part

    def parts(self) -> Iterator[Segment | Run]:
        """The same in larger pieces, for who is in a hurry: texts of a run are segments if `judge` says so."""
        yield from self._find_first_header()
        while self._at < len(self._text) or not self._at_end:
            header = self._find_header()
            yield from self._split(header.start)
            if header.separators is not None:
                yield from self._cut_off(header.start)
                yield self._open(header)
            elif self._at_end:
                yield from self._cut_off(header.start)
            else:
                self._read_more()

    def _read_more(self) -> None:
        chunk = self._stream.read(self._chunk_bytes)
        self._at_end = not chunk
        self._offset += self._at
        self._text = self._text[self._at :] + chunk.decode("latin-1")
        self._at = 0

    def _find_first_header(self) -> Iterator[Segment]:
        """Skips to the first ISA; without one no text can be split, because the separators are unknown."""
        stray_from: int | None = None
        stray_to, sample = 0, ""
        while True:
            header = self._find_header()
            is_last = header.separators is not None or self._at_end
            # Three bytes wait for the next chunk, because "ISA" and its separator may straddle two.
            stop = header.start if is_last else min(header.start, max(self._at, len(self._text) - 3))
            stray = self._text[self._at : stop]
            if stray_from is None:
                stray = stray.lstrip(BLANKS)
                stray_from = self._offset + stop - len(stray) if stray else None
            if stray.rstrip(BLANKS):
                stray_to = self._offset + stop - len(stray) + len(stray.rstrip(BLANKS))
            sample += stray[: MAX_HEADER_BYTES - len(sample)]
            self._at = stop
            self._is_inside = stray_from is not None
            if is_last:
                break
            self._read_more()
        if stray_from is not None:
            yield "", _judge_stray_text(sample), stray_from, stray_to
        if header.separators is not None:
            yield self._open(header)

    def _open(self, header: _Header) -> Segment:
        self.separators = header.separators
        self._at = header.stop
        self._is_inside = False
        text = self._text[header.start : header.stop - 1]
        return "ISA", text, self._offset + header.start, self._offset + header.stop

    def _find_header(self) -> _Header:
        """Finds the next ISA, even inside a segment that was cut off; else the end of the text."""
        text = self._text
        position = text.find("ISA", self._at)
        while position >= 0:
            before = text[max(self._at, position - MAX_HEADER_BYTES) : position].rstrip(BLANKS)
            if before:
                is_at_start = self.separators is not None and before[-1] == self.separators.segment
            else:
                is_at_start = not self._is_inside
            header = _read_header(text, position, strict=not is_at_start)
            if header is not None:
                return header
            if not self._at_end and len(text) - position < MAX_HEADER_BYTES:
                return _Header(position, position, None)
            position = text.find("ISA", position + 3)
        return _Header(len(text), len(text), None)

    def judge(self, text: str, start: int) -> Segment | None:
        """Tells what a text of a run is that begins at byte `start`; None if it holds nothing but blanks."""
        assert self.separators is not None  # noqa: S101 - runs stand inside an interchange
        end = start + len(text) + 1
        segment = text.lstrip(BLANKS)
        start = end - 1 - len(segment)
        segment_id = segment.partition(self.separators.element)[0]
        if len(segment) > MAX_SEGMENT_BYTES:
            return "", TOO_LONG, start, end
        if segment_id in self._known_ids:
            return segment_id, segment, start, end
        return self._judge(segment_id, segment, start, end) if segment else None

    def _split(self, stop: int) -> Iterator[Segment | Run]:
        """Hands out what ends before `stop` and keeps the rest."""
        assert self.separators is not None  # noqa: S101 - _find_first_header came first
        terminator = self.separators.segment
        if self._skipped_from is not None and (end := self._text.find(terminator, self._at, stop)) >= 0:
            self._at = end + 1
            yield "", TOO_LONG, self._skipped_from, self._offset + self._at
            self._skipped_from = None
            self._is_inside = False
        start, last = self._at, self._text.rfind(terminator, self._at, stop)
        if last >= 0:
            self._at = last + 1
            self._is_inside = False
            yield from self._run(self._text[start:last], self._offset + start, terminator)
        if stop - self._at > MAX_SEGMENT_BYTES:
            self._shorten(stop - self._at, stop)

    def _run(self, body: str, start: int, terminator: str) -> Iterator[Segment | Run]:
        """Splits text that ends before a terminator. Line ends go with the terminators if they stand behind all."""
        first = body.find(terminator) + 1
        line_end = next((mark for mark in _LINE_ENDS if first and body.startswith(mark, first)), "")
        texts = body.split(terminator + line_end)
        if line_end and len(texts) <= body.count(terminator):
            line_end = ""
            texts = body.split(terminator)
        run = Run(texts, start, 1 + len(line_end))
        if max(map(len, texts)) <= MAX_SEGMENT_BYTES:
            yield run
        else:
            yield from self._judge_all(run)

    def _judge_all(self, run: Run) -> Iterator[Segment]:
        start = run.start
        for text in run.texts:
            segment = self.judge(text, start)
            if segment is not None:
                yield segment
            start += len(text) + run.gap

    def _shorten(self, length: int, stop: int) -> None:
        """Drops the beginning of a segment that is too long, or of padding, so that memory stays bounded."""
        tail = self._text[stop - length : stop].lstrip(BLANKS)
        self._at = stop - len(tail)
        # Padding behind a segment is kept for a while: the segment may be the file's last and lack its terminator.
        if len(tail.rstrip(BLANKS)) > MAX_SEGMENT_BYTES or len(tail) > 4 * CHUNK_BYTES:
            if self._skipped_from is None:
                self._skipped_from = self._offset + self._at
            self._is_inside = True
            self._at = stop - 3

    def _judge(self, segment_id: str, segment: str, start: int, end: int) -> Segment:
        """Looks at a segment id that was not seen before."""
        if segment_id == "ISA":
            return "", BAD_HEADER, start, end
        if not _SEGMENT_ID.fullmatch(segment_id):
            return "", NOT_A_SEGMENT, start, end
        self._known_ids.add(segment_id)
        return segment_id, segment, start, end

    def _cut_off(self, stop: int) -> Iterator[Segment]:
        """Hands out what stands before the next ISA, or the file's end, without a terminator."""
        assert self.separators is not None  # noqa: S101 - only called inside an interchange
        tail = self._text[self._at : stop].rstrip(BLANKS)
        end = self._offset + self._at + len(tail)
        segment = tail.lstrip(BLANKS)
        self._at = stop
        if self._skipped_from is not None:
            yield "", TOO_LONG, self._skipped_from, max(end, self._skipped_from)
            self._skipped_from = None
        elif segment:
            segment_id = segment.partition(self.separators.element)[0]
            yield self._judge(segment_id, segment, end - len(segment), end)
            yield "", UNTERMINATED, end, end


def has_interchange(head: bytes) -> bool:
    """Whether the beginning of a file is X12: it starts with ISA, or text stands before a sound interchange header."""
    text = head.decode("latin-1")
    if re.match(r"ISA[^A-Za-z0-9\s]", text.lstrip(BLANKS)):
        return True
    return any(_read_header(text, found.start(), strict=False) is not None for found in re.finditer("ISA", text))


def _read_header(text: str, start: int, *, strict: bool) -> _Header | None:
    """Reads an ISA by counting its sixteen elements, since not every sender keeps to its fixed width.

    Inside other text (`strict`) the widths of its short elements must be right as well: a surname may end in ISA.
    """
    head = text[start : start + MAX_HEADER_BYTES]
    element = head[3:4]
    if not element or not _may_separate(element):
        return None
    elements = head.split(element, 16)
    if len(elements) < 17 or len(elements[16]) < 2:
        return None
    if strict and [len(elements[n]) for n in (1, 3, 5, 7, 9, 10)] != [2, 2, 2, 2, 6, 4]:
        return None
    component, segment = elements[16][0], elements[16][1]
    terminates = _may_separate(segment) or segment in "\r\n"
    if not _may_separate(component) or not terminates or len({element, component, segment}) < 3:
        return None
    repetition = elements[11][:1]
    separators = Separators(element, component, repetition if _may_separate(repetition) else None, segment)
    stop = start + len(head) - len(elements[16]) + 2
    return _Header(start, stop, separators)


def _may_separate(character: str) -> bool:
    return bool(character) and not character.isalnum() and character not in " \r\n"


def _judge_stray_text(text: str) -> str:
    if text.startswith(_UTF16_MARKS) or text.count("\x00") > len(text) // 4:
        return NOT_SINGLE_BYTE
    return BAD_HEADER if text.startswith("ISA") else OUTSIDE
