"""Reads mapping profiles from TOML and finds them: those that are shipped, and the user's own in `<home>/profiles`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NoReturn
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claims_audit.errors import ConfigurationError
from claims_audit.model import TABLE_COLUMNS, TABLE_REQUIRED
from claims_audit.project import ROOT
from claims_audit.readers.tables.cells import CellStyle
from claims_audit.readers.tables.moments import EXCEL, compile_format
from claims_audit.readers.tables.profile import Profile, SetAside, Source, normal_name

SHIPPED: Final = ROOT / "data" / "profiles"
DELIMITERS: Final = (",", ";", "\t", "|")
ENCODINGS: Final = ("utf-8", "windows-1252", "utf-16-le", "utf-16-be")

_KEYS: Final = {
    *("name", "title", "table", "ignore", "automatic", "delimiter", "encoding"),
    *("cells", "columns", "set_aside"),
}
_CELL_KEYS: Final = {"dates", "decimal", "thousands", "timezone", "empty"}
_SOURCE_KEYS: Final = {"from", "or_from", "join", "with", "of", "count_within", "constant", "map", "default"}
_KINDS: Final = ("from", "join", "of", "count_within", "constant")
_SET_ASIDE_KEYS: Final = {"column", "in", "not_in", "empty", "reason", "code"}
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{2,39}")
_MAX_BYTES: Final = 1_000_000


def read_profile(path: Path) -> Profile:
    """Reads a profile. Raises ConfigurationError naming file and key."""
    try:
        raw = path.read_bytes()
        if len(raw) > _MAX_BYTES:
            raise ConfigurationError(f"{path}: is too large for a profile")
        content = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigurationError(f"{path}: not TOML: {error}") from error
    return _Reader(path).profile(content)


def shipped_profiles() -> list[Profile]:
    """The profiles in data/profiles, by name."""
    return home_profiles(SHIPPED)


def home_profiles(folder: Path) -> list[Profile]:
    """The profiles of a folder, by file name; none if there is no such folder."""
    return [read_profile(path) for path in sorted(folder.glob("*.toml"))]


def known_profiles(folder: Path | None) -> list[Profile]:
    """The user's profiles, and those shipped that do not have the name of one of them."""
    own = home_profiles(folder) if folder is not None else []
    names = {profile.name for profile in own}
    return own + [profile for profile in shipped_profiles() if profile.name not in names]


def find_profile(name_or_path: str, folder: Path | None = None) -> Profile:
    """A profile by its name, the user's own first, or by the path of its file. Raises ConfigurationError."""
    if name_or_path.endswith(".toml"):
        return read_profile(Path(name_or_path))
    known = known_profiles(folder)
    for profile in known:
        if profile.name == name_or_path:
            return profile
    names = ", ".join(profile.name for profile in known)
    raise ConfigurationError(f"{name_or_path}: no such profile; known are {names}, or name a .toml file")


