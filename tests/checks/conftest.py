"""The engines that answer cases, each started once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.checks.engines import DuckDbAnswering, Engine, SparkAnswering


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    on_duckdb = request.param == "duckdb"
    made = Engine(DuckDbAnswering() if on_duckdb else SparkAnswering(tmp_path_factory.mktemp("spark")))
    yield made
    made.close()
