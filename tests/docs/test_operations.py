"""The runbook has one entry for each alarm, and each alarm the entry of its name."""

from __future__ import annotations

import re

from claims_audit.alarms.catalogue import KINDS
from tests.docs.pages import text_of


def test_runbook_and_alarms_are_the_same() -> None:
    runbook = text_of("docs/operations.md").split("## Runbook")[1]
    told = re.findall(r"^### (R-\d\d)\n`([a-z_]+)`, (page|mail|digest):", runbook, re.MULTILINE)
    assert told == sorted((kind.runbook, kind.code, kind.severity.value) for kind in KINDS.values())