class _Reader:
    """Turns the tables of one file into a Profile; every complaint names the file and the key."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def profile(self, content: Mapping[str, object]) -> Profile:
        self._only(content, _KEYS, "")
        table = self._text(content.get("table"), "table")
        if table not in TABLE_REQUIRED:
            self._fail("table", f"is none of {', '.join(TABLE_REQUIRED)}")
        columns = self._columns(content.get("columns"), table)
        delimiter, encoding = content.get("delimiter"), content.get("encoding")
        if delimiter is not None and delimiter not in DELIMITERS:
            self._fail("delimiter", 'is none of ",", ";", "\\t" and "|"')
        if encoding is not None and encoding not in ENCODINGS:
            self._fail("encoding", f"is none of {', '.join(ENCODINGS)}")
        rules = content.get("set_aside", [])
        if not isinstance(rules, list):
            self._fail("set_aside", "is no list of tables; write [[set_aside]]")
        return Profile(
            name=self._text(content.get("name"), "name"),
            title=self._text(content.get("title"), "title"),
            table=table,
            columns=columns,
            ignored=self._ignored(content.get("ignore", [])),
            set_aside=tuple(self._set_aside(rule, f"set_aside[{at}]") for at, rule in enumerate(rules)),
            style=self._style(content.get("cells", {})),
            delimiter=None if delimiter is None else str(delimiter),
            encoding=None if encoding is None else str(encoding),
            automatic=self._truth(content.get("automatic", True), "automatic"),
        )

    def _columns(self, content: object, table: str) -> dict[str, tuple[Source, ...]]:
        given = self._table(content, "columns")
        self._only(given, set(TABLE_COLUMNS[table]), "columns.")
        columns = {name: self._sources(value, f"columns.{name}") for name, value in given.items()}
        missing = [name for name in TABLE_REQUIRED[table] if name not in columns]
        if missing:
            self._fail(f"columns.{missing[0]}", f"is missing; {table} needs {', '.join(missing)}")
        for name, sources in columns.items():
            for source in sources:
                for asked in (*source.of, *([source.count_within] if source.count_within else [])):
                    others = columns.get(asked, ())
                    if asked == name or not any(not (one.of or one.count_within) for one in others):
                        self._fail(f"columns.{name}", f"is made of {asked}, which no column of the export fills")
        return columns

    def _sources(self, value: object, key: str) -> tuple[Source, ...]:
        if isinstance(value, str):
            return (Source(parts=((value,),)),)
        if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
            return (Source(parts=(tuple(value),)),)
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            return tuple(self._source(item, f"{key}[{at}]") for at, item in enumerate(value))
        return (self._source(value, key),)

    def _source(self, value: object, key: str) -> Source:
        given = self._table(value, key)
        self._only(given, _SOURCE_KEYS, f"{key}.")
        kinds = [kind for kind in _KINDS if kind in given]
        if len(kinds) != 1:
            self._fail(key, f"has to hold exactly one of {', '.join(_KINDS)}")
        parts: tuple[tuple[str, ...], ...] = ()
        if "from" in given:
            parts = (self._names(given["from"], f"{key}.from"),)
        elif "join" in given:
            joined = given["join"]
            if not isinstance(joined, list) or len(joined) < 2:
                self._fail(f"{key}.join", "is no list of two columns or more")
            parts = tuple(self._names(item, f"{key}.join[{at}]") for at, item in enumerate(joined))
        values = self._table(given.get("map", {}), f"{key}.map")
        constant, default, within = given.get("constant"), given.get("default"), given.get("count_within")
        return Source(
            parts=parts,
            fallbacks=self._names(given["or_from"], f"{key}.or_from") if "or_from" in given else (),
            separator=self._text(given.get("with", " "), f"{key}.with", may_be_blank=True),
            of=self._names(given["of"], f"{key}.of") if "of" in given else (),
            count_within=None if within is None else self._text(within, f"{key}.count_within"),
            constant=None if constant is None else self._text(constant, f"{key}.constant"),
            values={normal_name(k) or k: self._text(v, f"{key}.map.{k}") for k, v in values.items()},
            default=None if default is None else self._text(default, f"{key}.default"),
        )

    def _set_aside(self, value: object, key: str) -> SetAside:
        given = self._table(value, key)
        self._only(given, _SET_ASIDE_KEYS, f"{key}.")
        listed = [name for name in ("in", "not_in") if name in given]
        empty = self._truth(given.get("empty", False), f"{key}.empty")
        if len(listed) > 1 or not (listed or empty):
            self._fail(key, "has to hold one of in and not_in, or empty = true")
        code = self._text(given.get("code", "not_of_this_table"), f"{key}.code")
        if not _CODE.fullmatch(code):
            self._fail(f"{key}.code", "is no word in lower case")
        words = self._names(given[listed[0]], f"{key}.{listed[0]}") if listed else ()
        return SetAside(
            names=self._names(given.get("column"), f"{key}.column"),
            reason=self._text(given.get("reason"), f"{key}.reason"),
            code=code,
            values=frozenset(normal_name(word) for word in words),
            when_in="in" in given,
            when_not_in="not_in" in given,
            when_empty=empty,
        )

    def _style(self, value: object) -> CellStyle:
        given = self._table(value, "cells")
        self._only(given, _CELL_KEYS, "cells.")
        dates = self._names(given["dates"], "cells.dates") if "dates" in given else ()
        for text in dates:
            try:
                if text != EXCEL:
                    compile_format(text)
            except ValueError:
                self._fail("cells.dates", "names a format without day, month and year; write it like MM/DD/YYYY")
        decimal = self._text(given.get("decimal", "."), "cells.decimal")
        thousands = self._text(given.get("thousands", "," if decimal == "." else "."), "cells.thousands", True)
        if decimal not in (".", ",") or thousands not in ("", ",", ".", " ", "'") or decimal == thousands:
            self._fail("cells.decimal", "and thousands have to differ and be a point, a comma, or another separator")
        timezone = given.get("timezone")
        if timezone is not None:
            try:
                ZoneInfo(self._text(timezone, "cells.timezone"))
            except (ZoneInfoNotFoundError, ValueError, OSError):
                self._fail("cells.timezone", "is no zone of the IANA list; write it like America/New_York")
        return CellStyle(
            dates=dates,
            decimal=decimal,
            thousands=thousands,
            timezone=None if timezone is None else str(timezone),
            empty=tuple(word.lower() for word in self._names(given["empty"], "cells.empty"))
            if "empty" in given
            else (),
        )

    def _ignored(self, value: object) -> tuple[str, ...] | None:
        if value == "others":
            return None
        return () if value == [] else self._names(value, "ignore")

    def _names(self, value: object, key: str) -> tuple[str, ...]:
        names = [value] if isinstance(value, str) else value
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            self._fail(key, "is no text and no list of texts")
        return tuple(str(name) for name in names)

    def _table(self, value: object, key: str) -> dict[str, object]:
        if not isinstance(value, dict):
            self._fail(key, "is no table")
        return value

    def _text(self, value: object, key: str, may_be_blank: bool = False) -> str:
        if not isinstance(value, str) or not (may_be_blank or value.strip()):
            self._fail(key, "is missing" if value is None else "is no text")
        return value

    def _truth(self, value: object, key: str) -> bool:
        if not isinstance(value, bool):
            self._fail(key, "is neither true nor false")
        return value

    def _only(self, given: Mapping[str, object], known: set[str], prefix: str) -> None:
        for key in given:
            if key not in known:
                self._fail(f"{prefix}{key}", f"is not known; known are {', '.join(sorted(known))}")

    def _fail(self, key: str, what: str) -> NoReturn:
        raise ConfigurationError(f"{self._path}: {key} {what}")
