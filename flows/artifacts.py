"""What Prefect shows of a night beside its state: a table of counts and a link to the report; Prefect keeps both."""

from __future__ import annotations

from prefect.artifacts import create_link_artifact, create_table_artifact

from flows.night import Night


def show_in_prefect(night: Night) -> None:
    """Counts, the exit code and where the report is; no value of a claim and no name of a file that came."""
    figures = {
        "exit code": int(night.exit_code),
        "files": len(night.files),
        "lines in": sum(report.lines_in for report in night.files),
        "lines set aside": sum(report.lines["quarantined"] for report in night.files),
        "findings": sum(result.finding_count for result in night.results),
        "open alarms": len(night.alarms),
    }
    create_table_artifact(
        [{"figure": name, "count": count} for name, count in figures.items()], key="claims-audit-night"
    )
    if night.report is not None:
        create_link_artifact(night.report.as_uri(), key="claims-audit-report", link_text=f"Report of {night.run_id}")
