"""Finds the columns of a published table below its notices: a name may run over several cells above one another."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from claims_audit.errors import UnreadableFileError

_DEPTH: Final = 80
_HEIGHT: Final = 6
_WIDTH: Final = 200


def find_columns(
    rows: Sequence[Sequence[str]], patterns: Mapping[str, re.Pattern[str]], required: Collection[str]
) -> tuple[int, dict[str, int]] | None:
    """The rows that the header ends before, and the place of each column that is there; None if there is no header.

    Names are compared in lower case, with single blanks between words. The lowest header that has all is taken.
    """
    for height in range(1, _HEIGHT + 1):
        for first in range(max(0, min(len(rows), _DEPTH) - height + 1)):
            names = _merged(rows[first : first + height])
            found = {key: at for key, pattern in patterns.items() if (at := _place(names, pattern)) is not None}
            if all(key in found for key in required) and len(set(found.values())) == len(found):
                return first + height, found
    return None


def require_columns(
    name: str,
    rows: Sequence[Sequence[str]],
    patterns: Mapping[str, re.Pattern[str]],
    required: Mapping[str, str],
    kind: str,
) -> tuple[int, dict[str, int]]:
    """As above; raises UnreadableFileError naming the columns that a table of the kind has."""
    found = find_columns(rows, patterns, required)
    if found is None:
        raise UnreadableFileError(
            f"{name}: is no table of kind {kind}: no row has the columns {', '.join(required.values())}; "
            "load it as the kind that it is, or get it again"
        )
    return found


def is_notice(cells: Sequence[str]) -> bool:
    """Whether a row is a sentence, such as a notice of copyright, and no row of a table."""
    filled = [cell for cell in cells if cell]
    return len(filled) == 1 and len(filled[0].split()) >= 3 and len(filled[0]) > 20


def _merged(rows: Sequence[Sequence[str]]) -> list[str]:
    width = min(max((len(row) for row in rows), default=0), _WIDTH)
    columns = (" ".join(row[at] for row in rows if at < len(row)) for at in range(width))
    return [re.sub(r"[^a-z0-9=*/]+", " ", column.lower()).strip() for column in columns]


def _place(names: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next((at for at, name in enumerate(names) if pattern.search(name)), None)
