"""The pages that people read, taken apart for the tests beside this file."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from claims_audit.project import ROOT

PAGES = sorted(
    path for pattern in ("*.md", "docs/**/*.md", "data/**/*.md") for path in ROOT.glob(pattern) if not path.is_symlink()
)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


def page_id(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows_of(name: str, *header: str) -> list[list[str]]:
    """The rows of the first table of a page whose header begins with these cells."""
    rows: list[list[str]] = []
    is_inside = False
    for line in text_of(name).splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            if is_inside:
                return rows
        elif is_inside and not set(cells[0]) <= set("-: "):
            rows.append(cells)
        elif cells[: len(header)] == list(header):
            is_inside = True
    assert is_inside, f"{name} has no table that begins with {header}"
    return rows


def links_of(path: Path) -> list[str]:
    return _LINK.findall(_BLOCK.sub("", path.read_text(encoding="utf-8")))


def anchors_of(path: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", _BLOCK.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def commands_of(path: Path, program: str) -> list[list[str]]:
    """Every call of a program in the code of a page, as its arguments."""
    text = path.read_text(encoding="utf-8")
    shown = [line for _, block in _BLOCK.findall(text) for line in block.splitlines()]
    shown += _INLINE.findall(_BLOCK.sub("", text))
    found = []
    for line in shown:
        match = re.search(rf"(?:^|\.venv/bin/){re.escape(program)}(\s.*)?$", line.split("  #")[0])
        if match:
            # In a list of commands, two blanks part the command from what it does.
            found.append(shlex.split(re.split(r"\s{2,}", (match[1] or "").strip())[0]))
    return found
