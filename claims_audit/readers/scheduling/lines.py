"""Content lines of an iCalendar file, unfolded (RFC 5545, 3.1), each with its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

BOM: Final = b"\xef\xbb\xbf"
_CHUNK: Final = 1 << 16
# What is read of an event fits many times; attachments and descriptions may be longer and are not read.
_LONGEST: Final = 1 << 16


class ContentLine(NamedTuple):
    """One unfolded line: byte range (half open, with its line ends), number of its first physical line, its text.

    Of a line that is longer than 64 KiB, `text` holds the beginning and `is_whole` is false.
    """

    start: int
    end: int
    number: int
    text: bytes
    is_whole: bool


def unfold(stream: BinaryIO, offset: int = 0, number: int = 1) -> Iterator[ContentLine]:
    """Yields the content lines from where the stream stands, which is byte `offset` and physical line `number`.

    Lines end in LF or CRLF; empty ones are passed over. A line that begins with a blank or a tab continues the one
    before it.
    """
    text, start, end, first, is_whole = bytearray(), offset, offset, number, True
    is_open = False  # there is a content line to continue or to yield
    is_inside = False  # the chunk before ended inside a physical line
    while raw := stream.readline(_CHUNK):
        begin, offset = offset, offset + len(raw)
        body = raw.rstrip(b"\r\n") if raw.endswith(b"\n") else raw
        if not is_inside:
            if is_open and raw[:1] in (b" ", b"\t"):
                body = body[1:]
            elif body.strip() or raw[:1] in (b" ", b"\t"):
                if is_open:
                    yield ContentLine(start, end, first, bytes(text), is_whole)
                body = body.removeprefix(BOM)
                text, start, first, is_whole, is_open = bytearray(), begin, number, True, True
            else:
                number += 1
                continue
        is_inside = not raw.endswith(b"\n")
        number += not is_inside
        end = offset
        if len(text) + len(body) <= _LONGEST:
            text += body
        else:
            is_whole = False
    if is_open:
        yield ContentLine(start, end, first, bytes(text), is_whole)
