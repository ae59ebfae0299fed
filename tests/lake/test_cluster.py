"""A lake audited by a standalone cluster: the same findings as on one machine, also if a worker dies in the middle.

`make test-cluster` runs it; CLAIMS_AUDIT_CLUSTER_LINES and CLAIMS_AUDIT_CLUSTER_MONTHS make it larger.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench import history
from claims_audit.checking.catalog import read_catalog
from claims_audit.checking.run import CheckRun, run_checks
from claims_audit.checking.selection import select_checks
from claims_audit.home import Home
from claims_audit.lake.export import export_lake
from claims_audit.lake.starting import require_java, spark_python
from claims_audit.publishing import Snapshot
from claims_audit.settings import Settings, read_settings
from claims_audit.warehouse.database import open_scratch
from tests.lake.clusters import Cluster
from tests.lake.comparing import differences

pytestmark = [pytest.mark.cluster, pytest.mark.slow]

LINES = int(os.environ.get("CLAIMS_AUDIT_CLUSTER_LINES", "20000"))
MONTHS = int(os.environ.get("CLAIMS_AUDIT_CLUSTER_MONTHS", "2"))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Settings]]:
    """A payer's history with labelled mistakes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(history, "MONTHS", MONTHS)
        made = Home(tmp_path_factory.mktemp("history") / "home")
        history.make_history(made, LINES)
    yield made, read_settings(made.path)


@pytest.fixture(scope="module")
def lake(home: tuple[Home, Settings], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "lake"
    export_lake(Snapshot(history.RUN_ID, home[0].warehouse), folder, read_catalog(), home[1])
    return folder


@pytest.fixture(scope="module")
def checked(home: tuple[Home, Settings]) -> CheckRun:
    """What DuckDB finds."""
    catalog = read_catalog()
    with open_scratch(*home) as con:
        return run_checks(con, catalog, select_checks(catalog, home[1].packs, home[1].thresholds))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with Cluster(spark_python(), require_java(), tmp_path_factory.mktemp("cluster")) as started:
        yield started


def test_a_killed_worker_changes_nothing(
    lake: Path, checked: CheckRun, cluster: Cluster, cli: Callable[..., Any]
) -> None:
    """The larger part of the work is still to come when one of two workers dies with all that it held."""
    is_over = threading.Event()
    killer = threading.Thread(target=_kill_in_the_middle, args=(cluster, lake, is_over))
    killer.start()
    ended = cli("audit", "--engine", "spark", "--lake", lake, "--master", cluster.url, *_MEMORY, "--json")
    is_over.set()
    killer.join()
    assert ended.code == 0, ended.err
    assert cluster.alive_workers() == 1
    assert checked.findings
    assert differences(checked, lake) == {}
    assert ended.json["findings"] == len(checked.findings)


_MEMORY = ("--conf", "spark.executor.memory=1536m", "--conf", "spark.driver.memory=1536m")


def _kill_in_the_middle(cluster: Cluster, lake: Path, is_over: threading.Event) -> None:
    """Waits until the checks of the first month have begun, then kills a worker."""
    while not list(lake.glob("work/*/rows/check_id=*")):
        if is_over.wait(0.2):
            return
    cluster.kill_worker()
