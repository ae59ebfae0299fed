"""Cuts FHIR JSON into resources, each with its byte range: NDJSON, arrays, Bundles (in Bundles), one after another.

A broken resource costs itself only: what follows is found again by its look. Memory is bounded by one resource.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final, NamedTuple

from claims_audit.readers.fhir.faults import (
    MAX_RESOURCE_BYTES,
    NOT_JSON,
    ClaimFaultError,
    Fault,
)
from claims_audit.readers.fhir.parsing import parse_json
from claims_audit.readers.fhir.stretch import Stretch
from claims_audit.readers.fhir.tokens import read_at

BOM: Final = b"\xef\xbb\xbf"

_TYPE_FIRST: Final = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]{1,40})"')
_LINES_TO_TRY: Final = 8
_EARLY: Final = 256


class Frame(NamedTuple):
    """One resource, or a stretch that is none: its bytes from `start` to `end`, and its JSON or what is wrong."""

    start: int
    end: int
    line_number: int | None
    value: object
    fault: Fault | None = None
    type_seen: str | None = None  # resourceType as far as the first bytes of a broken one tell it
    full_url: str | None = None
    looks_like_resource: bool = True  # starts like an object, or names a resourceType early


Wanted = Callable[[str], bool]


class Frames:
    """The resources of a file, in its order; iterate as often as needed. Counts what stands around them."""

    def __init__(self, stream: BinaryIO, wanted: Wanted | None = None) -> None:
        self._stream = stream
        self._wanted = wanted  # resources that say first that they are of another type are passed over unread
        self.bundle_count = 0
        self.is_unfinished = False  # an array or a Bundle ends with the file

    def __iter__(self) -> Iterator[Frame]:
        stream = self._stream
        end = stream.seek(0, 2)
        start = len(BOM) if read_at(stream, 0, len(BOM)) == BOM else 0
        if self._holds_a_resource_a_line(start):
            return self._read_lines(start)
        return self._read_stretch(start, end, None)

    def _holds_a_resource_a_line(self, start: int) -> bool:
        """Whether one of the first lines is an object of its own; the first of all may be broken."""
        self._stream.seek(start)
        for _ in range(_LINES_TO_TRY):
            line = self._stream.readline(MAX_RESOURCE_BYTES)
            stripped = line.strip()
            if not line or (stripped and not stripped.startswith(b"{")):
                return False
            try:
                if stripped and isinstance(parse_json(stripped), dict):
                    return True
            except ClaimFaultError:
                continue
        return False

    def _read_lines(self, start: int) -> Iterator[Frame]:
        stream, number = self._stream, 0
        while True:
            stream.seek(start)
            line = part = stream.readline(MAX_RESOURCE_BYTES)
            if not line:
                return
            number += 1
            after = start + len(line)
            while part and not part.endswith(b"\n"):
                part = stream.readline(MAX_RESOURCE_BYTES)
                after += len(part)
            if after - start > len(line):
                yield from self._read_stretch(start, after, number)
            elif raw := line.strip():
                yield from self._read_line(raw, start + len(line) - len(line.lstrip()), number)
            start = after

    def _read_line(self, raw: bytes, start: int, number: int) -> Iterator[Frame]:
        end = start + len(raw)
        if raw.startswith(b"[") or b'"entry"' in raw:
            yield from self._read_stretch(start, end, number)
        elif (frame := self._parse(raw, start, end, number, None)) is not None:
            yield frame

    def _read_stretch(self, start: int, end: int, number: int | None) -> Iterator[Frame]:
        stretch = Stretch(self._stream, start, end)
        is_wreck = False  # what directly follows something broken is most likely a part of it
        for first, last, fault, url in stretch.pieces():
            raw = read_at(self._stream, first, last if fault is None else min(last, first + _EARLY))
            if fault is not None:
                broken = _broken(first, last, number, raw, fault)
                yield broken._replace(looks_like_resource=False) if is_wreck and not _names_type(raw) else broken
                is_wreck = True
                continue
            frame = self._parse(raw, first, last, number, url)
            if frame is None:
                continue
            is_wreck = frame.fault is NOT_JSON
            if is_wreck and (restart := stretch.retry(first, last)) is not None:
                frame = frame._replace(end=restart)
            yield frame
        self.bundle_count += stretch.bundle_count
        self.is_unfinished |= stretch.is_unfinished

    def _parse(self, raw: bytes, start: int, end: int, number: int | None, url: str | None) -> Frame | None:
        type_seen = _type_first(raw)
        if self._wanted is not None and type_seen is not None and not self._wanted(type_seen):
            return None
        try:
            return Frame(start, end, number, parse_json(raw), None, type_seen, url)
        except ClaimFaultError as error:
            return _broken(start, end, number, raw, error.fault)


def _broken(start: int, end: int, number: int | None, raw: bytes, fault: Fault) -> Frame:
    looks_like_resource = raw.startswith(b"{") or _names_type(raw)
    return Frame(start, end, number, None, fault, _type_first(raw), None, looks_like_resource)


def _names_type(raw: bytes) -> bool:
    return b'"resourceType"' in raw[:_EARLY]


def _type_first(raw: bytes) -> str | None:
    found = _TYPE_FIRST.match(raw)
    return found[1].decode("ascii") if found is not None else None
