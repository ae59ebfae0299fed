"""The notebook answers its three questions on the sample, as a script."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from claims_audit.project import ROOT

NOTEBOOK = ROOT / "notebooks" / "first_look.py"


def run_notebook(home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CLAIMS_AUDIT_HOME": str(home)}
    return subprocess.run(
        [sys.executable, str(NOTEBOOK)], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300
    )


def test_notebook_answers_its_questions(sample_run: Any) -> None:
    ended = run_notebook(sample_run.home)
    assert ended.returncode == 0, ended.stderr
    assert "family_code_for_group" in ended.stdout
    assert "Sessions by the number of members in the room:" in ended.stdout
    by_hand, in_the_finding = ended.stdout.rsplit("at risk: ", 1)[1].split(". The finding says ")
    assert float(by_hand) == pytest.approx(float(in_the_finding.strip().rstrip(".")), abs=0.02)


def test_notebook_says_what_is_missing_where_nothing_is_published(tmp_path: Path) -> None:
    ended = run_notebook(tmp_path)
    assert ended.returncode != 0
    assert "nothing is published yet" in ended.stderr
