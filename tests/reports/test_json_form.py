"""The report value as JSON, held against what was looked at once: a change of any figure or word of it is seen.

After a change that is meant: CLAIMS_AUDIT_WRITE_GOLDEN=1 .venv/bin/python -m pytest tests/reports/test_json_form.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from reports.content import AuditReport
from reports.json_form import as_object
from tests.conftest import Audited

GOLDEN = Path(__file__).with_name("small_practice.json")


def test_the_small_practice_is_told_as_it_was(report: AuditReport) -> None:
    told = json.dumps(as_object(report), indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("CLAIMS_AUDIT_WRITE_GOLDEN"):
        GOLDEN.write_text(told, encoding="utf-8")
    assert told == GOLDEN.read_text(encoding="utf-8")


def test_the_command_gives_what_the_page_shows(sample_run: Audited, cli: Any) -> None:
    ended = cli("report", "--home", sample_run.home, "--json")
    content = ended.json["content"]
    assert content["findings_digest"] == ended.json["findings_digest"]
    assert content["totals"]["money"]["overpayment"] == ended.json["dollars_at_risk"]["overpayment"]
    assert len(content["findings"]) == content["totals"]["findings"]
    page = Path(ended.json["report"]).read_text(encoding="utf-8")
    assert content["verdict"]["title"] in page
    assert content["quality"]["gate"]
    assert all(line["patient_control_number"] for found in content["findings"] for line in found["lines"])
