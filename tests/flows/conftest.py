"""A small audited home whose findings are reviewed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claims_audit.errors import ExitCode
from tests.conftest import Audited, as_csv, call_command_line, claim

SIZES = {"2024-03-04": 11, "2024-03-05": 12}


@pytest.fixture
def own_home(small_runs: list[Audited], tmp_path: Path) -> Path:
    """A copy of an audited home, to go on with."""
    return Path(shutil.copytree(small_runs[0].home, tmp_path / "home", symlinks=True))


@pytest.fixture(name="home")
def home_fixture(tmp_path: Path, once: Callable[..., Any]) -> Path:
    """Two groups of more people than the default limit, audited once, from `inbox` beside it."""
    made = once("oversized", _audit_groups)
    shutil.copytree(made, tmp_path, dirs_exist_ok=True, symlinks=True)
    return tmp_path / "home"


def _audit_groups(folder: Path) -> Path:
    rows = [
        claim(
            patient_control_number=f"P{day[-2:]}{number}",
            member_id=f"M{number}",
            date_of_service=day,
            session_start_at=f"{day} 09:00",
            session_end_at=f"{day} 10:00",
            session_id=f"S{day}",
            payer_id="ACME",
        )
        for day, size in SIZES.items()
        for number in range(size)
    ]
    (folder / "inbox").mkdir()
    (folder / "inbox" / "claims.csv").write_bytes(as_csv(rows))
    night(call_command_line, folder / "home", folder / "inbox")
    return folder


def night(cli: Any, home: Path, inbox: Path) -> dict[str, Any]:
    ended = cli("run", "--plain", "--home", str(home), "--inbox", str(inbox), "--json")
    assert ended.code in (ExitCode.DONE, ExitCode.DONE_WITH_WARNINGS), ended.err
    return dict(ended.json)
