"""`duckdb_gate://`, the SQLAlchemy dialect through which Great Expectations reads a DuckDB file, and only reads.

duckdb-engine lets all cursors share one DuckDB connection, so the next statement or a rollback drops the rows of the
last one; Great Expectations fetches after both, and finds nothing. Here each cursor stands on its own. Rows stay in
DuckDB until they are fetched: Great Expectations runs the whole query of a subject only to learn its columns.
"""

from __future__ import annotations

from typing import Any, Final

import duckdb
import duckdb_engine
import sqlalchemy as sa

SCHEME: Final = "duckdb_gate"

# Aggregates need little; without a limit, DuckDB keeps every block that it has read (2 GB for ten million lines).
MEMORY_LIMIT: Final = "1GB"


class GateCursor:
    """One statement and its rows."""

    rowcount = -1

    def __init__(self, connection: GateConnection) -> None:
        self.connection = connection
        self._cursor = connection.duckdb.cursor()
        self._cursor.execute("set enable_progress_bar = false")  # it goes to standard output, and is set by cursor

    @property
    def description(self) -> list[tuple[Any, ...]] | None:
        return [tuple(column) for column in self._cursor.description or ()] or None

    def execute(self, statement: str, parameters: Any = None, context: Any = None) -> None:
        self._cursor.execute(statement, parameters or None)

    def fetchone(self) -> Any:
        return self._cursor.fetchone()

    def fetchmany(self, size: int = 1) -> list[Any]:
        return self._cursor.fetchmany(size)

    def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    def close(self) -> None:
        self._cursor.close()


class GateConnection(duckdb_engine.ConnectionWrapper):
    """A DuckDB connection; closing it closes its cursors, those that Great Expectations left open too."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        super().__init__(connection)
        self.duckdb = connection

    def cursor(self) -> Any:
        return GateCursor(self)


class GateDialect(duckdb_engine.Dialect):
    """DuckDB read-only, and without extensions from the network."""

    driver = "gate"
    supports_statement_cache = False

    def connect(self, *cargs: Any, **cparams: Any) -> Any:
        config: dict[str, Any] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "enable_external_access": "false",
            "memory_limit": MEMORY_LIMIT,
        }
        return GateConnection(duckdb.connect(cparams["database"], read_only=True, config=config))


sa.dialects.registry.register(SCHEME, __name__, GateDialect.__name__)
