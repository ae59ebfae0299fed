"""The command `claims-audit profile`: guess a mapping profile for a file, list the known ones, show one.

Shows names of columns and counts, never a value from a file.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from claims_audit.errors import ExitCode, NoInputError, StorageError
from flows.options import HOME, AsJson, HomeFolder

if TYPE_CHECKING:
    from claims_audit.readers.tables.profile import Source

profile_app = App(name="profile", help="Mapping profiles: which columns of an export hold what.")


@profile_app.command(name="guess")
def guess(
    file: Path,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"], help="Where to write the profile.")] = None,
    home: HomeFolder = HOME,
    as_json: AsJson = False,
) -> int:
    """Proposes a profile for a CSV, Parquet or Excel file, and says how sure that is and what is missing."""
    from claims_audit.readers.tables.profile import match_profile
    from claims_audit.readers.tables.profile_file import known_profiles
    from claims_audit.readers.tables.profile_guess import guess_profile, guess_values
    from claims_audit.readers.tables.profile_writing import profile_toml
    from claims_audit.readers.tables.table_header import table_header
    from flows.console import print_json

    if not file.is_file():
        raise NoInputError(f"{file}: no such file")
    profiles = known_profiles(home / "profiles")
    proposed = guess_profile(file, profiles)
    header = table_header(file, profiles)
    fitting = match_profile(header.columns, profiles) if header is not None else None
    name = re.sub(r"[^a-z0-9]+", "_", (output or file).stem.lower()).strip("_") or "export"
    text = profile_toml(proposed, name, guess_values(proposed, profiles))
    if output is not None:
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{output}: cannot be written ({error.strerror})") from error
    if as_json:
        print_json(
            {
                "table": proposed.table,
                "confidence": proposed.confidence,
                "fits": None if fitting is None else fitting.name,
                "missing": list(proposed.missing),
                "unused": list(proposed.unused),
                "notes": list(proposed.notes),
                "rows_sampled": proposed.row_count,
                "columns": [
                    {"column": item.column, item.how: list(item.names), "confidence": item.confidence}
                    for item in proposed.columns
                ],
                "toml": text,
            }
        )
    else:
        if output is None:
            sys.stdout.write(text)
        told = f"{proposed.table}, confidence {proposed.confidence:.2f}"
        if proposed.missing:
            told += f"; nothing found for {', '.join(proposed.missing)}"
        if fitting is not None:
            told += f"; profile {fitting.name} reads this file already"
        sys.stderr.write(f"{told}\n")
    return int(ExitCode.DONE_WITH_WARNINGS if proposed.missing else ExitCode.DONE)


@profile_app.command(name="list")
def list_profiles(*, home: HomeFolder = HOME, as_json: AsJson = False) -> int:
    """Lists the profiles in HOME/profiles and those that are shipped."""
    from claims_audit.readers.tables.profile_file import home_profiles, known_profiles
    from flows.console import print_json

    own = {profile.name for profile in home_profiles(home / "profiles")}
    known = [
        {
            "name": profile.name,
            "title": profile.title,
            "table": profile.table,
            "origin": "home" if profile.name in own else "shipped",
            "automatic": profile.automatic,
        }
        for profile in known_profiles(home / "profiles")
    ]
    if as_json:
        print_json({"profiles": known})
    else:
        for row in known:
            chosen = "" if row["automatic"] else ", by name only"
            sys.stdout.write(f"{row['name']:<24}{row['table']:<12}{row['title']} ({row['origin']}{chosen})\n")
    return int(ExitCode.DONE)


@profile_app.command(name="show")
def show(name: str, *, home: HomeFolder = HOME, as_json: AsJson = False) -> int:
    """Shows a profile, by name or file: what fills each column."""
    from claims_audit.readers.tables.profile_file import find_profile
    from flows.console import print_json

    profile = find_profile(name, home / "profiles")
    columns = {column: [_source_in_words(source) for source in sources] for column, sources in profile.columns.items()}
    if as_json:
        print_json(
            {
                "name": profile.name,
                "title": profile.title,
                "table": profile.table,
                "automatic": profile.automatic,
                "columns": columns,
                "ignore": "others" if profile.ignored is None else list(profile.ignored),
                "set_aside": [{"column": list(rule.names), "reason": rule.reason} for rule in profile.set_aside],
            }
        )
        return int(ExitCode.DONE)
    sys.stdout.write(f"{profile.name}: {profile.title} ({profile.table})\n")
    for column, sources in columns.items():
        sys.stdout.write(f"  {column:<27}{'; else '.join(sources)}\n")
    for rule in profile.set_aside:
        sys.stdout.write(f"  set aside by {rule.names[0]}: {rule.reason}\n")
    return int(ExitCode.DONE)


def _source_in_words(source: Source) -> str:
    if source.constant is not None:
        return f"always {source.constant}"
    if source.count_within is not None:
        return f"counted within {source.count_within}"
    if source.of:
        return f"made of {' and '.join(source.of)}"
    return " and ".join(" or ".join(names) for names in source.parts)
