"""Runs the SELECTs of views and checks on Spark, over Parquet. The DuckDB side is database.py.

PySpark is no part of requirements.lock: it needs Java and an older pandas. requirements-spark.lock has it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from claims_audit.warehouse.dialect import to_spark

_CONFIGURATION: Final = {
    # Session times are wall-clock times: they must read the same on every machine.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # A chain of claim versions grows with the claims, and the default ends it at a million rows.
    "spark.sql.cteRecursionRowLimit": "-1",
    # Nothing listens beyond this machine, and no web page shows rows.
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.log.level": "ERROR",
}


class SparkWarehouse:
    """Tables by name in one Spark session; what is made of them is kept as Parquet below `folder`."""

    def __init__(self, folder: Path, master: str = "local[2]", options: Mapping[str, str] | None = None) -> None:
        from pyspark.sql import SparkSession

        self._folder = folder
        builder = SparkSession.builder.master(master).appName("claims-audit")
        for key, value in (_CONFIGURATION | {"spark.sql.warehouse.dir": str(folder)} | dict(options or {})).items():
            builder = builder.config(key, value)
        self._session: Any = builder.getOrCreate()

    def read_table(self, name: str, path: Path) -> None:
        """Makes a Parquet file or folder readable under a name."""
        self._session.read.parquet(str(path)).createOrReplaceTempView(name)

    def make_table(self, name: str, sql: str, parameters: Mapping[str, object] | None = None) -> None:
        """Runs a SELECT in the DuckDB dialect and keeps its rows under a name, in place of what had that name."""
        path = self._folder / f"{name}.{len(list(self._folder.glob(f'{name}.*')))}"
        self._query(sql, parameters).write.parquet(str(path))
        self.read_table(name, path)

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """The rows of a SELECT in the DuckDB dialect."""
        return [row.asDict() for row in self._query(sql, parameters).collect()]

    def close(self) -> None:
        """Ends the session and its Java process's work."""
        self._session.stop()

    def _query(self, sql: str, parameters: Mapping[str, object] | None) -> Any:
        return self._session.sql(to_spark(sql), args=dict(parameters) if parameters else None)
