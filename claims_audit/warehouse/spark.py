"""Runs the SELECTs of views and checks on Spark, over Parquet. The DuckDB side is database.py.

PySpark is no part of requirements.lock: it needs Java and an older pandas. requirements-spark.lock has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any, Final

from claims_audit.warehouse.dialect import to_spark

_CONFIGURATION: Final = {
    # Session times are wall-clock times: they must read the same on every machine.
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    # A chain of claim versions grows with the claims, and the default ends it at a million rows.
    "spark.sql.cteRecursionRowLimit": "-1",
    # A folder service_month=2024-07 is text, and no date.
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
    "spark.ui.enabled": "false",
    # A stack trace of a failed cast holds the value: no log and no event file has one, here or on the executors.
    "spark.log.level": "OFF",
    "spark.executor.syncLogLevel.enabled": "true",
    "spark.eventLog.enabled": "false",
}
# PySpark writes the text of every failed query to standard error by these, whatever the log level.
_QUERY_LOGGERS: Final = ("DataFrameQueryContextLogger", "SQLQueryContextLogger")
# Nothing listens beyond this machine as long as the work stays on it.
_LOOPBACK: Final = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}


class SparkWarehouse:
    """Tables by name in one Spark session; what is made of them is kept as Parquet below `folder`, a path or URI."""

    def __init__(
        self, folder: str | Path, master: str | None = "local[2]", options: Mapping[str, str] | None = None
    ) -> None:
        """Starts Spark on `master`, or joins the application that spark-submit has started if that is None."""
        from pyspark.logger import PySparkLogger
        from pyspark.sql import SparkSession

        configuration = _CONFIGURATION | {"spark.sql.warehouse.dir": str(folder)}
        builder = SparkSession.builder.appName("claims-audit")
        if master is not None:
            builder = builder.master(master)
            if master.startswith(("local", "spark://127.0.0.1", "spark://localhost")):
                configuration |= _LOOPBACK
        for key, value in (configuration | dict(options or {})).items():
            builder = builder.config(key, value)
        for name in _QUERY_LOGGERS:
            PySparkLogger.getLogger(name).disabled = True
        self.session: Any = builder.getOrCreate()
        # Only a level that is set on the running application gets to the executors.
        level = self.session.sparkContext.getConf().get("spark.log.level", _CONFIGURATION["spark.log.level"])
        self.session.sparkContext.setLogLevel(level)
        self._folder = str(folder)
        self._made = count()

    def beside(self, folder: str | Path) -> SparkWarehouse:
        """Another set of names in the same application, which sees what `share` has given out."""
        other = object.__new__(SparkWarehouse)
        other.session = self.session.newSession()
        other._folder, other._made = str(folder), count()
        return other

    def tune(self, settings: Mapping[str, str]) -> None:
        """Changes settings of queries for this set of names."""
        for key, value in settings.items():
            self.session.conf.set(key, value)

    def read_table(self, name: str, path: str | Path, columns: Mapping[str, str] | None = None) -> None:
        """Makes a Parquet file or folder readable under a name.

        With the columns at hand, by name with Spark's types, no file has to be opened to learn them.
        """
        reader = self.session.read
        if columns:
            reader = reader.schema(", ".join(f"{column} {kind}" for column, kind in columns.items()))
        reader.parquet(str(path)).createOrReplaceTempView(name)

    def share(self, name: str) -> None:
        """Lets the sets of names `beside` this one `borrow` what has this name."""
        self.session.table(name).createOrReplaceGlobalTempView(name)

    def borrow(self, name: str, condition: str = "true", columns: Sequence[str] = ("*",)) -> None:
        """Makes what was shared under a name, or the part of it that fulfils a condition, readable under that name."""
        shared = self.session.sql(f"select {', '.join(columns)} from global_temp.{name} where {condition}")
        shared.createOrReplaceTempView(name)

    def make_table(
        self, name: str, sql: str, parameters: Mapping[str, object] | None = None, month_of: str | None = None
    ) -> None:
        """Runs a SELECT in the DuckDB dialect and keeps its rows under a name, in place of what had that name.

        With `month_of`, the rows lie in one folder for each month of that date, and have a `service_month` like
        2024-07.
        """
        frame, path = self.query(sql, parameters), self._path_for(name)
        if month_of is None:
            frame.write.parquet(path)
        else:
            frame = frame.selectExpr("*", f"date_format({month_of}, 'yyyy-MM') as service_month")
            # As few files as the size of each month allows.
            frame.hint("rebalance", "service_month").write.partitionBy("service_month").parquet(path)
        self._read_back(name, path, frame.schema)

    def put(self, name: str, frame: Any) -> None:
        """Keeps the rows of a data frame that belongs to another set of names."""
        path = self._path_for(name)
        frame.write.parquet(path)
        self._read_back(name, path, frame.schema)

    def query(self, sql: str, parameters: Mapping[str, object] | None = None) -> Any:
        """The data frame of a SELECT in the DuckDB dialect."""
        return self.session.sql(to_spark(sql), args=dict(parameters) if parameters else None)

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """The rows of a SELECT in the DuckDB dialect."""
        return [row.asDict() for row in self.query(sql, parameters).collect()]

    def close(self) -> None:
        """Ends the application and its Java process's work."""
        self.session.stop()

    def _path_for(self, name: str) -> str:
        return f"{self._folder}/{name}.{next(self._made)}"

    def _read_back(self, name: str, path: str, schema: Any) -> None:
        # With the schema at hand nobody has to open a file to learn it.
        self.session.read.schema(schema).parquet(path).createOrReplaceTempView(name)
