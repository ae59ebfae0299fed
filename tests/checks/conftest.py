"""The engines that answer cases, each started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.checks.engines import DuckDbEngine, Engine, SparkEngine


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = DuckDbEngine() if request.param == "duckdb" else SparkEngine(tmp_path_factory.mktemp("spark"))
    yield made
    made.close()
