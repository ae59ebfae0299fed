"""Figures of the last run for the textfile collector of a node exporter: `<home>/metrics/claims_audit.prom`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from claims_audit.alarms.facts import Facts


def write_metrics(
    folder: Path,
    facts: Facts,
    *,
    ended_at: datetime,
    open_alarms: Mapping[str, int],
    findings: Mapping[str, int],
    stage_seconds: Mapping[str, float],
) -> None:
    """Writes the file whole or not at all; raises OSError. Labels are alarms, states and stages, nothing else."""
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    registry = CollectorRegistry()

    def gauge(name: str, text: str, values: Mapping[str, float], label: str = "") -> None:
        made = Gauge(f"claims_audit_{name}", text, [label] if label else [], registry=registry)
        for key, value in values.items():
            (made.labels(key) if label else made).set(value)

    gauge("last_run_timestamp_seconds", "When the last run ended.", {"": ended_at.timestamp()})
    gauge("last_run_exit_code", "Exit code of the last run.", {"": int(facts.exit_code)})
    gauge("files", "Files of the last run.", {"in": facts.files_in, "refused": facts.files_refused}, "outcome")
    gauge("lines", "Lines of the last run.", {"in": facts.lines_in, "quarantined": facts.lines_quarantined}, "outcome")
    gauge("findings", "Findings of the last run.", findings, "state")
    gauge("stage_seconds", "Seconds that a stage of the last run took.", stage_seconds, "stage")
    gauge("open_alarms", "Alarms that are open.", open_alarms, "code")
    for name, text, moment in (
        ("last_success_timestamp_seconds", "When a run was last published.", facts.last_success_at),
        ("snapshot_timestamp_seconds", "When the newest snapshot was published.", facts.published_at),
    ):
        if moment is not None:
            gauge(name, text, {"": moment.timestamp()})
    if facts.free_bytes is not None:
        gauge("free_bytes", "Bytes free on the disk of the home.", {"": facts.free_bytes})
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_to_textfile(str(folder / "claims_audit.prom"), registry)
