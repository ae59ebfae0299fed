"""gzip and Zstandard as they lie in files: several parts one after the other, padded, cut off. In bounded memory."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

import zstandard

from claims_audit.readers.inputs.member import DamagedError
from claims_audit.readers.inputs.source_file import CHUNK

# Small enough that a file of a million tiny members is read in linear time: what lies behind a member is copied.
_GZIP_STEP: Final = 1 << 14
# Four bytes can stand for 128 KB, and the decoder gives all that its input stands for: 8 MB a step at most.
_ZSTD_STEP: Final = 1 << 8
# What the zstd program itself takes unasked.
_ZSTD_WINDOW: Final = 1 << 27


def gunzip(stream: BinaryIO) -> Iterator[bytes]:
    """The content of all members. Raises zlib.error, EOFError or DamagedError; every checksum is verified."""
    waiting = stream.read(_GZIP_STEP)
    while waiting:
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            piece = member.decompress(waiting, CHUNK)
            waiting = member.unconsumed_tail
            if piece:
                yield piece
            if not waiting and not member.eof:
                waiting = stream.read(_GZIP_STEP)
                # Without input, what the decoder still holds comes out first.
                if not waiting and not piece:
                    raise EOFError
        waiting = _behind(member.unused_data, stream, _GZIP_STEP)
        if waiting and not waiting.startswith(b"\x1f\x8b"):
            raise DamagedError("bytes that are no gzip follow its end")


def unzstd(stream: BinaryIO) -> Iterator[bytes]:
    """The content of all frames. Raises zstandard.ZstdError, EOFError or DamagedError."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    waiting = stream.read(_ZSTD_STEP)
    while waiting:
        frame = decompressor.decompressobj()
        while not frame.eof:
            if not waiting:
                raise EOFError
            try:
                piece = frame.decompress(waiting)
            except zstandard.ZstdError as error:
                if "memory" in str(error):
                    raise DamagedError(f"its window is larger than {_ZSTD_WINDOW >> 20} MB") from None
                raise
            if piece:
                yield piece
            waiting = b"" if frame.eof else stream.read(_ZSTD_STEP)
        waiting = _behind(frame.unused_data, stream, _ZSTD_STEP)
        if waiting and not is_zstandard(waiting):
            raise DamagedError("bytes that are no Zstandard follow its end")


def is_zstandard(head: bytes) -> bool:
    """Whether the bytes open a frame, or a skippable one, which may stand before the first."""
    return head[:4] == b"\x28\xb5\x2f\xfd" or (head[1:4] == b"\x2a\x4d\x18" and head[0] >> 4 == 5)


def _behind(rest: bytes, stream: BinaryIO, step: int) -> bytes:
    """What follows a part, past the zeros with which tapes and block copies fill up; at least a magic's length."""
    waiting = rest.lstrip(b"\0")
    while len(waiting) < 4 and (more := stream.read(step)):
        waiting = (waiting + more).lstrip(b"\0")
    return waiting
