"""claims-audit backup | restore: a whole home in one file, and back."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from claims_audit.errors import ExitCode, NoInputError
from flows.environment import prepare
from flows.options import HOME, AsJson, Config, HomeFolder


def backup(
    target: Annotated[Path, Parameter(help="Folder, or a file that is not there yet; on another disk.")],
    *,
    home: HomeFolder = HOME,
    config: Config = None,
    as_json: AsJson = False,
) -> int:
    """Packs the whole home into one file, encrypted for the recipients of [backup] in audit.toml. No run may be on."""
    from claims_audit.backup.packing import back_up
    from claims_audit.home import Home
    from claims_audit.settings import read_settings
    from flows.console import print_json

    place = home.absolute()
    prepare(place)
    settings = read_settings(place, config)
    the_home = Home(place)
    if not the_home.warehouse.is_file():
        raise NoInputError(f"{place}: is no home with a warehouse; name one with --home")
    with the_home.lock("claims-audit backup"):
        made = back_up(the_home, target.absolute(), settings.backup.recipients)
    if as_json:
        print_json({**asdict(made), "path": str(made.path)})
    else:
        how = "encrypted" if made.is_encrypted else "not encrypted: name recipients in [backup] of audit.toml"
        sys.stdout.write(f"{made.files:,} files, {made.bytes:,} bytes, {how}: {made.path}\n")
    return int(ExitCode.DONE)


def restore(
    file: Annotated[Path, Parameter(help="File that `claims-audit backup` has written.")],
    *,
    home: HomeFolder = HOME,
    as_json: AsJson = False,
) -> int:
    """Makes a home of a backup, in a folder that is empty or not there, and proves it; 65 if it does not hold."""
    from claims_audit.backup.restoring import restore as restore_home
    from claims_audit.home import Home
    from flows.console import print_json

    restored = restore_home(file.absolute(), Home(home.absolute()))
    faults = [fault for part in restored.parts or () for fault in part.faults]
    if as_json:
        print_json({**asdict(restored), "home": str(home.absolute()), "holds": not faults})
    else:
        sys.stdout.write(
            f"{restored.files:,} files, {restored.bytes:,} bytes of {restored.created_at} are in {home.absolute()}\n"
        )
        sys.stdout.writelines(f"{fault}\n" for fault in faults)
        if restored.parts is not None and not faults:
            sys.stdout.write("The chain of hashes holds.\n")
    return int(ExitCode.GATE_FAILED if faults else ExitCode.DONE)
