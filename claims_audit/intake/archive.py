"""The archive: each delivered content, packed, under its hash, so that any stretch of it can be cut out again."""

from __future__ import annotations

import csv
import gzip
import io
import os
import shutil
import zlib
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Final

from claims_audit.errors import NoInputError, StorageError, UnreadableFileError
from claims_audit.home import Home
from claims_audit.readers.inputs.source import SourceFile
from claims_audit.readers.tables.columnar import parquet_rows
from claims_audit.readers.tables.workbook import workbook_rows

_CHUNK: Final = 1 << 20
_WHOLE: Final = 1 << 62


def keep_content(source: SourceFile, home: Home) -> None:
    """Puts a content into the archive, unless it is there.

    Raises StorageError if it cannot be written, UnreadableFileError if the file was written to meanwhile.
    """
    target = home.archive / f"{source.sha256}.gz"
    if target.exists():
        return
    part = target.with_suffix(".part")
    try:
        with source.open() as stream, part.open("wb") as raw:
            # No name and no time inside: the same content gives the same bytes.
            with gzip.GzipFile(filename="", mode="wb", fileobj=raw, compresslevel=1, mtime=0) as packed:
                shutil.copyfileobj(stream, packed, _CHUNK)
            raw.flush()
            os.fsync(raw.fileno())
        source.require_unchanged()
        part.replace(target)
    except UnreadableFileError:
        part.unlink(missing_ok=True)
        raise
    except OSError as error:
        part.unlink(missing_ok=True)
        raise StorageError(
            f"{home.archive}: cannot be written ({error.strerror}); free space and call again"
        ) from error


def cut_content(home: Home, sha256: str, start: int, end: int, out: BinaryIO) -> int:
    """Writes the bytes from `start` to before `end` of an archived content to `out`; returns how many there were.

    Raises NoInputError if the archive lacks the content, StorageError if what it holds is damaged.
    """
    path = home.archive / f"{sha256}.gz"
    if not path.is_file():
        raise NoInputError(f"{path}: is not in the archive; put the delivered file there again, packed with gzip")
    written = 0
    try:
        with gzip.open(path, "rb") as content:
            content.seek(start)
            while written < end - start and (chunk := content.read(min(_CHUNK, end - start - written))):
                out.write(chunk)
                written += len(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise StorageError(f"{path}: cannot be read ({type(error).__name__}); restore it from a backup") from None
    return written


def cut_rows(
    home: Home, sha256: str, format_code: str, header: Sequence[str], start: int, end: int, out: BinaryIO
) -> int:
    """Writes the rows from `start` to before `end` of an archived workbook or Parquet file as CSV, without its header.

    Returns how many there were. Raises as cut_content does, and UnreadableFileError if the file cannot be read.
    """
    written = 0
    with TemporaryDirectory(dir=home.path) as folder:
        whole = Path(folder) / "content"
        with whole.open("wb") as content:
            cut_content(home, sha256, 0, _WHOLE, content)
        is_parquet = format_code.endswith("_parquet")
        rows = parquet_rows(whole, start, end) if is_parquet else workbook_rows(whole, sha256[:12], header, start, end)
        for row in rows:
            line = io.StringIO()
            csv.writer(line, lineterminator="\n").writerow(["" if cell is None else cell for cell in row])
            out.write(line.getvalue().encode())
            written += 1
    return written
