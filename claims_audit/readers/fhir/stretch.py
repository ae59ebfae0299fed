"""The ranges of the resources in a stretch of JSON: arrays, Bundles (in Bundles), one resource after another.

A broken resource costs itself only: what follows is found again by its look. frames.py parses the ranges.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple

from claims_audit.readers.fhir.faults import (
    CUT_OFF,
    MAX_CONTAINERS,
    MAX_RESOURCE_BYTES,
    NOT_JSON,
    TOO_DEEP,
    TOO_LONG,
    Fault,
)
from claims_audit.readers.fhir.parsing import find_end
from claims_audit.readers.fhir.tokens import Token, find_start, read_at, tokens

# First and last byte (half open) of a resource or of what is none, what is wrong with it, the fullUrl of its entry.
Piece = tuple[int, int, Fault | None, str | None]

_CLOSES: Final = {ord("{"): ord("}"), ord("["): ord("]")}

_LEAST_USUAL_BYTES: Final = 1 << 16
# What a bracket holds: resources (`array`), the entries of a Bundle, its other parts, one entry, or anything else.
_ARRAY, _BUNDLE, _ENTRIES, _ENTRY, _OTHER = "array", "bundle", "entries", "entry", "other"
_HOLDS_RESOURCES: Final = ("", _ARRAY, _ENTRIES)


class _Open(NamedTuple):
    """An open bracket around resources: what it holds, its closer, where it stands, the pieces told before it."""

    holds: str
    closer: int
    start: int = -1
    pieces_before: int = 0


_ENTRY_OF_BUNDLE: Final = [_Open(_BUNDLE, ord("}")), _Open(_ENTRIES, ord("]")), _Open(_ENTRY, ord("}"))]


class Stretch:
    """Walks along the brackets of one stretch and tells the range of each resource in it."""

    def __init__(self, stream: BinaryIO, start: int, end: int) -> None:
        self._stream = stream
        self._at = start
        self._end = end
        self._open: list[_Open] = []
        self._nest = bytearray()  # closers of the open brackets inside of the resource
        self._from = -1  # where the open resource starts
        self._url: str | None = None
        self._stray: tuple[int, int] | None = None
        self._piece_count = 0
        self._usual_bytes = _LEAST_USUAL_BYTES
        # After damage a resource may not reach past the look of the next one; so a file full of damage is read once.
        self._is_damaged = False
        self._next_start = -1
        self._limit = end
        self.bundle_count = 0
        self.is_unfinished = False

    def pieces(self) -> Iterator[Piece]:
        """Resources and unreadable stretches, in order and apart from each other."""
        while self._at < self._end:
            for piece in self._walk():
                self._piece_count += 1
                yield piece
        self.is_unfinished = bool(self._open) and not self._is_damaged

    def retry(self, start: int, end: int) -> int | None:
        """Tells that a resource was no JSON. If another seems to start in it, goes on there and says where."""
        self._is_damaged = True
        restart = self._seek_start(start + 1)
        if restart >= end:
            return None
        self._restart(restart)
        return restart

    def _walk(self) -> Iterator[Piece]:
        """Goes along the tokens to the end of the stretch or to where damage, or `retry`, breaks the walk off."""
        for token in tokens(self._stream, self._at, self._end):
            if self._is_damaged and token.start < self._seek_start(token.start) < token.end:
                yield from self._break(token.start, NOT_JSON)  # a lost quote turned strings inside out
                return
            was_outside = self._from < 0
            found = self._take_outside(token) if was_outside else self._take_inside(token)
            if isinstance(found, Fault):
                yield from self._break(token.start, found)
                return
            if self._stray is not None and self._stray[1] != token.end:
                yield self._take_stray()
            if was_outside and self._from >= 0 and (end := self._find_sound_end()) is not None:
                self._at = end
                yield self._finish(self._from, end)
                return
            if found is not None:
                self._at = token.end
                yield found
                if self._at != token.end:
                    return
        if self._from >= 0:
            yield from self._break(self._end, CUT_OFF)
            return
        if self._stray is not None:
            yield self._take_stray()
        self._at = self._end

    def _find_sound_end(self) -> int | None:
        """The end of a resource that is sound and of usual size: the parser is faster than the walk along brackets."""
        if self._is_damaged:
            return None
        raw = read_at(self._stream, self._from, min(self._end, self._from + min(self._usual_bytes, MAX_RESOURCE_BYTES)))
        length = find_end(raw)
        if length is None or raw.find(b'"resource"', 0, length) >= 0:  # it may be a Bundle
            return None
        return self._from + length

    def _take_inside(self, token: Token) -> Fault | Piece | None:
        """Takes a token of the open resource; its range when its own bracket closes."""
        kind, nest = token.kind, self._nest
        if len(nest) == 1 and kind in ("entry", "resource") and len(self._open) < MAX_CONTAINERS:
            self._unfold(kind, token)
        elif token.end > self._limit:
            return CUT_OFF
        elif token.end - self._from > MAX_RESOURCE_BYTES:
            return TOO_LONG
        elif kind == "close":
            if nest.pop() != token.text[0]:
                return NOT_JSON
            if not nest:
                return self._finish(self._from, token.end)
        elif kind == "quote":
            return NOT_JSON
        elif kind not in ("scalar", "url"):
            nest.append(_CLOSES[token.text[-1]])
        return None

    def _unfold(self, kind: str, token: Token) -> None:
        """The object turns out to be no resource but a Bundle, or an entry of one whose head is lost."""
        holds = _BUNDLE if kind == "entry" else _ENTRY
        self._open.append(_Open(holds, ord("}"), self._from, self._piece_count))
        self._nest.clear()
        self._from = -1
        if kind == "entry":
            self._open.append(_Open(_ENTRIES, ord("]")))
        else:
            self._begin(token.end - 1)

    def _take_outside(self, token: Token) -> Fault | Piece | None:
        """Takes a token of what stands around resources."""
        kind = token.kind
        holder = self._open[-1].holds if self._open else ""
        if kind == "quote":
            return NOT_JSON
        if kind == "close":
            return self._close(token)
        if kind in ("scalar", "url"):
            if holder in _HOLDS_RESOURCES:
                self._stray = (self._stray[0] if self._stray else token.start, token.end)
            elif kind == "url" and holder == _ENTRY:
                self._url = token.text.decode("utf-8", "replace")
            return None
        bracket = token.text[-1]
        # In `other`, too: after a resource without its last brace the entries that follow stand inside of its entry.
        if bracket == ord("{") and (holder in ("", _ARRAY) or (kind == "resource" and holder in (_ENTRY, _OTHER))):
            self._begin(token.end - 1)
        elif len(self._open) >= MAX_CONTAINERS:
            return TOO_DEEP
        else:
            self._open.append(_Open(_what_opens(kind, bracket, holder), _CLOSES[bracket]))
            self._url = None if holder == _ENTRIES else self._url
        return None

    def _close(self, token: Token) -> Fault | Piece | None:
        if not self._open or self._open[-1].closer != token.text[0]:
            return None if self._is_damaged else NOT_JSON
        closed = self._open.pop()
        if closed.holds != _BUNDLE:
            return None
        is_small = closed.start >= 0 and token.end - closed.start <= MAX_RESOURCE_BYTES
        if is_small and closed.pieces_before == self._piece_count and not self._is_damaged:
            return self._finish(closed.start, token.end)  # nothing in it: it may be another resource with an `entry`
        self.bundle_count += 1
        return None

    def _finish(self, start: int, end: int) -> Piece:
        url, self._url, self._from = self._url, None, -1
        self._nest.clear()
        self._usual_bytes = max(_LEAST_USUAL_BYTES, 2 * (end - start))
        return start, end, None, url

    def _begin(self, start: int) -> None:
        self._from = start
        self._nest = bytearray(b"}")
        self._limit = self._seek_start(start + 1) if self._is_damaged else self._end

    def _break(self, at: int, fault: Fault) -> Iterator[Piece]:
        """Sets aside what is broken and goes on at the next start of a resource, if there is one."""
        start = self._from if self._from >= 0 else at
        if self._stray is not None:
            yield self._take_stray()
        self._is_damaged = True
        restart = self._seek_start(start + 1)
        self._restart(restart)
        yield start, restart, NOT_JSON if fault is CUT_OFF and restart < self._end else fault, None

    def _restart(self, at: int) -> None:
        self._at, self._from, self._url = at, -1, None
        self._nest.clear()
        is_entry = read_at(self._stream, at, at + 1) == b'"'
        self._open = list(_ENTRY_OF_BUNDLE) if is_entry else [_Open(_ARRAY, ord("]"))]

    def _seek_start(self, at: int) -> int:
        if self._next_start < at:
            self._next_start = find_start(self._stream, at, self._end)
        return self._next_start

    def _take_stray(self) -> Piece:
        start, end = self._stray or (0, 0)
        self._stray = None
        return start, end, NOT_JSON, None


def _what_opens(kind: str, bracket: int, holder: str) -> str:
    if bracket == ord("["):
        if kind == "entry" and holder == _BUNDLE:
            return _ENTRIES
        return _ARRAY if holder in ("", _ARRAY) else _OTHER
    return _ENTRY if holder == _ENTRIES else _OTHER
