"""A second audit of the same home audits nothing again, unless it is asked to, and says so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def test_a_night_without_news_keeps_its_months(
    cli: Callable[..., Any], small_runs: list[Any], findings_of: Callable[..., list[dict[str, str]]], tmp_path: Path
) -> None:
    home = Path(shutil.copytree(small_runs[0].home, tmp_path / "home", symlinks=True))
    first = findings_of(home)
    again = cli("audit", "--home", home, "--json")
    assert again.code in (0, 10), again.err
    months = again.json["months"]
    assert months["audited"] == 0
    assert months["kept"] > 3
    assert [row["finding_id"] for row in findings_of(home)] == [row["finding_id"] for row in first]
    assert again.json["finding_states"].get("open") == len(first)

    fully = cli("audit", "--full", "--home", home, "--json")
    assert fully.json["months"] == {"audited": months["kept"], "kept": 0}
    assert fully.json["hashes"]["findings"] == again.json["hashes"]["findings"]
    assert [check["lines_examined"] for check in fully.json["checks"]] == [
        check["lines_examined"] for check in again.json["checks"]
    ]

    told = cli("audit", "--home", home)
    assert f"in {months['kept']} nothing has changed since they were audited last" in told.out
