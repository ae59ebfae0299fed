"""claims-audit verify: proves that what a home keeps is what its runs wrote."""

from __future__ import annotations

from dataclasses import asdict

from claims_audit.errors import ExitCode
from flows.environment import prepare
from flows.options import HOME, AsJson, HomeFolder


def verify(*, home: HomeFolder = HOME, as_json: AsJson = False) -> int:
    """Proves snapshots, run.json, reports, archive and the log of the review against the chain of hashes.

    Ends with 65 if anything was changed, removed or added, and names it. Writes nothing.
    """
    from claims_audit.home import Home
    from claims_audit.proof.verifying import verify_home
    from flows.console import open_console, plain_table, print_json

    prepare(home.absolute())
    parts = verify_home(Home(home.absolute()))
    holds = not any(part.faults for part in parts)
    if as_json:
        print_json({"holds": holds, "parts": [asdict(part) for part in parts]})
    else:
        console = open_console()
        table = plain_table("part", "proved", "faults")
        for part in parts:
            table.add_row(part.name, f"{part.proved:,}", f"{len(part.faults):,}")
        console.print(table)
        for part in parts:
            for text in (*part.notes, *part.faults):
                console.print(f"{part.name}: {text}", soft_wrap=True, markup=False)
        console.print("All of it holds." if holds else "It does not hold.")
    return int(ExitCode.DONE if holds else ExitCode.GATE_FAILED)
