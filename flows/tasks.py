"""The steps of night.py as Prefect tasks: names, and nothing else.

No result is persisted and no input hashed: what passes between tasks stays in this process, out of Prefect's database.
There are no retries, since nothing here waits for the outside world; a failed night is run again as a whole.
"""

from __future__ import annotations

from prefect import task
from prefect.cache_policies import NO_CACHE

from flows import night

load_delivery = task(night.load_delivery, name="load-delivery", cache_policy=NO_CACHE, persist_result=False)
pass_gate = task(night.pass_gate, name="pass-gate", cache_policy=NO_CACHE, persist_result=False)
audit_warehouse = task(night.audit_warehouse, name="audit-warehouse", cache_policy=NO_CACHE, persist_result=False)
publish_run = task(night.publish_run, name="publish-run", cache_policy=NO_CACHE, persist_result=False)
write_reports = task(night.write_reports, name="write-reports", cache_policy=NO_CACHE, persist_result=False)
