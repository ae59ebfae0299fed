"""Writes a guessed profile as TOML, with what is missing as lines to be filled in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from claims_audit.readers.tables.profile_evidence import EMPTY_WORDS
from claims_audit.readers.tables.profile_guess import Guess, GuessedColumn


def profile_toml(guess: Guess, name: str, values: Mapping[str, Mapping[str, str]]) -> str:
    """The text of a profile, which loads if nothing is missing. `values` are translations of cells by column."""
    style = guess.style
    lines = [
        f"# Guessed from the names of the columns and {guess.row_count:,} rows; look through it before you use it.",
        f"name = {_text(name)}",
        f"title = {_text(f'Guessed: {name}')}",
        f"table = {_text(guess.table)}",
        'ignore = "others"',
        "",
        "[cells]",
        f"dates = {_texts(style.dates)}" if style.dates else '# dates = ["MM/DD/YYYY"]',
        f"decimal = {_text(style.decimal)}",
        f"thousands = {_text(style.thousands)}",
        '# timezone = "America/New_York"',
        f"empty = {_texts(EMPTY_WORDS)}",
        "",
        "[columns]",
    ]
    if "day_month_order" in guess.notes:
        lines.insert(7, "# No day above 12 was seen: whether day or month comes first is not certain.")
    translated = [item for item in guess.columns if item.column in values and item.how == "from"]
    lines += [
        f"{item.column} = {_source(item)}  # {item.confidence:.2f}" for item in guess.columns if item not in translated
    ]
    lines += [f'# {column} = "..."  # missing; a column, or {{ constant = "..." }}' for column in guess.missing]
    for item in translated:
        lines += ["", f"[columns.{item.column}]  # {item.confidence:.2f}", f"from = {_text(item.names[0])}"]
        lines += [f"[columns.{item.column}.map]"]
        lines += [f"{_text(word)} = {_text(meaning)}" for word, meaning in values[item.column].items()]
    if guess.unused:
        lines += ["", f"# Not read: {_texts(guess.unused)}"]
    return "\n".join(lines) + "\n"


def _source(item: GuessedColumn) -> str:
    if item.how == "of":
        return f'{{ of = {_texts(item.names)}, with = "@" }}'
    if item.how == "count_within":
        return f"{{ count_within = {_text(item.names[0])} }}"
    return _text(item.names[0]) if len(item.names) == 1 else f"{{ join = {_texts(item.names)} }}"


def _texts(texts: Sequence[str]) -> str:
    return f"[{', '.join(_text(text) for text in texts)}]"


def _text(text: str) -> str:
    # A basic string of TOML escapes as JSON does, but for DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
