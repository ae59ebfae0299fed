"""The steps of night.py as Prefect tasks: names, and nothing else.

No result is persisted and no input hashed: what passes between tasks stays in this process, out of Prefect's database.
There are no retries, since nothing here waits for the outside world; a failed night is run again as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE

from flows import night

Result = TypeVar("Result")


def _step(function: Callable[[night.Night], Result]) -> Task[[night.Night], Result]:
    name = function.__name__.replace("_", "-")
    return task(name=name, cache_policy=NO_CACHE, persist_result=False)(function)


load_delivery = _step(night.load_delivery)
pass_gate = _step(night.pass_gate)
audit_warehouse = _step(night.audit_warehouse)
publish_run = _step(night.publish_run)
write_reports = _step(night.write_reports)
