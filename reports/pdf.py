"""Prints a page as PDF with Chromium, which is asked for by name where it is not installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from claims_audit.errors import StorageError, UnavailableError
from reports.atomic import replacing

PROGRAMS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
SECONDS: Final = 300


def find_chromium() -> str:
    """The program that CHROMIUM names, else the first that is installed."""
    named = os.environ.get("CHROMIUM")
    for name in (named,) if named else PROGRAMS:
        if found := shutil.which(name):
            return found
    what = f"{named}, which CHROMIUM names, is not there" if named else "Chromium is not installed"
    raise UnavailableError(
        f"--pdf prints with Chromium, and {what}. Install the package chromium (Debian, Ubuntu: apt install chromium), "
        "or set CHROMIUM to the program."
    )


def print_pdf(page: Path, path: Path, program: str) -> None:
    """Prints a page that lies on this machine; the margins carry what its style says. Raises StorageError."""
    with tempfile.TemporaryDirectory(prefix="claims-audit-print-") as profile, replacing(path) as draft:
        call = [
            program,
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            # Nothing is asked of any network: not by the page, whose policy forbids it, and not by the program.
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={draft}",
            page.resolve().as_uri(),
        ]
        # Chromium refuses to sandbox for the superuser, as whom containers run.
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            call.insert(1, "--no-sandbox")
        try:
            ended = subprocess.run(  # noqa: S603 - a program of this machine with our own words
                call, capture_output=True, check=False, timeout=SECONDS, env={**os.environ, "HOME": profile}
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StorageError(f"{path.name} could not be printed with {program} ({type(error).__name__}).") from None
        draft.chmod(0o600)
        if ended.returncode or not draft.is_file() or not draft.read_bytes().startswith(b"%PDF"):
            raise StorageError(
                f"{path.name} could not be printed: {program} ended with {ended.returncode}. "
                "Try the program by hand on the HTML page beside it."
            )
