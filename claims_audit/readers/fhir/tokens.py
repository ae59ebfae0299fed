"""Brackets and strings of a stretch of JSON with their byte offsets, in bounded memory, and where to start again.

frames.py cuts resources out along these tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from claims_audit.readers.fhir.faults import MAX_RESOURCE_BYTES

_FIRST_CHUNK: Final = 1 << 13  # a damaged file is entered again and again, so that reading far ahead would be waste
_CHUNK: Final = 1 << 20
_MARGIN: Final = 1_024  # longer than any token but a string

# A line break ends a string: JSON has none inside, and so a lost quote costs no more than its line. Strings and numbers
# come in runs, since nothing but brackets and the names of three elements counts.
_STRING: Final = rb'"(?:[^"\\\n]++|\\.)*+"'
_OTHER: Final = rb'[^\s,:{}\[\]"]{1,256}+'
_COLON: Final = rb"\s{0,40}+:\s{0,40}+"
_TOKEN: Final = re.compile(
    rb'(?P<entry>"entry"' + _COLON + rb"\[)"
    rb'|(?P<resource>"resource"' + _COLON + rb"\{)"
    rb'|"fullUrl"' + _COLON + rb'"(?P<url>[^"\\\n]{0,400}+)"'
    rb"|(?P<scalar>(?:" + _STRING + rb"|" + _OTHER + rb")"
    rb'(?:[\s:,]{0,99}+(?!"(?:entry|resource|fullUrl)")(?:' + _STRING + rb"|" + _OTHER + rb")){0,64}+)"
    rb"|(?P<open>[\{\[])|(?P<close>[\}\]])|(?P<quote>\")"
)
_START: Final = re.compile(
    rb'"resource"\s{0,40}:\s{0,40}\{|\{\s{0,40}"resourceType"\s{0,40}:\s{0,40}"(?:Claim|ExplanationOfBenefit|Bundle)"'
)


class Token(NamedTuple):
    """What a token is (a group of the pattern), where it stands, and the address that a fullUrl gives."""

    kind: str
    start: int
    end: int
    text: bytes


def read_at(stream: BinaryIO, start: int, end: int) -> bytes:
    """The bytes from `start` to `end`, wherever the stream stands."""
    stream.seek(start)
    return stream.read(max(0, end - start))


def tokens(stream: BinaryIO, start: int, end: int) -> Iterator[Token]:
    """The tokens of a stretch; a quote that is never closed comes as `quote`."""
    buffer, base, size = b"", start, _FIRST_CHUNK
    while True:
        at = base + len(buffer)
        chunk = read_at(stream, at, min(end, at + max(size, len(buffer))))
        size = min(2 * size, _CHUNK)
        buffer += chunk
        is_last = not chunk or base + len(buffer) >= end
        safe = len(buffer) if is_last else len(buffer) - _MARGIN
        done = len(buffer)
        for match in _TOKEN.finditer(buffer):
            kind = match.lastgroup or ""
            if match.end() > safe or (not is_last and kind == "quote" and _may_close(buffer, match.end())):
                done = match.start()
                break
            yield Token(kind, base + match.start(), base + match.end(), b"" if kind == "scalar" else match[kind])
        if is_last:
            return
        buffer, base = buffer[done:], base + done


def find_start(stream: BinaryIO, start: int, end: int) -> int:
    """Where the next resource of a Bundle, or the next claim, seems to start by its look alone; `end` if nowhere."""
    at, size = start, _FIRST_CHUNK
    while at < end:
        buffer = read_at(stream, at, min(end, at + size))
        size = min(2 * size, _CHUNK)
        found = _START.search(buffer)
        if found is not None:
            return at + found.start()
        if len(buffer) <= _MARGIN or at + len(buffer) >= end:
            return end
        at += len(buffer) - _MARGIN
    return end


def _may_close(buffer: bytes, after: int) -> bool:
    """Whether the rest of a string may lie beyond the buffer."""
    return len(buffer) - after < MAX_RESOURCE_BYTES and buffer.find(b"\n", after) < 0
