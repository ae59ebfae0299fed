"""The physical lines of a text file with their exact bytes, in the encodings that exports come in."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

MAX_LINE: Final = 1 << 20
_CHUNK: Final = 1 << 20
_HEAD: Final = 4096
# Lines with other characters than ASCII that are looked at to tell UTF-8 from Windows-1252.
_ENOUGH_LINES: Final = 1000
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class TextForm:
    """The encoding of a file and the length of its byte order mark; `is_assumed` if it is only not UTF-8."""

    encoding: str
    mark: int = 0
    is_assumed: bool = False

    @property
    def is_wide(self) -> bool:
        """Whether a character takes two bytes or four."""
        return self.encoding.startswith("utf-16")


def find_form(stream: BinaryIO, encoding: str | None = None) -> TextForm:
    """The form of a file, `encoding` being the one that its profile names; leaves the stream at its beginning.

    A byte order mark decides. Without one, text with a zero in every other byte is UTF-16; what has more lines that are
    no UTF-8 than lines that are (beyond ASCII, which is both) is Windows-1252; all else is UTF-8.
    """
    stream.seek(0)
    head = stream.read(_HEAD)
    stream.seek(0)
    for mark, marked in _MARKS:
        if head.startswith(mark):
            return TextForm(marked, len(mark))
    if encoding is not None:
        return TextForm(encoding)
    if wide := _wide_encoding(head):
        return TextForm(wide)
    form = TextForm("windows-1252", is_assumed=True) if _is_no_utf8(stream) else TextForm("utf-8")
    stream.seek(0)
    return form


def physical_lines(stream: BinaryIO, form: TextForm) -> Iterator[tuple[bytes, int]]:
    """Every line with its end, and its length in bytes, from the mark on.

    Of a line that is longer than MAX_LINE only a part is kept; its length tells.
    """
    stream.seek(form.mark)
    if form.is_wide:
        yield from _wide_lines(stream, "\n".encode(form.encoding))
        return
    readline = stream.readline
    while raw := readline(MAX_LINE):
        length = len(raw)
        if length == MAX_LINE:
            last = raw
            while not last.endswith(b"\n") and (last := readline(MAX_LINE)):
                length += len(last)
        yield raw, length


def _wide_lines(stream: BinaryIO, newline: bytes) -> Iterator[tuple[bytes, int]]:
    """As above, where a line ends with two bytes that stand at an even place."""
    held, passed = b"", 0  # what of the line was read; how much of it was let go
    while chunk := stream.read(_CHUNK):
        held += chunk
        start = 0
        while (end := _find_even(held, newline, start)) >= 0:
            yield held[start : end + 2], end + 2 - start + passed
            start, passed = end + 2, 0
        held = held[start:]
        if len(held) > 2 * MAX_LINE:
            # Endless: all but its beginning is let go, an even number of bytes.
            surplus = (len(held) - MAX_LINE) // 2 * 2
            held, passed = held[surplus:], passed + surplus
    if held:
        yield held, len(held) + passed


def _find_even(text: bytes, wanted: bytes, start: int) -> int:
    at = text.find(wanted, start)
    while at >= 0 and at % 2 != start % 2:
        at = text.find(wanted, at + 1)
    return at


def _wide_encoding(head: bytes) -> str | None:
    if len(head) < 8:
        return None
    half = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.7 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.7 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _is_no_utf8(stream: BinaryIO) -> bool:
    """Whether more lines speak against UTF-8 than for it."""
    good, bad, rest = 0, 0, b""
    while chunk := stream.read(_CHUNK):
        if not rest and chunk.isascii():
            continue
        lines = (rest + chunk).split(b"\n")
        # A line may be cut by the end of the chunk; one without end is judged in pieces.
        rest = lines.pop() if len(lines) > 1 else b""
        for line in lines:
            if not line.isascii():
                if _is_utf8(line):
                    good += 1
                else:
                    bad += 1
        if good + bad > _ENOUGH_LINES:
            break
    if rest and not rest.isascii():
        good, bad = (good + 1, bad) if _is_utf8(rest) else (good, bad + 1)
    return bad > good


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
