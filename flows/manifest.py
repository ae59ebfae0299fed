"""run.json: what a run did, for machines and for the person who has to defend it two years later."""

from __future__ import annotations

import hashlib
import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from claims_audit.checking.catalog import read_catalog
from claims_audit.intake.report import CLASSES
from claims_audit.project import ROOT, VERSION
from claims_audit.publishing import write_atomically

if TYPE_CHECKING:
    from flows.night import Night

SCHEMA_VERSION = 1


def write_manifest(night: Night) -> None:
    """Writes `runs/<run>/run.json`, whole or not at all."""
    path = night.home.run_folder(night.run_id) / "run.json"
    write_atomically(path, json.dumps(as_manifest(night), indent=2, ensure_ascii=False) + "\n")


def as_manifest(night: Night) -> dict[str, Any]:
    """The run as one JSON object: counts, hashes and codes, never a value from a claim."""
    files = [report.as_dict() for report in night.files]
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": night.run_id,
        "command": night.command,
        "started_at": night.started_at.isoformat(timespec="seconds"),
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "exit_code": int(night.exit_code),
        "status": _status(night),
        "error": night.error,
        "warnings": night.warnings,
        "versions": {
            "claims_audit": VERSION,
            "python": platform.python_version(),
            **{name: version(name) for name in ("duckdb", "pandas", "pandera", "great-expectations", "prefect")},
        },
        "hashes": {
            "rule_set": read_catalog().sha256,
            "policies": night.policy_sha,
            "lock_file": hashlib.sha256((ROOT / "requirements.lock").read_bytes()).hexdigest(),
            "findings": night.findings_digest,
        },
        "data_view": night.settings.data_view,
        "files": files,
        "reconciliation": {
            "lines_in": sum(entry["lines_in"] for entry in files),
            **{f"lines_{name}": sum(entry[f"lines_{name}"] for entry in files) for name in CLASSES},
            "charge_in_cents": sum(entry["charge_in_cents"] for entry in files),
            **{f"charge_{name}_cents": sum(entry[f"charge_{name}_cents"] for entry in files) for name in CLASSES},
        },
        "gate": night.gate,
        "checks": [
            {
                "check_id": result.check_id,
                "status": result.status.value,
                "reason": result.reason,
                "lines_examined": result.lines_examined,
                "lines_not_checked": result.lines_not_checked,
                "findings": result.finding_count,
                "seconds": round(result.duration_seconds, 3),
            }
            for result in night.results
        ],
        "months": {"audited": night.months_audited, "kept": night.months_kept},
        "finding_states": night.states,
        "review": {"events": night.review_head.events, "head": night.review_head.event_hash}
        if night.review_head
        else None,
        "dollars_at_risk": {name: str(amount) for name, amount in night.dollars.items()},
        "stage_seconds": night.stage_seconds,
        "snapshot": night.snapshot.name if night.snapshot else None,
        "report": str(night.report) if night.report else None,
        "chain_head_before": night.chain_head,
        "snapshots_removed": night.removed,
        "alarms": night.alarms,
        "notifications": night.notifications,
    }


def _status(night: Night) -> str:
    if night.error:
        return "failed"
    return "published" if night.snapshot else "loaded" if night.files else "done"
