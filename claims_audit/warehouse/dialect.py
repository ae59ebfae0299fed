"""From the DuckDB dialect, in which every check and view is written, to Spark's. Only spark.py needs it."""

from __future__ import annotations

import sqlglot

from claims_audit.errors import ConfigurationError


def to_spark(sql: str) -> str:
    """The same SELECT for Spark; `$name` becomes `:name`. Raises ConfigurationError if it cannot be said there."""
    try:
        return sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)[0]
    except sqlglot.errors.SqlglotError as error:
        raise ConfigurationError(f"the SQL cannot be told to Spark: {error}") from error
