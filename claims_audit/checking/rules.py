"""By which rules a run judged, so that the next can tell which of them are others."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pandas as pd

from claims_audit.checking.catalog import Catalog
from claims_audit.checking.selection import Selection
from claims_audit.warehouse.database import Connection, transaction


def record_rules(con: Connection, run_id: str, catalog: Catalog, selection: Selection) -> None:
    """Fills run_rule for the run, and forgets the runs before the last one that audited.

    A check is its file and the thresholds that it ran with; one that is left out is no rule of the run.
    """
    rows = [("view", view.name, _sha(view.path, {})) for view in catalog.views]
    rows += [
        ("check", check.check_id, _sha(check.path, selection.params[check.check_id])) for check in selection.checks
    ]
    frame = pd.DataFrame(rows, columns=["kind_code", "rule_id", "rule_sha"], dtype="str")
    bound = {"run_id": run_id}
    with transaction(con):
        con.execute("delete from run_rule where run_id = $run_id", bound)
        con.register("rule_rows", frame)
        con.execute("insert into run_rule by name select $run_id as run_id, * from rule_rows", bound)
        con.unregister("rule_rows")
        con.execute(
            "insert into run_rule by name select $run_id as run_id, 'policy' as kind_code, policy_id as rule_id, "
            "sha256(cast(to_json(payer_policy) as varchar)) as rule_sha from payer_policy",
            bound,
        )
        con.execute(
            "delete from run_rule where run_id < (select max(run_id) from run_rule where run_id < $run_id)", bound
        )


def _sha(path: Path, params: object) -> str:
    return hashlib.sha256(path.read_bytes() + b"\0" + json.dumps(params, sort_keys=True).encode()).hexdigest()
