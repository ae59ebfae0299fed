"""The nightly audit, from files to reports."""

from __future__ import annotations

from prefect import flow

from flows.artifacts import show_in_prefect
from flows.night import Night, hold_home
from flows.starting import night_from_environment
from flows.tasks import audit_warehouse, load_delivery, pass_gate, publish_run, write_reports


@flow(name="audit-claims", persist_result=False, validate_parameters=False)
def audit_claims(run_id: str | None = None) -> int:
    """Audit what arrived: load it, pass the gate, run the checks, publish, report. Returns the exit code.

    Where it works comes from the environment (CLAIMS_AUDIT_HOME, CLAIMS_AUDIT_INBOX), since Prefect keeps parameters.
    """
    night: Night = night_from_environment(run_id)
    with hold_home(night):
        load_delivery(night)
        pass_gate(night)
        audit_warehouse(night)
        publish_run(night)
        write_reports(night)
    show_in_prefect(night)
    return int(night.exit_code)
